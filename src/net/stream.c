#include "src/net/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/net/stream_priv.h"

enum {
	READ_SIZE = 4096, /* what a reader of lines asks for */
	OUT_FIRST = 1024,
	OUT_MAX = 64 * 1024, /* collected before it is written through */
	IN_MAX = 1 << 30,    /* no reader may want more */
	WRITE_TIMEOUT_MS = 60000,
};

/* ---------------------------------------------------------------- life */

struct stream *stream_open_socket(int fd)
{
	struct stream *s = calloc(1, sizeof *s);
	int flags = fcntl(fd, F_GETFL);

	must(s && "out of memory");
	if (flags >= 0 && !(flags & O_NONBLOCK))
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	s->fd = fd;
	s->write_timeout_ms = WRITE_TIMEOUT_MS;
	return s;
}

void stream_close(struct stream **stream)
{
	struct stream *s = *stream;

	if (!s)
		return;
	*stream = NULL;
	if (s->ssl)
		stream_tls_free(s);
	if (s->memory)
		stream_memory_free(s);
	if (s->fd >= 0)
		close(s->fd);
	free(s->in.p);
	free(s->out.p);
	free(s->raw.p);
	free(s);
}

void stream_fail(struct stream *s, enum err e, const char *text)
{
	if (s->error)
		return;
	s->error = text;
	s->write_error = e;
}

void stream_fail_errno(struct stream *s, int error)
{
	const char *text = strerrordesc_np(error);

	stream_fail(s, ERR_IO, text ? text : "unknown error");
}

/* ---------------------------------------------------------------- space */

static void space_free(struct stream_space *b)
{
	free(b->p);
	*b = (struct stream_space){ 0 };
}

/* Room for `n` octets after what is there, which may move. */
static unsigned char *space_reserve(struct stream_space *b, size_t n)
{
	unsigned char *p;

	if (b->room - b->at - b->n >= n && b->p)
		return b->p + b->at + b->n;
	if (b->room - b->n >= n && b->p) {
		memmove(b->p, b->p + b->at, b->n);
		b->at = 0;
		return b->p + b->n;
	}
	must(n <= IN_MAX && b->n <= IN_MAX);
	p = malloc(b->n + n);
	must(p && "out of memory");
	if (b->p)
		memcpy(p, b->p + b->at, b->n);
	free(b->p);
	*b = (struct stream_space){ .p = p, .n = b->n, .room = b->n + n };
	return p + b->n;
}

static void space_drop(struct stream_space *b, size_t n)
{
	b->at += n;
	b->n -= n;
	if (b->n == 0)
		b->at = 0;
}

/* ---------------------------------------------------------------- moving octets */

enum transport stream_socket_read(struct stream *s, unsigned char *p, size_t room, size_t *n_r)
{
	ssize_t n;

	/*
	 * A read that got less than it asked for has emptied the socket. Asking again would cost a
	 * system call for each command; the caller waits with poll or epoll, which sees what has
	 * come in between.
	 */
	if (s->is_short) {
		s->is_short = false;
		return TRANSPORT_WAIT_READ;
	}
	do
		n = recv(s->fd, p, room, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		s->is_short = (size_t)n < room;
		*n_r = (size_t)n;
		return TRANSPORT_DONE;
	}
	if (n == 0)
		return TRANSPORT_END;
	if (errno == EAGAIN)
		return TRANSPORT_WAIT_READ;
	stream_fail_errno(s, errno);
	return TRANSPORT_FAILED;
}

enum transport stream_socket_write(struct stream *s, const unsigned char *p, size_t n, size_t *n_r)
{
	ssize_t put;

