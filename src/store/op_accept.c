/*
 * Mail in: one transaction for all recipients. The accept key comes first, so that a repeated
 * request meets its twin before anything else; accounts are locked last and never waited for.
 */
#include <string.h>

#include "src/base/arena.h"
#include "src/mail/address.h"
#include "src/store/op_mail_priv.h"

enum {
	ACCEPT_KEY_BYTES = 16,
	PREFIX_MAX_BYTES = 64 * 1024,
	DUPLICATE_WINDOW_MS = 24 * 3600 * 1000,
	DUPLICATE_CANDIDATES = 20,
};

static const int64_t queue_lifetime_ms = 5LL * 24 * 3600 * 1000;

struct accept {
	struct op *op;
	const struct store_accept_req *q;
	uint64_t account_id; /* who submits; 0: a stranger */
	struct str bytes;
	struct op_fate *fates;
	struct store_rcpt_result *results;
	uint64_t queue_msg_id; /* 0: nothing is queued yet */
	size_t n_full;
};

/* ---------------------------------------------------------------- what is asked */

static enum err check_rcpt(struct op *op, const struct store_rcpt *rcpt)
{
	if (!rcpt->rcpt.n || !op_is_text(rcpt->rcpt, OP_TEXT_MAX_BYTES) ||
	    !op_is_text(rcpt->address, OP_TEXT_MAX_BYTES) ||
	    !op_is_text(rcpt->orcpt, OP_TEXT_MAX_BYTES))
		return err_set(op->info, ERR_INVALID, "a recipient is no text or too long");
	if (rcpt->kind == STORE_ROUTE_LOCAL ? !rcpt->account_id : !rcpt->address.n)
		return err_set(op->info, ERR_INVALID, "recipient %.*s leads nowhere",
		               STR_ARG(rcpt->rcpt));
	if (rcpt->kind > STORE_ROUTE_REMOTE || rcpt->prefix.n > PREFIX_MAX_BYTES ||
	    rcpt->flags & ~(uint32_t)STORE_FLAG_SYSTEM)
		return err_set(op->info, ERR_INVALID, "recipient %.*s: kind, prefix or flags",
		               STR_ARG(rcpt->rcpt));
	return ERR_OK;
}

static enum err check_request(struct op *op, const struct store_accept_req *q, bool *has_remote_r)
{
	if (q->accept_key.n != ACCEPT_KEY_BYTES || !q->msg_id || q->msg_id > INT64_MAX)
		return err_set(op->info, ERR_INVALID, "no accept key or message id");
	if (!q->n_rcpts)
		return err_set(op->info, ERR_INVALID, "no recipients");
	if (q->n_rcpts > op_limit_get(op, OP_LIMIT_DELIVERIES))
		return err_set(op->info, ERR_LIMIT, "a message has at most %u recipients",
		               op_limit_get(op, OP_LIMIT_DELIVERIES));
	if (!op_is_text(q->sender, OP_TEXT_MAX_BYTES) || !op_is_text(q->envid, OP_TEXT_MAX_BYTES) ||
	    !op_is_text(q->source, OP_TEXT_MAX_BYTES))
		return err_set(op->info, ERR_INVALID, "sender, envelope id or source is no text");
	for (size_t i = 0; i < q->n_rcpts; i++) {
		OP_TRY(check_rcpt(op, &q->rcpts[i]));
		*has_remote_r |= q->rcpts[i].kind == STORE_ROUTE_REMOTE;
	}
	return ERR_OK;
}

/* Does the address that a stranger gave lead there: is it an alias of ours with that target? */
static enum err check_forward(struct op *op, const struct store_rcpt *rcpt)
{
	struct store_resolve_req q = { .address = rcpt->rcpt };
	struct store_resolve_res r = { 0 };

