#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/unit.h"
#include "src/store/auth_priv.h"
#include "src/store/engine_state_priv.h"
#include "src/store/schema_priv.h"
#include "src/store/testing.h"

struct fixture {
	struct store_testing t;
	struct store_engine *engine;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	store_testing_init(&f->t);
	struct errinfo info = { 0 };
	enum err err = store_engine_open(&f->t.options, &f->engine, &info);
	if (err)
		print_error("%s\n", info.text);
	assert_int_equal(err, ERR_OK);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	store_engine_close(&f->engine);
	store_testing_clear(&f->t);
	clock_test_clear();
	free(f);
	return 0;
}

static enum err write_meta(struct op *op, void *ctx)
{
	char key[32];
	snprintf(key, sizeof(key), "test %d", *(int *)ctx);
	return schema_meta_set(op->db, str_c(key), STR("x"));
}

static enum err write_then_fail(struct op *op, void *ctx)
{
	enum err err = write_meta(op, ctx);
	return err ? err : err_set(op->info, ERR_DENIED, "as the test wants");
}

static enum err count_meta(struct op *op, void *ctx)
{
	struct db_stmt *s = db_prepare(op->db, "SELECT count(*) FROM meta WHERE k LIKE 'test %'");
	bool has_row = false;
	enum err err = db_step(s, &has_row);
	if (err)
		return err;
	*(int64_t *)ctx = db_col_i64(s, 0);
	db_done(s);
	return ERR_OK;
}

static int64_t written(struct fixture *f)
{
	int64_t n = -1;
	struct errinfo info;
	assert_int_equal(engine_read(f->engine, count_meta, &n, &info), ERR_OK);
	return n;
}

static void test_write_is_seen_by_readers(void **state)
{
	struct fixture *f = *state;
	int n = 1;
	struct errinfo info;
	assert_int_equal(engine_write(f->engine, write_meta, &n, &info), ERR_OK);
	assert_int_equal(written(f), 1);
}

static void test_failure_undoes_its_own_writes(void **state)
{
	struct fixture *f = *state;
	int n = 1;
	struct errinfo info = { 0 };
	assert_int_equal(engine_write(f->engine, write_then_fail, &n, &info), ERR_DENIED);
	assert_string_equal(info.text, "as the test wants");
	assert_int_equal(written(f), 0);
}

/* --- batches: the first op holds the lane until the others are queued */

struct held {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool is_running, may_go;
};

static enum err hold(struct op *op, void *ctx)
{
	(void)op;
	struct held *h = ctx;
	pthread_mutex_lock(&h->lock);
	h->is_running = true;
	pthread_cond_broadcast(&h->cond);
	while (!h->may_go)
		pthread_cond_wait(&h->cond, &h->lock);
	pthread_mutex_unlock(&h->lock);
	return ERR_OK;
}

struct holder {
	struct fixture *f;
	struct held held;
	pthread_t thread;
};

static void *run_holder(void *arg)
{
	struct holder *h = arg;
	struct errinfo info;
	assert_int_equal(engine_write(h->f->engine, hold, &h->held, &info), ERR_OK);
	return NULL;
}

static void begin_hold(struct holder *h)
{
	pthread_mutex_init(&h->held.lock, NULL);
	pthread_cond_init(&h->held.cond, NULL);
	pthread_create(&h->thread, NULL, run_holder, h);
	pthread_mutex_lock(&h->held.lock);
	while (!h->held.is_running)
		pthread_cond_wait(&h->held.cond, &h->held.lock);
	pthread_mutex_unlock(&h->held.lock);
}

static void end_hold(struct holder *h)
{
	pthread_mutex_lock(&h->held.lock);
	h->held.may_go = true;
	pthread_cond_broadcast(&h->held.cond);
	pthread_mutex_unlock(&h->held.lock);
	pthread_join(h->thread, NULL);
}

static _Atomic int done_ok, done_failed;

static void count_done(struct engine_op *op, enum err err)
{
	(void)op;
	if (err)
		done_failed++;
	else
		done_ok++;
}

