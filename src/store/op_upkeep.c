/*
 * Upkeep: one round of small slices. Every step can be repeated and stopped anywhere.
 */
#include "src/base/arena.h"
#include "src/base/codec.h"
#include "src/store/op_mail_priv.h"

enum {
	GC_ROWS = 200,
	PURGE_ENTRIES = 500,
	PURGE_CHANGES = 5000,
	KEY_ROWS = 2000,
	FOLD_MAILBOXES = 20,
	PENDING_ROWS = 200,
	SCRUB_MESSAGES = 50,
	SCRUB_BYTES = 1024 * 1024,
	PURGE_SLICES = 10,
};

static const int64_t fold_age_ms = 30LL * 24 * 3600 * 1000;
static const int64_t day_ms = 24LL * 3600 * 1000;
static const int64_t scrub_every_ms = 30LL * 24 * 3600 * 1000;

/* ---------------------------------------------------------------- messages that nobody needs */

struct candidate {
	int64_t due;
	uint64_t msg_id, mailbox_id, uid, size;
};

static enum err load_candidates(struct op *op, struct candidate *list, size_t *n_r)
{
	struct db_stmt *s = db_prepare(op->db,
	                               "SELECT due, msg_id, mailbox_id, uid, COALESCE((SELECT "
	                               "m.size FROM msg m WHERE m.id = msg_id), 0) "
	                               "FROM gc_candidate WHERE due <= ?1 ORDER BY due LIMIT ?2");
	bool has_row;

	db_bind_i64(s, 1, op->now_ms);
	db_bind_i64(s, 2, GC_ROWS);
	for (*n_r = 0;; ++*n_r) {
		OP_TRY(op_step(op, s, &has_row));
		if (!has_row)
			return ERR_OK;
		list[*n_r] = (struct candidate){ db_col_i64(s, 0), db_col_u64(s, 1),
			                         db_col_u64(s, 2), db_col_u64(s, 3),
			                         db_col_u64(s, 4) };
	}
}

/*
 * A COPY may be adding a reference right now: the foreign key then refuses the removal (in
 * PostgreSQL after waiting for the copy), and the message lives on.
 */
static enum err remove_candidate(struct op *op, const struct candidate *c,
                                 struct store_upkeep_res *r)
{
	struct db_stmt *s = db_prepare(op->db,
	                               "DELETE FROM gc_candidate WHERE due = ?1 AND msg_id = ?2 "
	                               "AND mailbox_id = ?3 AND uid = ?4");
	enum err err;

	db_bind_i64(s, 1, c->due);
	op_bind_u64(s, 2, c->msg_id);
	op_bind_u64(s, 3, c->mailbox_id);
	op_bind_u64(s, 4, c->uid);
	OP_TRY(op_run(op, s));
	OP_TRY(db_savepoint(op->db));
	err = op_body_remove(op, c->msg_id);
	if (err) {
		OP_TRY(db_savepoint_rollback(op->db));
		return err == ERR_NOTFOUND ? ERR_OK : err;
	}
	OP_TRY(db_savepoint_release(op->db));
	r->removed_messages++;
	r->removed_bytes += c->size;
	return ERR_OK;
}

static enum err collect_garbage(struct op *op, struct store_upkeep_res *r)
{
	struct candidate list[GC_ROWS];
	size_t n;

	OP_TRY(load_candidates(op, list, &n));
	for (size_t i = 0; i < n; i++)
		OP_TRY(remove_candidate(op, &list[i], r));
	return ERR_OK;
}

/* ---------------------------------------------------------------- deleted mailboxes and accounts
 */

static enum err run_with(struct op *op, struct db_stmt *s, uint64_t id, uint64_t *changed_r)
{
	op_bind_u64(s, 1, id);
	return op_run_count(op, s, changed_r);
}

