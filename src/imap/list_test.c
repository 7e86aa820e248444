#include <string.h>

#include "src/base/unit.h"
#include "src/imap/list_priv.h"

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
		{ "inbox", "INBOX", true },
		{ "InB%", "INBOX", true },
		{ "inbox/x", "INBOX/x", true },
		{ "inbox/X", "INBOX/x", false },
		{ "drafts", "Drafts", false },
		{ "", "", true },
		{ "", "a", false },
		{ "a*b*c", "axxbyyc", true },
		{ "a*b*c", "axxbyy", false },
		{ "INBOX", "INBOXES", false },
		{ "inboxes", "INBOXES", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (imap_list_match(str_c(rows[i].pattern), str_c(rows[i].name)) !=
		    rows[i].is_match)
			fail_msg("%s against %s", rows[i].pattern, rows[i].name);
	}
}

/* A pattern that makes a backtracking matcher work for ever. */
static void test_hard_pattern(void **state)
{
	char pattern[IMAP_LIST_PATTERN_MAX + 1], name[1000];

	(void)state;
	for (size_t i = 0; i < IMAP_LIST_PATTERN_MAX; i++)
		pattern[i] = i % 2 ? 'a' : '*';
	memset(name, 'a', sizeof name);
	name[sizeof name - 1] = 'b';
	assert_false(imap_list_match(str_make(pattern, IMAP_LIST_PATTERN_MAX),
	                             str_make(name, sizeof name)));
	name[sizeof name - 1] = 'a';
	assert_true(imap_list_match(str_make(pattern, IMAP_LIST_PATTERN_MAX),
	                            str_make(name, sizeof name)));
}

static void test_specials(void **state)
{
	(void)state;
	assert_int_equal(imap_list_find_special(STR("sent")), STORE_SPECIAL_SENT);
	assert_int_equal(imap_list_find_special(STR("other")), 0);
	assert_string_equal(imap_list_special_name(STORE_SPECIAL_TRASH), "Trash");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_hard_pattern),
		cmocka_unit_test(test_specials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
