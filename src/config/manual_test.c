#include <stdio.h>
#include <stdlib.h>

#include "src/base/buf.h"
#include "src/base/unit.h"
#include "src/config/config.h"

/* The page in docs/man and the option tables say the same. */
static void test_manual_is_up_to_date(void **state)
{
	struct buf want = buf_in(NULL, 1 << 20), got = buf_in(NULL, 1 << 20);
	const char *path = getenv("TAYORI_MANUAL");
	FILE *f = fopen(path ? path : "docs/man/tayori.conf.5", "r");
	unsigned char *p = buf_reserve(&got, 500000);

	(void)state;
	assert_non_null(f);
	got.n = fread(p, 1, 500000, f);
	fclose(f);
	assert_int_equal(config_print_manual(&want), ERR_OK);
	if (!str_eq(buf_str(&want), buf_str(&got)))
		fail_msg("%s",
		         "docs/man/tayori.conf.5 is old; write the output of config_manual there");
	buf_clear(&want);
	buf_clear(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manual_is_up_to_date),
	};

	return cmocka_run_group_tests_name("config/manual", tests, NULL, NULL);
}
