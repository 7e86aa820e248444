#include "src/base/clock.h"
#include "src/config/config.h"
#include "src/sasl/exchange.h"
#include "src/smtp/smtp.h"
#include "src/smtp/smtp_priv.h"

static void init(struct session *s)
{
	s->state = ARENA_NEW(s->arena, struct smtp_state);
}

void smtp_session_greet(struct session *s)
{
	smtp_reply_format(s, 220, NULL, "%s %s Tayori", s->config->server.hostname,
	                  s->listener->protocol == CONFIG_PROTOCOL_LMTP ? "LMTP" : "ESMTP");
}

void smtp_session_reset(struct session *s)
{
	struct smtp_state *st = smtp_state(s);

	smtp_transaction_end(s);
	st->has_helo = st->is_esmtp = false;
	st->helo[0] = '\0';
	if (st->is_logged_in)
		s->host->user_leave(s->host->context, st->grant.account_id);
	st->is_logged_in = false;
	st->grant = (struct store_grant){ 0 };
	st->user = str_c("");
}

/* A client waits for the greeting (RFC 5321 section 4.3.1); a spam engine often does not. */
static bool has_spoken(struct session *s)
{
	if (s->listener->protocol != CONFIG_PROTOCOL_SMTP ||
	    s->listener->tls == CONFIG_TLS_IMPLICIT)
		return false;
	return stream_fill(s->stream, 1) == STREAM_GOT && stream_buffered(s->stream).n;
}

static enum session_next start(struct session *s)
{
	struct smtp_state *st = smtp_state(s);
	int64_t now = clock_mono_ms();

	st->deadline_ms = now + (int64_t)s->config->smtp.command_timeout_ms;
	if (s->listener->protocol == CONFIG_PROTOCOL_SUBMISSION)
		st->login_deadline_ms = now + (int64_t)s->config->limits.login_timeout_ms;
	st->is_xclient_ok = config_net_contains(s->listener->xclient_from,
	                                        s->listener->n_xclient_from, s->peer.address);
	if (has_spoken(s)) {
		smtp_reply_reject(
			s, "connect", str_c(""),
			&(struct smtp_reply){
				554, "5.5.0",
				"Synchronisation error: wait for the greeting before you speak" });
		s->close_reason = "spoke before the greeting";
		return SESSION_CLOSE;
	}
	smtp_session_greet(s);
	return SESSION_PARK;
}

static int64_t nearer(int64_t a, int64_t b)
{
	return !a || (b && b < a) ? b : a;
}

/* When the session must hear from the client: the nearest of all that run. */
static void set_deadline(struct session *s)
{
	struct smtp_state *st = smtp_state(s);

	s->deadline_ms = st->deadline_ms;
	if (st->mode == SMTP_MODE_HELD)
		return;
	if (st->mode == SMTP_MODE_TURN)
		s->deadline_ms = st->turn_ms;
	if (!st->is_logged_in)
		s->deadline_ms = nearer(s->deadline_ms, st->login_deadline_ms);
	if (st->txn)
		s->deadline_ms = nearer(s->deadline_ms, st->txn->deadline_ms);
}

static bool is_data(const struct smtp_state *st)
{
	return st->mode == SMTP_MODE_DATA || st->mode == SMTP_MODE_BDAT ||
	       st->mode == SMTP_MODE_STORE;
}

/* Something came: the wait for the next line or block begins anew. */
static void renew_deadline(struct session *s)
{
	struct smtp_state *st = smtp_state(s);
	const struct config_smtp *c = &s->config->smtp;

	if (st->mode != SMTP_MODE_HELD)
		st->deadline_ms = clock_mono_ms() + (int64_t)(is_data(st) ? c->data_timeout_ms
		                                                          : c->command_timeout_ms);
}

static enum session_next peer_is_gone(struct session *s)
{
	s->close_reason = stream_error(s->stream);
	if (!s->close_reason || !*s->close_reason)
		s->close_reason = "closed by the client";
	return SESSION_CLOSE;
}

/* Longest line that is accepted now. */
static size_t line_max(const struct session *s)
{
	size_t max = s->config->smtp.line_max_bytes;
	bool can_log_in = smtp_auth_is_service(s) && !smtp_state(s)->is_logged_in;

	return can_log_in && max < SASL_EXCHANGE_LINE_MAX ? (size_t)SASL_EXCHANGE_LINE_MAX : max;
}

/* Nothing that can be read; a log-in that was going on ends with it (RFC 4954 section 4). */
static enum session_next bad_line(struct session *s, const char *enhanced, const char *text)
{
	struct smtp_state *st = smtp_state(s);

	sasl_exchange_end(&st->exchange);
	st->mode = SMTP_MODE_COMMAND;
	return smtp_reply_error(s, 500, enhanced, text);
}

static enum session_next step_line(struct session *s)
{
	struct smtp_state *st = smtp_state(s);
	struct str line;

