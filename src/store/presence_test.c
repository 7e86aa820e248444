#include "src/base/clock.h"
#include "src/base/unit.h"
#include "src/store/presence_priv.h"

static void test_nobody_is_gone_where_nobody_connects(void **state)
{
	struct presence p;

	(void)state;
	presence_init(&p);
	assert_false(presence_is_gone(&p, 7));
	presence_clear(&p);
}

static void test_gone_with_the_last_connection(void **state)
{
	struct presence p;

	(void)state;
	presence_init(&p);
	presence_enter(&p, 7);
	presence_enter(&p, 7);
	presence_enter(&p, 8);
	presence_leave(&p, 7);
	assert_false(presence_is_gone(&p, 7));
	presence_leave(&p, 7);
	assert_true(presence_is_gone(&p, 7));
	assert_false(presence_is_gone(&p, 8));
	presence_enter(&p, 7);
	assert_false(presence_is_gone(&p, 7));
	presence_clear(&p);
}

/* A store that has just been started does not take those for gone who have not come back yet. */
static void test_grace_after_the_start(void **state)
{
	struct presence p;

	(void)state;
	clock_test_set(1000, 1000);
	presence_init(&p);
	presence_enter(&p, 8);
	assert_false(presence_is_gone(&p, 7));
	clock_test_advance(11000);
	assert_true(presence_is_gone(&p, 7));
	/* Who ends now needs no place in the list any more. */
	presence_leave(&p, 8);
	assert_int_equal(p.n, 0);
	assert_true(presence_is_gone(&p, 8));
	presence_clear(&p);
	clock_test_clear();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_is_gone_where_nobody_connects),
		cmocka_unit_test(test_gone_with_the_last_connection),
		cmocka_unit_test(test_grace_after_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
