/*
 * Messages in mailboxes: put in, copied, expunged.
 */
#include "src/base/arena.h"
#include "src/store/flag_block.h"
#include "src/store/op_mail_priv.h"

static enum err insert(struct op *op, uint64_t mailbox_id, uint64_t uid, uint64_t modseq,
                       const struct op_entry *entry)
{
	struct db_stmt *s = db_prepare(op->db,
	                               "INSERT INTO entry (mailbox_id, uid, msg_id, modseq, flags, "
	                               "kw, internaldate, saved, size, "
	                               "prefix, uidl) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
	                               "?10, ?11)");

	op_bind_u64(s, 1, mailbox_id);
	op_bind_u64(s, 2, uid);
	op_bind_u64(s, 3, entry->msg_id);
	op_bind_u64(s, 4, modseq);
	op_bind_u64(s, 5, entry->flags & STORE_FLAG_SYSTEM);
	op_bind_blob_or_null(s, 6, entry->kw);
	db_bind_i64(s, 7, entry->internaldate_ms);
	db_bind_i64(s, 8, entry->saved_ms);
	op_bind_u64(s, 9, entry->size);
	op_bind_blob_or_null(s, 10, entry->prefix);
	if (entry->uidl.n)
		db_bind_text(s, 11, entry->uidl);
	else
		db_bind_null(s, 11);
	return op_run(op, s);
}

enum err op_entry_add(struct op *op, struct op_account *account, struct op_mailbox *mailbox,
                      const struct op_entry *entry, uint64_t *uid_r)
{
	struct ranges uids = ranges_in(op->scratch);
	struct op_count count = { 0 };
	uint64_t modseq = op_account_modseq(op, account);
	uint64_t uidnext = mailbox->uidnext;
	uint64_t uid;

	OP_TRY(op_mailbox_take_uids(op, mailbox, 1, &uid));
	OP_TRY(insert(op, mailbox->id, uid, modseq, entry));
	OP_TRY(op_flags_close(op, mailbox->id, uidnext, mailbox->uidnext));
	ranges_add(&uids, uid, uid);
	OP_TRY(op_change_add(op, mailbox->id, modseq, OP_CHANGE_NEW,
	                     ranges_text(&uids, op->scratch)));
	op_count_message(&count, entry->flags, entry->size);
	op_mailbox_count_in(mailbox, &count);
	op_account_count_in(account, &count);
	mailbox->modseq = modseq;
	OP_TRY(op_mailbox_save(op, mailbox));
	OP_TRY(op_account_save(op, account));
	*uid_r = uid;
	return ERR_OK;
}

/* ---------------------------------------------------------------- looking over spans */

static void bind_span(struct db_stmt *s, uint64_t mailbox_id, const struct store_range *span)
{
	op_bind_u64(s, 1, mailbox_id);
	op_bind_u64(s, 2, span->first);
	op_bind_u64(s, 3, span->last < INT64_MAX ? span->last : INT64_MAX);
}

/* UIDs of messages within spans and what they count, up to `max`. */
static enum err look_over(struct op *op, uint64_t mailbox_id, const struct ranges *spans,
                          uint64_t max, struct ranges *uids, struct op_count *count)
{
	struct op_flags *flags = op_flags_walk(op, mailbox_id, spans, OP_FLAGS_ALL);

	for (size_t i = 0; i < spans->n && count->msgs < max; i++) {
		struct db_stmt *s = db_prepare(op->db, "SELECT uid, size FROM entry WHERE "
		                                       "mailbox_id = ?1 AND uid >= ?2 AND uid <= "
		                                       "?3 ORDER BY uid LIMIT ?4");
		const struct flag_run *run;
		bool has_row;

		bind_span(s, mailbox_id, &spans->v[i]);
		op_bind_u64(s, 4, max - count->msgs);
		for (;;) {
			uint64_t uid;

			OP_TRY(op_step(op, s, &has_row));
			if (!has_row)
				break;
			uid = db_col_u64(s, 0);
			OP_TRY(op_flags_at(flags, uid, &run));
			ranges_add(uids, uid, uid);
			op_count_message(count, run->flags, db_col_u64(s, 1));
		}
	}
	return ERR_OK;
}