	do
		put = send(s->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (put < 0 && errno == EINTR);
	if (put >= 0) {
		*n_r = (size_t)put;
		return put > 0 ? TRANSPORT_DONE : TRANSPORT_WAIT_WRITE;
	}
	if (errno == EAGAIN)
		return TRANSPORT_WAIT_WRITE;
	stream_fail_errno(s, errno);
	return TRANSPORT_FAILED;
}

static enum transport move_in(struct stream *s, unsigned char *p, size_t room, size_t *n_r)
{
	if (s->memory)
		return stream_memory_read(s, p, room, n_r);
	if (s->ssl)
		return stream_tls_read(s, p, room, n_r);
	return stream_socket_read(s, p, room, n_r);
}

static enum transport move_out(struct stream *s, const unsigned char *p, size_t n, size_t *n_r)
{
	if (s->memory)
		return stream_memory_write(s, p, n, n_r);
	if (s->ssl)
		return stream_tls_write(s, p, n, n_r);
	return stream_socket_write(s, p, n, n_r);
}

/* ---------------------------------------------------------------- input */

/* Told to wait: an idle stream holds no buffer. */
static enum stream_got wait_for_more(struct stream *s)
{
	s->is_drained = true;
	s->is_fresh = false;
	if (s->in.n == 0)
		space_free(&s->in);
	return STREAM_MORE;
}

/* Nothing will come any more; what is buffered is no use without it. */
static enum stream_got tell_end(struct stream *s, enum stream_got got)
{
	s->is_eof_told = got == STREAM_EOF;
	space_free(&s->in);
	s->scanned = 0;
	return got;
}

/* Read once, at most `room` octets. */
static enum stream_got read_once(struct stream *s, size_t room)
{
	unsigned char *p;
	size_t n = 0;

	if (s->is_eof)
		return STREAM_EOF;
	p = space_reserve(&s->in, room);
	s->wants_write = false;
	switch (move_in(s, p, room, &n)) {
	case TRANSPORT_DONE:
		s->in.n += n;
		s->is_drained = false;
		s->is_fresh = true;
		return STREAM_GOT;
	case TRANSPORT_WAIT_WRITE:
		s->wants_write = true;
		return wait_for_more(s);
	case TRANSPORT_WAIT_READ:
		return wait_for_more(s);
	case TRANSPORT_END:
		s->is_eof = true;
		return STREAM_EOF;
	case TRANSPORT_FAILED:
		break;
	}
	return STREAM_FAILED;
}

/* True while TLS has been begun and is not up; the handshake has been driven on as far as possible.
 */
static bool is_shaking(struct stream *s, enum stream_got *got_r)
{
	enum transport t;

	if (!s->ssl || s->is_tls_up || s->error)
		return false;
	s->wants_write = false;
	t = stream_tls_handshake(s);
	if (t == TRANSPORT_DONE)
		return false;
	s->wants_write = t == TRANSPORT_WAIT_WRITE;
	s->is_drained = true;
	*got_r = s->error ? STREAM_FAILED : t == TRANSPORT_END ? STREAM_EOF : STREAM_MORE;
	s->is_eof |= t == TRANSPORT_END;
	return true;
}

enum stream_got stream_fill(struct stream *s, size_t want)
{
	enum stream_got got = STREAM_GOT;
	bool has_new;

