#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/sasl/pack.h"

static void test_pack_round_trip(void **state)
{
	static const uint64_t values[] = { 0,         1, 127, 128, 300, UINT32_MAX, UINT64_MAX / 2,
		                           UINT64_MAX };
	struct arena *a = arena_new(NULL);
	struct buf out = buf_in(a, 4096);
	struct str rest, s;
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		assert_int_equal(sasl_pack_add_u64(&out, values[i]), ERR_OK);
		assert_int_equal(sasl_pack_add_str(&out, str_make("a\0b", i % 4)), ERR_OK);
	}
	rest = buf_str(&out);
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		assert_true(sasl_pack_take_u64(&rest, &v));
		assert_true(v == values[i]);
		assert_true(sasl_pack_take_str(&rest, &s));
		assert_true(str_eq(s, str_make("a\0b", i % 4)));
	}
	assert_int_equal(rest.n, 0);
	assert_false(sasl_pack_take_u64(&rest, &v));
	arena_free(&a);
}

static void test_pack_refuses_damage(void **state)
{
	static const char *const bad[] = {
		"\x80",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
	};
	struct str rest, s;
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		rest = str_c(bad[i]);
		assert_false(sasl_pack_take_u64(&rest, &v));
	}
	rest = STR("\x05"
	           "abcd");
	assert_false(sasl_pack_take_str(&rest, &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pack_round_trip),
		cmocka_unit_test(test_pack_refuses_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
