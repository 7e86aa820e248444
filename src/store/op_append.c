#include <string.h>

#include "src/base/arena.h"
#include "src/store/op_mail_priv.h"

enum {
	ACCEPT_KEY_BYTES = 16
};

/* What is remembered under an accept key. */
struct appended {
	uint64_t mailbox_id, uidvalidity, uid;
};

static enum err take_key(struct op *op, struct str key, uint64_t msg_id, bool *is_new_r)
{
	struct db_stmt *s;
	uint64_t changed;

	*is_new_r = true;
	if (!key.n)
		return ERR_OK;
	s = db_prepare(op->db, "INSERT INTO accept_log (accept_key, msg_id, created) "
	                       "VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
	op_bind_blob(s, 1, key);
	op_bind_u64(s, 2, msg_id);
	db_bind_i64(s, 3, op->now_ms);
	OP_TRY(op_run_count(op, s, &changed));
	*is_new_r = changed > 0;
	return ERR_OK;
}

static enum err write_reply(struct op *op, struct str key, const struct appended *appended)
{
	struct db_stmt *s;

	if (!key.n)
		return ERR_OK;
	s = db_prepare(op->db, "UPDATE accept_log SET reply = ?2 WHERE accept_key = ?1");
	op_bind_blob(s, 1, key);
	op_bind_blob(s, 2, str_make(appended, sizeof(*appended)));
	return op_run(op, s);
}

static enum err answer_again(struct op *op, struct str key, struct store_append_res *r)
{
	struct db_stmt *s = db_prepare(op->db,
	                               "SELECT reply FROM accept_log WHERE accept_key = ?1");
	struct appended appended;
	struct str reply;

	op_bind_blob(s, 1, key);
	OP_TRY(op_row(op, s));
	reply = op_col_dup(op->scratch, s, 0);
	db_done(s);
	if (reply.n != sizeof(appended))
		return err_set(op->info, ERR_INVALID, "the accept key belongs to something else");
	memcpy(&appended, reply.p, sizeof(appended));
	/* Written again, so that this commit waits for the same replicas as the first one's. */
	OP_TRY(write_reply(op, key, &appended));
	*r = (struct store_append_res){ .mailbox_id = appended.mailbox_id,
		                        .uidvalidity = appended.uidvalidity,
		                        .uid = appended.uid };
	return ERR_OK;
}

static enum err append_new(struct op *op, const struct store_append_req *q, uint64_t msg_id,
                           struct op_account *account, struct op_mailbox *mailbox,
                           struct store_append_res *r)
{
	struct op_keywords keywords = op_keywords_in(op->scratch, account->id);
	struct op_entry entry = {
		.msg_id = msg_id,
		.flags = q->flags,
		.internaldate_ms = q->internaldate_ms ? q->internaldate_ms : op->now_ms,
		.saved_ms = op->now_ms,
	};
	struct appended appended;
	struct str bytes;
	uint64_t uid;

	OP_TRY(op_body_open(op, q->body, q->body_fd, q->body_size, &bytes));
	entry.size = bytes.n;
	if (op_account_is_full(op, account, entry.size))
		return err_set(op->info, ERR_QUOTA, "account %llu has no room for %zu octets",
		               (unsigned long long)account->id, bytes.n);
	OP_TRY(op_keywords_bits(op, &keywords, q->keywords, q->n_keywords, true, &entry.kw));
	OP_TRY(op_body_put(op, msg_id, bytes, &q->meta));
	OP_TRY(op_entry_add(op, account, mailbox, &entry, &uid));
	appended = (struct appended){ mailbox->id, mailbox->uidvalidity, uid };
	OP_TRY(write_reply(op, q->accept_key, &appended));
	*r = (struct store_append_res){ .mailbox_id = mailbox->id,
		                        .uidvalidity = mailbox->uidvalidity,
		                        .uid = uid };
	return ERR_OK;
}

enum err op_append(struct op *op, const struct store_append_req *q, struct store_append_res *r)
{
	struct op_account account;
	struct op_mailbox mailbox;
	uint64_t msg_id = op_new_id(op);
	bool is_new;

	if (q->accept_key.n && q->accept_key.n != ACCEPT_KEY_BYTES)
		return err_set(op->info, ERR_INVALID, "an accept key has %d octets",
		               ACCEPT_KEY_BYTES);
	if (q->flags & ~(uint32_t)STORE_FLAG_SYSTEM)
		return err_set(op->info, ERR_INVALID, "flags that are none");
	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_WAIT, &account));
	OP_TRY(take_key(op, q->accept_key, msg_id, &is_new));
	if (!is_new)
		return answer_again(op, q->accept_key, r);
	OP_TRY(op_mailbox_find(op, account.id, q->mailbox, &mailbox));
	if (mailbox.is_noselect)
		return err_set(op->info, ERR_NOTFOUND, "the mailbox is a mere level");
	return append_new(op, q, msg_id, &account, &mailbox, r);
}
