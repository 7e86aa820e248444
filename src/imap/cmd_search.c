/*
 * SEARCH (RFC 3501 section 6.4.4). Messages come in slices: first what the cheap keys need, then
 * headers and bodies of those that are left.
 */
#include "src/base/arena.h"
#include "src/imap/search_priv.h"

struct results {
	struct store_range *ranges;
	size_t n, room;
	uint64_t max_modseq;
};

static void add_result(struct imap_cmd *c, struct results *found, const struct store_message *m)
{
	uint64_t number = c->is_uid ? m->uid : m->seq;

	if (found->n == found->room) {
		size_t room = found->room ? found->room * 2 : 64;

		found->ranges = arena_grow(c->a, found->ranges, found->room * sizeof *found->ranges,
		                           room * sizeof *found->ranges);
		found->room = room;
	}
	imap_set_add(found->ranges, &found->n, number);
	if (m->modseq > found->max_modseq)
		found->max_modseq = m->modseq;
}

/* Fields of the keys up to a cost. */
static uint32_t fields_up_to(const struct imap_search *s, enum imap_search_cost cost)
{
	uint32_t fields = s->has_modseq ? STORE_FETCH_FLAGS : 0;

	for (const struct imap_search_key *key = s->root->first; key; key = key->next) {
		if (key->cost <= cost)
			fields |= key->fields;
	}
	return fields;
}

/* The widest net: a set at the top level, if there is one, otherwise everything. */
static struct store_set find_net(struct imap_cmd *c, const struct imap_search *s)
{
	struct store_range *all = ARENA_NEW(c->a, struct store_range);

	for (const struct imap_search_key *key = s->root->first; key; key = key->next) {
		if (key->kind == IMAP_SEARCH_SET && key->set.is_uid)
			return key->set;
	}
	*all = (struct store_range){ 1, c->state->mailbox.exists };
	return (struct store_set){ .ranges = all, .n_ranges = 1 };
}

/* The second look at those of a slice that the cheap keys left. */
static enum err look_closely(struct imap_cmd *c, const struct imap_search *s, struct arena *slice,
                             const struct store_range *uids, size_t n, struct results *found)
{
	struct store_fetch_req q = {
		.grant = c->state->grant,
		.mailbox_id = c->state->mailbox.id,
		.view = c->state->mailbox.view,
		.set = { .is_uid = true, .ranges = uids, .n_ranges = n },
		.fields = fields_up_to(s, IMAP_COST_BODY),
		.max = IMAP_FETCH_SLICE,
	};
	struct store_fetch_res r = { .has_more = n > 0 };
	struct arena *part = arena_new(slice);
	enum err e = ERR_OK;

	while (!e && r.has_more) {
		e = store_fetch(c->store, part, &q, &r);
		for (size_t i = 0; !e && i < r.n_messages; i++) {
			struct arena *a = arena_new(part);
			struct imap_fetch_message fm = {
				.c = c,
				.a = a,
				.piece = arena_new(a),
				.m = &r.messages[i],
			};
			bool is_match = false;

			e = imap_search_match(&fm, s->root, IMAP_COST_BODY, &is_match);
			/* Gone while we looked: it matches nothing. */
			if (e == ERR_NOTFOUND)
				e = ERR_OK;
			if (is_match)
				add_result(c, found, &r.messages[i]);
			arena_free(&a);
		}
		if (e || r.n_messages == 0)
			break;
		q.after_uid = r.messages[r.n_messages - 1].uid;
		arena_reset(part);
	}
	return e;
}

static enum err look_at_slice(struct imap_cmd *c, const struct imap_search *s, struct arena *slice,
                              const struct store_fetch_res *r, struct results *found)
{
	struct store_range *uids = arena_array(slice, r->n_messages + 1, sizeof *uids);
	bool is_cheap = s->root->cost <= IMAP_COST_ROW;
	size_t n = 0;

	for (size_t i = 0; i < r->n_messages; i++) {
		struct imap_fetch_message fm = { .c = c, .a = slice, .m = &r->messages[i] };
		bool is_match = false;
		enum err e = imap_search_match(&fm, s->root, IMAP_COST_ROW, &is_match);

		if (e)
			return e;
		if (is_match && is_cheap)
			add_result(c, found, &r->messages[i]);
		else if (is_match)
			imap_set_add(uids, &n, r->messages[i].uid);
	}
	return is_cheap ? ERR_OK : look_closely(c, s, slice, uids, n, found);
}