/* The next of its entries to the candidates; 0 when there are none left. */
static enum err purge_entries(struct op *op, uint64_t mailbox_id, uint64_t *gone_r)
{
	struct db_stmt *s = db_prepare(
		op->db,
		"SELECT COALESCE(MAX(uid), 0) FROM (SELECT uid FROM entry WHERE mailbox_id = ?1 "
		"ORDER BY uid LIMIT ?2) x");
	struct store_range first = { .first = 1 };
	struct ranges those = { .v = &first, .n = 1 };

	op_bind_u64(s, 1, mailbox_id);
	db_bind_i64(s, 2, PURGE_ENTRIES);
	OP_TRY(op_number(op, s, &first.last));
	*gone_r = 0;
	if (!first.last)
		return ERR_OK;
	OP_TRY(op_entry_remember(op, mailbox_id, &those));
	return op_entry_delete(op, mailbox_id, &those, gone_r);
}

static enum err purge_mailbox(struct op *op, struct store_upkeep_res *r)
{
	struct db_stmt *s = db_prepare(
		op->db, "SELECT id FROM mailbox WHERE state = 1 ORDER BY id LIMIT 1");
	uint64_t id, changed;

	OP_TRY(op_number(op, s, &id));
	if (!id)
		return ERR_OK;
	OP_TRY(purge_entries(op, id, &changed));
	r->purged_rows += changed;
	if (changed)
		return ERR_OK;
	s = db_prepare(
		op->db,
		"DELETE FROM change WHERE mailbox_id = ?1 AND modseq <= (SELECT MAX(modseq) FROM "
		"(SELECT modseq FROM change WHERE mailbox_id = ?1 ORDER BY modseq LIMIT ?2) x)");
	db_bind_i64(s, 2, PURGE_CHANGES);
	OP_TRY(run_with(op, s, id, &changed));
	r->purged_rows += changed;
	if (changed)
		return ERR_OK;
	OP_TRY(run_with(op, db_prepare(op->db, "DELETE FROM flag_block WHERE mailbox_id = ?1"), id,
	                &changed));
	OP_TRY(run_with(op, db_prepare(op->db, "DELETE FROM mailbox_map WHERE mailbox_id = ?1"), id,
	                &changed));
	OP_TRY(run_with(op, db_prepare(op->db, "DELETE FROM mailbox WHERE id = ?1"), id, &changed));
	r->purged_rows += changed;
	return ERR_OK;
}

static enum err purge_account(struct op *op)
{
	uint64_t id, changed;

	OP_TRY(op_number(
		op,
		db_prepare(op->db, "SELECT id FROM account WHERE state = 4 ORDER BY id LIMIT 1"),
		&id));
	if (!id)
		return ERR_OK;
	OP_TRY(run_with(op,
	                db_prepare(op->db, "UPDATE mailbox SET state = 1 "
	                                   "WHERE account_id = ?1 AND state = 0"),
	                id, &changed));
	if (changed)
		return ERR_OK;
	OP_TRY(run_with(op, db_prepare(op->db, "DELETE FROM subscription WHERE account_id = ?1"),
	                id, &changed));
	OP_TRY(run_with(op, db_prepare(op->db, "DELETE FROM credential WHERE account_id = ?1"), id,
	                &changed));
	OP_TRY(run_with(op, db_prepare(op->db, "DELETE FROM pop_lock WHERE account_id = ?1"), id,
	                &changed));
	OP_TRY(run_with(op, db_prepare(op->db, "DELETE FROM keyword WHERE account_id = ?1"), id,
	                &changed));
	return run_with(op,
	                db_prepare(op->db, "DELETE FROM account WHERE id = ?1 AND NOT EXISTS "
	                                   "(SELECT 1 FROM mailbox WHERE account_id = ?1)"),
	                id, &changed);
}

/* ---------------------------------------------------------------- expired keys */

/* The keys are random, so they are walked through in their own order, a slice a round, with a
 * cursor that is kept. */
