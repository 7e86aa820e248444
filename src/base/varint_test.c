#include "src/base/unit.h"
#include "src/base/varint.h"

static void test_there_and_back(void **state)
{
	static const uint64_t values[] = { 0,
		                           1,
		                           127,
		                           128,
		                           16383,
		                           16384,
		                           UINT32_MAX,
		                           (uint64_t)1 << 62,
		                           1000000,
		                           INT64_MAX,
		                           UINT64_MAX - 1,
		                           UINT64_MAX };
	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		unsigned char octets[VARINT_MAX + 1];
		size_t n = (size_t)(varint_put(octets, values[i]) - octets);
		struct str rest;
		uint64_t value;

		octets[n] = 'x';
		rest = str_make(octets, n + 1);
		assert_true(n <= VARINT_MAX);
		assert_true(varint_take(&rest, &value));
		assert_int_equal(value, values[i]);
		assert_int_equal(rest.n, 1);
		assert_int_equal(rest.p[0], 'x');
		for (size_t less = 0; less < n; less++) {
			rest = str_make(octets, less);
			assert_false(varint_take(&rest, &value));
			assert_int_equal(rest.n, less);
		}
	}
}

static void test_only_the_shortest_form(void **state)
{
	struct str zero = STR("\x80\0"), one = STR("\x81\0"),
		   large = STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\2");
	uint64_t value;
	(void)state;

	assert_false(varint_take(&zero, &value));
	assert_false(varint_take(&one, &value));
	assert_false(varint_take(&large, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_only_the_shortest_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
