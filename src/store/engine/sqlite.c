#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/store/db_priv.h"
#include "src/store/engine/sqlite_log_priv.h"
#include "src/store/engine/sqlite_map_priv.h"
#include "src/store/engine/sqlite_priv.h"
#include "src/store/store.h"

#define BUSY_TIMEOUT_MS 5000
#define PAGE_SIZE 4096
/* Transient texts are borrowed until db_done, as db.h says. */
#define BORROWED SQLITE_STATIC

struct lite {
	struct db base;
	sqlite3 *conn;
	struct sqlite_map *map;
	bool reads_little; /* until the transaction ends */
	uint64_t wal_bytes;
};

struct lite_stmt {
	struct db_stmt base;
	sqlite3_stmt *stmt;
	int bind_rc; /* first failure of a bind */
	int prepare_rc;
	bool is_active; /* stepped and not reset */
	bool has_bindings;
	uint64_t changed;
};

static struct lite *lite_of(struct db *db)
{
	return (struct lite *)db;
}

static const struct lite *lite_of_const(const struct db *db)
{
	return (const struct lite *)db;
}

static struct lite_stmt *stmt_of(struct db_stmt *s)
{
	return (struct lite_stmt *)s;
}

/* ---------------------------------------------------------------- failures */

static enum err kind_of(int rc)
{
	switch (rc) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return ERR_EXISTS;
	case SQLITE_CONSTRAINT_FOREIGNKEY:
	case SQLITE_CONSTRAINT_TRIGGER:
		return ERR_NOTFOUND;
	default:
		break;
	}
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_FULL:
		return ERR_LIMIT;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_PROTOCOL:
		return ERR_IO;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ERR_CORRUPT;
	case SQLITE_NOMEM:
		return ERR_TEMP;
	default:
		return ERR_INVALID;
	}
}

static enum err fail(struct lite *db, int rc, const char *what)
{
	/* A full disk can show as a failed write, too: the system's number tells. */
	enum err kind = kind_of(rc);
	int sys = sqlite3_system_errno(db->conn);
	if (kind == ERR_IO && (sys == ENOSPC || sys == EDQUOT))
		kind = ERR_LIMIT;
	db->base.info.sys_errno = kind == ERR_IO ? sys : 0;
	return err_set(&db->base.info, kind, "sqlite: %s (%d) in: %.200s", sqlite3_errmsg(db->conn),
	               rc, what);
}

/* ---------------------------------------------------------------- statements */

static struct db_stmt *lite_stmt_new(struct db *base, const char *sql)
{
	struct lite *db = lite_of(base);
	struct lite_stmt *s = calloc(1, sizeof(*s));
	must(s != NULL);
	char *text = db_sql_translate(sql, DB_SQLITE, NULL);
	s->prepare_rc = sqlite3_prepare_v3(db->conn, text, -1, SQLITE_PREPARE_PERSISTENT, &s->stmt,
	                                   NULL);
	free(text);
	if (s->prepare_rc)
		fail(db, s->prepare_rc, sql);
	return &s->base;
}

static void lite_stmt_free(struct db_stmt *base)
{
	sqlite3_finalize(stmt_of(base)->stmt);
	free(base);
}

static void lite_stmt_reset(struct db_stmt *base)
{
	struct lite_stmt *s = stmt_of(base);
	if (s->is_active)
		sqlite3_reset(s->stmt);
	if (s->has_bindings)
		sqlite3_clear_bindings(s->stmt);
	s->is_active = false;
	s->has_bindings = false;
	s->bind_rc = SQLITE_OK;
}

static void note_bind(struct lite_stmt *s, int rc)
{
	s->has_bindings = true;
	if (rc && !s->bind_rc)
		s->bind_rc = rc;
}

static void lite_bind_i64(struct db_stmt *base, int n, int64_t value)
{
	struct lite_stmt *s = stmt_of(base);
	note_bind(s, sqlite3_bind_int64(s->stmt, n, value));
}

