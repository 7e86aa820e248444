/*
 * One connection. What has arrived of a request stays in the stream until all of it is there; then
 * it is answered in one step. So the state between two steps is a few numbers.
 */
#include "src/net/session.h"

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/config/config.h"
#include "src/net/stream.h"
#include "src/web/call_priv.h"
#include "src/web/web.h"

enum {
	REQUESTS_A_STEP = 16, /* then others get the thread */
	LEFT_MAX_MS = 1 << 30,
	SAVE_VERSION = 1
};

struct web_session {
	struct session *s;
	uint64_t requests;
	int64_t due_ms;        /* idle between requests, or the end of the patience with one */
	bool is_begun;         /* octets of a request have come */
	bool is_continue_said; /* 100 was sent for it */
	bool is_draining;
	size_t looked_at;       /* octets of it that hold no end of its head */
	enum session_next next; /* for one step */
};

/* ---------------------------------------------------------------- answers */

static void close_with(struct web_session *w, const char *reason)
{
	w->s->close_reason = reason;
	w->next = SESSION_CLOSE;
}

static void log_request(const struct web_session *w, const struct web_request *q, unsigned status)
{
	/* Without its query: addresses of people are nobody's business. */
	log_event(LOG_LEVEL_INFO, "web.request", LOG_U("sid", w->s->id),
	          LOG_C("peer", w->s->peer.text), LOG_S("method", str_first(q->method_name, 20)),
	          LOG_S("path", str_first(q->path, 100)), LOG_S("host", str_first(q->host, 100)),
	          LOG_U("status", status));
}

/* The connection cannot be understood any further. */
static void refuse(struct web_session *w, unsigned status, const char *text)
{
	struct web_reply r = { .is_close = true };

	web_reply_fail(&r, status, text);
	web_reply_write(w->s, &r);
	log_event(LOG_LEVEL_INFO, "web.refused", LOG_U("sid", w->s->id),
	          LOG_C("peer", w->s->peer.text), LOG_U("status", status));
	close_with(w, "refused");
}

static const char *why_refused(unsigned status)
{
	switch (status) {
	case 411:
		return "A length is needed.\n";
	case 413:
		return "The request is too large.\n";
	case 417:
		return "That cannot be expected here.\n";
	case 505:
		return "This server speaks HTTP/1.1.\n";
	default:
		return "The request was not understood.\n";
	}
}

/* ---------------------------------------------------------------- requests */

static void begin_request(struct web_session *w)
{
	if (w->is_begun)
		return;
	w->is_begun = true;
	w->due_ms = clock_mono_ms() + (int64_t)w->s->config->web.request_timeout_ms;
}

static void end_request(struct web_session *w)
{
	w->is_begun = w->is_continue_said = false;
	w->looked_at = 0;
	w->due_ms = clock_mono_ms() + (int64_t)w->s->config->web.idle_timeout_ms;
}

/* More input, up to `want` octets in the stream; false: park or end. */
static bool fill(struct web_session *w, size_t want)
{
	switch (stream_fill(w->s->stream, want)) {
	case STREAM_GOT:
		return true;
	case STREAM_MORE:
	case STREAM_TOO_LONG:
	case STREAM_BAD_LINE:
		return false;
	case STREAM_EOF:
		close_with(w, "peer closed");
		return false;
	case STREAM_FAILED:
		close_with(w, stream_error(w->s->stream));
		return false;
	}
	return false;
}

/* The head, whole; false: not yet, or refused. */
static bool take_head(struct web_session *w, size_t *size_r)
{
	uint32_t max = w->s->config->web.head_max_bytes;

	for (;;) {
		struct str in = stream_buffered(w->s->stream);

		/* RFC 9112 section 2.2: some clients end a request with an empty line too many. */
		if (str_starts(in, STR("\r\n"))) {
			stream_consume(w->s->stream, 2);
			w->looked_at = 0;
			continue;
		}
		if (in.n && !(in.n == 1 && in.p[0] == '\r')) {
			begin_request(w);
			if (in.p[0] < 'A' || in.p[0] > 'Z') {
				refuse(w, 400, why_refused(400)); /* TLS, or no method at all */
				return false;
			}
			*size_r = web_request_head_size(str_first(in, max), w->looked_at);
			if (*size_r)
				return true;
			w->looked_at = in.n;
		}
		if (in.n >= max) {
			bool has_line = str_find(str_first(in, max), '\n') >= 0;

			refuse(w, has_line ? 431 : 414, why_refused(413));
			return false;
		}
		if (!fill(w, max))
			return false;
	}
}

