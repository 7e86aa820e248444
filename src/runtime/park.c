/* Waiting: slots, the queue of those that are ready, and deadlines. */
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/must.h"
#include "src/net/stream.h"
#include "src/runtime/pool_priv.h"
#include "src/store/store.h"

/* --- slots */

void park_init(struct runtime_pool *p, uint32_t n)
{
	must(n < POOL_SLOT_ANSWER);
	p->slots = calloc(n, sizeof *p->slots);
	p->timers = calloc(n, sizeof(struct conn *));
	must(p->slots && p->timers);
	for (uint32_t i = 0; i + 1 < n; i++)
		p->slots[i].next_free = i + 2;
	p->free_slot = 1;
	p->n_slots = n;
}

bool park_enter(struct runtime_pool *p, struct conn *c)
{
	struct slot *s;

	if (!p->free_slot)
		return false;
	c->slot = p->free_slot - 1;
	s = &p->slots[c->slot];
	p->free_slot = s->next_free;
	s->conn = c;
	p->n_conns++;
	p->n_sessions[c->session.listener->protocol]++;
	return true;
}

static void timers_remove(struct runtime_pool *p, struct conn *c);

void park_leave(struct runtime_pool *p, struct conn *c)
{
	struct slot *s = &p->slots[c->slot];

	must(s->conn == c && c->state == CONN_RUNNING);
	timers_remove(p, c);
	s->conn = NULL;
	s->generation++;
	s->next_free = p->free_slot;
	p->free_slot = c->slot + 1;
	p->n_conns--;
	p->n_sessions[c->session.listener->protocol]--;
}

/* --- the queue */

void park_queue(struct runtime_pool *p, struct conn *c)
{
	c->state = CONN_QUEUED;
	queue_add(p, c);
	p->n_queued++;
}

struct conn *park_take(struct runtime_pool *p)
{
	struct conn *c = queue_take(p);

	if (!c)
		return NULL;
	p->n_queued--;
	c->state = CONN_RUNNING;
	c->todo |= c->wakes;
	c->wakes = 0;
	c->step_since_ms = clock_mono_ms();
	return c;
}

void park_wake(struct runtime_pool *p, struct conn *c, enum session_wake why)
{
	c->wakes |= (uint8_t)(1u << why);
	if (c->state != CONN_PARKED)
		return;
	/* One that has asked is told the answer only. */
	if (!c->store || c->is_pushing || why == SESSION_WAKE_ANSWER || why == SESSION_WAKE_TIMEOUT)
		park_queue(p, c);
}

/* --- timers: a binary heap. An entry may be earlier than the connection's deadline, never later: a
 * deadline that moves away, which most do at every command, costs nothing until the old time comes.
 */

static void timers_put(struct runtime_pool *p, uint32_t i, struct conn *c)
{
	p->timers[i] = c;
	c->timer_at = i + 1;
}