static enum err expire_keys(struct op *op)
{
	int64_t age_ms = op->options && op->options->accept_log_ms
	                         ? (int64_t)op->options->accept_log_ms
	                         : 7 * day_ms;
	struct str hex, from = STR(""), upto = STR("");
	struct db_stmt *s;
	uint64_t n = 0;
	bool has_row;

	OP_TRY(op_meta_get(op, STR("cursor.accept_log"), &hex));
	if (codec_hex_decode(op->scratch, hex, &from))
		from = STR("");
	s = db_prepare(op->db, "SELECT accept_key FROM accept_log WHERE accept_key > ?1 "
	                       "ORDER BY accept_key LIMIT ?2");
	op_bind_blob(s, 1, from);
	db_bind_i64(s, 2, KEY_ROWS);
	for (;; n++) {
		OP_TRY(op_step(op, s, &has_row));
		if (!has_row)
			break;
		upto = op_col_dup(op->scratch, s, 0);
	}
	if (n) {
		s = db_prepare(op->db, "DELETE FROM accept_log WHERE accept_key > ?1 "
		                       "AND accept_key <= ?2 AND created < ?3");
		op_bind_blob(s, 1, from);
		op_bind_blob(s, 2, upto);
		db_bind_i64(s, 3, op->now_ms - age_ms);
		OP_TRY(op_run(op, s));
	}
	/* Behind the last key the walk begins anew. */
	upto = n == KEY_ROWS ? codec_hex_encode(op->scratch, upto) : STR("");
	return str_eq(upto, hex) ? ERR_OK : op_meta_set(op, STR("cursor.accept_log"), upto);
}

static enum err expire_small(struct op *op)
{
	struct db_stmt *s = db_prepare(op->db,
	                               "DELETE FROM pop_lock WHERE expires < ?1 AND opened < ?1");

	db_bind_i64(s, 1, op->now_ms - day_ms);
	OP_TRY(op_run(op, s));
	return ERR_OK;
}

/* ---------------------------------------------------------------- folding the change log */

struct fold {
	uint64_t upto, rows;
	int64_t at;
	struct ranges gone;
};

/* Up to which MODSEQ the rows at the old end are old enough. */
static enum err find_old(struct op *op, uint64_t mailbox_id, struct fold *fold)
{
	struct db_stmt *s = db_prepare(
		op->db,
		"SELECT modseq, at FROM change WHERE mailbox_id = ?1 ORDER BY modseq LIMIT ?2");
	bool has_row;

	op_bind_u64(s, 1, mailbox_id);
	db_bind_i64(s, 2, PURGE_CHANGES);
	for (;;) {
		OP_TRY(op_step(op, s, &has_row));
		if (!has_row || db_col_i64(s, 1) >= op->now_ms - fold_age_ms)
			break;
		fold->upto = db_col_u64(s, 0);
		fold->at = db_col_i64(s, 1);
		fold->rows++;
	}
	db_done(s);
	return ERR_OK;
}

static enum err read_gone(struct op *op, uint64_t mailbox_id, struct fold *fold)
{
	struct db_stmt *s = db_prepare(op->db, "SELECT uids FROM change WHERE mailbox_id = ?1 "
	                                       "AND modseq <= ?2 AND kind = 3 ORDER BY modseq");
	bool has_row;

	op_bind_u64(s, 1, mailbox_id);
	op_bind_u64(s, 2, fold->upto);
	for (;;) {
		OP_TRY(op_step(op, s, &has_row));
		if (!has_row)
			break;
		OP_TRY(ranges_parse(&fold->gone, db_col_str(s, 0)));
	}
	ranges_sort(&fold->gone);
	return ERR_OK;
}

/* False when somebody else holds the account of a mailbox just now, or it is gone. */
static enum err lock_owner(struct op *op, uint64_t mailbox_id, bool *is_locked_r)
{
	struct db_stmt *s = db_prepare(op->db, "SELECT account_id FROM mailbox WHERE id = ?1");
	struct op_account account;
	uint64_t account_id;
	enum err err;

