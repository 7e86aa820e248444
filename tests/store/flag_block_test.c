/*
 * Flags of many messages: what the blocks in the database hold, and when they come and go.
 */
#include "tests/store/fixture.h"

enum {
	MESSAGES = 640,
	BLOCK = 256 /* UIDs */
};

/* MESSAGES messages in INBOX, with the UIDs from 1 on: the first ones are copied, and copied again.
 */
static struct store_select_res fill(struct fixture *f, struct store_grant ann)
{
	struct store_select_res s;

	for (unsigned i = 0; i < 5; i++)
		fixture_append(f, ann, "INBOX", fixture_message(f, i, 300),
		               i == 2 ? STORE_FLAG_ANSWERED : 0);
	for (unsigned n = 5; n < MESSAGES; n *= 2) {
		struct store_copy_req q = { .grant = ann,
			                    .set = fixture_set(f, false, 1, STORE_STAR),
			                    .target = STR("INBOX") };
		struct store_copy_res r;

		s = fixture_select(f, ann, "INBOX");
		q.mailbox_id = s.mailbox.id;
		q.view = s.view;
		assert_ok(store_copy(f->admin, f->a, &q, &r));
	}
	s = fixture_select(f, ann, "INBOX");
	assert_int_equal(s.exists, MESSAGES);
	return s;
}

static struct store_store_flags_res change(struct fixture *f, struct store_grant ann,
                                           const struct store_select_res *s, uint64_t first,
                                           uint64_t last, uint32_t op, uint32_t flags)
{
	struct store_store_flags_req q = { .grant = ann,
		                           .mailbox_id = s->mailbox.id,
		                           .view = s->view,
		                           .set = fixture_set(f, true, first, last),
		                           .op = op,
		                           .flags = flags };

	return fixture_store_flags(f, &q);
}

static enum err fetch(struct fixture *f, struct store_grant ann, const struct store_select_res *s,
                      uint32_t fields, bool can_join, struct store_fetch_res *r)
{
	struct store_fetch_req q = { .grant = ann,
		                     .mailbox_id = s->mailbox.id,
		                     .view = s->view,
		                     .set = fixture_set(f, true, 1, STORE_STAR),
		                     .fields = fields,
		                     .can_join = can_join };

	return store_fetch(f->admin, f->a, &q, r);
}

/* Of blocks that the database has. */
static uint64_t n_blocks(struct fixture *f)
{
	return fixture_number(f, "SELECT COUNT(*) FROM flag_block");
}

static void test_full_blocks_are_written(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_select_res s = fill(f, ann);
	struct store_fetch_res r;

	/* Those of the UIDs 0 to 255 and 256 to 511. */
	assert_int_equal(n_blocks(f), 2);
	/* The entries are not needed for them. */
	fixture_sql(f, "UPDATE entry SET flags = 31, modseq = 1 WHERE uid < 512");
	assert_ok(fetch(f, ann, &s, STORE_FETCH_FLAGS | STORE_FETCH_SIZE, false, &r));
	assert_int_equal(r.n_messages, MESSAGES);
	for (size_t i = 0; i < MESSAGES; i++) {
		assert_int_equal(r.messages[i].uid, i + 1);
		assert_int_equal(r.messages[i].flags & STORE_FLAG_SYSTEM,
		                 i % 5 == 2 ? STORE_FLAG_ANSWERED : 0);
		assert_true(r.messages[i].size > 0 && r.messages[i].modseq > 1);
	}
}

