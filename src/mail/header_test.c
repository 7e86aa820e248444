#include <string.h>

#include "src/base/unit.h"
#include "src/mail/header.h"

static void test_header_fields(void **state)
{
	struct str block = STR("A: 1\r\nB :2\n 2\r\n\t\r\nFrom x: y\nC:\n\nD: body\n");
	struct mail_header_iter iter = { .rest = block };
	struct mail_header_field f;

	(void)state;
	assert_true(mail_header_next(&iter, &f));
	assert_str(f.name, "A");
	assert_str(f.value, " 1");
	assert_str(f.raw, "A: 1\r\n");
	assert_true(mail_header_next(&iter, &f));
	assert_str(f.name, "B");
	assert_str(f.value, "2\n 2\r\n\t");
	assert_true(mail_header_next(&iter, &f));
	assert_str(f.name, "");
	assert_str(f.value, "From x: y");
	assert_true(mail_header_next(&iter, &f));
	assert_str(f.name, "C");
	assert_str(f.value, "");
	assert_false(mail_header_next(&iter, &f));
	assert_str(iter.rest, "\nD: body\n");
	assert_int_equal(mail_header_size(block), block.n - 8);
	assert_int_equal(mail_header_size(STR("\r\nx")), 2);
	assert_int_equal(mail_header_size(STR("A: 1")), 4);
	assert_int_equal(mail_header_size(STR("A: 1\nno field\nB: 2\n")), 5);
	assert_int_equal(mail_header_size(STR("a b: 1\n")), 0);
	assert_false(mail_header_find(STR("A: 1\nno field\nB: 2\n"), STR("B"), &f));
	assert_true(mail_header_find(block, STR("b"), &f));
	assert_false(mail_header_find(block, STR("d"), &f));
}

static void test_header_unfold(void **state)
{
	assert_str(mail_header_unfold(*state, STR(" a\r\n b\n\tc \r\n")), "a b\tc");
	assert_str(mail_header_unfold(*state, STR("a\rb\nc")), "a b c");
	assert_str(mail_header_unfold(*state, STR("a\0b")), "a b");
	assert_str(mail_header_unfold(*state, STR("")), "");
}

