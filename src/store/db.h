/*
 * The thin layer over the two engines: prepare, bind, step, transaction.
 *
 * Operations are written once over this and run on SQLite and PostgreSQL with the same text. A
 *`struct db` is one connection and belongs to one thread at a time. Statements are prepared once
 *per connection, found by the address of their text (which must be a constant), and are ready again
 *after db_done.
 *
 * SQL is written with numbered parameters ?1, ?2, ... (PostgreSQL gets $1, $2). Marks that the
 *layer replaces:
 *	@LOCK@   row lock of a SELECT: nothing | FOR NO KEY UPDATE
 *	@SKIP@   the same, leaving locked rows out: nothing | FOR NO KEY UPDATE SKIP LOCKED
 * Texts are UTF-8 without NUL; octets are bound as blobs. Booleans are integers.
 *
 * A failed statement: ERR_EXISTS (a unique or primary key is taken), ERR_NOTFOUND (a foreign key is
 *not there or still used), ERR_BUSY (deadlock or serialisation: the lane rolls back and runs the
 *operation again), ERR_IO (connection or disk), ERR_LIMIT (disk full), ERR_CORRUPT, ERR_INVALID.
 *Details are in db_errinfo. After any failure in a PostgreSQL transaction only rolling back to a
 *savepoint goes on; lanes do that.
 */
#ifndef TAYORI_STORE_DB_H
#define TAYORI_STORE_DB_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;
struct db;
struct db_stmt;
struct store_options;

enum db_engine {
	DB_SQLITE,
	DB_POSTGRES
};

/* Open a connection. Reader connections refuse to write. Returns owned: db_close. */
enum err db_open(const struct store_options *o, bool is_reader, struct db **db_r,
                 struct errinfo *info) MUST_USE;

/* Close it and free its statements; a transaction that is open is lost. Accepts a pointer to NULL.
 */
void db_close(struct db **db);

/* Which engine this is. */
enum db_engine db_engine_of(const struct db *db);

/* The last failure; ERR_OK when there was none. Valid until the next call. */
const struct errinfo *db_errinfo(const struct db *db);

/* The statement for `sql` (keeps the pointer), with no bindings. A failure shows at the first
 * db_step. */
struct db_stmt *db_prepare(struct db *db, const char *sql);

/* Bind parameter `n` (from 1). Text and blobs are borrowed until db_done. */
void db_bind_i64(struct db_stmt *s, int n, int64_t value);
void db_bind_u64(struct db_stmt *s, int n, uint64_t value); /* must fit 63 bits */
void db_bind_text(struct db_stmt *s, int n, struct str text);
void db_bind_blob(struct db_stmt *s, int n, struct str blob);
void db_bind_null(struct db_stmt *s, int n);

/* The next row: ERR_OK with *has_row_r, or a failure. After the last row (or a failure) the
 * statement is done. */
enum err db_step(struct db_stmt *s, bool *has_row_r) MUST_USE;

/* Columns of the current row, from 0; views are valid until the next step. NULL reads as 0 or
 * empty. */
int64_t db_col_i64(struct db_stmt *s, int n);
uint64_t db_col_u64(struct db_stmt *s, int n);
struct str db_col_str(struct db_stmt *s, int n);
bool db_col_is_null(struct db_stmt *s, int n);

/* End it early: ready to be bound again. Safe at any time. */
void db_done(struct db_stmt *s);

/* Step to the end; rows changed. */
enum err db_run(struct db_stmt *s, uint64_t *changed_r) MUST_USE;

/* Run constant SQL without parameters or rows, possibly several statements. */
enum err db_exec(struct db *db, const char *sql) MUST_USE;

/*
 * Until the transaction ends, only a few pages far from each other will be read: what lies around
 * them need not come along from the disk.
 */
void db_expect_little(struct db *db);

/* Transactions. A reading one sees one snapshot. */
enum err db_begin(struct db *db, bool is_write) MUST_USE;
enum err db_commit(struct db *db) MUST_USE;
void db_rollback(struct db *db);
enum err db_savepoint(
	struct db *db) MUST_USE; /* may be nested: an operation may use its own inside its lane's */
enum err db_savepoint_release(struct db *db) MUST_USE;
enum err db_savepoint_rollback(struct db *db) MUST_USE;

/* Engine-only services (online backup, checkpoint, integrity check) are in engine/sqlite_priv.h. */

#endif
