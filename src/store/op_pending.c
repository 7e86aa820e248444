/*
 * Local deliveries that had to wait: the account was locked, moving or full when the message was
 * accepted. The queue row goes and the message comes in one transaction, so it is delivered exactly
 * once.
 */
#include "src/base/arena.h"
#include "src/store/op_mail_priv.h"

static const int64_t retry_full_ms = 5LL * 60 * 1000;

struct pending {
	uint64_t id, qmsg_id, msg_id, account_id, mailbox_id, msg_size;
	uint32_t flags, attempts;
	struct str rcpt, prefix;
	int64_t created;
};

static enum err load_pending(struct op *op, uint32_t max, struct pending **list_r, size_t *n_r)
{
	struct db_stmt *s = db_prepare(
		op->db,
		"SELECT r.id, r.qmsg_id, m.id, r.account_id, r.mailbox_id, m.size, r.flags, "
		"r.attempts, r.rcpt, "
		"r.prefix, q.created FROM queue_rcpt r JOIN queue_msg q ON q.id = r.qmsg_id "
		"JOIN msg m ON m.id = q.msg_id "
		"WHERE r.kind = 1 AND r.next_at <= ?1 ORDER BY r.next_at LIMIT ?2");
	struct pending *list = arena_array(op->scratch, max, sizeof(*list));
	bool has_row;
	size_t n = 0;

	db_bind_i64(s, 1, op->now_ms);
	db_bind_i64(s, 2, max);
	for (;;) {
		OP_TRY(op_step(op, s, &has_row));
		if (!has_row)
			break;
		list[n++] = (struct pending){
			.id = db_col_u64(s, 0),
			.qmsg_id = db_col_u64(s, 1),
			.msg_id = db_col_u64(s, 2),
			.account_id = db_col_u64(s, 3),
			.mailbox_id = db_col_u64(s, 4),
			.msg_size = db_col_u64(s, 5),
			.flags = (uint32_t)db_col_u64(s, 6),
			.attempts = (uint32_t)db_col_u64(s, 7),
			.rcpt = op_col_dup(op->scratch, s, 8),
			.prefix = op_col_dup(op->scratch, s, 9),
			.created = db_col_i64(s, 10),
		};
	}
	*list_r = list;
	*n_r = n;
	return ERR_OK;
}

static enum err wait_longer(struct op *op, const struct pending *p, struct str why)
{
	struct db_stmt *s = db_prepare(op->db, "UPDATE queue_rcpt SET attempts = attempts + 1, "
	                                       "next_at = ?2, last_reply = ?3 WHERE id = ?1");
	int64_t times = p->attempts < 12 ? p->attempts + 1 : 12;

	op_bind_u64(s, 1, p->id);
	db_bind_i64(s, 2, op->now_ms + times * retry_full_ms);
	db_bind_text(s, 3, why);
	return op_run(op, s);
}

/* Take the row away; false when somebody else did. The last one takes its message along. */
static enum err take_row(struct op *op, const struct pending *p, bool *is_ours_r)
{
	struct db_stmt *s = db_prepare(op->db, "DELETE FROM queue_rcpt WHERE id = ?1");
	uint64_t changed;

	op_bind_u64(s, 1, p->id);
	OP_TRY(op_run_count(op, s, &changed));
	*is_ours_r = changed > 0;
	if (!changed)
		return ERR_OK;
	s = db_prepare(op->db, "DELETE FROM queue_msg WHERE id = ?1 AND NOT EXISTS "
	                       "(SELECT 1 FROM queue_rcpt WHERE qmsg_id = ?1)");
	op_bind_u64(s, 1, p->qmsg_id);
	return op_run(op, s);
}

static enum err discard(struct op *op, const struct pending *p)
{
	struct db_stmt *s;
	bool is_ours;

	OP_TRY(take_row(op, p, &is_ours));
	if (!is_ours)
		return ERR_OK;
	s = db_prepare(op->db, "INSERT INTO gc_candidate (due, msg_id, mailbox_id, uid, flags, "
	                       "internaldate, saved, size) "
	                       "VALUES (?1, ?2, 0, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING");
	db_bind_i64(s, 1, op->now_ms);
	op_bind_u64(s, 2, p->msg_id);
	OP_TRY(op_run(op, s));
	return op_ledger_final(op, p->msg_id, p->id, OP_EVENT_DISCARDED, p->rcpt,
	                       STR("the account was deleted"));
}

static enum err deliver_row(struct op *op, const struct pending *p, struct op_account *account,
                            bool *is_delivered_r)
{
	struct op_mailbox mailbox;
	struct op_entry entry = {
		.msg_id = p->msg_id,
		.flags = p->flags,
		.internaldate_ms = p->created,
		.saved_ms = op->now_ms,
		.size = p->msg_size + p->prefix.n,
		.prefix = p->prefix,
	};
	struct str detail;
	uint64_t uid;

	OP_TRY(take_row(op, p, is_delivered_r));
	if (!*is_delivered_r)
		return ERR_OK;
	OP_TRY(op_mailbox_target(op, account, p->mailbox_id, &mailbox));
	OP_TRY(op_entry_add(op, account, &mailbox, &entry, &uid));
	detail = str_printf(op->scratch, "mailbox %llu uid %llu", (unsigned long long)mailbox.id,
	                    (unsigned long long)uid);
	return op_ledger_final(op, p->msg_id, p->id, OP_EVENT_DELIVERED, p->rcpt, detail);
}

static enum err settle_row(struct op *op, const struct pending *p, bool *is_delivered_r)
{
	struct op_account account;
	enum err err = op_account_load(op, p->account_id, OP_LOCK_SKIP, &account);

	if (err == ERR_NOTFOUND) {
		err = op_account_load(op, p->account_id, OP_LOCK_NONE, &account);
		/* There, but locked by somebody: the next round. */
		return err == ERR_NOTFOUND ? discard(op, p) : err;
	}
	if (err)
		return err;
	if (account.state != STORE_ACCOUNT_ACTIVE)
		return wait_longer(op, p, STR("the account is locked or moving"));
	if (op_account_is_full(op, &account, 1, p->msg_size + p->prefix.n))
		return wait_longer(op, p, STR("the account is over its quota"));
	return deliver_row(op, p, &account, is_delivered_r);
}

/* One that cannot be delivered must not keep the others back. */
static enum err try_row(struct op *op, const struct pending *p, uint64_t *delivered)
{
	bool is_delivered = false;
	enum err err;

	OP_TRY(db_savepoint(op->db));
	err = settle_row(op, p, &is_delivered);
	if (!err) {
		*delivered += is_delivered;
		return db_savepoint_release(op->db);
	}
	if (err == ERR_BUSY || err == ERR_IO || err == ERR_TIMEOUT)
		return err;
	OP_TRY(db_savepoint_rollback(op->db));
	return wait_longer(op, p, str_printf(op->scratch, "%.200s", op->info->text));
}

enum err op_deliver_pending(struct op *op, uint32_t max, uint64_t *delivered_r)
{
	struct pending *list;
	size_t n;

	*delivered_r = 0;
	OP_TRY(load_pending(op, max, &list, &n));
	for (size_t i = 0; i < n; i++)
		OP_TRY(try_row(op, &list[i], delivered_r));
	return ERR_OK;
}