static void test_header_decode(void **state)
{
	static const struct {
		const char *value, *want;
	} table[] = {
		{ "plain", "plain" },
		/* The examples of RFC 2047 section 8. */
		{ "(=?ISO-8859-1?Q?a?=)", "(a)" },
		{ "=?ISO-8859-1?Q?a?= b", "a b" },
		{ "=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=", "ab" },
		{ "=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=", "ab" },
		{ "=?ISO-8859-1?Q?a_b?=", "a b" },
		{ "=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b" },
		{ "=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore" },
		/* A character split between words of one charset. */
		{ "=?utf-8?B?44E=?= =?utf-8?B?gg==?=", "\xe3\x81\x82" },
		{ "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "\xe6\x97\xa5\xe6\x9c\xac" },
		{ "=?ISO-2022-JP?B?GyRCLSEbKEI=?=", "\xe2\x91\xa0" },
		{ "=?shift_jis?B?k/qWew==?=", "\xe6\x97\xa5\xe6\x9c\xac" },
		{ "=?utf-8?q?=3D=3d?=", "==" },
		{ "=?utf-8?q?=?=", "=" },
		{ "=?utf-8?x?abc?=", "=?utf-8?x?abc?=" },
		{ "=?utf-8?q?open", "=?utf-8?q?open" },
		{ "=?", "=?" },
		{ "=??q?x?=", "=??q?x?=" },
		{ "x =?utf-8?q?a b?= y", "x a b y" },
		{ "\x1b$BF|K\\\x1b(B", "\xe6\x97\xa5\xe6\x9c\xac" },
		{ "caf\xe9 au lait", "caf\xc3\xa9 au lait" },
		{ "\x93\xfa\x96\x7b\x8c\xea", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e" },
		{ "=?unknown?q?=E3=81=82?=", "\xe3\x81\x82" },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		assert_str(mail_header_decode(*state, str_c(table[i].value), 1000), table[i].want);
	assert_str(mail_header_decode(*state, STR("=?utf-8?b?44GC44GC?="), 5), "\xe3\x81\x82");
	assert_str(mail_header_decode(*state, STR("abcdef"), 3), "abc");
}

static void assert_encodes(struct arena *a, struct str text, size_t column)
{
	struct str field = mail_header_encode(a, text, column);
	size_t at = column;

	assert_true(str_is_ascii(field));
	for (size_t i = 0; i < field.n; i++) {
		at = field.p[i] == '\n' ? 0 : at + 1;
		/* Line ends themselves do not count. */
		assert_true(at <= 76 || field.p[i] == '\r');
	}
	assert_true(str_eq(mail_header_decode(a, field, 100000), text));
}

static void test_header_encode(void **state)
{
	struct str text = STR("\xe3\x81\x82\xf0\x9f\x98\x80x\xc3\xa9 ");

	assert_str(mail_header_encode(*state, STR("plain text"), 9), "plain text");
	assert_str(mail_header_encode(*state, STR("=?x"), 9), "=?UTF-8?B?PT94?=");
	assert_str(mail_header_encode(*state, STR("a\r\nBcc: x"), 9), "=?UTF-8?B?YSAgQmNjOiB4?=");
	for (size_t column = 0; column < 90; column++) {
		struct str long_text = text;

		for (unsigned i = 0; i < 6; i++)
			long_text = str_printf(*state, "%.*s%.*s", STR_ARG(long_text),
			                       STR_ARG(long_text));
		assert_encodes(*state, long_text, column > 76 ? 76 : column);
	}
}

/* Parameters as text. */
static struct str params_text(struct arena *a, struct str value)
{
	struct mail_header_param *p;
	struct str text = mail_header_params(a, value, &p);

	for (; p; p = p->next)
		text = str_printf(a, "%.*s;%.*s=%.*s", STR_ARG(text), STR_ARG(p->name),
		                  STR_ARG(p->value));
	return text;
}

static void test_header_params(void **state)
{
	static const struct {
		const char *value, *want;
	} table[] = {
		{ "text/plain", "text/plain" },
		{ " text/plain ; charset=utf-8", "text/plain;charset=utf-8" },
		{ "text/plain; charset=us-ascii (Plain text)", "text/plain;charset=us-ascii" },
		{ "text/plain (c) ; (d) charset (e) = (f) \"utf-8\" (g)",
		  "text/plain;charset=utf-8" },
		{ "a; b=\"c\\\"d;e\"; f=g", "a;b=c\"d;e;f=g" },
		{ "a; name=my file.txt; x=y", "a;name=my file.txt;x=y" },
		{ "a; name=\"folded\r\n value\"", "a;name=folded value" },
		{ "a;;; b=c;", "a;b=c" },
		{ "a; b; c=d", "a;c=d" },
		{ "a; b=\"open", "a;b=open" },
		{ "", "" },
		{ "; a=b", ";a=b" },
		/* RFC 2231 sections 3 and 4. */
		{ "m; URL*0=\"ftp://\"; URL*1=\"x/y\"", "m;URL=ftp://x/y" },
		{ "m; t*1=b; u=x; t*0=a", "m;t=ab;u=x" },
		{ "m; t*0*=us-ascii'en'This%20is; t*1*=%2A; t*2=\"it's !\"",
		  "m;t*=us-ascii'en'This%20is%2Ait%27s%20!" },
		{ "m; t*=utf-8''%e3%81%82", "m;t*=utf-8''%e3%81%82" },
		{ "m; t*0=a; t*1*=%20", "m;t*=''a%20" },
		{ "m; t*0=a; t*2=c", "m;t=a;t=c" },
		{ "m; t*9999=a", "m;t*9999=a" },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		assert_str(params_text(*state, str_c(table[i].value)), table[i].want);
}

static void test_header_param_find(void **state)
{
	struct mail_header_param *p;
	struct str v;

	mail_header_params(*state,
	                   STR("a; filename=\"=?utf-8?q?=C3=A9?=\"; name*=iso-8859-1'fr'%E9; "
	                       "name=e; raw=\xe9t\xe9; x*=%C3%A9"),
	                   &p);
	assert_true(mail_header_param_find(*state, p, STR("FILENAME"), &v));
	assert_str(v, "\xc3\xa9");
	assert_true(mail_header_param_find(*state, p, STR("name"), &v));
	assert_str(v, "\xc3\xa9");
	assert_true(mail_header_param_find(*state, p, STR("raw"), &v));
	assert_str(v, "\xc3\xa9t\xc3\xa9");
	assert_true(mail_header_param_find(*state, p, STR("x"), &v));
	assert_str(v, "\xc3\xa9");
	assert_false(mail_header_param_find(*state, p, STR("y"), &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_header_fields, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_header_unfold, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_header_decode, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_header_encode, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_header_params, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_header_param_find, unit_arena_new,
		                                unit_arena_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