	OP_TRY(op_resolve(op, &q, &r));
	for (size_t i = 0; i < r.n_routes; i++)
		if (r.routes[i].kind == STORE_ROUTE_REMOTE &&
		    str_eq(r.routes[i].address, rcpt->address))
			return ERR_OK;
	return err_set(op->info, ERR_DENIED, "a stranger may not send to %.*s",
	               STR_ARG(rcpt->address));
}

/*
 * Only those who have logged in may send to other servers, but mail for an alias of ours goes
 * wherever it leads. Our own delivery and the administrator need not log in.
 */
static enum err check_sender(struct accept *x, bool has_remote)
{
	struct op_account account;

	if (x->q->grant.account_id) {
		OP_TRY(op_account_enter(x->op, &x->q->grant, OP_LOCK_NONE, &account));
		x->account_id = account.id;
		return ERR_OK;
	}
	if (!has_remote || x->op->caller != STORE_CALLER_SESSION)
		return ERR_OK;
	for (size_t i = 0; i < x->q->n_rcpts; i++)
		if (x->q->rcpts[i].kind == STORE_ROUTE_REMOTE)
			OP_TRY(check_forward(x->op, &x->q->rcpts[i]));
	return ERR_OK;
}

/* ---------------------------------------------------------------- the accept key */

static enum err take_key(struct op *op, const struct store_accept_req *q, bool *is_new_r)
{
	struct db_stmt *s = db_prepare(op->db,
	                               "INSERT INTO accept_log (accept_key, msg_id, created) "
	                               "VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
	uint64_t changed;

	op_bind_blob(s, 1, q->accept_key);
	op_bind_u64(s, 2, q->msg_id);
	db_bind_i64(s, 3, op->now_ms);
	OP_TRY(op_run_count(op, s, &changed));
	*is_new_r = changed > 0;
	return ERR_OK;
}

static uint32_t fate_of(enum op_event event)
{
	switch (event) {
	case OP_EVENT_DELIVERED:
		return STORE_FATE_DELIVERED;
	case OP_EVENT_QUEUED:
		return STORE_FATE_QUEUED;
	case OP_EVENT_DUPLICATE:
		return STORE_FATE_DUPLICATE;
	case OP_EVENT_ACCEPTED:
	case OP_EVENT_RELAYED:
	case OP_EVENT_BOUNCED:
	case OP_EVENT_DISCARDED:
	case OP_EVENT_EXPIRED:
		break;
	}
	return STORE_FATE_DISCARDED;
}

static struct store_rcpt_result result_of(const struct op_fate *fate)
{
	bool is_here = fate->event == OP_EVENT_DELIVERED;

	return (struct store_rcpt_result){
		.fate = fate_of(fate->event),
		.mailbox_id = is_here ? fate->mailbox_id : 0,
		.uid = is_here ? fate->uid : 0,
	};
}

static enum err read_fates(struct op *op, uint64_t msg_id, struct str *sender_r,
                           struct op_fate **fates_r, size_t *n_r)
{
	struct db_stmt *s = db_prepare(
		op->db, "SELECT addr, fates FROM ledger WHERE msg_id = ?1 AND n = 0");

	op_bind_u64(s, 1, msg_id);
	OP_TRY(op_row(op, s));
	*sender_r = op_col_dup(op->scratch, s, 0);
	OP_TRY(op_fates_unpack(op->scratch, db_col_str(s, 1), fates_r, n_r));
	db_done(s);
	return ERR_OK;
}

/* The first answer again. */
static enum err answer_again(struct op *op, const struct store_accept_req *q,
                             struct store_accept_res *r)
{
	struct db_stmt *s = db_prepare(op->db,
	                               "SELECT msg_id FROM accept_log WHERE accept_key = ?1");
	struct store_rcpt_result *results;
	struct op_fate *fates;
	uint64_t msg_id;
	struct str sender;
	size_t n;