	op_bind_u64(s, 1, mailbox_id);
	OP_TRY(op_number(op, s, &account_id));
	err = op_account_load(op, account_id, OP_LOCK_SKIP, &account);
	*is_locked_r = !err;
	return err == ERR_NOTFOUND ? ERR_OK : err;
}

/*
 * One row with all old expunges stays: VANISHED (EARLIER) of a client that comes back after a long
 * time then names more than it must, which RFC 7162 section 3.2.10 allows. New messages and flags
 * need no log: below the floor all messages are looked at.
 */
static enum err fold_mailbox(struct op *op, uint64_t mailbox_id, uint64_t *folded)
{
	struct fold fold = { .gone = ranges_in(op->scratch) };
	struct db_stmt *s;
	bool is_locked;

	OP_TRY(find_old(op, mailbox_id, &fold));
	if (fold.rows < 2)
		return ERR_OK;
	/* Nobody who writes may be between reading the floor and reading the log. */
	OP_TRY(lock_owner(op, mailbox_id, &is_locked));
	if (!is_locked)
		return ERR_OK;
	OP_TRY(read_gone(op, mailbox_id, &fold));
	s = db_prepare(op->db, "DELETE FROM change WHERE mailbox_id = ?1 AND modseq <= ?2");
	op_bind_u64(s, 1, mailbox_id);
	op_bind_u64(s, 2, fold.upto);
	OP_TRY(op_run(op, s));
	if (fold.gone.n) {
		s = db_prepare(op->db, "INSERT INTO change (mailbox_id, modseq, kind, uids, at) "
		                       "VALUES (?1, ?2, 3, ?3, ?4)");
		op_bind_u64(s, 1, mailbox_id);
		op_bind_u64(s, 2, fold.upto);
		db_bind_text(s, 3, ranges_text(&fold.gone, op->scratch));
		db_bind_i64(s, 4, fold.at);
		OP_TRY(op_run(op, s));
	}
	s = db_prepare(op->db,
	               "UPDATE mailbox SET change_floor = ?2 WHERE id = ?1 AND change_floor < ?2");
	op_bind_u64(s, 1, mailbox_id);
	op_bind_u64(s, 2, fold.upto);
	OP_TRY(op_run(op, s));
	*folded += fold.rows - (fold.gone.n ? 1 : 0);
	return ERR_OK;
}

static enum err read_cursor(struct op *op, struct str key, uint64_t *cursor_r)
{
	struct str text;

	*cursor_r = 0;
	OP_TRY(op_meta_get(op, key, &text));
	if (!str_to_u64(text, INT64_MAX, cursor_r))
		*cursor_r = 0;
	return ERR_OK;
}

static enum err write_cursor(struct op *op, struct str key, uint64_t old, uint64_t cursor)
{
	if (old == cursor)
		return ERR_OK;
	return op_meta_set(op, key, str_printf(op->scratch, "%llu", (unsigned long long)cursor));
}

static enum err read_ids(struct op *op, struct db_stmt *s, uint64_t after, size_t max,
                         uint64_t *ids, size_t *n_r)
{
	bool has_row;

	op_bind_u64(s, 1, after);
	op_bind_u64(s, 2, max);
	for (*n_r = 0;; ++*n_r) {
		OP_TRY(op_step(op, s, &has_row));
		if (!has_row)
			return ERR_OK;
		ids[*n_r] = db_col_u64(s, 0);
	}
}

static enum err fold_changes(struct op *op, struct store_upkeep_res *r)
{
	uint64_t ids[FOLD_MAILBOXES];
	uint64_t cursor;
	size_t n;

	OP_TRY(read_cursor(op, STR("cursor.fold"), &cursor));
	OP_TRY(read_ids(op,
	                db_prepare(op->db, "SELECT id FROM mailbox WHERE id > ?1 AND state = 0 "
	                                   "ORDER BY id LIMIT ?2"),
	                cursor, FOLD_MAILBOXES, ids, &n));
	for (size_t i = 0; i < n; i++)
		OP_TRY(fold_mailbox(op, ids[i], &r->folded_changes));
	return write_cursor(op, STR("cursor.fold"), cursor, n == FOLD_MAILBOXES ? ids[n - 1] : 0);
}