	if (s->error)
		return STREAM_FAILED;
	if (is_shaking(s, &got))
		return got;
	has_new = s->is_fresh && s->in.n > 0;
	while (s->in.n < want) {
		got = read_once(s, want - s->in.n);
		if (got != STREAM_GOT)
			break;
		has_new = true;
		if (s->is_short && !s->ssl)
			break;
	}
	/* What came before the end or the error is worth having first. */
	if (s->in.n >= want || (has_new && s->in.n > 0 && got != STREAM_FAILED)) {
		s->is_fresh = false;
		return STREAM_GOT;
	}
	return got == STREAM_MORE ? got : tell_end(s, got);
}

struct str stream_buffered(const struct stream *s)
{
	/* An empty space may have no memory, and nothing may be added to NULL. */
	return s->in.n ? str_make(s->in.p + s->in.at, s->in.n) : STR("");
}

void stream_consume(struct stream *s, size_t n)
{
	must(n <= s->in.n);
	space_drop(&s->in, n);
	s->scanned = 0;
	s->is_drained = false;
}

/* Index of the line end's last octet among the first `limit` octets, or -1. */
static ptrdiff_t find_end(struct stream *s, size_t limit, enum stream_eol eol)
{
	const unsigned char *p = stream_buffered(s).p, *lf;
	size_t end = s->in.n < limit ? s->in.n : limit;
	size_t at = s->scanned;

	while (at < end) {
		lf = memchr(p + at, '\n', end - at);
		if (!lf)
			break;
		at = (size_t)(lf - p);
		if (eol == STREAM_LF_TOO || (at > 0 && p[at - 1] == '\r'))
			return lf - p;
		at++;
	}
	s->scanned = end;
	return -1;
}

/* Take the line that ends with the octet at `last`. */
static enum stream_got take_line(struct stream *s, size_t last, size_t max, enum stream_eol eol,
                                 struct str *line_r)
{
	struct str line = str_make(s->in.p + s->in.at, last);

	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	/* Not through space_drop: the line stays valid until the next call. */
	s->in.at += last + 1;
	s->in.n -= last + 1;
	s->scanned = 0;
	s->is_drained = false;
	s->is_fresh = s->in.n > 0;
	if (line.n > max)
		return STREAM_TOO_LONG;
	if (eol == STREAM_CRLF_ONLY && line.n &&
	    (memchr(line.p, '\r', line.n) || memchr(line.p, '\n', line.n) ||
	     memchr(line.p, 0, line.n)))
		return STREAM_BAD_LINE;
	*line_r = line;
	return STREAM_GOT;
}

/* Throw away up to and with the line end. True when it was there. */
static bool skip_line(struct stream *s, enum stream_eol eol)
{
	const unsigned char *p = s->in.p + s->in.at, *lf;
	size_t at = 0;
	bool has_cr;

	while (at < s->in.n) {
		lf = memchr(p + at, '\n', s->in.n - at);
		if (!lf)
			break;
		at = (size_t)(lf - p) + 1;
		has_cr = at >= 2 ? p[at - 2] == '\r' : s->skipped_cr;
		if (eol == STREAM_CRLF_ONLY && !has_cr)
			continue;
		s->is_skipping = s->skipped_cr = false;
		stream_consume(s, at);
		s->is_fresh = s->in.n > 0;
		return true;
	}
	if (s->in.n) {
		s->skipped_cr = p[s->in.n - 1] == '\r';
		stream_consume(s, s->in.n);
	}
	return false;
}

enum stream_got stream_line(struct stream *s, size_t max, enum stream_eol eol, struct str *line_r)
{
	enum stream_got got = STREAM_GOT;
	ptrdiff_t last;

