/*
 * How the running server stands, for whoever may connect to DIRECTORY/status.sock: the numbers of
 * all roles, asked for at that moment, a line "NAME NUMBER" each. Nothing is read from the caller.
 */
#ifndef TAYORI_RUNTIME_STATUS_H
#define TAYORI_RUNTIME_STATUS_H

#include <poll.h>

#include "src/base/err.h"
#include "src/base/str.h"
#include "src/runtime/counts.h"

struct runtime_child;

/* One caller at a time, the next waits in the backlog. */
struct runtime_status {
	int listen_fd;
	int caller;     /* -1: nobody waits for an answer */
	int64_t due_ms; /* the answer goes out then, with what there is */
};

/* Listen below `run_directory`, for our own user only. Fails with: ERR_INVALID, ERR_IO. */
enum err runtime_status_open(struct runtime_status *s, struct str run_directory,
                             struct errinfo *info) MUST_USE;

/* What to wait for: a caller, unless one waits for us. */
struct pollfd runtime_status_poll(const struct runtime_status *s);

/* Somebody may have connected: take the call and ask the children that serve. */
void runtime_status_ask(struct runtime_status *s, struct runtime_child *children, size_t n,
                        int64_t now_ms);

/* Answer when all have, or when it is time. */
void runtime_status_answer(struct runtime_status *s, const struct runtime_child *children, size_t n,
                           int64_t now_ms);

#endif
