/*
 * The contract of mailboxes and the messages in them.
 */
#include <stdio.h>

#include "src/base/clock.h"
#include "tests/store/fixture.h"

static enum err create(struct fixture *f, struct store_grant grant, const char *name)
{
	struct store_mailbox_create_req q = { .grant = grant, .name = str_c(name) };
	struct store_mailbox_create_res r;

	return store_mailbox_create(f->admin, f->a, &q, &r);
}

static enum err rename_to(struct fixture *f, struct store_grant grant, const char *from,
                          const char *to)
{
	struct store_mailbox_rename_req q = { .grant = grant,
		                              .from = str_c(from),
		                              .to = str_c(to) };

	return store_mailbox_rename(f->admin, &q);
}

static enum err delete (struct fixture *f, struct store_grant grant, const char *name) {
	struct store_mailbox_delete_req q = { .grant = grant, .name = str_c(name) };

		return store_mailbox_delete(f->admin, &q);
}

static enum err get(struct fixture *f, struct store_grant grant, const char *name,
                    struct store_mailbox *box)
{
	struct store_mailbox_get_req q = { .grant = grant, .name = str_c(name) };
	struct store_mailbox_get_res r;
	enum err err = store_mailbox_get(f->admin, f->a, &q, &r);

	if (!err)
		*box = r.mailbox;
	return err;
}

/* Names, with "(n)" behind a mere level and "+" behind one with children. */
static struct str list(struct fixture *f, struct store_grant grant)
{
	struct store_mailbox_list_req q = { .grant = grant, .max = 4 };
	struct store_mailbox_list_res r;
	struct str all = STR("");

	do {
		assert_ok(store_mailbox_list(f->admin, f->a, &q, &r));
		for (size_t i = 0; i < r.n_mailboxes; i++)
			all = str_printf(f->a, "%.*s %.*s%s%s", STR_ARG(all),
			                 STR_ARG(r.mailboxes[i].name),
			                 r.mailboxes[i].is_noselect ? "(n)" : "",
			                 r.mailboxes[i].has_children ? "+" : "");
		if (r.n_mailboxes)
			q.after = r.mailboxes[r.n_mailboxes - 1].name;
	} while (r.has_more);
	return all;
}

/* ---------------------------------------------------------------- names */

static void test_names_have_limits(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	static const char *const bad[] = { "",     "/a",    "a/",    "a//b",
		                           "a\nb", "a\x7f", "a\xff", "\xc2\x85" };
	struct str name = str_printf(f->a, "%0*d", 1001, 1);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_err(create(f, ann, bad[i]), ERR_INVALID);
	assert_err(create(f, ann, (const char *)name.p), ERR_LIMIT);
	assert_ok(create(f, ann, (const char *)name.p + 1));
	name = STR("a");
	for (unsigned i = 1; i < 100; i++)
		name = str_printf(f->a, "%.*s/a", STR_ARG(name));
	assert_ok(create(f, ann, (const char *)name.p));
	assert_err(create(f, ann, (const char *)str_printf(f->a, "%.*s/a", STR_ARG(name)).p),
	           ERR_INVALID);
	assert_ok(create(f, ann, "日本語/フォルダ 100% \"&*"));
	/* "e" and a mark, or the letter with its mark: one name. */
	assert_ok(create(f, ann, "cafe\xcc\x81"));
	assert_err(create(f, ann, "caf\xc3\xa9"), ERR_EXISTS);
	/* Renaming must not make a name that could not be created. */
	assert_err(rename_to(f, ann, "a", "b/c"), ERR_INVALID);
}

static void test_inbox_is_the_same_in_any_case(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_mailbox a, b;

	assert_ok(get(f, ann, "iNbOx", &a));
	assert_str(a.name, "INBOX");
	assert_err(create(f, ann, "inbox"), ERR_EXISTS);
	assert_ok(create(f, ann, "inbox/sub"));
	assert_ok(get(f, ann, "INBOX/sub", &b));
	assert_str(b.name, "INBOX/sub");
	assert_err(get(f, ann, "INBOX/SUB", &b), ERR_NOTFOUND);
	assert_err(delete (f, ann, "Inbox"), ERR_DENIED);
}

static void test_levels_come_and_go(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_select_req select = { .grant = ann, .name = STR("x/y") };
	struct store_select_res selected;
	struct store_mailbox first, second;

	assert_ok(create(f, ann, "x/y/z"));
	assert_ok(create(f, ann, "x y"));
	assert_str(list(f, ann), " Archive Drafts INBOX Junk Sent Trash x(n)+ x y x/y(n)+ x/y/z");
	assert_err(store_select(f->admin, f->a, &select, &selected), ERR_NOTFOUND);
	assert_err(delete (f, ann, "x"), ERR_EXISTS);
	assert_ok(create(f, ann, "x/y"));
	assert_ok(get(f, ann, "x/y", &first));
	fixture_append(f, ann, "x/y", fixture_message(f, 1, 300), 0);
	assert_ok(delete (f, ann, "x/y"));
	assert_str(list(f, ann), " Archive Drafts INBOX Junk Sent Trash x(n)+ x y x/y(n)+ x/y/z");
	assert_ok(delete (f, ann, "x/y/z"));
	assert_ok(delete (f, ann, "x/y"));
	assert_ok(delete (f, ann, "x"));
	assert_err(delete (f, ann, "x"), ERR_NOTFOUND);
	assert_ok(create(f, ann, "x/y"));
	assert_ok(get(f, ann, "x/y", &second));
	assert_true(second.uidvalidity > first.uidvalidity);
	assert_int_equal(second.msgs, 0);
	fixture_upkeep(f, 10);
}

