/*
 * POP3: one session at a time holds the maildrop (RFC 1939 section 4). The lock ends with the
 * process of its session, and expires by itself where nobody can tell; IMAP may run beside it.
 */
#include "src/base/arena.h"
#include "src/base/random.h"
#include "src/store/engine_priv.h"
#include "src/store/op_mail_priv.h"

enum {
	LOCK_MS = 3 * 60 * 1000,
	POP_MESSAGES_MAX = 1000000
};

/* May the maildrop be taken now? The account's row is locked, so nobody takes it meanwhile. */
static enum err check_holder(struct op *op, uint64_t account_id, uint64_t login_delay_ms)
{
	struct db_stmt *s = db_prepare(op->db, "SELECT token, expires, node, process, opened "
	                                       "FROM pop_lock WHERE account_id = ?1");
	uint64_t node, process;
	int64_t opened_ms;
	bool has_row, is_held;

	op_bind_u64(s, 1, account_id);
	OP_TRY(op_step(op, s, &has_row));
	if (!has_row)
		return ERR_OK;
	is_held = db_col_i64(s, 0) && db_col_i64(s, 1) >= op->now_ms;
	node = (uint64_t)db_col_i64(s, 2);
	process = (uint64_t)db_col_i64(s, 3);
	opened_ms = db_col_i64(s, 4);
	db_done(s);
	if (is_held && !engine_is_process_gone(op->engine, node, process))
		return err_set(op->info, ERR_BUSY,
		               "another session holds the maildrop of account %llu",
		               (unsigned long long)account_id);
	/* A clock that was set back must not lock anybody out. */
	if (op->now_ms >= opened_ms && (uint64_t)(op->now_ms - opened_ms) < login_delay_ms)
		return err_set(op->info, ERR_LIMIT, "account %llu logs in too often",
		               (unsigned long long)account_id);
	return ERR_OK;
}

static enum err take_lock(struct op *op, uint64_t account_id, uint64_t login_delay_ms,
                          uint64_t *token_r)
{
	struct db_stmt *s;

	OP_TRY(check_holder(op, account_id, login_delay_ms));
	s = db_prepare(op->db,
	               "INSERT INTO pop_lock (account_id, token, expires, node, process, opened) "
	               "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (account_id) DO UPDATE SET "
	               "token = excluded.token, expires = excluded.expires, node = excluded.node, "
	               "process = excluded.process, opened = excluded.opened");
	*token_r = (random_u64() >> 1) | 1;
	op_bind_u64(s, 1, account_id);
	op_bind_u64(s, 2, *token_r);
	db_bind_i64(s, 3, op->now_ms + LOCK_MS);
	db_bind_i64(s, 4, (int64_t)engine_node(op->engine));
	db_bind_i64(s, 5, (int64_t)op->caller_process);
	db_bind_i64(s, 6, op->now_ms);
	return op_run(op, s);
}

static enum err list_messages(struct op *op, const struct op_mailbox *inbox,
                              struct store_pop_open_res *r)
{
	struct db_stmt *s = db_prepare(
		op->db,
		"SELECT uid, size, uidl FROM entry WHERE mailbox_id = ?1 ORDER BY uid LIMIT ?2");
	struct store_range all = { 1, inbox->uidnext };
	struct ranges deleted = ranges_in(op->scratch);
	struct store_pop_message *list = NULL;
	size_t n = 0, room = 0;
	bool has_row;

