#include <string.h>

#include "src/base/arena.h"
#include "src/base/random.h"
#include "src/base/unit.h"
#include "src/imap/pattern_priv.h"

static bool match(struct str pattern, struct str name)
{
	struct arena *a = arena_new(NULL);
	bool is_match = imap_pattern_match(imap_pattern_new(a, pattern), name);

	arena_free(&a);
	return is_match;
}

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool is_match;
	} rows[] = {
		{ "*", "a/b/c", true },
		{ "%", "a", true },
		{ "%", "a/b", false },
		{ "a/%", "a/b", true },
		{ "a/%", "a/b/c", false },
		{ "a/*", "a/b/c", true },
		{ "a/*", "a", false },
		{ "%/%", "a/b", true },
		{ "*c", "a/b/c", true },
		{ "%c", "a/c", false },
		{ "*%", "a/b", true },
		{ "%*", "a/b", true },
		{ "%%%", "a/b", false },
		{ "inbox", "INBOX", true },
		{ "InB%", "INBOX", true },
		{ "inbox/x", "INBOX/x", true },
		{ "inbox/X", "INBOX/x", false },
		{ "drafts", "Drafts", false },
		{ "", "", true },
		{ "", "a", false },
		{ "a", "", false },
		{ "*", "", true },
		{ "a*b*c", "axxbyyc", true },
		{ "a*b*c", "axxbyy", false },
		{ "INBOX", "INBOXES", false },
		{ "inboxes", "INBOXES", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (match(str_c(rows[i].pattern), str_c(rows[i].name)) != rows[i].is_match)
			fail_msg("%s against %s", rows[i].pattern, rows[i].name);
	}
}

/* What RFC 3501 section 6.3.8 says, word by word. */
static bool match_slowly(struct str pattern, struct str name)
{
	if (!pattern.n)
		return !name.n;
	if (pattern.p[0] == '*' || pattern.p[0] == '%')
		return match_slowly(str_from(pattern, 1), name) ||
		       (name.n && !(pattern.p[0] == '%' && name.p[0] == '/') &&
		        match_slowly(pattern, str_from(name, 1)));
	return name.n && pattern.p[0] == name.p[0] &&
	       match_slowly(str_from(pattern, 1), str_from(name, 1));
}

static size_t fill(unsigned char *p, size_t max, const char *octets)
{
	size_t n = random_u64() % (max + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)octets[random_u64() % strlen(octets)];
	return n;
}

static void test_against_the_definition(void **state)
{
	unsigned char pattern[12], name[12];

	(void)state;
	for (unsigned i = 0; i < 50000; i++) {
		struct str p = str_make(pattern, fill(pattern, sizeof pattern, "ab/*%"));
		struct str n = str_make(name, fill(name, sizeof name, "ab/"));

		if (match(p, n) != match_slowly(p, n))
			fail_msg("%.*s against %.*s", STR_ARG(p), STR_ARG(n));
	}
}

/* A pattern that makes a backtracking matcher work for ever, across words of bits. */
static void test_hard_pattern(void **state)
{
	char pattern[IMAP_PATTERN_MAX], name[1500];

	(void)state;
	for (size_t i = 0; i < sizeof pattern; i++)
		pattern[i] = i % 2 ? 'a' : '*';
	memset(name, 'a', sizeof name);
	name[sizeof name - 1] = 'b';
	assert_false(match(str_make(pattern, sizeof pattern), str_make(name, sizeof name)));
	name[sizeof name - 1] = 'a';
	assert_true(match(str_make(pattern, sizeof pattern), str_make(name, sizeof name)));
	/* Plain octets up to the last. */
	memset(pattern, 'x', sizeof pattern);
	memset(name, 'x', sizeof name);
	assert_true(match(str_make(pattern, sizeof name), str_make(name, sizeof name)));
	assert_false(match(str_make(pattern, sizeof name - 1), str_make(name, sizeof name)));
	assert_false(match(str_make(pattern, sizeof pattern), str_make(name, sizeof name)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_against_the_definition),
		cmocka_unit_test(test_hard_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
