/*
 * The contract of the directory's verbs: domains, accounts, aliases, routes.
 */
#include <stdio.h>

#include "tests/store/fixture.h"

/* ---------------------------------------------------------------- domains */

static enum err add_domain(struct fixture *f, const char *name, const char *alias_of)
{
	struct store_domain_add_req q = { .name = str_c(name), .alias_of = str_c(alias_of) };
	struct store_domain_add_res r;

	return store_domain_add(f->admin, f->a, &q, &r);
}

static void test_domain_lives(void **state)
{
	struct fixture *f = *state;
	struct store_domain_list_res list;

	assert_err(add_domain(f, "EXAMPLE.org", ""), ERR_EXISTS);
	assert_ok(add_domain(f, "例え.jp", ""));
	assert_err(add_domain(f, "xn--r8jz45g.jp", ""), ERR_EXISTS);
	assert_err(add_domain(f, "no domain", ""), ERR_INVALID);
	assert_err(add_domain(f, "", ""), ERR_INVALID);
	assert_err(add_domain(f, "a.example", "missing.example"), ERR_NOTFOUND);
	assert_ok(add_domain(f, "a.example", "example.org"));

	assert_ok(store_domain_list(f->admin, f->a, &(struct store_domain_list_req){ .max = 2 },
	                            &list));
	assert_int_equal(list.n_domains, 2);
	assert_true(list.has_more);
	assert_str(list.domains[0].name, "a.example");
	assert_str(list.domains[0].alias_of, "example.org");
	assert_ok(store_domain_list(
		f->admin, f->a, &(struct store_domain_list_req){ .after = list.domains[1].name },
		&list));
	assert_int_equal(list.n_domains, 1);
	assert_false(list.has_more);
	assert_str(list.domains[0].name, "xn--r8jz45g.jp");
}

static void test_domain_is_removed_when_empty(void **state)
{
	struct fixture *f = *state;
	struct store_domain_del_req q = { .name = STR("example.org") };

	fixture_account(f, "ann");
	assert_err(store_domain_del(f->admin, &q), ERR_EXISTS);
	assert_ok(store_account_del(
		f->admin, &(struct store_account_del_req){ .address = STR("ann@example.org") }));
	assert_ok(add_domain(f, "a.example", "example.org"));
	assert_err(store_domain_del(f->admin, &q), ERR_EXISTS);
	assert_ok(store_domain_del(f->admin,
	                           &(struct store_domain_del_req){ .name = STR("a.example") }));
	assert_ok(store_domain_del(f->admin, &q));
	assert_err(store_domain_del(f->admin, &q), ERR_NOTFOUND);
}

/* ---------------------------------------------------------------- accounts */

static enum err add_account(struct fixture *f, const char *address, const char *language)
{
	struct store_account_add_req q = { .address = str_c(address), .language = str_c(language) };
	struct store_account_add_res r;

	return store_account_add(f->admin, f->a, &q, &r);
}

static void test_account_is_made_once(void **state)
{
	struct fixture *f = *state;

	assert_ok(add_account(f, "ann@example.org", "en"));
	assert_err(add_account(f, "Ann@Example.ORG", "en"), ERR_EXISTS);
	assert_err(add_account(f, "ann@other.example", "en"), ERR_NOTFOUND);
	assert_err(add_account(f, "ann", "en"), ERR_INVALID);
	assert_err(add_account(f, "", "en"), ERR_INVALID);
	assert_err(add_account(f, "bea@example.org", "fr"), ERR_INVALID);
	assert_ok(add_account(f, "\"b c\"@example.org", "en"));
}

