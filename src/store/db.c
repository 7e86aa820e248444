#include "src/store/db.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/must.h"
#include "src/store/db_priv.h"
#include "src/store/store.h"

static const char *const savepoint_sql[DB_SAVEPOINTS_MAX] = { "SAVEPOINT s0", "SAVEPOINT s1",
	                                                      "SAVEPOINT s2", "SAVEPOINT s3" };
static const char *const release_sql[DB_SAVEPOINTS_MAX] = { "RELEASE SAVEPOINT s0",
	                                                    "RELEASE SAVEPOINT s1",
	                                                    "RELEASE SAVEPOINT s2",
	                                                    "RELEASE SAVEPOINT s3" };
static const char *const rollback_to_sql[DB_SAVEPOINTS_MAX] = { "ROLLBACK TO SAVEPOINT s0",
	                                                        "ROLLBACK TO SAVEPOINT s1",
	                                                        "ROLLBACK TO SAVEPOINT s2",
	                                                        "ROLLBACK TO SAVEPOINT s3" };

enum err db_open(const struct store_options *o, bool is_reader, struct db **db_r,
                 struct errinfo *info)
{
	if (str_eq(o->engine, STR("postgres")))
		return db_postgres_open(o, is_reader, db_r, info);
	if (str_eq(o->engine, STR("sqlite")) || !o->engine.n)
		return db_sqlite_open(o, is_reader, db_r, info);
	return err_set(info, ERR_INVALID, "unknown store engine \"%.*s\" (sqlite or postgres)",
	               STR_ARG(o->engine));
}

void db_drop_stmts(struct db *db)
{
	for (size_t i = 0; i < DB_STMT_BUCKETS; i++) {
		while (db->stmts[i]) {
			struct db_stmt *s = db->stmts[i];
			db->stmts[i] = s->next;
			db->ops->stmt_free(s);
		}
	}
}

void db_close(struct db **db)
{
	if (!*db)
		return;
	db_drop_stmts(*db);
	(*db)->ops->close(*db);
	*db = NULL;
}

enum db_engine db_engine_of(const struct db *db)
{
	return db->ops->engine;
}

const struct errinfo *db_errinfo(const struct db *db)
{
	return &db->info;
}

void db_clear_failure(struct db *db)
{
	db->info = (struct errinfo){ 0 };
}

bool db_in_transaction(const struct db *db)
{
	return db->ops->in_transaction(db);
}

struct db_stmt *db_prepare(struct db *db, const char *sql)
{
	size_t bucket = ((uintptr_t)sql >> 3) * 2654435761u % DB_STMT_BUCKETS;
	for (struct db_stmt *s = db->stmts[bucket]; s; s = s->next) {
		if (s->sql == sql) {
			db->ops->stmt_reset(s);
			return s;
		}
	}
	struct db_stmt *s = db->ops->stmt_new(db, sql);
	s->db = db;
	s->sql = sql;
	s->is_write = !str_starts(str_c(sql), STR("SELECT"));
	s->next = db->stmts[bucket];
	db->stmts[bucket] = s;
	return s;
}

void db_bind_i64(struct db_stmt *s, int n, int64_t value)
{
	s->db->ops->bind_i64(s, n, value);
}

void db_bind_u64(struct db_stmt *s, int n, uint64_t value)
{
	must(value <= INT64_MAX);
	s->db->ops->bind_i64(s, n, (int64_t)value);
}

void db_bind_text(struct db_stmt *s, int n, struct str text)
{
	s->db->ops->bind_text(s, n, text);
}

void db_bind_blob(struct db_stmt *s, int n, struct str blob)
{
	s->db->ops->bind_blob(s, n, blob);
}

void db_bind_null(struct db_stmt *s, int n)
{
	(void)s;
	(void)n; /* what nothing is bound to is NULL */
}

enum err db_step(struct db_stmt *s, bool *has_row_r)
{
	bool has_row = false;
	s->db->written += s->is_write;
	enum err err = s->db->ops->step(s, &has_row);
	if (err)
		return err;
	*has_row_r = has_row;
	return ERR_OK;
}

int64_t db_col_i64(struct db_stmt *s, int n)
{
	return s->db->ops->col_i64(s, n);
}

uint64_t db_col_u64(struct db_stmt *s, int n)
{
	int64_t value = s->db->ops->col_i64(s, n);
	return value < 0 ? 0 : (uint64_t)value;
}

