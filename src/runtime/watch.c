/* Who watches which account: the store's events become SESSION_WAKE_EVENT. */
#include <sys/epoll.h>

#include "src/runtime/pool_priv.h"
#include "src/store/store.h"

enum {
	EVENTS_AT_ONCE = 64
};

static struct conn **bucket(struct runtime_pool *p, uint64_t account_id)
{
	return &p->watch_buckets[(account_id * 0x9e3779b97f4a7c15u >> 32) & p->watch_mask];
}

uint64_t watch_forget(struct runtime_pool *p, struct conn *c)
{
	uint64_t watched = c->watched;

	(void)p;
	if (!watched)
		return 0;
	*c->watch_link = c->watch_next;
	if (c->watch_next)
		c->watch_next->watch_link = c->watch_link;
	c->watched = 0;
	return watched;
}

static void remember(struct runtime_pool *p, struct conn *c, uint64_t account_id)
{
	struct conn **head = bucket(p, account_id);

	c->watched = account_id;
	c->watch_link = head;
	c->watch_next = *head;
	if (*head)
		(*head)->watch_link = &c->watch_next;
	*head = c;
}

void watch_set(struct runtime_pool *p, struct conn *c, uint64_t account_id)
{
	uint64_t before;

	if (c->watched == account_id)
		return;
	pthread_mutex_lock(&p->lock);
	before = watch_forget(p, c);
	if (account_id)
		remember(p, c, account_id);
	pthread_mutex_unlock(&p->lock);
	if (!p->watcher)
		return;
	/* The store counts, so the new one comes first: an account never goes unwatched in between.
	 */
	if (account_id)
		store_watcher_add(p->watcher, account_id);
	if (before)
		store_watcher_remove(p->watcher, before);
}

/* Account 0: everything may have changed. */
static void wake_watchers(struct runtime_pool *p, uint64_t account_id)
{
	uint32_t first = 0, last = p->watch_mask;

	if (account_id)
		first = last = (uint32_t)(bucket(p, account_id) - p->watch_buckets);
	for (uint32_t i = first; i <= last; i++)
		for (struct conn *c = p->watch_buckets[i]; c; c = c->watch_next)
			if (!account_id || c->watched == account_id)
				park_wake(p, c, SESSION_WAKE_EVENT);
}

void watch_event(struct runtime_pool *p)
{
	struct store_event events[EVENTS_AT_ONCE];
	struct epoll_event ev = { .events = EPOLLIN | EPOLLONESHOT };
	bool has_work;
	size_t n;

	do {
		n = store_watcher_read(p->watcher, events, EVENTS_AT_ONCE);
		pthread_mutex_lock(&p->lock);
		for (size_t i = 0; i < n; i++)
			wake_watchers(p, events[i].account_id);
		has_work = queue_has_work(p);
		pthread_mutex_unlock(&p->lock);
		if (has_work)
			pool_kick(p);
	} while (n == EVENTS_AT_ONCE);
	ev.data.u64 = pool_name(POOL_SLOT_WATCHER, 0);
	(void)epoll_ctl(p->epoll_fd, EPOLL_CTL_MOD, store_watcher_fd(p->watcher), &ev);
}
