/* What the parts of the pool share: pool.c (threads), park.c (waiting), conn.c (steps), accept.c,
 * watch.c, host.c. */
#ifndef TAYORI_RUNTIME_POOL_PRIV_H
#define TAYORI_RUNTIME_POOL_PRIV_H

#include <pthread.h>
#include <stdatomic.h>

#include "src/net/session.h"
#include "src/runtime/budget.h"
#include "src/runtime/hash.h"
#include "src/runtime/pool.h"
#include "src/runtime/setup.h"
#include "src/runtime/tally.h"

struct store_watcher;

/* Where a connection is in its life; the order is the way it goes, STARTTLS goes back to CONN_TLS.
 */
enum conn_phase {
	CONN_PROXY, /* the header of the PROXY protocol is awaited */
	CONN_TLS,   /* a TLS handshake is going on */
	CONN_OPEN,  /* the session's own */
	CONN_OVER   /* the session has ended, its last words are on their way */
};

enum conn_state {
	CONN_PARKED, /* waits in epoll and in the timers */
	CONN_QUEUED, /* ready, waits for a thread */
	CONN_RUNNING /* a thread owns it */
};

/* A connection and its session. All but the last group belongs to the thread that runs it. */
struct conn {
	struct session session;
	struct runtime_pool *pool;
	struct runtime_setup *setup;
	uint64_t address_key;  /* as counted in the tally; 0: not counted */
	int64_t phase_due_ms;  /* deadline of all phases but CONN_OPEN */
	int64_t hold_until_ms; /* input is not looked at before, see conn.c */
	struct store *store;   /* has been asked and has not answered yet; NULL: nothing is */
	uint32_t armed_events; /* what epoll reports once; changed by others under the lock */
	enum conn_phase phase;
	uint8_t todo;       /* wakes to be told, bit = enum session_wake */
	uint8_t idle_steps; /* INPUT steps in a row that took nothing */
	bool needs_proxy;   /* a PROXY header comes first */
	bool is_started;    /* the class has been asked to begin */
	bool is_newcomer;   /* it was queued as one that has not logged in */
	bool is_broken;     /* its state was lost in a restore */
	bool is_added;      /* epoll knows the socket */
	bool is_unwatched;  /* epoll has refused it */
	bool is_pushing;    /* output waits for the peer; the session is told nothing meanwhile */

	/* Under the pool's lock. */
	enum conn_state state;
	uint8_t wakes; /* arrived while it was running or queued */
	int fd;        /* -1 once closing */
	uint32_t slot;
	uint32_t timer_at; /* index in the timers + 1; 0: not there */
	int64_t timer_ms;
	int64_t step_since_ms, ready_since_ms;
	struct conn *queue_next;
	uint64_t watched; /* account id; 0: none */
	struct conn *watch_next, **watch_link;
	struct conn *turn_next, **turn_link; /* waits for its turn; NULL: does not */
	char *peer_name;                     /* once it is known */
};

/* Connections are named in epoll by slot and generation, never by pointer: an event may be older
 * than its connection. */
struct slot {
	struct conn *conn;
	uint32_t generation;
	uint32_t next_free; /* index + 1 */
};

/* The sockets of one runtime_pool_serve; counted, because a thread may be accepting while a reload
 * replaces them. */
struct listen_set {
	_Atomic int refs;
	struct runtime_setup *setup;
	size_t n;
	int fds[];
};

/* First come, first served. */
struct pool_line {
	struct conn *first, **end;
};

/* More sessions than this do not ask the store without a thread at once; each takes a socket. */
#define POOL_ASKING_MAX 64

/* Those that are ready; see queue.c. */
enum {
	POOL_TURNS = 64
};
struct pool_queue {
	struct pool_line urgent, members;
	uint32_t urgent_in_a_row;
	struct pool_line newcomers[POOL_TURNS]; /* by the hash of their address */
	uint64_t waiting;                       /* newcomers that are not empty, a bit each */
	uint32_t turn;
	uint32_t running; /* threads that serve newcomers now */
	bool was_member;  /* the last that was taken */
};

/* A thread of the pool. */
struct worker {
	struct runtime_pool *pool;
	struct arena *scratch;
	struct store *store; /* opened at the first step; goes with a session that asks */
	bool has_run;        /* it has a step behind it */
	bool has_newcomer;   /* what it runs was queued as one */
};

struct runtime_pool {
	/* Constant. */
	struct runtime_pool_options options;
	struct session_host host;
	int epoll_fd, timer_fd, kick_fd;
	struct store_watcher *watcher;
	struct runtime_hash_key hash_key;
	struct runtime_budget *budget;
	struct runtime_tally *addresses, *users;
	_Atomic uint64_t next_id;
	_Atomic uint64_t spool_used;
	_Atomic uint32_t n_asking; /* sessions that wait for the store without a thread */
	atomic_bool is_draining;
	_Atomic uint64_t accepted, refused_total, refused_address, refused_rate, closed, steps,
		shed;

