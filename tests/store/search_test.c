/*
 * The contract of store_search: which messages pass a filter, as far as rows and ENVELOPEs tell.
 */
#include "src/mail/envelope.h"
#include "src/mail/message.h"
#include "tests/store/fixture.h"

static const struct {
	const char *header;
	uint32_t flags;
	int64_t date_ms;
} messages[] = {
	{ "Subject: Hello World\r\nFrom: Bob <bob@example.net>\r\n"
	  "Date: Mon, 23 Nov 2026 12:34:56 +0900\r\n\r\n",
	  STORE_FLAG_SEEN, 1000 },
	{ "Subject: =?utf-8?q?hello?=\r\n\r\n", 0, 2000 },
	{ "Subject: other\r\nDate: Sun, 22 Nov 2026 23:00:00 -0800\r\n\r\n",
	  STORE_FLAG_SEEN | STORE_FLAG_FLAGGED, 3000 },
	{ "From: \"Hello, World\" <hello@example.net>\r\n\r\n", STORE_FLAG_FLAGGED, 4000 },
	{ "Subject: world\r\nX-Filler: 0123456789\r\n\r\n", 0, 5000 },
};

static struct store_search_req five(struct fixture *f, struct store_grant ann)
{
	static const struct store_range all = { 1, STORE_STAR };
	struct store_search_req q = {
		.grant = ann,
		.set = { .is_uid = true, .ranges = &all, .n_ranges = 1 },
	};
	struct store_select_res selected;

	for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
		struct str body = str_c(messages[i].header);
		struct mail_message m;
		struct store_append_req append = {
			.grant = ann,
			.mailbox = STR("INBOX"),
			.flags = messages[i].flags,
			.internaldate_ms = messages[i].date_ms,
			.meta = fixture_meta(f, body),
			.body = body,
			.body_fd = -1,
		};
		struct store_append_res r;

		mail_message_parse(f->a, body, NULL, &m);
		append.meta.envelope = m.envelope;
		assert_ok(store_append(f->admin, f->a, &append, &r));
		assert_int_equal(r.uid, i + 1);
	}
	selected = fixture_select(f, ann, "INBOX");
	q.mailbox_id = selected.mailbox.id;
	q.view = selected.view;
	return q;
}

static void assert_found(struct fixture *f, struct store_search_req q,
                         const struct store_filter *filter, size_t n, const char *yes,
                         const char *maybe)
{
	struct store_search_res r;

	q.filter = filter;
	q.n_filter = n;
	assert_ok(store_search(f->admin, f->a, &q, &r));
	assert_false(r.has_more);
	assert_str(fixture_ranges(f, r.yes, r.n_yes), yes);
	assert_str(fixture_ranges(f, r.maybe, r.n_maybe), maybe);
}

#define FOUND(yes, maybe, ...)                                              \
	assert_found(f, q, (const struct store_filter[]){ __VA_ARGS__ },    \
	             sizeof((const struct store_filter[]){ __VA_ARGS__ }) / \
	                     sizeof(struct store_filter),                   \
	             yes, maybe)
#define FLAGS(flags)                                 \
	{                                            \
		.op = STORE_FILTER_FLAGS, .n = flags \
	}
#define WORD(field, word)                                                                  \
	{                                                                                  \
		.op = STORE_FILTER_ENVELOPE, .n = MAIL_ENVELOPE_##field, .text = STR(word) \
	}
#define OP(what)                          \
	{                                 \
		.op = STORE_FILTER_##what \
	}
#define MANY(what, count)                             \
	{                                             \
		.op = STORE_FILTER_##what, .n = count \
	}
#define BETWEEN(what, first, last)                                   \
	{                                                            \
		.op = STORE_FILTER_##what, .from = first, .to = last \
	}