static void test_batch_commits_once_and_isolates_failures(void **state)
{
	struct fixture *f = *state;
	if (store_testing_is_postgres())
		skip(); /* other lanes would take the ops */
	struct holder h = { .f = f };
	begin_hold(&h);
	struct engine_stats before, after;
	engine_stats_get(f->engine, &before);
	enum {
		N = 50
	};
	struct engine_op ops[N] = { 0 };
	int numbers[N];
	done_ok = done_failed = 0;
	for (int i = 0; i < N; i++) {
		numbers[i] = i;
		ops[i] = (struct engine_op){
			.fn = i % 5 == 0 ? write_then_fail : write_meta,
			.ctx = &numbers[i],
			.done = count_done,
		};
		engine_submit(f->engine, &ops[i]);
	}
	end_hold(&h);
	engine_stats_get(f->engine, &after);
	assert_int_equal(done_ok, N - N / 5);
	assert_int_equal(done_failed, N / 5);
	assert_int_equal(written(f), N - N / 5);
	assert_int_equal(after.batches - before.batches,
	                 2); /* the one that held, and all the others */
}

static void test_op_that_waited_too_long_is_not_run(void **state)
{
	struct fixture *f = *state;
	if (store_testing_is_postgres())
		skip();
	struct holder h = { .f = f };
	begin_hold(&h);
	int n = 1;
	done_ok = done_failed = 0;
	struct engine_op op = { .fn = write_meta,
		                .ctx = &n,
		                .done = count_done,
		                .deadline_mono_ms = clock_mono_ms() - 1 };
	engine_submit(f->engine, &op);
	end_hold(&h);
	assert_int_equal(done_failed, 1);
	assert_int_equal(op.info.kind, ERR_TEMP);
	assert_int_equal(written(f), 0);
}

/* --- many threads */

enum {
	THREADS = 8,
	WRITES = 50
};

struct writer {
	struct fixture *f;
	int base;
};

static void *run_writer(void *arg)
{
	struct writer *w = arg;
	for (int i = 0; i < WRITES; i++) {
		int n = w->base + i;
		struct errinfo info = { 0 };
		enum err err = engine_write(w->f->engine, i % 10 ? write_meta : write_then_fail, &n,
		                            &info);
		assert_int_equal(err, i % 10 ? ERR_OK : ERR_DENIED);
	}
	return NULL;
}