static void test_changes_over_blocks(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_select_res s = fill(f, ann);
	struct store_store_flags_res r;
	struct store_fetch_res got;
	uint64_t first;

	r = change(f, ann, &s, 200, 600, STORE_FLAGS_ADD, STORE_FLAG_SEEN);
	first = r.modseq;
	assert_int_equal(r.n_changed, 401);
	for (size_t i = 0; i < r.n_changed; i++) {
		assert_int_equal(r.changed[i].uid, 200 + i);
		assert_int_equal(r.changed[i].seq, 200 + i);
		assert_int_equal(r.changed[i].modseq, first);
	}
	/* The last one is begun, too. */
	assert_int_equal(n_blocks(f), 3);
	r = change(f, ann, &s, 190, 300, STORE_FLAGS_ADD, STORE_FLAG_SEEN);
	assert_int_equal(r.n_changed, 111);
	assert_int_equal(r.changed[0].modseq, first + 1);
	assert_int_equal(r.changed[10].modseq, first);
	/* What comes now is behind what the last block says. */
	fixture_append(f, ann, "INBOX", fixture_message(f, 7, 300), STORE_FLAG_DRAFT);
	s = fixture_select(f, ann, "INBOX");
	assert_int_equal(s.mailbox.unseen, MESSAGES + 1 - 411);
	assert_int_equal(s.first_unseen_seq, 1);
	fixture_reopen(f);
	assert_ok(fetch(f, ann, &s, STORE_FETCH_FLAGS | STORE_FETCH_MODSEQ, false, &got));
	assert_int_equal(got.n_messages, MESSAGES + 1);
	for (size_t i = 0; i < MESSAGES; i++) {
		bool is_seen = i + 1 >= 190 && i + 1 <= 600;

		assert_int_equal(got.messages[i].flags & STORE_FLAG_SEEN, is_seen);
		if (is_seen)
			assert_int_equal(got.messages[i].modseq, i + 1 < 200 ? first + 1 : first);
	}
	assert_int_equal(got.messages[MESSAGES].flags & STORE_FLAG_SYSTEM, STORE_FLAG_DRAFT);
	r = change(f, ann, &s, MESSAGES + 1, MESSAGES + 1, STORE_FLAGS_ADD, STORE_FLAG_SEEN);
	assert_int_equal(r.changed[0].flags, STORE_FLAG_DRAFT | STORE_FLAG_SEEN);
}

static void test_neighbours_are_joined(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_select_res s = fill(f, ann);
	struct store_fetch_res r;
	uint64_t n = 0;

	change(f, ann, &s, 1, MESSAGES, STORE_FLAGS_SET, STORE_FLAG_SEEN);
	change(f, ann, &s, 100, 100, STORE_FLAGS_SET, 0);
	assert_ok(fetch(f, ann, &s, STORE_FETCH_FLAGS, true, &r));
	assert_int_equal(r.n_messages, 3);
	assert_int_equal(r.messages[1].uid, 100);
	assert_int_equal(r.messages[1].n_alike, 0);
	assert_int_equal(r.messages[2].seq, 101);
	assert_int_equal(r.messages[2].n_alike, MESSAGES - 101);
	/* With MODSEQs there is more that differs. */
	change(f, ann, &s, 200, 300, STORE_FLAGS_SET, 0);
	change(f, ann, &s, 200, 300, STORE_FLAGS_SET, STORE_FLAG_SEEN);
	assert_ok(fetch(f, ann, &s, STORE_FETCH_FLAGS, true, &r));
	assert_int_equal(r.n_messages, 3);
	assert_ok(fetch(f, ann, &s, STORE_FETCH_FLAGS | STORE_FETCH_MODSEQ, true, &r));
	assert_true(r.n_messages >= 5);
	for (size_t i = 0; i < r.n_messages; i++)
		n += 1 + r.messages[i].n_alike;
	assert_int_equal(n, MESSAGES);
}

