#include <stdlib.h>
#include <string.h>

#include "src/base/must.h"
#include "src/net/stream.h"
#include "src/net/stream_priv.h"

enum {
	MEMORY_MAX = 1 << 30
};

struct stream *stream_open_memory(void)
{
	struct stream *s = calloc(1, sizeof *s);
	struct stream_memory *m = calloc(1, sizeof *m);

	must(s && m && "out of memory");
	m->in = buf_in(NULL, MEMORY_MAX);
	m->out = buf_in(NULL, MEMORY_MAX);
	s->fd = -1;
	s->write_timeout_ms = STREAM_WRITE_TIMEOUT_MS;
	s->memory = m;
	return s;
}

void stream_memory_free(struct stream *s)
{
	buf_clear(&s->memory->in);
	buf_clear(&s->memory->out);
	free(s->memory);
	s->memory = NULL;
}

enum transport stream_memory_read(struct stream *s, unsigned char *p, size_t room, size_t *n_r)
{
	struct stream_memory *m = s->memory;
	size_t left = m->in.n - m->at, n = left < room ? left : room;

	if (n == 0)
		return m->is_end ? TRANSPORT_END : TRANSPORT_WAIT_READ;
	memcpy(p, m->in.p + m->at, n);
	m->at += n;
	if (m->at == m->in.n) {
		buf_clear(&m->in);
		m->at = 0;
	}
	*n_r = n;
	return TRANSPORT_DONE;
}

enum transport stream_memory_write(struct stream *s, const unsigned char *p, size_t n, size_t *n_r)
{
	struct stream_memory *m = s->memory;

	if (m->room > 0 && m->out.n >= m->room)
		return TRANSPORT_WAIT_WRITE;
	if (m->room > 0 && n > m->room - m->out.n)
		n = m->room - m->out.n;
	if (buf_add(&m->out, str_make(p, n))) {
		stream_fail(s, ERR_LIMIT, "too much output in memory");
		return TRANSPORT_FAILED;
	}
	*n_r = n;
	return TRANSPORT_DONE;
}

void stream_memory_feed(struct stream *s, struct str bytes, bool is_end)
{
	enum err e;

	must(s->memory && !s->memory->is_end);
	e = buf_add(&s->memory->in, bytes);
	must(e == ERR_OK && "too much input in memory");
	s->memory->is_end = is_end;
}

struct str stream_memory_take(struct stream *s, struct arena *a)
{
	struct str all;

	must(s->memory);
	if (s->memory->room == 0)
		(void)!stream_flush(s);
	all = str_dup(a, buf_str(&s->memory->out));
	buf_clear(&s->memory->out);
	return all;
}

void stream_memory_set_room(struct stream *s, size_t room)
{
	must(s->memory);
	s->memory->room = room;
}

void stream_memory_set_tls(struct stream *s, bool is_tls)
{
	must(s->memory);
	s->memory->is_tls = is_tls;
}
