/*
 * Which processes have a connection to this store process. What they hold (maildrops) is free when
 * they are gone.
 *
 * A session process keeps a connection for events all its life and is back within a moment when the
 * store has been restarted; so whoever has none is gone, except shortly after the store's start.
 * Without a server (tests, tools) nobody is ever gone. Thread-safe.
 */
#ifndef TAYORI_STORE_PRESENCE_PRIV_H
#define TAYORI_STORE_PRESENCE_PRIV_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct presence_process {
	uint64_t process;
	uint32_t connections; /* 0: it was there and is gone */
};

struct presence {
	pthread_mutex_t lock;
	int64_t since_mono_ms; /* of the first connection; 0: nobody ever came */
	struct presence_process *list;
	size_t n, room;
};

void presence_init(struct presence *p);
void presence_clear(struct presence *p);

/* One more connection of `process` / one less. */
void presence_enter(struct presence *p, uint64_t process);
void presence_leave(struct presence *p, uint64_t process);

/* Is it certain that `process` has ended? */
bool presence_is_gone(struct presence *p, uint64_t process);

#endif
