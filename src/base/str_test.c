#include <string.h>

#include "src/base/arena.h"
#include "src/base/str.h"
#include "src/base/unit.h"

static void test_str_compare_and_search(void **state)
{
	(void)state;
	assert_true(str_ieq(STR("MaIl"), STR("mail")));
	assert_false(str_ieq(STR("\xc3\xa9"), STR("\xc3\x89")));
	assert_true(str_starts(STR("abc"), STR("ab")));
	assert_false(str_starts(STR("a"), STR("ab")));
	assert_true(str_ends(STR("abc"), STR("bc")));
	assert_int_equal(str_search(STR("a\0b\0c"), STR("\0c")), 3);
	assert_int_equal(str_find(STR(""), 'x'), -1);
	assert_int_equal(str_rfind(STR("a@b@c"), '@'), 3);
	assert_int_equal(str_cmp(STR("ab"), STR("abc")), -1);
	assert_true(str_eq_secret(STR("same"), STR("same")));
	assert_false(str_eq_secret(STR("same"), STR("sane")));
	assert_false(str_eq_secret(STR("same"), STR("samer")));
}

static void test_str_cut_splits_and_ends(void **state)
{
	struct str rest = STR("a,,b"), head;

	(void)state;
	assert_true(str_cut(&rest, ',', &head));
	assert_str(head, "a");
	assert_true(str_cut(&rest, ',', &head));
	assert_str(head, "");
	assert_false(str_cut(&rest, ',', &head));
	assert_str(head, "b");
	assert_int_equal(rest.n, 0);
}

static void test_str_utf8_refuses_what_rfc_3629_forbids(void **state)
{
	static const char *const bad[] = {
		"\xc0\x80",         "\xc1\xbf",         "\xe0\x9f\xbf",     "\xed\xa0\x80",
		"\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80",
		"\xe3\x81",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(str_is_utf8(str_c(bad[i])));
	assert_true(str_is_utf8(STR("\xe4\xbe\xbf\xe3\x82\x8a \xf0\x9f\x93\xae")));
	assert_true(str_is_utf8(STR("\xf4\x8f\xbf\xbf")));
}

static void test_str_to_u64_takes_digits_only(void **state)
{
	uint64_t v = 7;

	(void)state;
	assert_true(str_to_u64(STR("18446744073709551615"), UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
	v = 7;
	assert_false(str_to_u64(STR("18446744073709551616"), UINT64_MAX, &v));
	assert_false(str_to_u64(STR(""), 9, &v));
	assert_false(str_to_u64(STR("+1"), 9, &v));
	assert_false(str_to_u64(STR("1 "), 9, &v));
	assert_false(str_to_u64(STR("10"), 9, &v));
	assert_int_equal(v, 7);
}

static void test_str_copies_live_in_the_arena(void **state)
{
	struct arena *a = arena_new(NULL);

	(void)state;
	assert_str(str_lower(a, STR("ANN@Example.ORG")), "ann@example.org");
	assert_str(str_printf(a, "%s-%d", "x", 12), "x-12");
	assert_string_equal(str_dup_c(a, STR("abc")), "abc");
	assert_null(str_dup_c(a, STR("a\0c")));
	assert_str(str_trim(STR(" \t x y\r\n")), "x y");
	arena_free(&a);
}

static void test_isearch_ignores_case(void **state)
{
	static const unsigned char mixed[] = { 'N', 'e', 'e', 'd', 'L', 'e' };
	unsigned char text[10000];

	(void)state;
	assert_int_equal(str_isearch(STR("Hello World"), STR("o w")), 4);
	assert_int_equal(str_isearch(STR("HELLO"), STR("hello")), 0);
	assert_int_equal(str_isearch(STR("HELL"), STR("hello")), -1);
	assert_int_equal(str_isearch(STR(""), STR("a")), -1);
	/* Only letters have two forms. */
	assert_int_equal(str_isearch(STR("abcdefg@[`{\xc1\xda"), STR("@[`{\xe1")), -1);
	assert_int_equal(str_isearch(STR("abcdefg@[`{\xc1\xda"), STR("g@[`{\xc1\xda")), 6);
	for (unsigned c = 0; c < 256; c++) {
		for (size_t i = 0; i < 16; i++)
			text[i] = (unsigned char)c;
		assert_int_equal(str_isearch(str_make(text, 16), STR("zzzzzzzzz")),
		                 c == 'z' || c == 'Z' ? 0 : -1);
	}
	/* Over the seam of two blocks, at all places. */
	for (size_t at = 4080; at < 4110; at++) {
		memset(text, 'x', sizeof text);
		memcpy(text + at, mixed, sizeof mixed);
		assert_int_equal(str_isearch(str_make(text, sizeof text), STR("needle")),
		                 (ptrdiff_t)at);
	}
	/* A needle that is long compared with a block. */
	memset(text, 'X', sizeof text);
	memset(text + 9000, 'y', 1000);
	{
		unsigned char needle[2000];

		memset(needle, 'x', 1000);
		memset(needle + 1000, 'y', 1000);
		assert_int_equal(str_isearch(str_make(text, sizeof text), str_make(needle, 2000)),
		                 8000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_isearch_ignores_case),
		cmocka_unit_test(test_str_compare_and_search),
		cmocka_unit_test(test_str_cut_splits_and_ends),
		cmocka_unit_test(test_str_utf8_refuses_what_rfc_3629_forbids),
		cmocka_unit_test(test_str_to_u64_takes_digits_only),
		cmocka_unit_test(test_str_copies_live_in_the_arena),
	};

	return cmocka_run_group_tests_name("base/str", tests, NULL, NULL);
}
