/*
 * Caps that the operator sets: what fits to the last one, and what does not any more.
 */
#include <stdio.h>
#include <string.h>

#include "tests/store/fixture.h"

/* The fixture's store, opened again with other options. */
static void reopen_with(struct fixture *f, const struct store_options *o)
{
	struct store_options *have = &f->testing.options;

	have->mailboxes_max = o->mailboxes_max;
	have->subscriptions_max = o->subscriptions_max;
	have->keywords_max = o->keywords_max;
	have->mailbox_name_max_bytes = o->mailbox_name_max_bytes;
	have->deliveries_max = o->deliveries_max;
	have->quota_default_msgs = o->quota_default_msgs;
	fixture_reopen(f);
}

static enum err create(struct fixture *f, struct store_grant grant, struct str name)
{
	struct store_mailbox_create_req q = { .grant = grant, .name = name };
	struct store_mailbox_create_res r;

	return store_mailbox_create(f->admin, f->a, &q, &r);
}

static enum err rename_to(struct fixture *f, struct store_grant grant, struct str from,
                          struct str to)
{
	struct store_mailbox_rename_req q = { .grant = grant, .from = from, .to = to };

	return store_mailbox_rename(f->admin, &q);
}

static enum err subscribe(struct fixture *f, struct store_grant grant, struct str name)
{
	struct store_mailbox_subscribe_req q = { .grant = grant, .name = name, .is_on = true };

	return store_mailbox_subscribe(f->admin, &q);
}

static struct store_quota_res quota(struct fixture *f, struct store_grant grant)
{
	struct store_quota_res r;

	assert_ok(store_quota(f->admin, f->a, &(struct store_quota_req){ .grant = grant }, &r));
	return r;
}

/* Six are there from the beginning: INBOX and the usual folders. */
static void test_mailboxes(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");

	reopen_with(f, &(struct store_options){ .mailboxes_max = 9 });
	assert_ok(create(f, ann, STR("one")));
	/* The level above counts, too. */
	assert_ok(create(f, ann, STR("two/three")));
	assert_err(create(f, ann, STR("four")), ERR_LIMIT);
	assert_err(rename_to(f, ann, STR("one"), STR("x/one")), ERR_LIMIT);
	assert_ok(rename_to(f, ann, STR("one"), STR("two/one")));
	assert_int_equal(quota(f, ann).used_mailboxes, 9);
	assert_int_equal(quota(f, ann).limit_mailboxes, 9);
	/* A lower limit takes nothing away. */
	reopen_with(f, &(struct store_options){ .mailboxes_max = 1 });
	fixture_select(f, ann, "two/one");
	assert_err(create(f, ann, STR("four")), ERR_LIMIT);
}

static void test_subscriptions(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");

	reopen_with(f, &(struct store_options){ .subscriptions_max = 7 });
	assert_ok(subscribe(f, ann, STR("one")));
	assert_err(subscribe(f, ann, STR("two")), ERR_LIMIT);
}

static enum err add_keyword(struct fixture *f, struct store_grant grant, unsigned n)
{
	struct store_select_res box = fixture_select(f, grant, "INBOX");
	struct store_keyword keyword = { str_printf(f->a, "k%u", n) };
	struct store_store_flags_req q = {
		.grant = grant,
		.mailbox_id = box.mailbox.id,
		.view = box.view,
		.set = fixture_set(f, true, 1, 1),
		.op = STORE_FLAGS_ADD,
		.keywords = &keyword,
		.n_keywords = 1,
	};
	struct store_store_flags_res r;

	return store_store_flags(f->admin, f->a, &q, &r);
}

static void test_keywords(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");

	reopen_with(f, &(struct store_options){ .keywords_max = 70 });
	fixture_append(f, ann, "INBOX", STR("Subject: x\r\n\r\n"), 0);
	for (unsigned i = 0; i < 70; i++)
		assert_ok(add_keyword(f, ann, i));
	assert_err(add_keyword(f, ann, 70), ERR_LIMIT);
	assert_int_equal(fixture_select(f, ann, "INBOX").n_keywords, 70);
	/* Those that are there stay usable under a lower limit. */
	reopen_with(f, &(struct store_options){ .keywords_max = 16 });
	assert_ok(add_keyword(f, ann, 69));
	assert_err(add_keyword(f, ann, 70), ERR_LIMIT);
	assert_int_equal(fixture_select(f, ann, "INBOX").n_keywords, 70);
}

static void test_name_octets(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct str name = str_printf(f->a, "%0*d", 300, 1);

	reopen_with(f, &(struct store_options){ .mailbox_name_max_bytes = 300 });
	assert_ok(create(f, ann, name));
	assert_err(create(f, ann, str_printf(f->a, "%.*sx", STR_ARG(name))), ERR_LIMIT);
	assert_err(subscribe(f, ann, str_printf(f->a, "%.*sx", STR_ARG(name))), ERR_LIMIT);
	assert_ok(create(f, ann, STR("a/b")));
	/* Nor may a child get there by the renaming of its parent. */
	assert_err(rename_to(f, ann, STR("a"), str_printf(f->a, "%0*d", 299, 2)), ERR_LIMIT);
	assert_ok(rename_to(f, ann, STR("a"), str_printf(f->a, "%0*d", 298, 2)));
	reopen_with(f, &(struct store_options){ .mailbox_name_max_bytes = 255 });
	fixture_select(f, ann, (const char *)name.p);
}

