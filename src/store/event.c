#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "src/base/must.h"
#include "src/store/event_priv.h"
#include "src/store/socket_priv.h"

#define READ_BYTES 16384
/* A listener that does not read is cut off: it will hear "everything" when it comes back. */
#define OUT_MAX (16u << 20)

void event_link_init(struct event_link *l, int fd)
{
	*l = (struct event_link){
		.fd = fd,
		.in = buf_in(NULL, WIRE_HEADER_BYTES + EVENT_FRAME_MAX + READ_BYTES),
		.out = buf_in(NULL, OUT_MAX),
	};
}

void event_link_clear(struct event_link *l)
{
	buf_clear(&l->in);
	buf_clear(&l->out);
}

static unsigned char *put_header(struct event_link *l, enum wire_verb verb, size_t length)
{
	unsigned char *p = buf_reserve(&l->out, WIRE_HEADER_BYTES + length);
	if (!p) {
		/* Too much waits to be sent: flush will find the link broken. */
		l->fd = -1;
		return NULL;
	}
	struct wire_header h = { .length = (uint32_t)length, .verb = (uint16_t)verb };
	wire_header_put(p, &h);
	l->out.n += WIRE_HEADER_BYTES + length;
	return p + WIRE_HEADER_BYTES;
}

static unsigned char *put_u64(unsigned char *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof(v));
	return p + sizeof(v);
}

void event_link_put_accounts(struct event_link *l, enum wire_verb verb, const uint64_t *accounts,
                             size_t n)
{
	must(n <= EVENT_FRAME_MAX / EVENT_ACCOUNT_BYTES);
	unsigned char *p = put_header(l, verb, n * EVENT_ACCOUNT_BYTES);
	for (size_t i = 0; p && i < n; i++)
		p = put_u64(p, accounts[i]);
}

void event_link_put_events(struct event_link *l, const struct store_event *events, size_t n)
{
	must(n <= EVENT_FRAME_MAX / EVENT_BYTES);
	unsigned char *p = put_header(l, WIRE_EVENTS, n * EVENT_BYTES);
	for (size_t i = 0; p && i < n; i++) {
		p = put_u64(p, events[i].account_id);
		p = put_u64(p, events[i].modseq);
	}
}

enum err event_link_flush(struct event_link *l)
{
	while (l->out.n) {
		if (l->fd < 0)
			return ERR_IO;
		ssize_t n = socket_send(l->fd, buf_str(&l->out), -1);
		if (n < 0)
			return errno == EAGAIN ? ERR_OK : ERR_IO;
		buf_drop(&l->out, (size_t)n);
	}
	return ERR_OK;
}

bool event_link_has_output(const struct event_link *l)
{
	return l->out.n > 0;
}

/* The frame at the beginning of `in`, when it is whole. */
static enum err take_frame(struct event_link *l, struct wire_header *h_r, struct str *body_r)
{
	if (l->in.n < WIRE_HEADER_BYTES)
		return ERR_BUSY;
	struct wire_header h;
	if (wire_header_get(l->in.p, EVENT_FRAME_MAX, &h) || h.has_fd)
		return ERR_PROTO;
	if (l->in.n < WIRE_HEADER_BYTES + h.length)
		return ERR_BUSY;
	*h_r = h;
	*body_r = str_make(l->in.p + WIRE_HEADER_BYTES, h.length);
	l->used = WIRE_HEADER_BYTES + h.length;
	return ERR_OK;
}

enum err event_link_next(struct event_link *l, struct wire_header *h_r, struct str *body_r)
{
	buf_drop(&l->in, l->used);
	l->used = 0;
	for (;;) {
		enum err err = take_frame(l, h_r, body_r);
		if (err != ERR_BUSY)
			return err;
		unsigned char *p = buf_reserve(&l->in, READ_BYTES);
		if (!p)
			return ERR_PROTO;
		ssize_t n = l->fd < 0 ? 0 : recv(l->fd, p, READ_BYTES, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return ERR_IO;
		if (n < 0 && errno == EAGAIN)
			return ERR_BUSY;
		if (n > 0)
			l->in.n += (size_t)n;
	}
}

uint64_t event_account_get(const unsigned char *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

struct store_event event_get(const unsigned char *p)
{
	return (struct store_event){ event_account_get(p), event_account_get(p + 8) };
}