	op_bind_blob(s, 1, q->accept_key);
	OP_TRY(op_number(op, s, &msg_id));
	if (read_fates(op, msg_id, &sender, &fates, &n))
		return err_set(op->info, ERR_INVALID, "the accept key belongs to something else");
	/* Writing makes this commit wait for the same replicas as the first one's (see STORE 3.1).
	 */
	s = db_prepare(op->db, "UPDATE accept_log SET msg_id = ?2 WHERE accept_key = ?1");
	op_bind_blob(s, 1, q->accept_key);
	op_bind_u64(s, 2, msg_id);
	OP_TRY(op_run(op, s));
	results = arena_array(op->a, n ? n : 1, sizeof(*results));
	for (size_t i = 0; i < n; i++)
		results[i] = result_of(&fates[i]);
	*r = (struct store_accept_res){ .msg_id = msg_id, .results = results, .n_results = n };
	return ERR_OK;
}

/* ---------------------------------------------------------------- resent messages */

/* Recipients that the same sender has reached with the same message before. */
static enum err mark_known(struct accept *x, uint64_t msg_id, size_t *n_left)
{
	struct op_fate *fates;
	struct str sender;
	enum err err;
	size_t n;

	err = read_fates(x->op, msg_id, &sender, &fates, &n);
	if (err == ERR_NOTFOUND || (!err && !str_eq(sender, x->q->sender)))
		return ERR_OK;
	if (err)
		return err;
	for (size_t i = 0; i < x->q->n_rcpts; i++) {
		for (size_t k = 0; x->fates[i].event != OP_EVENT_DUPLICATE && k < n; k++) {
			if (!str_ieq(fates[k].rcpt, x->q->rcpts[i].rcpt))
				continue;
			x->fates[i].event = OP_EVENT_DUPLICATE;
			x->fates[i].mailbox_id = msg_id;
			--*n_left;
		}
	}
	return ERR_OK;
}

/*
 * RFC 1047: a sender that missed our 250 sends again. Same sender, Message-ID, and octets after the
 * header (which now has another Received field) within a day is the same message.
 */
static enum err find_duplicates(struct accept *x, size_t *n_left)
{
	struct db_stmt *s = db_prepare(
		x->op->db, "SELECT id, hash FROM msg WHERE msgid_hash = ?1 AND received > ?2 "
			   "ORDER BY id DESC LIMIT 20");
	uint64_t ids[DUPLICATE_CANDIDATES];
	unsigned char hash[32];
	size_t n = 0;
	bool has_row;

	op_bind_u64(s, 1, op_body_msgid_hash(x->q->meta.message_id));
	db_bind_i64(s, 2, x->op->now_ms - DUPLICATE_WINDOW_MS);
	op_body_content_hash(x->op, x->bytes, x->q->meta.hdr_size, hash);
	for (;;) {
		struct str stored;

		OP_TRY(op_step(x->op, s, &has_row));
		if (!has_row || n == DUPLICATE_CANDIDATES)
			break;
		stored = str_from(db_col_str(s, 1), 32);
		if (stored.n == sizeof(hash) && memcmp(stored.p, hash, sizeof(hash)) == 0)
			ids[n++] = db_col_u64(s, 0);
	}
	db_done(s);
	for (size_t i = 0; i < n; i++)
		OP_TRY(mark_known(x, ids[i], n_left));
	return ERR_OK;
}

/* ---------------------------------------------------------------- local recipients */

/* The mailbox of a plan, INBOX when it is gone. */
enum err op_mailbox_target(struct op *op, const struct op_account *account, uint64_t mailbox_id,
                           struct op_mailbox *mailbox_r)
{
	enum err err;

