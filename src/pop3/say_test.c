#include "src/base/unit.h"
#include "src/pop3/say_priv.h"

enum {
	TEXT_MAX = 400 /* a response has 512 octets (RFC 2449 section 4); codes and numbers, too */
};

static size_t count(const char *s, char c)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == c;
	return n;
}

/* Each saying exists in each language, is one short line, and has the same numbers in it. */
static void test_all_is_said_in_all_languages(void **state)
{
	(void)state;
	for (enum pop3_say say = 0; say < POP3_SAY_COUNT; say++) {
		const char *english = pop3_say_text(say, POP3_ENGLISH);

		for (enum pop3_language l = 0; l < POP3_LANGUAGE_COUNT; l++) {
			const char *text = pop3_say_text(say, l);

			assert_non_null(text);
			assert_true(str_c(text).n > 0 && str_c(text).n < TEXT_MAX);
			assert_true(str_is_utf8(str_c(text)));
			assert_int_equal(count(text, '\r') + count(text, '\n'), 0);
			assert_int_equal(count(text, '#'), count(english, '#'));
			assert_int_not_equal(text[0], '[');
		}
		for (const char *c = english; *c; c++)
			assert_true(*c >= 0x20 && *c < 0x7f);
	}
}

static void test_ranges(void **state)
{
	static const struct {
		const char *range, *tag;
	} rows[] = {
		{ "en", "en" },    { "JA", "ja" },         { "ja-JP", "ja" }, { "*", "en" },
		{ "en-GB", "en" }, { "ja-Hira-JP", "ja" }, { "de", NULL },    { "", NULL },
		{ "e", NULL },     { "-en", NULL },        { "eng", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		enum pop3_language language;
		bool is_found = pop3_say_find(str_c(rows[i].range), &language);

		assert_int_equal(is_found, rows[i].tag != NULL);
		if (is_found)
			assert_string_equal(pop3_say_tag(language), rows[i].tag);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_is_said_in_all_languages),
		cmocka_unit_test(test_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
