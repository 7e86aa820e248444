/*
 * The contract of mail in: accept, append, and what becomes of it in queue, ledger and upkeep.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/idtext.h"
#include "src/base/must.h"
#include "src/store/db.h"
#include "tests/store/fixture.h"

static struct store_rcpt local_rcpt(struct fixture *f, struct store_grant grant, const char *rcpt)
{
	(void)f;
	return (struct store_rcpt){ .rcpt = str_c(rcpt),
		                    .kind = STORE_ROUTE_LOCAL,
		                    .account_id = grant.account_id,
		                    .address = str_c(rcpt) };
}

static struct store_rcpt remote_rcpt(const char *rcpt)
{
	return (struct store_rcpt){ .rcpt = str_c(rcpt),
		                    .kind = STORE_ROUTE_REMOTE,
		                    .address = str_c(rcpt) };
}

static struct store_mailbox inbox(struct fixture *f, struct store_grant grant)
{
	struct store_mailbox_get_req q = { .grant = grant, .name = STR("inbox") };
	struct store_mailbox_get_res r;

	assert_ok(store_mailbox_get(f->admin, f->a, &q, &r));
	return r.mailbox;
}

/* All octets of a message, in pieces of `step`. */
static struct str read_all(struct fixture *f, struct store_grant grant, uint64_t mailbox_id,
                           uint64_t uid, uint32_t step)
{
	unsigned char *octets = NULL;
	uint64_t n = 0, size = 1;

	while (n < size) {
		struct store_read_req q = { .grant = grant,
			                    .mailbox_id = mailbox_id,
			                    .uid = uid,
			                    .offset = n,
			                    .size = step };
		struct store_read_res r;

		assert_ok(store_read(f->admin, f->a, &q, &r));
		size = r.message_size;
		if (!octets)
			octets = arena_alloc(f->a, size + 1);
		assert_true(r.octets.n > 0 && n + r.octets.n <= size);
		memcpy(octets + n, r.octets.p, r.octets.n);
		n += r.octets.n;
	}
	return str_make(octets, n);
}

static size_t count_events(struct fixture *f, const char *what, const char *event)
{
	struct store_trace_res r;
	size_t n = 0;

	assert_ok(
		store_trace(f->admin, f->a, &(struct store_trace_req){ .what = str_c(what) }, &r));
	for (size_t i = 0; i < r.n_events; i++)
		n += str_eq(r.events[i].event, str_c(event));
	return n;
}

/* ---------------------------------------------------------------- accept */

static void test_accept_delivers(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct str body = fixture_message(f, 1, 4096);
	struct store_accept_res r = fixture_deliver(f, ann, body);
	struct store_mailbox box = inbox(f, ann);
	struct str got;

	assert_int_equal(r.n_results, 1);
	assert_int_equal(r.results[0].fate, STORE_FATE_DELIVERED);
	assert_int_equal(r.results[0].uid, 1);
	assert_int_equal(r.results[0].mailbox_id, box.id);
	assert_int_equal(box.msgs, 1);
	assert_int_equal(box.unseen, 1);
	assert_int_equal(box.recent, 1);
	got = read_all(f, ann, box.id, 1, 1000);
	assert_true(str_starts(got, STR("Return-Path: <bob@example.net>\r\nFrom:")));
	assert_int_equal(got.n, body.n + 32);
	assert_int_equal(box.bytes, got.n);
	assert_true(str_ends(got, body));
}

static void test_accept_key_answers_once(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_rcpt rcpts[2] = { local_rcpt(f, ann, "ann@example.org"),
		                       local_rcpt(f, ann, "sales@example.org") };
	struct store_accept_req q = fixture_accept(f, fixture_message(f, 1, 3000), rcpts, 2);
	struct store_accept_res first, again;

	assert_ok(store_accept(f->session, f->a, &q, &first));
	q.msg_id++;
	assert_ok(store_accept(f->session, f->a, &q, &again));
	assert_int_equal(again.msg_id, first.msg_id);
	assert_int_equal(again.n_results, 2);
	/* Once per account and mailbox; each recipient has its fate. */
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(first.results[i].fate, STORE_FATE_DELIVERED);
		assert_int_equal(first.results[i].uid, 1);
		assert_int_equal(again.results[i].uid, 1);
		assert_int_equal(again.results[i].mailbox_id, first.results[i].mailbox_id);
	}
	assert_int_equal(inbox(f, ann).msgs, 1);
	assert_int_equal(count_events(f, "sales@example.org", "delivered"), 1);
}