	if (inbox->deleted)
		OP_TRY(op_flags_find(op, inbox->id, &(struct ranges){ .v = &all, .n = 1 },
		                     STORE_FLAG_DELETED, 0, &deleted));
	op_bind_u64(s, 1, inbox->id);
	op_bind_u64(s, 2, POP_MESSAGES_MAX + inbox->deleted);
	for (;;) {
		OP_TRY(op_step(op, s, &has_row));
		if (!has_row || n == POP_MESSAGES_MAX)
			break;
		if (ranges_has(&deleted, db_col_u64(s, 0)))
			continue;
		if (n == room) {
			size_t more = room ? room * 2 : 32;

			list = arena_grow(op->a, list, room * sizeof(*list), more * sizeof(*list));
			room = more;
		}
		list[n] = (struct store_pop_message){ .uid = db_col_u64(s, 0),
			                              .size = db_col_u64(s, 1),
			                              .uidl = op_col_dup(op->a, s, 2) };
		/* Never the same for another message of this account, and short (RFC 1939 section
		 * 7). */
		if (!list[n].uidl.n)
			list[n].uidl = str_printf(op->a, "%llu.%llu",
			                          (unsigned long long)inbox->uidvalidity,
			                          (unsigned long long)list[n].uid);
		n++;
	}
	db_done(s);
	r->messages = list;
	r->n_messages = n;
	return ERR_OK;
}

enum err op_pop_open(struct op *op, const struct store_pop_open_req *q,
                     struct store_pop_open_res *r)
{
	struct op_account account;
	struct op_mailbox inbox;
	uint64_t token = 0;

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_WAIT, &account));
	OP_TRY(op_mailbox_load(op, account.id, account.inbox_id, &inbox));
	OP_TRY(take_lock(op, account.id, q->login_delay_ms, &token));
	OP_TRY(list_messages(op, &inbox, r));
	r->mailbox_id = inbox.id;
	r->token = token;
	return ERR_OK;
}

static enum err lost(struct op *op, uint64_t account_id)
{
	return err_set(op->info, ERR_BUSY, "the lock on the maildrop of account %llu was lost",
	               (unsigned long long)account_id);
}

enum err op_pop_renew(struct op *op, const struct store_pop_renew_req *q)
{
	struct db_stmt *s = db_prepare(op->db,
	                               "UPDATE pop_lock SET expires = ?3 WHERE account_id = ?1 "
	                               "AND token = ?2 AND expires >= ?4");
	struct op_account account;
	uint64_t changed;

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_NONE, &account));
	op_bind_u64(s, 1, account.id);
	op_bind_u64(s, 2, q->token & INT64_MAX);
	db_bind_i64(s, 3, op->now_ms + LOCK_MS);
	db_bind_i64(s, 4, op->now_ms);
	OP_TRY(op_run_count(op, s, &changed));
	return changed ? ERR_OK : lost(op, account.id);
}

enum err op_pop_close(struct op *op, const struct store_pop_close_req *q)
{
	struct ranges spans = ranges_in(op->scratch);
	struct ranges gone = ranges_in(op->scratch);
	struct op_account account;
	struct op_mailbox inbox;
	struct db_stmt *s;
	uint64_t changed;
	bool has_more;

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_WAIT, &account));
	/* The row stays: it knows when the maildrop was opened last. */
	s = db_prepare(op->db, "UPDATE pop_lock SET token = 0, expires = 0 WHERE account_id = ?1 "
	                       "AND token = ?2 AND token <> 0");
	op_bind_u64(s, 1, account.id);
	op_bind_u64(s, 2, q->token & INT64_MAX);
	OP_TRY(op_run_count(op, s, &changed));
	/* A lock that has expired is still good as long as nobody else took it. */
	if (!changed)
		return lost(op, account.id);
	if (!q->n_uids)
		return ERR_OK;
	OP_TRY(op_mailbox_load(op, account.id, account.inbox_id, &inbox));
	for (size_t i = 0; i < q->n_uids; i++) {
		if (!q->uids[i].first || q->uids[i].last < q->uids[i].first)
			return err_set(op->info, ERR_INVALID, "no such range of UIDs");
		if (q->uids[i].first < inbox.uidnext)
			ranges_add(&spans, q->uids[i].first,
			           q->uids[i].last < inbox.uidnext ? q->uids[i].last
			                                           : inbox.uidnext);
	}
	ranges_sort(&spans);
	OP_TRY(op_entry_expunge(op, &account, &inbox, &spans, false, UINT64_MAX, &gone, &has_more));
	if (!gone.n)
		return ERR_OK;
	OP_TRY(op_mailbox_save(op, &inbox));
	return op_account_save(op, &account);
}
