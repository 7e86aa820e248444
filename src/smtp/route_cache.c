#include "src/smtp/route_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/store/store.h"

enum {
	SLOTS = 4096,
	STRIPES = 16,
	ROUTES_MAX = 4,
	TEXT_MAX = 1024
};

/* One answer; all its texts stand in `text`, the address first. */
struct entry {
	int64_t at_ms;
	uint64_t size;
	size_t address_n, n_routes;
	struct {
		uint64_t account_id;
		size_t address_at, address_n, detail_at, detail_n;
	} routes[ROUTES_MAX];
	unsigned char text[];
};

/*
 * Direct-mapped: a newer answer takes the slot of an older one. It is the process's, like a file
 * cache is the kernel's: sessions come and go.
 */
static struct entry *slots[SLOTS];
static pthread_mutex_t locks[STRIPES] = {
	[0 ... STRIPES - 1] = PTHREAD_MUTEX_INITIALIZER,
};

static bool is_keepable(const struct store_resolve_res *res, size_t address_n)
{
	size_t bytes = address_n;

	if (res->status != STORE_RESOLVE_OK || res->n_routes == 0 || res->n_routes > ROUTES_MAX)
		return false;
	for (size_t i = 0; i < res->n_routes; i++) {
		const struct store_route *r = &res->routes[i];

		if (r->kind != STORE_ROUTE_LOCAL || r->is_over_quota || r->is_unavailable)
			return false;
		bytes += r->address.n + r->detail.n;
	}
	return bytes <= TEXT_MAX;
}

static void add_text(struct entry *e, size_t *used, struct str s, size_t *at_r, size_t *n_r)
{
	if (s.n)
		memcpy(e->text + *used, s.p, s.n);
	*at_r = *used;
	*n_r = s.n;
	*used += s.n;
}

void smtp_route_cache_put(struct str address, uint64_t size, const struct store_resolve_res *res)
{
	size_t slot = str_hash(address) % SLOTS, used = 0, at;
	struct entry *e;

	if (!is_keepable(res, address.n))
		return;
	e = calloc(1, sizeof *e + TEXT_MAX);
	if (!e)
		return;
	e->at_ms = clock_mono_ms();
	e->size = size;
	add_text(e, &used, address, &at, &e->address_n);
	for (size_t i = 0; i < res->n_routes; i++) {
		e->routes[i].account_id = res->routes[i].account_id;
		add_text(e, &used, res->routes[i].address, &e->routes[i].address_at,
		         &e->routes[i].address_n);
		add_text(e, &used, res->routes[i].detail, &e->routes[i].detail_at,
		         &e->routes[i].detail_n);
	}
	e->n_routes = res->n_routes;
	pthread_mutex_lock(&locks[slot % STRIPES]);
	free(slots[slot]);
	slots[slot] = e;
	pthread_mutex_unlock(&locks[slot % STRIPES]);
}

static void copy_out(struct arena *a, const struct entry *e, struct store_resolve_res *res_r)
{
	struct store_route *routes = arena_array(a, e->n_routes, sizeof *routes);

	for (size_t i = 0; i < e->n_routes; i++)
		routes[i] = (struct store_route){
			.kind = STORE_ROUTE_LOCAL,
			.account_id = e->routes[i].account_id,
			.address = str_dup(a, str_make(e->text + e->routes[i].address_at,
			                               e->routes[i].address_n)),
			.detail = str_dup(a, str_make(e->text + e->routes[i].detail_at,
			                              e->routes[i].detail_n)),
		};
	*res_r = (struct store_resolve_res){
		.status = STORE_RESOLVE_OK,
		.routes = routes,
		.n_routes = e->n_routes,
	};
}

bool smtp_route_cache_get(struct arena *a, struct str address, uint64_t size, int64_t max_age_ms,
                          struct store_resolve_res *res_r)
{
	size_t slot = str_hash(address) % SLOTS;
	const struct entry *e;
	bool is_hit;

	pthread_mutex_lock(&locks[slot % STRIPES]);
	e = slots[slot];
	is_hit = e && size <= e->size && clock_mono_ms() - e->at_ms < max_age_ms &&
	         str_eq(address, str_make(e->text, e->address_n));
	if (is_hit)
		copy_out(a, e, res_r);
	pthread_mutex_unlock(&locks[slot % STRIPES]);
	return is_hit;
}

void smtp_route_cache_clear(void)
{
	for (size_t slot = 0; slot < SLOTS; slot++) {
		pthread_mutex_lock(&locks[slot % STRIPES]);
		free(slots[slot]);
		slots[slot] = NULL;
		pthread_mutex_unlock(&locks[slot % STRIPES]);
	}
}
