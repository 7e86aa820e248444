/*
 * `tayori store check`: structure, counters, hashes, references, books. One slice a call.
 *
 * The cursor is an id rounded down to a multiple of 16, and the phase in its low bits; so a few ids
 * are looked at twice.
 */
#include <stdarg.h>
#include <stdio.h>

#include "src/base/arena.h"
#include "src/store/flag_block.h"
#include "src/store/op_mail_priv.h"

enum {
	PHASE_TABLES,
	PHASE_MAILBOXES,
	PHASE_ACCOUNTS,
	PHASE_MESSAGES,
	PHASE_BODIES,
	PHASE_SLICES,
	PHASE_LEDGER,
	PHASE_QUEUE,
	PHASE_END,
	PROBLEMS_MAX = 200,
	SLICE_ROWS = 500,
	SLICE_BYTES = 16 * 1024 * 1024,
};

struct check {
	struct op *op;
	bool wants_repair;
	struct store_text *problems;
	size_t n;
	uint64_t from, last; /* ids above `from` are looked at; `last` was the last one */
	uint64_t block;      /* of 16 ids, in which this slice begins */
	uint64_t checked;
	bool is_phase_done;
};

__attribute__((format(printf, 2, 3))) static void complain(struct check *c, const char *format, ...)
{
	struct errinfo text;
	va_list args;

	if (c->n == PROBLEMS_MAX)
		return;
	va_start(args, format);
	vsnprintf(text.text, sizeof(text.text), format, args);
	va_end(args);
	c->problems[c->n++].text = str_dup(c->op->a, str_c(text.text));
}

#define ID(number) ((unsigned long long)(number))

/* ---------------------------------------------------------------- the file */

/* One table a call; a damaged page of an index or a table shows here. Only SQLite has such a check.
 */
static enum err check_table(struct check *c)
{
	static const char *const sql[] = {
		"PRAGMA quick_check('account')",      "PRAGMA quick_check('mailbox')",
		"PRAGMA quick_check('entry')",        "PRAGMA quick_check('change')",
		"PRAGMA quick_check('msg')",          "PRAGMA quick_check('ledger')",
		"PRAGMA quick_check('accept_log')",   "PRAGMA quick_check('queue_rcpt')",
		"PRAGMA quick_check('gc_candidate')", "PRAGMA quick_check('flag_block')",
	};
	size_t i = (size_t)(c->from / 16);
	struct db_stmt *s;
	bool has_row;

	if (db_engine_of(c->op->db) != DB_SQLITE || i >= sizeof(sql) / sizeof(sql[0])) {
		c->is_phase_done = true;
		return ERR_OK;
	}
	s = db_prepare(c->op->db, sql[i]);
	for (;;) {
		OP_TRY(op_step(c->op, s, &has_row));
		if (!has_row)
			break;
		if (!str_eq(db_col_str(s, 0), STR("ok")))
			complain(c, "database: %.*s", STR_ARG(db_col_str(s, 0)));
	}
	c->last = (i + 1) * 16;
	return ERR_OK;
}

/* ---------------------------------------------------------------- counters */

/* Up to SLICE_ROWS ids in order; the statement has the last id as ?1 and the number as ?2. */
static enum err read_ids(struct check *c, struct db_stmt *s, uint64_t **ids_r, size_t *n_r)
{
	uint64_t *ids = arena_array(c->op->scratch, SLICE_ROWS, sizeof(*ids));
	size_t n = 0;
	bool has_row;

	op_bind_u64(s, 1, c->from);
	db_bind_i64(s, 2, SLICE_ROWS);
	for (;;) {
		OP_TRY(op_step(c->op, s, &has_row));
		if (!has_row)
			break;
		ids[n++] = db_col_u64(s, 0);
	}
	*ids_r = ids;
	*n_r = n;
	c->is_phase_done = n < SLICE_ROWS;
	return ERR_OK;
}