static void test_many_threads_write(void **state)
{
	struct fixture *f = *state;
	pthread_t threads[THREADS];
	struct writer writers[THREADS];
	for (int i = 0; i < THREADS; i++) {
		writers[i] = (struct writer){ f, i * 1000 };
		pthread_create(&threads[i], NULL, run_writer, &writers[i]);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(written(f), THREADS * WRITES * 9 / 10);
}

/* --- database trouble */

static enum err bad_sql(struct op *op, void *ctx)
{
	(void)ctx;
	return db_run(db_prepare(op->db, "SELECT nothing FROM nowhere"), NULL);
}

static void test_sql_error_is_temporary(void **state)
{
	struct fixture *f = *state;
	struct errinfo info = { 0 };
	assert_int_equal(engine_write(f->engine, bad_sql, NULL, &info), ERR_TEMP);
	assert_non_null(strstr(info.text, "nowhere"));
	assert_int_equal(engine_read(f->engine, bad_sql, NULL, &info), ERR_TEMP);
	int n = 1;
	assert_int_equal(engine_write(f->engine, write_meta, &n, &info), ERR_OK);
}

/* --- a full disk: a small file system of the test's own */

enum {
	DISK = 4 << 20,
	CHUNK = 64 << 10
};

static enum err write_chunk(struct op *op, void *ctx)
{
	char key[32];
	snprintf(key, sizeof(key), "test %d", *(int *)ctx);
	unsigned char *text = arena_alloc(op->scratch, CHUNK);
	memset(text, 'x', CHUNK);
	return schema_meta_set(op->db, str_c(key), str_make(text, CHUNK));
}

static bool mount_disk(const char *directory)
{
	char size[32];
	snprintf(size, sizeof(size), "size=%d", DISK);
	if (unshare(CLONE_NEWNS) < 0)
		return false;
	return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", directory, "tmpfs", 0, size) == 0;
}

static void fill(const char *path, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(posix_fallocate(fd, 0, (off_t)n), 0);
	close(fd);
}

static void test_full_disk_is_temporary(void **state)
{
	(void)state;
	if (store_testing_is_postgres())
		skip();
	struct fixture f = { 0 };
	store_testing_init(&f.t);
	if (!mount_disk(f.t.directory)) {
		store_testing_clear(&f.t);
		skip();
	}
	char ballast[100];
	snprintf(ballast, sizeof(ballast), "%s/ballast", f.t.directory);
	fill(ballast, DISK / 4);
	struct errinfo info = { 0 };
	assert_int_equal(store_engine_open(&f.t.options, &f.engine, &info), ERR_OK);
	int n = 0;
	enum err err = ERR_OK;
	while (!err && n < 1000) {
		err = engine_write(f.engine, write_chunk, &n, &info);
		n += !err;
	}
	assert_int_equal(err, ERR_TEMP);
	assert_non_null(strstr(info.text, "full"));
	/* A batch fails as one does, and what was there stays. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(engine_write(f.engine, write_chunk, &n, &info), ERR_TEMP);
	assert_int_equal(written(&f), n);
	/* With space again it goes on by itself. */
	assert_int_equal(unlink(ballast), 0);
	assert_int_equal(engine_write(f.engine, write_chunk, &n, &info), ERR_OK);
	assert_int_equal(written(&f), n + 1);
	store_engine_close(&f.engine);
	assert_int_equal(umount(f.t.directory), 0);
	store_testing_clear(&f.t);
}

static enum err kill_all(struct op *op, void *ctx)
{
	(void)ctx;
	return db_exec(op->db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
	                       "WHERE datname = current_database() AND pid <> pg_backend_pid()");
}

static enum err kill_self_once(struct op *op, void *ctx)
{
	int *runs = ctx;
	int n = 77;
	enum err err = write_meta(op, &n);
	if (!err && !(*runs)++)
		err = db_exec(op->db, "SELECT pg_terminate_backend(pg_backend_pid())");
	return err;
}

static void test_lost_connections_are_healed(void **state)
{
	struct fixture *f = *state;
	if (!store_testing_is_postgres())
		skip();
	struct errinfo info = { 0 };
	assert_int_equal(written(f), 0);
	assert_int_equal(engine_write(f->engine, kill_all, NULL, &info), ERR_OK);
	for (int n = 0; n < 8; n++)
		assert_int_equal(engine_write(f->engine, write_meta, &n, &info), ERR_OK);
	assert_int_equal(written(f), 8);
	int runs = 0;
	assert_int_equal(engine_write(f->engine, kill_self_once, &runs, &info), ERR_OK);
	assert_int_equal(runs, 2);
	assert_int_equal(written(f), 9);
}

static void test_second_process_is_refused(void **state)
{
	struct fixture *f = *state;
	struct store_engine *other = NULL;
	struct errinfo info = { 0 };
	assert_int_equal(store_engine_open(&f->t.options, &other, &info), ERR_BUSY);
	assert_non_null(strstr(info.text, "using"));
	assert_null(other);
}

/* Two nodes on one database have slots of their own, and each keeps its slot over a restart. */
static void test_two_nodes_share_a_store(void **state)
{
	struct fixture *f = *state;
	if (!store_testing_is_postgres())
		skip();
	char path[100];
	snprintf(path, sizeof(path), "%s/other", f->t.directory);
	struct store_options o = f->t.options;
	o.path = str_c(path);
	uint64_t slots[3] = { 0 };
	struct errinfo info = { 0 };
	for (int i = 0; i < 2; i++) {
		struct store_engine *other = NULL;
		assert_int_equal(store_engine_open(&o, &other, &info), ERR_OK);
		uint64_t id = 0;
		assert_int_equal(engine_ids(other, 1, &id, &info), ERR_OK);
		slots[i] = id >> 12 & 1023;
		int n = i;
		assert_int_equal(engine_write(other, write_meta, &n, &info), ERR_OK);
		store_engine_close(&other);
	}
	uint64_t id = 0;
	assert_int_equal(engine_ids(f->engine, 1, &id, &info), ERR_OK);
	slots[2] = id >> 12 & 1023;
	assert_int_equal(slots[0], slots[1]);
	assert_int_not_equal(slots[0], slots[2]);
	assert_int_equal(written(f), 2);
}

/* --- ids */

static void test_ids_never_repeat(void **state)
{
	struct fixture *f = *state;
	uint64_t last = 0;
	struct errinfo info;
	for (int i = 0; i < 3000; i++) {
		uint64_t first = 0;
		uint32_t count = 1 + (uint32_t)i % ID_COUNT_MAX;
		assert_int_equal(engine_ids(f->engine, count, &first, &info), ERR_OK);
		assert_true(first > last);
		last = first + count - 1;
		assert_true(first >> 12 == last >> 12);
	}
	/* The clock goes back a day, and a new process takes over. */
	clock_test_set(clock_wall_ms() - 86400000, clock_mono_ms());
	store_engine_close(&f->engine);
	assert_int_equal(store_engine_open(&f->t.options, &f->engine, &info), ERR_OK);
	uint64_t first = 0;
	assert_int_equal(engine_ids(f->engine, 1, &first, &info), ERR_OK);
	assert_true(first > last);
	/* Far ahead: the range must be extended first. */
	clock_test_advance((int64_t)2 * 86400000);
	last = first;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(engine_ids(f->engine, 1000, &first, &info), ERR_OK);
		assert_true(first > last);
		last = first + 999;
	}
}

