/*
 * The UIDs of a large mailbox as ranges in one row, so that the first SELECT after a start need not
 * look at every message.
 *
 * The row is a map as of its MODSEQ and is brought forward by the change log like any older map. It
 * is written by a SELECT that finds none, or one that is far behind; what is in it is never needed:
 * the entries say the same.
 */
#include "src/base/arena.h"
#include "src/store/map.h"
#include "src/store/op_mail_priv.h"

enum {
	KEEP_MESSAGES_MIN = 2000,
	KEEP_RANGES_MAX = 20000,
	KEEP_BEHIND_MAX = 5000, /* MODSEQs of the account, most of which are in other mailboxes */
};

static bool is_worth_it(const struct op_mailbox *mailbox)
{
	return mailbox->msgs >= KEEP_MESSAGES_MIN;
}

enum err op_keep_load(struct op *op, const struct op_mailbox *mailbox, struct map **map_r,
                      uint64_t *seen_uid_r)
{
	struct ranges uids = ranges_in(op->scratch);
	struct db_stmt *s;
	uint64_t modseq;
	bool has_row;

	*map_r = NULL;
	if (!is_worth_it(mailbox))
		return ERR_OK;
	s = db_prepare(op->db, "SELECT modseq, seen_uid, uids FROM mailbox_map "
	                       "WHERE mailbox_id = ?1 AND modseq >= ?2 AND modseq <= ?3");
	op_bind_u64(s, 1, mailbox->id);
	op_bind_u64(s, 2, mailbox->change_floor);
	op_bind_u64(s, 3, mailbox->modseq);
	OP_TRY(op_step(op, s, &has_row));
	if (!has_row)
		return ERR_OK;
	modseq = db_col_u64(s, 0);
	*seen_uid_r = db_col_u64(s, 1);
	OP_TRY(ranges_parse(&uids, db_col_str(s, 2)));
	db_done(s);
	*map_r = map_new(mailbox->id, modseq, uids.v, uids.n);
	return ERR_OK;
}

enum err op_keep_is_due(struct op *op, const struct op_mailbox *mailbox, const struct map *map,
                        bool *is_due_r)
{
	struct db_stmt *s;
	uint64_t modseq;

	*is_due_r = false;
	if (!is_worth_it(mailbox) || map->n > KEEP_RANGES_MAX)
		return ERR_OK;
	s = db_prepare(op->db, "SELECT modseq FROM mailbox_map WHERE mailbox_id = ?1");
	op_bind_u64(s, 1, mailbox->id);
	OP_TRY(op_number(op, s, &modseq));
	*is_due_r = !modseq || modseq < mailbox->change_floor ||
	            mailbox->modseq - modseq > KEEP_BEHIND_MAX;
	return ERR_OK;
}

enum err op_keep_save(struct op *op, const struct op_mailbox *mailbox, const struct map *map,
                      uint64_t seen_uid)
{
	struct ranges uids = ranges_in(op->scratch);
	struct db_stmt *s = db_prepare(
		op->db, "INSERT INTO mailbox_map (mailbox_id, modseq, seen_uid, uids) "
			"VALUES (?1, ?2, ?3, ?4) ON CONFLICT (mailbox_id) DO UPDATE SET "
			"modseq = excluded.modseq, seen_uid = excluded.seen_uid, "
			"uids = excluded.uids");

	for (size_t i = 0; i < map->n; i++)
		ranges_add(&uids, map->v[i].first, map->v[i].last);
	op_bind_u64(s, 1, mailbox->id);
	op_bind_u64(s, 2, mailbox->modseq);
	op_bind_u64(s, 3, seen_uid);
	db_bind_text(s, 4, ranges_text(&uids, op->scratch));
	return op_run(op, s);
}