static void lite_bind_text(struct db_stmt *base, int n, struct str text)
{
	struct lite_stmt *s = stmt_of(base);
	note_bind(s, sqlite3_bind_text64(s->stmt, n, text.n ? (const char *)text.p : "", text.n,
	                                 BORROWED, SQLITE_UTF8));
}

static void lite_bind_blob(struct db_stmt *base, int n, struct str blob)
{
	struct lite_stmt *s = stmt_of(base);
	if (blob.n)
		note_bind(s, sqlite3_bind_blob64(s->stmt, n, blob.p, blob.n, BORROWED));
	else
		note_bind(s, sqlite3_bind_zeroblob(s->stmt, n, 0));
}

static enum err lite_step(struct db_stmt *base, bool *has_row_r)
{
	struct lite_stmt *s = stmt_of(base);
	struct lite *db = lite_of(base->db);
	if (s->prepare_rc) {
		/* Tables may have come into being since: try again before giving up. */
		char *text = db_sql_translate(base->sql, DB_SQLITE, NULL);
		s->prepare_rc = sqlite3_prepare_v3(db->conn, text, -1, SQLITE_PREPARE_PERSISTENT,
		                                   &s->stmt, NULL);
		free(text);
		if (s->prepare_rc)
			return fail(db, s->prepare_rc, base->sql);
		if (sqlite3_bind_parameter_count(s->stmt) > 0) {
			lite_stmt_reset(base);
			return err_set(&db->base.info, ERR_INVALID,
			               "sqlite: statement was bound before it could be prepared: "
			               "%.200s",
			               base->sql);
		}
	}
	if (s->bind_rc) {
		enum err err = fail(db, s->bind_rc, base->sql);
		lite_stmt_reset(base);
		return err;
	}
	s->is_active = true;
	int rc = sqlite3_step(s->stmt);
	if (rc == SQLITE_ROW) {
		*has_row_r = true;
		return ERR_OK;
	}
	if (rc == SQLITE_DONE) {
		s->changed = sqlite3_stmt_readonly(s->stmt) ? 0
		                                            : (uint64_t)sqlite3_changes64(db->conn);
		lite_stmt_reset(base);
		*has_row_r = false;
		return ERR_OK;
	}
	enum err err = fail(db, rc, base->sql);
	lite_stmt_reset(base);
	return err;
}

static int64_t lite_col_i64(struct db_stmt *base, int n)
{
	return sqlite3_column_int64(stmt_of(base)->stmt, n);
}

static struct str lite_col_str(struct db_stmt *base, int n)
{
	sqlite3_stmt *stmt = stmt_of(base)->stmt;
	const void *p = sqlite3_column_type(stmt, n) == SQLITE_BLOB
	                        ? sqlite3_column_blob(stmt, n)
	                        : (const void *)sqlite3_column_text(stmt, n);
	int len = sqlite3_column_bytes(stmt, n);
	return p ? str_make(p, (size_t)len) : (struct str){ 0 };
}

static bool lite_col_is_null(struct db_stmt *base, int n)
{
	return sqlite3_column_type(stmt_of(base)->stmt, n) == SQLITE_NULL;
}

static uint64_t lite_changed(struct db_stmt *base)
{
	return stmt_of(base)->changed;
}

/* ---------------------------------------------------------------- transactions */

static enum err run_cached(struct db *base, const char *sql)
{
	return db_run(db_prepare(base, sql), NULL);
}

static enum err lite_exec(struct db *base, const char *sql)
{
	struct lite *db = lite_of(base);
	int rc = sqlite3_exec(db->conn, sql, NULL, NULL, NULL);
	return rc ? fail(db, rc, sql) : ERR_OK;
}

static void lite_expect_little(struct db *base, bool is_little)
{
	struct lite *db = lite_of(base);

	if (db->reads_little != is_little)
		sqlite_map_expect_little(db->conn, is_little);
	db->reads_little = is_little;
}