enum err op_entry_delete(struct op *op, uint64_t mailbox_id, const struct ranges *spans,
                         uint64_t *gone_r)
{
	*gone_r = 0;
	for (size_t i = 0; i < spans->n; i++) {
		struct db_stmt *s = db_prepare(
			op->db,
			"DELETE FROM entry WHERE mailbox_id = ?1 AND uid >= ?2 AND uid <= ?3");

		uint64_t gone = 0;

		bind_span(s, mailbox_id, &spans->v[i]);
		OP_TRY(op_run_count(op, s, &gone));
		*gone_r += gone;
	}
	return op_flags_drop(op, mailbox_id, spans);
}

/* The same of messages that have been counted. */
static enum err delete_counted(struct op *op, uint64_t mailbox_id, const struct ranges *spans,
                               uint64_t n)
{
	uint64_t gone;

	OP_TRY(op_entry_delete(op, mailbox_id, spans, &gone));
	if (gone != n)
		return err_set(op->info, ERR_CORRUPT, "of %llu messages %llu could be deleted",
		               (unsigned long long)n, (unsigned long long)gone);
	return ERR_OK;
}

/* ---------------------------------------------------------------- expunge */

enum err op_entry_remember(struct op *op, uint64_t mailbox_id, const struct ranges *spans)
{
	uint64_t undelete_ms = op->options ? op->options->undelete_ms : 0;
	struct op_flags *flags = op_flags_walk(op, mailbox_id, spans, OP_FLAGS_ALIKE);
	struct flag_run run;
	bool has_run;

	for (;;) {
		struct db_stmt *s;

		OP_TRY(op_flags_next(flags, &run, &has_run));
		if (!has_run)
			return ERR_OK;
		s = db_prepare(op->db, "INSERT INTO gc_candidate (due, msg_id, mailbox_id, uid, "
		                       "flags, kw, internaldate, saved, size, uidl, prefix) "
		                       "SELECT ?4, msg_id, mailbox_id, uid, ?5, ?6, internaldate, "
		                       "saved, size, uidl, prefix FROM entry WHERE mailbox_id = ?1 "
		                       "AND uid >= ?2 AND uid <= ?3");
		bind_span(s, mailbox_id, &(struct store_range){ run.first, run.last });
		db_bind_i64(s, 4, op->now_ms + (int64_t)undelete_ms);
		op_bind_u64(s, 5, run.flags);
		op_bind_blob_or_null(s, 6, run.kw);
		OP_TRY(op_run(op, s));
	}
}

/* What of the spans is not behind `last`. */
static struct ranges spans_upto(struct op *op, const struct ranges *spans, uint64_t last)
{
	struct store_range all = { 1, last };
	struct ranges some = ranges_in(op->scratch);

	ranges_and(&some, spans, &(struct ranges){ .v = &all, .n = 1 });
	return some;
}

enum err op_entry_expunge(struct op *op, struct op_account *account, struct op_mailbox *mailbox,
                          const struct ranges *spans, bool is_deleted_only, uint64_t max,
                          struct ranges *gone_r, bool *has_more_r)
{
	struct ranges deleted = ranges_in(op->scratch);
	struct op_count count = { 0 };
	struct ranges those;

	if (is_deleted_only) {
		OP_TRY(op_flags_find(op, mailbox->id, spans, STORE_FLAG_DELETED, 0, &deleted));
		spans = &deleted;
	}
	OP_TRY(look_over(op, mailbox->id, spans, max, gone_r, &count));
	*has_more_r = count.msgs == max;
	if (!gone_r->n)
		return ERR_OK;
	those = spans_upto(op, spans, gone_r->v[gone_r->n - 1].last);
	OP_TRY(op_entry_remember(op, mailbox->id, &those));
	OP_TRY(delete_counted(op, mailbox->id, &those, count.msgs));
	mailbox->modseq = op_account_modseq(op, account);
	op_mailbox_count_out(mailbox, &count);
	op_account_count_out(account, &count);
	return op_change_add(op, mailbox->id, mailbox->modseq, OP_CHANGE_EXPUNGED,
	                     ranges_text(gone_r, op->scratch));
}

/* ---------------------------------------------------------------- copy */