/* The content behind the head, whole; false: not yet. */
static bool take_body(struct web_session *w, struct web_request *q, size_t head_size)
{
	size_t want = head_size + q->body_size;

	while (stream_buffered(w->s->stream).n < want) {
		if (q->expects_continue && !w->is_continue_said) {
			stream_write_c(w->s->stream, "HTTP/1.1 100 Continue\r\n\r\n");
			w->is_continue_said = true;
		}
		if (!fill(w, want))
			return false;
	}
	q->body = str_first(str_from(stream_buffered(w->s->stream), head_size), q->body_size);
	return true;
}

static void answer(struct web_session *w, const struct web_request *q)
{
	struct web_reply r = { 0 };

	w->requests++;
	r.is_close = q->wants_close || w->is_draining ||
	             w->requests >= w->s->config->web.requests_max;
	web_call_answer(w->s, q, &r);
	web_reply_write(w->s, &r);
	log_request(w, q, r.status);
	if (r.is_close)
		close_with(w, "done");
}

/* One request, if it is all there; false when the session has to park or end. */
static bool take_request(struct web_session *w)
{
	struct web_request q;
	size_t head_size;
	unsigned status;

	if (!take_head(w, &head_size))
		return false;
	/* A copy, because what is buffered moves when more comes. */
	status = web_request_parse(
		w->s->scratch,
		str_dup(w->s->scratch, str_first(stream_buffered(w->s->stream), head_size)),
		w->s->config->web.body_max_bytes, &q);
	if (status) {
		refuse(w, status, why_refused(status));
		return false;
	}
	if (!take_body(w, &q, head_size))
		return false;
	answer(w, &q);
	stream_consume(w->s->stream, head_size + q.body_size);
	end_request(w);
	return w->next == SESSION_PARK;
}

static void run_input(struct web_session *w)
{
	for (int i = 0; i < REQUESTS_A_STEP; i++)
		if (!take_request(w))
			return;
	w->next = SESSION_AGAIN;
}

/* ---------------------------------------------------------------- steps */

static void run_timers(struct web_session *w)
{
	if (clock_mono_ms() < w->due_ms)
		return;
	if (w->is_begun)
		refuse(w, 408, "The request took too long.\n");
	else
		close_with(w, "idle");
}

static enum session_next step(struct session *s, enum session_wake why)
{
	struct web_session *w = s->state;

	w->next = SESSION_PARK;
	if (why == SESSION_WAKE_START)
		end_request(w);
	if (why == SESSION_WAKE_DRAIN)
		w->is_draining = true;
	if (why == SESSION_WAKE_TIMEOUT)
		run_timers(w);
	if (w->next == SESSION_PARK)
		run_input(w);
	if (w->next == SESSION_PARK && w->is_draining && !w->is_begun)
		close_with(w, "drain");
	s->deadline_ms = w->next == SESSION_PARK ? w->due_ms : 0;
	return w->next;
}

static void init(struct session *s)
{
	struct web_session *w = ARENA_NEW(s->arena, struct web_session);

	w->s = s;
	s->state = w;
}

/* What is in the stream is no part of the session, so it stands between two requests only. */
static bool can_save(const struct session *s)
{
	const struct web_session *w = s->state;

	return w && !w->is_begun;
}

static enum err save(const struct session *s, struct buf *out)
{
	const struct web_session *w = s->state;
	int64_t left = w->due_ms - clock_mono_ms();

	return buf_printf(out, "%d %llu %llu %d", SAVE_VERSION, (unsigned long long)w->requests,
	                  (unsigned long long)(left > 0 ? left : 0), w->is_draining);
}

static bool take_number(struct str *rest, uint64_t max, uint64_t *value_r)
{
	struct str word;

	str_cut(rest, ' ', &word);
	return str_to_u64(word, max, value_r);
}

static enum err restore(struct session *s, struct str saved)
{
	struct web_session *w = ARENA_NEW(s->arena, struct web_session);
	uint64_t version, left, is_draining;

	if (!take_number(&saved, SAVE_VERSION, &version) || version != SAVE_VERSION ||
	    !take_number(&saved, UINT32_MAX, &w->requests) ||
	    !take_number(&saved, LEFT_MAX_MS, &left) || !take_number(&saved, 1, &is_draining) ||
	    saved.n)
		return ERR_CORRUPT;
	w->s = s;
	w->due_ms = clock_mono_ms() + (int64_t)left;
	w->is_draining = is_draining;
	s->state = w;
	return ERR_OK;
}

const struct session_class web_session_class = {
	.name = "http",
	.init = init,
	.step = step,
	.can_save = can_save,
	.save = save,
	.restore = restore,
};
