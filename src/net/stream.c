#include "src/net/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/must.h"
#include "src/net/stream_priv.h"

enum {
	READ_SIZE = 4096,    /* what a reader of lines asks for */
	SPACE_MAX = 1 << 30, /* no reader may want more */
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
	s->write_timeout_ms = STREAM_WRITE_TIMEOUT_MS;
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
	free(s->wire.p);
	stream_zip_free(s);
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

void stream_space_free(struct stream_space *b)
{
	free(b->p);
	*b = (struct stream_space){ 0 };
}

unsigned char *stream_space_reserve(struct stream_space *b, size_t n)
{
	unsigned char *p;

	if (b->room - b->at - b->n >= n && b->p)
		return b->p + b->at + b->n;
	if (b->room - b->n >= n && b->p) {
		memmove(b->p, b->p + b->at, b->n);
		b->at = 0;
		return b->p + b->n;
	}
	must(n <= SPACE_MAX && b->n <= SPACE_MAX);
	p = malloc(b->n + n);
	must(p && "out of memory");
	if (b->p)
		memcpy(p, b->p + b->at, b->n);
	free(b->p);
	*b = (struct stream_space){ .p = p, .n = b->n, .room = b->n + n };
	return p + b->n;
}

void stream_space_drop(struct stream_space *b, size_t n)
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

enum transport stream_move_in(struct stream *s, unsigned char *p, size_t room, size_t *n_r)
{
	if (s->memory)
		return stream_memory_read(s, p, room, n_r);
	if (s->ssl)
		return stream_tls_read(s, p, room, n_r);
	return stream_socket_read(s, p, room, n_r);
}

enum transport stream_move_out(struct stream *s, const unsigned char *p, size_t n, size_t *n_r)
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
		stream_space_free(&s->in);
	return STREAM_MORE;
}

/* Nothing will come any more; what is buffered is no use without it. */
static enum stream_got tell_end(struct stream *s, enum stream_got got)
{
	s->is_eof_told = got == STREAM_EOF;
	stream_space_free(&s->in);
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
	p = stream_space_reserve(&s->in, room);
	s->wants_write = false;
	switch (s->zip ? stream_zip_read(s, p, room, &n) : stream_move_in(s, p, room, &n)) {
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
		if (s->is_short && !s->ssl && !s->zip)
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
	stream_space_drop(&s->in, n);
	s->consumed += n;
	s->scanned = 0;
	s->is_drained = false;
}

uint64_t stream_consumed(const struct stream *s)
{
	return s->consumed;
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
	const unsigned char *p = stream_buffered(s).p, *lf;
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

	must(max < SPACE_MAX / 2);
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
	stream_space_free(&s->in);
	s->scanned = 0;
	s->is_skipping = s->skipped_cr = false;
	s->is_fresh = false;
}

bool stream_is_over(const struct stream *s)
{
	return s->error || s->is_eof;
}

bool stream_has_input(const struct stream *s)
{
	if (s->error || (s->is_eof && !s->is_eof_told))
		return true;
	if (s->in.n && !s->is_drained)
		return true;
	if (s->memory && s->memory->in.n > s->memory->at)
		return true;
	if (s->raw.n || (s->zip && !s->is_drained && stream_zip_has_pending(s)))
		return true;
	/* After a reader was told to wait, what is pending is a part of a record. */
	return s->ssl && s->is_tls_up && !s->is_drained && stream_tls_has_pending(s);
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
	size_t n = s->in.room + s->out.room + s->raw.room + s->wire.room + stream_zip_bytes(s);

	if (s->memory)
		n += s->memory->in.room + s->memory->out.room;
	return n;
}