	switch (stream_line(s->stream, line_max(s), STREAM_CRLF_ONLY, &line)) {
	case STREAM_GOT:
		return st->mode == SMTP_MODE_AUTH ? smtp_auth_line(s, line)
		                                  : smtp_command_run(s, line);
	case STREAM_MORE:
		return SESSION_PARK;
	case STREAM_TOO_LONG:
		return bad_line(s, st->mode == SMTP_MODE_AUTH ? "5.5.6" : "5.5.2", "Line too long");
	case STREAM_BAD_LINE:
		return bad_line(s, "5.5.2", "Lines end with CRLF; no bare CR, bare LF or NUL");
	case STREAM_EOF:
	case STREAM_FAILED:
	default:
		return peer_is_gone(s);
	}
}

/* A client that speaks while its answer is held back is not one that waits for it. */
static enum session_next step_held(struct session *s)
{
	if (stream_fill(s->stream, 1) == STREAM_MORE && !stream_buffered(s->stream).n)
		return SESSION_PARK;
	s->close_reason = "spoke or left while a log-in was held back";
	return SESSION_CLOSE;
}

static enum session_next step_once(struct session *s)
{
	switch (smtp_state(s)->mode) {
	case SMTP_MODE_COMMAND:
	case SMTP_MODE_AUTH:
		return step_line(s);
	case SMTP_MODE_DATA:
		return smtp_data_collect(s);
	case SMTP_MODE_BDAT:
		return smtp_bdat_collect(s);
	case SMTP_MODE_STORE:
		return smtp_accept_go_on(s);
	case SMTP_MODE_TURN:
		return SESSION_PARK;
	case SMTP_MODE_HELD:
	default:
		return step_held(s);
	}
}

static enum session_next say_drained(struct session *s)
{
	return smtp_reply_goodbye(
		s, "4.3.2", "This server is being restarted, please connect again", "drained");
}

/* Everything that has arrived, up to a fair share; pipelined commands are answered together. */
static enum session_next step_input(struct session *s)
{
	struct smtp_state *st = smtp_state(s);
	enum session_next next = SESSION_AGAIN;
	bool has_moved = false;

	for (int i = 0; i < SMTP_STEP_COMMANDS && next == SESSION_AGAIN; i++) {
		if (st->is_draining && st->mode == SMTP_MODE_COMMAND)
			return say_drained(s);
		next = step_once(s);
		has_moved = has_moved || next != SESSION_PARK;
	}
	if (has_moved)
		renew_deadline(s);
	return next;
}

static enum session_next step_timeout(struct session *s)
{
	struct smtp_state *st = smtp_state(s);

	if (!s->deadline_ms || clock_mono_ms() < s->deadline_ms)
		return SESSION_PARK;
	if (st->mode == SMTP_MODE_TURN)
		return smtp_data_begin(s);
	if (st->mode == SMTP_MODE_HELD) {
		enum session_next next = smtp_auth_release(s);

		renew_deadline(s);
		return next;
	}
	return smtp_reply_goodbye(s, "4.4.2", "Timeout exceeded, closing connection", "timeout");
}

static enum session_next step(struct session *s, enum session_wake why)
{
	struct smtp_state *st = smtp_state(s);
	enum session_next next;

	switch (why) {
	case SESSION_WAKE_START:
		next = start(s);
		break;
	case SESSION_WAKE_TURN:
		next = st->mode == SMTP_MODE_TURN ? smtp_data_begin(s) : SESSION_PARK;
		break;
	case SESSION_WAKE_TIMEOUT:
		next = step_timeout(s);
		break;
	case SESSION_WAKE_DRAIN:
		st->is_draining = true;
		next = st->mode == SMTP_MODE_COMMAND ? say_drained(s) : SESSION_PARK;
		break;
	case SESSION_WAKE_INPUT:
	case SESSION_WAKE_EVENT:
	case SESSION_WAKE_ANSWER:
	default:
		next = step_input(s);
	}
	if (next == SESSION_PARK)
		set_deadline(s);
	/* The shorter the time between the last octet and our 250, the fewer messages are sent
	 * twice because a connection was lost in between (RFC 1047). */
	s->is_urgent = is_data(st);
	return next;
}

static bool can_save(const struct session *s)
{
	const struct smtp_state *st = smtp_state(s);

	return !is_data(st) && st->mode != SMTP_MODE_TURN && !(st->txn && st->txn->has_body);
}

static void end(struct session *s)
{
	struct smtp_state *st = smtp_state(s);

	if (!st)
		return;
	smtp_transaction_end(s);
	if (st->is_logged_in)
		s->host->user_leave(s->host->context, st->grant.account_id);
	st->is_logged_in = false;
}

const struct session_class smtp_session_class = {
	.name = "smtp",
	.init = init,
	.step = step,
	.can_save = can_save,
	.save = smtp_save,
	.restore = smtp_restore,
	.end = end,
};
