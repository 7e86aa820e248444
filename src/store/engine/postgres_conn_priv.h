/*
 * Between the files of the PostgreSQL engine: postgres.c (transactions, opening), postgres_conn.c
 * (the connection and what goes wrong with it), postgres_stmt.c (statements and their parameters),
 * postgres_column.c (what comes back).
 */
#ifndef TAYORI_STORE_ENGINE_POSTGRES_CONN_PRIV_H
#define TAYORI_STORE_ENGINE_POSTGRES_CONN_PRIV_H

#include <libpq-fe.h>

#include "src/store/db_priv.h"

/* Types of parameters and columns that are known here (pg_type.dat). */
enum {
	OID_BOOL = 16,
	OID_BYTEA = 17,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_OID = 26,
	OID_FLOAT4 = 700,
	OID_FLOAT8 = 701,
	OID_NUMERIC = 1700
};

struct pg {
	struct db base;
	PGconn *conn;
	char *conninfo;
	bool is_no_sync;
	bool is_warned; /* a WARNING came since the last statement began */
	uint64_t next_name;
};

enum pg_kind {
	PG_NULL,
	PG_I64,
	PG_TEXT,
	PG_BLOB
};

struct pg_param {
	enum pg_kind kind;
	int64_t i;
	struct str s;
	char room[24]; /* the value in wire form */
};

struct pg_stmt {
	struct db_stmt base;
	char *text;
	char name[24];
	uint64_t generation; /* connection it is prepared on; 0: none */
	int n_params;
	struct pg_param *params;
	Oid *types;
	bool is_bind_wrong;
	PGresult *res;
	int row;
	uint64_t changed;
	char num[24]; /* an integer column read as text */
};

static inline struct pg *pg_of(struct db *db)
{
	return (struct pg *)db;
}

static inline struct pg_stmt *pg_stmt_of(struct db_stmt *s)
{
	return (struct pg_stmt *)s;
}

/* ---- connection: each of these fails with the kind of error that the server or the network
 * gave, tells it in `db->base.info`, and closes a connection that cannot be used any longer */

/* Connect, to whoever is the primary now. May wait. */
enum err pg_connect(struct pg *db) MUST_USE;

/* ERR_IO when there is no connection. */
enum err pg_need_connection(struct pg *db) MUST_USE;

/* Close it; the next pg_begin connects again. */
void pg_lose(struct pg *db);

/* The same, with an error that says `what` could not be done and why. Returns `kind`. */
enum err pg_fail_lost(struct pg *db, enum err kind, const char *what);

/*
 * The (last) result of what was sent, owned: PQclear; the connection is ready for the next
 * statement afterwards. May wait, until the deadline.
 */
enum err pg_result(struct pg *db, const char *what, PGresult **res_r) MUST_USE;

/* Run `sql` without parameters. The result goes to `res_r` (owned: PQclear) or, with NULL, away. */
enum err pg_simple(struct pg *db, const char *sql, PGresult **res_r) MUST_USE;

/* ---- statements and columns: see struct db_engine_ops */

struct db_stmt *pg_stmt_new(struct db *base, const char *sql);
void pg_stmt_free(struct db_stmt *base);
void pg_stmt_reset(struct db_stmt *base);
void pg_bind_i64(struct db_stmt *base, int n, int64_t value);
void pg_bind_text(struct db_stmt *base, int n, struct str text);
void pg_bind_blob(struct db_stmt *base, int n, struct str blob);
enum err pg_step(struct db_stmt *base, bool *has_row_r) MUST_USE;
uint64_t pg_changed(struct db_stmt *base);

int64_t pg_col_i64(struct db_stmt *base, int n);
struct str pg_col_str(struct db_stmt *base, int n);
bool pg_col_is_null(struct db_stmt *base, int n);

#endif