static void test_accept_refuses_nonsense(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_rcpt rcpt = local_rcpt(f, ann, "ann@example.org");
	struct str body = fixture_message(f, 1, 1000);
	struct store_accept_req q = fixture_accept(f, body, &rcpt, 1);
	struct store_accept_res r;

	q.n_rcpts = 0;
	assert_err(store_accept(f->session, f->a, &q, &r), ERR_INVALID);
	q.rcpts = arena_array(f->a, 5001, sizeof(rcpt));
	q.n_rcpts = 5001;
	assert_err(store_accept(f->session, f->a, &q, &r), ERR_LIMIT);
	q.rcpts = &rcpt;
	q.n_rcpts = 1;
	q.accept_key.n = 15;
	assert_err(store_accept(f->session, f->a, &q, &r), ERR_INVALID);
	q.accept_key.n = 16;
	q.meta.hdr_size = (uint32_t)body.n + 1;
	assert_err(store_accept(f->session, f->a, &q, &r), ERR_INVALID);
	q.meta = fixture_meta(f, body);
	q.sender = STR("a\0b");
	assert_err(store_accept(f->session, f->a, &q, &r), ERR_INVALID);
	q.sender = STR("");
	rcpt.account_id = 12345;
	assert_err(store_accept(f->session, f->a, &q, &r), ERR_TEMP);
	rcpt.account_id = ann.account_id;
	rcpt.flags = STORE_FLAG_RECENT;
	assert_err(store_accept(f->session, f->a, &q, &r), ERR_INVALID);
	rcpt.flags = STORE_FLAG_FLAGGED;
	assert_ok(store_accept(f->session, f->a, &q, &r));
	assert_int_equal(inbox(f, ann).msgs, 1);
}

static void test_accept_limits_the_size(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_rcpt rcpt = local_rcpt(f, ann, "ann@example.org");
	struct str body = fixture_message(f, 1, 100000);
	struct store_accept_req q = fixture_accept(f, body, &rcpt, 1);
	struct store_accept_res r;

	f->testing.options.message_max_bytes = body.n - 1;
	fixture_reopen(f);
	assert_err(store_accept(f->session, f->a, &q, &r), ERR_LIMIT);
	f->testing.options.message_max_bytes = body.n;
	fixture_reopen(f);
	assert_ok(store_accept(f->session, f->a, &q, &r));
}

static void test_accept_takes_a_file(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_rcpt rcpt = local_rcpt(f, ann, "ann@example.org");

	struct str body = fixture_message(f, 1, 2500000);
	struct store_accept_req q = fixture_accept(f, body, &rcpt, 1);
	struct store_accept_res r;
	int fd = memfd_create("body", MFD_ALLOW_SEALING);

	must(fd >= 0 && write(fd, body.p, body.n) == (ssize_t)body.n);
	q.body = STR("");
	q.body_fd = fd;
	q.body_size = body.n;
	/* A file that its sender can still cut short is not mapped. */
	assert_err(store_accept(f->session, f->a, &q, &r), ERR_INVALID);
	must(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_WRITE | F_SEAL_GROW) == 0);
	q.body_size = body.n + 1;
	assert_err(store_accept(f->session, f->a, &q, &r), ERR_INVALID);
	q.body_size = body.n;
	assert_ok(store_accept(f->session, f->a, &q, &r));
	close(fd);
	assert_true(
		str_eq(read_all(f, ann, r.results[0].mailbox_id, r.results[0].uid, 300001), body));
}

static void test_bodies_of_all_sizes_come_back(void **state)
{
	static const size_t sizes[] = { 200,          24 * 1024 - 1,    24 * 1024, 24 * 1024 + 30,
		                        262144 + 200, 2 * 262144 + 100, 1100000 };
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct str body = fixture_message(f, (unsigned)i, sizes[i]);
		uint64_t uid = fixture_append(f, ann, "INBOX", body, 0);
		uint64_t id = inbox(f, ann).id;
		struct store_read_req q = {
			.grant = ann, .mailbox_id = id, .uid = uid, .offset = body.n - 1, .size = 10
		};
		struct store_read_res r;

		assert_true(str_eq(read_all(f, ann, id, uid, 65537), body));
		assert_true(str_eq(read_all(f, ann, id, uid, 1 << 20), body));
		assert_ok(store_read(f->admin, f->a, &q, &r));
		assert_int_equal(r.octets.n, 1);
		q.offset = body.n + 5;
		assert_ok(store_read(f->admin, f->a, &q, &r));
		assert_int_equal(r.octets.n, 0);
		q.uid = uid + 1;
		assert_err(store_read(f->admin, f->a, &q, &r), ERR_NOTFOUND);
	}
}

static void test_headers_come_alone(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct str header = str_printf(f->a, "X-Long: %0*d\r\n\r\n", 300000, 7);
	struct str small = fixture_message(f, 1, 500);
	struct str large = str_printf(f->a, "%.*s%.*s", STR_ARG(header), STR_ARG(small));
	struct store_fetch_req q = { .grant = ann,
		                     .view = { 99, 99 },
		                     .fields = STORE_FETCH_HEADER };
	struct store_fetch_res r;

	fixture_deliver(f, ann, small);
	fixture_deliver(f, ann, large);
	fixture_append(f, ann, "INBOX", fixture_message(f, 2, 100000), 0);
	q.mailbox_id = inbox(f, ann).id;
	q.set = fixture_set(f, true, 1, STORE_STAR);
	/* The large header fills a slice. */
	assert_ok(store_fetch(f->admin, f->a, &q, &r));
	assert_int_equal(r.n_messages, 2);
	assert_true(r.has_more);
	assert_true(
		str_starts(r.messages[0].header, STR("Return-Path: <bob@example.net>\r\nFrom:")));
	assert_true(str_ends(r.messages[0].header, STR(">\r\n\r\n")));
	assert_int_equal(r.messages[1].header.n, 32 + header.n);
	assert_true(str_ends(r.messages[1].header, header));
	assert_int_equal(r.messages[0].prefix_size, 32);
	q.after_uid = r.messages[1].uid;
	assert_ok(store_fetch(f->admin, f->a, &q, &r));
	assert_int_equal(r.n_messages, 1);
	assert_int_equal(r.messages[0].header.n, r.messages[0].hdr_size);
}

