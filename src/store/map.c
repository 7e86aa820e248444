#include "src/store/map.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/must.h"

enum {
	MAP_BUCKETS = 4096,
	MAP_VERSIONS = 2
};

static size_t bytes_of(const struct map *map)
{
	return sizeof(*map) + map->n * sizeof(map->v[0]);
}

static struct map *alloc_map(uint64_t mailbox_id, uint64_t modseq, size_t room)
{
	struct map *map = malloc(sizeof(*map) + room * sizeof(map->v[0]));

	must(map);
	*map = (struct map){ .mailbox_id = mailbox_id, .modseq = modseq, .refs = 1 };
	return map;
}

/* Append a range to a map that is being built; ranges that touch become one. */
static void push(struct map *map, uint64_t first, uint64_t last)
{
	struct map_range *end = map->n ? &map->v[map->n - 1] : NULL;

	if (end && first <= end->last + 1) {
		if (last > end->last) {
			map->total += last - end->last;
			end->last = last;
		}
		return;
	}
	map->v[map->n++] = (struct map_range){ .first = first, .last = last, .before = map->total };
	map->total += last - first + 1;
}

struct map *map_new(uint64_t mailbox_id, uint64_t modseq, const struct store_range *ranges,
                    size_t n)
{
	struct map *map = alloc_map(mailbox_id, modseq, n);

	for (size_t i = 0; i < n; i++)
		push(map, ranges[i].first, ranges[i].last);
	return map;
}

struct map *map_ref(struct map *map)
{
	__atomic_add_fetch(&map->refs, 1, __ATOMIC_RELAXED);
	return map;
}

void map_unref(struct map *map)
{
	int left;

	if (!map)
		return;
	left = __atomic_sub_fetch(&map->refs, 1, __ATOMIC_ACQ_REL);
	must(left >= 0);
	if (left == 0)
		free(map);
}

/* Index of the first range that ends at or above `uid`; `n` when there is none. */
static size_t find_range(const struct map *map, uint64_t uid)
{
	size_t low = 0, high = map->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->v[middle].last < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint64_t map_count_below(const struct map *map, uint64_t uid)
{
	size_t i = find_range(map, uid);

	if (i == map->n)
		return map->total;
	return map->v[i].before + (uid > map->v[i].first ? uid - map->v[i].first : 0);
}

bool map_has(const struct map *map, uint64_t uid)
{
	size_t i = find_range(map, uid);

	return i < map->n && map->v[i].first <= uid;
}

uint64_t map_uid_at(const struct map *map, uint64_t n)
{
	size_t low = 0, high = map->n;

	must(n < map->total);
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (map->v[middle].before <= n)
			low = middle;
		else
			high = middle;
	}
	return map->v[low].first + (n - map->v[low].before);
}

struct store_range *map_within(const struct map *map, struct arena *a,
                               const struct store_range *spans, size_t n_spans, size_t *n_r,
                               struct store_range **seqs_r)
{
	size_t room = 0, n = 0;
	struct store_range *uids, *seqs = NULL;

	for (size_t i = 0; i < n_spans; i++) {
		size_t from = find_range(map, spans[i].first);
		size_t to = find_range(map, spans[i].last);

		room += to - from + 1;
	}
	uids = arena_array(a, room ? room : 1, sizeof(*uids));
	if (seqs_r)
		seqs = arena_array(a, room ? room : 1, sizeof(*seqs));
	for (size_t i = 0; i < n_spans; i++) {
		for (size_t k = find_range(map, spans[i].first); k < map->n; k++) {
			const struct map_range *v = &map->v[k];
			uint64_t first = v->first > spans[i].first ? v->first : spans[i].first;
			uint64_t last = v->last < spans[i].last ? v->last : spans[i].last;

			if (first > last)
				break;
			uids[n] = (struct store_range){ first, last };
			if (seqs) {
				uint64_t seq = v->before + (first - v->first) + 1;

				seqs[n] = (struct store_range){ seq, seq + (last - first) };
			}
			n++;
		}
	}
	*n_r = n;
	if (seqs_r)
		*seqs_r = seqs;
	return uids;
}