struct str db_col_str(struct db_stmt *s, int n)
{
	return s->db->ops->col_str(s, n);
}

bool db_col_is_null(struct db_stmt *s, int n)
{
	return s->db->ops->col_is_null(s, n);
}

void db_done(struct db_stmt *s)
{
	s->db->ops->stmt_reset(s);
}

enum err db_run(struct db_stmt *s, uint64_t *changed_r)
{
	bool has_row = true;
	while (has_row) {
		enum err err = db_step(s, &has_row);
		if (err)
			return err;
	}
	if (changed_r)
		*changed_r = s->db->ops->changed(s);
	return ERR_OK;
}

enum err db_exec(struct db *db, const char *sql)
{
	db->written++;
	return db->ops->exec(db, sql);
}

void db_expect_little(struct db *db)
{
	if (db->ops->expect_little)
		db->ops->expect_little(db, true);
}

enum err db_begin(struct db *db, bool is_write)
{
	must(!db->is_reader || !is_write);
	db->depth = 0;
	db->is_commit_unknown = false;
	return db->ops->begin(db, is_write);
}

enum err db_commit(struct db *db)
{
	db->depth = 0;
	return db->ops->commit(db);
}

void db_rollback(struct db *db)
{
	db->depth = 0;
	db->ops->rollback(db);
}

enum err db_savepoint(struct db *db)
{
	must(db->depth < DB_SAVEPOINTS_MAX);
	enum err err = db->ops->control(db, savepoint_sql[db->depth]);
	if (!err)
		db->depth++;
	return err;
}

enum err db_savepoint_release(struct db *db)
{
	must(db->depth > 0);
	enum err err = db->ops->control(db, release_sql[db->depth - 1]);
	if (!err)
		db->depth--;
	return err;
}

enum err db_savepoint_rollback(struct db *db)
{
	must(db->depth > 0);
	db->depth--;
	enum err err = db->ops->control(db, rollback_to_sql[db->depth]);
	if (err)
		return err;
	return db->ops->control(db, release_sql[db->depth]);
}

/* ---------------------------------------------------------------- text of statements */

/* The end of a quoted piece or a comment that begins at `p`, or `p` when none begins there. */
static const char *skip_quoted(const char *p)
{
	if (p[0] == '-' && p[1] == '-')
		return p + strcspn(p, "\n");
	if (*p != '\'' && *p != '"')
		return p;
	const char *end = strchr(p + 1, *p);
	return end ? end + 1 : p + strlen(p);
}

static const char *mark_text(const char *p, enum db_engine engine, size_t *len_r)
{
	static const struct {
		const char *mark;
		const char *postgres;
	} marks[] = {
		{ "@LOCK@", "FOR NO KEY UPDATE" },
		{ "@SKIP@", "FOR NO KEY UPDATE SKIP LOCKED" },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t len = strlen(marks[i].mark);
		if (strncmp(p, marks[i].mark, len) == 0) {
			*len_r = len;
			return engine == DB_POSTGRES ? marks[i].postgres : "";
		}
	}
	return NULL;
}

/* The digits of ?N at `p`, which points behind the question mark. */
static int parameter_number(const char *p)
{
	int n = 0;
	while (*p >= '0' && *p <= '9' && n < 1000)
		n = n * 10 + (*p++ - '0');
	return n;
}

char *db_sql_translate(const char *sql, enum db_engine engine, int *params_r)
{
	/* A mark of six octets becomes at most 29. */
	char *out = malloc(strlen(sql) * 5 + 1);
	must(out != NULL);
	char *w = out;
	int params = 0;
	for (const char *p = sql; *p;) {
		const char *end = skip_quoted(p);
		size_t len = 0;
		const char *text = *p == '@' ? mark_text(p, engine, &len) : NULL;
		if (end > p) {
			memcpy(w, p, (size_t)(end - p));
			w += end - p;
			p = end;
		} else if (text) {
			w = stpcpy(w, text);
			p += len;
		} else {
			bool is_param = *p == '?';
			*w++ = is_param && engine == DB_POSTGRES ? '$' : *p;
			p++;
			if (is_param && parameter_number(p) > params)
				params = parameter_number(p);
		}
	}
	*w = '\0';
	if (params_r)
		*params_r = params;
	return out;
}