static void test_rename_takes_children_along(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_mailbox before, after;

	assert_ok(create(f, ann, "a/b/c"));
	assert_ok(create(f, ann, "a/b"));
	assert_ok(create(f, ann, "ab"));
	fixture_append(f, ann, "a/b/c", fixture_message(f, 1, 300), 0);
	assert_ok(get(f, ann, "a/b/c", &before));
	assert_err(rename_to(f, ann, "a", "a/x"), ERR_INVALID);
	assert_err(rename_to(f, ann, "a", "ab"), ERR_EXISTS);
	assert_err(rename_to(f, ann, "nope", "x"), ERR_NOTFOUND);
	assert_err(rename_to(f, ann, "a", "x//y"), ERR_INVALID);
	assert_ok(rename_to(f, ann, "a", "新/階層"));
	assert_str(list(f, ann), " Archive Drafts INBOX Junk Sent Trash ab 新(n)+ 新/階層(n)+ "
	                         "新/階層/b+ 新/階層/b/c");
	assert_ok(get(f, ann, "新/階層/b/c", &after));
	assert_int_equal(after.id, before.id);
	assert_int_equal(after.uidvalidity, before.uidvalidity);
	assert_int_equal(after.msgs, 1);
	assert_ok(rename_to(f, ann, "新/階層", "short"));
	assert_ok(get(f, ann, "short/b/c", &after));
}

static void test_rename_of_inbox_moves_its_messages(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_select_res view;
	struct store_sync_req sync = { .grant = ann, .wants_expunges = true };
	struct store_sync_res r;
	struct store_mailbox box;

	for (unsigned i = 0; i < 3; i++)
		fixture_append(f, ann, "INBOX", fixture_message(f, i, 300),
		               i ? STORE_FLAG_SEEN : 0);
	assert_ok(create(f, ann, "INBOX/child"));
	view = fixture_select(f, ann, "INBOX");
	assert_ok(rename_to(f, ann, "inbox", "old/mail"));
	assert_ok(get(f, ann, "old/mail", &box));
	assert_int_equal(box.msgs, 3);
	assert_int_equal(box.unseen, 1);
	assert_ok(get(f, ann, "INBOX", &box));
	assert_int_equal(box.msgs, 0);
	assert_true(box.has_children);
	assert_int_equal(box.uidnext, 4);
	sync.mailbox_id = box.id;
	sync.view = view.view;
	assert_ok(store_sync(f->admin, f->a, &sync, &r));
	assert_str(fixture_ranges(f, r.expunged_uids, r.n_expunged_uids), "1:3");
}

static void test_subscriptions_are_names(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_mailbox_subscribe_req q = { .grant = ann,
		                                 .name = STR("later"),
		                                 .is_on = true };
	struct store_subscriptions_req ask = { .grant = ann, .after = STR("Trash") };
	struct store_subscriptions_res r;
	struct store_mailbox box;

	assert_ok(store_mailbox_subscribe(f->admin, &q));
	assert_ok(store_mailbox_subscribe(f->admin, &q));
	assert_ok(store_subscriptions(f->admin, f->a, &ask, &r));
	assert_int_equal(r.n_names, 1);
	assert_str(r.names[0].text, "later");
	assert_ok(create(f, ann, "later"));
	assert_ok(get(f, ann, "later", &box));
	assert_true(box.is_subscribed);
	assert_ok(delete (f, ann, "later"));
	q.is_on = false;
	assert_ok(store_mailbox_subscribe(f->admin, &q));
	ask = (struct store_subscriptions_req){ .grant = ann, .max = 5 };
	assert_ok(store_subscriptions(f->admin, f->a, &ask, &r));
	assert_int_equal(r.n_names, 5);
	assert_true(r.has_more);
	q.name = STR("bad//name");
	assert_err(store_mailbox_subscribe(f->admin, &q), ERR_INVALID);
}

static void test_thousands_of_folders(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_mailbox_list_req q = { .grant = ann };
	struct store_mailbox_list_res r;
	int64_t start = clock_mono_ms();

	for (unsigned i = 0; i < 2000; i++) {
		char name[40];

		snprintf(name, sizeof(name), "top/group %u/folder %u", i % 20, i);
		assert_ok(create(f, ann, name));
	}
	print_message("making 2000 folders: %lld ms\n", (long long)(clock_mono_ms() - start));
	start = clock_mono_ms();
	assert_ok(store_mailbox_list(f->admin, f->a, &q, &r));
	print_message("listing them: %lld ms\n", (long long)(clock_mono_ms() - start));
	assert_int_equal(r.n_mailboxes, 2027);
	start = clock_mono_ms();
	assert_ok(rename_to(f, ann, "top", "other"));
	print_message("renaming them: %lld ms\n", (long long)(clock_mono_ms() - start));
}