static void test_account_has_folders(void **state)
{
	struct fixture *f = *state;
	struct store_account_add_req q = { .address = STR("ann@example.org"),
		                           .language = STR("ja") };
	struct store_account_add_res r;
	struct store_mailbox_list_res list;
	uint32_t special = 0;

	assert_ok(store_account_add(f->admin, f->a, &q, &r));
	assert_ok(store_mailbox_list(
		f->admin, f->a,
		&(struct store_mailbox_list_req){ .grant = { .account_id = r.account_id } },
		&list));
	assert_int_equal(list.n_mailboxes, 6);
	assert_str(list.mailboxes[0].name, "INBOX");
	for (size_t i = 0; i < list.n_mailboxes; i++) {
		assert_true(list.mailboxes[i].is_subscribed);
		assert_false(list.mailboxes[i].has_children);
		assert_int_equal(list.mailboxes[i].uidnext, 1);
		special |= list.mailboxes[i].special;
		if (list.mailboxes[i].special == STORE_SPECIAL_SENT)
			assert_str(list.mailboxes[i].name, "送信済み");
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(list.mailboxes[i].uidvalidity,
			                     list.mailboxes[k].uidvalidity);
	}
	assert_int_equal(special, STORE_SPECIAL_DRAFTS | STORE_SPECIAL_SENT | STORE_SPECIAL_JUNK |
	                                  STORE_SPECIAL_TRASH | STORE_SPECIAL_ARCHIVE);
}

static void test_accounts_are_listed_in_pages(void **state)
{
	struct fixture *f = *state;
	struct store_account_list_req q = { .max = 3 };
	struct store_account_list_res r;
	size_t n = 0;

	assert_ok(add_domain(f, "zoo.example", ""));
	for (unsigned i = 0; i < 7; i++) {
		char address[40];

		snprintf(address, sizeof(address), "user%u@%s", i,
		         i % 2 ? "zoo.example" : "example.org");
		assert_ok(add_account(f, address, ""));
	}
	do {
		assert_ok(store_account_list(f->admin, f->a, &q, &r));
		n += r.n_accounts;
		assert_true(r.n_accounts <= 3);
		if (r.n_accounts)
			q.after = r.accounts[r.n_accounts - 1].address;
	} while (r.has_more);
	assert_int_equal(n, 7);
	q = (struct store_account_list_req){ .domain = STR("zoo.example") };
	assert_ok(store_account_list(f->admin, f->a, &q, &r));
	assert_int_equal(r.n_accounts, 3);
	assert_str(r.accounts[0].address, "user1@zoo.example");
	assert_int_equal(r.accounts[0].mailboxes, 6);
	q = (struct store_account_list_req){ .address = STR("user9@example.org") };
	assert_err(store_account_list(f->admin, f->a, &q, &r), ERR_NOTFOUND);
}

static void test_account_is_changed(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_account_set_req q = {
		.address = STR("ann@example.org"),
		.set = STORE_ACCOUNT_QUOTA | STORE_ACCOUNT_NAME | STORE_ACCOUNT_PASSWORD,
		.quota_bytes = 12345,
		.name = STR("Ann"),
		.password = STR("secret"),
	};
	struct store_account_list_res r;
	struct store_quota_res quota;

	assert_ok(store_account_set(f->admin, &q));
	assert_ok(store_account_list(f->admin, f->a,
	                             &(struct store_account_list_req){ .address = q.address }, &r));
	assert_int_equal(r.accounts[0].quota_bytes, 12345);
	assert_str(r.accounts[0].name, "Ann");
	assert_str(r.accounts[0].scheme, "argon2id");
	assert_ok(store_quota(f->admin, f->a, &(struct store_quota_req){ .grant = ann }, &quota));
	assert_int_equal(quota.limit_bytes, 12345);
	q = (struct store_account_set_req){ .address = STR("ann@example.org"),
		                            .set = STORE_ACCOUNT_QUOTA,
		                            .quota_bytes = STORE_QUOTA_NONE };
	assert_ok(store_account_set(f->admin, &q));
	assert_ok(store_quota(f->admin, f->a, &(struct store_quota_req){ .grant = ann }, &quota));
	assert_true(quota.limit_bytes == STORE_QUOTA_NONE);
	q = (struct store_account_set_req){ .address = STR("ann@example.org"),
		                            .set = STORE_ACCOUNT_STATE,
		                            .state = STORE_ACCOUNT_LOCKED };
	assert_ok(store_account_set(f->admin, &q));
	assert_err(store_quota(f->admin, f->a, &(struct store_quota_req){ .grant = ann }, &quota),
	           ERR_DENIED);
	q.state = STORE_ACCOUNT_DELETED;
	assert_err(store_account_set(f->admin, &q), ERR_INVALID);
	q.address = STR("eve@example.org");
	assert_err(store_account_set(f->admin, &q), ERR_NOTFOUND);
}

