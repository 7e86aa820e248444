#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/codec.h"
#include "src/base/must.h"
#include "src/base/random.h"
#include "src/store/db.h"
#include "src/store/schema_priv.h"

#define SCHEMA_MAX_BYTES (1u << 20)

/*
 * How an older store becomes one of the next version: statements with the marks of schema.sql,
 * which has the tables as they are now. The entry behind the first leads to version 2; each runs in
 * the transaction that also writes the new version.
 */
static const char *const migrations[] = {
	NULL, /* version 1 was the first */
	/* 2: quotas of messages; who holds a maildrop, and since when */
	"ALTER TABLE account ADD COLUMN quota_msgs BIGINT NOT NULL DEFAULT 0;\n"
	"ALTER TABLE pop_lock ADD COLUMN node BIGINT NOT NULL DEFAULT 0;\n"
	"ALTER TABLE pop_lock ADD COLUMN process BIGINT NOT NULL DEFAULT 0;\n"
	"ALTER TABLE pop_lock ADD COLUMN opened BIGINT NOT NULL DEFAULT 0;\n",
	/* 3: the UIDs of large mailboxes in one row */
	"CREATE TABLE mailbox_map (mailbox_id BIGINT NOT NULL PRIMARY KEY, modseq BIGINT NOT NULL, "
	"seen_uid BIGINT NOT NULL, uids ctext NOT NULL) @W@;\n",
	/* 4: flags of many messages in one row */
	"CREATE TABLE flag_block (mailbox_id BIGINT NOT NULL REFERENCES mailbox(id), "
	"uid BIGINT NOT NULL, data blob NOT NULL, PRIMARY KEY (mailbox_id, uid)) @W@;\n"
	"@PG@ ALTER TABLE flag_block SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, "
	"autovacuum_vacuum_cost_delay = 0);\n"
	"@PG@ ALTER TABLE entry RESET (fillfactor);\n"
	/* What was made before has a foreign key beside it, which says the same. */
	"@SQLITE@ CREATE TRIGGER IF NOT EXISTS msg_is_used BEFORE DELETE ON msg WHEN EXISTS "
	"(SELECT 1 FROM entry WHERE msg_id = OLD.id)\n"
	"@SQLITE@ BEGIN SELECT RAISE(ABORT, 'the message is in a mailbox'); END;\n",
};

_Static_assert(sizeof(migrations) / sizeof(migrations[0]) == STORE_SCHEMA_VERSION,
               "one migration for each version after the first");

/* ---------------------------------------------------------------- meta */

enum err schema_meta_get(struct db *db, struct arena *a, struct str key, struct str *value_r)
{
	struct db_stmt *s = db_prepare(db, "SELECT v FROM meta WHERE k = ?1");
	db_bind_text(s, 1, key);
	bool has_row = false;
	enum err err = db_step(s, &has_row);
	if (err)
		return err;
	if (!has_row)
		return ERR_NOTFOUND;
	*value_r = str_dup(a, db_col_str(s, 0));
	db_done(s);
	return ERR_OK;
}

enum err schema_meta_get_u64(struct db *db, struct str key, uint64_t *value_r)
{
	struct arena *a = arena_new(NULL);
	struct str text = { 0 };
	enum err err = schema_meta_get(db, a, key, &text);
	if (!err && !str_to_u64(text, INT64_MAX, value_r))
		err = ERR_CORRUPT;
	arena_free(&a);
	return err;
}

enum err schema_meta_set(struct db *db, struct str key, struct str value)
{
	struct db_stmt *s = db_prepare(db, "INSERT INTO meta (k, v) VALUES (?1, ?2) "
	                                   "ON CONFLICT (k) DO UPDATE SET v = excluded.v");
	db_bind_text(s, 1, key);
	db_bind_text(s, 2, value);
	return db_run(s, NULL);
}

struct str schema_u64_text(char room[24], uint64_t value)
{
	int n = snprintf(room, 24, "%" PRIu64, value);
	return str_make(room, (size_t)n);
}

enum err schema_meta_set_u64(struct db *db, struct str key, uint64_t value)
{
	char room[24];
	return schema_meta_set(db, key, schema_u64_text(room, value));
}

/* ---------------------------------------------------------------- text */

static enum err add_line(struct buf *b, struct str line, bool is_postgres)
{
	static const struct {
		struct str mark;
		const char *sqlite, *postgres;
	} marks[] = {
		{ STR("@ID@"), "INTEGER PRIMARY KEY", "BIGINT PRIMARY KEY" },
		{ STR("@W@"), "WITHOUT ROWID", "" },
		{ STR("@USES_MSG@"), "", "REFERENCES msg(id)" },
		/* lines that stay */
		{ STR("@PG@"), "", "" },
		{ STR("@SQLITE@"), "", "" },
	};

