/*
 * What a session sees of a mailbox: maps at the snapshot's MODSEQ, and the messages whose expunge
 * it was not told of.
 */
#include "src/base/arena.h"
#include "src/store/map.h"
#include "src/store/op_mail_priv.h"

static void unref_map(void *object)
{
	map_unref(object);
}

/* Free the caller's reference with scratch. */
static struct map *keep_map(struct op *op, struct map *map)
{
	arena_defer(op->scratch, unref_map, map);
	return map;
}

/* ---------------------------------------------------------------- the map of what exists */

static enum err read_map(struct op *op, const struct op_mailbox *mailbox, struct map **map_r)
{
	struct db_stmt *s = db_prepare(op->db,
	                               "SELECT uid FROM entry WHERE mailbox_id = ?1 ORDER BY uid");
	struct ranges uids = ranges_in(op->scratch);
	bool has_row;

	op_bind_u64(s, 1, mailbox->id);
	for (;;) {
		uint64_t uid;

		OP_TRY(op_step(op, s, &has_row));
		if (!has_row)
			break;
		uid = db_col_u64(s, 0);
		ranges_add(&uids, uid, uid);
	}
	*map_r = keep_map(op, map_new(mailbox->id, mailbox->modseq, uids.v, uids.n));
	return ERR_OK;
}

/* Bring a map of an older state up to the mailbox's MODSEQ. */
static enum err advance_map(struct op *op, const struct op_mailbox *mailbox, const struct map *old,
                            struct map **map_r)
{
	struct db_stmt *s = db_prepare(
		op->db, "SELECT kind, uids FROM change WHERE mailbox_id = ?1 AND modseq > ?2 "
			"AND kind IN (1, 3) ORDER BY modseq");
	struct ranges gone = ranges_in(op->scratch);
	struct ranges came = ranges_in(op->scratch);
	struct map *with;
	bool has_row;

	op_bind_u64(s, 1, mailbox->id);
	op_bind_u64(s, 2, old->modseq);
	for (;;) {
		OP_TRY(op_step(op, s, &has_row));
		if (!has_row)
			break;
		OP_TRY(ranges_parse(db_col_i64(s, 0) == OP_CHANGE_NEW ? &came : &gone,
		                    db_col_str(s, 1)));
	}
	/* A UID comes once and goes once, so all that came can be put in before all that went is
	 * taken out. */
	ranges_sort(&came);
	ranges_sort(&gone);
	if (!gone.n) {
		*map_r = keep_map(op, map_change(old, mailbox->modseq, NULL, 0, came.v, came.n));
		return ERR_OK;
	}
	with = map_change(old, mailbox->modseq, NULL, 0, came.v, came.n);
	*map_r = keep_map(op, map_change(with, mailbox->modseq, gone.v, gone.n, NULL, 0));
	map_unref(with);
	return ERR_OK;
}

enum err op_view_map(struct op *op, const struct op_mailbox *mailbox, struct map **map_r)
{
	struct map *old = NULL;
	uint64_t kept_modseq = 0, seen_uid = 0;

	if (op->maps)
		old = map_cache_get(op->maps, op->epoch, mailbox->id, mailbox->modseq);
	if (!old) {
		OP_TRY(op_keep_load(op, mailbox, &old, &seen_uid));
		kept_modseq = old ? old->modseq : 0;
	}
	if (old) {
		keep_map(op, old);
		if (old->modseq == mailbox->modseq && !kept_modseq) {
			*map_r = old;
			return ERR_OK;
		}
	}
	if (old && old->modseq == mailbox->modseq)
		*map_r = old;
	else if (old && old->modseq >= mailbox->change_floor)
		OP_TRY(advance_map(op, mailbox, old, map_r));
	else
		OP_TRY(read_map(op, mailbox, map_r));
	/* In a lane the transaction may still be rolled back, and its MODSEQs used again. */
	if (op->maps && op->is_reader)
		map_cache_put(op->maps, op->epoch, *map_r);
	if (op->maps && op->is_reader && kept_modseq)
		map_cache_seen_put(op->maps, op->epoch, mailbox->id, kept_modseq, seen_uid);
	return ERR_OK;
}

/* ---------------------------------------------------------------- views */

enum err op_view_expunged(struct op *op, const struct op_mailbox *mailbox, uint64_t since,
                          struct ranges *uids)
{
	struct db_stmt *s;
	bool has_row;

	if (since >= mailbox->modseq)
		return ERR_OK;
	s = db_prepare(op->db, "SELECT uids FROM change WHERE mailbox_id = ?1 AND modseq > ?2 "
	                       "AND kind = 3 ORDER BY modseq");
	op_bind_u64(s, 1, mailbox->id);
	op_bind_u64(s, 2, since);
	for (;;) {
		OP_TRY(op_step(op, s, &has_row));
		if (!has_row)
			break;
		OP_TRY(ranges_parse(uids, db_col_str(s, 0)));
	}
	ranges_sort(uids);
	return ERR_OK;
}

struct ranges op_view_within(struct op *op, const struct map *map, const struct ranges *spans)
{
	struct ranges there = ranges_in(op->scratch);

