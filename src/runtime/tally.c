#include "src/runtime/tally.h"

#include <pthread.h>
#include <stdlib.h>

#include "src/base/must.h"

struct entry {
	uint64_t key; /* 0: empty */
	uint32_t count;
};

/* Open addressing with linear probing, at most half full. */
struct runtime_tally {
	pthread_mutex_t lock;
	size_t mask;
	size_t used, max;
	struct entry *entries;
};

struct runtime_tally *runtime_tally_new(size_t max_keys)
{
	struct runtime_tally *t = calloc(1, sizeof *t);
	size_t size = 16;

	must(t && max_keys < (size_t)1 << 30);
	while (size < max_keys * 2)
		size *= 2;
	t->mask = size - 1;
	t->max = max_keys;
	t->entries = calloc(size, sizeof *t->entries);
	must(t->entries);
	must(pthread_mutex_init(&t->lock, NULL) == 0);
	return t;
}

void runtime_tally_free(struct runtime_tally **pointer)
{
	struct runtime_tally *t = *pointer;

	if (!t)
		return;
	*pointer = NULL;
	pthread_mutex_destroy(&t->lock);
	free(t->entries);
	free(t);
}

/* Account ids are small numbers in a row: spread them. */
static size_t home(const struct runtime_tally *t, uint64_t key)
{
	return (size_t)(key * 0x9e3779b97f4a7c15u >> 20) & t->mask;
}

static size_t find(const struct runtime_tally *t, uint64_t key)
{
	size_t i = home(t, key);

	while (t->entries[i].key && t->entries[i].key != key)
		i = (i + 1) & t->mask;
	return i;
}

bool runtime_tally_enter(struct runtime_tally *t, uint64_t key, uint32_t max)
{
	struct entry *e;
	bool is_in = false;

	must(key);
	pthread_mutex_lock(&t->lock);
	e = &t->entries[find(t, key)];
	if (e->key ? max == 0 || e->count < max : t->used < t->max) {
		t->used += e->key == 0;
		e->key = key;
		e->count++;
		is_in = true;
	}
	pthread_mutex_unlock(&t->lock);
	return is_in;
}

/* Close the gap at `hole`: move back entries that would no longer be found. */
static void close_gap(struct runtime_tally *t, size_t hole)
{
	for (size_t i = (hole + 1) & t->mask; t->entries[i].key; i = (i + 1) & t->mask) {
		size_t want = home(t, t->entries[i].key);

		if (((i - want) & t->mask) < ((i - hole) & t->mask))
			continue;
		t->entries[hole] = t->entries[i];
		hole = i;
	}
	t->entries[hole] = (struct entry){ 0 };
}

void runtime_tally_leave(struct runtime_tally *t, uint64_t key)
{
	size_t i;

	pthread_mutex_lock(&t->lock);
	i = find(t, key);
	must(t->entries[i].key == key && t->entries[i].count > 0);
	if (--t->entries[i].count == 0) {
		t->used--;
		close_gap(t, i);
	}
	pthread_mutex_unlock(&t->lock);
}

uint32_t runtime_tally_count(struct runtime_tally *t, uint64_t key)
{
	uint32_t count;

	pthread_mutex_lock(&t->lock);
	count = t->entries[find(t, key)].count;
	pthread_mutex_unlock(&t->lock);
	return count;
}
