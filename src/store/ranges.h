/*
 * Growing lists of number ranges: UID sets in the making, and their text form in the change log
 * ("1:5,9").
 */
#ifndef TAYORI_STORE_RANGES_H
#define TAYORI_STORE_RANGES_H

#include "src/base/err.h"
#include "src/store/store.h"

struct arena;

struct ranges {
	struct store_range *v;
	size_t n, room;
	struct arena *arena;
};

static inline struct ranges ranges_in(struct arena *a)
{
	return (struct ranges){ .arena = a };
}

/* Add a range; one that touches or overlaps the last one is joined with it. */
void ranges_add(struct ranges *r, uint64_t first, uint64_t last);

/* Put in ascending order, join what touches. */
void ranges_sort(struct ranges *r);

/* Numbers in all (of a sorted list). */
uint64_t ranges_count(const struct ranges *r);

/* True when `number` is in a sorted list. */
bool ranges_has(const struct ranges *r, uint64_t number);

/* "1:5,9" in `a`. */
struct str ranges_text(const struct ranges *r, struct arena *a);

/* Add what `text` lists. Fails with: ERR_CORRUPT. */
enum err ranges_parse(struct ranges *r, struct str text) MUST_USE;

/* What two sorted lists have in common, appended to `both`. */
void ranges_and(struct ranges *both, const struct ranges *x, const struct ranges *y);

#endif
