/*
 * A role as the supervisor sees it: a process that is started, serves, is asked to end, and starts
 * again when it dies.
 *
 * The states and their moves are one table in child.c; nothing else changes a state. Time is given,
 * not read, so that the rules of back-off can be tested.
 */
#ifndef TAYORI_RUNTIME_CHILD_H
#define TAYORI_RUNTIME_CHILD_H

#include <sys/types.h>

#include "src/base/err.h"
#include "src/runtime/counts.h"
#include "src/runtime/sandbox.h"

enum runtime_child_state {
	RUNTIME_CHILD_DOWN,     /* no process; one is started at due_ms */
	RUNTIME_CHILD_STARTING, /* a process, not serving yet */
	RUNTIME_CHILD_UP,       /* it serves */
	RUNTIME_CHILD_ENDING,   /* asked to end; killed at due_ms */
	RUNTIME_CHILD_KILLED,   /* killed because it did not end */
	RUNTIME_CHILD_ENDED,    /* gone, and not coming back */
	RUNTIME_CHILD_STATES
};

struct runtime_child {
	enum runtime_role_kind role;
	uint32_t number; /* among those of its role */
	enum runtime_child_state state;
	pid_t pid;
	int control; /* our end; -1: none */
	int64_t started_ms;
	int64_t due_ms;      /* of the state; 0: none */
	uint64_t backoff_ms; /* before the next start */
	uint64_t generation; /* of the setup it serves with */
	bool is_asked;       /* for its counts, which have not come yet */
	struct runtime_counts counts;
};

/* Change the state; a move that is not in the table is a bug. Logs it. */
void runtime_child_move(struct runtime_child *c, enum runtime_child_state to);

/* "store", "session", "web". */
const char *runtime_child_role_name(enum runtime_role_kind role);

/*
 * How long to wait before starting again after a life of `lived_ms`, when it was `last_ms` the time
 * before: nothing after a life of ten seconds or the first quick death, then 100 ms, doubling up to
 * `max_ms`. `was_killed`: something outside killed a role that served, which says nothing about the
 * role; never more than 250 ms.
 */
uint64_t runtime_child_backoff(uint64_t lived_ms, uint64_t last_ms, uint64_t max_ms,
                               bool was_killed);

/*
 * Start the process: this program again, as its role, with the other end of a fresh control socket.
 * Moves to STARTING. Fails with: ERR_IO; the state stays.
 */
enum err runtime_child_start(struct runtime_child *c, int64_t now_ms,
                             struct errinfo *info) MUST_USE;

/*
 * The process has ended with `status` (of waitpid): moves to DOWN with its back-off, or to ENDED
 * when that was wanted. Logs how it ended.
 */
void runtime_child_reap(struct runtime_child *c, int status, int64_t now_ms,
                        uint64_t backoff_max_ms);

/* Ask it to end within `patience_ms`: moves to ENDING, or to ENDED when there is no process. */
void runtime_child_end(struct runtime_child *c, int64_t now_ms, uint64_t patience_ms,
                       uint64_t grace_ms);

#endif
