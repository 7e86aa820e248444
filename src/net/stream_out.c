/* Output of a stream: collecting it, compressing it, and how long a peer is waited for. */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/net/stream.h"
#include "src/net/stream_priv.h"

enum {
	OUT_FIRST = 1024,
	OUT_MAX = 64 * 1024, /* collected before it is written through */
	HOLD_WAIT_MS = 10,   /* for a peer that takes nothing, while output is held */
	WAIT_FULL = -1       /* as long as the peer keeps taking */
};

/* ---------------------------------------------------------------- patience */

/* Milliseconds of one wait; -1 when the reader was too slow. */
static int64_t wait_budget(const struct stream *s, int64_t now)
{
	int64_t elapsed = now - s->pace.start_ms, idle = now - s->pace.last_ms;

	if (idle >= s->write_timeout_ms)
		return -1;
	/* The first time-out's worth is free, so that a short answer is never too slow. */
	if (elapsed > s->write_timeout_ms &&
	    s->pace.moved * 1000 < (uint64_t)(elapsed - s->write_timeout_ms) * s->write_min_rate)
		return -1;
	return s->write_timeout_ms - idle;
}

static void wait_for_socket(struct stream *s, short events, int64_t budget)
{
	struct pollfd p = { .fd = s->fd, .events = events };
	int n = poll(&p, 1, (int)(budget < 1000 ? budget : 1000));

	if (n < 0 && errno != EINTR)
		stream_fail_errno(s, errno);
}

/* The peer has taken nothing. True: it has been waited for, try again. */
static bool wait_for_peer(struct stream *s, enum transport t, int64_t wait_ms)
{
	int64_t now = clock_mono_ms(), budget;

	if (!s->pace.start_ms)
		s->pace = (struct stream_pace){ .start_ms = now };
	s->pace.last_ms = s->pace.last_ms ? s->pace.last_ms : now;
	budget = wait_budget(s, now);
	if (budget < 0) {
		stream_fail(s, ERR_TIMEOUT, "the peer takes its answers too slowly");
		return false;
	}
	if (wait_ms != WAIT_FULL && budget > wait_ms - (now - s->pace.last_ms))
		budget = wait_ms - (now - s->pace.last_ms);
	s->wants_write = t == TRANSPORT_WAIT_WRITE;
	if (budget <= 0 || s->memory)
		return false;
	wait_for_socket(s, s->wants_write ? POLLOUT : POLLIN, budget);
	return !s->error;
}

/* Move as many octets as the peer takes; the number of them. */
static size_t move(struct stream *s, const unsigned char *p, size_t n, int64_t wait_ms)
{
	size_t moved = 0, room = s->memory ? s->memory->room : 0;

	/* A memory stream cannot be waited for. */
	if (s->memory && wait_ms == WAIT_FULL)
		s->memory->room = 0;
	while (moved < n && !s->error) {
		size_t put = 0;
		enum transport t = stream_move_out(s, p + moved, n - moved, &put);

		moved += put;
		s->pace.moved += put;
		if (t == TRANSPORT_DONE) {
			s->pace.last_ms = 0;
			continue;
		}
		if (t == TRANSPORT_END)
			stream_fail(s, ERR_IO, "the peer has closed the connection");
		if (s->error || !wait_for_peer(s, t, wait_ms))
			break;
	}
	if (s->memory)
		s->memory->room = room;
	return moved;
}

/* ---------------------------------------------------------------- collecting */

/* Room for `n` octets, doubling. */
static unsigned char *reserve(struct stream_space *b, size_t n)
{
	size_t room;

	if (b->room - b->at - b->n >= n && b->p)
		return b->p + b->at + b->n;
	if (b->room - b->n >= n && b->p)
		return stream_space_reserve(b, n);
	for (room = b->room ? b->room * 2 : OUT_FIRST; room < b->n + n; room *= 2)
		;
	return stream_space_reserve(b, room - b->n);
}

static void collect(struct stream_space *b, const unsigned char *p, size_t n)
{
	memcpy(reserve(b, n), p, n);
	b->n += n;
}

/* Move out of `b`; what cannot be moved stays. */
static void drain(struct stream *s, struct stream_space *b, int64_t wait_ms)
{
	if (b->n && !s->error)
		stream_space_drop(b, move(s, b->p + b->at, b->n, wait_ms));
	if (b->n == 0 || s->error)
		stream_space_free(b);
}