static void test_deliveries(void **state)
{
	struct fixture *f = *state;
	struct store_rcpt rcpts[4] = { 0 };
	struct store_accept_req q;
	struct store_accept_res r;

	reopen_with(f, &(struct store_options){ .deliveries_max = 3 });
	for (unsigned i = 0; i < 4; i++) {
		char local[8];

		snprintf(local, sizeof local, "u%u", i);
		rcpts[i] = (struct store_rcpt){
			.rcpt = str_printf(f->a, "%s@example.org", local),
			.address = str_printf(f->a, "%s@example.org", local),
			.account_id = fixture_account(f, local).account_id,
		};
	}
	q = fixture_accept(f, STR("Subject: x\r\n\r\n"), rcpts, 4);
	assert_err(store_accept(f->admin, f->a, &q, &r), ERR_LIMIT);
	q = fixture_accept(f, STR("Subject: x\r\n\r\n"), rcpts, 3);
	assert_ok(store_accept(f->admin, f->a, &q, &r));
}

static enum err append(struct fixture *f, struct store_grant grant, const char *uidl)
{
	struct str body = STR("Subject: x\r\n\r\nx\r\n");
	struct store_append_req q = {
		.grant = grant,
		.mailbox = STR("INBOX"),
		.uidl = str_c(uidl),
		.meta = fixture_meta(f, body),
		.body = body,
		.body_fd = -1,
		.body_size = body.n,
	};
	struct store_append_res r;

	return store_append(f->admin, f->a, &q, &r);
}

static void test_messages(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_account_set_req set = { .address = STR("ann@example.org"),
		                             .set = STORE_ACCOUNT_QUOTA_MSGS };
	struct store_select_res box;
	struct store_copy_req copy = { .grant = ann, .target = STR("Trash") };
	struct store_copy_res r;

	reopen_with(f, &(struct store_options){ .quota_default_msgs = 3 });
	assert_int_equal(quota(f, ann).limit_msgs, 3);
	assert_ok(append(f, ann, ""));
	assert_ok(append(f, ann, ""));
	box = fixture_select(f, ann, "INBOX");
	copy.mailbox_id = box.mailbox.id;
	copy.view = box.view;
	copy.set = fixture_set(f, true, 1, 2);
	assert_err(store_copy(f->admin, f->a, &copy, &r), ERR_QUOTA);
	assert_ok(append(f, ann, ""));
	assert_err(append(f, ann, ""), ERR_QUOTA);
	/* Moving makes no message more. */
	copy.is_move = true;
	assert_ok(store_copy(f->admin, f->a, &copy, &r));
	set.quota_msgs = 4;
	assert_ok(store_account_set(f->admin, &set));
	assert_int_equal(quota(f, ann).limit_msgs, 4);
	assert_ok(append(f, ann, ""));
	assert_err(append(f, ann, ""), ERR_QUOTA);
	set.quota_msgs = STORE_QUOTA_NONE;
	assert_ok(store_account_set(f->admin, &set));
	assert_true(quota(f, ann).limit_msgs == STORE_QUOTA_NONE);
	assert_ok(append(f, ann, ""));
	/* Mail from outside, too. */
	set.quota_msgs = 5;
	assert_ok(store_account_set(f->admin, &set));
	{
		struct store_resolve_req q = { .address = STR("ann@example.org"), .size = 1 };
		struct store_resolve_res res;

		assert_ok(store_resolve(f->admin, f->a, &q, &res));
		assert_true(res.routes[0].is_over_quota);
	}
}

/* RFC 1939 section 7: 1 to 70 characters of 0x21 to 0x7e, kept as they are. */
static void test_uidl(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_pop_open_req q = { .grant = ann };
	struct store_pop_open_res r;
	char uidl[72];

	memset(uidl, '~', sizeof uidl);
	uidl[71] = 0;
	assert_err(append(f, ann, uidl), ERR_INVALID);
	uidl[70] = 0;
	assert_ok(append(f, ann, uidl));
	assert_ok(append(f, ann, "!"));
	assert_err(append(f, ann, "with blank"), ERR_INVALID);
	assert_err(append(f, ann, "\x7f"), ERR_INVALID);
	assert_err(append(f, ann, "\xc3\xa9"), ERR_INVALID);
	assert_ok(append(f, ann, ""));
	assert_ok(store_pop_open(f->admin, f->a, &q, &r));
	assert_int_equal(r.n_messages, 3);
	assert_true(str_eq(r.messages[0].uidl, str_c(uidl)));
	assert_true(str_eq(r.messages[1].uidl, STR("!")));
	assert_true(str_ends(r.messages[2].uidl, STR(".3")));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_mailboxes),   TEST(test_subscriptions), TEST(test_keywords),
		TEST(test_name_octets), TEST(test_deliveries),    TEST(test_messages),
		TEST(test_uidl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
