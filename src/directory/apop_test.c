#include "src/base/unit.h"
#include "src/directory/apop.h"

/* The example of RFC 1939 section 7. */
static void test_digest_of_the_rfc(void **state)
{
	char digest[DIRECTORY_APOP_DIGEST_CHARS + 1];

	(void)state;
	directory_apop_digest(STR("<1896.697170952@dbc.mtview.ca.us>"), STR("tanstaaf"), digest);
	assert_string_equal(digest, "c4c9334bac560ecc979e58001b3e22fb");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest_of_the_rfc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