/* Entries whose message is not there. */
static enum err check_messages_of(struct check *c, uint64_t mailbox_id)
{
	struct db_stmt *s = db_prepare(
		c->op->db, "SELECT COUNT(*) FROM entry e WHERE e.mailbox_id = ?1 AND NOT EXISTS "
			   "(SELECT 1 FROM msg m WHERE m.id = e.msg_id)");
	uint64_t n;

	op_bind_u64(s, 1, mailbox_id);
	OP_TRY(op_number(c->op, s, &n));
	if (n)
		complain(c, "mailbox %llu: of %llu messages nothing is there but the entry",
		         ID(mailbox_id), ID(n));
	return ERR_OK;
}

struct counted {
	struct op_count count;
	uint64_t max_uid, max_modseq;
};

static enum err count_entries(struct op *op, const struct op_mailbox *mailbox,
                              struct counted *counted_r)
{
	struct db_stmt *s = db_prepare(
		op->db, "SELECT uid, size FROM entry WHERE mailbox_id = ?1 ORDER BY uid");
	struct store_range range = { 0, INT64_MAX };
	struct ranges all = { .v = &range, .n = 1 };
	struct op_flags *flags = op_flags_walk(op, mailbox->id, &all, OP_FLAGS_ALL);
	bool has_row;

	*counted_r = (struct counted){ 0 };
	op_bind_u64(s, 1, mailbox->id);
	for (;;) {
		const struct flag_run *run;

		OP_TRY(op_step(op, s, &has_row));
		if (!has_row)
			return ERR_OK;
		counted_r->max_uid = db_col_u64(s, 0);
		OP_TRY(op_flags_at(flags, counted_r->max_uid, &run));
		op_count_message(&counted_r->count, run->flags, db_col_u64(s, 1));
		if (run->modseq > counted_r->max_modseq)
			counted_r->max_modseq = run->modseq;
	}
}

/* Flag blocks that cannot be read; repaired, their messages have the flags that they came with. */
static enum err check_flags(struct check *c, const struct op_mailbox *mailbox, bool *is_good_r)
{
	struct ranges bad = ranges_in(c->op->scratch);

	OP_TRY(op_flags_check(c->op, mailbox, &bad));
	*is_good_r = !bad.n || c->wants_repair;
	for (size_t i = 0; i < bad.n; i++) {
		struct db_stmt *s = db_prepare(c->op->db,
		                               "DELETE FROM flag_block WHERE mailbox_id = ?1 "
		                               "AND uid >= ?2 AND uid <= ?3");

		complain(c, "mailbox %llu: the flags of UIDs from %llu to %llu cannot be read",
		         ID(mailbox->id), ID(bad.v[i].first), ID(bad.v[i].last));
		if (!c->wants_repair)
			continue;
		op_bind_u64(s, 1, mailbox->id);
		op_bind_u64(s, 2, bad.v[i].first);
		op_bind_u64(s, 3, bad.v[i].last);
		OP_TRY(op_run(c->op, s));
	}
	return ERR_OK;
}

static enum err check_mailbox(struct check *c, uint64_t id)
{
	struct db_stmt *s = db_prepare(
		c->op->db, "SELECT account_id FROM mailbox WHERE id = ?1 AND state = 0");
	struct op_account account;
	struct op_mailbox mailbox;
	struct counted counted;
	uint64_t account_id;
	bool is_good;
	enum err err;

