#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/store/db_priv.h"
#include "src/store/engine/sqlite_priv.h"
#include "src/store/engine_state_priv.h"
#include "src/store/schema_priv.h"
#include "src/store/store.h"

#define PAGES_A_STEP 1024
#define PAGE_SIZE 4096u

/*
 * The source connection holds one read transaction from the first step to the last. So the copy is
 * the store at one moment, whatever the server writes meanwhile, and never has to begin again; the
 * price is a log that grows until the end. It reads the files beside the server, so that the store
 * role needs no way to write outside its directory.
 */
struct store_copy {
	struct arena *a;
	struct db *source;
	sqlite3 *target;
	sqlite3_backup *run;
	char *path;
	bool has_file, is_whole;
};

void store_copy_close(struct store_copy **pointer)
{
	struct store_copy *c = *pointer;

	if (!c)
		return;
	*pointer = NULL;
	if (c->run)
		sqlite3_backup_finish(c->run);
	if (c->target)
		sqlite3_close_v2(c->target);
	if (c->source)
		db_rollback(c->source);
	db_close(&c->source);
	if (c->has_file && !c->is_whole)
		unlink(c->path);
	arena_free(&c->a);
}

/* The snapshot begins with the first read, not with BEGIN. */
static enum err pin_snapshot(struct db *db, struct errinfo *info)
{
	enum err err = db_begin(db, false);

	if (!err)
		err = db_run(db_prepare(db, "SELECT count(*) FROM meta"), NULL);
	return err ? err_set(info, err, "backup: %s", db_errinfo(db)->text) : ERR_OK;
}

static enum err fail(const struct store_copy *c, struct errinfo *info, const char *what)
{
	const char *why = c->target ? sqlite3_errmsg(c->target) : "no memory";

	return err_set(info, ERR_TEMP, "backup: %s %s: %s", what, c->path, why);
}

static enum err make_target(struct store_copy *c, const char *directory, struct errinfo *info)
{
	int fd;

	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return err_set_errno(info, ERR_IO, "backup: %s", directory);
	fd = open(c->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set_errno(info, errno == EEXIST ? ERR_EXISTS : ERR_IO, "backup: %s",
		                     c->path);
	close(fd);
	c->has_file = true;
	if (sqlite3_open_v2(c->path, &c->target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
	                    NULL) ||
	    sqlite3_exec(c->target, "PRAGMA journal_mode=OFF; PRAGMA synchronous=FULL;", NULL, NULL,
	                 NULL))
		return fail(c, info, "open");
	c->run = sqlite3_backup_init(c->target, "main", db_sqlite_handle(c->source), "main");
	return c->run ? ERR_OK : fail(c, info, "begin");
}

enum err store_copy_open(const struct store_options *o, const char *directory,
                         struct store_copy **copy_r, struct errinfo *info)
{
	struct arena *a;
	struct store_copy *c;
	enum err err;

	if (str_eq(o->engine, STR("postgres")))
		return err_set(info, ERR_PERM,
		               "backup: a PostgreSQL store is copied with pg_dump or "
		               "pg_basebackup, see tayori-store(8)");
	a = arena_new(NULL);
	c = ARENA_NEW(a, struct store_copy);
	c->a = a;
	c->path = db_sqlite_file(a, str_c(directory));
	err = db_open(o, true, &c->source, info);
	if (!err)
		err = pin_snapshot(c->source, info);
	if (!err)
		err = make_target(c, directory, info);
	if (err)
		store_copy_close(&c);
	else
		*copy_r = c;
	return err;
}

/* The copy's own rows say that it is one: store_engine_restore looks at them. */
static enum err finish(struct store_copy *c, struct errinfo *info)
{
	bool is_synced;
	int fd;

	sqlite3_backup_finish(c->run);
	c->run = NULL;
	if (sqlite3_exec(c->target,
	                 "INSERT INTO meta (k, v) VALUES ('is_copy', '1') "
	                 "ON CONFLICT (k) DO UPDATE SET v = '1'",
	                 NULL, NULL, NULL))
		return fail(c, info, "mark");
	fd = open(c->path, O_RDONLY | O_CLOEXEC);
	is_synced = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	if (!is_synced)
		return err_set_errno(info, ERR_IO, "backup: %s", c->path);
	c->is_whole = true;
	return ERR_OK;
}

enum err store_copy_step(struct store_copy *c, struct store_copy_state *state_r,
                         struct errinfo *info)
{
	int rc = sqlite3_backup_step(c->run, PAGES_A_STEP);
	uint64_t total = (uint64_t)sqlite3_backup_pagecount(c->run);
	uint64_t left = (uint64_t)sqlite3_backup_remaining(c->run);
	struct store_copy_state state = {
		.done_bytes = (total - left) * PAGE_SIZE,
		.total_bytes = total * PAGE_SIZE,
		.is_done = rc == SQLITE_DONE,
	};
	enum err err = ERR_OK;

	if (rc == SQLITE_DONE)
		err = finish(c, info);
	else if (rc != SQLITE_OK && rc != SQLITE_BUSY && rc != SQLITE_LOCKED)
		err = fail(c, info, "copy to");
	if (!err)
		*state_r = state;
	return err;
}

/* ---------------------------------------------------------------- restore */

/* Between two file systems, where the kernel may not do it. */
static bool copy_octets(int in, int out)
{
	char room[8192];
	ssize_t n, w;

	while ((n = read(in, room, sizeof(room))) > 0) {
		for (ssize_t at = 0; at < n; at += w) {
			w = write(out, room + at, (size_t)(n - at));
			if (w < 0)
				return false;
		}
	}
	return n == 0;
}

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
	bool is_whole = n == 0;
	if (!is_whole &&
	    (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP))
		is_whole = copy_octets(in, out);
	enum err err = ERR_OK;
	if (!is_whole || fsync(out) < 0)
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
