#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/mail/utf7.h"

static void test_utf7_pairs(void **state)
{
	static const struct {
		const char *utf7, *utf8;
	} table[] = {
		{ "", "" },
		{ "INBOX", "INBOX" },
		{ "&-", "&" },
		{ "R&-D", "R&D" },
		{ "&-&-", "&&" },
		/* RFC 3501 section 5.1.3. */
		{ "~peter/mail/&U,BTFw-/&ZeVnLIqe-",
		  "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e" },
		{ "&2D3eAA-", "\xf0\x9f\x98\x80" },
		{ "&AOk-t&AOk-", "\xc3\xa9t\xc3\xa9" },
		{ "&AOk-&-", "\xc3\xa9&" },
		{ "&AAk-", "\t" },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct str out;

		assert_int_equal(mail_utf7_decode(*state, str_c(table[i].utf7), &out), ERR_OK);
		assert_str(out, table[i].utf8);
		assert_int_equal(mail_utf7_encode(*state, str_c(table[i].utf8), &out), ERR_OK);
		assert_str(out, table[i].utf7);
	}
}

static void test_utf7_refuses(void **state)
{
	static const char *const table[] = {
		"&",        "&AOk",     "a&",         "&A-",   "&AO-",  "&AOl-",    "&AOkA-",
		"&AEE-",    "&AGEAYg-", "&AOk-&AOk-", "&2D0-", "&3gA-", "&2D3eAB-", "&AOk/-",
		"\xc3\xa9", "a\tb",     "a\x7f",      "&ACY-", "&=-",   "&2D0AYQ-",
	};
	struct str out;

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		enum err e = mail_utf7_decode(*state, str_c(table[i]), &out);

		if (e != ERR_INVALID)
			print_error("accepted %s\n", table[i]);
		assert_int_equal(e, ERR_INVALID);
	}
	assert_int_equal(mail_utf7_encode(*state, STR("\xff"), &out), ERR_INVALID);
	assert_int_equal(mail_utf7_encode(*state, STR("\xed\xa0\x80"), &out), ERR_INVALID);
}

/* Whatever is accepted is the only spelling of what it means. */
static void test_utf7_is_canonical(void **state)
{
	static const char alphabet[] = "&-AaOkZ9+,/b";
	unsigned char text[12];
	uint32_t seed = 5;
	unsigned accepted = 0;

	for (unsigned round = 0; round < 300000; round++) {
		struct str in = str_make(text, 1 + round % sizeof text), mid, out;
		struct arena *a = *state;

		for (size_t i = 0; i < in.n; i++) {
			seed = seed * 1664525 + 1013904223;
			text[i] = (unsigned char)alphabet[(seed >> 16) % (sizeof alphabet - 1)];
		}
		if (mail_utf7_decode(a, in, &mid) == ERR_OK) {
			accepted++;
			assert_int_equal(mail_utf7_encode(a, mid, &out), ERR_OK);
			assert_true(str_eq(in, out));
		}
		if (round % 1000 == 0)
			arena_reset(a);
	}
	assert_true(accepted > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_utf7_pairs, unit_arena_new, unit_arena_free),
		cmocka_unit_test_setup_teardown(test_utf7_refuses, unit_arena_new, unit_arena_free),
		cmocka_unit_test_setup_teardown(test_utf7_is_canonical, unit_arena_new,
		                                unit_arena_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