	there.v = map_within(map, op->scratch, spans->v, spans->n, &there.n, NULL);
	there.room = there.n;
	return there;
}

/* Only what is below `uidnext`. */
static void cut_off(struct ranges *uids, uint64_t uidnext)
{
	while (uids->n && uids->v[uids->n - 1].first >= uidnext)
		uids->n--;
	if (uids->n && uids->v[uids->n - 1].last >= uidnext)
		uids->v[uids->n - 1].last = uidnext - 1;
}

enum err op_view_open(struct op *op, const struct op_mailbox *mailbox,
                      const struct store_view *view, struct op_view *view_r)
{
	struct ranges held_back = ranges_in(op->scratch);
	struct map *existing, *map;
	uint64_t uidnext = view->uidnext < mailbox->uidnext ? view->uidnext : mailbox->uidnext;
	uint64_t exists;

	if (view->expunged < mailbox->change_floor)
		return err_set(op->info, ERR_NOTFOUND,
		               "a session was told of expunges last at "
		               "modseq %llu, the log begins at %llu",
		               (unsigned long long)view->expunged,
		               (unsigned long long)mailbox->change_floor);
	OP_TRY(op_view_map(op, mailbox, &existing));
	OP_TRY(op_view_expunged(op, mailbox, view->expunged, &held_back));
	cut_off(&held_back, uidnext);
	map = existing;
	if (held_back.n)
		map = keep_map(op, map_change(existing, mailbox->modseq, NULL, 0, held_back.v,
		                              held_back.n));
	exists = map_count_below(map, uidnext);
	*view_r = (struct op_view){
		.map = map,
		.existing = existing,
		.uidnext = uidnext,
		.exists = exists,
		.largest = exists ? map_uid_at(map, exists - 1) : 0,
	};
	return ERR_OK;
}

/* One end of a range; "*" is the largest there is. */
static uint64_t resolve_star(uint64_t end, uint64_t largest)
{
	return end == STORE_STAR ? largest : end;
}

enum err op_view_spans(struct op *op, const struct op_view *view, const struct store_set *set,
                       struct ranges *spans)
{
	uint64_t largest = set->is_uid ? view->largest : view->exists;

	for (size_t i = 0; i < set->n_ranges; i++) {
		bool has_star = set->ranges[i].first == STORE_STAR ||
		                set->ranges[i].last == STORE_STAR;
		uint64_t first = resolve_star(set->ranges[i].first, largest);
		uint64_t last = resolve_star(set->ranges[i].last, largest);

		/* "1:*" of an empty mailbox names nothing. */
		if (has_star && !largest)
			continue;
		if (first > last) {
			uint64_t swap = first;

			first = last;
			last = swap;
		}
		if (!first || (!set->is_uid && last > view->exists))
			return err_set(op->info, ERR_INVALID, "there is no message %llu",
			               (unsigned long long)(first ? last : 0));
		if (!set->is_uid) {
			/* What lies between two messages of the view lies between their numbers. */
			first = map_uid_at(view->map, first - 1);
			last = map_uid_at(view->map, last - 1);
		}
		if (first < view->uidnext)
			ranges_add(spans, first, last < view->uidnext ? last : view->uidnext - 1);
	}
	ranges_sort(spans);
	return ERR_OK;
}

enum err op_view_changed(struct op *op, const struct op_mailbox *mailbox, uint64_t since,
                         bool *is_known_r, struct ranges *uids)
{
	struct db_stmt *s;
	bool has_row;

	*is_known_r = since >= mailbox->change_floor;
	if (!*is_known_r || since >= mailbox->modseq)
		return ERR_OK;
	s = db_prepare(op->db, "SELECT uids FROM change WHERE mailbox_id = ?1 AND modseq > ?2 "
	                       "AND kind IN (1, 2) ORDER BY modseq");
	op_bind_u64(s, 1, mailbox->id);
	op_bind_u64(s, 2, since);
	for (;;) {
		OP_TRY(op_step(op, s, &has_row));
		if (!has_row)
			break;
		OP_TRY(ranges_parse(uids, db_col_str(s, 0)));
	}
	ranges_sort(uids);
	return ERR_OK;
}

/* ---------------------------------------------------------------- numbers */

enum err op_numbers(struct op *op, const struct store_numbers_req *q, struct store_numbers_res *r)
{
	struct ranges spans = ranges_in(op->scratch);
	struct op_account account;
	struct op_mailbox mailbox;
	struct op_view view = { 0 };
	struct store_range *seqs;
	size_t n;

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_NONE, &account));
	OP_TRY(op_mailbox_load(op, account.id, q->mailbox_id, &mailbox));
	OP_TRY(op_view_open(op, &mailbox, &q->view, &view));
	OP_TRY(op_view_spans(op, &view, &q->set, &spans));
	r->uids = map_within(view.map, op->a, spans.v, spans.n, &n, &seqs);
	r->n_uids = n;
	r->seqs = seqs;
	r->n_seqs = n;
	return ERR_OK;
}