/* Small messages come whole; of large ones only the header, when that was asked for, too. */
static void test_octets_come_along(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct str small = fixture_message(f, 1, 500);
	struct str large = fixture_message(f, 2, STORE_FETCH_OCTETS_MAX + 1);
	struct store_fetch_req q = { .grant = ann,
		                     .view = { 99, 99 },
		                     .fields = STORE_FETCH_OCTETS };
	struct store_fetch_res r;
	uint64_t uid;

	fixture_deliver(f, ann, small);
	uid = fixture_append(f, ann, "INBOX", large, 0);
	q.mailbox_id = inbox(f, ann).id;
	q.set = fixture_set(f, true, 1, STORE_STAR);
	assert_ok(store_fetch(f->admin, f->a, &q, &r));
	assert_int_equal(r.n_messages, 2);
	assert_true(str_eq(r.messages[0].octets,
	                   read_all(f, ann, q.mailbox_id, r.messages[0].uid, 1000)));
	assert_true(str_starts(r.messages[0].octets, STR("Return-Path: <bob@example.net>\r\n")));
	assert_true(str_ends(r.messages[0].octets, small));
	assert_int_equal(r.messages[1].uid, uid);
	assert_int_equal(r.messages[1].octets.n, 0);
	q.fields |= STORE_FETCH_HEADER;
	assert_ok(store_fetch(f->admin, f->a, &q, &r));
	assert_int_equal(r.messages[0].header.n, 0);
	assert_int_equal(r.messages[0].octets.n, 32 + small.n);
	assert_int_equal(r.messages[1].header.n, r.messages[1].hdr_size);
}

static void test_accept_forwards_only_where_an_alias_leads(void **state)
{
	struct fixture *f = *state;
	struct store_rcpt rcpts[1] = { remote_rcpt("away@example.org") };
	struct store_accept_req q;
	struct store_accept_res r;

	fixture_account(f, "ann");
	assert_ok(store_alias_add(
		f->admin, &(struct store_alias_add_req){ .address = STR("away@example.org"),
	                                                 .target = STR("carl@example.net") }));
	rcpts[0].address = STR("carl@example.net");
	q = fixture_accept(f, fixture_message(f, 1, 900), rcpts, 1);
	assert_ok(store_accept(f->session, f->a, &q, &r));
	assert_int_equal(r.results[0].fate, STORE_FATE_QUEUED);
	rcpts[0].address = STR("dora@example.net");
	q = fixture_accept(f, fixture_message(f, 2, 900), rcpts, 1);
	assert_err(store_accept(f->session, f->a, &q, &r), ERR_DENIED);
}

static void test_accept_sends_elsewhere_only_for_users(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_rcpt rcpts[3] = { remote_rcpt("carl@Example.NET"),
		                       local_rcpt(f, ann, "ann@example.org"),
		                       remote_rcpt("dora@example.com") };
	struct store_accept_req q = fixture_accept(f, fixture_message(f, 1, 900), rcpts, 3);
	struct store_queue_list_req list_q = { .max = 1 };
	struct store_queue_list_res list;
	struct store_accept_res r;
	char id[IDTEXT_SIZE];

	assert_err(store_accept(f->session, f->a, &q, &r), ERR_DENIED);
	q.grant = (struct store_grant){ .account_id = ann.account_id, .seal = STR("forged") };
	assert_err(store_accept(f->session, f->a, &q, &r), ERR_DENIED);
	q.grant = ann;
	assert_ok(store_accept(f->admin, f->a, &q, &r));
	assert_int_equal(r.results[0].fate, STORE_FATE_QUEUED);
	assert_int_equal(r.results[1].fate, STORE_FATE_DELIVERED);
	assert_int_equal(r.results[2].fate, STORE_FATE_QUEUED);

	assert_ok(store_queue_list(f->admin, f->a, &list_q, &list));
	assert_int_equal(list.n_items, 1);
	assert_true(list.has_more);
	assert_str(list.items[0].rcpt, "carl@Example.NET");
	assert_str(list.items[0].dest, "example.net");
	assert_str(list.items[0].sender, "bob@example.net");
	list_q = (struct store_queue_list_req){ .dest = STR("Example.COM") };
	assert_ok(store_queue_list(f->admin, f->a, &list_q, &list));
	assert_int_equal(list.n_items, 1);
	assert_int_equal(list.items[0].msg_id, q.msg_id);

	idtext_format(q.msg_id, id);
	assert_int_equal(count_events(f, id, "queued"), 2);
	assert_int_equal(count_events(f, id, "delivered"), 1);
	assert_int_equal(count_events(f, id, "accepted"), 1);
	assert_int_equal(count_events(f, "<1@example.org>", "accepted"), 1);
	assert_int_equal(count_events(f, "carl@example.net", "queued"), 1);
	assert_int_equal(count_events(f, "bob@example.net", "accepted"), 1);
	assert_int_equal(count_events(f, "nobody@example.net", "accepted"), 0);
}

