#include <string.h>

#include "src/imap/session_priv.h"
#include "src/sasl/exchange.h"
#include "src/sasl/mechanism.h"

/* Send the challenge and wait, or end. */
static enum imap_next go_on(struct imap_cmd *c, const struct sasl_result *r, const char *mechanism)
{
	struct imap_state *st = c->state;

	if (r->status != SASL_CHALLENGE) {
		st->wait = IMAP_WAIT_COMMAND;
		return imap_login_end(c, r, mechanism);
	}
	st->wait = IMAP_WAIT_SASL;
	imap_out_c(&c->out, "+ ");
	imap_out_str(&c->out, r->challenge);
	imap_out_c(&c->out, "\r\n");
	return IMAP_NEXT_WAIT;
}

/* AUTHENTICATE (RFC 3501 section 6.2.2) with an initial response (RFC 4959). */
enum imap_next imap_cmd_authenticate(struct imap_cmd *c)
{
	struct imap_parser *p = &c->in;
	struct str mechanism, initial = STR("");
	struct sasl_result r = { 0 };
	enum sasl_mechanism known;
	bool has_initial = false;

	if (!imap_parser_space(p) || !imap_parser_atom(p, &mechanism))
		return imap_reply_bad(c);
	if (imap_parser_try(p, ' ') && p->rest.n > 0) {
		has_initial = true;
		if (!imap_parser_atom(p, &initial))
			return imap_reply_bad(c);
	}
	if (!imap_parser_end(p))
		return imap_reply_bad(c);
	memcpy(c->state->tag, c->tag.p, c->tag.n);
	c->state->tag_n = c->tag.n;
	sasl_exchange_begin(c->session, "imap", mechanism, has_initial, initial, &c->im->exchange,
	                    &r);
	return go_on(c, &r,
	             sasl_mechanism_find(mechanism, &known) ? "unknown"
	                                                    : sasl_mechanism_name(known));
}

enum imap_next imap_authenticate_line(struct imap_cmd *c, struct str line)
{
	struct sasl_result r = { 0 };
	const char *mechanism = sasl_exchange_mechanism(c->im->exchange);

	c->tag = str_make(c->state->tag, c->state->tag_n);
	sasl_exchange_step(c->session, &c->im->exchange, line, &r);
	return go_on(c, &r, mechanism);
}
