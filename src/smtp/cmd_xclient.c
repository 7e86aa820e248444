#include <string.h>

#include "src/base/log.h"
#include "src/config/config.h"
#include "src/net/address.h"
#include "src/smtp/smtp_priv.h"

/*
 * XCLIENT, as Postfix documents it: a trusted front names the client it speaks for. Everything is
 * read before anything is changed; then the session begins anew, with a greeting.
 */
struct claim {
	struct session_peer peer;
	struct str name, helo, login;
	bool has_name, has_helo, has_login;
};

static bool is_unavailable(struct str value)
{
	return str_ieq(value, STR("[UNAVAILABLE]")) || str_ieq(value, STR("[TEMPUNAVAIL]"));
}

static bool read_address(struct str value, uint8_t address_r[16])
{
	if (str_istarts(value, STR("IPV6:")))
		value = str_from(value, 5);
	return net_address_parse(value, address_r);
}

static bool read_port(struct str value, uint16_t *port_r)
{
	uint64_t port;

	if (!str_to_u64(value, UINT16_MAX, &port))
		return false;
	*port_r = (uint16_t)port;
	return true;
}

/* Text for a field of the session: printable, and not longer than it. */
static bool read_text(struct str value, size_t max, struct str *text_r)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] < ' ' || value.p[i] == 0x7f)
			return false;
	*text_r = value;
	return value.n <= max && str_is_utf8(value);
}

static bool read_attribute(struct claim *c, struct str name, struct str value)
{
	if (is_unavailable(value))
		value = str_c("");
	if (str_ieq(name, STR("NAME")))
		return c->has_name = true, read_text(value, SMTP_NAME_MAX, &c->name);
	if (str_ieq(name, STR("HELO")))
		return c->has_helo = true, read_text(value, SMTP_NAME_MAX, &c->helo);
	if (str_ieq(name, STR("LOGIN")))
		return c->has_login = true, read_text(value, SMTP_USER_MAX, &c->login);
	if (str_ieq(name, STR("PROTO")))
		return !value.n || str_ieq(value, STR("SMTP")) || str_ieq(value, STR("ESMTP"));
	if (str_ieq(name, STR("ADDR")))
		return !value.n || read_address(value, c->peer.address);
	if (str_ieq(name, STR("PORT")))
		return !value.n || read_port(value, &c->peer.port);
	if (str_ieq(name, STR("DESTADDR")))
		return !value.n || read_address(value, c->peer.local_address);
	if (str_ieq(name, STR("DESTPORT")))
		return !value.n || read_port(value, &c->peer.local_port);
	return false;
}

static void set_text(char *field, struct str text)
{
	memcpy(field, text.p ? text.p : (const unsigned char *)"", text.n);
	field[text.n] = '\0';
}

static void believe(struct session *s, const struct claim *c)
{
	struct smtp_state *st = smtp_state(s);

	smtp_session_reset(s);
	s->peer = c->peer;
	net_address_format(s->peer.address, s->peer.text);
	if (c->has_name)
		set_text(st->client_name, c->name);
	if (c->has_login)
		set_text(st->xclient_login, c->login);
	if (c->has_helo)
		set_text(st->helo, c->helo);
	log_event(LOG_LEVEL_INFO, "smtp.xclient", LOG_U("sid", s->id), LOG_C("peer", s->peer.text),
	          LOG_C("name", st->client_name), LOG_C("user", st->xclient_login));
}

enum session_next smtp_cmd_xclient(struct session *s, struct str args)
{
	struct smtp_state *st = smtp_state(s);
	struct claim claim = { .peer = s->peer };

	if (!st->is_xclient_ok)
		return smtp_reply_error(s, 550, "5.7.0",
		                        "XCLIENT is not allowed from your address");
	if (st->txn)
		return smtp_reply_error(s, 503, "5.5.1", "Not inside a mail transaction");
	if (!args.n)
		return smtp_reply_error(s, 501, "5.5.4", "Syntax: XCLIENT attribute=value...");
	while (args.n) {
		struct str word, name, value;

		str_cut(&args, ' ', &word);
		if (!word.n)
			continue;
		if (!str_cut(&word, '=', &name) ||
		    smtp_param_xtext(s->scratch, word, SMTP_USER_MAX, &value) ||
		    !read_attribute(&claim, name, value))
			return smtp_reply_error(s, 501, "5.5.4", "Malformed XCLIENT attribute");
	}
	believe(s, &claim);
	smtp_session_greet(s);
	return SESSION_AGAIN;
}