static void test_accept_knows_what_was_resent(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_grant bob = fixture_account(f, "bob");
	struct store_rcpt rcpts[2] = { local_rcpt(f, ann, "ann@example.org"),
		                       local_rcpt(f, bob, "bob@example.org") };
	struct str body = fixture_message(f, 1, 2000);
	struct str again = str_printf(f->a, "Received: by us\r\n%.*s", STR_ARG(body));
	struct store_accept_req q = fixture_accept(f, body, rcpts, 1);
	struct store_accept_res r;

	q.wants_duplicate_check = true;
	assert_ok(store_accept(f->session, f->a, &q, &r));
	assert_int_equal(r.results[0].fate, STORE_FATE_DELIVERED);

	q = fixture_accept(f, again, rcpts, 2);
	q.wants_duplicate_check = true;
	assert_ok(store_accept(f->session, f->a, &q, &r));
	assert_int_equal(r.results[0].fate, STORE_FATE_DUPLICATE);
	assert_int_equal(r.results[1].fate, STORE_FATE_DELIVERED);
	assert_int_equal(count_events(f, "ann@example.org", "duplicate"), 1);

	/* All of it resent: nothing is stored at all. */
	q = fixture_accept(f, again, rcpts, 2);
	q.wants_duplicate_check = true;
	assert_ok(store_accept(f->session, f->a, &q, &r));
	assert_int_equal(r.results[1].fate, STORE_FATE_DUPLICATE);
	assert_int_equal(inbox(f, ann).msgs, 1);
	assert_int_equal(inbox(f, bob).msgs, 1);

	/* Another sender, other octets, no wish to be checked: another message. */
	q = fixture_accept(f, again, rcpts, 1);
	q.wants_duplicate_check = true;
	q.sender = STR("carl@example.net");
	assert_ok(store_accept(f->session, f->a, &q, &r));
	q = fixture_accept(f, str_printf(f->a, "%.*s.", STR_ARG(body)), rcpts, 1);
	q.wants_duplicate_check = true;
	assert_ok(store_accept(f->session, f->a, &q, &r));
	q = fixture_accept(f, body, rcpts, 1);
	assert_ok(store_accept(f->session, f->a, &q, &r));
	assert_int_equal(inbox(f, ann).msgs, 4);
}

static void set_quota(struct fixture *f, const char *address, uint64_t bytes)
{
	struct store_account_set_req q = { .address = str_c(address),
		                           .set = STORE_ACCOUNT_QUOTA,
		                           .quota_bytes = bytes };

	assert_ok(store_account_set(f->admin, &q));
}

static void set_state(struct fixture *f, const char *address, uint32_t to)
{
	struct store_account_set_req q = { .address = str_c(address),
		                           .set = STORE_ACCOUNT_STATE,
		                           .state = to };

	assert_ok(store_account_set(f->admin, &q));
}

static void test_accept_waits_for_room(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_grant bob = fixture_account(f, "bob");
	struct store_rcpt rcpts[2] = { local_rcpt(f, ann, "ann@example.org"),
		                       local_rcpt(f, bob, "bob@example.org") };
	struct str body = fixture_message(f, 1, 2000);
	struct store_accept_req q = fixture_accept(f, body, rcpts, 1);
	struct store_accept_res r;

	clock_test_set(1800000000000, 1000);
	set_quota(f, "ann@example.org", body.n - 1);
	assert_err(store_accept(f->session, f->a, &q, &r), ERR_QUOTA);
	assert_int_equal(count_events(f, "ann@example.org", "accepted"), 0);
	q.n_rcpts = 2;
	assert_ok(store_accept(f->session, f->a, &q, &r));
	assert_int_equal(r.results[0].fate, STORE_FATE_QUEUED);
	assert_int_equal(r.results[1].fate, STORE_FATE_DELIVERED);
	fixture_upkeep(f, 2);
	assert_int_equal(inbox(f, ann).msgs, 0);
	set_quota(f, "ann@example.org", body.n);
	fixture_upkeep(f, 2);
	assert_int_equal(inbox(f, ann).msgs, 0);
	clock_test_advance(6 * 60 * 1000);
	fixture_upkeep(f, 2);
	assert_int_equal(inbox(f, ann).msgs, 1);
	assert_int_equal(count_events(f, "ann@example.org", "queued"), 1);
	assert_int_equal(count_events(f, "ann@example.org", "delivered"), 1);
}

