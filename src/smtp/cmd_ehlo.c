#include <string.h>

#include "src/config/config.h"
#include "src/sasl/mechanism.h"
#include "src/smtp/smtp_priv.h"

/*
 * The argument names the client, truthfully or not (RFC 5321 section 4.1.4 forbids to refuse mail
 * for it); it only must be there and be printable.
 */
static bool take_name(struct session *s, struct str name)
{
	struct smtp_state *st = smtp_state(s);

	if (!name.n || name.n > SMTP_NAME_MAX || !str_is_ascii(name))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] == 0x7f)
			return false;
	memcpy(st->helo, name.p, name.n);
	st->helo[name.n] = '\0';
	st->has_helo = true;
	return true;
}

static void add_extensions(struct session *s)
{
	struct smtp_state *st = smtp_state(s);
	struct str mechanisms = { 0 };

	stream_printf(s->stream, "250-PIPELINING\r\n250-SIZE %llu\r\n",
	              (unsigned long long)s->config->limits.message_max_bytes);
	if (smtp_starttls_is_offered(s))
		stream_write_c(s->stream, "250-STARTTLS\r\n");
	if (smtp_auth_is_service(s) && !st->is_logged_in)
		mechanisms = sasl_mechanism_list(s, s->scratch, " ");
	if (mechanisms.n)
		stream_printf(s->stream, "250-AUTH%.*s\r\n", STR_ARG(mechanisms));
	if (st->is_xclient_ok)
		stream_write_c(s->stream, "250-XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR "
		                          "DESTPORT\r\n");
	stream_write_c(s->stream, "250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-BINARYMIME\r\n"
	                          "250-CHUNKING\r\n250-SMTPUTF8\r\n250-DSN\r\n");
	/* RFC 9422 */
	stream_printf(s->stream, "250-LIMITS RCPTMAX=%u MAILMAX=%u\r\n250 HELP\r\n",
	              s->config->smtp.recipients_max, s->config->smtp.messages_max);
}

enum session_next smtp_cmd_ehlo(struct session *s, struct str args)
{
	struct smtp_state *st = smtp_state(s);

	if (!take_name(s, args))
		return smtp_reply_error(s, 501, "5.5.4", "Syntax: EHLO hostname");
	smtp_transaction_end(s);
	st->is_esmtp = true;
	stream_printf(s->stream, "250-%s\r\n", s->config->server.hostname);
	add_extensions(s);
	return SESSION_AGAIN;
}

enum session_next smtp_cmd_helo(struct session *s, struct str args)
{
	if (!take_name(s, args))
		return smtp_reply_error(s, 501, "5.5.4", "Syntax: HELO hostname");
	smtp_transaction_end(s);
	smtp_state(s)->is_esmtp = false;
	smtp_reply_format(s, 250, NULL, "%s", s->config->server.hostname);
	return SESSION_AGAIN;
}
