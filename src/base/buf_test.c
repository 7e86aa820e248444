#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/unit.h"

static void check_cap(struct arena *a)
{
	struct buf b = buf_in(a, 10);

	assert_int_equal(buf_add(&b, STR("12345678")), ERR_OK);
	assert_int_equal(buf_add(&b, STR("9ab")), ERR_LIMIT);
	assert_str(buf_str(&b), "12345678");
	assert_int_equal(buf_add_u64(&b, 90), ERR_OK);
	assert_int_equal(buf_add_byte(&b, 'x'), ERR_LIMIT);
	assert_int_equal(buf_printf(&b, "%d", 1), ERR_LIMIT);
	buf_drop(&b, 8);
	assert_str(buf_str(&b), "90");
	assert_null(buf_reserve(&b, 9));
	assert_non_null(buf_reserve(&b, 8));
	buf_clear(&b);
}

static void test_buf_refuses_beyond_cap_and_keeps_content(void **state)
{
	struct arena *a = arena_new(NULL);

	(void)state;
	check_cap(a);
	check_cap(NULL);
	arena_free(&a);
}

static void test_buf_prints_long_text(void **state)
{
	struct buf b = buf_in(NULL, 10000);

	(void)state;
	assert_int_equal(buf_printf(&b, "%0999d", 7), ERR_OK);
	assert_int_equal(b.n, 999);
	assert_int_equal(b.p[998], '7');
	assert_int_equal(buf_add_u64(&b, UINT64_MAX), ERR_OK);
	assert_str(str_from(buf_str(&b), 999), "18446744073709551615");
	buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf_refuses_beyond_cap_and_keeps_content),
		cmocka_unit_test(test_buf_prints_long_text),
	};

	return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
