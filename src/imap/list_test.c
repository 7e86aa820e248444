#include "src/base/unit.h"
#include "src/imap/list_priv.h"

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
		cmocka_unit_test(test_specials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