	pthread_mutex_t lock;
	pthread_cond_t thread_ended;
	pthread_cond_t has_room; /* for one more thread in a step */
	/* Under the lock. */
	struct runtime_setup *setup;
	struct listen_set *listening; /* NULL: none */
	uint32_t listen_generation;
	bool are_listeners_held; /* out of file descriptors */
	bool is_stopping;
	uint32_t n_threads, n_waiting, max_threads, to_retire, low_water;
	int64_t low_water_since_ms;
	/* Threads in a step, and those among them that wait for the store; how many may be in a
	 * step, and may work at it; how many more since the others are stuck. */
	uint32_t n_running, n_blocked, may_run, may_work, extra;
	uint32_t n_watching; /* of those that wait: for others to get on */
	uint32_t since_poll;
	struct conn *turns, **turns_end;       /* who may not begin a message yet, in their order */
	struct store *spares[POOL_ASKING_MAX]; /* handles nobody uses */
	uint32_t n_spares;
	struct pool_queue queue;
	struct slot *slots;
	uint32_t n_slots, free_slot, n_conns;
	uint32_t n_queued, n_sessions[CONFIG_PROTOCOL_COUNT];
	struct conn **timers; /* binary heap by timer_ms, room for n_slots */
	uint32_t n_timers;
	int64_t timer_armed_ms;
	struct conn **watch_buckets;
	uint32_t watch_mask;
	uint32_t drain_at, drain_batch;
};

enum {
	POOL_STACK_BYTES = 256 * 1024,
	POOL_SLOT_ANSWER = 0x40000000, /* + slot: the store's answer to this connection */
	POOL_SLOT_LISTEN = 0x7f000000, /* + index of the listener */
	POOL_SLOT_TIMER = 0x7fff0000,
	POOL_SLOT_KICK,
	POOL_SLOT_WATCHER
};

/* The epoll name of a slot. */
static inline uint64_t pool_name(uint32_t slot, uint32_t generation)
{
	return (uint64_t)generation << 32 | slot;
}

/* --- pool.c */

/* Give work to a waiting thread; any thread. */
void pool_kick(struct runtime_pool *p);
/* For store_on_wait: the thread that calls waits for the store, or goes on. */
void pool_wait(void *pool, bool is_waiting);

/* --- park.c: slots, wakes and deadlines; all with the lock held unless said otherwise */

/* A slot for `c`; false when all are taken. */
bool park_enter(struct runtime_pool *p, struct conn *c);
/* The slot is free again, timers and watch are gone. */
void park_leave(struct runtime_pool *p, struct conn *c);
/* Behind all that are ready. */
void park_queue(struct runtime_pool *p, struct conn *c);
/* The next that is ready, now running; NULL: none. */
struct conn *park_take(struct runtime_pool *p);
/* Tell `c` something; a parked one becomes ready. */
void park_wake(struct runtime_pool *p, struct conn *c, enum session_wake why);
/* Let `c`, which the caller runs, wait for input and deadline, or go on when something has come.
 * Takes the lock itself. */
void park_conn(struct runtime_pool *p, struct conn *c);
/* epoll has named a connection, or the store's answer to it. Takes the lock itself. */
void park_event(struct runtime_pool *p, uint32_t slot, uint32_t generation);
void park_answer(struct runtime_pool *p, uint32_t slot, uint32_t generation);
/* The timer has rung. Takes the lock itself. */
void park_ring(struct runtime_pool *p);
/* Make room for `n` connections, once and for all. */
void park_init(struct runtime_pool *p, uint32_t n);

/* --- queue.c: all with the lock held */

void queue_init(struct runtime_pool *p);
/* Behind all of its kind. */
void queue_add(struct runtime_pool *p, struct conn *c);
/* Would queue_take give one? */
bool queue_has_work(const struct runtime_pool *p);
/* Since when the one that has waited longest is ready; 0: there is no work. */
int64_t queue_since(const struct runtime_pool *p);
/* The next; NULL: none may run now. Call queue_done after one that `is_newcomer`. */
struct conn *queue_take(struct runtime_pool *p);
void queue_done(struct runtime_pool *p);

/* --- conn.c */

/* Run a connection for a while, then park, queue or close it. */
void conn_run(struct worker *w, struct conn *c);
/* End it; `reason` for the log. The caller runs it. */
void conn_close(struct worker *w, struct conn *c, const char *reason);

/* --- ask.c: handles of the store, and when it has enough to do */

/* Give the session of `c` a handle for a step, and take it back afterwards: the worker's, or the
 * one it has asked with. */
void ask_lend(struct worker *w, struct conn *c);
void ask_take_back(struct worker *w, struct conn *c);
/* Have the answer wake `c`. */
void ask_watch(struct conn *c);
/* `c` ends: nobody takes the answer. */
void ask_forget(struct conn *c);
/* Is the store busy enough? Then `c` will be told when it is its turn. */
bool ask_must_wait(struct runtime_pool *p, struct conn *c);
/* `c` does not wait for its turn any more; lock held. */
void ask_leave_turn(struct runtime_pool *p, struct conn *c);
/* The pool begins and ends. */
void ask_init(struct runtime_pool *p);
void ask_close(struct runtime_pool *p);

/* --- accept.c */

/* Accept what waits at listener `index`. */
void accept_event(struct runtime_pool *p, uint32_t index, uint32_t generation);
/* Count the peer against the limits by address. False: refused, and told so. */
bool accept_admit(struct runtime_pool *p, struct conn *c);
void accept_unref(struct runtime_pool *p, struct listen_set **set);
/* What the limits by address count a peer by. */
struct str accept_address(const struct session_peer *peer);
/* Look at the listeners again after running out of descriptors. */
void accept_resume(struct runtime_pool *p);

/* --- watch.c */

void watch_set(struct runtime_pool *p, struct conn *c, uint64_t account_id);
/* Accounts have changed: wake who watches them. */
void watch_event(struct runtime_pool *p);
/* Forget `c`, lock held; what the caller must give to store_watcher_remove afterwards, 0: nothing.
 */
uint64_t watch_forget(struct runtime_pool *p, struct conn *c);

/* --- host.c */

/* The functions a session may call. */
struct session_host host_make(struct runtime_pool *p);
/* Have the name of the peer looked up, in the background. */
void host_find_name(struct runtime_pool *p, struct conn *c);

#endif
