#include "src/sasl/login.h"

#include <string.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/imap/session_priv.h"
#include "src/net/stream.h"

static enum imap_next reply_wrong(struct imap_cmd *c)
{
	return imap_reply_no(c, "AUTHENTICATIONFAILED", "Wrong user name or password.");
}

/* RFC 5530 section 3; the list of kinds is that of sasl/login.h. */
static enum imap_next reply_failure(struct imap_cmd *c, enum err e)
{
	switch ((int)e) {
	case ERR_AUTH:
		return reply_wrong(c);
	case ERR_DENIED:
		return imap_reply_no(c, "CONTACTADMIN", "This account is locked.");
	case ERR_BUSY:
		return imap_reply_no(c, "UNAVAILABLE",
		                     "This account is being moved; please try again soon.");
	case ERR_LIMIT:
		return imap_reply_no(c, "LIMIT", "You have too many connections open.");
	case ERR_PERM:
		return imap_reply_no(c, "PRIVACYREQUIRED", "Please start TLS before you log in.");
	case ERR_NOTFOUND:
		return imap_reply_no(c, "CANNOT", "This mechanism is not offered here.");
	case ERR_PROTO:
		return imap_reply_bad_text(c, "The response of the mechanism is malformed.");
	case ERR_CANCELLED:
		return imap_reply_bad_text(c, "Authentication was given up.");
	default:
		return imap_reply_err(c, e);
	}
}

static enum imap_next welcome(struct imap_cmd *c, const struct sasl_result *r,
                              const char *mechanism)
{
	struct imap_state *st = &c->im->state;

	st->grant = r->grant;
	st->grant.seal = str_dup(c->session->arena, r->grant.seal);
	st->user = str_dup(c->session->arena, r->address);
	st->is_counted = true;
	st->phase = IMAP_PHASE_USER;
	st->login_end_ms = 0;
	st->errors = 0;
	log_event(LOG_LEVEL_INFO, "imap.login", LOG_U("sid", c->session->id),
	          LOG_S("user", st->user), LOG_C("peer", c->session->peer.text),
	          LOG_C("mechanism", mechanism), LOG_U("tls", stream_tls_info(c->stream).is_tls));
	imap_reply_begin_ok(c);
	imap_capability_write(c);
	imap_out_c(&c->out, "] Logged in.\r\n");
	return IMAP_NEXT_DONE;
}

enum imap_next imap_login_end(struct imap_cmd *c, const struct sasl_result *r,
                              const char *mechanism)
{
	struct imap_state *st = &c->im->state;

	if (r->status == SASL_DONE)
		return welcome(c, r, mechanism);
	log_event(LOG_LEVEL_INFO, "imap.login.failed", LOG_U("sid", c->session->id),
	          LOG_S("user", r->user), LOG_C("peer", c->session->peer.text),
	          LOG_C("mechanism", mechanism), LOG_C("error", err_name(r->err)));
	if (r->err != ERR_AUTH || r->delay_ms == 0)
		return reply_failure(c, r->err);
	memcpy(st->tag, c->tag.p, c->tag.n);
	st->tag_n = c->tag.n;
	st->wait = IMAP_WAIT_DELAY;
	st->wait_end_ms = clock_mono_ms() + r->delay_ms;
	return IMAP_NEXT_WAIT;
}

void imap_login_answer(struct imap_cmd *c)
{
	c->tag = str_make(c->state->tag, c->state->tag_n);
	c->state->wait = IMAP_WAIT_COMMAND;
	reply_wrong(c);
}
