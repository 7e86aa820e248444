#include <pthread.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/mail/charset.h"

#define NIHONGO "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"

static void test_charset_to_utf8(void **state)
{
	static const struct {
		const char *label, *bytes, *want;
	} table[] = {
		{ "us-ascii", "abc", "abc" },
		{ "utf-8", NIHONGO, NIHONGO },
		{ "UTF8", NIHONGO, NIHONGO },
		{ "\"utf-8\"", NIHONGO, NIHONGO },
		{ " charset=UTF-8; x", NIHONGO, NIHONGO },
		{ "utf-8", "a\xff\xc3", "a\xef\xbf\xbd\xef\xbf\xbd" },
		{ "iso-8859-1", "caf\xe9", "caf\xc3\xa9" },
		{ "iso-8859-1", "\x93x\x94", "\xe2\x80\x9cx\xe2\x80\x9d" },
		{ "ISO_8859-15", "\xa4", "\xe2\x82\xac" },
		{ "koi8-r", "\xc1", "\xd0\xb0" },
		{ "iso-2022-jp", "\x1b$BF|K\\8l\x1b(B", NIHONGO },
		{ "ISO-2022-JP", "\x1b$@F|K\\8l\x1b(J", NIHONGO },
		{ "iso-2022-jp", "\x1b$BF|K\\8l", NIHONGO },
		{ "iso-2022-jp", "\x1b$BF|\nabc", "\xe6\x97\xa5\nabc" },
		{ "iso-2022-jp", "\x1b(I6E\x1b(B", "\xef\xbd\xb6\xef\xbe\x85" },
		{ "iso-2022-jp",
		  "\x0e"
		  "6E\x0f",
		  "\xef\xbd\xb6\xef\xbe\x85" },
		{ "cp50221", "\x1b$B-!\x1b(B", "\xe2\x91\xa0" },
		{ "iso-2022-jp-1", "\x1b$(D\"0\x1b(B", "\xcb\x87" },
		{ "iso-2022-jp", "\x93\xfa\x96\x7b\x8c\xea", NIHONGO },
		{ "Shift_JIS", "\x93\xfa\x96\x7b\x8c\xea", NIHONGO },
		{ "x-sjis", "\x87\x40\xb6\xc5", "\xe2\x91\xa0\xef\xbd\xb6\xef\xbe\x85" },
		{ "cp932", "\xfa\x40", "\xe2\x85\xb0" },
		{ "euc-jp", "\xc6\xfc\xcb\xdc\xb8\xec", NIHONGO },
		{ "euc-jp", "\x8e\xb6\xad\xa1", "\xef\xbd\xb6\xe2\x91\xa0" },
		{ "euc-jp", "\x8f\xa2\xaf", "\xcb\x98" },
		{ "gb2312", "\xc4\xe3\xba\xc3", "\xe4\xbd\xa0\xe5\xa5\xbd" },
		{ "ks_c_5601-1987", "\xc7\xd1", "\xed\x95\x9c" },
		{ "big5", "\xa7\x41", "\xe4\xbd\xa0" },
		{ "utf-7", "+ZeVnLIqe-", NIHONGO },
		{ "utf-16be", "\x65\xe5", "\xe6\x97\xa5" },
		/* Labels that say nothing, or nothing true. */
		{ "", "abc", "abc" },
		{ "", NIHONGO, NIHONGO },
		{ "us-ascii", "caf\xe9", "caf\xc3\xa9" },
		{ "unknown-8bit",
		  "M\xfcller stra\xdf"
		  "e",
		  "M\xc3\xbcller stra\xc3\x9f"
		  "e" },
		{ "", "\x1b$BF|K\\8l\x1b(B", NIHONGO },
		{ "", "\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd",
		  "\xe3\x81\x93\xe3\x82\x93\xe3\x81\xab\xe3\x81\xa1\xe3\x81\xaf" },
		{ "us-ascii", "\xa4\xb3\xa4\xf3\xa4\xcb\xa4\xc1\xa4\xcf",
		  "\xe3\x81\x93\xe3\x82\x93\xe3\x81\xab\xe3\x81\xa1\xe3\x81\xaf" },
		/* Cut in the middle of a character. */
		{ "", "\x82\xb1\x82\xf1\x82\xc9\x82",
		  "\xe3\x81\x93\xe3\x82\x93\xe3\x81\xab\xef\xbf\xbd" },
		{ "", "\xa4\xb3\xa4\xf3\xa4\xcb\xa4",
		  "\xe3\x81\x93\xe3\x82\x93\xe3\x81\xab\xef\xbf\xbd" },
		{ "", NIHONGO "\xe3\x81", NIHONGO "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "x,version=9", "abc", "abc" },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		assert_str(mail_charset_to_utf8(*state, str_c(table[i].label),
		                                str_c(table[i].bytes), 1000),
		           table[i].want);
}

static void test_charset_never_fails(void **state)
{
	static const char *const labels[] = {
		"iso-2022-jp",  "shift_jis",  "euc-jp",  "utf-7",
		"utf-16",       "utf-8",      "gb18030", "iso-2022-kr",
		"iso-2022-cn",  "hz-gb-2312", "big5",    "scsu",
		"windows-1252", "",           "ibm-937", "iso-2022-jp-2"
	};
	unsigned char bytes[64];
	uint32_t seed = 7;

	for (size_t round = 0; round < 20000; round++) {
		struct arena *a = arena_new(NULL);
		size_t n = round % sizeof bytes, max = round % 97;
		struct str s;

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = (unsigned char)(seed >> 24);
			if (seed & 0x400)
				bytes[i] = (unsigned char)"\x1b$B(~+-AN\x0e\x0f"[bytes[i] % 11];
		}
		s = mail_charset_to_utf8(a, str_c(labels[round % 16]), str_make(bytes, n), max);
		assert_true(str_is_utf8(s));
		assert_true(s.n <= max);
		arena_free(&a);
	}
	assert_int_equal(mail_charset_to_utf8(*state, STR("utf-8"), STR(""), 10).n, 0);
}