/* --- grants and seals */

struct grant_try {
	struct store_grant grant;
	uint64_t account_id;
};

static enum err check_grant(struct op *op, void *ctx)
{
	struct grant_try *t = ctx;
	return op_check_grant(op, &t->grant, &t->account_id);
}

static enum err try_grant(struct fixture *f, struct store_grant grant, enum store_caller caller,
                          uint64_t process)
{
	struct grant_try t = { .grant = grant };
	struct errinfo info;
	enum err err = engine_run_read(f->engine, check_grant, &t, NULL, caller, process, &info);
	if (!err)
		assert_int_equal(t.account_id, grant.account_id);
	return err;
}

static void test_grants_hold_for_their_process_only(void **state)
{
	struct fixture *f = *state;
	struct arena *a = arena_new(NULL);
	struct store_grant grant = engine_grant_make(f->engine, a, 42, 7);
	assert_int_equal(try_grant(f, grant, STORE_CALLER_SESSION, 7), ERR_OK);
	assert_int_equal(try_grant(f, grant, STORE_CALLER_SESSION, 8), ERR_DENIED);
	struct store_grant other = grant;
	other.account_id = 43;
	assert_int_equal(try_grant(f, other, STORE_CALLER_SESSION, 7), ERR_DENIED);
	other = grant;
	other.expires_ms++;
	assert_int_equal(try_grant(f, other, STORE_CALLER_SESSION, 7), ERR_DENIED);
	for (size_t i = 0; i < grant.seal.n; i++) {
		other = grant;
		other.seal = str_first(grant.seal, i);
		assert_int_equal(try_grant(f, other, STORE_CALLER_SESSION, 7), ERR_DENIED);
	}
	other = (struct store_grant){ .account_id = 42 };
	assert_int_equal(try_grant(f, other, STORE_CALLER_SESSION, 7), ERR_DENIED);
	assert_int_equal(try_grant(f, other, STORE_CALLER_DELIVERY, 7), ERR_DENIED);
	assert_int_equal(try_grant(f, other, STORE_CALLER_ADMIN, 7), ERR_OK);
	clock_test_set(clock_wall_ms() + (int64_t)31 * 86400000, clock_mono_ms());
	assert_int_equal(try_grant(f, grant, STORE_CALLER_SESSION, 7), ERR_DENIED);
	arena_free(&a);
}