static void test_accept_queues_for_an_account_on_the_move(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_grant bob = fixture_account(f, "bob");
	struct store_accept_res r;
	struct store_append_req append = {
		.grant = ann, .mailbox = STR("INBOX"), .body = STR("x"), .body_fd = -1
	};
	struct store_append_res appended;

	set_state(f, "ann@example.org", STORE_ACCOUNT_MOVING);
	set_state(f, "bob@example.org", STORE_ACCOUNT_LOCKED);
	r = fixture_deliver(f, ann, fixture_message(f, 1, 500));
	assert_int_equal(r.results[0].fate, STORE_FATE_QUEUED);
	r = fixture_deliver(f, bob, fixture_message(f, 2, 500));
	assert_int_equal(r.results[0].fate, STORE_FATE_QUEUED);
	assert_err(store_append(f->admin, f->a, &append, &appended), ERR_TEMP);
	set_state(f, "ann@example.org", STORE_ACCOUNT_ACTIVE);
	fixture_upkeep(f, 1);
	assert_int_equal(inbox(f, ann).msgs, 1);
	/* A deleted account: the fate is told, the octets go. */
	assert_ok(store_account_del(
		f->admin, &(struct store_account_del_req){ .address = STR("bob@example.org") }));
	clock_test_set(clock_wall_ms() + 10 * 60 * 1000, 1000);
	fixture_upkeep(f, 4);
	assert_int_equal(count_events(f, "<2@example.org>", "discarded"), 0);
	assert_int_equal(count_events(f, "someone@example.org", "discarded"), 1);
}

/* A second connection that holds an account's row, as another node would. */
static void test_accept_does_not_wait_for_a_locked_account(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_grant bob = fixture_account(f, "bob");
	struct store_rcpt rcpts[2] = { local_rcpt(f, ann, "ann@example.org"),
		                       local_rcpt(f, bob, "bob@example.org") };
	struct store_accept_req q = fixture_accept(f, fixture_message(f, 1, 500), rcpts, 2);
	struct store_accept_res r;
	struct errinfo info = { 0 };
	struct db *db;
	struct db_stmt *s;
	bool has_row;

	/* SQLite has one writer. */
	if (!store_testing_is_postgres())
		return;
	must(!db_open(&f->testing.options, false, &db, &info) && !db_begin(db, true));
	s = db_prepare(db, "SELECT id FROM account WHERE id = ?1 @LOCK@");
	db_bind_u64(s, 1, ann.account_id);
	must(!db_step(s, &has_row) && has_row);
	db_done(s);
	assert_ok(store_accept(f->session, f->a, &q, &r));
	assert_int_equal(r.results[0].fate, STORE_FATE_QUEUED);
	assert_int_equal(r.results[1].fate, STORE_FATE_DELIVERED);
	assert_int_equal(fixture_upkeep(f, 1).delivered, 0);
	db_rollback(db);
	db_close(&db);
	assert_int_equal(fixture_upkeep(f, 2).delivered, 1);
	assert_int_equal(inbox(f, ann).msgs, 1);
	assert_int_equal(count_events(f, "ann@example.org", "delivered"), 1);
}

static void test_accept_files_into_a_mailbox(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_mailbox_get_req get = { .grant = ann, .name = STR("Junk") };
	struct store_rcpt rcpts[2] = { local_rcpt(f, ann, "ann@example.org"),
		                       local_rcpt(f, ann, "ann+x@example.org") };
	struct store_accept_req q = fixture_accept(f, fixture_message(f, 1, 500), rcpts, 2);
	struct store_mailbox_get_res junk;
	struct store_accept_res r;

	assert_ok(store_mailbox_get(f->admin, f->a, &get, &junk));
	rcpts[0].mailbox_id = junk.mailbox.id;
	rcpts[0].flags = STORE_FLAG_SEEN;
	assert_ok(store_accept(f->session, f->a, &q, &r));
	assert_int_equal(r.results[0].mailbox_id, junk.mailbox.id);
	assert_int_not_equal(r.results[1].mailbox_id, junk.mailbox.id);
	assert_ok(store_mailbox_get(f->admin, f->a, &get, &junk));
	assert_int_equal(junk.mailbox.msgs, 1);
	assert_int_equal(junk.mailbox.unseen, 0);
	assert_int_equal(inbox(f, ann).unseen, 1);
	/* A mailbox that has gone since the plan was made. */
	q = fixture_accept(f, fixture_message(f, 2, 500), rcpts, 1);
	rcpts[0].mailbox_id = 4711;
	assert_ok(store_accept(f->session, f->a, &q, &r));
	assert_int_equal(inbox(f, ann).msgs, 2);
}

