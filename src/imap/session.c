#include <string.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/config/config.h"
#include "src/imap/imap.h"
#include "src/imap/session_priv.h"
#include "src/net/stream.h"
#include "src/sasl/exchange.h"

enum {
	STEP_MAX_MS = 50, /* then others may go first */
	PENDING_MAX = 64 * 1024,
	NEW_LITERAL_MAX = 4096,   /* octets of literals before log-in */
	LITERAL_MINUS_MAX = 4096, /* RFC 7888 section 5 */
	SKIP_FACTOR =
		4, /* refused literals are thrown away up to so many times the message limit */
};

static enum imap_literal announce(void *context, struct imap_reader *r, uint64_t size, bool is_sync)
{
	struct session *s = context;
	struct imap_session *im = s->state;

	if (im->state.phase != IMAP_PHASE_NEW && !is_sync && !s->config->imap.literal_plus &&
	    size > LITERAL_MINUS_MAX) {
		r->refusal = (struct imap_refusal){ NULL,
			                            "[TOOBIG] LITERAL- allows up to 4096 octets." };
		return IMAP_LITERAL_REFUSE;
	}
	if (im->state.phase != IMAP_PHASE_NEW)
		return imap_append_announce(s, r, size, is_sync);
	if (size <= r->literal_max - r->literal_bytes)
		return IMAP_LITERAL_TAKE;
	r->refusal = (struct imap_refusal){ "TOOBIG", "The literal is too large." };
	return is_sync ? IMAP_LITERAL_REFUSE : IMAP_LITERAL_BYE;
}

/* The limits depend on whether the peer is known. */
static void set_limits(struct session *s)
{
	struct imap_session *im = s->state;
	struct imap_reader *r = &im->reader;
	bool is_new = im->state.phase == IMAP_PHASE_NEW;

	r->arena = im->arena;
	r->line_max = s->config->imap.line_max_bytes;
	r->literal_max = s->config->imap.literal_max_bytes;
	r->skip_max = s->config->limits.message_max_bytes * SKIP_FACTOR;
	if (is_new && r->literal_max > NEW_LITERAL_MAX)
		r->literal_max = NEW_LITERAL_MAX;
	if (is_new)
		r->skip_max = 0;
	r->is_raw = im->state.wait != IMAP_WAIT_COMMAND;
	if (im->state.wait == IMAP_WAIT_SASL && r->line_max < SASL_EXCHANGE_LINE_MAX)
		r->line_max = SASL_EXCHANGE_LINE_MAX;
	r->announce = announce;
	r->context = s;
}

static void session_init(struct session *s)
{
	struct imap_session *im = ARENA_NEW(s->arena, struct imap_session);

	im->state.phase = IMAP_PHASE_NEW;
	im->state.login_end_ms = clock_mono_ms() + (int64_t)s->config->limits.login_timeout_ms;
	s->state = im;
}

static void greet(struct imap_cmd *c)
{
	imap_out_c(&c->out, "* OK [");
	imap_capability_write(c);
	imap_out_c(&c->out, "] ");
	imap_out_c(&c->out, c->config->server.hostname);
	imap_out_c(&c->out, c->config->imap.id_version ? " Tayori " TAYORI_VERSION " ready.\r\n"
	                                               : " Tayori ready.\r\n");
}

/* Everything of one command goes at once. */
static void end_command(struct imap_cmd *c)
{
	imap_out_flush(&c->out);
	arena_reset(c->im->arena);
	imap_reader_reset(&c->im->reader);
	c->tag = STR("");
	c->command = NULL;
	c->is_uid = false;
	c->own_modseqs = NULL;
	c->n_own_modseqs = 0;
}

/* The command's name, from the tag on; false when there is none (it has been answered then). */
static bool parse_name(struct imap_cmd *c, enum imap_next *next_r)
{
	struct str name, tag;

	if (!imap_parser_tag(&c->in, &tag) || tag.n > IMAP_TAG_MAX) {
		*next_r = imap_reply_bad_text(c, "Expected a tag of at most 100 octets.");
		return false;
	}
	c->tag = tag;
	if (!imap_parser_space(&c->in) || !imap_parser_atom(&c->in, &name)) {
		*next_r = imap_reply_bad_text(c, "Expected a space and a command behind the tag.");
		return false;
	}
	c->is_uid = str_ieq(name, STR("UID"));
	if (c->is_uid && (!imap_parser_space(&c->in) || !imap_parser_atom(&c->in, &name))) {
		*next_r = imap_reply_bad_text(c, "UID: expected a command such as FETCH.");
		return false;
	}
	c->command = imap_command_find(name, c->is_uid);
	if (!c->command)
		*next_r = imap_reply_bad_text(c, "There is no such command.");
	return c->command;
}

static enum imap_next run_command(struct imap_cmd *c)
{
	enum imap_next next;