static enum err lite_begin(struct db *db, bool is_write)
{
	lite_expect_little(db, false);
	return run_cached(db, is_write ? "BEGIN IMMEDIATE" : "BEGIN");
}

/* Statements left open by an operation would keep a transaction from ending. */
static void reset_active(struct db *db)
{
	for (size_t i = 0; i < DB_STMT_BUCKETS; i++) {
		for (struct db_stmt *s = db->stmts[i]; s; s = s->next) {
			if (stmt_of(s)->is_active)
				lite_stmt_reset(s);
		}
	}
}

static enum err lite_commit(struct db *db)
{
	reset_active(db);
	enum err err = run_cached(db, "COMMIT");
	if (err && !sqlite3_get_autocommit(lite_of(db)->conn)) {
		struct errinfo keep = db->info;
		db->ops->rollback(db);
		db->info = keep;
	}
	return err;
}

static void lite_rollback(struct db *db)
{
	reset_active(db);
	if (sqlite3_get_autocommit(lite_of(db)->conn))
		return;
	enum err err = run_cached(db, "ROLLBACK");
	/* It can fail only when there is nothing left to roll back. */
	must(!err || sqlite3_get_autocommit(lite_of(db)->conn));
}

static bool lite_in_transaction(const struct db *db)
{
	return !sqlite3_get_autocommit(lite_of_const(db)->conn);
}

/* ---------------------------------------------------------------- opening */

static void lite_close(struct db *base)
{
	struct lite *db = lite_of(base);
	sqlite3_close_v2(db->conn);
	sqlite_map_leave(&db->map);
	free(db);
}

static const struct db_engine_ops lite_ops = {
	.engine = DB_SQLITE,
	.close = lite_close,
	.stmt_new = lite_stmt_new,
	.stmt_free = lite_stmt_free,
	.stmt_reset = lite_stmt_reset,
	.bind_i64 = lite_bind_i64,
	.bind_text = lite_bind_text,
	.bind_blob = lite_bind_blob,
	.step = lite_step,
	.col_i64 = lite_col_i64,
	.col_str = lite_col_str,
	.col_is_null = lite_col_is_null,
	.changed = lite_changed,
	.exec = lite_exec,
	.control = run_cached,
	.expect_little = lite_expect_little,
	.begin = lite_begin,
	.commit = lite_commit,
	.rollback = lite_rollback,
	.in_transaction = lite_in_transaction,
};

static void configure_process(void)
{
	/*
	 * Each connection is used by one thread at a time, and nobody reads SQLite's memory
	 * counters: both would cost a process-wide mutex.
	 */
	sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	sqlite3_initialize();
}

static int note_wal(void *ctx, sqlite3 *conn, const char *name, int pages)
{
	(void)conn;
	(void)name;
	struct lite *db = ctx;
	db->wal_bytes = (uint64_t)pages * PAGE_SIZE;
	return SQLITE_OK;
}

char *db_sqlite_file(struct arena *a, struct str directory)
{
	return (char *)(uintptr_t)str_printf(a, "%.*s/tayori.db", STR_ARG(directory)).p;
}

/* A file system that cannot share memory keeps SQLite from using its log, silently. */
static enum err check_wal(struct lite *db)
{
	struct db_stmt *s = db_prepare(&db->base, "PRAGMA journal_mode");
	bool has_row = false;
	enum err err = db_step(s, &has_row);
	if (err)
		return err;
	bool is_wal = has_row && str_eq(db_col_str(s, 0), STR("wal"));
	db_done(s);
	return is_wal ? ERR_OK
	              : err_set(&db->base.info, ERR_IO,
	                        "sqlite: no write-ahead log on this file system");
}

