/*
 * What a client that comes back must forget: the UIDs among those it knows that have been expunged
 * since the MODSEQ it was told last (RFC 7162 section 3.2.5, 3.2.6).
 */
#include "src/base/arena.h"
#include "src/store/map.h"
#include "src/store/op_mail_priv.h"

/* Pairs looked at; a client gives some twenty. */
enum {
	PAIRS_MAX = 10000
};

/*
 * Has the mailbox ever been at this MODSEQ? Each MODSEQ of a mailbox has a row in the log until it
 * is folded; a number above the floor without one comes from a history that a restore or a failover
 * has undone, and says nothing about what the client knows.
 */
static enum err is_ours(struct op *op, const struct op_mailbox *mailbox, uint64_t modseq,
                        bool *is_ours_r)
{
	struct db_stmt *s;
	uint64_t found;

	*is_ours_r = true;
	if (modseq == mailbox->modseq || modseq <= mailbox->change_floor)
		return ERR_OK;
	s = db_prepare(op->db, "SELECT modseq FROM change WHERE mailbox_id = ?1 AND modseq = ?2 "
	                       "LIMIT 1");
	op_bind_u64(s, 1, mailbox->id);
	op_bind_u64(s, 2, modseq);
	OP_TRY(op_number(op, s, &found));
	*is_ours_r = found > 0;
	return ERR_OK;
}

/* Iterates the numbers of ranges. */
struct numbers {
	const struct store_range *v;
	size_t n, i;
	uint64_t done; /* of range `i` */
};

static bool next_number(struct numbers *numbers, uint64_t *number_r)
{
	const struct store_range *r = &numbers->v[numbers->i];

	if (numbers->i == numbers->n)
		return false;
	*number_r = r->first + numbers->done++;
	if (*number_r == r->last) {
		numbers->i++;
		numbers->done = 0;
	}
	return true;
}

/*
 * The highest UID of the client's sample that still has the number it had: below it nothing has
 * gone that the client does not know of.
 */
static uint64_t find_match(const struct op_view *view, const struct store_vanished_req *q)
{
	struct numbers seqs = { .v = q->match_seqs, .n = q->n_match_seqs };
	struct numbers uids = { .v = q->match_uids, .n = q->n_match_uids };
	uint64_t seq, uid, matched = 0;

	for (size_t i = 0; i < PAIRS_MAX && next_number(&seqs, &seq) && next_number(&uids, &uid);
	     i++) {
		if (uid > matched && uid < view->uidnext && map_has(view->map, uid) &&
		    map_count_below(view->map, uid) + 1 == seq)
			matched = uid;
	}
	return matched;
}

/* By the log: expunges after `since` that the session's view has been told of. */
static enum err gone_by_log(struct op *op, const struct op_mailbox *mailbox, uint64_t since,
                            uint64_t upto, struct ranges *gone)
{
	struct db_stmt *s = db_prepare(op->db, "SELECT uids FROM change WHERE mailbox_id = ?1 "
	                                       "AND modseq > ?2 AND modseq <= ?3 AND kind = 3 "
	                                       "ORDER BY modseq");
	bool has_row;

	op_bind_u64(s, 1, mailbox->id);
	op_bind_u64(s, 2, since);
	op_bind_u64(s, 3, upto);
	for (;;) {
		OP_TRY(op_step(op, s, &has_row));
		if (!has_row)
			break;
		OP_TRY(ranges_parse(gone, db_col_str(s, 0)));
	}
	ranges_sort(gone);
	return ERR_OK;
}

/* Everything that the view does not have. */
static void gone_by_view(struct op *op, const struct op_view *view, const struct ranges *known,
                         struct ranges *gone)
{
	for (size_t i = 0; i < known->n; i++) {
		uint64_t from = known->v[i].first;
		size_t n;
		struct store_range *there = map_within(view->map, op->scratch, &known->v[i], 1, &n,
		                                       NULL);

		for (size_t j = 0; j < n && there[j].first < view->uidnext; j++) {
			if (there[j].first > from)
				ranges_add(gone, from, there[j].first - 1);
			from = there[j].last < view->uidnext ? there[j].last + 1 : view->uidnext;
		}
		if (from <= known->v[i].last)
			ranges_add(gone, from, known->v[i].last);
	}
}

/* The client's UIDs, sorted, without "*" and what lies at or below `matched`. */
static void list_known(const struct op_view *view, const struct store_vanished_req *q,
                       uint64_t matched, struct ranges *known)
{
	for (size_t i = 0; i < q->known.n_ranges; i++) {
		uint64_t first = q->known.ranges[i].first;
		uint64_t last = q->known.ranges[i].last;

		if (last == STORE_STAR)
			last = view->uidnext - 1;
		if (first == STORE_STAR)
			first = view->largest;
		if (first <= matched)
			first = matched + 1;
		if (first <= last)
			ranges_add(known, first, last);
	}
	ranges_sort(known);
}

enum err op_vanished(struct op *op, const struct store_vanished_req *q,
                     struct store_vanished_res *r)
{
	struct ranges known = ranges_in(op->scratch);
	struct ranges gone = ranges_in(op->scratch);
	struct ranges told = ranges_in(op->a);
	struct op_account account;
	struct op_mailbox mailbox;
	struct op_view view;
	bool is_known;

	if (!q->known.is_uid)
		return err_set(op->info, ERR_INVALID, "the known messages are given by UID");
	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_NONE, &account));
	OP_TRY(op_mailbox_load(op, account.id, q->mailbox_id, &mailbox));
	OP_TRY(op_view_open(op, &mailbox, &q->view, &view));
	OP_TRY(is_ours(op, &mailbox, q->since, &is_known));
	list_known(&view, q, find_match(&view, q), &known);
	if (is_known) {
		OP_TRY(gone_by_log(op, &mailbox, q->since, q->view.expunged, &gone));
		ranges_and(&told, &known, &gone);
	} else {
		gone_by_view(op, &view, &known, &told);
	}
	*r = (struct store_vanished_res){ .changedsince = is_known ? q->since : 0,
		                          .uids = told.v,
		                          .n_uids = told.n };
	return ERR_OK;
}