	must(max < IN_MAX / 2);
	if (s->error)
		return STREAM_FAILED;
	if (is_shaking(s, &got))
		return got;
	if (s->in.n == 0)
		s->in.at = 0;
	while (got == STREAM_GOT) {
		if (s->is_skipping) {
			if (skip_line(s, eol))
				return STREAM_TOO_LONG;
		} else {
			last = find_end(s, max + 2, eol);
			if (last >= 0)
				return take_line(s, (size_t)last, max, eol, line_r);
			/* A line of `max` octets and its CRLF would have been found. */
			s->is_skipping = s->in.n >= max + 2;
			if (s->is_skipping)
				continue;
		}
		got = read_once(s, READ_SIZE);
	}
	return got == STREAM_MORE ? got : tell_end(s, got);
}

bool stream_has_line(const struct stream *s)
{
	return s->in.n && memchr(s->in.p + s->in.at, '\n', s->in.n);
}

void stream_discard_input(struct stream *s)
{
	space_free(&s->in);
	s->scanned = 0;
	s->is_skipping = s->skipped_cr = false;
	s->is_fresh = false;
}

bool stream_has_input(const struct stream *s)
{
	if (s->error || (s->is_eof && !s->is_eof_told))
		return true;
	if (s->in.n && !s->is_drained)
		return true;
	if (s->memory && s->memory->in.n > s->memory->at)
		return true;
	if (s->raw.n)
		return true;
	/* After a reader was told to wait, what is pending is a part of a record. */
	return s->ssl && s->is_tls_up && !s->is_drained && stream_tls_has_pending(s);
}

/* ---------------------------------------------------------------- output */

/* Milliseconds of one wait; -1 when the reader was too slow. `moved` octets have gone in `elapsed`.
 */
static int64_t wait_budget(const struct stream *s, int64_t elapsed, int64_t idle, size_t moved)
{
	if (idle >= s->write_timeout_ms)
		return -1;
	/* The first time-out's worth is free, so that a short answer is never too slow. */
	if (elapsed > s->write_timeout_ms &&
	    (uint64_t)moved * 1000 < (uint64_t)(elapsed - s->write_timeout_ms) * s->write_min_rate)
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

/* Write all of it, waiting as long as the peer keeps taking. */
static void write_through(struct stream *s, const unsigned char *p, size_t n)
{
	int64_t start = 0, last = 0, now, budget;
	size_t moved = 0, put;
	enum transport t;

	while (moved < n && !s->error) {
		put = 0;
		t = move_out(s, p + moved, n - moved, &put);
		moved += put;
		if (t == TRANSPORT_DONE) {
			last = 0;
			continue;
		}
		if (t == TRANSPORT_END)
			stream_fail(s, ERR_IO, "the peer has closed the connection");
		if (s->error)
			return;
		now = clock_mono_ms();
		start = start ? start : now;
		last = last ? last : now;
		budget = wait_budget(s, now - start, now - last, moved);
		if (budget < 0)
			stream_fail(s, ERR_TIMEOUT, "the peer takes its answers too slowly");
		else
			wait_for_socket(s, t == TRANSPORT_WAIT_READ ? POLLIN : POLLOUT, budget);
	}
}

static void write_collected(struct stream *s)
{
	if (s->out.n && !s->error)
		write_through(s, s->out.p + s->out.at, s->out.n);
	space_free(&s->out);
}

/* Room for `n` octets of output, which is at most OUT_MAX. */
static unsigned char *reserve_out(struct stream *s, size_t n)
{
	size_t room;

	if (s->out.n + n > OUT_MAX)
		write_collected(s);
	if (s->out.room - s->out.n >= n && s->out.p)
		return s->out.p + s->out.n;
	for (room = s->out.room ? s->out.room * 2 : OUT_FIRST; room < s->out.n + n; room *= 2)
		;
	return space_reserve(&s->out, room - s->out.n);
}

void stream_write(struct stream *s, struct str bytes)
{
	unsigned char *p;

	if (s->error || bytes.n == 0)
		return;
	if (bytes.n >= OUT_MAX) {
		write_collected(s);
		if (!s->error)
			write_through(s, bytes.p, bytes.n);
		return;
	}
	p = reserve_out(s, bytes.n);
	memcpy(p, bytes.p, bytes.n);
	s->out.n += bytes.n;
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
	write_collected(s);
	return s->error ? s->write_error : ERR_OK;
}

size_t stream_pending(const struct stream *s)
{
	return s->out.n;
}

void stream_set_write_limits(struct stream *s, int64_t timeout_ms, uint32_t min_rate)
{
	s->write_timeout_ms = timeout_ms;
	s->write_min_rate = min_rate;
}

/* ---------------------------------------------------------------- state */

int stream_fd(const struct stream *s)
{
	return s->fd;
}

bool stream_wants_write(const struct stream *s)
{
	return s->wants_write;
}

const char *stream_error(const struct stream *s)
{
	return s->error ? s->error : "no error";
}

size_t stream_bytes(const struct stream *s)
{
	size_t n = s->in.room + s->out.room + s->raw.room;

	if (s->memory)
		n += s->memory->in.room + s->memory->out.room;
	return n;
}
