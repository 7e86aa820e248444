#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/random.h"
#include "src/base/unit.h"
#include "src/store/engine_priv.h"
#include "src/store/server.h"
#include "src/store/socket_priv.h"
#include "src/store/testing.h"
#include "src/store/wire.h"

enum {
	BIG = 300000
};

struct fixture {
	struct store_testing t;
	struct store_engine *engine;
	struct store_server *server;
	struct store_listener listeners[2];
	char paths[2][128];
	pthread_t thread;
	struct store *admin, *session;
	struct arena *a;
};

static int listen_at(char path[128], const struct store_testing *t, const char *name)
{
	snprintf(path, 128, "%s/%s.sock", t->directory, name);
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	memcpy(addr.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 128), 0);
	return fd;
}

static void *run_server(void *arg)
{
	store_server_run(((struct fixture *)arg)->server);
	return NULL;
}

static void start(struct fixture *f)
{
	struct errinfo info = { 0 };
	enum err err = store_engine_open(&f->t.options, &f->engine, &info);
	if (err)
		print_error("%s\n", info.text);
	assert_int_equal(err, ERR_OK);
	f->server = store_server_new(f->engine, f->listeners, 2, 0);
	assert_int_equal(pthread_create(&f->thread, NULL, run_server, f), 0);
}

static void stop(struct fixture *f)
{
	store_server_stop(f->server);
	pthread_join(f->thread, NULL);
	store_server_free(&f->server);
	store_engine_close(&f->engine);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	store_testing_init(&f->t);
	f->listeners[0] = (struct store_listener){ listen_at(f->paths[0], &f->t, "session"),
		                                   STORE_CALLER_SESSION };
	f->listeners[1] = (struct store_listener){ listen_at(f->paths[1], &f->t, "admin"),
		                                   STORE_CALLER_ADMIN };
	start(f);
	f->session = store_open_socket(f->paths[0]);
	f->admin = store_open_socket(f->paths[1]);
	f->a = arena_new(NULL);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	store_close(&f->session);
	store_close(&f->admin);
	stop(f);
	close(f->listeners[0].fd);
	close(f->listeners[1].fd);
	store_testing_clear(&f->t);
	arena_free(&f->a);
	free(f);
	return 0;
}

static void expect(struct store *st, enum err err, enum err want)
{
	if (err != want)
		print_error("%s: %s\n", err_name(err), store_errinfo(st)->text);
	assert_int_equal(err, want);
}

static uint64_t make_account(struct fixture *f)
{
	struct store_domain_add_res d;
	expect(f->admin,
	       store_domain_add(f->admin, f->a,
	                        &(struct store_domain_add_req){ .name = STR("example.org") }, &d),
	       ERR_OK);
	struct store_account_add_res r;
	struct store_account_add_req q = { .address = STR("ann@example.org"),
		                           .password = STR("secret"),
		                           .name = STR("Ann"),
		                           .language = STR("en") };
	expect(f->admin, store_account_add(f->admin, f->a, &q, &r), ERR_OK);
	return r.account_id;
}

static struct store_grant log_in(struct fixture *f, struct store *st)
{
	struct store_login_res r = { 0 };
	struct store_login_req q = { .user = STR("ann@example.org"),
		                     .password = STR("secret"),
		                     .service = STR("imap"),
		                     .peer = STR("192.0.2.1") };
	expect(st, store_login(st, f->a, &q, &r), ERR_OK);
	return r.grant;
}

static struct store_accept_res accept_one(struct fixture *f, struct store *st, uint64_t account_id,
                                          struct str body, unsigned char key[16])
{
	struct store_ids_res ids = { 0 };
	expect(st, store_ids(st, f->a, &(struct store_ids_req){ .count = 1 }, &ids), ERR_OK);
	struct store_rcpt rcpt = {
		.rcpt = STR("ann@example.org"),
		.address = STR("ann@example.org"),
		.kind = STORE_ROUTE_LOCAL,
		.account_id = account_id,
		.prefix = STR("Return-Path: <bob@example.net>\r\n"),
	};
	struct store_accept_req q = {
		.accept_key = str_make(key, 16),
		.msg_id = ids.first,
		.sender = STR("bob@example.net"),
		.meta = { .hdr_size = (uint32_t)str_search(body, STR("\r\n\r\n")) + 4,
		          .lines = 3,
		          .envelope = STR("(NIL)"),
		          .bodystructure = STR("(NIL)"),
		          .body = STR("(NIL)") },
		.body = body,
		.body_fd = -1,
		.body_size = body.n,
		.rcpts = &rcpt,
		.n_rcpts = 1,
	};
	struct store_accept_res r = { 0 };
	expect(st, store_accept(st, f->a, &q, &r), ERR_OK);
	assert_int_equal(r.n_results, 1);
	/* On PostgreSQL another lane may hold the account just now. */
	bool is_queued = r.results[0].fate == STORE_FATE_QUEUED && store_testing_is_postgres();
	assert_true(is_queued || r.results[0].fate == STORE_FATE_DELIVERED);
	return r;
}