	op_bind_u64(s, 1, id);
	OP_TRY(op_number(c->op, s, &account_id));
	err = op_account_load(c->op, account_id, c->op->is_reader ? OP_LOCK_NONE : OP_LOCK_WAIT,
	                      &account);
	/* An account that is being removed does not count any more. */
	if (err)
		return err == ERR_NOTFOUND ? ERR_OK : err;
	OP_TRY(op_mailbox_load(c->op, account_id, id, &mailbox));
	OP_TRY(check_messages_of(c, id));
	OP_TRY(check_flags(c, &mailbox, &is_good));
	if (!is_good)
		return ERR_OK;
	OP_TRY(count_entries(c->op, &mailbox, &counted));
	if (counted.max_uid >= mailbox.uidnext)
		complain(c, "mailbox %llu: uid %llu is not below uidnext %llu", ID(id),
		         ID(counted.max_uid), ID(mailbox.uidnext));
	if (counted.max_modseq > mailbox.modseq || mailbox.modseq > account.modseq)
		complain(c,
		         "mailbox %llu: modseq %llu of a message, %llu of the mailbox, %llu of the "
		         "account",
		         ID(id), ID(counted.max_modseq), ID(mailbox.modseq), ID(account.modseq));
	if (counted.count.msgs == mailbox.msgs && counted.count.unseen == mailbox.unseen &&
	    counted.count.deleted == mailbox.deleted && counted.count.bytes == mailbox.bytes)
		return ERR_OK;
	complain(c,
	         "mailbox %llu: has %llu messages, %llu unseen, %llu deleted, %llu octets; its row "
	         "says %llu, %llu, %llu, %llu",
	         ID(id), ID(counted.count.msgs), ID(counted.count.unseen),
	         ID(counted.count.deleted), ID(counted.count.bytes), ID(mailbox.msgs),
	         ID(mailbox.unseen), ID(mailbox.deleted), ID(mailbox.bytes));
	if (!c->wants_repair)
		return ERR_OK;
	mailbox.msgs = counted.count.msgs;
	mailbox.unseen = counted.count.unseen;
	mailbox.deleted = counted.count.deleted;
	mailbox.bytes = counted.count.bytes;
	return op_mailbox_save(c->op, &mailbox);
}

static enum err check_mailboxes(struct check *c)
{
	uint64_t *ids;
	size_t n;

	OP_TRY(read_ids(c,
	                db_prepare(c->op->db, "SELECT id FROM mailbox WHERE id > ?1 AND state = 0 "
	                                      "ORDER BY id LIMIT ?2"),
	                &ids, &n));
	for (size_t i = 0; i < n; i++) {
		OP_TRY(check_mailbox(c, ids[i]));
		c->last = ids[i];
		c->checked++;
	}
	return ERR_OK;
}

static enum err check_account(struct check *c, uint64_t id)
{
	struct db_stmt *s = db_prepare(c->op->db,
	                               "SELECT CAST(COALESCE(SUM(msgs), 0) AS BIGINT), "
	                               "CAST(COALESCE(SUM(bytes), 0) AS BIGINT), "
	                               "COALESCE(MAX(CASE WHEN id = ?2 THEN 1 ELSE 0 END), 0) "
	                               "FROM mailbox WHERE account_id = ?1 AND state = 0");
	struct op_account account;
	uint64_t msgs, bytes;
	bool has_inbox;
	enum err err = op_account_load(c->op, id, c->op->is_reader ? OP_LOCK_NONE : OP_LOCK_WAIT,
	                               &account);

	if (err)
		return err == ERR_NOTFOUND ? ERR_OK : err;
	op_bind_u64(s, 1, id);
	op_bind_u64(s, 2, account.inbox_id);
	OP_TRY(op_row(c->op, s));
	msgs = db_col_u64(s, 0);
	bytes = db_col_u64(s, 1);
	has_inbox = db_col_i64(s, 2) != 0;
	db_done(s);
	if (!has_inbox)
		complain(c, "account %llu: has no INBOX", ID(id));
	if (msgs == account.used_msgs && bytes == account.used_bytes)
		return ERR_OK;
	complain(c, "account %llu: holds %llu messages, %llu octets; its row says %llu, %llu",
	         ID(id), ID(msgs), ID(bytes), ID(account.used_msgs), ID(account.used_bytes));
	if (!c->wants_repair)
		return ERR_OK;
	account.used_msgs = msgs;
	account.used_bytes = bytes;
	return op_account_save(c->op, &account);
}

static enum err check_accounts(struct check *c)
{
	uint64_t *ids;
	size_t n;

	OP_TRY(read_ids(
		c,
		db_prepare(c->op->db, "SELECT id FROM account WHERE id > ?1 ORDER BY id LIMIT ?2"),
		&ids, &n));
	for (size_t i = 0; i < n; i++) {
		OP_TRY(check_account(c, ids[i]));
		c->last = ids[i];
		c->checked++;
	}
	return ERR_OK;
}

