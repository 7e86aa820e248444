/*
 * Sequence-number maps: the set of UIDs of a mailbox at one MODSEQ, as ranges.
 *
 * A map is immutable and counted by references, so any number of threads read the same one.
 * Sequence numbers and UIDs are translated by binary search over the ranges; 200,000 messages
 * without holes are one range. The cache holds the newest maps of recently used mailboxes, least
 * recently used ones are dropped by bytes. It is never trusted by itself: who uses it has read the
 * mailbox row's modseq in the same snapshot, takes the map that is at or below that MODSEQ and
 * advances it by the change log. Only maps of committed states may be put in.
 */
#ifndef TAYORI_STORE_MAP_H
#define TAYORI_STORE_MAP_H

#include "src/base/err.h"
#include "src/store/store.h"

struct arena;

struct map_range {
	uint64_t first, last;
	uint64_t before; /* UIDs in the ranges before this one */
};

struct map {
	uint64_t mailbox_id, modseq;
	uint64_t total;
	int refs; /* changed atomically */
	size_t n;
	struct map_range v[];
};

/* A map of ascending, disjoint ranges (borrowed). Returns owned, with one reference: map_unref. */
struct map *map_new(uint64_t mailbox_id, uint64_t modseq, const struct store_range *ranges,
                    size_t n);
struct map *map_ref(struct map *map);
void map_unref(struct map *map);

/* UIDs below `uid`. */
uint64_t map_count_below(const struct map *map, uint64_t uid);

/* True when `uid` is in it. */
bool map_has(const struct map *map, uint64_t uid);

/* The UID with `n` others before it; `n` must be below `total`. */
uint64_t map_uid_at(const struct map *map, uint64_t n);

/*
 * What of the map lies within ascending disjoint `spans`, as ascending ranges in `a`; sequence
 * numbers (from 1) of the same messages in `*seqs_r` when it is not NULL, range for range in the
 * same number as the UIDs.
 */
struct store_range *map_within(const struct map *map, struct arena *a,
                               const struct store_range *spans, size_t n_spans, size_t *n_r,
                               struct store_range **seqs_r);

/* The map with ascending disjoint ranges put in (`with`) and taken out (`without`, applied first).
 * Owned: map_unref. */
struct map *map_change(const struct map *map, uint64_t modseq, const struct store_range *without,
                       size_t n_without, const struct store_range *with, size_t n_with);

/* --- the cache of an engine; any thread */

struct map_cache;

/* At most `max_bytes` of maps. Returns owned: map_cache_free. */
struct map_cache *map_cache_new(size_t max_bytes);
void map_cache_free(struct map_cache **cache);

/*
 * The newest map of the mailbox that is not above `modseq`, with a reference, or NULL. Maps of
 * another epoch are forgotten: the database may have gone back in time between them.
 */
struct map *map_cache_get(struct map_cache *cache, uint64_t epoch, uint64_t mailbox_id,
                          uint64_t modseq);

/* Remember a map of a committed state of this epoch (takes a reference of its own). */
void map_cache_put(struct map_cache *cache, uint64_t epoch, struct map *map);

/*
 * Where the search for the first unseen message may begin: at `*modseq_r`, not above `modseq`, all
 * messages below `*uid_r` were seen. False when nothing is known. A hint for a mailbox without a
 * map is forgotten.
 */
bool map_cache_seen_get(struct map_cache *cache, uint64_t epoch, uint64_t mailbox_id,
                        uint64_t modseq, uint64_t *uid_r, uint64_t *modseq_r);
void map_cache_seen_put(struct map_cache *cache, uint64_t epoch, uint64_t mailbox_id,
                        uint64_t modseq, uint64_t uid);

#endif
