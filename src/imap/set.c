#include <stdlib.h>

#include "src/base/arena.h"
#include "src/imap/session_priv.h"

enum {
	DIRECT_MAX = 10000
};

static int compare_ranges(const void *a, const void *b)
{
	const struct store_range *x = a;
	const struct store_range *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

void imap_set_normalise(struct store_range *ranges, size_t *n)
{
	size_t kept = 0;

	if (*n == 0)
		return;
	qsort(ranges, *n, sizeof *ranges, compare_ranges);
	for (size_t i = 0; i < *n; i++) {
		if (kept > 0 && ranges[kept - 1].last != STORE_STAR &&
		    ranges[i].first <= ranges[kept - 1].last + 1) {
			if (ranges[i].last > ranges[kept - 1].last)
				ranges[kept - 1].last = ranges[i].last;
		} else {
			ranges[kept++] = ranges[i];
		}
	}
	*n = kept;
}

bool imap_set_resolve(struct imap_cmd *c, const struct imap_set *set, bool is_uid,
                      struct store_set *set_r)
{
	uint64_t exists = c->state->mailbox.exists;
	struct store_range *ranges;
	size_t n = set->n;

	if (set->is_saved) {
		n = imap_saved_get(c, &ranges);
		*set_r = (struct store_set){ .is_uid = true, .ranges = ranges, .n_ranges = n };
		return true;
	}

	/* RFC 9051 section 9 says it for both versions: a number beyond the mailbox is BAD, "*" in
	 * an empty one too. */
	if (!is_uid && (set->max > exists || (set->has_star && exists == 0)))
		return imap_parser_fail(&c->in, "sequence numbers of messages that exist");
	ranges = arena_array(c->a, set->n, sizeof *ranges);
	for (size_t i = 0; i < n; i++) {
		struct store_range r = set->ranges[i];

		if (!is_uid && r.last == STORE_STAR) {
			r.last = exists;
			r.first = r.first == STORE_STAR ? exists : r.first;
		}
		ranges[i] = r;
	}
	/* A range that ends in "*" holds the last message even when it begins beyond it: left to
	 * the store. */
	if (!(is_uid && set->has_star))
		imap_set_normalise(ranges, &n);
	*set_r = (struct store_set){ .is_uid = is_uid, .ranges = ranges, .n_ranges = n };
	return true;
}

uint64_t imap_set_count(const struct store_set *set)
{
	uint64_t count = 0;

	for (size_t i = 0; i < set->n_ranges; i++)
		count += set->ranges[i].last - set->ranges[i].first + 1;
	return count;
}

void imap_set_add(struct store_range *ranges, size_t *n, uint64_t value)
{
	if (*n > 0 && ranges[*n - 1].last + 1 == value)
		ranges[*n - 1].last = value;
	else
		ranges[(*n)++] = (struct store_range){ value, value };
}

static bool has_star(const struct store_set *set)
{
	for (size_t i = 0; i < set->n_ranges; i++) {
		if (set->ranges[i].last == STORE_STAR)
			return true;
	}
	return false;
}

enum err imap_set_slices_init(struct imap_cmd *c, const struct store_set *set,
                              struct imap_set_slices *slices_r)
{
	struct store_numbers_req q = {
		.grant = c->state->grant,
		.mailbox_id = c->state->mailbox.id,
		.view = c->state->mailbox.view,
		.set = *set,
	};
	struct store_numbers_res r;
	enum err e;

	*slices_r = (struct imap_set_slices){ .all = *set };
	/* UIDs may be sparse: a set that looks large is asked for as what exists of it. */
	if (!set->is_uid || (!has_star(set) && imap_set_count(set) <= DIRECT_MAX))
		return ERR_OK;
	e = store_numbers(c->store, c->a, &q, &r);
	if (!e) {
		slices_r->all.ranges = r.uids;
		slices_r->all.n_ranges = r.n_uids;
	}
	return e;
}

bool imap_set_slices_next(struct imap_set_slices *slices, struct arena *a, uint64_t max,
                          struct store_set *set_r)
{
	size_t n = 0;
	size_t room = slices->all.n_ranges - slices->i;
	struct store_range *ranges;

	if (room == 0)
		return false;
	if (room > max)
		room = (size_t)max;
	ranges = arena_array(a, room, sizeof *ranges);
	while (max > 0 && slices->i < slices->all.n_ranges && n < room) {
		struct store_range r = slices->all.ranges[slices->i];

		r.first += slices->done;
		if (r.last - r.first >= max) {
			r.last = r.first + max - 1;
			slices->done += max;
		} else {
			slices->i++;
			slices->done = 0;
		}
		max -= r.last - r.first + 1;
		ranges[n++] = r;
	}
	*set_r = (struct store_set){ .is_uid = slices->all.is_uid,
		                     .ranges = ranges,
		                     .n_ranges = n };
	return true;
}
