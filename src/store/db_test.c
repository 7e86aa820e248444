#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/store/db_priv.h"
#include "src/store/engine/sqlite_priv.h"
#include "src/store/schema_priv.h"
#include "src/store/testing.h"

struct fixture {
	struct store_testing t;
	struct db *db;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	store_testing_init(&f->t);
	struct errinfo info = { 0 };
	enum err err = db_open(&f->t.options, false, &f->db, &info);
	if (err)
		print_error("%s\n", info.text);
	assert_int_equal(err, ERR_OK);
	bool is_new = false;
	err = schema_open(f->db, &is_new, &info);
	if (err)
		print_error("%s\n", info.text);
	assert_int_equal(err, ERR_OK);
	assert_true(is_new);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	db_close(&f->db);
	store_testing_clear(&f->t);
	free(f);
	return 0;
}

static void ok(struct fixture *f, enum err err)
{
	if (err)
		print_error("%s: %s\n", err_name(err), db_errinfo(f->db)->text);
	assert_int_equal(err, ERR_OK);
}

static void make_table(struct fixture *f)
{
	ok(f,
	   db_exec(f->db, "CREATE TABLE t (id BIGINT PRIMARY KEY, small SMALLINT, name TEXT UNIQUE,"
	                  " data blob, ref BIGINT REFERENCES t(id));"));
}

static enum err insert(struct fixture *f, int64_t id, const char *name, struct str data)
{
	struct db_stmt *s = db_prepare(
		f->db, "INSERT INTO t (id, small, name, data) VALUES (?1, ?2, ?3, ?4)");
	db_bind_i64(s, 1, id);
	db_bind_i64(s, 2, 7);
	db_bind_text(s, 3, str_c(name));
	db_bind_blob(s, 4, data);
	return db_run(s, NULL);
}

static int64_t count(struct fixture *f)
{
	struct db_stmt *s = db_prepare(f->db, "SELECT count(*) FROM t");
	bool has_row = false;
	ok(f, db_step(s, &has_row));
	assert_true(has_row);
	int64_t n = db_col_i64(s, 0);
	db_done(s);
	return n;
}

static void test_values_round_trip(void **state)
{
	struct fixture *f = *state;
	make_table(f);
	ok(f, db_begin(f->db, true));
	ok(f, insert(f, INT64_MAX, "\xe4\xbe\xbf\xe3\x82\x8a", str_make("\0\x01\xff", 3)));
	ok(f, insert(f, -5, "", str_make("", 0)));
	ok(f, db_commit(f->db));

	struct db_stmt *s = db_prepare(f->db, "SELECT id, small, name, data, ref, sum(id) OVER (), "
	                                      "id = ?1 FROM t ORDER BY id");
	db_bind_i64(s, 1, -5);
	bool has_row = false;
	ok(f, db_step(s, &has_row));
	assert_true(has_row);
	assert_int_equal(db_col_i64(s, 0), -5);
	assert_int_equal(db_col_i64(s, 1), 7);
	assert_str(db_col_str(s, 2), "");
	assert_false(db_col_is_null(s, 2));
	assert_int_equal(db_col_str(s, 3).n, 0);
	assert_true(db_col_is_null(s, 4));
	assert_int_equal(db_col_i64(s, 4), 0);
	assert_true(db_col_i64(s, 5) == INT64_MAX - 5);
	assert_int_equal(db_col_i64(s, 6), 1);
	ok(f, db_step(s, &has_row));
	assert_true(has_row);
	assert_true(db_col_i64(s, 0) == INT64_MAX);
	assert_str(db_col_str(s, 0), "9223372036854775807");
	assert_str(db_col_str(s, 2), "\xe4\xbe\xbf\xe3\x82\x8a");
	assert_true(str_eq(db_col_str(s, 3), str_make("\0\x01\xff", 3)));
	ok(f, db_step(s, &has_row));
	assert_false(has_row);
}

static void test_failures_are_told_apart(void **state)
{
	struct fixture *f = *state;
	make_table(f);
	ok(f, insert(f, 1, "a", STR("x")));
	assert_int_equal(insert(f, 1, "b", STR("x")), ERR_EXISTS);
	assert_int_equal(insert(f, 2, "a", STR("x")), ERR_EXISTS);
	struct db_stmt *s = db_prepare(f->db, "UPDATE t SET ref = ?1 WHERE id = 1");
	db_bind_i64(s, 1, 99);
	assert_int_equal(db_run(s, NULL), ERR_NOTFOUND);
	s = db_prepare(f->db, "SELECT nothing FROM nowhere");
	assert_int_equal(db_run(s, NULL), ERR_INVALID);
	assert_int_equal(db_errinfo(f->db)->kind, ERR_INVALID);
	db_clear_failure(f->db);
	assert_int_equal(db_errinfo(f->db)->kind, ERR_OK);
}

