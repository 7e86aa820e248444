/*
 * What an engine provides to the db layer, and what lanes need beyond db.h.
 */
#ifndef TAYORI_STORE_DB_PRIV_H
#define TAYORI_STORE_DB_PRIV_H

#include "src/store/db.h"

#define DB_STMT_BUCKETS 256
#define DB_SAVEPOINTS_MAX 4

/* The common head of an engine's statement. */
struct db_stmt {
	struct db *db;
	const char *sql;      /* its address is the key */
	struct db_stmt *next; /* in its bucket */
	bool is_write;        /* anything but a SELECT */
};

struct db_engine_ops {
	enum db_engine engine;
	void (*close)(struct db *db);
	/* Never NULL: what is wrong with `sql` shows at the first step. */
	struct db_stmt *(*stmt_new)(struct db *db, const char *sql);
	void (*stmt_free)(struct db_stmt *s);
	/* Ready to be bound, nothing bound. */
	void (*stmt_reset)(struct db_stmt *s);
	void (*bind_i64)(struct db_stmt *s, int n, int64_t value);
	void (*bind_text)(struct db_stmt *s, int n, struct str text);
	void (*bind_blob)(struct db_stmt *s, int n, struct str blob);
	enum err (*step)(struct db_stmt *s, bool *has_row_r);
	int64_t (*col_i64)(struct db_stmt *s, int n);
	struct str (*col_str)(struct db_stmt *s, int n);
	bool (*col_is_null)(struct db_stmt *s, int n);
	uint64_t (*changed)(struct db_stmt *s);
	enum err (*exec)(struct db *db, const char *sql);
	/* A short constant statement that lanes repeat (savepoints); may be kept prepared. */
	enum err (*control)(struct db *db, const char *sql);
	/* NULL: makes no difference. */
	void (*expect_little)(struct db *db, bool is_little);
	enum err (*begin)(struct db *db, bool is_write);
	enum err (*commit)(struct db *db);
	void (*rollback)(struct db *db);
	bool (*in_transaction)(const struct db *db);
};

/* The common head of an engine's connection. */
struct db {
	const struct db_engine_ops *ops;
	struct errinfo info; /* the last failure since db_clear_failure */
	struct db_stmt *stmts[DB_STMT_BUCKETS];
	unsigned depth;   /* savepoints now */
	uint64_t written; /* steps of statements that write, so far */
	bool is_reader;
	bool is_lost;             /* the connection is gone; db_begin makes a new one */
	bool is_commit_unknown;   /* the last db_commit may have happened */
	uint64_t generation;      /* number of the connection, from 1 */
	int64_t deadline_mono_ms; /* postgres: waiting ends here; 0 means the default */
};

/* Engines; called by db_open. */
enum err db_sqlite_open(const struct store_options *o, bool is_reader, struct db **db_r,
                        struct errinfo *info) MUST_USE;
enum err db_postgres_open(const struct store_options *o, bool is_reader, struct db **db_r,
                          struct errinfo *info) MUST_USE;

/*
 * `sql` for an engine: marks replaced, ?N as $N for PostgreSQL; quotes are respected. On the heap;
 * `*params_r` is the highest N.
 */
char *db_sql_translate(const char *sql, enum db_engine engine, int *params_r);

/* Drop every cached statement (after a lost connection, before closing). */
void db_drop_stmts(struct db *db);

/* Forget the last failure: db_errinfo says ERR_OK until the next one. */
void db_clear_failure(struct db *db);

/* Whether a transaction is still open; engines may end one by themselves after a failure. */
bool db_in_transaction(const struct db *db);

/* Changes when something may have been written. */
static inline uint64_t db_written(const struct db *db)
{
	return db->written;
}

/* Connections so far; a change means that this is not the one seen before. */
static inline uint64_t db_generation(const struct db *db)
{
	return db->generation;
}

/* After a failed db_commit: it may have happened nevertheless. */
static inline bool db_is_commit_unknown(const struct db *db)
{
	return db->is_commit_unknown;
}

/* The connection is gone; everything not committed is rolled back. */
static inline bool db_is_lost(const struct db *db)
{
	return db->is_lost;
}

/*
 * What a client is told is our own, passing trouble when it comes from the database and not from an
 * operation.
 */
static inline bool db_is_own_trouble(enum err err)
{
	return err == ERR_LIMIT || err == ERR_INVALID || err == ERR_IO || err == ERR_BUSY ||
	       err == ERR_TIMEOUT;
}

/*
 * How long the server may take from now on (monotonic clock); 0 is the default of 60 s a statement.
 */
static inline void db_set_deadline(struct db *db, int64_t mono_ms)
{
	db->deadline_mono_ms = mono_ms;
}

#endif
