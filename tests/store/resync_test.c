/*
 * The contract of what a session is told when it comes back (store_vanished), when keywords are
 * new, and of conversations.
 */
#include "src/base/clock.h"
#include "tests/store/fixture.h"

/* UIDs 1 to 9 in INBOX; a session that has just selected it. */
static struct store_vanished_req nine(struct fixture *f, struct store_grant ann)
{
	struct store_vanished_req q = { .grant = ann, .known = { .is_uid = true } };
	struct store_select_res selected;

	for (unsigned i = 1; i <= 9; i++)
		assert_int_equal(fixture_append(f, ann, "INBOX", fixture_message(f, i, 300), 0), i);
	selected = fixture_select(f, ann, "INBOX");
	q.mailbox_id = selected.mailbox.id;
	q.view = selected.view;
	q.since = selected.mailbox.modseq;
	q.known = fixture_set(f, true, 1, 100);
	return q;
}

/* Expunge one message; the MODSEQ of that. */
static uint64_t expunge(struct fixture *f, const struct store_vanished_req *q, uint64_t uid)
{
	struct store_store_flags_req flags = {
		.grant = q->grant,
		.mailbox_id = q->mailbox_id,
		.view = q->view,
		.set = fixture_set(f, true, uid, uid),
		.op = STORE_FLAGS_ADD,
		.flags = STORE_FLAG_DELETED,
	};
	struct store_store_flags_res flagged;
	struct store_expunge_req expunge = { .grant = q->grant, .mailbox_id = q->mailbox_id };
	struct store_expunge_res gone;

	assert_ok(store_store_flags(f->admin, f->a, &flags, &flagged));
	assert_ok(store_expunge(f->admin, f->a, &expunge, &gone));
	assert_int_equal(gone.count, 1);
	return gone.modseq;
}

static void assert_vanished(struct fixture *f, const struct store_vanished_req *q, const char *want)
{
	struct store_vanished_res r;

	assert_ok(store_vanished(f->admin, f->a, q, &r));
	assert_str(fixture_ranges(f, r.uids, r.n_uids), want);
}

static void test_vanished_since(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_vanished_req q = nine(f, ann);
	uint64_t start = q.since, third;
	struct store_vanished_res r;

	third = expunge(f, &q, 3);
	expunge(f, &q, 4);
	/* The view has not been told of them: they are not of an earlier session. */
	assert_vanished(f, &q, "");
	q.view = fixture_select(f, ann, "INBOX").view;
	assert_vanished(f, &q, "3:4");
	q.since = third;
	assert_vanished(f, &q, "4");
	q.since = start;
	q.known = fixture_set(f, true, 4, STORE_STAR);
	assert_vanished(f, &q, "4");
	q.known = fixture_set(f, true, 5, 9);
	assert_vanished(f, &q, "");
	/* Both engines agree on what a set must be. */
	q.known = fixture_set(f, false, 1, 2);
	assert_err(store_vanished(f->admin, f->a, &q, &r), ERR_INVALID);
}

static void test_vanished_from_another_history(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_vanished_req q = nine(f, ann);
	struct store_vanished_res r;

	expunge(f, &q, 1);
	expunge(f, &q, 9);
	q.view = fixture_select(f, ann, "INBOX").view;
	q.since = q.view.expunged + 5;
	q.known = fixture_set(f, true, 1, 12);
	assert_ok(store_vanished(f->admin, f->a, &q, &r));
	assert_str(fixture_ranges(f, r.uids, r.n_uids), "1,9:12");
	assert_int_equal(r.changedsince, 0);
	q.since = q.view.expunged;
	assert_ok(store_vanished(f->admin, f->a, &q, &r));
	assert_int_equal(r.n_uids, 0);
	assert_int_equal(r.changedsince, q.since);
}

/* What the client knows of numbers and UIDs cuts off what it knows to be gone. */
static void test_vanished_matches_numbers(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_vanished_req q = nine(f, ann);
	const struct store_range seqs[] = { { 2, 3 }, { 7, 7 } }, uids[] = { { 3, 4 }, { 9, 9 } };

	expunge(f, &q, 2);
	expunge(f, &q, 7);
	q.view = fixture_select(f, ann, "INBOX").view;
	assert_vanished(f, &q, "2,7");
	q.match_seqs = seqs;
	q.match_uids = uids;
	q.n_match_seqs = q.n_match_uids = 1;
	assert_vanished(f, &q, "7");
	q.n_match_seqs = q.n_match_uids = 2;
	assert_vanished(f, &q, "");
	/* Pairs that are wrong say nothing. */
	q.match_uids = seqs;
	assert_vanished(f, &q, "2,7");
}

