/*
 * What the roles count, for `tayori status`. One list for all of them: a role leaves at 0 what it
 * does not know.
 */
#ifndef TAYORI_RUNTIME_COUNTS_H
#define TAYORI_RUNTIME_COUNTS_H

#include <stdint.h>

#include "src/config/config.h"

enum runtime_count {
	/* How it stands now: open connections, one place for each protocol. */
	RUNTIME_COUNT_SESSIONS,
	/* Sessions that have something to do and wait for a thread. */
	RUNTIME_COUNT_WAITING = RUNTIME_COUNT_SESSIONS + CONFIG_PROTOCOL_COUNT,
	RUNTIME_COUNT_THREADS,
	RUNTIME_COUNT_THREADS_IDLE,
	/* Since the role started. */
	RUNTIME_COUNT_ACCEPTED,
	RUNTIME_COUNT_REFUSED, /* over a limit */
	RUNTIME_COUNT_STEPS,
	RUNTIME_COUNT_SHED, /* sent away because all threads were busy */
	/* The store. */
	RUNTIME_COUNT_STORE_WAITING, /* writing operations in the lanes now */
	RUNTIME_COUNT_STORE_WRITES,
	RUNTIME_COUNT_STORE_BATCHES, /* in so many transactions */
	RUNTIME_COUNT_STORE_FAILED,
	RUNTIME_COUNTS
};

struct runtime_counts {
	uint64_t n[RUNTIME_COUNTS];
};

enum {
	RUNTIME_COUNT_NAME = 32
};

/* "sessions_imap", "store_waiting" ... */
void runtime_count_name(enum runtime_count count, char name_r[RUNTIME_COUNT_NAME]);

#endif