struct map *map_change(const struct map *map, uint64_t modseq, const struct store_range *without,
                       size_t n_without, const struct store_range *with, size_t n_with)
{
	struct map *made = alloc_map(map->mailbox_id, modseq, map->n + n_without + n_with + 1);
	size_t w = 0, out = 0;

	for (size_t i = 0; i < map->n; i++) {
		uint64_t first = map->v[i].first;
		uint64_t last = map->v[i].last;

		while (out < n_without && without[out].last < first)
			out++;
		for (size_t k = out; first <= last; k++) {
			bool is_cut = k < n_without && without[k].first <= last;
			uint64_t end = is_cut ? without[k].first - 1 : last;

			/* What stands before the next hole, after all that is put in below it. */
			if (end >= first && (!is_cut || without[k].first > first)) {
				while (w < n_with && with[w].first <= first) {
					push(made, with[w].first, with[w].last);
					w++;
				}
				push(made, first, end);
			}
			if (!is_cut)
				break;
			first = without[k].last + 1;
		}
	}
	for (; w < n_with; w++)
		push(made, with[w].first, with[w].last);
	return made;
}

/* ---------------------------------------------------------------- the cache */

/* The newest versions of one mailbox, in a bucket's chain and in the list by use. */
struct slot {
	uint64_t mailbox_id;
	struct map *maps[MAP_VERSIONS]; /* newest first */
	uint64_t seen_uid, seen_modseq; /* all below were seen then; 0: nothing is known */
	struct slot *chain;
	struct slot *newer, *older;
};

struct map_cache {
	pthread_mutex_t mutex;
	size_t bytes, max_bytes;
	uint64_t epoch;
	struct slot *newest, *oldest;
	struct slot *buckets[MAP_BUCKETS];
};

struct map_cache *map_cache_new(size_t max_bytes)
{
	struct map_cache *cache = calloc(1, sizeof(*cache));

	must(cache);
	cache->max_bytes = max_bytes;
	must(pthread_mutex_init(&cache->mutex, NULL) == 0);
	return cache;
}

static struct slot **bucket_of(struct map_cache *cache, uint64_t mailbox_id)
{
	return &cache->buckets[(mailbox_id * 0x9e3779b97f4a7c15u) >> 52];
}

static struct slot *find_slot(struct map_cache *cache, uint64_t mailbox_id)
{
	struct slot *slot = *bucket_of(cache, mailbox_id);

	while (slot && slot->mailbox_id != mailbox_id)
		slot = slot->chain;
	return slot;
}

static void unlink_use(struct map_cache *cache, struct slot *slot)
{
	must(slot->newer ? slot != cache->newest : slot == cache->newest);
	if (slot->newer)
		slot->newer->older = slot->older;
	else
		cache->newest = slot->older;
	if (slot->older)
		slot->older->newer = slot->newer;
	else
		cache->oldest = slot->newer;
	slot->newer = slot->older = NULL;
}

static void link_newest(struct map_cache *cache, struct slot *slot)
{
	slot->older = cache->newest;
	if (cache->newest)
		cache->newest->newer = slot;
	else
		cache->oldest = slot;
	cache->newest = slot;
}

static void drop_map(struct map_cache *cache, struct slot *slot, size_t version)
{
	if (!slot->maps[version])
		return;
	cache->bytes -= bytes_of(slot->maps[version]);
	map_unref(slot->maps[version]);
	slot->maps[version] = NULL;
}

static void drop_slot(struct map_cache *cache, struct slot *slot)
{
	struct slot **p = bucket_of(cache, slot->mailbox_id);

	while (*p != slot)
		p = &(*p)->chain;
	*p = slot->chain;
	unlink_use(cache, slot);
	for (size_t i = 0; i < MAP_VERSIONS; i++)
		drop_map(cache, slot, i);
	cache->bytes -= sizeof(*slot);
	free(slot);
}

