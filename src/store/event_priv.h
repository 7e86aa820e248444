/*
 * An event connection, seen from either end: frames of accounts and events, never blocking.
 */
#ifndef TAYORI_STORE_EVENT_PRIV_H
#define TAYORI_STORE_EVENT_PRIV_H

#include "src/base/buf.h"
#include "src/store/store.h"
#include "src/store/wire.h"

/* An account in a frame WATCH or UNWATCH; an event is an account and a MODSEQ. */
#define EVENT_ACCOUNT_BYTES 8
#define EVENT_BYTES 16
#define EVENT_FRAME_MAX (1u << 20)

struct event_link {
	int fd; /* borrowed */
	struct buf in, out;
	size_t used; /* octets of `in` that have been given out */
};

void event_link_init(struct event_link *l, int fd);
void event_link_clear(struct event_link *l);

/* Queue a frame. */
void event_link_put_accounts(struct event_link *l, enum wire_verb verb, const uint64_t *accounts,
                             size_t n);
void event_link_put_events(struct event_link *l, const struct store_event *events, size_t n);

/* Send what can be sent. Fails with: ERR_IO. */
enum err event_link_flush(struct event_link *l) MUST_USE;
bool event_link_has_output(const struct event_link *l);

/*
 * The next whole frame; `*body_r` is valid until the next call. Fails with: ERR_BUSY (nothing now),
 * ERR_IO (closed), ERR_PROTO.
 */
enum err event_link_next(struct event_link *l, struct wire_header *h_r,
                         struct str *body_r) MUST_USE;

/* Octets in a frame. */
struct store_event event_get(const unsigned char *p);
uint64_t event_account_get(const unsigned char *p);

#endif