/* ---------------------------------------------------------------- scrub */

/*
 * One pass over all messages a month. What came within the last day is left for the next pass, so
 * that new mail is not read again while it comes in.
 */
static enum err scrub(struct op *op, struct store_upkeep_res *r)
{
	struct db_stmt *s;
	uint64_t ids[SCRUB_MESSAGES];
	uint64_t cursor, due, last;
	size_t i, n;

	OP_TRY(read_cursor(op, STR("scrub.due"), &due));
	if (op->now_ms < (int64_t)due)
		return ERR_OK;
	OP_TRY(read_cursor(op, STR("cursor.scrub"), &cursor));
	s = db_prepare(op->db, "SELECT id FROM msg WHERE id > ?1 AND received < ?3 "
	                       "ORDER BY id LIMIT ?2");
	db_bind_i64(s, 3, op->now_ms - day_ms);
	OP_TRY(read_ids(op, s, cursor, SCRUB_MESSAGES, ids, &n));
	last = cursor;
	for (i = 0; i < n && r->scrubbed_bytes < SCRUB_BYTES; i++) {
		uint64_t bytes = 0;
		enum err err = op_body_verify(op, ids[i], &bytes);

		if (err && err != ERR_CORRUPT)
			return err;
		r->damaged += err == ERR_CORRUPT;
		r->scrubbed_bytes += bytes;
		last = ids[i];
	}
	if (i == n && n < SCRUB_MESSAGES) {
		OP_TRY(write_cursor(op, STR("scrub.due"), due,
		                    (uint64_t)(op->now_ms + scrub_every_ms)));
		return write_cursor(op, STR("cursor.scrub"), cursor, 0);
	}
	return write_cursor(op, STR("cursor.scrub"), cursor, last);
}

/* ---------------------------------------------------------------- the round */

static enum err deliver_step(struct op *op, struct store_upkeep_res *r)
{
	return op_deliver_pending(op, PENDING_ROWS, &r->delivered);
}

static enum err purge_step(struct op *op, struct store_upkeep_res *r)
{
	uint64_t before;

	OP_TRY(purge_account(op));
	for (unsigned i = 0; i < PURGE_SLICES; i++) {
		before = r->purged_rows;
		OP_TRY(purge_mailbox(op, r));
		if (r->purged_rows == before)
			break;
	}
	return ERR_OK;
}

static enum err expire_step(struct op *op, struct store_upkeep_res *r)
{
	(void)r;
	OP_TRY(expire_keys(op));
	return expire_small(op);
}

/*
 * Each step for itself: damage that one of them meets must not keep the others from their work.
 * Trouble of the database itself ends the round.
 */
static enum err run_step(struct op *op, struct store_upkeep_res *r,
                         enum err (*step)(struct op *op, struct store_upkeep_res *r))
{
	struct store_upkeep_res told = *r;
	enum err err;

	OP_TRY(db_savepoint(op->db));
	err = step(op, &told);
	if (!err) {
		*r = told;
		return db_savepoint_release(op->db);
	}
	if (err == ERR_BUSY || err == ERR_IO || err == ERR_LIMIT || err == ERR_TIMEOUT)
		return err;
	OP_TRY(db_savepoint_rollback(op->db));
	r->damaged++;
	return ERR_OK;
}

enum err op_upkeep(struct op *op, const struct store_upkeep_req *q, struct store_upkeep_res *r)
{
	static enum err (*const steps[])(struct op * op, struct store_upkeep_res * r) = {
		deliver_step, collect_garbage, purge_step, expire_step, fold_changes, scrub,
	};
	struct store_upkeep_res told = { 0 };

	(void)q;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		OP_TRY(run_step(op, &told, steps[i]));
	*r = told;
	return ERR_OK;
}
