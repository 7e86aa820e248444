#include "src/runtime/budget.h"

#include <pthread.h>
#include <stdlib.h>

#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/runtime/hash.h"

enum {
	WAYS = 8,
	DEBT_MAX = 64
};

/* A level is counted in tokens times MINUTE_MS, so that refilling is exact: one millisecond adds
 * `per_minute`. */
static const int64_t MINUTE_MS = 60000;

struct bucket {
	uint64_t id; /* hash of kind and key; 0: empty */
	int64_t level;
	int64_t used_ms;
};

struct runtime_budget {
	pthread_mutex_t lock;
	struct runtime_hash_key key;
	size_t mask; /* of the sets */
	struct bucket (*sets)[WAYS];
};

struct runtime_budget *runtime_budget_new(size_t max_keys)
{
	struct runtime_budget *b = calloc(1, sizeof *b);
	size_t n_sets = 1;

	must(b && max_keys < (size_t)1 << 30);
	while (n_sets * WAYS < max_keys)
		n_sets *= 2;
	b->mask = n_sets - 1;
	b->sets = calloc(n_sets, sizeof *b->sets);
	must(b->sets);
	b->key = runtime_hash_key_new();
	must(pthread_mutex_init(&b->lock, NULL) == 0);
	return b;
}

void runtime_budget_free(struct runtime_budget **pointer)
{
	struct runtime_budget *b = *pointer;

	if (!b)
		return;
	*pointer = NULL;
	pthread_mutex_destroy(&b->lock);
	free(b->sets);
	free(b);
}

/* The bucket of `id`, filled up to now; a new one is full. */
static struct bucket *find(struct runtime_budget *b, uint64_t id, uint32_t per_minute)
{
	int64_t now = clock_mono_ms(), full = (int64_t)per_minute * MINUTE_MS, idle;
	struct bucket *set = b->sets[id & b->mask], *oldest = &set[0], *found = NULL;

	for (int i = 0; i < WAYS && !found; i++) {
		if (set[i].id == id)
			found = &set[i];
		else if (!set[i].id || (oldest->id && set[i].used_ms < oldest->used_ms))
			oldest = &set[i];
	}
	if (!found) {
		*oldest = (struct bucket){ .id = id, .level = full, .used_ms = now };
		return oldest;
	}
	idle = now - found->used_ms;
	if (idle > MINUTE_MS * 2)
		idle = MINUTE_MS * 2;
	if (idle > 0)
		found->level += idle * per_minute;
	if (found->level > full)
		found->level = full;
	found->used_ms = now;
	return found;
}

static uint64_t bucket_id(const struct runtime_budget *b, const char *kind, struct str key)
{
	return runtime_hash(&b->key, key) ^ (runtime_hash(&b->key, str_c(kind)) << 1 | 1);
}

bool runtime_budget_take(struct runtime_budget *b, const char *kind, struct str key, uint32_t n,
                         uint32_t per_minute)
{
	uint64_t id = bucket_id(b, kind, key);
	int64_t cost = (int64_t)n * MINUTE_MS;
	struct bucket *bucket;
	bool is_enough;

	pthread_mutex_lock(&b->lock);
	bucket = find(b, id ? id : 1, per_minute);
	is_enough = bucket->level >= cost;
	if (is_enough)
		bucket->level -= cost;
	pthread_mutex_unlock(&b->lock);
	return is_enough;
}

uint32_t runtime_budget_overdraw(struct runtime_budget *b, const char *kind, struct str key,
                                 uint32_t per_minute)
{
	uint64_t id = bucket_id(b, kind, key);
	struct bucket *bucket;
	int64_t debt;

	pthread_mutex_lock(&b->lock);
	bucket = find(b, id ? id : 1, per_minute);
	bucket->level -= MINUTE_MS;
	if (bucket->level < -DEBT_MAX * MINUTE_MS)
		bucket->level = -DEBT_MAX * MINUTE_MS;
	debt = bucket->level < 0 ? (-bucket->level + MINUTE_MS - 1) / MINUTE_MS : 0;
	pthread_mutex_unlock(&b->lock);
	return (uint32_t)debt;
}