static void test_changed_counts_rows(void **state)
{
	struct fixture *f = *state;
	make_table(f);
	ok(f, insert(f, 1, "a", STR("x")));
	ok(f, insert(f, 2, "b", STR("x")));
	uint64_t changed = 99;
	ok(f, db_run(db_prepare(f->db, "UPDATE t SET small = 9"), &changed));
	assert_int_equal(changed, 2);
	struct db_stmt *s = db_prepare(f->db, "UPDATE t SET small = 1 WHERE id = ?1 RETURNING id");
	db_bind_i64(s, 1, 2);
	bool has_row = false;
	ok(f, db_step(s, &has_row));
	assert_true(has_row);
	assert_int_equal(db_col_i64(s, 0), 2);
	db_done(s);
	db_bind_i64(db_prepare(f->db, "DELETE FROM t WHERE id > ?1"), 1, 100);
	s = db_prepare(f->db, "DELETE FROM t WHERE id > ?1");
	db_bind_i64(s, 1, 100);
	ok(f, db_run(s, &changed));
	assert_int_equal(changed, 0);
}

static void test_savepoints_undo_alone(void **state)
{
	struct fixture *f = *state;
	make_table(f);
	ok(f, db_begin(f->db, true));
	ok(f, db_savepoint(f->db));
	ok(f, insert(f, 1, "a", STR("x")));
	ok(f, db_savepoint_release(f->db));
	ok(f, db_savepoint(f->db));
	ok(f, insert(f, 2, "b", STR("x")));
	ok(f, db_savepoint(f->db));
	assert_int_equal(insert(f, 1, "c", STR("x")), ERR_EXISTS);
	ok(f, db_savepoint_rollback(f->db));
	ok(f, insert(f, 3, "d", STR("x")));
	ok(f, db_savepoint_rollback(f->db));
	ok(f, insert(f, 4, "e", STR("x")));
	ok(f, db_commit(f->db));
	assert_int_equal(count(f), 2);
}

static void test_rollback_undoes_all(void **state)
{
	struct fixture *f = *state;
	make_table(f);
	ok(f, db_begin(f->db, true));
	ok(f, insert(f, 1, "a", STR("x")));
	assert_true(db_in_transaction(f->db));
	db_rollback(f->db);
	assert_false(db_in_transaction(f->db));
	assert_int_equal(count(f), 0);
}

static void test_marks_and_quotes_are_respected(void **state)
{
	struct fixture *f = *state;
	make_table(f);
	ok(f, insert(f, 1, "a", STR("x")));
	ok(f, db_begin(f->db, true));
	struct db_stmt *s = db_prepare(
		f->db, "SELECT '?1 @LOCK@' FROM t WHERE id = ?1 -- ?9 @SKIP@\n @SKIP@");
	db_bind_i64(s, 1, 1);
	bool has_row = false;
	ok(f, db_step(s, &has_row));
	assert_true(has_row);
	assert_str(db_col_str(s, 0), "?1 @LOCK@");
	db_done(s);
	db_rollback(f->db);
}

static void test_reader_sees_a_snapshot_and_cannot_write(void **state)
{
	struct fixture *f = *state;
	make_table(f);
	ok(f, insert(f, 1, "a", STR("x")));
	struct fixture r = { .t = f->t };
	struct errinfo info;
	assert_int_equal(db_open(&f->t.options, true, &r.db, &info), ERR_OK);
	ok(&r, db_begin(r.db, false));
	assert_int_equal(count(&r), 1);
	ok(f, insert(f, 2, "b", STR("x")));
	assert_int_equal(count(&r), 1);
	assert_int_not_equal(insert(&r, 3, "c", STR("x")), ERR_OK);
	db_rollback(r.db);
	ok(&r, db_begin(r.db, false));
	assert_int_equal(count(&r), 2);
	ok(&r, db_commit(r.db));
	db_close(&r.db);
}

/* What is in the file and not in the log any more, which is read through the mapping. */
static void test_reader_sees_the_file_grow(void **state)
{
	if (store_testing_is_postgres())
		skip();
	struct fixture *f = *state, r = { .t = f->t };
	struct arena *a = arena_new(NULL);
	struct errinfo info;
	size_t n = 300000;
	unsigned char *octets = arena_alloc(a, n);

	make_table(f);
	assert_int_equal(db_open(&f->t.options, true, &r.db, &info), ERR_OK);
	for (int64_t id = 1; id <= 20; id++) {
		char name[16];

		memset(octets, (int)id, n);
		snprintf(name, sizeof(name), "%d", (int)id);
		ok(f, insert(f, id, name, str_make(octets, n)));
		ok(f, db_sqlite_checkpoint(f->db, true, NULL));
		ok(&r, db_begin(r.db, false));
		if (id % 2)
			db_expect_little(r.db);
		for (int64_t i = 1; i <= id; i++) {
			struct db_stmt *s = db_prepare(r.db, "SELECT data FROM t WHERE id = ?1");
			bool has_row = false;

			db_bind_i64(s, 1, i);
			ok(&r, db_step(s, &has_row));
			assert_true(has_row);
			assert_int_equal(db_col_str(s, 0).n, n);
			assert_int_equal(db_col_str(s, 0).p[0], i);
			assert_int_equal(db_col_str(s, 0).p[n - 1], i);
			db_done(s);
		}
		db_rollback(r.db);
	}
	db_close(&r.db);
	arena_free(&a);
}