	c->in = (struct imap_parser){ .rest = buf_str(&c->im->reader.text),
		                      .arena = c->a,
		                      .takes_utf8 = imap_name_is_utf8(c) };
	if (!parse_name(c, &next))
		return next;
	if (c->command->phases & c->state->phase)
		return c->command->run(c);
	if (c->state->phase == IMAP_PHASE_NEW)
		return imap_reply_bad_text(c, "Please log in first.");
	if (c->command->phases == IMAP_PHASE_NEW)
		return imap_reply_bad_text(c, "You are logged in already.");
	return imap_reply_bad_text(c, "Please select a mailbox first.");
}

/* A command or line that the reader has thrown away. */
static enum imap_next refuse(struct imap_cmd *c)
{
	const struct imap_refusal *refusal = &c->im->reader.refusal;
	struct imap_parser p = { .rest = buf_str(&c->im->reader.text), .arena = c->a };
	struct str tag;

	if (c->state->wait != IMAP_WAIT_COMMAND) {
		c->tag = str_make(c->state->tag, c->state->tag_n);
		c->state->wait = IMAP_WAIT_COMMAND;
		sasl_exchange_end(&c->im->exchange);
		c->session->host->watch(c->session->host->context, c->session, 0);
	} else if (imap_parser_tag(&p, &tag) && tag.n <= IMAP_TAG_MAX) {
		c->tag = tag;
	}
	if (!refusal->code)
		return imap_reply_bad_text(c, refusal->text);
	return imap_reply_no(c, refusal->code, refusal->text);
}

static enum imap_next run_line(struct imap_cmd *c)
{
	struct str line = buf_str(&c->im->reader.text);

	if (c->state->wait == IMAP_WAIT_IDLE)
		return imap_idle_line(c, line);
	if (c->state->wait == IMAP_WAIT_SASL)
		return imap_authenticate_line(c, line);
	return run_command(c);
}

static enum session_next end_one(struct imap_cmd *c, enum imap_next next)
{
	if (next == IMAP_NEXT_PAUSE) {
		imap_out_flush(&c->out);
		return SESSION_PUSH;
	}
	if (next == IMAP_NEXT_ASK) {
		imap_out_flush(&c->out);
		return SESSION_ASK;
	}
	c->im->fetch = NULL;
	c->im->append = NULL;
	stream_hold_output(c->stream, false);
	end_command(c);
	if (next == IMAP_NEXT_STARTTLS)
		return SESSION_STARTTLS;
	if (next == IMAP_NEXT_CLOSE || c->is_closing)
		return SESSION_CLOSE;
	/* Answers that are not taken hold up the next command, not this thread. */
	return stream_pending(c->stream) >= PENDING_MAX ? SESSION_PUSH : SESSION_AGAIN;
}

/* Read and run one command, or go on with it. SESSION_AGAIN: go on; everything else ends the step.
 */
static enum session_next run_one(struct imap_cmd *c)
{
	struct imap_session *im = c->im;
	enum imap_next next = IMAP_NEXT_DONE;

	imap_out_flush(&c->out);
	set_limits(c->session);
	if (im->fetch)
		return end_one(c, imap_fetch_go_on(c));
	if (im->append)
		return end_one(c, imap_append_go_on(c));
	switch (imap_reader_next(&im->reader, c->stream)) {
	case IMAP_READ_MORE:
		return SESSION_PARK;
	case IMAP_READ_EOF:
		c->session->close_reason = "closed by the client";
		return SESSION_CLOSE;
	case IMAP_READ_FAILED:
		c->session->close_reason = stream_error(c->stream);
		return SESSION_CLOSE;
	case IMAP_READ_BYE:
		next = imap_reply_bye(c, im->reader.refusal.code, im->reader.refusal.text,
		                      "a literal beyond the limit");
		break;
	case IMAP_READ_REFUSED:
		next = refuse(c);
		break;
	case IMAP_READ_COMMAND:
		next = run_line(c);
		break;
	}
	return end_one(c, next);
}

static bool is_at_boundary(const struct imap_session *im)
{
	return im->state.wait == IMAP_WAIT_IDLE ||
	       (im->state.wait == IMAP_WAIT_COMMAND && imap_reader_is_idle(&im->reader));
}

static enum session_next run_input(struct imap_cmd *c)
{
	int64_t end_ms = clock_mono_ms() + STEP_MAX_MS;
	enum session_next next = SESSION_AGAIN;

	while (next == SESSION_AGAIN) {
		if (c->im->is_draining && is_at_boundary(c->im)) {
			imap_reply_bye(c, "UNAVAILABLE",
			               "The server is going down; please connect again.", "drain");
			return SESSION_CLOSE;
		}
		if (c->state->wait == IMAP_WAIT_DELAY)
			return SESSION_PARK;
		next = run_one(c);
		if (next == SESSION_AGAIN && clock_mono_ms() > end_ms)
			return SESSION_AGAIN;
	}
	return next;
}

static enum session_next run_timeout(struct imap_cmd *c)
{
	int64_t now = clock_mono_ms();
	bool is_new = c->state->phase == IMAP_PHASE_NEW;