	if (mailbox_id && mailbox_id != account->inbox_id) {
		err = op_mailbox_load(op, account->id, mailbox_id, mailbox_r);
		if (err && err != ERR_NOTFOUND)
			return err;
		if (!err && !mailbox_r->is_noselect)
			return ERR_OK;
	}
	err = op_mailbox_load(op, account->id, account->inbox_id, mailbox_r);
	if (err == ERR_NOTFOUND)
		return err_set(op->info, ERR_CORRUPT, "account %llu has no INBOX",
		               (unsigned long long)account->id);
	return err;
}

/* Already delivered there for another recipient of this message? */
static bool is_there(const struct accept *x, size_t i, uint64_t mailbox_id)
{
	for (size_t k = 0; k < i; k++) {
		if (x->fates[k].event == OP_EVENT_DELIVERED &&
		    x->fates[k].mailbox_id == mailbox_id) {
			x->fates[i].uid = x->fates[k].uid;
			return true;
		}
	}
	return false;
}

/* Why an account could not be locked. */
static enum err check_alive(struct accept *x, uint64_t account_id)
{
	struct op_account account;
	enum err err = op_account_load(x->op, account_id, OP_LOCK_NONE, &account);

	/* The sender tries again and is told at RCPT. */
	if (err == ERR_NOTFOUND)
		return err_set(x->op->info, ERR_TEMP, "account %llu has gone since RCPT",
		               (unsigned long long)account_id);
	return err;
}

static enum err deliver(struct accept *x, size_t i)
{
	const struct store_rcpt *rcpt = &x->q->rcpts[i];
	struct op_fate *fate = &x->fates[i];
	struct op_account account;
	struct op_mailbox mailbox;
	struct op_entry entry = {
		.msg_id = x->q->msg_id,
		.flags = rcpt->flags,
		.internaldate_ms = x->op->now_ms,
		.saved_ms = x->op->now_ms,
		.size = x->bytes.n + rcpt->prefix.n,
		.prefix = rcpt->prefix,
	};
	enum err err = op_account_load(x->op, rcpt->account_id, OP_LOCK_SKIP, &account);

	fate->event = OP_EVENT_QUEUED;
	if (err == ERR_NOTFOUND)
		return check_alive(x, rcpt->account_id);
	if (err || account.state != STORE_ACCOUNT_ACTIVE)
		return err;
	OP_TRY(op_mailbox_target(x->op, &account, rcpt->mailbox_id, &mailbox));
	fate->mailbox_id = mailbox.id;
	if (is_there(x, i, mailbox.id)) {
		fate->event = OP_EVENT_DELIVERED;
		return ERR_OK;
	}
	if (op_account_is_full(x->op, &account, 1, entry.size)) {
		x->n_full++;
		return ERR_OK;
	}
	OP_TRY(op_entry_add(x->op, &account, &mailbox, &entry, &fate->uid));
	fate->event = OP_EVENT_DELIVERED;
	return ERR_OK;
}

/* ---------------------------------------------------------------- queue rows */

static enum err queue_message(struct accept *x)
{
	const struct store_accept_req *q = x->q;
	struct db_stmt *s = db_prepare(x->op->db,
	                               "INSERT INTO queue_msg (id, msg_id, account_id, sender, "
	                               "envid, ret, is_utf8, body_type, created, "
	                               "expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");

	x->queue_msg_id = op_new_id(x->op);
	op_bind_u64(s, 1, x->queue_msg_id);
	op_bind_u64(s, 2, q->msg_id);
	op_bind_u64(s, 3, x->account_id);
	db_bind_text(s, 4, q->sender);
	db_bind_text(s, 5, q->envid);
	op_bind_u64(s, 6, q->ret);
	db_bind_i64(s, 7, q->is_utf8);
	op_bind_u64(s, 8, q->body_type);
	db_bind_i64(s, 9, x->op->now_ms);
	db_bind_i64(s, 10, x->op->now_ms + queue_lifetime_ms);
	return op_run(x->op, s);
}

static enum err queue_rcpt(struct accept *x, size_t i)
{
	const struct store_rcpt *rcpt = &x->q->rcpts[i];
	bool is_local = rcpt->kind == STORE_ROUTE_LOCAL;
	struct str local, domain = STR("");
	struct db_stmt *s;

