/* The threads: who waits, who works, when to start another and when to end one. */
#include "src/runtime/pool.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/must.h"
#include "src/base/pace.h"
#include "src/base/random.h"
#include "src/net/dns.h"
#include "src/net/stream.h"
#include "src/runtime/pool_priv.h"
#include "src/runtime/seccomp_priv.h"
#include "src/store/store.h"

enum {
	POLL_MAX = 32,        /* events taken at once, so that urgent ones are seen early */
	STEPS_PER_POLL = 2,   /* ready sessions served between two looks at epoll */
	LOOK_MS = 5,          /* how often a thread that may not work looks whether it should */
	LATE_MS = 50,         /* nobody who is ready waits so long for a thread */
	WORKERS_EMBEDDED = 8, /* in a step at once by default: commits wait for our own disk, */
	WORKERS_NETWORK = 32, /* or for other machines */
	LOW_WATER_MS = 10000, /* threads not needed for so long end */
	SHED_AFTER_MS = 5000, /* a client may block a thread for so long while threads are scarce */
	BUDGET_KEYS = 16384,
	WATCH_BUCKETS = 4096
};

/* --- threads */

static void *thread_main(void *arg);

/* One more thread, already counted in n_threads. */
static void start_thread(struct runtime_pool *p)
{
	pthread_attr_t attr;
	pthread_t thread;
	size_t stack = RUNTIME_HAS_SANITIZER ? 4 * POOL_STACK_BYTES : POOL_STACK_BYTES;
	int rc;

	must(pthread_attr_init(&attr) == 0);
	must(pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED) == 0);
	must(pthread_attr_setstacksize(&attr, stack) == 0);
	rc = pthread_create(&thread, &attr, thread_main, p);
	pthread_attr_destroy(&attr);
	if (rc == 0)
		return;
	/* The threads that run will come back to the queue; only the spare one is missing. */
	log_event(LOG_LEVEL_WARN, "session.no_thread", LOG_I("errno", rc));
	pthread_mutex_lock(&p->lock);
	p->n_threads--;
	pthread_mutex_unlock(&p->lock);
}

void pool_kick(struct runtime_pool *p)
{
	/* Edge-triggered: each write wakes one waiting thread, nobody needs to read. */
	uint64_t one = 1;

	while (write(p->kick_fd, &one, sizeof one) < 0 && errno == EINTR)
		;
}

/* May one more thread run a step? Lock held. */
static bool has_room(const struct runtime_pool *p)
{
	return p->n_running < p->may_run + p->extra &&
	       p->n_running - p->n_blocked < p->may_work + p->extra;
}

void pool_wait(void *pool, bool is_waiting)
{
	struct runtime_pool *p = pool;
	bool wants_kick = false;

	pthread_mutex_lock(&p->lock);
	p->n_blocked += is_waiting ? 1 : UINT32_MAX;
	if (is_waiting && has_room(p)) {
		bool has_work = queue_has_work(p);

		if (p->n_watching > 0 && (has_work || p->n_waiting == p->n_watching))
			pthread_cond_signal(&p->has_room);
		else
			wants_kick = has_work && p->n_waiting > 0;
	}
	pthread_mutex_unlock(&p->lock);
	if (wants_kick)
		pool_kick(p);
}

/* After taking work: is another thread needed behind us? Lock held; unlocks. */
static void leave_with_work(struct runtime_pool *p)
{
	bool wants_kick = queue_has_work(p) && p->n_waiting > p->n_watching && has_room(p);
	bool wants_thread = p->n_waiting == 0 && p->n_threads < p->max_threads && !p->is_stopping;

	if (wants_thread)
		p->n_threads++;
	pthread_mutex_unlock(&p->lock);
	if (wants_kick)
		pool_kick(p);
	if (wants_thread)
		start_thread(p);
}

static void dispatch(struct runtime_pool *p, const struct epoll_event *ev)
{
	uint32_t slot = (uint32_t)ev->data.u64, generation = (uint32_t)(ev->data.u64 >> 32);

	if (slot == POOL_SLOT_KICK)
		return;
	if (slot == POOL_SLOT_TIMER)
		park_ring(p);
	else if (slot == POOL_SLOT_WATCHER)
		watch_event(p);
	else if (slot >= POOL_SLOT_LISTEN)
		accept_event(p, slot - POOL_SLOT_LISTEN, generation);
	else if (slot >= POOL_SLOT_ANSWER)
		park_answer(p, slot - POOL_SLOT_ANSWER, generation);
	else
		park_event(p, slot, generation);
}

