/*
 * What happened since a session was told last.
 */
#include <stdlib.h>

#include "src/base/arena.h"
#include "src/store/flag_block.h"
#include "src/store/map.h"
#include "src/store/op_mail_priv.h"

/* ---------------------------------------------------------------- expunges */

/* In the numbers of the old view, so that a client that goes from the highest down stays in step.
 */
static void tell_expunged(struct op *op, const struct op_view *old, struct ranges *gone,
                          struct store_sync_res *r)
{
	struct store_range *uids, *seqs;
	size_t n;

	while (gone->n && gone->v[gone->n - 1].first >= old->uidnext)
		gone->n--;
	if (gone->n && gone->v[gone->n - 1].last >= old->uidnext)
		gone->v[gone->n - 1].last = old->uidnext - 1;
	uids = map_within(old->map, op->a, gone->v, gone->n, &n, &seqs);
	for (size_t i = 0; i < n / 2; i++) {
		struct store_range swap = seqs[i];

		seqs[i] = seqs[n - 1 - i];
		seqs[n - 1 - i] = swap;
	}
	r->expunged_uids = uids;
	r->n_expunged_uids = n;
	r->expunged_seqs = seqs;
	r->n_expunged_seqs = n;
}

/* ---------------------------------------------------------------- flags */

/* Which messages to look at, and up to which MODSEQ this answer goes. */
struct flags_slice {
	struct ranges uids;
	uint64_t upto;
	bool has_more;
};

static bool is_own(const struct store_sync_req *q, uint64_t modseq)
{
	for (size_t i = q->n_own; i > 0; i--) {
		if (q->own[i - 1].first <= modseq)
			return modseq <= q->own[i - 1].last;
	}
	return false;
}

/*
 * By the change log, whole operations at a time: all messages that got the same MODSEQ are told
 * together, because the caller goes on from a MODSEQ.
 */
static enum err slice_by_log(struct op *op, const struct op_mailbox *mailbox,
                             const struct store_sync_req *q, struct flags_slice *slice)
{
	uint64_t since = q->flags_modseq;
	struct db_stmt *s = db_prepare(
		op->db, "SELECT modseq, uids FROM change WHERE mailbox_id = ?1 AND modseq > ?2 "
			"AND kind IN (1, 2) ORDER BY modseq");
	uint64_t last = since;
	bool has_row;

	op_bind_u64(s, 1, mailbox->id);
	op_bind_u64(s, 2, since);
	for (;;) {
		OP_TRY(op_step(op, s, &has_row));
		if (!has_row)
			break;
		if (is_own(q, db_col_u64(s, 0)))
			continue;
		if (db_col_u64(s, 0) != last && ranges_count(&slice->uids) >= q->max_flags) {
			slice->upto = last;
			slice->has_more = true;
			break;
		}
		last = db_col_u64(s, 0);
		OP_TRY(ranges_parse(&slice->uids, db_col_str(s, 1)));
	}
	db_done(s);
	ranges_sort(&slice->uids);
	return ERR_OK;
}

static int compare_modseqs(const void *x, const void *y)
{
	const uint64_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

/* The log was folded since: look at every message, and begin with the oldest changes. */
static enum err slice_by_scan(struct op *op, const struct op_mailbox *mailbox,
                              const struct op_view *view, uint64_t since, uint32_t max,
                              struct flags_slice *slice)
{
	struct op_flags *flags;
	uint64_t *modseqs = arena_array(op->scratch, view->existing->total + 1, sizeof *modseqs);
	size_t n = 0;
	bool has_run = true;

	for (size_t i = 0; i < view->existing->n; i++)
		ranges_add(&slice->uids, view->existing->v[i].first, view->existing->v[i].last);
	flags = op_flags_walk(op, mailbox->id, &slice->uids, OP_FLAGS_ALL);
	while (has_run) {
		struct flag_run run = { 0 };

		OP_TRY(op_flags_next(flags, &run, &has_run));
		for (uint64_t uid = run.first; has_run && run.modseq > since && uid <= run.last;
		     uid++)
			modseqs[n++] = run.modseq;
	}
	if (n < max)
		return ERR_OK;
	qsort(modseqs, n, sizeof *modseqs, compare_modseqs);
	if (modseqs[max - 1] < mailbox->modseq) {
		slice->upto = modseqs[max - 1];
		slice->has_more = true;
	}
	return ERR_OK;
}

struct flags_list {
	struct store_flags_change *v;
	size_t n, room;
};

static struct store_flags_change *add_flags(struct op *op, struct flags_list *list)
{
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 16;

		list->v = arena_grow(op->a, list->v, list->room * sizeof(*list->v),
		                     room * sizeof(*list->v));
		list->room = room;
	}
	return &list->v[list->n++];
}