	if (is_new && now >= c->state->login_end_ms) {
		imap_reply_bye(c, NULL, "Log-in took too long.", "login timeout");
		return SESSION_CLOSE;
	}
	if (c->state->wait == IMAP_WAIT_DELAY && now >= c->state->wait_end_ms) {
		imap_login_answer(c);
		end_command(c);
		return c->is_closing ? SESSION_CLOSE : run_input(c);
	}
	if (c->state->wait == IMAP_WAIT_IDLE && now < c->state->wait_end_ms) {
		imap_idle_tell(c, true);
		return c->is_closing ? SESSION_CLOSE : SESSION_PARK;
	}
	if (now < c->session->deadline_ms)
		return SESSION_PARK;
	imap_reply_bye(c, NULL, "Idle for too long.", "idle timeout");
	return SESSION_CLOSE;
}

/* When the next TIMEOUT is due. */
static int64_t find_deadline(const struct imap_cmd *c)
{
	const struct imap_state *st = c->state;
	int64_t now = clock_mono_ms();
	int64_t end = now + (int64_t)c->config->imap.idle_timeout_ms;

	if (st->wait == IMAP_WAIT_DELAY)
		end = st->wait_end_ms;
	if (st->wait == IMAP_WAIT_IDLE) {
		end = now + (int64_t)c->config->imap.keepalive_ms;
		if (end > st->wait_end_ms)
			end = st->wait_end_ms;
	}
	return st->phase == IMAP_PHASE_NEW && st->login_end_ms < end ? st->login_end_ms : end;
}

static enum session_next run(struct imap_cmd *c, enum session_wake why)
{
	if (c->im->fetch) {
		c->im->is_draining |= why == SESSION_WAKE_DRAIN;
		return run_input(c);
	}
	switch (why) {
	case SESSION_WAKE_START:
		greet(c);
		break;
	case SESSION_WAKE_EVENT:
		if (c->state->wait == IMAP_WAIT_IDLE)
			imap_idle_tell(c, false);
		return c->is_closing ? SESSION_CLOSE : SESSION_PARK;
	case SESSION_WAKE_TIMEOUT:
		return run_timeout(c);
	case SESSION_WAKE_DRAIN:
		c->im->is_draining = true;
		break;
	case SESSION_WAKE_INPUT:
	case SESSION_WAKE_ANSWER:
	case SESSION_WAKE_TURN:
		break;
	}
	return run_input(c);
}

static enum session_next session_step(struct session *s, enum session_wake why)
{
	struct imap_session *im = s->state;
	struct imap_cmd c;
	enum session_next next;

	if (!im->arena)
		im->arena = arena_new(s->arena);
	/* All but the octets of `out`, which need no clearing. */
	memset(&c, 0, offsetof(struct imap_cmd, out));
	c.session = s;
	c.im = im;
	c.state = &im->state;
	c.config = s->config;
	c.stream = s->stream;
	c.store = s->store;
	c.a = im->arena;
	c.out.stream = s->stream;
	c.out.n = 0;
	c.out.is_mark_valid = false;
	c.out.takes_utf8 = imap_name_is_utf8(&c);
	next = run(&c, why);
	imap_out_flush(&c.out);
	s->is_long_wait = im->state.wait == IMAP_WAIT_IDLE;
	s->deadline_ms = find_deadline(&c);
	if (im->state.mailbox.saved.n == 0)
		arena_free(&im->saved);
	/* A parked session holds no memory of commands. */
	if (imap_reader_is_idle(&im->reader)) {
		imap_reader_reset(&im->reader);
		arena_free(&im->arena);
	}
	return next;
}

static bool session_can_save(const struct session *s)
{
	const struct imap_session *im = s->state;

	return imap_reader_is_idle(&im->reader);
}

static enum err session_save(const struct session *s, struct buf *out)
{
	const struct imap_session *im = s->state;
	enum err e = imap_save_write(&im->state, out);

	if (!e && im->state.wait == IMAP_WAIT_SASL)
		e = sasl_exchange_save(im->exchange, out);
	return e;
}

static enum err session_restore(struct session *s, struct str saved)
{
	struct imap_session *im = ARENA_NEW(s->arena, struct imap_session);
	enum err e = imap_save_read(s->arena, &saved, &im->state);

	if (!e && im->state.wait == IMAP_WAIT_SASL)
		e = sasl_exchange_restore(s, "imap", &saved, &im->exchange);
	if (!e && saved.n > 0)
		e = ERR_CORRUPT;
	if (e)
		return e;
	s->state = im;
	if (im->state.wait == IMAP_WAIT_IDLE)
		s->host->watch(s->host->context, s, im->state.grant.account_id);
	return ERR_OK;
}

static void session_end(struct session *s)
{
	struct imap_session *im = s->state;

	sasl_exchange_end(&im->exchange);
	if (im->state.wait == IMAP_WAIT_IDLE)
		s->host->watch(s->host->context, s, 0);
	if (im->state.is_counted)
		s->host->user_leave(s->host->context, im->state.grant.account_id);
	im->state.is_counted = false;
	arena_free(&im->arena);
}

const struct session_class imap_session_class = {
	.name = "imap",
	.init = session_init,
	.step = session_step,
	.can_save = session_can_save,
	.save = session_save,
	.restore = session_restore,
	.end = session_end,
};