/* ---------------------------------------------------------------- select and sync */

static void test_select_tells_everything(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_select_req q = { .grant = ann, .name = STR("INBOX"), .is_examine = true };
	struct store_select_res r;

	for (unsigned i = 0; i < 5; i++)
		fixture_append(f, ann, "INBOX", fixture_message(f, i, 300),
		               i < 2 ? STORE_FLAG_SEEN : 0);
	assert_ok(store_select(f->admin, f->a, &q, &r));
	assert_int_equal(r.exists, 5);
	assert_int_equal(r.recent_from, 1);
	assert_int_equal(r.mailbox.recent, 5);
	assert_int_equal(r.first_unseen_seq, 3);
	assert_int_equal(r.mailbox.first_unseen_uid, 3);
	assert_int_equal(r.view.uidnext, 6);
	r = fixture_select(f, ann, "inbox");
	assert_int_equal(r.recent_from, 1);
	/* Now they belong to that session. */
	r = fixture_select(f, ann, "inbox");
	assert_int_equal(r.recent_from, 6);
	assert_int_equal(r.mailbox.recent, 0);
	fixture_append(f, ann, "INBOX", fixture_message(f, 9, 300), 0);
	assert_ok(store_select(f->admin, f->a, &q, &r));
	assert_int_equal(r.recent_from, 6);
	assert_int_equal(r.mailbox.recent, 1);
	q.name = STR("Missing");
	assert_err(store_select(f->admin, f->a, &q, &r), ERR_NOTFOUND);
}

static struct store_store_flags_res store(struct fixture *f, struct store_grant grant,
                                          uint64_t mailbox_id, struct store_view view,
                                          struct store_set set, uint32_t op, uint32_t flags)
{
	struct store_store_flags_req q = { .grant = grant,
		                           .mailbox_id = mailbox_id,
		                           .view = view,
		                           .set = set,
		                           .op = op,
		                           .flags = flags };
	struct store_store_flags_res r;

	r = fixture_store_flags(f, &q);
	return r;
}

static uint64_t expunge(struct fixture *f, struct store_grant grant, uint64_t mailbox_id)
{
	struct store_expunge_req q = { .grant = grant, .mailbox_id = mailbox_id };
	struct store_expunge_res r;

	assert_ok(store_expunge(f->admin, f->a, &q, &r));
	return r.count;
}

static void test_view_stands_still_until_it_is_told(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_select_res s;
	struct store_sync_req q = { .grant = ann, .max_flags = 100 };
	struct store_sync_res r;
	struct store_numbers_req ask = { .grant = ann };
	struct store_numbers_res numbers;
	struct store_fetch_req fetch = { .grant = ann, .fields = STORE_FETCH_FLAGS };
	struct store_fetch_res got;

	for (unsigned i = 0; i < 6; i++)
		fixture_append(f, ann, "INBOX", fixture_message(f, i, 300), 0);
	s = fixture_select(f, ann, "INBOX");
	store(f, ann, s.mailbox.id, s.view, fixture_set(f, false, 2, 3), STORE_FLAGS_ADD,
	      STORE_FLAG_DELETED);
	store(f, ann, s.mailbox.id, s.view, fixture_set(f, false, 5, 5), STORE_FLAGS_ADD,
	      STORE_FLAG_DELETED);
	assert_int_equal(expunge(f, ann, s.mailbox.id), 3);
	fixture_append(f, ann, "INBOX", fixture_message(f, 7, 300), 0);

	/* The old numbers still mean the old messages. */
	ask.mailbox_id = fetch.mailbox_id = q.mailbox_id = s.mailbox.id;
	ask.view = fetch.view = q.view = s.view;
	ask.set = fetch.set = fixture_set(f, false, 1, STORE_STAR);
	assert_ok(store_numbers(f->admin, f->a, &ask, &numbers));
	assert_str(fixture_ranges(f, numbers.uids, numbers.n_uids), "1:6");
	assert_ok(store_fetch(f->admin, f->a, &fetch, &got));
	assert_int_equal(got.n_messages, 3);
	assert_int_equal(got.messages[1].uid, 4);
	assert_int_equal(got.messages[1].seq, 4);
	assert_int_equal(got.messages[2].seq, 6);
	ask.set = fixture_set(f, false, 7, 7);
	assert_err(store_numbers(f->admin, f->a, &ask, &numbers), ERR_INVALID);
	ask.set = fixture_set(f, false, 0, 1);
	assert_err(store_numbers(f->admin, f->a, &ask, &numbers), ERR_INVALID);

	/* New messages may be told at any time, expunges only when they are wanted. */
	q.flags_modseq = s.view.expunged;
	assert_ok(store_sync(f->admin, f->a, &q, &r));
	assert_int_equal(r.exists, 7);
	assert_int_equal(r.recent, 1);
	assert_int_equal(r.n_expunged_seqs, 0);
	assert_int_equal(r.view.uidnext, 8);
	assert_int_equal(r.view.expunged, s.view.expunged);
	assert_int_equal(r.n_flags, 1);
	assert_int_equal(r.flags[0].uid, 7);
	assert_int_equal(r.flags[0].seq, 7);
	q.view = r.view;
	q.flags_modseq = r.flags_modseq;
	q.wants_expunges = true;
	assert_ok(store_sync(f->admin, f->a, &q, &r));
	assert_int_equal(r.exists, 4);
	assert_int_equal(r.recent, 0);
	assert_str(fixture_ranges(f, r.expunged_seqs, r.n_expunged_seqs), "5,2:3");
	assert_str(fixture_ranges(f, r.expunged_uids, r.n_expunged_uids), "2:3,5");
	assert_int_equal(r.n_flags, 0);
	q.view = r.view;
	assert_ok(store_sync(f->admin, f->a, &q, &r));
	assert_int_equal(r.exists, 4);
	assert_int_equal(r.n_expunged_seqs, 0);
	q.mailbox_id = 4711;
	assert_err(store_sync(f->admin, f->a, &q, &r), ERR_NOTFOUND);
}