static void test_seals_open_with_their_label_only(void **state)
{
	struct fixture *f = *state;
	struct arena *a = arena_new(NULL);
	struct str sealed = engine_seal(f->engine, a, STR("scram"), STR("secret state"));
	assert_true(str_search(sealed, STR("secret")) < 0);
	struct str plain = { 0 };
	assert_int_equal(engine_unseal(f->engine, a, STR("scram"), sealed, &plain), ERR_OK);
	assert_str(plain, "secret state");
	assert_int_equal(engine_unseal(f->engine, a, STR("other"), sealed, &plain), ERR_AUTH);
	for (size_t i = 0; i < sealed.n; i++) {
		struct str cut = str_first(sealed, i);
		assert_int_equal(engine_unseal(f->engine, a, STR("scram"), cut, &plain), ERR_AUTH);
		struct str copy = str_dup(a, sealed);
		((unsigned char *)(uintptr_t)copy.p)[i] ^= 1;
		assert_int_equal(engine_unseal(f->engine, a, STR("scram"), copy, &plain), ERR_AUTH);
	}
	sealed = engine_seal(f->engine, a, STR("scram"), (struct str){ 0 });
	assert_int_equal(engine_unseal(f->engine, a, STR("scram"), sealed, &plain), ERR_OK);
	assert_int_equal(plain.n, 0);
	arena_free(&a);
}

/* --- changes */

static enum err note_some(struct op *op, void *ctx)
{
	int *fails = ctx;
	for (uint64_t i = 1; i <= 9; i++)
		op_note_change(op, i, 100 + i);
	op_note_change(op, 3, 50);
	op_note_change(op, 3, 500);
	return *fails ? ERR_DENIED : ERR_OK;
}

static void count_wake(void *ctx)
{
	++*(int *)ctx;
}

static void test_changes_are_told_after_commit(void **state)
{
	struct fixture *f = *state;
	struct watch_set set;
	int woken = 0, fails = 1;
	watch_set_init(&set, &f->engine->hub, count_wake, &woken);
	watch_set_add(&set, 3);
	watch_set_add(&set, 8);
	watch_set_add(&set, 99);
	struct errinfo info;
	assert_int_equal(engine_write(f->engine, note_some, &fails, &info), ERR_DENIED);
	assert_int_equal(woken, 0);
	fails = 0;
	assert_int_equal(engine_write(f->engine, note_some, &fails, &info), ERR_OK);
	assert_int_equal(engine_write(f->engine, note_some, &fails, &info), ERR_OK);
	assert_int_equal(woken, 1);
	struct store_event events[4];
	bool has_more = true;
	assert_int_equal(watch_set_read(&set, events, 4, &has_more), 2);
	assert_false(has_more);
	assert_int_equal(events[0].account_id, 3);
	assert_int_equal(events[0].modseq, 500);
	assert_int_equal(events[1].account_id, 8);
	watch_set_clear(&set);
}

#define UNIT(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(test_write_is_seen_by_readers),
		UNIT(test_failure_undoes_its_own_writes),
		UNIT(test_batch_commits_once_and_isolates_failures),
		UNIT(test_op_that_waited_too_long_is_not_run),
		UNIT(test_many_threads_write),
		UNIT(test_sql_error_is_temporary),
		cmocka_unit_test(test_full_disk_is_temporary),
		UNIT(test_lost_connections_are_healed),
		UNIT(test_second_process_is_refused),
		UNIT(test_two_nodes_share_a_store),
		UNIT(test_ids_never_repeat),
		UNIT(test_grants_hold_for_their_process_only),
		UNIT(test_seals_open_with_their_label_only),
		UNIT(test_changes_are_told_after_commit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
