#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/base/random.h"
#include "src/store/backup_priv.h"
#include "src/store/db_priv.h"
#include "src/store/engine/sqlite_priv.h"
#include "src/store/engine_state_priv.h"
#include "src/store/schema_priv.h"

#define PAGES_A_STEP 1024
#define PAGE_SIZE 4096u
#define GIVE_UP_MS 300000

/*
 * The source connection holds one read transaction from the first slice to the last. So the copy is
 * the store at one moment, whatever is written meanwhile, and never has to begin again; the price
 * is a log that grows until the end.
 */
struct backup {
	struct arena *a;
	struct db *source;
	sqlite3 *target;
	sqlite3_backup *run;
	char *path;
	uint64_t cursor;
	int64_t used_mono_ms;
	bool is_whole;
};

static void backup_free(struct backup *b)
{
	if (b->run)
		sqlite3_backup_finish(b->run);
	if (b->target)
		sqlite3_close_v2(b->target);
	if (b->source)
		db_rollback(b->source);
	db_close(&b->source);
	if (b->path && !b->is_whole)
		unlink(b->path);
	arena_free(&b->a);
}

void backup_abandon(struct store_engine *engine)
{
	if (engine->backup)
		backup_free(engine->backup);
	engine->backup = NULL;
}

/* The snapshot begins with the first read, not with BEGIN. */
static enum err pin_snapshot(struct db *db)
{
	enum err err = db_begin(db, false);
	if (err)
		return err;
	return db_run(db_prepare(db, "SELECT count(*) FROM meta"), NULL);
}

static enum err fail(const struct backup *b, struct errinfo *info, const char *what)
{
	const char *why = b->target ? sqlite3_errmsg(b->target) : "no memory";
	return err_set(info, ERR_TEMP, "backup: %s %s: %s", what, b->path, why);
}

