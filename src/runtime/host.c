/* What a session may ask of its process, see struct session_host. */
#include <stdlib.h>
#include <string.h>

#include "src/base/must.h"
#include "src/net/dns.h"
#include "src/runtime/pool_priv.h"

static bool spool_reserve(void *context, uint64_t bytes)
{
	struct runtime_pool *p = context;
	uint64_t max, used;

	pthread_mutex_lock(&p->lock);
	max = p->setup->config->limits.spool_max_bytes;
	pthread_mutex_unlock(&p->lock);
	used = atomic_fetch_add(&p->spool_used, bytes);
	if (used <= max && bytes <= max - used)
		return true;
	atomic_fetch_sub(&p->spool_used, bytes);
	return false;
}

static void spool_release(void *context, uint64_t bytes)
{
	struct runtime_pool *p = context;

	atomic_fetch_sub(&p->spool_used, bytes);
}

static bool user_enter(void *context, uint64_t account_id)
{
	struct runtime_pool *p = context;
	uint32_t max;

	pthread_mutex_lock(&p->lock);
	max = p->setup->config->limits.connections_per_user_max;
	pthread_mutex_unlock(&p->lock);
	return runtime_tally_enter(p->users, account_id, max);
}

static void user_leave(void *context, uint64_t account_id)
{
	struct runtime_pool *p = context;

	runtime_tally_leave(p->users, account_id);
}

/* Up to the limit each failure costs auth.failure_delay; behind it twice as much each time, up to
 * half a minute. */
static uint32_t login_failed(void *context, const struct session_peer *peer)
{
	enum {
		DELAY_MAX_MS = 30000
	};
	struct runtime_pool *p = context;
	uint32_t per_minute, excess;
	uint64_t delay;

	pthread_mutex_lock(&p->lock);
	per_minute = p->setup->config->limits.login_failures_per_address;
	delay = p->setup->config->auth.failure_delay_ms;
	pthread_mutex_unlock(&p->lock);
	excess = runtime_budget_overdraw(p->budget, "login", accept_address(peer), per_minute);
	if (excess && delay < 1000)
		delay = 1000;
	while (excess-- && delay < DELAY_MAX_MS)
		delay *= 2;
	return delay < DELAY_MAX_MS ? (uint32_t)delay : DELAY_MAX_MS;
}

static bool rate_take(void *context, const char *kind, struct str key, uint32_t n,
                      uint32_t per_minute)
{
	struct runtime_pool *p = context;

	return per_minute == 0 || runtime_budget_take(p->budget, kind, key, n, per_minute);
}

static void watch(void *context, struct session *s, uint64_t account_id)
{
	watch_set(context, (struct conn *)(void *)s, account_id);
}

static bool must_wait(void *context, struct session *s)
{
	return ask_must_wait(context, (struct conn *)(void *)s);
}

/* --- the peer's name: asked for at the start, never waited for */

/* The connection is named, not pointed to: it may be gone when the answer comes. */
struct name_question {
	struct runtime_pool *pool;
	uint32_t slot, generation;
};

static void take_name(void *user, enum err e, struct str name)
{
	struct name_question *q = user;
	struct runtime_pool *p = q->pool;
	char *copy = e ? NULL : strndup((const char *)name.p, name.n);
	struct slot *s;

	pthread_mutex_lock(&p->lock);
	s = &p->slots[q->slot];
	if (s->conn && s->generation == q->generation && !s->conn->peer_name) {
		s->conn->peer_name = copy;
		copy = NULL;
	}
	pthread_mutex_unlock(&p->lock);
	free(copy);
	free(q);
}

void host_find_name(struct runtime_pool *p, struct conn *c)
{
	struct name_question *q;

	if (!p->options.dns)
		return;
	q = malloc(sizeof *q);
	must(q);
	pthread_mutex_lock(&p->lock);
	*q = (struct name_question){ p, c->slot, p->slots[c->slot].generation };
	pthread_mutex_unlock(&p->lock);
	dns_peer_name_start(p->options.dns, c->session.peer.address, take_name, q);
}

static struct str peer_name(void *context, const struct session *s)
{
	const struct conn *c = (const struct conn *)(const void *)s;
	struct runtime_pool *p = context;
	const char *name;

	pthread_mutex_lock(&p->lock);
	name = c->peer_name;
	pthread_mutex_unlock(&p->lock);
	return str_c(name);
}

_Static_assert(offsetof(struct conn, session) == 0,
               "watch, must_wait and peer_name go from the session to its connection");

struct session_host host_make(struct runtime_pool *p)
{
	return (struct session_host){
		.context = p,
		.spool_reserve = spool_reserve,
		.spool_release = spool_release,
		.user_enter = user_enter,
		.user_leave = user_leave,
		.login_failed = login_failed,
		.rate_take = rate_take,
		.watch = watch,
		.must_wait = must_wait,
		.peer_name = peer_name,
	};
}
