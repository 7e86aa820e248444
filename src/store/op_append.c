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

/* The limit is for each message; the lane has mapped what came as a file. */
static enum err open_all(struct op *op, const struct store_append_req *q, struct str *bytes_r)
{
	uint64_t max = op->options ? op->options->message_max_bytes : 0;
	uint64_t more = 0;

	if (!q->n_more || q->body_fd >= 0)
		return op_body_open(op, q->body, q->body_fd, q->body_size, bytes_r);
	for (size_t i = 0; i < q->n_more; i++) {
		if (max && q->more[i].size > max)
			return err_set(
				op->info, ERR_LIMIT, "a message of %llu octets; the limit is %llu",
				(unsigned long long)q->more[i].size, (unsigned long long)max);
		more += q->more[i].size;
	}
	if (max && q->body.n > more && q->body.n - more > max)
		return err_set(op->info, ERR_LIMIT, "a message of more than %llu octets",
		               (unsigned long long)max);
	*bytes_r = q->body;
	return ERR_OK;
}

/* Where the first message ends and the further ones begin. */
static enum err cut_bytes(struct op *op, const struct store_append_req *q, struct str bytes,
                          struct str *first_r, struct str *more_r)
{
	uint64_t more = 0;

	for (size_t i = 0; i < q->n_more; i++) {
		if (q->more[i].flags & ~(uint32_t)STORE_FLAG_SYSTEM)
			return err_set(op->info, ERR_INVALID, "flags that are none");
		if (!q->more[i].size || q->more[i].size > bytes.n - more)
			return err_set(op->info, ERR_INVALID, "message %zu of %zu has no octets",
			               i + 2, q->n_more + 1);
		more += q->more[i].size;
	}
	if (q->n_more && bytes.n == more)
		return err_set(op->info, ERR_INVALID, "the first message has no octets");
	*first_r = str_first(bytes, (size_t)(bytes.n - more));
	*more_r = str_from(bytes, (size_t)(bytes.n - more));
	return ERR_OK;
}

/* The further messages, whose octets are `bytes`. */
static enum err append_more(struct op *op, const struct store_append_req *q, struct str bytes,
                            struct op_account *account, struct op_mailbox *mailbox,
                            struct op_keywords *keywords)
{
	for (size_t i = 0; i < q->n_more; i++) {
		const struct store_append_part *part = &q->more[i];
		struct op_entry entry = {
			.msg_id = op_new_id(op),
			.flags = part->flags,
			.internaldate_ms = part->internaldate_ms ? part->internaldate_ms
			                                         : op->now_ms,
			.saved_ms = op->now_ms,
			.size = part->size,
		};
		uint64_t uid;

		op->prepared = op->prepared ? op->prepared->next : NULL;
		OP_TRY(op_keywords_bits(op, keywords, part->keywords, part->n_keywords, true,
		                        &entry.kw));
		OP_TRY(op_body_put(op, entry.msg_id, str_first(bytes, (size_t)part->size),
		                   &part->meta));
		OP_TRY(op_entry_add(op, account, mailbox, &entry, &uid));
		bytes = str_from(bytes, (size_t)part->size);
	}
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
		.uidl = q->uidl,
	};
	struct appended appended;
	struct str bytes = { 0 }, more = { 0 };
	uint64_t uid;

	OP_TRY(open_all(op, q, &bytes));
	OP_TRY(cut_bytes(op, q, bytes, &bytes, &more));
	/* All or none: together they have to fit. */
	entry.size = bytes.n + more.n;
	if (op_account_is_full(op, account, 1 + q->n_more, entry.size))
		return err_set(op->info, ERR_QUOTA, "account %llu has no room for %zu octets more",
		               (unsigned long long)account->id, bytes.n);
	entry.size = bytes.n;
	OP_TRY(op_keywords_bits(op, &keywords, q->keywords, q->n_keywords, true, &entry.kw));
	OP_TRY(op_body_put(op, msg_id, bytes, &q->meta));
	OP_TRY(op_entry_add(op, account, mailbox, &entry, &uid));
	OP_TRY(append_more(op, q, more, account, mailbox, &keywords));
	appended = (struct appended){ mailbox->id, mailbox->uidvalidity, uid };
	OP_TRY(write_reply(op, q->accept_key, &appended));
	*r = (struct store_append_res){ .mailbox_id = mailbox->id,
		                        .uidvalidity = mailbox->uidvalidity,
		                        .uid = uid };
	return ERR_OK;
}

/* RFC 1939 section 7: one to 70 characters of 0x21 to 0x7e. */
static bool is_uidl(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < 0x21 || s.p[i] > 0x7e)
			return false;
	}
	return s.n <= OP_UIDL_MAX_BYTES;
}

enum err op_append_prepare(struct arena *a, const struct store_options *o,
                           const struct store_append_req *q, struct str body,
                           const struct op_body **prepared_r, struct errinfo *info)
{
	const struct op_body *next = NULL;
	uint64_t end = body.n;

	*prepared_r = NULL;
	/* Several are held twice only when all of them together may be. */
	if (q->n_more && body.n > OP_BODY_PREPARE_BYTES)
		return ERR_OK;
	for (size_t i = q->n_more; i-- > 0;) {
		const struct store_append_part *part = &q->more[i];
		struct str bytes;

		if (part->size > end || part->meta.hdr_size > part->size)
			return ERR_OK; /* the operation says what is wrong */
		end -= part->size;
		bytes = str_first(str_from(body, (size_t)end), (size_t)part->size);
		OP_TRY(op_body_prepare(a, o, bytes, part->meta.hdr_size, next, &next, info));
	}
	return op_body_prepare(a, o, str_first(body, (size_t)end), q->meta.hdr_size, next,
	                       prepared_r, info);
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
	if (!is_uidl(q->uidl))
		return err_set(op->info, ERR_INVALID, "no unique-id of POP3");
	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_WAIT, &account));
	OP_TRY(take_key(op, q->accept_key, msg_id, &is_new));
	if (!is_new)
		return answer_again(op, q->accept_key, r);
	OP_TRY(op_mailbox_find(op, account.id, q->mailbox, &mailbox));
	if (mailbox.is_noselect)
		return err_set(op->info, ERR_NOTFOUND, "the mailbox is a mere level");
	return append_new(op, q, msg_id, &account, &mailbox, r);
}