static void test_sync_tells_flags_in_slices(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_sync_req q = { .grant = ann, .max_flags = 4 };
	struct store_sync_res r;
	struct store_select_res s;
	size_t n = 0, rounds = 0;

	for (unsigned i = 0; i < 20; i++)
		fixture_append(f, ann, "INBOX", fixture_message(f, i, 300), 0);
	s = fixture_select(f, ann, "INBOX");
	q.mailbox_id = s.mailbox.id;
	q.view = s.view;
	q.flags_modseq = s.mailbox.modseq;
	for (unsigned i = 1; i <= 10; i++)
		store(f, ann, s.mailbox.id, s.view, fixture_set(f, true, i, i), STORE_FLAGS_ADD,
		      STORE_FLAG_SEEN);
	store(f, ann, s.mailbox.id, s.view, fixture_set(f, true, 9, 20), STORE_FLAGS_ADD,
	      STORE_FLAG_FLAGGED);
	do {
		assert_ok(store_sync(f->admin, f->a, &q, &r));
		assert_true(r.flags_modseq > q.flags_modseq);
		n += r.n_flags;
		q.view = r.view;
		q.flags_modseq = r.flags_modseq;
		rounds++;
	} while (r.has_more);
	assert_int_equal(n, 20);
	assert_true(rounds >= 3);
}

/* ---------------------------------------------------------------- fetch */

static void test_fetch_goes_on_in_slices(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_fetch_req q = { .grant = ann, .fields = STORE_FETCH_SIZE, .max = 7 };
	struct store_range ranges[3] = { { 30, 12 }, { 3, 3 }, { 40, STORE_STAR } };
	struct store_fetch_res r;
	struct store_select_res s;
	uint64_t last = 0;
	size_t n = 0;

	for (unsigned i = 0; i < 45; i++)
		fixture_append(f, ann, "INBOX", fixture_message(f, i, 300), 0);
	s = fixture_select(f, ann, "INBOX");
	q.mailbox_id = s.mailbox.id;
	q.view = s.view;
	q.set = (struct store_set){ .ranges = ranges, .n_ranges = 3 };
	do {
		assert_ok(store_fetch(f->admin, f->a, &q, &r));
		assert_true(r.n_messages <= 7);
		for (size_t i = 0; i < r.n_messages; i++) {
			assert_true(r.messages[i].uid > last);
			last = r.messages[i].uid;
			assert_int_equal(r.messages[i].seq, last);
		}
		n += r.n_messages;
		q.after_uid = last;
	} while (r.has_more);
	assert_int_equal(n, 1 + 19 + 6);
	q.after_uid = 0;
	q.set = fixture_set(f, true, 1000, STORE_STAR);
	assert_ok(store_fetch(f->admin, f->a, &q, &r));
	assert_int_equal(r.n_messages, 1);
	assert_int_equal(r.messages[0].uid, 45);
	q.set = fixture_set(f, false, 45, 46);
	assert_err(store_fetch(f->admin, f->a, &q, &r), ERR_INVALID);
}