/* Messages that have the same flags; their UIDs there are `first` and what follows. */
static enum err copy_run(struct op *op, uint64_t from_id, const struct flag_run *run,
                         uint64_t to_id, uint64_t first, uint64_t modseq, uint64_t *copied_r)
{
	struct db_stmt *s = db_prepare(op->db, "INSERT INTO entry (mailbox_id, uid, msg_id, "
	                                       "modseq, flags, kw, internaldate, saved, size, "
	                                       "prefix) SELECT ?4, ?5 + ROW_NUMBER() OVER (ORDER "
	                                       "BY uid) - 1, msg_id, ?6, ?8, ?9, "
	                                       "internaldate, ?7, size, prefix FROM entry "
	                                       "WHERE mailbox_id = ?1 AND uid >= ?2 AND uid <= ?3");

	bind_span(s, from_id, &(struct store_range){ run->first, run->last });
	op_bind_u64(s, 4, to_id);
	op_bind_u64(s, 5, first);
	op_bind_u64(s, 6, modseq);
	db_bind_i64(s, 7, op->now_ms);
	op_bind_u64(s, 8, run->flags);
	op_bind_blob_or_null(s, 9, run->kw);
	return op_run_count(op, s, copied_r);
}

/* All of the spans, from UID `first` on; `*next_r`: behind the last one. */
static enum err copy_spans(struct op *op, uint64_t from_id, const struct ranges *spans,
                           uint64_t to_id, uint64_t first, uint64_t modseq, uint64_t *next_r)
{
	struct op_flags *flags = op_flags_walk(op, from_id, spans, OP_FLAGS_ALIKE);
	struct flag_run run;
	bool has_run = true;

	*next_r = first;
	while (has_run) {
		uint64_t made = 0;

		OP_TRY(op_flags_next(flags, &run, &has_run));
		if (has_run)
			OP_TRY(copy_run(op, from_id, &run, to_id, *next_r, modseq, &made));
		*next_r += made;
	}
	return ERR_OK;
}

static enum err log_copy(struct op *op, struct op_mailbox *from, struct op_mailbox *to,
                         uint64_t modseq, uint64_t first, uint64_t n, const struct ranges *moved)
{
	struct ranges came = ranges_in(op->scratch);

	ranges_add(&came, first, first + n - 1);
	to->modseq = modseq;
	OP_TRY(op_change_add(op, to->id, modseq, OP_CHANGE_NEW, ranges_text(&came, op->scratch)));
	if (!moved)
		return ERR_OK;
	from->modseq = modseq;
	return op_change_add(op, from->id, modseq, OP_CHANGE_EXPUNGED,
	                     ranges_text(moved, op->scratch));
}

enum err op_entry_copy(struct op *op, struct op_account *account, struct op_mailbox *from,
                       struct op_mailbox *to, const struct ranges *spans, bool is_move,
                       struct op_copied *copied)
{
	struct op_count count = { 0 };
	uint64_t uidnext = to->uidnext;
	uint64_t n, first, modseq, next;

	OP_TRY(look_over(op, from->id, spans, UINT64_MAX, &copied->from_uids, &count));
	n = count.msgs;
	if (!n)
		return ERR_OK;
	if (!is_move && op_account_is_full(op, account, n, count.bytes))
		return err_set(op->info, ERR_QUOTA,
		               "account %llu has no room for a copy of %llu octets",
		               (unsigned long long)account->id, (unsigned long long)count.bytes);
	OP_TRY(op_mailbox_take_uids(op, to, n, &first));
	modseq = op_account_modseq(op, account);
	OP_TRY(copy_spans(op, from->id, spans, to->id, first, modseq, &next));
	if (next != first + n)
		return err_set(op->info, ERR_CORRUPT, "a copy of %llu messages made %llu",
		               (unsigned long long)n, (unsigned long long)(next - first));
	OP_TRY(op_flags_close(op, to->id, uidnext, to->uidnext));
	op_mailbox_count_in(to, &count);
	if (is_move) {
		OP_TRY(delete_counted(op, from->id, spans, n));
		op_mailbox_count_out(from, &count);
	} else {
		op_account_count_in(account, &count);
	}
	copied->first = first;
	copied->modseq = modseq;
	return log_copy(op, from, to, modseq, first, n, is_move ? &copied->from_uids : NULL);
}