static void test_accept_for_fifty(void **state)
{
	struct fixture *f = *state;
	struct store_rcpt rcpts[50];
	struct store_accept_req q;
	struct store_accept_res r;
	struct store_status_res status;

	for (unsigned i = 0; i < 50; i++) {
		struct str name = str_printf(f->a, "user%u", i);
		struct store_grant grant = fixture_account(f, (const char *)name.p);

		rcpts[i] = local_rcpt(f, grant, (const char *)name.p);
	}
	q = fixture_accept(f, fixture_message(f, 1, 50000), rcpts, 50);
	assert_ok(store_accept(f->session, f->a, &q, &r));
	assert_int_equal(r.n_results, 50);
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(r.results[i].fate, STORE_FATE_DELIVERED);
	assert_ok(store_status(f->admin, f->a, &(struct store_status_req){ 0 }, &status));
	assert_int_equal(status.accounts, 50);
	assert_int_equal(status.messages, 50);
	assert_int_equal(status.accepted_total, 1);
	assert_int_equal(status.queued, 0);
	assert_int_equal(status.mailboxes, 300);
}

/* ---------------------------------------------------------------- append */

static void test_append_keeps_what_it_was_given(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct str body = fixture_message(f, 7, 700);
	struct store_keyword keywords[] = { { STR("$Forwarded") }, { STR("todo") } };
	struct store_append_req q = {
		.grant = ann,
		.mailbox = STR("Sent"),
		.flags = STORE_FLAG_SEEN | STORE_FLAG_DRAFT,
		.keywords = keywords,
		.n_keywords = 2,
		.internaldate_ms = 1234567890123,
		.meta = fixture_meta(f, body),
		.body = body,
		.body_fd = -1,
		.accept_key = STR("0123456789abcdef"),
	};
	struct store_append_res r, again;
	struct store_fetch_req fetch = { .grant = ann, .view = { 9, 99 }, .fields = 1023 };
	struct store_fetch_res got;

	assert_ok(store_append(f->admin, f->a, &q, &r));
	assert_int_equal(r.uid, 1);
	assert_ok(store_append(f->admin, f->a, &q, &again));
	assert_int_equal(again.uid, 1);
	assert_int_equal(again.uidvalidity, r.uidvalidity);
	fetch.mailbox_id = r.mailbox_id;
	fetch.set = fixture_set(f, true, 1, STORE_STAR);
	assert_ok(store_fetch(f->admin, f->a, &fetch, &got));
	assert_int_equal(got.n_messages, 1);
	assert_int_equal(got.messages[0].flags,
	                 STORE_FLAG_SEEN | STORE_FLAG_DRAFT | STORE_FLAG_RECENT);
	assert_int_equal(got.messages[0].n_keywords, 2);
	assert_str(got.messages[0].keywords[0].name, "$Forwarded");
	assert_int_equal(got.messages[0].internaldate_ms, 1234567890123);
	assert_int_equal(got.messages[0].size, body.n);
	assert_str(got.messages[0].envelope, "(envelope)");
	assert_str(got.messages[0].preview, "preview");
	assert_str(got.messages[0].parts, "parts");
	assert_str(got.messages[0].body, "(body)");
	assert_true(got.messages[0].uidl.n > 2);
	assert_int_equal(got.messages[0].thread_id, got.messages[0].msg_id);
}

static void test_append_refuses(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct str body = fixture_message(f, 7, 700);
	struct store_keyword bad = { STR("no atom") };
	struct store_append_req q = { .grant = ann,
		                      .mailbox = STR("Nowhere"),
		                      .meta = fixture_meta(f, body),
		                      .body = body,
		                      .body_fd = -1 };
	struct store_append_res r;

	assert_err(store_append(f->admin, f->a, &q, &r), ERR_NOTFOUND);
	q.mailbox = STR("bad//name");
	assert_err(store_append(f->admin, f->a, &q, &r), ERR_NOTFOUND);
	q.mailbox = STR("INBOX");
	q.keywords = &bad;
	q.n_keywords = 1;
	assert_err(store_append(f->admin, f->a, &q, &r), ERR_INVALID);
	q.n_keywords = 0;
	q.accept_key = STR("short");
	assert_err(store_append(f->admin, f->a, &q, &r), ERR_INVALID);
	q.accept_key = STR("");
	q.flags = 64;
	assert_err(store_append(f->admin, f->a, &q, &r), ERR_INVALID);
	q.flags = 0;
	set_quota(f, "ann@example.org", body.n);
	assert_ok(store_append(f->admin, f->a, &q, &r));
	assert_err(store_append(f->admin, f->a, &q, &r), ERR_QUOTA);
	set_quota(f, "ann@example.org", STORE_QUOTA_NONE);
	assert_ok(store_append(f->admin, f->a, &q, &r));
	q.grant.account_id = 77;
	assert_err(store_append(f->admin, f->a, &q, &r), ERR_DENIED);
}

/* ---------------------------------------------------------------- upkeep and check */