static void test_blocks_go_with_their_messages(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_select_res s = fill(f, ann);
	struct store_expunge_req q = { .grant = ann, .mailbox_id = s.mailbox.id };
	struct store_expunge_res gone;
	struct store_select_res other;

	change(f, ann, &s, 3, 3, STORE_FLAGS_ADD, STORE_FLAG_FLAGGED);
	change(f, ann, &s, 1, BLOCK - 2, STORE_FLAGS_ADD, STORE_FLAG_DELETED);
	assert_ok(store_expunge(f->admin, f->a, &q, &gone));
	assert_int_equal(gone.count, BLOCK - 2);
	/* Its last message is still there. */
	assert_int_equal(n_blocks(f), 2);
	change(f, ann, &s, BLOCK - 1, BLOCK - 1, STORE_FLAGS_ADD, STORE_FLAG_DELETED);
	assert_ok(store_expunge(f->admin, f->a, &q, &gone));
	assert_int_equal(n_blocks(f), 1);
	/* They can be brought back with the flags that they had. */
	assert_int_equal(fixture_number(f, "SELECT MAX(flags) FROM gc_candidate WHERE uid = 3"),
	                 STORE_FLAG_ANSWERED | STORE_FLAG_FLAGGED | STORE_FLAG_DELETED);
	assert_int_equal(fixture_number(f, "SELECT COUNT(*) FROM gc_candidate WHERE flags = 8"),
	                 BLOCK - 1 - 51);

	assert_ok(store_copy(f->admin, f->a,
	                     &(struct store_copy_req){ .grant = ann,
	                                               .mailbox_id = s.mailbox.id,
	                                               .view = s.view,
	                                               .set = fixture_set(f, true, 1, STORE_STAR),
	                                               .target = STR("Archive") },
	                     &(struct store_copy_res){ 0 }));
	other = fixture_select(f, ann, "Archive");
	assert_int_equal(other.exists, MESSAGES - BLOCK + 1);
	assert_int_equal(n_blocks(f), 2);
	assert_ok(store_mailbox_delete(f->admin, &(struct store_mailbox_delete_req){
							 .grant = ann, .name = STR("Archive") }));
	fixture_upkeep(f, 20);
	assert_int_equal(n_blocks(f), 1);
}

static void test_check_finds_bad_blocks(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_select_res s = fill(f, ann);
	struct store_fetch_res r;
	struct str problems;

	change(f, ann, &s, 1, MESSAGES, STORE_FLAGS_ADD, STORE_FLAG_SEEN);
	fixture_sql(f, "UPDATE flag_block SET data = substr(data, 1, 1) WHERE uid = 256");
	assert_err(fetch(f, ann, &s, STORE_FETCH_FLAGS, true, &r), ERR_CORRUPT);
	problems = fixture_check(f, false);
	assert_true(str_search(problems, STR("the flags of UIDs from 256 to 511 cannot be read")) >=
	            0);
	assert_int_equal(n_blocks(f), 3);
	problems = fixture_check(f, true);
	assert_true(problems.n > 0);
	assert_str(fixture_check(f, false), "");
	/* As they came, where the block was; nothing else is lost. */
	assert_ok(fetch(f, ann, &s, STORE_FETCH_FLAGS, false, &r));
	for (size_t i = 0; i < MESSAGES; i++)
		assert_int_equal(r.messages[i].flags & STORE_FLAG_SYSTEM,
		                 (i % 5 == 2 ? STORE_FLAG_ANSWERED : 0) |
		                         (i + 1 < 256 || i + 1 > 511 ? STORE_FLAG_SEEN : 0));
	assert_int_equal(fixture_select(f, ann, "INBOX").mailbox.unseen, 256);
}

static void test_messages_in_use_cannot_be_deleted(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");

	fixture_append(f, ann, "INBOX", fixture_message(f, 1, 300), 0);
	assert_int_equal(fixture_try_sql(f, "DELETE FROM msg"), ERR_NOTFOUND);
	assert_int_equal(fixture_number(f, "SELECT COUNT(*) FROM msg"), 1);
}

static void test_check_finds_entries_without_message(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");

	fixture_append(f, ann, "INBOX", fixture_message(f, 1, 300), 0);
	if (fixture_try_sql(f, "UPDATE entry SET msg_id = 5"))
		return; /* PostgreSQL does not let it happen */
	assert_true(str_search(fixture_check(f, false),
	                       STR("of 1 messages nothing is there but the entry")) >= 0);
	fixture_sql(f, "UPDATE entry SET msg_id = (SELECT id FROM msg)");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(full_blocks_are_written),
		TEST(changes_over_blocks),
		TEST(neighbours_are_joined),
		TEST(blocks_go_with_their_messages),
		TEST(check_finds_bad_blocks),
		TEST(messages_in_use_cannot_be_deleted),
		TEST(check_finds_entries_without_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