static void test_fetch_changed_since(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_fetch_req q = { .grant = ann, .fields = STORE_FETCH_FLAGS };
	struct store_select_res s;
	struct store_fetch_res r;

	for (unsigned i = 0; i < 9; i++)
		fixture_append(f, ann, "INBOX", fixture_message(f, i, 300), 0);
	s = fixture_select(f, ann, "INBOX");
	store(f, ann, s.mailbox.id, s.view, fixture_set(f, true, 4, 6), STORE_FLAGS_ADD,
	      STORE_FLAG_SEEN);
	q.mailbox_id = s.mailbox.id;
	q.view = s.view;
	q.set = fixture_set(f, true, 1, STORE_STAR);
	q.changedsince = s.mailbox.modseq;
	assert_ok(store_fetch(f->admin, f->a, &q, &r));
	assert_int_equal(r.n_messages, 3);
	assert_int_equal(r.messages[0].uid, 4);
	q.changedsince = s.mailbox.modseq + 1;
	assert_ok(store_fetch(f->admin, f->a, &q, &r));
	assert_int_equal(r.n_messages, 0);
	q.changedsince = 1;
	assert_ok(store_fetch(f->admin, f->a, &q, &r));
	assert_int_equal(r.n_messages, 9);
}

static void test_empty_mailbox_has_no_star(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_select_res s = fixture_select(f, ann, "INBOX");
	struct store_fetch_req q = { .grant = ann, .mailbox_id = s.mailbox.id, .view = s.view };
	struct store_fetch_res r;

	assert_int_equal(s.exists, 0);
	for (unsigned is_uid = 0; is_uid < 2; is_uid++) {
		q.set = fixture_set(f, is_uid, 1, STORE_STAR);
		assert_ok(store_fetch(f->admin, f->a, &q, &r));
		assert_int_equal(r.n_messages, 0);
	}
	q.set = fixture_set(f, false, 1, 1);
	assert_err(store_fetch(f->admin, f->a, &q, &r), ERR_INVALID);
}

/* ---------------------------------------------------------------- flags */

static void test_flags_change_only_when_they_do(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_store_flags_res r;
	struct store_select_res s;
	struct store_mailbox box;

	for (unsigned i = 0; i < 5; i++)
		fixture_append(f, ann, "INBOX", fixture_message(f, i, 300),
		               i == 2 ? STORE_FLAG_SEEN : 0);
	s = fixture_select(f, ann, "INBOX");
	r = store(f, ann, s.mailbox.id, s.view, fixture_set(f, false, 2, 4), STORE_FLAGS_ADD,
	          STORE_FLAG_SEEN);
	assert_int_equal(r.modseq, s.mailbox.modseq + 1);
	assert_int_equal(r.n_changed, 3);
	assert_int_equal(r.changed[0].modseq, r.modseq);
	assert_int_equal(r.changed[1].modseq, 4); /* the account began at 1 */
	assert_int_equal(r.changed[1].flags, STORE_FLAG_SEEN);
	assert_ok(get(f, ann, "INBOX", &box));
	assert_int_equal(box.unseen, 2);
	r = store(f, ann, s.mailbox.id, s.view, fixture_set(f, false, 2, 4), STORE_FLAGS_ADD,
	          STORE_FLAG_SEEN);
	assert_int_equal(r.modseq, 0);
	assert_int_equal(r.n_changed, 3);
	store(f, ann, s.mailbox.id, s.view, fixture_set(f, false, 1, STORE_STAR), STORE_FLAGS_SET,
	      STORE_FLAG_DELETED | STORE_FLAG_ANSWERED);
	assert_ok(get(f, ann, "INBOX", &box));
	assert_int_equal(box.unseen, 5);
	assert_int_equal(box.deleted, 5);
	store(f, ann, s.mailbox.id, s.view, fixture_set(f, true, 5, 5), STORE_FLAGS_REMOVE,
	      STORE_FLAG_DELETED);
	assert_ok(get(f, ann, "INBOX", &box));
	assert_int_equal(box.deleted, 4);
	assert_int_equal(box.modseq, s.mailbox.modseq + 3);
}

static void test_keywords_are_many(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_keyword keywords[300], one = { STR("K7") }, bad = { STR("a b") };
	struct store_store_flags_req q = { .grant = ann,
		                           .op = STORE_FLAGS_ADD,
		                           .keywords = keywords,
		                           .n_keywords = 300,
		                           .flags = STORE_FLAG_SEEN };
	struct store_store_flags_res r;
	struct store_select_res s;
	struct store_copy_req copy = { .grant = ann, .target = STR("Archive") };
	struct store_copy_res copied;

	for (unsigned i = 0; i < 300; i++)
		keywords[i].name = str_printf(f->a, "k%u", i);
	for (unsigned i = 0; i < 4; i++)
		fixture_append(f, ann, "INBOX", fixture_message(f, i, 300), 0);
	s = fixture_select(f, ann, "INBOX");
	q.mailbox_id = copy.mailbox_id = s.mailbox.id;
	q.view = copy.view = s.view;
	q.set = fixture_set(f, false, 2, 3);
	r = fixture_store_flags(f, &q);
	assert_int_equal(r.changed[1].n_keywords, 300);
	q = (struct store_store_flags_req){ .grant = ann,
		                            .mailbox_id = q.mailbox_id,
		                            .view = s.view,
		                            .set = fixture_set(f, false, 1, 4),
		                            .op = STORE_FLAGS_REMOVE,
		                            .keywords = &one,
		                            .n_keywords = 1 };
	r = fixture_store_flags(f, &q);
	assert_int_equal(r.n_changed, 4);
	assert_int_equal(r.changed[0].n_keywords, 0);
	assert_int_equal(r.changed[1].n_keywords, 299);
	q.op = STORE_FLAGS_SET;
	r = fixture_store_flags(f, &q);
	assert_int_equal(r.changed[2].n_keywords, 1);
	assert_str(r.changed[2].keywords[0].name, "k7");
	assert_int_equal(r.changed[2].flags, 0);
	copy.set = fixture_set(f, false, 2, 2);
	assert_ok(store_copy(f->admin, f->a, &copy, &copied));
	s = fixture_select(f, ann, "Archive");
	assert_int_equal(s.n_keywords, 300);
	q.mailbox_id = s.mailbox.id;
	q.view = s.view;
	q.set = fixture_set(f, false, 1, 1);
	r = fixture_store_flags(f, &q);
	assert_int_equal(r.modseq, 0);
	q.keywords = &bad;
	assert_err(store_store_flags(f->admin, f->a, &q, &r), ERR_INVALID);
	q.keywords = NULL;
	q.n_keywords = 0;
	r = fixture_store_flags(f, &q);
	assert_int_equal(r.changed[0].n_keywords, 0);
	assert_int_not_equal(r.modseq, 0);
}

