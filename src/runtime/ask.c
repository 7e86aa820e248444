/*
 * The store's handles, and when it has enough to do. A thread has one and lends it to the session
 * it runs. A session that asks keeps it until the answer has come; its thread goes on with another
 * one.
 *
 * A message waits better at its sender than here: when the store has as many as it takes in one or
 * two commits, who wants to send the next is asked for it a little later. The time between its last
 * octet and our answer, in which a lost connection would double it (RFC 1047), stays short.
 */
#include <sys/epoll.h>

#include "src/base/must.h"
#include "src/runtime/pool_priv.h"
#include "src/store/store.h"

static struct store *take_spare(struct runtime_pool *p)
{
	struct store *st;

	pthread_mutex_lock(&p->lock);
	st = p->n_spares ? p->spares[--p->n_spares] : NULL;
	pthread_mutex_unlock(&p->lock);
	return st ? st : store_open_socket(p->options.store_socket);
}

void ask_lend(struct worker *w, struct conn *c)
{
	struct runtime_pool *p = w->pool;

	if (!c->store && !w->store && p->options.store_socket)
		w->store = take_spare(p);
	c->session.store = c->store ? c->store : w->store;
	if (c->session.store)
		store_on_wait(c->session.store, pool_wait, p);
	c->session.may_ask = c->session.store && !c->store &&
	                     atomic_load_explicit(&p->n_asking, memory_order_relaxed) <
	                             POOL_ASKING_MAX;
}

/* --- turns */

void ask_init(struct runtime_pool *p)
{
	p->turns_end = &p->turns;
}

/* So many messages are enough for the store: a commit or two. */
static uint32_t enough(const struct runtime_pool *p)
{
	return 2 * p->may_run;
}

bool ask_must_wait(struct runtime_pool *p, struct conn *c)
{
	uint32_t asking;
	bool must_wait;

	pthread_mutex_lock(&p->lock);
	ask_leave_turn(p, c); /* it went on before its last one came */
	asking = atomic_load(&p->n_asking);
	must_wait = asking >= enough(p) || (asking > 0 && p->turns);
	if (must_wait) {
		c->turn_next = NULL;
		c->turn_link = p->turns_end;
		*p->turns_end = c;
		p->turns_end = &c->turn_next;
	}
	pthread_mutex_unlock(&p->lock);
	return must_wait;
}

void ask_leave_turn(struct runtime_pool *p, struct conn *c)
{
	if (!c->turn_link)
		return;
	*c->turn_link = c->turn_next;
	if (c->turn_next)
		c->turn_next->turn_link = c->turn_link;
	else
		p->turns_end = c->turn_link;
	c->turn_link = NULL;
}

/*
 * One less is with the store: one that waits may go on. It may take its time to send, so that soon
 * none is left whose end lets others go on; these go on by their own deadlines. Lock held.
 */
static void end_asking(struct runtime_pool *p)
{
	struct conn *c = p->turns;

	if (atomic_fetch_sub(&p->n_asking, 1) - 1 >= enough(p) || !c)
		return;
	ask_leave_turn(p, c);
	park_wake(p, c, SESSION_WAKE_TURN);
}

/* --- asking */

/* The answer has been taken. */
static void give_back(struct worker *w, struct store *st)
{
	struct runtime_pool *p = w->pool;

	pthread_mutex_lock(&p->lock);
	end_asking(p);
	if (!w->store) {
		w->store = st;
		st = NULL;
	} else if (p->n_spares < POOL_ASKING_MAX) {
		p->spares[p->n_spares++] = st;
		st = NULL;
	}
	pthread_mutex_unlock(&p->lock);
	store_close(&st);
}

void ask_take_back(struct worker *w, struct conn *c)
{
	struct store *st = c->session.store;
	bool has_begun = st && store_has_begun(st);

	c->session.store = NULL;
	if (has_begun == (c->store != NULL))
		return;
	c->store = has_begun ? st : NULL;
	if (!has_begun) {
		give_back(w, st);
		return;
	}
	w->store = NULL;
	atomic_fetch_add(&w->pool->n_asking, 1);
}

void ask_watch(struct conn *c)
{
	struct runtime_pool *p = c->pool;
	struct epoll_event ev = { .events = EPOLLIN | EPOLLONESHOT };
	int fd = store_answer_fd(c->store);

	ev.data.u64 = pool_name(POOL_SLOT_ANSWER + c->slot, p->slots[c->slot].generation);
	if (epoll_ctl(p->epoll_fd, EPOLL_CTL_MOD, fd, &ev) != 0 &&
	    epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, fd, &ev) != 0)
		c->todo |= 1u << SESSION_WAKE_ANSWER; /* then this thread waits for it */
}

void ask_forget(struct conn *c)
{
	if (!c->store)
		return;
	store_close(&c->store);
	pthread_mutex_lock(&c->pool->lock);
	end_asking(c->pool);
	pthread_mutex_unlock(&c->pool->lock);
}

void ask_close(struct runtime_pool *p)
{
	while (p->n_spares)
		store_close(&p->spares[--p->n_spares]);
}
