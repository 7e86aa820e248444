#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/config/config.h"
#include "src/sasl/exchange.h"
#include "src/smtp/smtp_priv.h"

bool smtp_auth_is_service(const struct session *s)
{
	return s->listener->protocol == CONFIG_PROTOCOL_SUBMISSION;
}

static void log_in(struct session *s, const struct sasl_result *r)
{
	struct smtp_state *st = smtp_state(s);

	st->is_logged_in = true;
	st->grant = r->grant;
	st->grant.seal = str_dup(s->arena, r->grant.seal);
	st->user = str_dup(s->arena, r->address);
	st->mode = SMTP_MODE_COMMAND;
	smtp_reply_send(s, smtp_reply_map(ERR_OK, true));
	log_event(LOG_LEVEL_INFO, "smtp.login", LOG_U("sid", s->id), LOG_S("user", st->user),
	          LOG_C("peer", s->peer.text));
}

/* A failed log-in is an error of the client, unless it was our own trouble. */
static enum session_next fail(struct session *s, enum err e)
{
	const struct smtp_reply *reply = smtp_reply_map(e, true);

	smtp_state(s)->mode = SMTP_MODE_COMMAND;
	if (reply->code >= 500)
		return smtp_reply_error(s, reply->code, reply->enhanced, reply->text);
	smtp_reply_send(s, reply);
	return SESSION_AGAIN;
}

/* One step of the exchange is over: a challenge, or its end. */
static enum session_next settle(struct session *s, const struct sasl_result *r)
{
	struct smtp_state *st = smtp_state(s);

	switch (r->status) {
	case SASL_CHALLENGE:
		st->mode = SMTP_MODE_AUTH;
		stream_printf(s->stream, "334 %.*s\r\n", STR_ARG(r->challenge));
		return SESSION_AGAIN;
	case SASL_DONE:
		log_in(s, r);
		return SESSION_AGAIN;
	case SASL_FAILED:
	default:
		break;
	}
	log_event(LOG_LEVEL_INFO, "smtp.login.failed", LOG_U("sid", s->id), LOG_S("user", r->user),
	          LOG_C("peer", s->peer.text), LOG_C("error", err_name(r->err)));
	if (!r->delay_ms)
		return fail(s, r->err);
	/* Guessing is slowed down by parking, not by a thread that sleeps. */
	st->mode = SMTP_MODE_HELD;
	st->held_err = r->err;
	st->deadline_ms = clock_mono_ms() + (int64_t)r->delay_ms;
	return SESSION_AGAIN;
}

/* AUTH mechanism [initial-response] (RFC 4954 section 4) */
enum session_next smtp_cmd_auth(struct session *s, struct str args)
{
	struct smtp_state *st = smtp_state(s);
	struct sasl_result r = { 0 };
	struct str mechanism;
	bool has_initial;

	if (!smtp_auth_is_service(s))
		return smtp_reply_error(s, 502, "5.5.1", "Log-in is not possible here");
	if (st->is_logged_in)
		return smtp_reply_error(s, 503, "5.5.1", "You are logged in already");
	if (st->txn)
		return smtp_reply_error(s, 503, "5.5.1", "Not inside a mail transaction");
	if (!args.n)
		return smtp_reply_error(s, 501, "5.5.4", "Syntax: AUTH mechanism");
	has_initial = str_cut(&args, ' ', &mechanism);
	sasl_exchange_begin(s, "smtp", mechanism, has_initial, str_trim(args), &st->exchange, &r);
	return settle(s, &r);
}

enum session_next smtp_auth_line(struct session *s, struct str line)
{
	struct sasl_result r = { 0 };

	sasl_exchange_step(s, &smtp_state(s)->exchange, line, &r);
	return settle(s, &r);
}

enum session_next smtp_auth_release(struct session *s)
{
	return fail(s, smtp_state(s)->held_err);
}