static void test_account_deleted_and_made_again_repeats_no_uidvalidity(void **state)
{
	struct fixture *f = *state;
	struct store_account_del_req del = { .address = STR("ann@example.org") };
	uint64_t highest = 0;

	for (unsigned i = 0; i < 5; i++) {
		struct store_grant ann = fixture_account(f, "ann");
		struct store_mailbox_list_res list;
		struct store_quota_res quota;
		uint64_t most = 0;

		assert_ok(store_mailbox_list(
			f->admin, f->a, &(struct store_mailbox_list_req){ .grant = ann }, &list));
		for (size_t k = 0; k < list.n_mailboxes; k++) {
			assert_true(list.mailboxes[k].uidvalidity > highest);
			if (list.mailboxes[k].uidvalidity > most)
				most = list.mailboxes[k].uidvalidity;
		}
		highest = most;
		fixture_append(f, ann, "INBOX", fixture_message(f, i, 500), 0);
		assert_ok(store_account_del(f->admin, &del));
		assert_err(store_account_del(f->admin, &del), ERR_NOTFOUND);
		assert_err(store_quota(f->admin, f->a, &(struct store_quota_req){ .grant = ann },
		                       &quota),
		           ERR_DENIED);
		if (i % 2)
			fixture_upkeep(f, 60);
	}
}

/* ---------------------------------------------------------------- aliases and routes */

static enum err add_alias(struct fixture *f, const char *address, const char *target)
{
	return store_alias_add(f->admin, &(struct store_alias_add_req){ .address = str_c(address),
	                                                                .target = str_c(target) });
}

static struct store_resolve_res resolve(struct fixture *f, const char *address)
{
	struct store_resolve_req q = { .address = str_c(address) };
	struct store_resolve_res r;

	assert_ok(store_resolve(f->session, f->a, &q, &r));
	return r;
}

static void test_alias_lives(void **state)
{
	struct fixture *f = *state;
	struct store_alias_list_res list;
	struct store_alias_del_req del = { .address = STR("all@example.org"),
		                           .target = STR("Bob@example.net") };

	assert_ok(add_alias(f, "all@example.org", "ann@example.org"));
	assert_ok(add_alias(f, "All@example.org", "Bob@Example.NET"));
	assert_err(add_alias(f, "all@example.org", "Bob@example.net"), ERR_EXISTS);
	assert_err(add_alias(f, "all@missing.example", "bob@example.net"), ERR_NOTFOUND);
	assert_err(add_alias(f, "all@example.org", "nowhere"), ERR_INVALID);
	assert_ok(add_alias(f, "@example.org", "ann@example.org"));
	assert_ok(store_alias_list(f->admin, f->a, &(struct store_alias_list_req){ .max = 1 },
	                           &list));
	assert_int_equal(list.n_aliases, 1);
	assert_str(list.aliases[0].address, "@example.org");
	assert_true(list.has_more);
	assert_ok(store_alias_list(f->admin, f->a,
	                           &(struct store_alias_list_req){ .after = list.aliases[0].address,
	                                                           .domain = STR("example.org") },
	                           &list));
	assert_int_equal(list.n_aliases, 2);
	assert_str(list.aliases[0].target, "Bob@example.net");
	assert_ok(store_alias_del(f->admin, &del));
	assert_err(store_alias_del(f->admin, &del), ERR_NOTFOUND);
	del.target = STR("");
	assert_ok(store_alias_del(f->admin, &del));
	assert_err(store_alias_del(f->admin, &del), ERR_NOTFOUND);
}