/* ---------------------------------------------------------------- messages */

/* Nothing refers to it, and upkeep does not know of it either. */
static enum err check_reachable(struct check *c, uint64_t id)
{
	struct db_stmt *s = db_prepare(
		c->op->db,
		"SELECT CASE WHEN EXISTS (SELECT 1 FROM entry WHERE msg_id = ?1) "
		"OR EXISTS (SELECT 1 FROM queue_msg WHERE msg_id = ?1) "
		"OR EXISTS (SELECT 1 FROM gc_candidate WHERE msg_id = ?1) THEN 1 ELSE 0 END");
	uint64_t is_reachable;

	op_bind_u64(s, 1, id);
	OP_TRY(op_number(c->op, s, &is_reachable));
	if (is_reachable)
		return ERR_OK;
	complain(c, "message %llu: nothing refers to it", ID(id));
	if (!c->wants_repair)
		return ERR_OK;
	s = db_prepare(c->op->db, "INSERT INTO gc_candidate (due, msg_id, mailbox_id, uid, flags, "
	                          "internaldate, saved, size) "
	                          "VALUES (?1, ?2, 0, 0, 0, 0, 0, 0)");
	db_bind_i64(s, 1, c->op->now_ms);
	op_bind_u64(s, 2, id);
	return op_run(c->op, s);
}

static enum err check_messages(struct check *c)
{
	uint64_t *ids;
	uint64_t seen = 0;
	size_t n;

	OP_TRY(read_ids(
		c, db_prepare(c->op->db, "SELECT id FROM msg WHERE id > ?1 ORDER BY id LIMIT ?2"),
		&ids, &n));
	for (size_t i = 0; i < n; i++) {
		uint64_t bytes = 0;
		enum err err = op_body_verify(c->op, ids[i], &bytes);

		if (err && err != ERR_CORRUPT)
			return err;
		if (err)
			complain(c, "%s", c->op->info->text);
		OP_TRY(check_reachable(c, ids[i]));
		c->last = ids[i];
		c->checked++;
		seen += bytes;
		/* Never inside a block of 16 ids: the cursor could not move on. */
		if (seen > SLICE_BYTES && i + 1 < n && ids[i] / 16 != c->block) {
			c->is_phase_done = false;
			break;
		}
	}
	return ERR_OK;
}

static enum err check_strays(struct check *c, struct db_stmt *all, struct db_stmt *stray,
                             const char *what)
{
	uint64_t *ids;
	size_t n;
	bool has_row;

	OP_TRY(read_ids(c, all, &ids, &n));
	if (!n)
		return ERR_OK;
	op_bind_u64(stray, 1, c->from);
	op_bind_u64(stray, 2, ids[n - 1]);
	for (;;) {
		OP_TRY(op_step(c->op, stray, &has_row));
		if (!has_row)
			break;
		complain(c, "%s of message %llu, which is not there", what,
		         ID(db_col_u64(stray, 0)));
	}
	c->last = ids[n - 1];
	c->checked += n;
	return ERR_OK;
}

static enum err check_bodies(struct check *c)
{
	return check_strays(
		c, db_prepare(c->op->db, "SELECT id FROM body WHERE id > ?1 ORDER BY id LIMIT ?2"),
		db_prepare(c->op->db, "SELECT b.id FROM body b LEFT JOIN msg m ON m.id = b.id "
	                              "WHERE b.id > ?1 AND b.id <= ?2 AND m.id IS NULL"),
		"octets");
}

static enum err check_slices(struct check *c)
{
	return check_strays(
		c,
		db_prepare(c->op->db, "SELECT DISTINCT msg_id FROM body_slice WHERE msg_id > ?1 "
	                              "ORDER BY msg_id LIMIT ?2"),
		db_prepare(c->op->db, "SELECT DISTINCT b.msg_id FROM body_slice b "
	                              "LEFT JOIN msg m ON m.id = b.msg_id "
	                              "WHERE b.msg_id > ?1 AND b.msg_id <= ?2 AND m.id IS NULL"),
		"a slice");
}