/* After the log was folded more may be told than must be, never less. */
static void test_vanished_after_the_fold(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_vanished_req q;
	uint64_t start, second;

	clock_test_set(1800000000000, 1000);
	q = nine(f, ann);
	start = q.since;
	expunge(f, &q, 2);
	second = expunge(f, &q, 6);
	clock_test_advance(31LL * 24 * 3600 * 1000);
	assert_true(fixture_upkeep(f, 5).folded_changes >= 5);
	q.view = fixture_select(f, ann, "INBOX").view;
	q.since = start;
	assert_vanished(f, &q, "2,6");
	q.since = second;
	assert_vanished(f, &q, "");
	q.since = second - 1;
	assert_vanished(f, &q, "2,6");
}

static void test_younger_keywords_come_along(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_vanished_req q = nine(f, ann);
	struct store_keyword work = { STR("Work") };
	struct store_store_flags_req flags = {
		.grant = ann,
		.mailbox_id = q.mailbox_id,
		.view = q.view,
		.set = fixture_set(f, true, 1, 1),
		.op = STORE_FLAGS_ADD,
		.keywords = &work,
		.n_keywords = 1,
		.keywords_told = fixture_select(f, ann, "INBOX").keywords_told,
	};
	struct store_sync_req sync = { .grant = ann,
		                       .mailbox_id = q.mailbox_id,
		                       .view = q.view,
		                       .flags_modseq = q.since,
		                       .keywords_told = flags.keywords_told,
		                       .max_flags = 10 };
	struct store_store_flags_res flagged;
	struct store_sync_res told;

	assert_ok(store_store_flags(f->admin, f->a, &flags, &flagged));
	assert_int_equal(flagged.n_keywords, 1);
	assert_str(flagged.keywords[0].name, "Work");
	assert_ok(store_sync(f->admin, f->a, &sync, &told));
	assert_int_equal(told.n_flags, 1);
	assert_int_equal(told.n_keywords, 1);
	assert_int_equal(told.keywords_told, flagged.keywords_told);
	sync.keywords_told = told.keywords_told;
	assert_ok(store_sync(f->admin, f->a, &sync, &told));
	assert_int_equal(told.n_keywords, 0);
	flags.keywords_told = flagged.keywords_told;
	assert_ok(store_store_flags(f->admin, f->a, &flags, &flagged));
	assert_int_equal(flagged.n_keywords, 0);
}

static uint64_t thread_of(struct fixture *f, struct store_grant ann, uint64_t uid)
{
	struct store_select_res selected = fixture_select(f, ann, "INBOX");
	struct store_fetch_req q = { .grant = ann,
		                     .mailbox_id = selected.mailbox.id,
		                     .view = selected.view,
		                     .set = fixture_set(f, true, uid, uid),
		                     .fields = STORE_FETCH_IDS };
	struct store_fetch_res r;

	assert_ok(store_fetch(f->admin, f->a, &q, &r));
	assert_int_equal(r.n_messages, 1);
	return r.messages[0].thread_id;
}

static uint64_t append_text(struct fixture *f, struct store_grant ann, const char *header)
{
	return fixture_append(f, ann, "INBOX",
	                      str_printf(f->a, "%sSubject: x\r\n\r\nbody\r\n", header), 0);
}

static void test_conversations(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	uint64_t root = append_text(f, ann, "Message-ID: <a@x>\r\n");
	uint64_t other = append_text(f, ann, "Message-ID: <b@x>\r\n");
	uint64_t answer = append_text(f, ann, "Message-ID: <c@x>\r\nIn-Reply-To: <a@x>\r\n");
	uint64_t deep = append_text(f, ann, "Message-ID: <d@x>\r\nReferences: <?@x>\r\n <c@x>\r\n");
	uint64_t copy = append_text(f, ann, "Message-ID: <a@x>\r\n");
	uint64_t broken = append_text(f, ann, "In-Reply-To: <a@x\r\nReferences: > < a@x\r\n");

	assert_int_not_equal(thread_of(f, ann, root), thread_of(f, ann, other));
	assert_int_equal(thread_of(f, ann, answer), thread_of(f, ann, root));
	assert_int_equal(thread_of(f, ann, deep), thread_of(f, ann, root));
	assert_int_equal(thread_of(f, ann, copy), thread_of(f, ann, root));
	assert_int_not_equal(thread_of(f, ann, broken), thread_of(f, ann, root));
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(vanished_since),
		TEST(vanished_from_another_history),
		TEST(vanished_matches_numbers),
		TEST(vanished_after_the_fold),
		TEST(younger_keywords_come_along),
		TEST(conversations),
	};

	return cmocka_run_group_tests_name("store resync", tests, NULL, NULL);
}