static enum err set_up(struct lite *db, const struct store_options *o)
{
	/* page_size works only before the file has content, so it comes first. */
	static const char writer[] =
		"PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON;"
		"PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;"
		"PRAGMA journal_size_limit=268435456;";
	static const char reader[] =
		"PRAGMA foreign_keys=ON; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-8000;"
		"PRAGMA mmap_size=1073741824; PRAGMA temp_store=MEMORY; PRAGMA query_only=ON;";

	sqlite3_extended_result_codes(db->conn, 1);
	sqlite3_busy_timeout(db->conn, BUSY_TIMEOUT_MS);
	/* First of all: our log file relies on it. */
	enum err err = db_exec(&db->base, o->unsafe_no_sync ? "PRAGMA synchronous=OFF;"
	                                                    : "PRAGMA synchronous=FULL;");
	if (!err)
		err = db_exec(&db->base, db->base.is_reader ? reader : writer);
	if (!err && !db->base.is_reader)
		err = check_wal(db);
	if (!err)
		sqlite3_wal_hook(db->conn, note_wal, db);
	return err;
}

enum err db_sqlite_open(const struct store_options *o, bool is_reader, struct db **db_r,
                        struct errinfo *info)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, configure_process);

	struct lite *db = calloc(1, sizeof(*db));
	must(db != NULL);
	db->base.ops = &lite_ops;
	db->base.is_reader = is_reader;
	db->base.generation = 1;
	struct arena *a = arena_new(NULL);
	char *file = db_sqlite_file(a, o->path);
	/*
	 * Nobody else reads people's mail, whatever the umask. Only a new file may be opened here:
	 * closing any descriptor of a file that is in use would drop SQLite's locks on it.
	 */
	int fd = is_reader ? -1 : open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	db->map = sqlite_map_enter(file);
	/* Without flushes nothing would tell the log when a commit ends. */
	const char *vfs = is_reader           ? sqlite_map_vfs()
	                  : o->unsafe_no_sync ? NULL
	                                      : sqlite_log_vfs();
	/* A reader may have to make the shared memory file, so it opens for writing, too. */
	int rc = sqlite3_open_v2(file, &db->conn,
	                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
	                                 (is_reader ? 0 : SQLITE_OPEN_CREATE),
	                         vfs);
	enum err err = rc ? fail(db, rc, "open") : set_up(db, o);
	if (err) {
		err_set(info, err, "store %s: %s", file, db->base.info.text);
		struct db *base = &db->base;
		db_close(&base);
	} else {
		*db_r = &db->base;
	}
	arena_free(&a);
	return err;
}

/* ---------------------------------------------------------------- services */

uint64_t db_sqlite_wal_bytes(const struct db *db)
{
	must(db->ops == &lite_ops);
	return lite_of_const(db)->wal_bytes;
}

enum err db_sqlite_flush_file(struct db *base)
{
	must(base->ops == &lite_ops);
	struct lite *db = lite_of(base);
	sqlite3_file *file = NULL;
	int rc = sqlite3_file_control(db->conn, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	if (!rc)
		rc = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
	return rc ? fail(db, rc, "flush of the file") : ERR_OK;
}

enum err db_sqlite_checkpoint(struct db *base, bool is_passive, uint64_t *left_r)
{
	must(base->ops == &lite_ops);
	struct lite *db = lite_of(base);
	int in_log = 0, done = 0;
	int rc = sqlite3_wal_checkpoint_v2(
		db->conn, NULL, is_passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE,
		&in_log, &done);
	if (rc)
		return fail(db, rc, "checkpoint");
	db->wal_bytes = in_log > 0 ? (uint64_t)in_log * PAGE_SIZE : 0;
	if (left_r)
		*left_r = in_log > done ? (uint64_t)(in_log - done) * PAGE_SIZE : 0;
	return ERR_OK;
}

struct sqlite3 *db_sqlite_handle(struct db *db)
{
	must(db->ops == &lite_ops);
	return lite_of(db)->conn;
}