static void put_header(char *text)
{
	struct str header = STR("Subject: big\r\n\r\n");

	memcpy(text, header.p, header.n);
}

/* ---------------------------------------------------------------- tests */

static void test_mail_goes_in_and_out(void **state)
{
	struct fixture *f = *state;
	uint64_t account_id = make_account(f);
	struct store_grant grant = log_in(f, f->session);
	assert_int_equal(grant.account_id, account_id);
	/* Large enough to travel as a file. */
	char *text = arena_alloc(f->a, BIG);
	memset(text, 'x', BIG);
	put_header(text);
	unsigned char key[16] = "0123456789abcde";
	struct store_accept_res r = accept_one(f, f->session, account_id, str_make(text, BIG), key);
	struct store_read_req q = { .grant = grant,
		                    .mailbox_id = r.results[0].mailbox_id,
		                    .uid = r.results[0].uid,
		                    .size = 1 << 20 };
	struct store_read_res got = { 0 };
	expect(f->session, store_read(f->session, f->a, &q, &got), ERR_OK);
	assert_int_equal(got.message_size, BIG + 32);
	assert_int_equal(got.octets.n, BIG + 32);
	assert_true(str_eq(str_from(got.octets, 32), str_make(text, BIG)));
	/* The same key again changes nothing. */
	struct store_accept_res again = accept_one(f, f->session, account_id, str_make(text, BIG),
	                                           key);
	assert_int_equal(again.results[0].uid, r.results[0].uid);
	assert_int_equal(again.msg_id, r.msg_id);
}

static void test_callers_are_told_apart(void **state)
{
	struct fixture *f = *state;
	make_account(f);
	struct store_domain_add_res d;
	struct store_domain_add_req q = { .name = STR("evil.example") };
	expect(f->session, store_domain_add(f->session, f->a, &q, &d), ERR_DENIED);
	struct store_mailbox_list_res boxes;
	struct store_mailbox_list_req list = { .grant = log_in(f, f->session), .max = 100 };
	expect(f->session, store_mailbox_list(f->session, f->a, &list, &boxes), ERR_OK);
	assert_true(boxes.n_mailboxes > 0);
	list.grant.seal = str_first(list.grant.seal, 31);
	expect(f->session, store_mailbox_list(f->session, f->a, &list, &boxes), ERR_DENIED);
	list.grant.seal = (struct str){ 0 };
	expect(f->session, store_mailbox_list(f->session, f->a, &list, &boxes), ERR_DENIED);
	struct store_login_res r;
	struct store_login_req wrong = { .user = STR("ann@example.org"), .password = STR("wrong") };
	expect(f->session, store_login(f->session, f->a, &wrong, &r), ERR_AUTH);
}

/* Octets that are no request end the connection, and nothing else. */
static void test_garbage_closes_its_connection_only(void **state)
{
	struct fixture *f = *state;
	for (int round = 0; round < 50; round++) {
		int fd = socket_connect(f->paths[0]);
		assert_true(fd >= 0);
		unsigned char junk[200];
		random_fill(junk, sizeof(junk));
		struct wire_header h = { .length = sizeof(junk) - WIRE_HEADER_BYTES,
			                 .verb = (uint16_t)(random_u64() % WIRE_VERB_COUNT),
			                 .timeout_ms = 1000 };
		if (round % 2)
			wire_header_put(junk, &h);
		assert_int_equal(socket_send(fd, str_make(junk, sizeof(junk)), -1), sizeof(junk));
		struct pollfd p = { .fd = fd, .events = POLLIN };
		assert_int_equal(poll(&p, 1, 5000), 1);
		unsigned char answer[1000];
		ssize_t n = recv(fd, answer, sizeof(answer), 0);
		/* Well-framed nonsense is answered with why. */
		if (round % 2 && n >= WIRE_HEADER_BYTES) {
			assert_int_equal(wire_header_get(answer, WIRE_REPLY_MAX, &h), ERR_OK);
			assert_true(h.err != ERR_OK);
		} else if (!(round % 2)) {
			assert_true(n <= 0);
		}
		close(fd);
	}
	struct store_status_res r;
	expect(f->admin, store_status(f->admin, f->a, &(struct store_status_req){ 0 }, &r), ERR_OK);
}

/* --- the store is replaced under its callers */

struct caller {
	struct fixture *f;
	uint64_t account_id;
	int n;
	_Atomic bool *must_end;
	unsigned accepted;
	enum err err;
};