/* Wait (or only look, when there is work) and let what has happened become ready. Lock held on
 * entry and return. */
static void poll_events(struct runtime_pool *p)
{
	struct epoll_event events[POLL_MAX];
	bool is_busy = queue_has_work(p);
	int n;

	p->since_poll = 0;
	if (!is_busy)
		p->n_waiting++;
	pthread_mutex_unlock(&p->lock);
	n = epoll_wait(p->epoll_fd, events, POLL_MAX, is_busy ? 0 : -1);
	must(n >= 0 || errno == EINTR);
	if (!is_busy) {
		pthread_mutex_lock(&p->lock);
		p->n_waiting--;
		if (p->n_waiting < p->low_water)
			p->low_water = p->n_waiting;
		pthread_mutex_unlock(&p->lock);
	}
	for (int i = 0; i < n; i++)
		dispatch(p, &events[i]);
	pthread_mutex_lock(&p->lock);
}

/*
 * Few threads that work at once serve many sessions fastest: one for each processor, and a few more
 * that wait for the store. So a thread that finds enough of the others at work only watches. When
 * none of them gets on, or somebody who is ready has waited for long, they are stuck, and one more
 * may work. Lock held on entry and return.
 */
static void watch_others(struct runtime_pool *p)
{
	uint64_t steps = atomic_load(&p->steps);
	struct timespec until;
	int64_t since;

	must(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
	until.tv_nsec += LOOK_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	p->n_waiting++;
	p->n_watching++;
	(void)pthread_cond_timedwait(&p->has_room, &p->lock, &until);
	p->n_waiting--;
	p->n_watching--;
	since = queue_since(p);
	if (since && !has_room(p) &&
	    (steps == atomic_load(&p->steps) || clock_mono_ms() - since > LATE_MS))
		p->extra++;
}

/* The next connection to run; NULL: this thread ends. */
static struct conn *next_work(struct worker *w)
{
	struct runtime_pool *p = w->pool;
	struct conn *c;

	pthread_mutex_lock(&p->lock);
	if (w->has_newcomer)
		queue_done(p);
	p->n_running -= w->has_run;
	w->has_newcomer = w->has_run = false;
	for (;;) {
		if (p->to_retire && p->n_waiting == 0)
			p->to_retire = 0; /* needed after all: nobody else would see an event */
		if (p->is_stopping || p->to_retire) {
			p->to_retire -= p->to_retire > 0;
			pthread_mutex_unlock(&p->lock);
			return NULL;
		}
		if (!queue_has_work(p) || p->since_poll >= STEPS_PER_POLL) {
			poll_events(p);
		} else if (!has_room(p)) {
			watch_others(p);
		} else {
			p->since_poll++;
			p->n_running++;
			c = park_take(p);
			w->has_run = true;
			w->has_newcomer = c->is_newcomer;
			leave_with_work(p);
			return c;
		}
	}
}

static void *thread_main(void *arg)
{
	struct runtime_pool *p = arg;
	struct worker w = { .pool = p, .scratch = arena_new(NULL) };
	struct conn *c;

	while ((c = next_work(&w))) {
		pace_thread();
		conn_run(&w, c);
	}
	if (w.store)
		store_close(&w.store);
	arena_free(&w.scratch);
	pthread_mutex_lock(&p->lock);
	p->n_threads--;
	if (p->is_stopping || p->to_retire)
		pool_kick(p); /* the next one */
	pthread_cond_signal(&p->thread_ended);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* --- life */

static void add_source(struct runtime_pool *p, int fd, uint32_t slot, uint32_t events)
{
	struct epoll_event ev = { .events = events };

	ev.data.u64 = pool_name(slot, 0);
	must(epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0);
}

static void open_sources(struct runtime_pool *p)
{
	p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	p->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	p->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	must(p->epoll_fd >= 0 && p->timer_fd >= 0 && p->kick_fd >= 0);
	add_source(p, p->timer_fd, POOL_SLOT_TIMER, EPOLLIN | EPOLLET);
	add_source(p, p->kick_fd, POOL_SLOT_KICK, EPOLLIN | EPOLLET);
	if (!p->options.store_socket)
		return;
	p->watcher = store_watcher_open(p->options.store_socket, NULL);
	must(p->watcher);
	add_source(p, store_watcher_fd(p->watcher), POOL_SLOT_WATCHER, EPOLLIN | EPOLLONESHOT);
}

static uint32_t workers(const struct config *c)
{
	if (c->server.worker_threads)
		return c->server.worker_threads;
	return strcmp(c->store.engine, "sqlite") == 0 ? WORKERS_EMBEDDED : WORKERS_NETWORK;
}

/* Our share of the processors. */
static uint32_t processors(const struct config *c)
{
	uint64_t processes = runtime_setup_session_processes(c);
	long all = sysconf(_SC_NPROCESSORS_ONLN);

	return all > 0 ? (uint32_t)(((uint64_t)all + processes - 1) / processes) : 1;
}

static void init_room(struct runtime_pool *p, const struct config *c)
{
	pthread_condattr_t attr;

	must(pthread_condattr_init(&attr) == 0);
	must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
	must(pthread_cond_init(&p->has_room, &attr) == 0);
	pthread_condattr_destroy(&attr);
	p->may_run = workers(c);
	p->may_work = processors(c);
}

struct runtime_pool *runtime_pool_new(const struct runtime_pool_options *o,
                                      struct runtime_setup *setup)
{
	struct runtime_pool *p = calloc(1, sizeof *p);
	const struct config *config = setup->config;

	must(p);
	p->options = *o;
	p->setup = runtime_setup_ref(setup);
	p->host = host_make(p);
	p->hash_key = runtime_hash_key_new();
	p->budget = runtime_budget_new(BUDGET_KEYS);
	p->addresses = runtime_tally_new(config->limits.connections_max);
	p->users = runtime_tally_new(config->limits.connections_max);
	p->max_threads = config->server.worker_max_threads;
	p->next_id = random_u64() >> 16;
	queue_init(p);
	ask_init(p);
	init_room(p, config);
	p->low_water_since_ms = clock_mono_ms();
	p->watch_mask = WATCH_BUCKETS - 1;
	p->watch_buckets = calloc(WATCH_BUCKETS, sizeof(struct conn *));
	must(p->watch_buckets && p->max_threads > 0);
	must(pthread_mutex_init(&p->lock, NULL) == 0 &&
	     pthread_cond_init(&p->thread_ended, NULL) == 0);
	park_init(p, config->limits.connections_max);
	open_sources(p);
	p->n_threads = 1;
	start_thread(p);
	return p;
}

static void stop_threads(struct runtime_pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->is_stopping = true;
	pool_kick(p);
	while (p->n_threads > 0)
		pthread_cond_wait(&p->thread_ended, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

static void close_connections(struct runtime_pool *p)
{
	struct worker w = { .pool = p, .scratch = arena_new(NULL) };

	for (uint32_t i = 0; i < p->n_slots; i++) {
		struct conn *c = p->slots[i].conn;

		if (!c)
			continue;
		c->state = CONN_RUNNING;
		conn_close(&w, c, "stop");
	}
	if (w.store)
		store_close(&w.store);
	arena_free(&w.scratch);
}

void runtime_pool_free(struct runtime_pool **pointer)
{
	struct runtime_pool *p = *pointer;

	if (!p)
		return;
	*pointer = NULL;
	stop_threads(p);
	dns_free(&p->options.dns); /* calls back for the last time */
	close_connections(p);
	ask_close(p);
	accept_unref(p, &p->listening);
	if (p->watcher)
		store_watcher_close(&p->watcher);
	close(p->epoll_fd);
	close(p->timer_fd);
	close(p->kick_fd);
	runtime_setup_unref(&p->setup);
	runtime_budget_free(&p->budget);
	runtime_tally_free(&p->addresses);
	runtime_tally_free(&p->users);
	pthread_cond_destroy(&p->thread_ended);
	pthread_cond_destroy(&p->has_room);
	pthread_mutex_destroy(&p->lock);
	free(p->slots);
	free(p->timers);
	free(p->watch_buckets);
	free(p);
}

/* --- upkeep */

/* Threads that were never needed since the last look end, but for one that waits. Lock held. */
static void retire_threads(struct runtime_pool *p, int64_t now)
{
	if (now - p->low_water_since_ms < LOW_WATER_MS)
		return;
	if (p->low_water > 1 && p->to_retire == 0) {
		p->to_retire = p->low_water - 1;
		p->extra = 0;
		pool_kick(p);
	}
	p->low_water = p->n_waiting;
	p->low_water_since_ms = now;
}

/*
 * All threads are busy: hang up on clients that have held one for long by not taking their output.
 * Only those; a session that waits for the store has nothing in its socket's queue. Lock held.
 */
static void shed_slow(struct runtime_pool *p, int64_t now)
{
	if (p->n_waiting > 0 || p->n_threads < p->max_threads)
		return;
	for (uint32_t i = 0; i < p->n_slots; i++) {
		struct conn *c = p->slots[i].conn;
		int unsent = 0;

		if (!c || c->state != CONN_RUNNING || c->fd < 0 ||
		    now - c->step_since_ms < SHED_AFTER_MS)
			continue;
		if (ioctl(c->fd, SIOCOUTQ, &unsent) != 0 || unsent == 0)
			continue;
		shutdown(c->fd, SHUT_RDWR);
		p->shed++;
		log_event(LOG_LEVEL_WARN, "session.shed", LOG_U("sid", c->session.id),
		          LOG_I("unsent", unsent));
	}
}

/* Tell the next few that we are going away. Lock held. True: there are more. */
static bool drain_some(struct runtime_pool *p)
{
	uint32_t told = 0;

	while (p->drain_at < p->n_slots && told < p->drain_batch) {
		struct conn *c = p->slots[p->drain_at++].conn;

		if (!c)
			continue;
		park_wake(p, c, SESSION_WAKE_DRAIN);
		told++;
	}
	if (told)
		pool_kick(p);
	return p->drain_at < p->n_slots;
}

int runtime_pool_tick(struct runtime_pool *p)
{
	int64_t now = clock_mono_ms();
	bool is_held;
	int wait = 1000;

	pthread_mutex_lock(&p->lock);
	retire_threads(p, now);
	shed_slow(p, now);
	if (atomic_load(&p->is_draining) && drain_some(p))
		wait = 10;
	is_held = p->are_listeners_held;
	pthread_mutex_unlock(&p->lock);
	if (is_held)
		accept_resume(p);
	return wait;
}

void runtime_pool_drain(struct runtime_pool *p, uint64_t drain_ms)
{
	struct listen_set *old;
	uint64_t ticks = drain_ms / 2 / 10 + 1;

	pthread_mutex_lock(&p->lock);
	old = p->listening;
	p->listening = NULL;
	p->listen_generation++;
	p->drain_at = 0;
	/* Few are told at once; many are spread, so that they do not all come back in the same
	 * instant. */
	p->drain_batch = (uint32_t)(p->n_conns / ticks) + 10;
	atomic_store(&p->is_draining, true);
	pthread_mutex_unlock(&p->lock);
	accept_unref(p, &old);
}

bool runtime_pool_is_empty(struct runtime_pool *p)
{
	bool is_empty;

	pthread_mutex_lock(&p->lock);
	is_empty = p->n_conns == 0;
	pthread_mutex_unlock(&p->lock);
	return is_empty;
}

struct runtime_pool_counts runtime_pool_count(struct runtime_pool *p)
{
	struct runtime_pool_counts n = {
		.accepted = p->accepted,
		.refused_total = p->refused_total,
		.refused_address = p->refused_address,
		.refused_rate = p->refused_rate,
		.closed = p->closed,
		.steps = p->steps,
		.shed = p->shed,
	};

	pthread_mutex_lock(&p->lock);
	n.connections = p->n_conns;
	n.threads = p->n_threads;
	n.waiting_threads = p->n_waiting;
	n.queued = p->n_queued;
	memcpy(n.sessions, p->n_sessions, sizeof n.sessions);
	pthread_mutex_unlock(&p->lock);
	return n;
}