static void test_keywords_have_a_limit(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_keyword *keywords = arena_array(f->a, 4097, sizeof(*keywords));
	struct store_store_flags_req q = {
		.grant = ann, .op = STORE_FLAGS_ADD, .keywords = keywords, .n_keywords = 4097
	};
	struct store_store_flags_res r;
	struct store_select_res s;

	for (unsigned i = 0; i < 4097; i++)
		keywords[i].name = str_printf(f->a, "k%u", i);
	fixture_append(f, ann, "INBOX", fixture_message(f, 1, 300), 0);
	s = fixture_select(f, ann, "INBOX");
	q.mailbox_id = s.mailbox.id;
	q.view = s.view;
	q.set = fixture_set(f, false, 1, 1);
	assert_err(store_store_flags(f->admin, f->a, &q, &r), ERR_LIMIT);
	q.n_keywords = 4096;
	r = fixture_store_flags(f, &q);
	assert_int_equal(r.changed[0].n_keywords, 4096);
	q.keywords = &keywords[4096];
	q.n_keywords = 1;
	assert_err(store_store_flags(f->admin, f->a, &q, &r), ERR_LIMIT);
	/* Taking away one that nobody ever had makes none. */
	q.op = STORE_FLAGS_REMOVE;
	r = fixture_store_flags(f, &q);
	assert_int_equal(r.modseq, 0);
}

static void test_unchangedsince_refuses(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_store_flags_req q = { .grant = ann,
		                           .op = STORE_FLAGS_ADD,
		                           .flags = STORE_FLAG_SEEN,
		                           .has_unchangedsince = true };
	struct store_store_flags_res r;
	struct store_select_res s;

	for (unsigned i = 0; i < 6; i++)
		fixture_append(f, ann, "INBOX", fixture_message(f, i, 300), 0);
	s = fixture_select(f, ann, "INBOX");
	store(f, ann, s.mailbox.id, s.view, fixture_set(f, true, 2, 3), STORE_FLAGS_ADD,
	      STORE_FLAG_DRAFT);
	q.mailbox_id = s.mailbox.id;
	q.view = s.view;
	q.set = fixture_set(f, true, 1, 6);
	q.unchangedsince = s.mailbox.modseq;
	r = fixture_store_flags(f, &q);
	assert_int_equal(r.n_changed, 4);
	assert_str(fixture_ranges(f, r.modified, r.n_modified), "2:3");
	q.unchangedsince = 0;
	q.set = fixture_set(f, false, 1, 6);
	r = fixture_store_flags(f, &q);
	assert_int_equal(r.n_changed, 0);
	assert_int_equal(r.modseq, 0);
	assert_str(fixture_ranges(f, r.modified, r.n_modified), "1:6");
	q.op = 3;
	assert_err(store_store_flags(f->admin, f->a, &q, &r), ERR_INVALID);
}

/* ---------------------------------------------------------------- copy, move, expunge */

