/*
 * A search over the mailbox. The store tells stretch by stretch which messages match by their rows
 * and which may; those are fetched, first with little of each, and with more for what is left.
 */
#include <sched.h>
#include <stdlib.h>

#include "src/base/arena.h"
#include "src/imap/search_priv.h"

enum {
	BODY_SLICE = 200 /* messages at a time whose octets come along */
};

static void add_range(struct arena *a, struct imap_found *found, struct store_range r)
{
	if (found->n > 0 && found->uids[found->n - 1].last + 1 == r.first) {
		found->uids[found->n - 1].last = r.last;
		return;
	}
	if (found->n == found->room) {
		size_t room = found->room ? found->room * 2 : 64;

		found->uids = arena_grow(a, found->uids, found->room * sizeof *found->uids,
		                         room * sizeof *found->uids);
		found->room = room;
	}
	found->uids[found->n++] = r;
}

uint64_t imap_found_count(const struct imap_found *found)
{
	uint64_t count = 0;

	for (size_t i = 0; i < found->n; i++)
		count += found->uids[i].last - found->uids[i].first + 1;
	return count;
}

static int compare(const void *a, const void *b)
{
	const struct store_range *x = a;
	const struct store_range *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* Costs of the keys, as bits. */
static unsigned find_costs(const struct imap_search_key *key)
{
	unsigned costs = key->first ? 0 : 1U << key->cost;

	for (key = key->first; key; key = key->next)
		costs |= find_costs(key);
	return costs;
}

struct run {
	struct imap_cmd *c;
	const struct imap_search *s;
	struct arena *stretch;
	struct imap_found yes, maybe; /* of the stretch */
	uint64_t max_modseq;
};

/* One message; `piece` is where its octets are read to. */
static enum err look_at_message(struct run *x, enum imap_search_cost cost, struct arena *a,
                                const struct store_message *m, struct imap_found *maybe)
{
	struct imap_fetch_message fm = { .c = x->c, .a = a, .m = m, .kept = m->octets };
	enum imap_search_verdict verdict = IMAP_VERDICT_NO;
	struct store_range uid = { m->uid, m->uid };
	enum err e;

	fm.piece = arena_new(a);
	e = imap_search_match(&fm, x->s->root, cost, &verdict);
	/* Gone while we looked: it matches nothing. */
	if (e == ERR_NOTFOUND)
		return ERR_OK;
	if (verdict == IMAP_VERDICT_MAYBE)
		add_range(x->stretch, maybe, uid);
	if (verdict != IMAP_VERDICT_YES)
		return e;
	add_range(x->stretch, &x->yes, uid);
	if (m->modseq > x->max_modseq)
		x->max_modseq = m->modseq;
	return e;
}

/* Those of a set; what cannot be told at this cost goes to `maybe`. */
static enum err look_at_set(struct run *x, enum imap_search_cost cost, const struct store_set *set,
                            struct imap_found *maybe)
{
	struct store_fetch_req q = {
		.grant = x->c->state->grant,
		.mailbox_id = x->c->state->mailbox.id,
		.view = x->c->state->mailbox.view,
		.set = *set,
		.fields = imap_search_fields(cost),
		.max = cost == IMAP_COST_BODY ? BODY_SLICE : IMAP_FETCH_LIGHT_SLICE,
	};
	struct store_fetch_res r = { .has_more = true };
	struct arena *slice = arena_new(x->c->a);
	struct arena *a = arena_new(x->c->a);
	enum err e = ERR_OK;

	while (!e && r.has_more) {
		arena_reset(slice);
		/* Who has a small command goes first. */
		(void)sched_yield();
		e = store_fetch(x->c->store, slice, &q, &r);
		if (e || r.n_messages == 0)
			break;
		/* The store reads on while these are looked at. */
		q.after_uid = r.messages[r.n_messages - 1].uid;
		store_fetch_ahead(x->c->store, r.has_more ? &q : NULL);
		for (size_t i = 0; !e && i < r.n_messages; i++) {
			e = look_at_message(x, cost, a, &r.messages[i], maybe);
			arena_reset(a);
		}
	}
	store_fetch_ahead(x->c->store, NULL);
	arena_free(&a);
	arena_free(&slice);
	return e;
}

/* What the store left open in a stretch. */
static enum err look_closely(struct run *x, unsigned costs)
{
	enum err e = ERR_OK;

	for (unsigned cost = IMAP_COST_ENVELOPE; !e && cost <= IMAP_COST_BODY; cost++) {
		struct imap_found rest = { 0 };
		struct imap_set_slices slices;
		struct store_set set = { .is_uid = true,
			                 .ranges = x->maybe.uids,
			                 .n_ranges = x->maybe.n };
		struct store_set part;

		if (!(costs & 1U << cost) || x->maybe.n == 0)
			continue;
		slices = (struct imap_set_slices){ .all = set };
		while (!e &&
		       imap_set_slices_next(&slices, x->stretch, IMAP_FETCH_LIGHT_SLICE, &part))
			e = look_at_set(x, (enum imap_search_cost)cost, &part, &rest);
		x->maybe = rest;
	}
	return e;
}

/* Put what a stretch has given behind what was found before. */
static void add_stretch(struct run *x, struct imap_found *found)
{
	if (x->yes.n > 1)
		qsort(x->yes.uids, x->yes.n, sizeof *x->yes.uids, compare);
	for (size_t i = 0; i < x->yes.n; i++)
		add_range(x->c->a, found, x->yes.uids[i]);
	if (x->max_modseq > found->max_modseq)
		found->max_modseq = x->max_modseq;
}

static enum err run_stretch(struct run *x, const struct store_search_req *q, unsigned costs,
                            struct store_search_res *r)
{
	enum err e;

	arena_reset(x->stretch);
	x->yes = (struct imap_found){ 0 };
	x->maybe = (struct imap_found){ 0 };
	*r = (struct store_search_res){ 0 };
	e = store_search(x->c->store, x->stretch, q, r);
	if (e)
		return e;
	x->max_modseq = r->max_modseq;
	x->yes = (struct imap_found){ .uids = r->yes, .n = r->n_yes, .room = r->n_yes };
	x->maybe = (struct imap_found){ .uids = r->maybe, .n = r->n_maybe, .room = r->n_maybe };
	return look_closely(x, costs);
}

enum err imap_search_run(struct imap_cmd *c, const struct imap_search *s, bool wants_first,
                         struct imap_found *found_r)
{
	static const struct store_range everything = { 1, STORE_STAR };
	struct run x = { .c = c, .s = s };
	struct store_filter *filter;
	struct store_search_req q = {
		.grant = c->state->grant,
		.mailbox_id = c->state->mailbox.id,
		.view = c->state->mailbox.view,
		.set = { .is_uid = true, .ranges = &everything, .n_ranges = 1 },
	};
	struct store_search_res r = { .has_more = c->state->mailbox.exists > 0 };
	unsigned costs = find_costs(s->root);
	enum err e = ERR_OK;

	*found_r = (struct imap_found){ 0 };
	if (!imap_search_filter(c->a, s->root, &filter, &q.n_filter))
		return ERR_LIMIT;
	q.filter = filter;
	x.stretch = arena_new(c->a);
	while (!e && r.has_more) {
		e = run_stretch(&x, &q, costs, &r);
		if (!e)
			add_stretch(&x, found_r);
		q.after_uid = r.after_uid;
		if (wants_first && found_r->n > 0)
			break;
	}
	arena_free(&x.stretch);
	return e;
}

/* Where a UID stands among those found; `cursor` goes along with ascending ones. */
struct place {
	const struct imap_found *found;
	size_t range;
	uint64_t before; /* UIDs in the ranges before it */
};

static size_t find_place(struct place *place, uint64_t uid)
{
	const struct store_range *r = &place->found->uids[place->range];

	while (r->last < uid) {
		place->before += r->last - r->first + 1;
		place->range++;
		r++;
	}
	return (size_t)(place->before + uid - r->first);
}

enum err imap_found_each(struct imap_cmd *c, const struct imap_found *found, uint32_t fields,
                         enum err (*fn)(void *context, size_t i, const struct store_message *m,
                                        struct arena *a),
                         void *context)
{
	struct imap_set_slices slices = {
		.all = { .is_uid = true, .ranges = found->uids, .n_ranges = found->n }
	};
	struct store_fetch_req q = {
		.grant = c->state->grant,
		.mailbox_id = c->state->mailbox.id,
		.view = c->state->mailbox.view,
		.fields = fields,
		.max = IMAP_FETCH_LIGHT_SLICE,
	};
	struct place place = { .found = found };
	struct arena *sets = arena_new(c->a);
	struct arena *slice = arena_new(c->a);
	struct arena *a = arena_new(c->a);
	bool is_more = imap_set_slices_next(&slices, sets, IMAP_FETCH_LIGHT_SLICE, &q.set);
	enum err e = ERR_OK;

	while (!e && is_more) {
		struct store_fetch_res r = { 0 };

		arena_reset(slice);
		/* Who has a small command goes first. */
		(void)sched_yield();
		e = store_fetch(c->store, slice, &q, &r);
		if (e)
			break;
		/* The store reads on while these are looked at. */
		if (r.has_more && r.n_messages > 0) {
			q.after_uid = r.messages[r.n_messages - 1].uid;
		} else {
			q.after_uid = 0;
			is_more = imap_set_slices_next(&slices, sets, IMAP_FETCH_LIGHT_SLICE,
			                               &q.set);
		}
		store_fetch_ahead(c->store, is_more ? &q : NULL);
		for (size_t i = 0; !e && i < r.n_messages; i++) {
			e = fn(context, find_place(&place, r.messages[i].uid), &r.messages[i], a);
			arena_reset(a);
		}
	}
	store_fetch_ahead(c->store, NULL);
	arena_free(&a);
	arena_free(&slice);
	arena_free(&sets);
	return e;
}
