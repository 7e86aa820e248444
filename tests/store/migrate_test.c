/*
 * A store of the first version becomes one of this: what later versions brought is taken away, the
 * number set back, and the store opened again.
 */
#include "tests/store/fixture.h"

static void make_first_version(struct fixture *f)
{
	/* 4 */
	fixture_sql(f, "DROP TABLE flag_block");
	/* 3 */
	fixture_sql(f, "DROP TABLE mailbox_map");
	/* 2 */
	fixture_sql(f, "ALTER TABLE account DROP COLUMN quota_msgs");
	fixture_sql(f, "ALTER TABLE pop_lock DROP COLUMN node");
	fixture_sql(f, "ALTER TABLE pop_lock DROP COLUMN process");
	fixture_sql(f, "ALTER TABLE pop_lock DROP COLUMN opened");
	fixture_sql(f, "UPDATE meta SET v = '1' WHERE k = 'schema_version'");
}

static void test_from_the_first_version(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_account_set_req set = { .address = STR("ann@example.org"),
		                             .set = STORE_ACCOUNT_QUOTA_MSGS,
		                             .quota_msgs = 7 };
	struct store_pop_open_req open = { .grant = ann };
	struct store_pop_open_res drop;
	struct store_quota_res quota;
	struct store_status_res status;
	struct store_status_req nothing = { 0 };
	struct store_select_res selected;
	struct store_store_flags_req flags;
	struct store_store_flags_res changed;

	fixture_append(f, ann, "INBOX", STR("Subject: x\r\n\r\nx\r\n"), STORE_FLAG_ANSWERED);
	make_first_version(f);
	fixture_reopen(f);
	assert_ok(store_status(f->admin, f->a, &nothing, &status));
	assert_true(status.schema_version > 1);
	/* What was there is there, and has what an account of the old version can have. */
	assert_int_equal(fixture_select(f, ann, "INBOX").exists, 1);
	assert_ok(store_quota(f->admin, f->a, &(struct store_quota_req){ .grant = ann }, &quota));
	assert_true(quota.limit_msgs == STORE_QUOTA_NONE);
	assert_ok(store_account_set(f->admin, &set));
	assert_ok(store_quota(f->admin, f->a, &(struct store_quota_req){ .grant = ann }, &quota));
	assert_int_equal(quota.limit_msgs, 7);
	assert_ok(store_pop_open(f->admin, f->a, &open, &drop));
	assert_int_equal(drop.n_messages, 1);
	assert_err(store_pop_open(f->admin, f->a, &open, &drop), ERR_BUSY);
	/* Its flags, too, and they can be changed. */
	selected = fixture_select(f, ann, "INBOX");
	flags = (struct store_store_flags_req){ .grant = ann,
		                                .mailbox_id = selected.mailbox.id,
		                                .view = selected.view,
		                                .set = fixture_set(f, true, 1, 1),
		                                .op = STORE_FLAGS_ADD,
		                                .flags = STORE_FLAG_SEEN };
	changed = fixture_store_flags(f, &flags);
	assert_int_equal(changed.changed[0].flags, STORE_FLAG_ANSWERED | STORE_FLAG_SEEN);
	/* Once more: nothing is migrated twice. */
	fixture_reopen(f);
	assert_int_equal(fixture_select(f, ann, "INBOX").exists, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_from_the_first_version, fixture_set_up,
		                                fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