static void test_copy_and_move(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_copy_req q = { .grant = ann, .target = STR("Archive") };
	struct store_range ranges[2] = { { 5, 6 }, { 2, 2 } };
	struct store_copy_res r;
	struct store_select_res s;
	struct store_mailbox box;

	for (unsigned i = 0; i < 6; i++)
		fixture_append(f, ann, "INBOX", fixture_message(f, i, 300 + i * 30),
		               i % 2 ? STORE_FLAG_SEEN : STORE_FLAG_FLAGGED);
	s = fixture_select(f, ann, "INBOX");
	q.mailbox_id = s.mailbox.id;
	q.view = s.view;
	q.set = (struct store_set){ .ranges = ranges, .n_ranges = 2 };
	assert_ok(store_copy(f->admin, f->a, &q, &r));
	assert_str(fixture_ranges(f, r.from_uids, r.n_from_uids), "2,5:6");
	assert_str(fixture_ranges(f, r.to_uids, r.n_to_uids), "1:3");
	assert_int_equal(r.modseq, 0);
	q.is_move = true;
	q.set = (struct store_set){ .is_uid = true, .ranges = ranges, .n_ranges = 1 };
	assert_ok(store_copy(f->admin, f->a, &q, &r));
	assert_str(fixture_ranges(f, r.to_uids, r.n_to_uids), "4:5");
	assert_true(r.modseq > s.mailbox.modseq);
	assert_ok(get(f, ann, "Archive", &box));
	assert_int_equal(box.msgs, 5);
	assert_int_equal(box.unseen, 2);
	assert_int_equal(r.target_uidvalidity, box.uidvalidity);
	assert_ok(get(f, ann, "INBOX", &box));
	assert_int_equal(box.msgs, 4);
	/* Gone, but still in the view: by number it is refused, by UID it is not there. */
	q.set = fixture_set(f, false, 4, 5);
	assert_err(store_copy(f->admin, f->a, &q, &r), ERR_CANCELLED);
	q.set = fixture_set(f, true, 5, 6);
	assert_ok(store_copy(f->admin, f->a, &q, &r));
	assert_int_equal(r.n_from_uids, 0);
	assert_int_equal(r.n_to_uids, 0);
	/* Into the same mailbox. */
	q.target = STR("inbox");
	q.set = fixture_set(f, true, 1, 2);
	assert_ok(store_copy(f->admin, f->a, &q, &r));
	assert_str(fixture_ranges(f, r.to_uids, r.n_to_uids), "7:8");
	s = fixture_select(f, ann, "INBOX");
	assert_int_equal(s.exists, 4);
	q.target = STR("Missing");
	assert_err(store_copy(f->admin, f->a, &q, &r), ERR_NOTFOUND);
}

static void test_copy_respects_quota(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_account_set_req set = { .address = STR("ann@example.org"),
		                             .set = STORE_ACCOUNT_QUOTA,
		                             .quota_bytes = 2000 };
	struct store_copy_req q = { .grant = ann, .target = STR("Archive") };
	struct store_quota_res quota;
	struct store_copy_res r;
	struct store_select_res s;

	fixture_append(f, ann, "INBOX", fixture_message(f, 1, 1200), 0);
	assert_ok(store_account_set(f->admin, &set));
	s = fixture_select(f, ann, "INBOX");
	q.mailbox_id = s.mailbox.id;
	q.view = s.view;
	q.set = fixture_set(f, true, 1, 1);
	assert_err(store_copy(f->admin, f->a, &q, &r), ERR_QUOTA);
	q.is_move = true;
	assert_ok(store_copy(f->admin, f->a, &q, &r));
	assert_ok(store_quota(f->admin, f->a, &(struct store_quota_req){ .grant = ann }, &quota));
	assert_int_equal(quota.used_msgs, 1);
	assert_true(quota.used_bytes >= 1200 && quota.used_bytes < 1300);
}

static void test_expunge_takes_the_deleted_only(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_expunge_req q = { .grant = ann, .has_set = true };
	struct store_expunge_res r;
	struct store_select_res s;

	for (unsigned i = 0; i < 6; i++)
		fixture_append(f, ann, "INBOX", fixture_message(f, i, 300),
		               i < 4 ? STORE_FLAG_DELETED : 0);
	s = fixture_select(f, ann, "INBOX");
	q.mailbox_id = s.mailbox.id;
	q.view = s.view;
	q.set = fixture_set(f, true, 3, 6);
	assert_ok(store_expunge(f->admin, f->a, &q, &r));
	assert_int_equal(r.count, 2);
	assert_int_equal(r.modseq, s.mailbox.modseq + 1);
	q.has_set = false;
	assert_ok(store_expunge(f->admin, f->a, &q, &r));
	assert_int_equal(r.count, 2);
	assert_ok(store_expunge(f->admin, f->a, &q, &r));
	assert_int_equal(r.count, 0);
	assert_int_equal(r.modseq, 0);
	assert_int_equal(fixture_select(f, ann, "INBOX").exists, 2);
}

/* ---------------------------------------------------------------- POP3 */