static enum err add_run(struct op *op, const struct op_view *view, const struct flag_run *run,
                        struct op_keywords *keywords, struct flags_list *list)
{
	for (uint64_t uid = run->first; uid <= run->last; uid++) {
		struct store_flags_change *change = add_flags(op, list);

		*change = (struct store_flags_change){
			.uid = uid,
			.modseq = run->modseq,
			.flags = run->flags,
			.seq = map_count_below(view->map, uid) + 1,
		};
		OP_TRY(op_keywords_names(op, keywords, run->kw, &change->keywords,
		                         &change->n_keywords));
	}
	return ERR_OK;
}

static enum err read_flags(struct op *op, const struct op_mailbox *mailbox,
                           const struct op_view *view, const struct flags_slice *slice,
                           uint64_t since, struct op_keywords *keywords, struct flags_list *list)
{
	struct ranges there = op_view_within(op, view->existing, &slice->uids);
	struct op_flags *flags = op_flags_walk(op, mailbox->id, &there, OP_FLAGS_ALL);
	struct flag_run run;
	bool has_run;

	for (;;) {
		OP_TRY(op_flags_next(flags, &run, &has_run));
		if (!has_run)
			return ERR_OK;
		if (run.modseq > since && run.modseq <= slice->upto)
			OP_TRY(add_run(op, view, &run, keywords, list));
	}
}

static enum err tell_flags(struct op *op, const struct op_mailbox *mailbox,
                           const struct op_view *view, const struct store_sync_req *q,
                           struct store_sync_res *r)
{
	struct op_keywords keywords = op_keywords_in(op->a, mailbox->account_id);
	struct flags_slice slice = { .uids = ranges_in(op->scratch), .upto = mailbox->modseq };
	struct flags_list list = { 0 };

	r->flags_modseq = q->flags_modseq;
	if (!q->max_flags || q->flags_modseq >= mailbox->modseq)
		return ERR_OK;
	if (q->flags_modseq >= mailbox->change_floor)
		OP_TRY(slice_by_log(op, mailbox, q, &slice));
	else
		OP_TRY(slice_by_scan(op, mailbox, view, q->flags_modseq, q->max_flags, &slice));
	OP_TRY(read_flags(op, mailbox, view, &slice, q->flags_modseq, &keywords, &list));
	r->flags = list.v;
	r->n_flags = list.n;
	r->flags_modseq = slice.upto;
	r->has_more = slice.has_more;
	return op_keywords_younger(op, &keywords, q->keywords_told, &r->keywords, &r->n_keywords,
	                           &r->keywords_told);
}

/* ---------------------------------------------------------------- sync */

enum err op_sync(struct op *op, const struct store_sync_req *q, struct store_sync_res *r)
{
	struct store_sync_res told = { 0 };
	struct op_account account;
	struct op_mailbox mailbox;
	struct op_view old, view;

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_NONE, &account));
	OP_TRY(op_mailbox_load(op, account.id, q->mailbox_id, &mailbox));
	OP_TRY(op_view_open(op, &mailbox, &q->view, &old));
	told.view = (struct store_view){ .uidnext = mailbox.uidnext, .expunged = q->view.expunged };
	if (q->wants_expunges && q->view.expunged < mailbox.modseq) {
		struct ranges gone = ranges_in(op->scratch);

		OP_TRY(op_view_expunged(op, &mailbox, q->view.expunged, &gone));
		tell_expunged(op, &old, &gone, &told);
		told.view.expunged = mailbox.modseq;
	}
	OP_TRY(op_view_open(op, &mailbox, &told.view, &view));
	told.exists = view.exists;
	told.recent = view.exists - map_count_below(view.map, old.uidnext);
	OP_TRY(tell_flags(op, &mailbox, &view, q, &told));
	*r = told;
	return ERR_OK;
}