	if (!x->queue_msg_id)
		OP_TRY(queue_message(x));
	if (!is_local)
		mail_address_split(rcpt->address, &local, &domain);
	s = db_prepare(x->op->db,
	               "INSERT INTO queue_rcpt (id, qmsg_id, kind, dest, rcpt, address, orcpt, "
	               "notify, account_id, "
	               "mailbox_id, flags, prefix, next_at) "
	               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)");
	op_bind_u64(s, 1, op_new_id(x->op));
	op_bind_u64(s, 2, x->queue_msg_id);
	db_bind_i64(s, 3, is_local);
	db_bind_text(s, 4, str_lower(x->op->scratch, domain));
	db_bind_text(s, 5, rcpt->rcpt);
	db_bind_text(s, 6, rcpt->address);
	db_bind_text(s, 7, rcpt->orcpt);
	op_bind_u64(s, 8, rcpt->notify);
	op_bind_u64(s, 9, rcpt->account_id);
	op_bind_u64(s, 10, rcpt->mailbox_id);
	op_bind_u64(s, 11, rcpt->flags);
	op_bind_blob_or_null(s, 12, rcpt->prefix);
	db_bind_i64(s, 13, x->op->now_ms);
	return op_run(x->op, s);
}

/* ---------------------------------------------------------------- accept */

static enum err settle_all(struct accept *x)
{
	const struct store_accept_req *q = x->q;
	size_t n_local = 0;

	for (size_t i = 0; i < q->n_rcpts; i++) {
		if (x->fates[i].event == OP_EVENT_DUPLICATE)
			continue;
		x->fates[i].event = OP_EVENT_QUEUED;
		if (q->rcpts[i].kind == STORE_ROUTE_LOCAL) {
			n_local++;
			OP_TRY(deliver(x, i));
		}
	}
	if (n_local && x->n_full == q->n_rcpts)
		return err_set(x->op->info, ERR_QUOTA, "no recipient has room for %zu octets",
		               x->bytes.n);
	for (size_t i = 0; i < q->n_rcpts; i++) {
		if (x->fates[i].event == OP_EVENT_QUEUED)
			OP_TRY(queue_rcpt(x, i));
		x->results[i] = result_of(&x->fates[i]);
	}
	return ERR_OK;
}

static enum err accept_new(struct accept *x, struct store_accept_res *r)
{
	const struct store_accept_req *q = x->q;
	size_t n_left = q->n_rcpts;
	struct str detail;

	OP_TRY(op_body_open(x->op, q->body, q->body_fd, q->body_size, &x->bytes));
	x->fates = arena_array(x->op->scratch, q->n_rcpts, sizeof(*x->fates));
	x->results = arena_array(x->op->a, q->n_rcpts, sizeof(*x->results));
	for (size_t i = 0; i < q->n_rcpts; i++)
		x->fates[i].rcpt = q->rcpts[i].rcpt;
	if (q->wants_duplicate_check && q->meta.message_id.n)
		OP_TRY(find_duplicates(x, &n_left));
	if (n_left)
		OP_TRY(op_body_put(x->op, q->msg_id, x->bytes, &q->meta));
	OP_TRY(settle_all(x));
	detail = str_printf(x->op->scratch, "%zu octets from %.*s", x->bytes.n, STR_ARG(q->source));
	OP_TRY(op_ledger_accept(x->op, q->msg_id, q->sender, detail, x->fates, q->n_rcpts));
	*r = (struct store_accept_res){ .msg_id = q->msg_id,
		                        .results = x->results,
		                        .n_results = q->n_rcpts };
	return ERR_OK;
}

enum err op_accept(struct op *op, const struct store_accept_req *q, struct store_accept_res *r)
{
	struct accept x = { .op = op, .q = q };
	bool has_remote = false;
	bool is_new;

	OP_TRY(check_request(op, q, &has_remote));
	OP_TRY(check_sender(&x, has_remote));
	OP_TRY(take_key(op, q, &is_new));
	return is_new ? accept_new(&x, r) : answer_again(op, q, r);
}