static void test_maildrop_has_one_holder(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_pop_open_req q = { .grant = ann };
	struct store_pop_open_res r, other;
	struct store_pop_close_req end = { .grant = ann };
	struct store_pop_renew_req renew = { .grant = ann };
	struct store_range gone = { 1, 2 };

	clock_test_set(1800000000000, 1000);
	for (unsigned i = 0; i < 4; i++)
		fixture_append(f, ann, "INBOX", fixture_message(f, i, 300),
		               i == 3 ? STORE_FLAG_DELETED : 0);
	assert_ok(store_pop_open(f->admin, f->a, &q, &r));
	assert_int_equal(r.n_messages, 3);
	assert_true(r.messages[0].size >= 300);
	assert_false(str_eq(r.messages[0].uidl, r.messages[1].uidl));
	assert_err(store_pop_open(f->admin, f->a, &q, &other), ERR_BUSY);
	clock_test_advance(2 * 60 * 1000);
	renew.token = r.token;
	assert_ok(store_pop_renew(f->admin, &renew));
	clock_test_advance(2 * 60 * 1000);
	assert_err(store_pop_open(f->admin, f->a, &q, &other), ERR_BUSY);
	clock_test_advance(2 * 60 * 1000);
	assert_ok(store_pop_open(f->admin, f->a, &q, &other));
	assert_err(store_pop_renew(f->admin, &renew), ERR_BUSY);
	end.token = r.token;
	end.uids = &gone;
	end.n_uids = 1;
	assert_err(store_pop_close(f->admin, &end), ERR_BUSY);
	assert_int_equal(fixture_select(f, ann, "INBOX").exists, 4);
	end.token = other.token;
	assert_ok(store_pop_close(f->admin, &end));
	assert_int_equal(fixture_select(f, ann, "INBOX").exists, 2);
	assert_ok(store_pop_open(f->admin, f->a, &q, &r));
	assert_int_equal(r.n_messages, 1);
	assert_int_equal(r.messages[0].uid, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, fixture_set_up, fixture_tear_down)

/* The row of op_keep.c: taken as it is, brought forward, and not believed when it is too new. */
static void test_select_of_a_large_mailbox_after_a_start(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct store_select_res s, again;
	struct store_copy_req copy = { .grant = ann, .target = STR("INBOX") };
	struct store_copy_res copied;
	struct store_expunge_req expunge = { .grant = ann, .has_set = true };
	struct store_expunge_res expunged;
	struct store_store_flags_req flags = { .grant = ann,
		                               .op = STORE_FLAGS_ADD,
		                               .flags = STORE_FLAG_SEEN | STORE_FLAG_DELETED };
	struct store_store_flags_res flagged;

	fixture_append(f, ann, "INBOX", fixture_message(f, 1, 300), 0);
	do {
		s = fixture_select(f, ann, "INBOX");
		copy.mailbox_id = s.mailbox.id;
		copy.view = s.view;
		copy.set = fixture_set(f, true, 1, STORE_STAR);
		assert_ok(store_copy(f->admin, f->a, &copy, &copied));
	} while (s.exists < 2048);
	s = fixture_select(f, ann, "INBOX");
	assert_int_equal(s.exists, 4096);
	flags.mailbox_id = s.mailbox.id;
	flags.view = s.view;
	flags.set = fixture_set(f, true, 1, 3000);
	assert_ok(store_store_flags(f->admin, f->a, &flags, &flagged));
	s = fixture_select(f, ann, "INBOX");
	assert_int_equal(s.first_unseen_seq, 3001);
	fixture_reopen(f);
	again = fixture_select(f, ann, "INBOX");
	assert_int_equal(again.exists, s.exists);
	assert_int_equal(again.first_unseen_seq, 3001);

	/* Changes behind the row. */
	expunge.mailbox_id = s.mailbox.id;
	expunge.view = again.view;
	expunge.set = fixture_set(f, true, 100, 199);
	assert_ok(store_expunge(f->admin, f->a, &expunge, &expunged));
	fixture_append(f, ann, "INBOX", fixture_message(f, 2, 300), 0);
	flags.view = again.view;
	flags.set = fixture_set(f, true, 50, 50);
	flags.op = STORE_FLAGS_REMOVE;
	assert_ok(store_store_flags(f->admin, f->a, &flags, &flagged));
	fixture_reopen(f);
	again = fixture_select(f, ann, "INBOX");
	assert_int_equal(again.exists, 4096 - 100 + 1);
	assert_int_equal(again.first_unseen_seq, 50);

	fixture_sql(f, "UPDATE mailbox_map SET modseq = 1000000, uids = '1:7'");
	fixture_reopen(f);
	again = fixture_select(f, ann, "INBOX");
	assert_int_equal(again.exists, 4096 - 100 + 1);
	assert_int_equal(fixture_check(f, false).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_have_limits),
		TEST(inbox_is_the_same_in_any_case),
		TEST(levels_come_and_go),
		TEST(rename_takes_children_along),
		TEST(rename_of_inbox_moves_its_messages),
		TEST(subscriptions_are_names),
		TEST(thousands_of_folders),
		TEST(select_tells_everything),
		TEST(view_stands_still_until_it_is_told),
		TEST(sync_tells_flags_in_slices),
		TEST(fetch_goes_on_in_slices),
		TEST(fetch_changed_since),
		TEST(empty_mailbox_has_no_star),
		TEST(flags_change_only_when_they_do),
		TEST(keywords_are_many),
		TEST(keywords_have_a_limit),
		TEST(unchangedsince_refuses),
		TEST(copy_and_move),
		TEST(copy_respects_quota),
		TEST(expunge_takes_the_deleted_only),
		TEST(maildrop_has_one_holder),
		TEST(select_of_a_large_mailbox_after_a_start),
	};

	return cmocka_run_group_tests_name("store mailbox", tests, NULL, NULL);
}