static void *call_on(void *arg)
{
	struct caller *c = arg;
	struct store *st = store_open_socket(c->f->paths[0]);
	struct arena *a = arena_new(NULL);
	struct fixture own = *c->f;
	own.a = a;
	while (!atomic_load(c->must_end)) {
		unsigned char key[16];
		random_fill(key, sizeof(key));
		accept_one(&own, st, c->account_id, STR("Subject: small\r\n\r\nbody\r\n"), key);
		c->accepted++;
		arena_reset(a);
	}
	arena_free(&a);
	store_close(&st);
	return NULL;
}

static void test_restart_is_only_slow(void **state)
{
	struct fixture *f = *state;
	enum {
		CALLERS = 4,
		RESTARTS = 3
	};
	uint64_t account_id = make_account(f);
	_Atomic bool must_end = false;
	struct caller callers[CALLERS];
	pthread_t threads[CALLERS];
	for (int i = 0; i < CALLERS; i++) {
		callers[i] = (struct caller){ .f = f,
			                      .account_id = account_id,
			                      .must_end = &must_end };
		pthread_create(&threads[i], NULL, call_on, &callers[i]);
	}
	for (int i = 0; i < RESTARTS; i++) {
		usleep(100000);
		stop(f);
		usleep(20000);
		start(f);
	}
	usleep(100000);
	atomic_store(&must_end, true);
	unsigned accepted = 0;
	for (int i = 0; i < CALLERS; i++) {
		pthread_join(threads[i], NULL);
		accepted += callers[i].accepted;
	}
	assert_true(accepted > 0);
	/* Each was stored, once. */
	struct store_mailbox_get_res box;
	struct store_mailbox_get_req q = { .grant = { .account_id = account_id },
		                           .name = STR("INBOX") };
	expect(f->admin, store_mailbox_get(f->admin, f->a, &q, &box), ERR_OK);
	struct store_status_res r;
	expect(f->admin, store_status(f->admin, f->a, &(struct store_status_req){ 0 }, &r), ERR_OK);
	assert_int_equal(box.mailbox.msgs + r.queued, accepted);
	if (!store_testing_is_postgres()) {
		assert_int_equal(r.queued, 0);
		assert_int_equal(box.mailbox.uidnext, accepted + 1);
	}
}

static void test_absent_store_times_out(void **state)
{
	struct fixture *f = *state;
	struct store *st = store_open_socket("/tmp/tayori-nobody-is-here.sock");
	store_set_timeout(st, 100);
	struct store_status_res r;
	assert_int_equal(store_status(st, f->a, &(struct store_status_req){ 0 }, &r), ERR_TIMEOUT);
	store_close(&st);
}

/* --- events */

static bool wait_event(struct store_watcher *w, uint64_t account_id, uint64_t above,
                       uint64_t *modseq_r)
{
	for (;;) {
		struct pollfd p = { .fd = store_watcher_fd(w), .events = POLLIN };
		if (poll(&p, 1, 5000) != 1)
			return false;
		struct store_event events[8];
		size_t n = store_watcher_read(w, events, 8);
		for (size_t i = 0; i < n; i++) {
			if (events[i].account_id == account_id && events[i].modseq >= above) {
				*modseq_r = events[i].modseq;
				return true;
			}
			if (!events[i].account_id && !above)
				return true;
		}
	}
}

static void check_watcher(struct fixture *f, bool is_local)
{
	uint64_t account_id = make_account(f);
	struct store_watcher *w = store_watcher_open(is_local ? NULL : f->paths[0], f->engine);
	store_watcher_add(w, account_id);
	store_watcher_add(w, account_id);
	store_watcher_add(w, 12345);
	uint64_t modseq = 0;
	if (!is_local)
		assert_true(wait_event(w, account_id, 0, &modseq));
	unsigned char key[16] = "0123456789abcde";
	accept_one(f, f->session, account_id, STR("Subject: x\r\n\r\n"), key);
	assert_true(wait_event(w, account_id, 1, &modseq));
	uint64_t before = modseq;
	key[0]++;
	store_watcher_remove(w, account_id);
	accept_one(f, f->session, account_id, STR("Subject: x\r\n\r\n"), key);
	assert_true(wait_event(w, account_id, before + 1, &modseq));
	if (!is_local) {
		/*
		 * A new store is told what is watched, and the watcher that it may have missed
		 * something.
		 */
		stop(f);
		start(f);
		assert_true(wait_event(w, account_id, 0, &modseq));
		key[0]++;
		accept_one(f, f->session, account_id, STR("Subject: x\r\n\r\n"), key);
		assert_true(wait_event(w, account_id, modseq + 1, &modseq));
	}
	store_watcher_remove(w, account_id);
	usleep(50000);
	struct store_event events[8];
	store_watcher_read(w, events, 8);
	key[0]++;
	accept_one(f, f->session, account_id, STR("Subject: x\r\n\r\n"), key);
	struct pollfd p = { .fd = store_watcher_fd(w), .events = POLLIN };
	assert_int_equal(poll(&p, 1, 100), 0);
	store_watcher_close(&w);
}

