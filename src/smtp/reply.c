#include <stdarg.h>
#include <stdio.h>

#include "src/base/log.h"
#include "src/config/config.h"
#include "src/smtp/smtp_priv.h"

/* Every command has a reply: no formatting, one write. */
void smtp_reply_send(struct session *s, const struct smtp_reply *reply)
{
	const unsigned char digits[4] = { (unsigned char)('0' + reply->code / 100),
		                          (unsigned char)('0' + reply->code / 10 % 10),
		                          (unsigned char)('0' + reply->code % 10), ' ' };

	stream_write(s->stream, str_make(digits, sizeof digits));
	if (reply->enhanced) {
		stream_write_c(s->stream, reply->enhanced);
		stream_write_c(s->stream, " ");
	}
	stream_write_c(s->stream, reply->text);
	stream_write_c(s->stream, "\r\n");
}

void smtp_reply_format(struct session *s, unsigned code, const char *enhanced, const char *format,
                       ...)
{
	char text[480]; /* a reply line has at most 512 octets (RFC 5321 section 4.5.3.1.5) */
	struct smtp_reply reply = { code, enhanced, text };
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	smtp_reply_send(s, &reply);
}

enum session_next smtp_reply_goodbye(struct session *s, const char *enhanced, const char *text,
                                     const char *reason)
{
	smtp_reply_format(s, 421, enhanced, "%s %s", s->config->server.hostname, text);
	s->close_reason = reason;
	return SESSION_CLOSE;
}

enum session_next smtp_reply_error(struct session *s, unsigned code, const char *enhanced,
                                   const char *text)
{
	struct smtp_state *st = smtp_state(s);

	smtp_reply_send(s, &(struct smtp_reply){ code, enhanced, text });
	if (++st->errors < s->config->smtp.errors_max)
		return SESSION_AGAIN;
	log_event(LOG_LEVEL_INFO, "smtp.errors", LOG_U("sid", s->id), LOG_C("peer", s->peer.text),
	          LOG_U("errors", st->errors));
	return smtp_reply_goodbye(s, "4.7.0", "Too many errors, closing connection",
	                          "too many errors");
}

void smtp_reply_reject(struct session *s, const char *stage, struct str rcpt,
                       const struct smtp_reply *reply)
{
	struct smtp_state *st = smtp_state(s);

	smtp_reply_send(s, reply);
	log_event(LOG_LEVEL_INFO, "smtp.reject", LOG_U("sid", s->id), LOG_C("stage", stage),
	          LOG_C("peer", s->peer.text), LOG_C("helo", st->helo),
	          LOG_S("sender", st->txn ? st->txn->sender : str_c("")), LOG_S("rcpt", rcpt),
	          LOG_U("code", reply->code), LOG_C("status", reply->enhanced),
	          LOG_C("reason", reply->text));
}

const struct smtp_reply *smtp_reply_trouble(struct session *s, const char *stage, enum err e)
{
	const struct errinfo *info = store_errinfo(s->store);

	log_event(LOG_LEVEL_WARN, "smtp.trouble", LOG_U("sid", s->id), LOG_C("stage", stage),
	          LOG_C("peer", s->peer.text), LOG_C("error", err_name(e)),
	          LOG_C("reason", info ? info->text : ""));
	return smtp_reply_map(e, false);
}