static enum err make_target(struct backup *b, struct str directory, struct errinfo *info)
{
	const char *dir = str_dup_c(b->a, directory);
	if (!dir || !*dir)
		return err_set(info, ERR_INVALID, "backup: no directory");
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return err_set_errno(info, ERR_TEMP, "backup: %s", dir);
	char *path = db_sqlite_file(b->a, directory);
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set_errno(info, errno == EEXIST ? ERR_EXISTS : ERR_TEMP, "backup: %s",
		                     path);
	close(fd);
	b->path = path;
	if (sqlite3_open_v2(path, &b->target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ||
	    sqlite3_exec(b->target, "PRAGMA journal_mode=OFF; PRAGMA synchronous=FULL;", NULL, NULL,
	                 NULL))
		return fail(b, info, "open");
	b->run = sqlite3_backup_init(b->target, "main", db_sqlite_handle(b->source), "main");
	return b->run ? ERR_OK : fail(b, info, "begin");
}

static enum err begin(struct store_engine *engine, struct str directory, struct errinfo *info)
{
	if (engine->backup && engine->backup->used_mono_ms + GIVE_UP_MS > clock_mono_ms())
		return err_set(info, ERR_BUSY, "backup: another one is running");
	backup_abandon(engine);
	struct arena *a = arena_new(NULL);
	struct backup *b = ARENA_NEW(a, struct backup);
	b->a = a;
	enum err err = db_open(&engine->options, true, &b->source, info);
	if (!err)
		err = pin_snapshot(b->source);
	if (!err)
		err = make_target(b, directory, info);
	if (err) {
		backup_free(b);
		return err;
	}
	b->cursor = random_u64() >> 1 | 1;
	engine->backup = b;
	return ERR_OK;
}

/* The target's own rows say that it is a copy: store_engine_restore looks at them. */
static enum err finish(struct store_engine *engine, struct backup *b, struct errinfo *info)
{
	sqlite3_backup_finish(b->run);
	b->run = NULL;
	if (sqlite3_exec(b->target,
	                 "INSERT INTO meta (k, v) VALUES ('is_copy', '1') "
	                 "ON CONFLICT (k) DO UPDATE SET v = '1'",
	                 NULL, NULL, NULL))
		return fail(b, info, "mark");
	int fd = open(b->path, O_RDONLY | O_CLOEXEC);
	bool is_synced = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	if (!is_synced)
		return err_set_errno(info, ERR_TEMP, "backup: %s", b->path);
	b->is_whole = true;
	backup_abandon(engine);
	return ERR_OK;
}

static enum err step(struct store_engine *engine, struct store_backup_res *r, struct errinfo *info)
{
	struct backup *b = engine->backup;
	int rc = sqlite3_backup_step(b->run, PAGES_A_STEP);
	uint64_t total = (uint64_t)sqlite3_backup_pagecount(b->run);
	uint64_t left = (uint64_t)sqlite3_backup_remaining(b->run);
	struct store_backup_res res = {
		.cursor = b->cursor,
		.done_bytes = (total - left) * PAGE_SIZE,
		.total_bytes = total * PAGE_SIZE,
		.is_done = rc == SQLITE_DONE,
	};
	b->used_mono_ms = clock_mono_ms();
	enum err err = ERR_OK;
	if (rc == SQLITE_DONE)
		err = finish(engine, b, info);
	else if (rc != SQLITE_OK && rc != SQLITE_BUSY && rc != SQLITE_LOCKED)
		err = fail(b, info, "copy to");
	if (err)
		backup_abandon(engine);
	else
		*r = res;
	return err;
}

enum err backup_step(struct store_engine *engine, const struct store_backup_req *q,
                     struct store_backup_res *r, struct errinfo *info)
{
	if (engine->kind == DB_POSTGRES)
		return err_set(info, ERR_PERM,
		               "backup: a PostgreSQL store is copied with pg_dump or "
		               "pg_basebackup, see tayori-store(8)");
	pthread_mutex_lock(&engine->backup_lock);
	enum err err = ERR_OK;
	if (!q->cursor)
		err = begin(engine, q->directory, info);
	else if (!engine->backup || engine->backup->cursor != q->cursor)
		err = err_set(info, ERR_NOTFOUND, "backup: it was given up");
	if (!err)
		err = step(engine, r, info);
	pthread_mutex_unlock(&engine->backup_lock);
	return err;
}

/* ---------------------------------------------------------------- restore */

static enum err copy_file(const char *from, const char *to, struct errinfo *info)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return err_set_errno(info, ERR_NOTFOUND, "restore: %s", from);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0) {
		enum err err = err_set_errno(info, errno == EEXIST ? ERR_EXISTS : ERR_IO,
		                             "restore: %s", to);
		close(in);
		return err;
	}
	ssize_t n = 1;
	while (n > 0)
		n = copy_file_range(in, NULL, out, NULL, (size_t)64 << 20, 0);
	if (n < 0 &&
	    (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)) {
		char room[8192];
		while ((n = read(in, room, sizeof(room))) > 0) {
			for (ssize_t at = 0, w = 0; at < n; at += w) {
				w = write(out, room + at, (size_t)(n - at));
				if (w < 0) {
					n = -1;
					break;
				}
			}
		}
	}
	enum err err = ERR_OK;
	if (n < 0 || fsync(out) < 0)
		err = err_set_errno(info, ERR_IO, "restore: %s", to);
	close(in);
	close(out);
	if (err)
		unlink(to);
	return err;
}

/* A new epoch, and no lease or claim of the old life. */
static enum err begin_new_life(struct db *db, struct errinfo *info)
{
	uint64_t epoch = 0;
	enum err err = db_begin(db, true);
	if (!err)
		err = schema_meta_get_u64(db, STR("epoch"), &epoch);
	if (!err)
		err = schema_meta_set_u64(db, STR("epoch"), epoch + 1);
	if (!err)
		err = db_exec(db, "DELETE FROM meta WHERE k = 'is_copy'; DELETE FROM pop_lock;");
	if (!err)
		err = db_commit(db);
	if (!err)
		return ERR_OK;
	err_set(info, ERR_CORRUPT, "restore: %s",
	        db_errinfo(db)->kind ? db_errinfo(db)->text : "the copy has no epoch");
	db_rollback(db);
	return ERR_CORRUPT;
}