static struct slot *make_slot(struct map_cache *cache, uint64_t mailbox_id)
{
	struct slot *slot = calloc(1, sizeof(*slot));
	struct slot **bucket = bucket_of(cache, mailbox_id);

	must(slot);
	slot->mailbox_id = mailbox_id;
	slot->chain = *bucket;
	*bucket = slot;
	link_newest(cache, slot);
	cache->bytes += sizeof(*slot);
	return slot;
}

void map_cache_free(struct map_cache **cache)
{
	struct map_cache *c = *cache;

	if (!c)
		return;
	while (c->newest)
		drop_slot(c, c->newest);
	pthread_mutex_destroy(&c->mutex);
	free(c);
	*cache = NULL;
}

/* Under the mutex: forget what was learned in an older epoch; false when the caller lives in one.
 */
static bool enter_epoch(struct map_cache *cache, uint64_t epoch)
{
	if (epoch > cache->epoch) {
		while (cache->newest)
			drop_slot(cache, cache->newest);
		cache->epoch = epoch;
	}
	return epoch == cache->epoch;
}

struct map *map_cache_get(struct map_cache *cache, uint64_t epoch, uint64_t mailbox_id,
                          uint64_t modseq)
{
	struct map *found = NULL;
	struct slot *slot;

	pthread_mutex_lock(&cache->mutex);
	slot = enter_epoch(cache, epoch) ? find_slot(cache, mailbox_id) : NULL;
	for (size_t i = 0; slot && !found && i < MAP_VERSIONS; i++) {
		if (slot->maps[i] && slot->maps[i]->modseq <= modseq)
			found = map_ref(slot->maps[i]);
	}
	if (found) {
		unlink_use(cache, slot);
		link_newest(cache, slot);
	}
	pthread_mutex_unlock(&cache->mutex);
	return found;
}

void map_cache_put(struct map_cache *cache, uint64_t epoch, struct map *map)
{
	struct slot *slot;

	pthread_mutex_lock(&cache->mutex);
	if (!enter_epoch(cache, epoch)) {
		pthread_mutex_unlock(&cache->mutex);
		return;
	}
	slot = find_slot(cache, map->mailbox_id);
	if (!slot)
		slot = make_slot(cache, map->mailbox_id);
	if (!slot->maps[0] || slot->maps[0]->modseq < map->modseq) {
		drop_map(cache, slot, MAP_VERSIONS - 1);
		memmove(&slot->maps[1], &slot->maps[0], sizeof(slot->maps) - sizeof(slot->maps[0]));
		slot->maps[0] = map_ref(map);
		cache->bytes += bytes_of(map);
	}
	unlink_use(cache, slot);
	link_newest(cache, slot);
	while (cache->bytes > cache->max_bytes && cache->oldest)
		drop_slot(cache, cache->oldest);
	pthread_mutex_unlock(&cache->mutex);
}

bool map_cache_seen_get(struct map_cache *cache, uint64_t epoch, uint64_t mailbox_id,
                        uint64_t modseq, uint64_t *uid_r, uint64_t *modseq_r)
{
	struct slot *slot;
	bool is_known;

	pthread_mutex_lock(&cache->mutex);
	slot = enter_epoch(cache, epoch) ? find_slot(cache, mailbox_id) : NULL;
	is_known = slot && slot->seen_uid && slot->seen_modseq <= modseq;
	if (is_known) {
		*uid_r = slot->seen_uid;
		*modseq_r = slot->seen_modseq;
	}
	pthread_mutex_unlock(&cache->mutex);
	return is_known;
}

void map_cache_seen_put(struct map_cache *cache, uint64_t epoch, uint64_t mailbox_id,
                        uint64_t modseq, uint64_t uid)
{
	struct slot *slot;

	pthread_mutex_lock(&cache->mutex);
	slot = enter_epoch(cache, epoch) ? find_slot(cache, mailbox_id) : NULL;
	if (slot && slot->seen_modseq <= modseq) {
		slot->seen_uid = uid;
		slot->seen_modseq = modseq;
	}
	pthread_mutex_unlock(&cache->mutex);
}