static void timers_up(struct runtime_pool *p, uint32_t i, struct conn *c)
{
	while (i > 0 && p->timers[(i - 1) / 2]->timer_ms > c->timer_ms) {
		timers_put(p, i, p->timers[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	timers_put(p, i, c);
}

static void timers_down(struct runtime_pool *p, uint32_t i, struct conn *c)
{
	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child + 1 < p->n_timers &&
		    p->timers[child + 1]->timer_ms < p->timers[child]->timer_ms)
			child++;
		if (child >= p->n_timers || p->timers[child]->timer_ms >= c->timer_ms)
			break;
		timers_put(p, i, p->timers[child]);
		i = child;
	}
	timers_put(p, i, c);
}

static void timers_remove(struct runtime_pool *p, struct conn *c)
{
	struct conn *last;
	uint32_t i;

	if (!c->timer_at)
		return;
	i = c->timer_at - 1;
	c->timer_at = 0;
	last = p->timers[--p->n_timers];
	if (last == c)
		return;
	if (i > 0 && p->timers[(i - 1) / 2]->timer_ms > last->timer_ms)
		timers_up(p, i, last);
	else
		timers_down(p, i, last);
}

/* Have the timer ring for the earliest entry. Setting it under the lock is fine: it is a short
 * call, and rare. */
static void timers_arm(struct runtime_pool *p)
{
	int64_t first = p->n_timers ? p->timers[0]->timer_ms : 0, wait;
	struct itimerspec when = { 0 };

	if (!first || (p->timer_armed_ms && p->timer_armed_ms <= first))
		return;
	wait = first - clock_mono_ms();
	if (wait < 1)
		wait = 1;
	when.it_value.tv_sec = wait / 1000;
	when.it_value.tv_nsec = (wait % 1000) * 1000000;
	must(timerfd_settime(p->timer_fd, 0, &when, NULL) == 0);
	p->timer_armed_ms = first;
}

/* When `c` wants to be woken without input; 0: never. */
static int64_t due_ms(const struct conn *c)
{
	int64_t due = c->phase == CONN_OPEN ? c->session.deadline_ms : c->phase_due_ms;

	if (c->is_pushing)
		return stream_push_due_ms(c->session.stream);
	if (c->store)
		return store_answer_due_ms(c->store);
	if (c->hold_until_ms && (!due || c->hold_until_ms < due))
		due = c->hold_until_ms;
	return due;
}

static void timers_set(struct runtime_pool *p, struct conn *c, int64_t due)
{
	if (!due || (c->timer_at && c->timer_ms <= due))
		return;
	timers_remove(p, c);
	c->timer_ms = due;
	timers_up(p, p->n_timers++, c);
	timers_arm(p);
}

/* A parked connection whose entry has come up: wake it, or note its later deadline. */
static void timers_fire(struct runtime_pool *p, struct conn *c, int64_t now)
{
	int64_t due = due_ms(c);

	if (due > now) {
		timers_set(p, c, due);
		return;
	}
	if (!due)
		return;
	if (c->hold_until_ms && due == c->hold_until_ms)
		park_wake(p, c, SESSION_WAKE_INPUT);
	else
		park_wake(p, c, SESSION_WAKE_TIMEOUT);
}

void park_ring(struct runtime_pool *p)
{
	int64_t now = clock_mono_ms();
	bool has_work;

	pthread_mutex_lock(&p->lock);
	p->timer_armed_ms = 0;
	while (p->n_timers && p->timers[0]->timer_ms <= now) {
		struct conn *c = p->timers[0];

		timers_remove(p, c);
		/* One that is running or ready enters its deadline again when it parks. */
		if (c->state == CONN_PARKED)
			timers_fire(p, c, now);
	}
	timers_arm(p);
	has_work = queue_has_work(p);
	pthread_mutex_unlock(&p->lock);
	if (has_work)
		pool_kick(p);
}

/* --- parking */

/* What to wait for: input, except during a pause; room for output when that or the handshake needs
 * it. */
static uint32_t wanted_events(const struct conn *c)
{
	if (c->is_pushing)
		return (stream_wants_write(c->session.stream) ? EPOLLOUT : EPOLLIN) | EPOLLONESHOT;
	if (c->hold_until_ms || c->store)
		return 0;
	if (c->phase == CONN_TLS && stream_wants_write(c->session.stream))
		return EPOLLOUT | EPOLLONESHOT;
	return EPOLLIN | EPOLLONESHOT;
}

/*
 * Before the connection is marked as parked, so that it still belongs to us: afterwards another
 * thread may run and close it, and the descriptor's number may be somebody else's. An event that
 * comes at once finds it running and leaves a mark.
 */
static bool arm(struct runtime_pool *p, struct conn *c, uint32_t events)
{
	struct epoll_event ev = { .events = events };

	ev.data.u64 = pool_name(c->slot, p->slots[c->slot].generation);
	c->armed_events = events;
	pthread_mutex_unlock(&p->lock);
	if (epoll_ctl(p->epoll_fd, c->is_added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd, &ev) != 0) {
		log_event(LOG_LEVEL_ERROR, "session.epoll_failed", LOG_U("sid", c->session.id));
		pthread_mutex_lock(&p->lock);
		return false;
	}
	c->is_added = true;
	pthread_mutex_lock(&p->lock);
	return true;
}

void park_conn(struct runtime_pool *p, struct conn *c)
{
	uint32_t events = wanted_events(c);

	pthread_mutex_lock(&p->lock);
	if (!c->wakes && events && c->armed_events != events)
		c->is_unwatched = !arm(p, c, events);
	if (c->wakes || c->is_unwatched) {
		/* Nobody needs to be woken: this thread looks at the queue next. */
		park_queue(p, c);
	} else {
		c->state = CONN_PARKED;
		timers_set(p, c, due_ms(c));
	}
	pthread_mutex_unlock(&p->lock);
}

static struct conn *find(const struct runtime_pool *p, uint32_t slot, uint32_t generation)
{
	bool is_there = slot < p->n_slots && p->slots[slot].generation == generation;

	return is_there ? p->slots[slot].conn : NULL;
}

void park_event(struct runtime_pool *p, uint32_t slot, uint32_t generation)
{
	struct conn *c;

	pthread_mutex_lock(&p->lock);
	c = find(p, slot, generation);
	if (c) {
		c->armed_events = 0;
		/* In a pause input has to wait: epoll will report it again when it is armed again.
		 */
		if (c->state != CONN_PARKED || !c->hold_until_ms)
			park_wake(p, c, SESSION_WAKE_INPUT);
	}
	pthread_mutex_unlock(&p->lock);
}

void park_answer(struct runtime_pool *p, uint32_t slot, uint32_t generation)
{
	struct conn *c;

	pthread_mutex_lock(&p->lock);
	c = find(p, slot, generation);
	if (c)
		park_wake(p, c, SESSION_WAKE_ANSWER);
	pthread_mutex_unlock(&p->lock);
}