static void test_rows_decide(void **state)
{
	struct fixture *f = *state;
	struct store_search_req q = five(f, fixture_account(f, "ann"));

	FOUND("1:5", "", OP(ALL));
	FOUND("1,3", "", FLAGS(STORE_FLAG_SEEN));
	FOUND("2,4:5", "", OP(NOT), FLAGS(STORE_FLAG_SEEN));
	FOUND("3", "", MANY(AND, 2), FLAGS(STORE_FLAG_SEEN), FLAGS(STORE_FLAG_FLAGGED));
	FOUND("4", "", MANY(AND, 2), FLAGS(STORE_FLAG_FLAGGED), OP(NOT), FLAGS(STORE_FLAG_SEEN));
	FOUND("", "", MANY(AND, 2), OP(NOT), FLAGS(STORE_FLAG_SEEN), FLAGS(STORE_FLAG_SEEN));
	FOUND("1,3:4", "", MANY(OR, 2), FLAGS(STORE_FLAG_SEEN), FLAGS(STORE_FLAG_FLAGGED));
	FOUND("2:4", "", BETWEEN(DATE, 2000, 4000));
	FOUND("3", "", MANY(AND, 2), BETWEEN(DATE, 2000, 4000), FLAGS(STORE_FLAG_SEEN));
	FOUND("1:5", "", BETWEEN(SIZE, 1, 1000));
	FOUND("", "", BETWEEN(SIZE, 1000, INT64_MAX));
	FOUND("", "1:5", OP(MAYBE));
	FOUND("1,3", "2,4:5", MANY(OR, 2), OP(MAYBE), FLAGS(STORE_FLAG_SEEN));
	FOUND("", "1,3", MANY(AND, 2), OP(MAYBE), FLAGS(STORE_FLAG_SEEN));
	FOUND("", "1:5", OP(NOT), OP(MAYBE));
}

static void test_sets_decide(void **state)
{
	struct fixture *f = *state;
	struct store_search_req q = five(f, fixture_account(f, "ann"));
	struct store_set some = fixture_set(f, true, 2, 4);
	struct store_set seqs = fixture_set(f, false, 3, 5);

	FOUND("2:4", "", { .op = STORE_FILTER_SET, .set = some });
	FOUND("3:4", "", MANY(AND, 2), { .op = STORE_FILTER_SET, .set = some },
	      { .op = STORE_FILTER_SET, .set = seqs });
	FOUND("1,5", "", OP(NOT), { .op = STORE_FILTER_SET, .set = some });
	FOUND("", "", { .op = STORE_FILTER_SET });
	q.set = fixture_set(f, true, 4, STORE_STAR);
	FOUND("4:5", "", OP(ALL));
	q.after_uid = 4;
	FOUND("5", "", OP(ALL));
}

static void test_envelopes_decide_what_is_plain(void **state)
{
	struct fixture *f = *state;
	struct store_search_req q = five(f, fixture_account(f, "ann"));

	FOUND("1", "2", WORD(SUBJECT, "hello"));
	FOUND("1,5", "2", WORD(SUBJECT, "world"));
	FOUND("1,3,5", "2", MANY(OR, 2), WORD(SUBJECT, "world"), WORD(SUBJECT, "ther"));
	FOUND("1,3,5", "2", WORD(SUBJECT, "o"));
	/* "" asks for the field. */
	FOUND("1:3,5", "", WORD(SUBJECT, ""));
	FOUND("", "2", WORD(SUBJECT, "\xe4\xbc\x9a"));
	FOUND("4", "", WORD(FROM, "hello, world <hello@"));
	FOUND("1,4", "", WORD(FROM, "@example.net>"));
	FOUND("1", "", WORD(FROM, "bob"));
	FOUND("", "", WORD(TO, "bob"));
	/* Days as they were written: 23 and 22 November 2026. */
	FOUND("1", "", BETWEEN(SENT, 20780, 20780));
	FOUND("3", "", BETWEEN(SENT, 20779, 20779));
	FOUND("1,3", "", BETWEEN(SENT, INT64_MIN, INT64_MAX));
}

static void test_bad_filters_are_refused(void **state)
{
	static const struct store_filter bad[][3] = {
		{ MANY(AND, 2), OP(ALL) },
		{ OP(NOT) },
		{ OP(ALL), OP(ALL) },
		{ { .op = 99 } },
		{ { .op = STORE_FILTER_ENVELOPE, .n = MAIL_ENVELOPE_FIELDS } },
	};
	static const size_t sizes[] = { 2, 1, 2, 1, 1 };
	struct fixture *f = *state;
	struct store_search_req q = five(f, fixture_account(f, "ann"));
	struct store_filter *deep = arena_array(f->a, 100, sizeof *deep);
	struct store_search_res r;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		q.filter = bad[i];
		q.n_filter = sizes[i];
		assert_err(store_search(f->admin, f->a, &q, &r), ERR_INVALID);
	}
	for (size_t i = 0; i < 99; i++)
		deep[i].op = STORE_FILTER_NOT;
	q.filter = deep;
	q.n_filter = 100;
	assert_err(store_search(f->admin, f->a, &q, &r), ERR_INVALID);
	q.n_filter = 0;
	assert_err(store_search(f->admin, f->a, &q, &r), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rows_decide, fixture_set_up,
		                                fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_sets_decide, fixture_set_up,
		                                fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_envelopes_decide_what_is_plain, fixture_set_up,
		                                fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_bad_filters_are_refused, fixture_set_up,
		                                fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
