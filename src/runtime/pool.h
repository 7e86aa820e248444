/*
 * The worker pool of a session process: drives sessions, see src/net/session.h.
 *
 * All connections stand in one epoll set, one shot each, that every thread of the pool waits on.
 * The thread that gets an event runs the session itself, so a command costs no hand-off between
 * threads. A waiting session is a small struct, its arena and its stream; threads, scratch memory
 * and store handles belong to commands in progress. There is always one thread waiting as long as
 * the cap allows: when the last one gets work it starts another, and threads that have not been
 * needed for a while end.
 *
 * Fairness: a session that has more to do (SESSION_AGAIN) goes behind all others that are ready
 * after a few steps. A client that does not take its output blocks a thread for a bounded time, and
 * less when threads run out.
 *
 * What schedules (queue, deadlines, states, watchers) is under one lock of the pool, held for some
 * instructions at a time, never during a step or while waiting.
 */
#ifndef TAYORI_RUNTIME_POOL_H
#define TAYORI_RUNTIME_POOL_H

#include "src/config/config.h"

struct dns;
struct runtime_pool;
struct runtime_setup;
struct session_class;

struct runtime_pool_options {
	const struct session_class *classes[CONFIG_PROTOCOL_COUNT]; /* keeps: for the pool's life */
	const char *store_socket; /* NULL: sessions have no store (tests) */
	struct dns *dns;          /* takes; for names of peers; NULL: none */
};

struct runtime_pool_counts {
	uint64_t accepted, refused_total, refused_address, refused_rate, closed, steps, shed;
	uint32_t connections, threads, waiting_threads;
	uint32_t queued; /* sessions that are ready and wait for a thread */
	uint32_t sessions[CONFIG_PROTOCOL_COUNT];
};

/* A pool without threads and listeners. Returns owned: runtime_pool_free. */
struct runtime_pool *runtime_pool_new(const struct runtime_pool_options *o,
                                      struct runtime_setup *setup);

/* End all threads (may wait for steps in progress) and close all connections. */
void runtime_pool_free(struct runtime_pool **pool);

/*
 * Serve these listening sockets (takes; one for each listener of the setup's configuration, -1:
 * none), from now on with `setup` (keeps a reference). The sockets of an earlier call are closed,
 * its sessions stay. Fails with: ERR_IO.
 */
enum err runtime_pool_serve(struct runtime_pool *pool, struct runtime_setup *setup, const int *fds,
                            size_t n_fds) MUST_USE;

/* Add a connected socket (takes) as if it had been accepted by that listener. False: over a limit.
 */
bool runtime_pool_adopt(struct runtime_pool *pool, int fd, size_t listener);

/* Stop accepting and ask all sessions to say goodbye, spread over half of `drain_ms`. */
void runtime_pool_drain(struct runtime_pool *pool, uint64_t drain_ms);

/* Upkeep: to be called by one thread that is not of the pool. Milliseconds after which it wants to
 * be called again. */
int runtime_pool_tick(struct runtime_pool *pool);

/* True when no connection is left. */
bool runtime_pool_is_empty(struct runtime_pool *pool);

/* What has happened so far, and how it stands now. */
struct runtime_pool_counts runtime_pool_count(struct runtime_pool *pool);

#endif
