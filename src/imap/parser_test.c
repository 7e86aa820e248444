#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/imap/parser_priv.h"

static struct arena *a;

static struct imap_parser parser(const char *text)
{
	return (struct imap_parser){ .rest = str_c(text), .arena = a };
}

static void test_astring_forms(void **state)
{
	static const struct {
		const char *text, *want, *rest;
	} good[] = {
		{ "INBOX next", "INBOX", " next" },
		{ "a]b", "a]b", "" },
		{ "\"a b\" x", "a b", " x" },
		{ "\"\"", "", "" },
		{ "\"a\\\"b\\\\c\"", "a\"b\\c", "" },
		{ "{3}\r\na b rest", "a b", " rest" },
		{ "{3+}\r\n\r\n\"", "\r\n\"", "" },
		{ "{0}\r\n x", "", " x" },
		{ "\"\xe3\x81\x82\"", "\xe3\x81\x82", "" },
	};
	static const char *const bad[] = {
		"",
		" x",
		"(",
		"\"open",
		"\"a\\b\"",
		"\"a\r\nb\"",
		"{3}\r\nab",
		"{x}\r\nabc",
		"{-1}\r\n",
		"{3}abc",
		"{99999999999999999999}\r\n",
		"%",
		"*",
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct imap_parser p = parser(good[i].text);
		struct str got;

		assert_true(imap_parser_astring(&p, &got));
		assert_str(got, good[i].want);
		assert_str(p.rest, good[i].rest);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct imap_parser p = parser(bad[i]);
		struct str got;

		assert_false(imap_parser_astring(&p, &got));
		assert_non_null(p.expected);
	}
}

static void test_set_forms(void **state)
{
	struct imap_parser p = parser("1,5:3,*,7:* x");
	struct imap_set set;
	static const char *const bad[] = { "",  "0",   "1:",         ":1",   "1,",
		                           "a", "1:0", "4294967296", "1,,2", "-1" };

	(void)state;
	assert_true(imap_parser_set(&p, &set));
	assert_int_equal(set.n, 4);
	assert_int_equal(set.ranges[0].first, 1);
	assert_int_equal(set.ranges[1].first, 3);
	assert_int_equal(set.ranges[1].last, 5);
	assert_true(set.ranges[2].first == STORE_STAR && set.ranges[2].last == STORE_STAR);
	assert_int_equal(set.ranges[3].first, 7);
	assert_true(set.ranges[3].last == STORE_STAR);
	assert_true(set.has_star);
	assert_int_equal(set.max, 7);
	assert_str(p.rest, " x");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		p = parser(bad[i]);
		assert_false(imap_parser_set(&p, &set) && imap_parser_end(&p));
	}
}

static void test_flags_forms(void **state)
{
	struct imap_parser p = parser("(\\Seen \\DELETED work Work $Junk)");
	struct imap_flags flags = { 0 };
	static const char *const bad[] = { "(\\Recent)", "(\\Foo)", "(\\*)", "(a b",
		                           "a)",         "(a  b)",  "( a)" };

	(void)state;
	assert_true(imap_parser_store_flags(&p, &flags) && imap_parser_end(&p));
	assert_int_equal(flags.system, STORE_FLAG_SEEN | STORE_FLAG_DELETED);
	assert_int_equal(flags.n_keywords, 2);
	assert_str(flags.keywords[0].name, "work");
	assert_str(flags.keywords[1].name, "$Junk");
	flags = (struct imap_flags){ 0 };
	p = parser("\\Flagged work");
	assert_true(imap_parser_store_flags(&p, &flags) && imap_parser_end(&p));
	assert_int_equal(flags.n_keywords, 1);
	flags = (struct imap_flags){ 0 };
	p = parser("()");
	assert_true(imap_parser_store_flags(&p, &flags) && imap_parser_end(&p));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		flags = (struct imap_flags){ 0 };
		p = parser(bad[i]);
		assert_false(imap_parser_store_flags(&p, &flags) && imap_parser_end(&p));
	}
}

static void test_words_end(void **state)
{
	struct imap_parser p = parser("NILS NIL)");
	struct str s;
	bool is_nil;

	(void)state;
	assert_false(imap_parser_try_word(&p, "NIL"));
	assert_true(imap_parser_try_word(&p, "nils"));
	assert_true(imap_parser_space(&p));
	assert_true(imap_parser_nstring(&p, &s, &is_nil));
	assert_true(is_nil);
	assert_true(imap_parser_byte(&p, ')', "x"));
	assert_true(imap_parser_end(&p));
}

static void test_dates(void **state)
{
	struct imap_parser p = parser("1-Feb-1970 \" 1-Jan-1970 01:00:00 +0100\"");
	int64_t day, ms;

	(void)state;
	assert_true(imap_parser_date(&p, &day) && imap_parser_space(&p));
	assert_int_equal(day, 31);
	assert_true(imap_parser_date_time(&p, &ms));
	assert_int_equal(ms, 0);
	p = parser("31-Foo-1970");
	assert_false(imap_parser_date(&p, &day));
}

static int set_up(void **state)
{
	(void)state;
	a = arena_new(NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&a);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_astring_forms), cmocka_unit_test(test_set_forms),
		cmocka_unit_test(test_flags_forms),   cmocka_unit_test(test_words_end),
		cmocka_unit_test(test_dates),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
