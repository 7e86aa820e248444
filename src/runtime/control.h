/*
 * Messages between the supervisor and a role, over a SOCK_SEQPACKET pair; descriptors travel with
 * them.
 */
#ifndef TAYORI_RUNTIME_CONTROL_H
#define TAYORI_RUNTIME_CONTROL_H

#include "src/base/err.h"
#include "src/runtime/counts.h"

enum runtime_control_type {
	RUNTIME_CONTROL_SETUP =
		1, /* to the role: the bundle (see bundle.h), then its listening sockets */
	RUNTIME_CONTROL_DRAIN,   /* to the role: come to an end within `value` milliseconds */
	RUNTIME_CONTROL_READY,   /* to the supervisor: serving with generation `value` */
	RUNTIME_CONTROL_REFUSED, /* to the supervisor: generation `value` cannot be used, the old
	                            one stays */
	RUNTIME_CONTROL_COUNT,   /* to the role: what do you count? */
	RUNTIME_CONTROL_COUNTS   /* to the supervisor: `counts` */
};

/* Descriptors in one message at most (the kernel's limit is 253). */
enum {
	RUNTIME_CONTROL_FDS_MAX = 250
};

struct runtime_control {
	uint32_t type;
	uint32_t n_fds;
	uint64_t value;
	struct runtime_counts counts; /* of COUNTS */
};

/* Send with `m->n_fds` descriptors (borrows). Fails with: ERR_IO. */
enum err runtime_control_send(int socket, const struct runtime_control *m, const int *fds) MUST_USE;

/*
 * The next message; the descriptors (closed on exec) are the caller's. May wait for ever, unless
 * the socket does not block. Fails with: ERR_CANCELLED (the other side is gone), ERR_NOTFOUND
 * (nothing there now), ERR_PROTO, ERR_IO.
 */
enum err runtime_control_receive(int socket, struct runtime_control *m_r,
                                 int fds_r[RUNTIME_CONTROL_FDS_MAX]) MUST_USE;

#endif