static enum err quick_check(struct db *db, struct errinfo *info)
{
	struct db_stmt *s = db_prepare(db, "PRAGMA quick_check(1)");
	bool has_row = false;
	enum err err = db_step(s, &has_row);
	if (!err && (!has_row || !str_eq(db_col_str(s, 0), STR("ok"))))
		err = ERR_CORRUPT;
	if (err)
		err_set(info, ERR_CORRUPT, "restore: the copy is damaged: %.300s",
		        has_row ? (const char *)db_col_str(s, 0).p : db_errinfo(db)->text);
	db_done(s);
	return err ? ERR_CORRUPT : ERR_OK;
}

static enum err revive(const struct store_options *o, struct errinfo *info)
{
	struct db *db = NULL;
	enum err err = db_open(o, false, &db, info);
	if (err)
		return err == ERR_INVALID ? ERR_CORRUPT : err;
	bool is_new = false;
	err = quick_check(db, info);
	if (!err)
		err = schema_open(db, &is_new, info);
	if (!err && is_new)
		err = err_set(info, ERR_CORRUPT, "restore: the copy is empty");
	if (!err)
		err = begin_new_life(db, info);
	if (!err && db_sqlite_checkpoint(db, false, NULL))
		err = err_set(info, ERR_IO, "restore: %s", db_errinfo(db)->text);
	db_close(&db);
	return err;
}

static enum err check_empty(const struct store_options *o, const char *path, struct errinfo *info)
{
	struct stat st;
	if (stat(path, &st) < 0 || st.st_size == 0) {
		unlink(path);
		return ERR_OK;
	}
	/* A store that was made and never used counts as empty. */
	struct store_engine *engine = NULL;
	enum err err = store_engine_open(o, &engine, info);
	if (err)
		return err;
	struct db *db = engine->lanes[0].db;
	struct db_stmt *s = db_prepare(db, "SELECT (SELECT count(*) FROM domain) + "
	                                   "(SELECT count(*) FROM msg)");
	bool has_row = false;
	err = db_step(s, &has_row);
	if (!err && (!has_row || db_col_i64(s, 0) > 0))
		err = err_set(info, ERR_EXISTS, "restore: the store in %.*s is not empty",
		              STR_ARG(o->path));
	db_done(s);
	store_engine_close(&engine);
	if (!err)
		unlink(path);
	return err;
}

enum err store_engine_restore(const struct store_options *o, const char *directory,
                              struct errinfo *info)
{
	if (str_eq(o->engine, STR("postgres")))
		return err_set(info, ERR_PERM,
		               "restore: a PostgreSQL store is restored with its own "
		               "tools, see tayori-store(8)");
	struct arena *a = arena_new(NULL);
	char *to = db_sqlite_file(a, o->path);
	char *from = db_sqlite_file(a, str_c(directory));
	struct errinfo own = { 0 };
	enum err err = ERR_OK;
	if (mkdir((const char *)str_printf(a, "%.*s", STR_ARG(o->path)).p, 0700) < 0 &&
	    errno != EEXIST)
		err = err_set_errno(&own, ERR_IO, "restore: %.*s", STR_ARG(o->path));
	if (!err)
		err = check_empty(o, to, &own);
	if (!err)
		err = copy_file(from, to, &own);
	if (!err) {
		err = revive(o, &own);
		if (err)
			unlink(to);
	}
	if (err)
		err_set(info, err, "%s", own.text);
	arena_free(&a);
	return err;
}