static void test_charset_is_known(void **state)
{
	(void)state;
	assert_true(mail_charset_is_known(STR("UTF-8")));
	assert_true(mail_charset_is_known(STR("iso-2022-jp")));
	assert_true(mail_charset_is_known(STR("KOI8-R")));
	assert_false(mail_charset_is_known(STR("x-nonsense")));
	assert_false(mail_charset_is_known(STR("")));
}

static void test_charset_fold(void **state)
{
	static const struct {
		const char *a, *b;
	} table[] = {
		{ "HELLO", "hello" },
		{ "\xc3\x89T\xc3\x89", "e\xcc\x81te\xcc\x81" },
		{ "stra\xc3\x9f"
		  "e",
		  "STRASSE" },
		{ "\xef\xbc\xa1\xef\xbc\xa2\xef\xbc\x91", "ab1" }, /* full width */
		{ "\xef\xbd\xb6\xef\xbe\x9e", "\xe3\x82\xac" },    /* half-width GA */
		{ "\xe3\x82\xab\xe3\x82\x99", "\xe3\x82\xac" },    /* decomposed GA */
		{ "\xe3\x88\xb1", "(\xe6\xa0\xaa)" },
		{ "\xce\xa3\xcf\x82", "\xcf\x83\xcf\x83" },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		assert_true(str_eq(mail_charset_fold(*state, str_c(table[i].a)),
		                   mail_charset_fold(*state, str_c(table[i].b))));
	assert_true(str_is_utf8(mail_charset_fold(*state, STR("\xff\xfe"))));
	assert_str(mail_charset_nfc(*state, STR("e\xcc\x81")), "\xc3\xa9");
	assert_str(mail_charset_first(STR("a\xe3\x81\x82"), 3), "a");
}

/* Each thread has converters of its own, and gives them back. */
static void *convert_in_thread(void *unused)
{
	struct arena *a = arena_new(NULL);

	(void)unused;
	for (unsigned i = 0; i < 100; i++)
		assert_str(mail_charset_to_utf8(a, STR("cp932"), STR("\x93\xfa"), 10),
		           "\xe6\x97\xa5");
	arena_free(&a);
	return NULL;
}

static void test_charset_threads(void **state)
{
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, convert_in_thread, NULL), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* What is folded without ICU is what ICU makes of it, alone and beside a mark or a kana. */
static void test_fold_is_that_of_unicode(void **state)
{
	static const unsigned char ohm[] = { 0xe2, 0x84, 0xa6 };
	struct arena *a = arena_new(NULL);

	(void)state;
	for (uint32_t c = 0x20; c < 0x10000; c++) {
		unsigned char text[12];
		struct str quick, slow;
		size_t n = 0;

		if (c >= 0xd800 && c < 0xe000)
			continue;
		if (c < 0x80) {
			text[n++] = (unsigned char)c;
		} else if (c < 0x800) {
			text[n++] = (unsigned char)(0xc0 | c >> 6);
			text[n++] = (unsigned char)(0x80 | (c & 63));
		} else {
			text[n++] = (unsigned char)(0xe0 | c >> 12);
			text[n++] = (unsigned char)(0x80 | (c >> 6 & 63));
			text[n++] = (unsigned char)(0x80 | (c & 63));
		}
		quick = str_dup(a, mail_charset_fold(a, str_make(text, n)));
		/* U+2126 OHM SIGN is not a frequent character; it becomes omega. */
		memcpy(text + n, ohm, sizeof ohm);
		slow = mail_charset_fold(a, str_make(text, n + sizeof ohm));
		assert_true(str_ends(slow, STR("\xcf\x89")));
		slow.n -= 2;
		assert_true(str_eq(quick, slow));
		arena_reset(a);
	}
	arena_free(&a);
}

static void test_holds_folds_both_ways(void **state)
{
	struct arena *a = arena_new(NULL);

	(void)state;
	assert_true(mail_charset_holds(a, STR("Hello WORLD"), STR("o world")));
	assert_false(mail_charset_holds(a, STR("Hello"), STR("\xc3\xa9")));
	/* Half-width katakana with a voicing mark of its own: GA. */
	assert_true(mail_charset_holds(a, STR("\xef\xbd\xb6\xef\xbe\x9e"), STR("\xe3\x82\xac")));
	assert_true(mail_charset_holds(a, STR("\xef\xbc\xa1\xef\xbd\x82\xe3\x80\x80"), STR("ab ")));
	assert_true(mail_charset_holds(a,
	                               STR("STRASSE stra\xc3\x9f"
	                                   "e"),
	                               STR("strasse strasse")));
	assert_true(mail_charset_holds(a, STR(""), STR("")));
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fold_is_that_of_unicode),
		cmocka_unit_test(test_holds_folds_both_ways),
		cmocka_unit_test_setup_teardown(test_charset_to_utf8, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_charset_never_fails, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test(test_charset_is_known),
		cmocka_unit_test_setup_teardown(test_charset_fold, unit_arena_new, unit_arena_free),
		cmocka_unit_test(test_charset_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