static void test_resolve_finds_accounts(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_resolve_res r;

	r = resolve(f, "ANN@example.ORG");
	assert_int_equal(r.status, STORE_RESOLVE_OK);
	assert_int_equal(r.n_routes, 1);
	assert_int_equal(r.routes[0].account_id, ann.account_id);
	assert_str(r.routes[0].address, "ann@example.org");
	r = resolve(f, "ann+Lists@example.org");
	assert_int_equal(r.n_routes, 1);
	assert_str(r.routes[0].detail, "lists");
	assert_int_equal(resolve(f, "eve@example.org").status, STORE_RESOLVE_NO_USER);
	assert_int_equal(resolve(f, "eve@example.net").status, STORE_RESOLVE_NO_DOMAIN);
	assert_ok(add_domain(f, "alias.example", "example.org"));
	r = resolve(f, "ann@alias.example");
	assert_int_equal(r.n_routes, 1);
	assert_str(r.routes[0].address, "ann@example.org");
	assert_err(store_resolve(f->session, f->a,
	                         &(struct store_resolve_req){ .address = STR("@") }, &r),
	           ERR_INVALID);
}

static void test_resolve_follows_aliases(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_resolve_res r;

	fixture_account(f, "bob");
	assert_ok(add_alias(f, "all@example.org", "ann@example.org"));
	assert_ok(add_alias(f, "all@example.org", "bob@example.org"));
	assert_ok(add_alias(f, "all@example.org", "Carl@example.net"));
	assert_ok(add_alias(f, "all@example.org", "every@example.org"));
	assert_ok(add_alias(f, "every@example.org", "all@example.org"));
	r = resolve(f, "all@example.org");
	assert_int_equal(r.n_routes, 3);
	assert_int_equal(r.routes[0].kind, STORE_ROUTE_REMOTE);
	assert_str(r.routes[0].address, "Carl@example.net");
	assert_int_equal(r.routes[1].account_id, ann.account_id);
	/* A copy elsewhere: the alias names the account itself. */
	assert_ok(add_alias(f, "bob@example.org", "bob@example.org"));
	assert_ok(add_alias(f, "bob@example.org", "bob@example.net"));
	r = resolve(f, "bob@example.org");
	assert_int_equal(r.n_routes, 2);
	/* Loops lead nowhere; the catch-all takes what nobody has. */
	assert_ok(add_alias(f, "x@example.org", "y@example.org"));
	assert_ok(add_alias(f, "y@example.org", "x@example.org"));
	assert_int_equal(resolve(f, "x@example.org").status, STORE_RESOLVE_NO_USER);
	assert_ok(add_alias(f, "@example.org", "ann@example.org"));
	r = resolve(f, "nobody@example.org");
	assert_int_equal(r.n_routes, 1);
	assert_int_equal(r.routes[0].account_id, ann.account_id);
}

static void test_resolve_stops_at_ten_aliases(void **state)
{
	struct fixture *f = *state;

	fixture_account(f, "ann");
	for (unsigned i = 0; i < 14; i++) {
		char from[40], to[40];

		snprintf(from, sizeof(from), "a%u@example.org", i);
		snprintf(to, sizeof(to), "a%u@example.org", i + 1);
		assert_ok(add_alias(f, from, to));
	}
	assert_ok(add_alias(f, "a14@example.org", "ann@example.org"));
	assert_int_equal(resolve(f, "a6@example.org").status, STORE_RESOLVE_OK);
	assert_int_equal(resolve(f, "a0@example.org").status, STORE_RESOLVE_NO_USER);
}