static void test_upkeep_removes_after_the_window(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_copy_req copy = { .grant = ann, .view = { 99, 99 }, .target = STR("Trash") };
	struct store_expunge_req expunge = { .grant = ann };
	struct store_expunge_res gone;
	struct store_copy_res copied;
	struct store_upkeep_res r;

	clock_test_set(1800000000000, 1000);
	fixture_append(f, ann, "INBOX", fixture_message(f, 1, 5000), STORE_FLAG_DELETED);
	fixture_append(f, ann, "INBOX", fixture_message(f, 2, 900000), STORE_FLAG_DELETED);
	copy.mailbox_id = expunge.mailbox_id = inbox(f, ann).id;
	copy.set = fixture_set(f, true, 1, 1);
	assert_ok(store_copy(f->admin, f->a, &copy, &copied));
	assert_ok(store_expunge(f->admin, f->a, &expunge, &gone));
	assert_int_equal(gone.count, 2);
	r = fixture_upkeep(f, 3);
	assert_int_equal(r.removed_messages, 0);
	assert_int_equal(r.scrubbed_bytes, 0);
	clock_test_advance(25 * 3600 * 1000);
	fixture_sql(f, "DELETE FROM meta WHERE k = 'scrub.due'");
	r = fixture_upkeep(f, 3);
	assert_true(r.scrubbed_bytes > 900000);
	assert_int_equal(r.damaged, 0);
	clock_test_advance((int64_t)f->testing.options.undelete_ms + 1);
	r = fixture_upkeep(f, 3);
	assert_int_equal(r.removed_messages, 1);
	assert_true(r.removed_bytes > 900000);
}

static void test_upkeep_removes_deleted_accounts(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_status_res status;
	struct store_upkeep_res r;

	clock_test_set(1800000000000, 1000);
	for (unsigned i = 0; i < 20; i++)
		fixture_append(f, ann, i % 2 ? "INBOX" : "Sent", fixture_message(f, i, 500), 0);
	assert_ok(store_account_del(
		f->admin, &(struct store_account_del_req){ .address = STR("ann@example.org") }));
	assert_ok(store_status(f->admin, f->a, &(struct store_status_req){ 0 }, &status));
	assert_int_equal(status.accounts, 0);
	assert_int_equal(status.messages, 0);
	assert_true(fixture_upkeep(f, 5).purged_rows >= 20);
	clock_test_advance((int64_t)f->testing.options.undelete_ms + 1);
	r = fixture_upkeep(f, 5);
	assert_int_equal(r.removed_messages, 20);
}

static void test_upkeep_folds_the_change_log(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_expunge_req expunge = { .grant = ann };
	struct store_expunge_res gone;
	struct store_select_res before, after;
	struct store_sync_req sync = { .grant = ann, .wants_expunges = true, .max_flags = 100 };
	struct store_sync_res r;
	uint64_t start;

	clock_test_set(1800000000000, 1000);
	start = inbox(f, ann).modseq;
	for (unsigned i = 0; i < 10; i++)
		fixture_append(f, ann, "INBOX", fixture_message(f, i, 300),
		               i % 3 ? 0 : STORE_FLAG_DELETED);
	expunge.mailbox_id = inbox(f, ann).id;
	assert_ok(store_expunge(f->admin, f->a, &expunge, &gone));
	assert_int_equal(gone.count, 4);
	before = fixture_select(f, ann, "INBOX");
	clock_test_advance(31LL * 24 * 3600 * 1000);
	assert_true(fixture_upkeep(f, 5).folded_changes >= 10);
	after = fixture_select(f, ann, "INBOX");
	assert_int_equal(after.exists, before.exists);
	fixture_append(f, ann, "INBOX", fixture_message(f, 50, 300), 0);
	sync.mailbox_id = expunge.mailbox_id;
	sync.view = before.view;
	sync.flags_modseq = start;
	assert_ok(store_sync(f->admin, f->a, &sync, &r));
	assert_int_equal(r.exists, 7);
	assert_int_equal(r.n_flags, 7);
	assert_int_equal(r.n_expunged_uids, 0);
	sync.max_flags = 3;
	assert_ok(store_sync(f->admin, f->a, &sync, &r));
	assert_int_equal(r.n_flags, 3);
	assert_true(r.has_more);
	/* A session that heard of expunges last before the fold cannot go on. */
	sync.view.expunged = start - 1;
	assert_err(store_sync(f->admin, f->a, &sync, &r), ERR_NOTFOUND);
}

static void test_upkeep_forgets_old_keys(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_rcpt rcpt = local_rcpt(f, ann, "ann@example.org");
	struct store_accept_req q;
	struct store_accept_res r;

	clock_test_set(1800000000000, 1000);
	q = fixture_accept(f, fixture_message(f, 1, 300), &rcpt, 1);
	assert_ok(store_accept(f->session, f->a, &q, &r));
	clock_test_advance(24 * 3600 * 1000);
	fixture_upkeep(f, 2);
	q.msg_id += 1;
	assert_ok(store_accept(f->session, f->a, &q, &r));
	assert_int_equal(inbox(f, ann).msgs, 1);
	clock_test_advance((int64_t)f->testing.options.accept_log_ms);
	fixture_upkeep(f, 2);
	assert_ok(store_accept(f->session, f->a, &q, &r));
	assert_int_equal(inbox(f, ann).msgs, 2);
}

