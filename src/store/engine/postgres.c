/*
 * PostgreSQL through libpq, as the rules of the transaction protocols ask:
 *
 * - Deadlines are the client's. A statement that does not answer in time costs the connection, and
 *   the lane finds out what happened; nothing is ever cancelled, because a cancelled COMMIT looks
 *   like a good one.
 * - A COMMIT is good only with the tag COMMIT and without a WARNING.
 * - After a loss the next db_begin connects again, to whoever is the primary by then.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/store/engine/postgres_conn_priv.h"
#include "src/store/engine/postgres_priv.h"
#include "src/store/store.h"

/* ---- transactions */

static enum err pg_exec(struct db *base, const char *sql)
{
	struct pg *db = pg_of(base);
	char *text = db_sql_translate(sql, DB_POSTGRES, NULL);
	enum err err = pg_simple(db, text, NULL);
	free(text);
	return err;
}

static enum err pg_control(struct db *db, const char *sql)
{
	return pg_simple(pg_of(db), sql, NULL);
}

static enum err pg_begin(struct db *base, bool is_write)
{
	struct pg *db = pg_of(base);
	/*
	 * One that was lost while idle shows only when it is used: try once more on a new
	 * connection.
	 */
	for (int tries = 0;; tries++) {
		if (!db->conn) {
			enum err err = pg_connect(db);
			if (err)
				return err;
		}
		enum err err = pg_simple(
			db,
			is_write ? "BEGIN ISOLATION LEVEL READ COMMITTED"
				 : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
			NULL);
		if (!err || db->conn || tries)
			return err;
	}
}

static enum err pg_commit(struct db *base)
{
	struct pg *db = pg_of(base);
	PGresult *res = NULL;
	bool was_connected = db->conn != NULL;
	enum err err = pg_simple(db, "COMMIT", &res);
	if (err) {
		/* An answer that says no is a rollback; no answer says nothing. */
		base->is_commit_unknown = was_connected && base->is_lost;
		if (!base->is_lost)
			base->ops->rollback(base);
		return err;
	}
	bool is_good = strcmp(PQcmdStatus(res), "COMMIT") == 0;
	PQclear(res);
	if (is_good && !db->is_warned)
		return ERR_OK;
	if (!is_good)
		return err_set(&base->info, ERR_TEMP, "postgres: the transaction was rolled back");
	base->is_commit_unknown = true;
	pg_lose(db);
	return err_set(&base->info, ERR_IO,
	               "postgres: COMMIT came with a warning, it may not be replicated");
}

static void pg_rollback(struct db *base)
{
	struct pg *db = pg_of(base);
	if (!db->conn || PQtransactionStatus(db->conn) == PQTRANS_IDLE)
		return;
	struct errinfo keep = base->info;
	if (pg_simple(db, "ROLLBACK", NULL))
		pg_lose(db);
	base->info = keep;
}

static bool pg_in_transaction(const struct db *base)
{
	const struct pg *db = (const struct pg *)base;
	if (!db->conn)
		return false;
	PGTransactionStatusType status = PQtransactionStatus(db->conn);
	return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

/* ---- opening */

static void pg_close(struct db *base)
{
	struct pg *db = pg_of(base);
	if (db->conn)
		PQfinish(db->conn);
	free(db->conninfo);
	free(db);
}

static const struct db_engine_ops pg_ops = {
	.engine = DB_POSTGRES,
	.close = pg_close,
	.stmt_new = pg_stmt_new,
	.stmt_free = pg_stmt_free,
	.stmt_reset = pg_stmt_reset,
	.bind_i64 = pg_bind_i64,
	.bind_text = pg_bind_text,
	.bind_blob = pg_bind_blob,
	.step = pg_step,
	.col_i64 = pg_col_i64,
	.col_str = pg_col_str,
	.col_is_null = pg_col_is_null,
	.changed = pg_changed,
	.exec = pg_exec,
	.control = pg_control,
	.begin = pg_begin,
	.commit = pg_commit,
	.rollback = pg_rollback,
	.in_transaction = pg_in_transaction,
};

enum err db_postgres_open(const struct store_options *o, bool is_reader, struct db **db_r,
                          struct errinfo *info)
{
	struct pg *db = calloc(1, sizeof(*db));
	must(db != NULL);
	db->base.ops = &pg_ops;
	db->base.is_reader = is_reader;
	db->is_no_sync = o->unsafe_no_sync;
	db->conninfo = malloc(o->conninfo.n + 1);
	must(db->conninfo != NULL);
	if (o->conninfo.n)
		memcpy(db->conninfo, o->conninfo.p, o->conninfo.n);
	db->conninfo[o->conninfo.n] = '\0';
	enum err err = pg_connect(db);
	if (err) {
		err_set(info, err, "store: %s", db->base.info.text);
		struct db *base = &db->base;
		db_close(&base);
		return err;
	}
	*db_r = &db->base;
	return ERR_OK;
}

/* ---- services */

enum err db_postgres_identity(struct db *db, struct arena *a, struct str *identity_r)
{
	must(db->ops == &pg_ops);
	/* The timeline comes from the name of the current WAL file: that needs no special right. */
	struct db_stmt *s = db_prepare(
		db, "SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || "
		    "substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '/' || "
		    "extract(epoch FROM pg_postmaster_start_time())::text");
	bool has_row = false;
	enum err err = db_step(s, &has_row);
	if (err)
		return err;
	must(has_row);
	*identity_r = str_dup(a, db_col_str(s, 0));
	db_done(s);
	return ERR_OK;
}

enum err db_postgres_force_wal(struct db *db)
{
	must(db->ops == &pg_ops);
	return db_exec(db, "SELECT pg_logical_emit_message(true, 'tayori', '')");
}