/* Through the compression in small steps, so that what waits in `wire` stays small. */
static void compress(struct stream *s, const unsigned char *p, size_t n, int64_t wait_ms)
{
	while (n > 0 && !s->error) {
		size_t part = n < OUT_MAX ? n : OUT_MAX;

		stream_zip_write(s, p, part, false);
		if (s->wire.n >= OUT_MAX)
			drain(s, &s->wire, wait_ms);
		p += part;
		n -= part;
	}
}

/* Write what has been collected; with `is_end` the peer can then read all of it. */
static void write_collected(struct stream *s, bool is_end, int64_t wait_ms)
{
	if (!s->zip) {
		drain(s, &s->out, wait_ms);
	} else {
		if (s->out.n)
			compress(s, s->out.p + s->out.at, s->out.n, wait_ms);
		stream_space_free(&s->out);
		if (is_end && !s->error && stream_zip_is_open(s))
			stream_zip_write(s, NULL, 0, true);
		if (is_end)
			drain(s, &s->wire, wait_ms);
	}
	if (stream_pending(s) == 0)
		s->pace = (struct stream_pace){ 0 };
}

/* ---------------------------------------------------------------- writing */

/* Much at once, without a copy of it. */
static void write_much(struct stream *s, struct str bytes, int64_t wait_ms)
{
	size_t n;

	if (s->zip) {
		compress(s, bytes.p, bytes.n, wait_ms);
		return;
	}
	n = move(s, bytes.p, bytes.n, wait_ms);
	if (n == bytes.n)
		s->pace = (struct stream_pace){ 0 };
	else if (!s->error)
		collect(&s->out, bytes.p + n, bytes.n - n);
}

/* Held output that has become much. */
static void write_held(struct stream *s)
{
	write_collected(s, false, HOLD_WAIT_MS);
	if (s->out.n + s->wire.n > STREAM_HOLD_MAX)
		write_collected(s, true, WAIT_FULL);
}

void stream_write(struct stream *s, struct str bytes)
{
	int64_t wait_ms = s->is_holding ? HOLD_WAIT_MS : WAIT_FULL;
	bool is_much = bytes.n >= OUT_MAX;

	if (s->error || bytes.n == 0)
		return;
	if (!s->is_holding && s->out.n + bytes.n > OUT_MAX)
		write_collected(s, false, wait_ms);
	/* Behind what waits already everything has to wait. */
	if (is_much && s->out.n == 0 && !s->error)
		write_much(s, bytes, wait_ms);
	else if (!s->error)
		collect(&s->out, bytes.p, bytes.n);
	if (s->is_holding && s->out.n + s->wire.n >= OUT_MAX)
		write_held(s);
}

void stream_write_c(struct stream *s, const char *text)
{
	stream_write(s, str_c(text));
}

void stream_printf(struct stream *s, const char *format, ...)
{
	char small[512], *big;
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(small, sizeof small, format, args);
	must(n >= 0);
	if ((size_t)n < sizeof small) {
		stream_write(s, str_make(small, (size_t)n));
	} else {
		big = malloc((size_t)n + 1);
		must(big && "out of memory");
		vsnprintf(big, (size_t)n + 1, format, again);
		stream_write(s, str_make(big, (size_t)n));
		free(big);
	}
	va_end(again);
	va_end(args);
}

enum err stream_flush(struct stream *s)
{
	write_collected(s, true, WAIT_FULL);
	return s->error ? s->write_error : ERR_OK;
}

enum stream_push stream_push(struct stream *s)
{
	s->wants_write = false;
	write_collected(s, true, 0);
	if (s->error)
		return STREAM_PUSH_FAILED;
	return stream_pending(s) > 0 ? STREAM_PUSH_WAIT : STREAM_PUSH_DONE;
}

int64_t stream_push_due_ms(const struct stream *s)
{
	int64_t now, budget;

	if (!s->pace.last_ms)
		return 0;
	now = clock_mono_ms();
	budget = wait_budget(s, now);
	return now + (budget > 0 ? budget : 0);
}

size_t stream_pending(const struct stream *s)
{
	return s->out.n + s->wire.n + (s->zip && stream_zip_is_open(s));
}

void stream_hold_output(struct stream *s, bool is_holding)
{
	s->is_holding = is_holding;
}

void stream_set_write_limits(struct stream *s, int64_t timeout_ms, uint32_t min_rate)
{
	s->write_timeout_ms = timeout_ms;
	s->write_min_rate = min_rate;
}