static void test_resolve_tells_what_stands_in_the_way(void **state)
{
	struct fixture *f = *state;
	struct store_account_set_req set = { .address = STR("ann@example.org"),
		                             .set = STORE_ACCOUNT_QUOTA,
		                             .quota_bytes = 1000 };
	struct store_resolve_req q = { .address = STR("ann@example.org"), .size = 1000 };
	struct store_resolve_res r;

	fixture_account(f, "ann");
	assert_ok(store_account_set(f->admin, &set));
	assert_ok(store_resolve(f->session, f->a, &q, &r));
	assert_false(r.routes[0].is_over_quota);
	q.size = 1001;
	assert_ok(store_resolve(f->session, f->a, &q, &r));
	assert_true(r.routes[0].is_over_quota);
	set = (struct store_account_set_req){ .address = set.address,
		                              .set = STORE_ACCOUNT_STATE,
		                              .state = STORE_ACCOUNT_MOVING };
	assert_ok(store_account_set(f->admin, &set));
	assert_ok(store_resolve(f->session, f->a, &q, &r));
	assert_true(r.routes[0].is_unavailable);
}

static void test_owns_own_addresses_only(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	static const struct {
		const char *address;
		bool is_owner;
	} cases[] = {
		{ "ann@example.org", true },   { "Ann+list@example.org", true },
		{ "sales@example.org", true }, { "ann@alias.example", true },
		{ "bob@example.org", false },  { "ann@example.net", false },
		{ "eve@example.org", false },
	};

	fixture_account(f, "bob");
	assert_ok(add_domain(f, "alias.example", "example.org"));
	assert_ok(add_alias(f, "sales@example.org", "ann@example.org"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct store_owns_req q = { .grant = ann, .address = str_c(cases[i].address) };
		struct store_owns_res r;

		assert_ok(store_owns(f->admin, f->a, &q, &r));
		assert_int_equal(r.is_owner, cases[i].is_owner);
	}
}

static void test_session_needs_grant(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_grant bob = fixture_account(f, "bob");
	struct store_account_set_req set = { .address = STR("ann@example.org"),
		                             .set = STORE_ACCOUNT_PASSWORD,
		                             .password = STR("pass word&\"") };
	struct store_login_req q = { .user = STR("ann@example.org"), .password = set.password };
	struct store_quota_res quota;
	struct store_login_res r;

	assert_err(store_quota(f->session, f->a, &(struct store_quota_req){ .grant = ann }, &quota),
	           ERR_DENIED);
	assert_ok(store_account_set(f->admin, &set));
	assert_ok(store_login(f->session, f->a, &q, &r));
	assert_int_equal(r.grant.account_id, ann.account_id);
	assert_ok(store_quota(f->session, f->a, &(struct store_quota_req){ .grant = r.grant },
	                      &quota));
	r.grant.account_id = bob.account_id;
	assert_err(store_quota(f->session, f->a, &(struct store_quota_req){ .grant = r.grant },
	                       &quota),
	           ERR_DENIED);
	q.password = STR("pass word&");
	assert_err(store_login(f->session, f->a, &q, &r), ERR_AUTH);
	assert_err(store_domain_del(f->session,
	                            &(struct store_domain_del_req){ .name = STR("example.org") }),
	           ERR_DENIED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(domain_lives),
		TEST(domain_is_removed_when_empty),
		TEST(account_is_made_once),
		TEST(account_has_folders),
		TEST(accounts_are_listed_in_pages),
		TEST(account_is_changed),
		TEST(account_deleted_and_made_again_repeats_no_uidvalidity),
		TEST(alias_lives),
		TEST(resolve_finds_accounts),
		TEST(resolve_follows_aliases),
		TEST(resolve_stops_at_ten_aliases),
		TEST(resolve_tells_what_stands_in_the_way),
		TEST(owns_own_addresses_only),
		TEST(session_needs_grant),
	};

	return cmocka_run_group_tests_name("store directory", tests, NULL, NULL);
}