/*
 * The log is written in pieces of our own: whoever reads must find every committed transaction
 * there, whatever its size, also when the writer dies without closing anything.
 */
static void write_and_die(struct fixture *f, struct str data)
{
	struct fixture w = { .t = f->t };
	struct errinfo info;

	w.t.options.unsafe_no_sync = false;
	assert_int_equal(db_open(&w.t.options, false, &w.db, &info), ERR_OK);
	for (int64_t id = 1; id <= 60; id++) {
		bool is_kept = id % 3 != 0;
		char name[16];

		snprintf(name, sizeof(name), "%d", (int)id);
		ok(&w, db_begin(w.db, true));
		ok(&w, insert(&w, id, name, str_first(data, (size_t)id * (data.n / 60))));
		if (is_kept)
			ok(&w, db_commit(w.db));
		else
			db_rollback(w.db);
	}
	/* One that is not finished. */
	ok(&w, db_begin(w.db, true));
	ok(&w, insert(&w, 61, "unfinished", data));
	_exit(0);
}

static void test_committed_is_in_the_log(void **state)
{
	if (store_testing_is_postgres())
		skip();
	struct fixture *f = *state;
	struct arena *a = arena_new(NULL);
	size_t n = 600000;
	char *data = arena_array(a, n, 1);
	int status = -1;

	for (size_t i = 0; i < n; i++)
		data[i] = (char)(i * 7 + i / 251);
	make_table(f);
	pid_t child = fork();
	assert_true(child >= 0);
	if (!child)
		write_and_die(f, str_make(data, n));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	ok(f, db_begin(f->db, false));
	assert_int_equal(count(f), 40);
	struct db_stmt *s = db_prepare(f->db, "SELECT id, data FROM t ORDER BY id");
	bool has_row = false;
	ok(f, db_step(s, &has_row));
	while (has_row) {
		struct str stored = db_col_str(s, 1);
		size_t wanted = (size_t)db_col_i64(s, 0) * (n / 60);

		assert_int_equal(stored.n, wanted);
		assert_memory_equal(stored.p, data, wanted);
		ok(f, db_step(s, &has_row));
	}
	ok(f, db_commit(f->db));
	arena_free(&a);
}

static void test_schema_survives_a_second_opening(void **state)
{
	struct fixture *f = *state;
	bool is_new = true;
	struct errinfo info;
	assert_int_equal(schema_open(f->db, &is_new, &info), ERR_OK);
	assert_false(is_new);
	uint64_t epoch = 0;
	ok(f, schema_meta_get_u64(f->db, STR("epoch"), &epoch));
	assert_int_equal(epoch, 1);
}

static void test_schema_that_is_too_new_is_refused(void **state)
{
	struct fixture *f = *state;
	ok(f, schema_meta_set_u64(f->db, STR("schema_version"), STORE_SCHEMA_VERSION + 1));
	bool is_new = true;
	struct errinfo info = { 0 };
	assert_int_equal(schema_open(f->db, &is_new, &info), ERR_CORRUPT);
	assert_non_null(strstr(info.text, "newer program"));
}

static void test_lost_connection_comes_back(void **state)
{
	struct fixture *f = *state;
	if (!store_testing_is_postgres())
		skip();
	make_table(f);
	struct fixture other = { .t = f->t };
	struct errinfo info;
	assert_int_equal(db_open(&f->t.options, false, &other.db, &info), ERR_OK);
	uint64_t generation = db_generation(f->db);
	ok(f, db_begin(f->db, true));
	ok(f, insert(f, 1, "a", STR("x")));
	ok(&other,
	   db_exec(other.db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
	                     "WHERE datname = current_database() AND pid <> pg_backend_pid()"));
	assert_int_equal(insert(f, 2, "b", STR("x")), ERR_IO);
	assert_true(db_is_lost(f->db));
	db_rollback(f->db);
	ok(f, db_begin(f->db, true));
	assert_true(db_generation(f->db) > generation);
	ok(f, insert(f, 1, "a", STR("x")));
	/* Lost at COMMIT: nobody knows. */
	ok(&other,
	   db_exec(other.db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
	                     "WHERE datname = current_database() AND pid <> pg_backend_pid()"));
	assert_int_equal(db_commit(f->db), ERR_IO);
	assert_true(db_is_commit_unknown(f->db));
	db_close(&other.db);
	ok(f, db_begin(f->db, true));
	assert_int_equal(count(f), 0);
	ok(f, db_commit(f->db));
}

#define UNIT(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(test_values_round_trip),
		UNIT(test_failures_are_told_apart),
		UNIT(test_changed_counts_rows),
		UNIT(test_savepoints_undo_alone),
		UNIT(test_rollback_undoes_all),
		UNIT(test_marks_and_quotes_are_respected),
		UNIT(test_reader_sees_a_snapshot_and_cannot_write),
		UNIT(test_reader_sees_the_file_grow),
		UNIT(test_committed_is_in_the_log),
		UNIT(test_schema_survives_a_second_opening),
		UNIT(test_schema_that_is_too_new_is_refused),
		UNIT(test_lost_connection_comes_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