/* ---------------------------------------------------------------- books */

static enum err check_ledger(struct check *c)
{
	struct db_stmt *s = db_prepare(
		c->op->db,
		"SELECT l.msg_id, CAST(SUM(l.n_rcpts) AS BIGINT), CAST(SUM(l.n_final) AS BIGINT), "
		"(SELECT COUNT(*) FROM queue_msg q JOIN queue_rcpt r ON r.qmsg_id = q.id "
		"WHERE q.msg_id = l.msg_id) "
		"FROM ledger l WHERE l.msg_id > ?1 GROUP BY l.msg_id ORDER BY l.msg_id LIMIT ?2");
	size_t n = 0;
	bool has_row;

	op_bind_u64(s, 1, c->from);
	db_bind_i64(s, 2, SLICE_ROWS);
	for (;;) {
		uint64_t rcpts, finals, queued;

		OP_TRY(op_step(c->op, s, &has_row));
		if (!has_row)
			break;
		n++;
		c->last = db_col_u64(s, 0);
		rcpts = db_col_u64(s, 1);
		finals = db_col_u64(s, 2);
		queued = db_col_u64(s, 3);
		if (rcpts != finals + queued)
			complain(c,
			         "ledger: message %llu was accepted for %llu recipients; %llu have "
			         "a "
			         "fate and %llu are in the queue",
			         ID(c->last), ID(rcpts), ID(finals), ID(queued));
	}
	c->checked += n;
	c->is_phase_done = n < SLICE_ROWS;
	return ERR_OK;
}

static enum err check_queue(struct check *c)
{
	return check_strays(
		c,
		db_prepare(c->op->db,
	                   "SELECT id FROM queue_msg WHERE id > ?1 ORDER BY id LIMIT ?2"),
		db_prepare(c->op->db, "SELECT q.msg_id FROM queue_msg q LEFT JOIN queue_rcpt r "
	                              "ON r.qmsg_id = q.id WHERE q.id > ?1 AND q.id <= ?2 "
	                              "AND r.id IS NULL"),
		"a queue row without recipients");
}

/* ---------------------------------------------------------------- slices */

static enum err estimate(struct op *op, uint64_t *total_r)
{
	struct db_stmt *s = db_prepare(op->db, "SELECT CAST(COALESCE(SUM(used_msgs), 0) AS BIGINT) "
	                                       "* 3 + COUNT(*) * 8 FROM account");

	return op_number(op, s, total_r);
}

enum err op_check(struct op *op, const struct store_check_req *q, struct store_check_res *r)
{
	static enum err (*const phases[PHASE_END])(struct check * c) = {
		[PHASE_TABLES] = check_table,      [PHASE_MAILBOXES] = check_mailboxes,
		[PHASE_ACCOUNTS] = check_accounts, [PHASE_MESSAGES] = check_messages,
		[PHASE_BODIES] = check_bodies,     [PHASE_SLICES] = check_slices,
		[PHASE_LEDGER] = check_ledger,     [PHASE_QUEUE] = check_queue,
	};
	uint64_t phase = q->cursor & 15;
	struct check c = { .op = op,
		           .wants_repair = q->wants_repair && !op->is_reader,
		           .from = q->cursor & ~15ULL };
	uint64_t total;

	c.block = c.from / 16;
	if (phase >= PHASE_END)
		return err_set(op->info, ERR_INVALID, "no such cursor");
	/* Rounding down must not hide the first id itself. */
	if (c.from && phase != PHASE_TABLES)
		c.from--;
	c.problems = arena_array(op->a, PROBLEMS_MAX, sizeof(*c.problems));
	OP_TRY(phases[phase](&c));
	OP_TRY(estimate(op, &total));
	*r = (struct store_check_res){
		.cursor = c.is_phase_done ? phase + 1 : (c.last & ~15ULL) | phase,
		.checked = c.checked,
		.total = total,
		.is_done = c.is_phase_done && phase + 1 == PHASE_END,
		.problems = c.problems,
		.n_problems = c.n,
	};
	return ERR_OK;
}