	if (str_starts(line, is_postgres ? STR("@SQLITE@") : STR("@PG@")))
		return ERR_OK;
	while (line.n) {
		ptrdiff_t at = str_find(line, '@');
		size_t plain = at < 0 ? line.n : (size_t)at;
		enum err err = buf_add(b, str_first(line, plain));
		line = str_from(line, plain);
		bool is_mark = false;
		for (size_t i = 0; !err && i < sizeof(marks) / sizeof(marks[0]); i++) {
			if (!is_mark && str_starts(line, marks[i].mark)) {
				err = buf_add_c(b,
				                is_postgres ? marks[i].postgres : marks[i].sqlite);
				line = str_from(line, marks[i].mark.n);
				is_mark = true;
			}
		}
		if (!err && !is_mark && line.n) {
			err = buf_add_byte(b, line.p[0]);
			line = str_from(line, 1);
		}
		if (err)
			return err;
	}
	return buf_add_byte(b, '\n');
}

/* Run schema text; its comments go first, because a mark in one would be replaced, too. */
static enum err run_text(struct db *db, const char *sql)
{
	struct arena *a = arena_new(NULL);
	struct buf b = buf_in(a, SCHEMA_MAX_BYTES);
	struct str rest = str_c(sql);
	enum err err = ERR_OK;
	while (!err && rest.n) {
		struct str line = { 0 };
		str_cut(&rest, '\n', &line);
		ptrdiff_t comment = str_search(line, STR("--"));
		if (comment >= 0)
			line = str_first(line, (size_t)comment);
		err = add_line(&b, line, db_engine_of(db) == DB_POSTGRES);
	}
	if (!err)
		err = buf_add_byte(&b, '\0');
	if (!err)
		err = db_exec(db, (const char *)b.p);
	arena_free(&a);
	return err;
}

/* ---------------------------------------------------------------- opening */

static enum err has_tables(struct db *db, bool *has_meta_r, bool *is_empty_r)
{
	struct db_stmt *s = db_prepare(
		db, db_engine_of(db) == DB_POSTGRES
			    ? "SELECT count(*), coalesce(sum(CASE WHEN tablename = 'meta' THEN 1 "
			      "ELSE 0 END), 0) "
			      "FROM pg_tables WHERE schemaname = current_schema()"
			    : "SELECT count(*), coalesce(sum(CASE WHEN name = 'meta' THEN 1 ELSE 0 "
			      "END), 0) "
			      "FROM sqlite_master WHERE type = 'table'");
	bool has_row = false;
	enum err err = db_step(s, &has_row);
	if (err)
		return err;
	must(has_row);
	*is_empty_r = db_col_i64(s, 0) == 0;
	*has_meta_r = db_col_i64(s, 1) == 1;
	db_done(s);
	return ERR_OK;
}

static enum err make_new(struct db *db)
{
	unsigned char key[32];
	random_fill(key, sizeof(key));
	struct arena *a = arena_new(NULL);
	enum err err = run_text(db, store_schema_sql);
	if (!err)
		err = schema_meta_set_u64(db, STR("schema_version"), STORE_SCHEMA_VERSION);
	if (!err)
		err = schema_meta_set_u64(db, STR("store_id"), random_u64() >> 1);
	if (!err)
		err = schema_meta_set_u64(db, STR("epoch"), 1);
	if (!err)
		err = schema_meta_set(db, STR("grant_key"),
		                      codec_hex_encode(a, str_make(key, sizeof(key))));
	arena_free(&a);
	return err;
}

static enum err migrate(struct db *db, uint64_t version, struct errinfo *info)
{
	if (version > STORE_SCHEMA_VERSION)
		return err_set(info, ERR_CORRUPT,
		               "the store has schema version %" PRIu64 ", this program knows "
		               "versions up to %d: install the newer program",
		               version, STORE_SCHEMA_VERSION);
	if (version == 0)
		return err_set(info, ERR_CORRUPT, "the store has no valid schema version");
	for (; version < STORE_SCHEMA_VERSION; version++) {
		enum err err = run_text(db, migrations[version]);
		if (!err)
			err = schema_meta_set_u64(db, STR("schema_version"), version + 1);
		if (err)
			return err;
	}
	return ERR_OK;
}

static enum err open_in_transaction(struct db *db, bool *is_new_r, struct errinfo *info)
{
	/* Several store processes may start at once on PostgreSQL. */
	if (db_engine_of(db) == DB_POSTGRES) {
		enum err err = db_exec(db, "SELECT pg_advisory_xact_lock(8031160113)");
		if (err)
			return err;
	}
	bool has_meta = false, is_empty = false;
	enum err err = has_tables(db, &has_meta, &is_empty);
	if (err)
		return err;
	*is_new_r = !has_meta;
	if (!has_meta && !is_empty)
		return err_set(info, ERR_CORRUPT, "the database holds tables of something else");
	if (!has_meta)
		return make_new(db);
	uint64_t version = 0;
	err = schema_meta_get_u64(db, STR("schema_version"), &version);
	if (err == ERR_NOTFOUND)
		return err_set(info, ERR_CORRUPT, "the store has no schema version");
	return err ? err : migrate(db, version, info);
}

enum err schema_open(struct db *db, bool *is_new_r, struct errinfo *info)
{
	bool is_new = false;
	struct errinfo own = { 0 };
	enum err err = db_begin(db, true);
	if (!err)
		err = open_in_transaction(db, &is_new, &own);
	if (!err)
		err = db_commit(db);
	if (err) {
		err_set(info, err, "schema: %s", own.kind ? own.text : db_errinfo(db)->text);
		db_rollback(db);
		return err;
	}
	*is_new_r = is_new;
	return ERR_OK;
}