static void test_watcher_in_process(void **state)
{
	check_watcher(*state, true);
}

static void test_watcher_over_socket(void **state)
{
	check_watcher(*state, false);
}

/* --- backup and restore */

static void test_backup_is_restored_with_a_new_epoch(void **state)
{
	struct fixture *f = *state;
	if (store_testing_is_postgres())
		skip();
	uint64_t account_id = make_account(f);
	char *text = arena_alloc(f->a, 10 * BIG);
	random_fill(text, 10 * BIG); /* several slices */
	put_header(text);
	unsigned char key[16] = "0123456789abcde";
	for (int i = 0; i < 3; i++, key[0]++)
		accept_one(f, f->session, account_id, str_make(text, 10 * BIG), key);
	char copy[128];
	snprintf(copy, sizeof(copy), "%s/copy", f->t.directory);
	struct store_copy_state r = { 0 };
	struct store_copy *c = NULL;
	struct errinfo info = { 0 };
	int slices = 0;
	assert_int_equal(store_copy_open(&f->t.options, copy, &c, &info), ERR_OK);
	while (!r.is_done) {
		assert_int_equal(store_copy_step(c, &r, &info), ERR_OK);
		slices++;
		/* The store works on; the copy does not see it. */
		key[0]++;
		accept_one(f, f->session, account_id, STR("Subject: later\r\n\r\n"), key);
	}
	assert_true(slices > 1);
	store_copy_close(&c);
	assert_int_equal(store_copy_open(&f->t.options, copy, &c, &info), ERR_EXISTS);
	assert_int_equal(store_engine_restore(&f->t.options, copy, &info), ERR_BUSY);
	char fresh[128];
	snprintf(fresh, sizeof(fresh), "%s/fresh", f->t.directory);
	struct store_options o = f->t.options;
	o.path = str_c(fresh);
	enum err err = store_engine_restore(&o, copy, &info);
	if (err)
		print_error("%s\n", info.text);
	assert_int_equal(err, ERR_OK);
	assert_int_equal(store_engine_restore(&o, copy, &info), ERR_EXISTS);
	struct store_engine *engine = NULL;
	assert_int_equal(store_engine_open(&o, &engine, &info), ERR_OK);
	struct store *st = store_open_local(engine, STORE_CALLER_ADMIN);
	struct store_status_res before, after;
	expect(f->admin, store_status(f->admin, f->a, &(struct store_status_req){ 0 }, &before),
	       ERR_OK);
	expect(st, store_status(st, f->a, &(struct store_status_req){ 0 }, &after), ERR_OK);
	assert_int_equal(after.epoch, before.epoch + 1);
	assert_int_equal(after.store_id, before.store_id);
	assert_int_equal(after.messages, 3);
	assert_int_equal(before.messages, 3 + slices);
	store_close(&st);
	store_engine_close(&engine);
}

static enum err restore_with_room(const struct store_options *o, const char *copy, rlim_t octets)
{
	struct errinfo info = { 0 };
	struct rlimit before, small;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = octets;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	enum err err = store_engine_restore(o, copy, &info);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	return err;
}

/* To another file system where there is one, so that the octets are written by us. */
static void test_restore_without_room_fails(void **state)
{
	struct fixture *f = *state;
	if (store_testing_is_postgres())
		skip();
	make_account(f);
	char copy[128];
	snprintf(copy, sizeof(copy), "%s/copy", f->t.directory);
	struct store_copy_state r = { 0 };
	struct store_copy *c = NULL;
	struct errinfo info = { 0 };
	assert_int_equal(store_copy_open(&f->t.options, copy, &c, &info), ERR_OK);
	while (!r.is_done)
		assert_int_equal(store_copy_step(c, &r, &info), ERR_OK);
	store_copy_close(&c);
	char fresh[] = "/dev/shm/tayori-test-XXXXXX";
	if (!mkdtemp(fresh))
		skip();
	struct store_options o = f->t.options;
	o.path = str_c(fresh);
	stop(f);
	enum err err = restore_with_room(&o, copy, 20000);
	start(f);
	assert_int_equal(rmdir(fresh), 0);
	assert_int_equal(err, ERR_IO);
}

#define UNIT(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(test_mail_goes_in_and_out),
		UNIT(test_callers_are_told_apart),
		UNIT(test_garbage_closes_its_connection_only),
		UNIT(test_restart_is_only_slow),
		UNIT(test_absent_store_times_out),
		UNIT(test_watcher_in_process),
		UNIT(test_watcher_over_socket),
		UNIT(test_backup_is_restored_with_a_new_epoch),
		UNIT(test_restore_without_room_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