static void test_check_finds_and_repairs_counters(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct str problems;

	fixture_append(f, ann, "INBOX", fixture_message(f, 1, 300), 0);
	fixture_sql(f, "UPDATE mailbox SET msgs = 5, unseen = 7 WHERE name = 'INBOX'");
	fixture_sql(f, "UPDATE account SET used_bytes = 1");
	problems = fixture_check(f, false);
	assert_true(str_search(problems, STR("its row says 5, 7, 0,")) >= 0);
	problems = fixture_check(f, true);
	assert_true(problems.n > 0);
	assert_str(fixture_check(f, true), "");
	assert_int_equal(inbox(f, ann).msgs, 1);
}

static void test_check_finds_damage(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_read_req q = { .grant = ann, .uid = 1, .size = 1000000 };
	struct store_read_res r;
	struct str problems;

	fixture_deliver(f, ann, fixture_message(f, 1, 300));
	fixture_append(f, ann, "INBOX", fixture_message(f, 2, 100000), 0);
	fixture_append(f, ann, "INBOX", fixture_message(f, 3, 300), 0);
	fixture_sql(f, "UPDATE msg SET hash = substr(hash, 33) WHERE size < 310 AND id = (SELECT "
	               "MIN(id) FROM msg)");
	fixture_sql(f, "DELETE FROM body_slice");
	fixture_sql(f, "UPDATE ledger SET n_rcpts = 2");
	fixture_sql(f, "DELETE FROM entry WHERE uid = 3");
	problems = fixture_check(f, false);
	assert_true(str_search(problems, STR("its octets are not those")) >= 0);
	assert_true(str_search(problems, STR("is missing")) >= 0);
	assert_true(str_search(problems, STR("accepted for 2 recipients; 1 have a fate")) >= 0);
	assert_true(str_search(problems, STR("nothing refers to it")) >= 0);
	clock_test_set(clock_wall_ms() + 25 * 3600 * 1000, 1000);
	assert_true(fixture_upkeep(f, 1).damaged > 0);
	q.mailbox_id = inbox(f, ann).id;
	q.uid = 2;
	assert_err(store_read(f->admin, f->a, &q, &r), ERR_CORRUPT);
	/* Leave nothing for the check at the end. */
	fixture_sql(f, "DELETE FROM entry; DELETE FROM body; DELETE FROM msg; DELETE FROM ledger;"
	               "UPDATE account SET used_msgs = 0, used_bytes = 0;"
	               "UPDATE mailbox SET msgs = 0, unseen = 0, bytes = 0");
}

/* Each of them is more than a slice of the check. */
static void test_check_gets_past_large_messages(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct str body = fixture_message(f, 1, 17 << 20);

	for (unsigned i = 0; i < 3; i++)
		fixture_append(f, ann, "INBOX", body, 0);
	assert_str(fixture_check(f, false), "");
	assert_true(str_eq(read_all(f, ann, inbox(f, ann).id, 2, 1 << 20), body));
}

static void test_epoch_leaves_a_gap(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_mailbox before, after;

	fixture_append(f, ann, "INBOX", fixture_message(f, 1, 300), 0);
	before = inbox(f, ann);
	fixture_sql(f, "UPDATE meta SET v = '2' WHERE k = 'epoch'");
	fixture_reopen(f);
	fixture_append(f, ann, "INBOX", fixture_message(f, 2, 300), 0);
	after = inbox(f, ann);
	assert_true(after.uidnext >= before.uidnext + 1025);
	assert_true(after.modseq >= before.modseq + (1 << 20));
	assert_int_equal(after.uidvalidity, before.uidvalidity);
	before = after;
	fixture_append(f, ann, "INBOX", fixture_message(f, 3, 300), 0);
	after = inbox(f, ann);
	assert_int_equal(after.uidnext, before.uidnext + 1);
	assert_int_equal(after.modseq, before.modseq + 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(accept_delivers),
		TEST(accept_key_answers_once),
		TEST(accept_refuses_nonsense),
		TEST(accept_limits_the_size),
		TEST(accept_takes_a_file),
		TEST(bodies_of_all_sizes_come_back),
		TEST(headers_come_alone),
		TEST(octets_come_along),
		TEST(accept_forwards_only_where_an_alias_leads),
		TEST(accept_sends_elsewhere_only_for_users),
		TEST(accept_knows_what_was_resent),
		TEST(accept_waits_for_room),
		TEST(accept_queues_for_an_account_on_the_move),
		TEST(accept_does_not_wait_for_a_locked_account),
		TEST(accept_files_into_a_mailbox),
		TEST(accept_for_fifty),
		TEST(append_keeps_what_it_was_given),
		TEST(append_refuses),
		TEST(upkeep_removes_after_the_window),
		TEST(upkeep_removes_deleted_accounts),
		TEST(upkeep_folds_the_change_log),
		TEST(upkeep_forgets_old_keys),
		TEST(check_finds_and_repairs_counters),
		TEST(check_finds_damage),
		TEST(check_gets_past_large_messages),
		TEST(epoch_leaves_a_gap),
	};

	return cmocka_run_group_tests_name("store mail", tests, NULL, NULL);
}