static enum err run_search(struct imap_cmd *c, const struct imap_search *s, struct results *found)
{
	struct store_fetch_req q = {
		.grant = c->state->grant,
		.mailbox_id = c->state->mailbox.id,
		.view = c->state->mailbox.view,
		.set = find_net(c, s),
		.fields = fields_up_to(s, IMAP_COST_ROW),
		.max = IMAP_FETCH_LIGHT_SLICE,
	};
	struct store_fetch_res r = { .has_more = c->state->mailbox.exists > 0 };
	struct arena *slice = arena_new(c->a);
	enum err e = ERR_OK;

	while (r.has_more) {
		arena_reset(slice);
		e = store_fetch(c->store, slice, &q, &r);
		if (!e)
			e = look_at_slice(c, s, slice, &r, found);
		if (e || r.n_messages == 0)
			break;
		q.after_uid = r.messages[r.n_messages - 1].uid;
	}
	arena_free(&slice);
	return e;
}

/* Iterates the numbers of ranges. */
struct cursor {
	const struct store_range *ranges;
	size_t n, i;
	uint64_t done; /* of range `i` */
};

static bool cursor_next(struct cursor *cursor, uint64_t *value_r)
{
	const struct store_range *r;

	if (cursor->i == cursor->n)
		return false;
	r = &cursor->ranges[cursor->i];
	*value_r = r->first + cursor->done++;
	if (*value_r == r->last) {
		cursor->i++;
		cursor->done = 0;
	}
	return true;
}

/*
 * Keys that ask for numbers only need no message. The view also holds messages whose expunge was
 * not told yet; with a view that has been told everything they are not there, and are left out as
 * store_fetch leaves them out.
 */
static enum err search_numbers(struct imap_cmd *c, const struct imap_search *s,
                               struct results *found)
{
	struct store_numbers_req q = {
		.grant = c->state->grant,
		.mailbox_id = c->state->mailbox.id,
		.view = c->state->mailbox.view,
		.set = find_net(c, s),
	};
	struct store_numbers_res all, there;
	struct cursor uids, seqs, existing;
	uint64_t uid, seq, exists = 0;
	enum err e = store_numbers(c->store, c->a, &q, &all);

	if (e)
		return e;
	q.view.expunged = INT64_MAX;
	q.set = (struct store_set){ .is_uid = true, .ranges = all.uids, .n_ranges = all.n_uids };
	e = store_numbers(c->store, c->a, &q, &there);
	if (e)
		return e;
	uids = (struct cursor){ .ranges = all.uids, .n = all.n_uids };
	seqs = (struct cursor){ .ranges = all.seqs, .n = all.n_seqs };
	existing = (struct cursor){ .ranges = there.uids, .n = there.n_uids };
	while (cursor_next(&uids, &uid) && cursor_next(&seqs, &seq)) {
		struct store_message m = { .uid = uid, .seq = seq };
		struct imap_fetch_message fm = { .c = c, .a = c->a, .m = &m };
		bool is_match = false;

		while (exists < uid && cursor_next(&existing, &exists))
			;
		if (exists != uid)
			continue;
		e = imap_search_match(&fm, s->root, IMAP_COST_NUMBERS, &is_match);
		if (e)
			return e;
		if (is_match)
			add_result(c, found, &m);
	}
	return ERR_OK;
}

static void write_results(struct imap_cmd *c, const struct imap_search *s,
                          const struct results *found)
{
	imap_out_c(&c->out, "* SEARCH");
	for (size_t i = 0; i < found->n; i++) {
		for (uint64_t n = found->ranges[i].first; n <= found->ranges[i].last; n++) {
			imap_out_byte(&c->out, ' ');
			imap_out_u64(&c->out, n);
		}
	}
	if (s->has_modseq && found->n > 0) {
		imap_out_c(&c->out, " (MODSEQ ");
		imap_out_u64(&c->out, found->max_modseq);
		imap_out_byte(&c->out, ')');
	}
	imap_out_c(&c->out, "\r\n");
}

enum imap_next imap_cmd_search(struct imap_cmd *c)
{
	struct imap_search s = { 0 };
	struct results found = { 0 };
	enum err e;

	if (!imap_search_parse(c, &s))
		return imap_reply_bad(c);
	if (s.is_charset_unknown)
		return imap_reply_no(c, "BADCHARSET (UTF-8 US-ASCII ISO-2022-JP)",
		                     "This charset is not known here.");
	if (s.has_modseq)
		imap_sync_enable_modseq(c);
	if (s.root->cost == IMAP_COST_NUMBERS && c->state->mailbox.exists > 0)
		e = search_numbers(c, &s, &found);
	else
		e = run_search(c, &s, &found);
	if (e)
		return imap_reply_err(c, e);
	write_results(c, &s, &found);
	return imap_reply_ok(c, NULL, "SEARCH done.");
}
