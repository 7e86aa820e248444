/*
 * The store's handles. A thread has one and lends it to the session it runs. A session that asks
 * keeps it until the answer has come; its thread goes on with another one.
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

/* The answer has been taken. */
static void give_back(struct worker *w, struct store *st)
{
	struct runtime_pool *p = w->pool;

	atomic_fetch_sub(&p->n_asking, 1);
	if (!w->store) {
		w->store = st;
		return;
	}
	pthread_mutex_lock(&p->lock);
	if (p->n_spares < POOL_ASKING_MAX) {
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
	atomic_fetch_sub(&c->pool->n_asking, 1);
}

void ask_close(struct runtime_pool *p)
{
	while (p->n_spares)
		store_close(&p->spares[--p->n_spares]);
}
