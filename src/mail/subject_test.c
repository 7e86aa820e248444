#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/mail/charset.h"
#include "src/mail/subject.h"

static const struct {
	const char *subject, *base;
	bool is_reply;
} cases[] = {
	{ "", "", false },
	{ "hello", "hello", false },
	{ "  two \t spaces\r\n here ", "two spaces here", false },
	{ "Re: hello", "hello", true },
	{ "RE : re:Fwd: FW: hello", "hello", true },
	{ "Re[2]: hello", "hello", true },
	{ "Re [a b]: hello", "hello", true },
	{ "[list] Re: hello", "hello", true },
	{ "[list] hello", "hello", false },
	{ "[list] [other]  Re: [list] hello", "hello", true },
	{ "[list]", "[list]", false },
	{ "[list] ", "[list]", false },
	{ "Re: [list]", "[list]", true },
	{ "hello (fwd)", "hello", true },
	{ "hello (FWD) (fwd)  ", "hello", true },
	{ "[fwd: hello]", "hello", true },
	{ "[Fwd: Re: [x] hello (fwd)] (fwd)", "hello", true },
	{ "[fwd: [fwd: hello]]", "hello", true },
	{ "[fwd:hello", "[fwd:hello", false },
	{ "[fwd:]", "", true },
	{ "reply: hello", "reply: hello", false },
	{ "Re", "Re", false },
	{ "Re:", "", true },
	{ "[open hello", "[open hello", false },
	{ "[a[b] hello", "[a[b] hello", false },
	{ "Re: \xe4\xbc\x9a\xe8\xad\xb0", "\xe4\xbc\x9a\xe8\xad\xb0", true },
};

static void test_base_follows_rfc5256(void **state)
{
	struct arena *a = arena_new(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		bool is_reply;
		struct str base = mail_subject_base(a, str_c(cases[i].subject), &is_reply);

		assert_string_equal(str_dup_c(a, base), cases[i].base);
		assert_int_equal(is_reply, cases[i].is_reply);
	}
	arena_free(&a);
}

static void assert_casemap(struct arena *a, const char *text, const char *wanted)
{
	assert_string_equal(str_dup_c(a, mail_charset_casemap(a, str_c(text))), wanted);
}

/* RFC 5051: titlecase, then decomposition. */
static void test_casemap_follows_rfc5051(void **state)
{
	struct arena *a = arena_new(NULL);

	(void)state;
	assert_casemap(a, "Hello 12", "HELLO 12");
	assert_casemap(a, "\xc3\xa9", "E\xcc\x81");
	assert_casemap(a, "e\xcc\x81", "E\xcc\x81");
	/* U+01C6, dz with caron: titlecase U+01C5, decomposed D z caron. */
	assert_casemap(a, "\xc7\x86", "Dz\xcc\x8c");
	/* Half-width katakana and full-width letters have compatibility decompositions. */
	assert_casemap(a, "\xef\xbd\xb1\xef\xbd\x81",
	               "\xe3\x82\xa2"
	               "A");
	/* A decomposition of a decomposition: U+01D6 is u, diaeresis, macron. */
	assert_casemap(a, "\xc7\x96", "U\xcc\x88\xcc\x84");
	/* Hangul syllables have no entry in UnicodeData.txt. */
	assert_casemap(a, "\xea\xb0\x80", "\xea\xb0\x80");
	assert_casemap(a, "\xff", "\xef\xbf\xbd");
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base_follows_rfc5256),
		cmocka_unit_test(test_casemap_follows_rfc5051),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
