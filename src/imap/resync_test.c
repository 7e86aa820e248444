#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/imap/session_priv.h"

static bool parse(struct arena *a, const char *text, struct imap_resync *r, const char **expected_r)
{
	struct imap_parser p = { .rest = str_c(text), .arena = a };
	bool is_ok = imap_resync_parse(&p, r) && imap_parser_end(&p);

	*expected_r = p.expected;
	return is_ok;
}

static void test_resync_forms(void **state)
{
	struct arena *a = arena_new(NULL);
	const char *expected;
	struct imap_resync r;

	(void)state;
	assert_true(parse(a, "(67890007 20050715194045000)", &r, &expected));
	assert_int_equal(r.uidvalidity, 67890007);
	assert_int_equal(r.modseq, 20050715194045000);
	assert_false(r.has_known);
	assert_true(parse(a, "(1 2 41,43:211)", &r, &expected));
	assert_true(r.has_known);
	assert_int_equal(r.known.n, 2);
	assert_int_equal(r.match_seqs.n, 0);
	assert_true(parse(a, "(1 2 1:29997 (5000,9990:9999 15000,29970:29979))", &r, &expected));
	assert_int_equal(r.match_seqs.n, 2);
	assert_true(parse(a, "(1 2 (1 2))", &r, &expected));
	assert_false(r.has_known);
	assert_int_equal(r.match_uids.n, 1);
	arena_free(&a);
}

static void test_resync_errors_say_what_was_expected(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{ "1 2", "(uidvalidity modseq ...) behind QRESYNC" },
		{ "(0 2)", "a number above zero" },
		{ "(1)", "a space" },
		{ "(1 0)", "a number above zero" },
		{ "(1 4294967296000000000000)", "a number above zero" },
		{ "(1 2 *)", "known UIDs without *" },
		{ "(1 2 3:*)", "known UIDs without *" },
		{ "(1 2 1 (* 1))", "message numbers without *" },
		{ "(1 2 1 (1 *))", "UIDs without *" },
		{ "(1 2 1 (1:3 1:2))", "as many UIDs as message numbers" },
		{ "(1 2 1 (1 1)", "known UIDs, or the end of the QRESYNC parameter" },
		{ "(1 2 x)", "a sequence set such as 1:5,7,9:*" },
	};
	struct arena *a = arena_new(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *expected;
		struct imap_resync r;

		assert_false(parse(a, rows[i].text, &r, &expected));
		assert_string_equal(expected, rows[i].expected);
	}
	arena_free(&a);
}

static void test_objectids(void **state)
{
	struct imap_cmd c = { .state = NULL };
	uint64_t id;

	(void)state;
	imap_objectid_write(&c, IMAP_OBJECT_EMAIL, 912538971668480008);
	assert_str(str_make(c.out.p, c.out.n), "M912538971668480008");
	assert_true(imap_objectid_parse(STR("T77"), IMAP_OBJECT_THREAD, &id));
	assert_int_equal(id, 77);
	assert_false(imap_objectid_parse(STR("M77"), IMAP_OBJECT_THREAD, &id));
	assert_false(imap_objectid_parse(STR("T"), IMAP_OBJECT_THREAD, &id));
	assert_false(imap_objectid_parse(STR("T077"), IMAP_OBJECT_THREAD, &id));
	assert_false(imap_objectid_parse(STR("T7x"), IMAP_OBJECT_THREAD, &id));
	assert_false(imap_objectid_parse(STR("T99999999999999999999"), IMAP_OBJECT_THREAD, &id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resync_forms),
		cmocka_unit_test(test_resync_errors_say_what_was_expected),
		cmocka_unit_test(test_objectids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
