#include "src/base/clock.h"
#include "src/base/unit.h"
#include "src/runtime/budget.h"
#include "src/runtime/hash.h"
#include "src/runtime/tally.h"

static void test_budget_fills_evenly(void **state)
{
	struct runtime_budget *b = runtime_budget_new(100);

	(void)state;
	clock_test_set(1000, 1000);
	for (int i = 0; i < 6; i++)
		assert_true(runtime_budget_take(b, "mail", STR("192.0.2.1"), 1, 6));
	assert_false(runtime_budget_take(b, "mail", STR("192.0.2.1"), 1, 6));
	assert_true(runtime_budget_take(b, "mail", STR("192.0.2.2"), 6, 6));
	assert_true(runtime_budget_take(b, "rcpt", STR("192.0.2.1"), 1, 6));
	clock_test_advance(9999);
	assert_false(runtime_budget_take(b, "mail", STR("192.0.2.1"), 1, 6));
	clock_test_advance(1);
	assert_true(runtime_budget_take(b, "mail", STR("192.0.2.1"), 1, 6));
	assert_false(runtime_budget_take(b, "mail", STR("192.0.2.1"), 1, 6));
	clock_test_advance(3600000);
	assert_false(runtime_budget_take(b, "mail", STR("192.0.2.1"), 7, 6));
	assert_true(runtime_budget_take(b, "mail", STR("192.0.2.1"), 6, 6));
	clock_test_clear();
	runtime_budget_free(&b);
	assert_null(b);
}

static void test_budget_overdraw_counts_the_debt(void **state)
{
	struct runtime_budget *b = runtime_budget_new(100);

	(void)state;
	clock_test_set(1000, 1000);
	assert_int_equal(runtime_budget_overdraw(b, "login", STR("a"), 2), 0);
	assert_int_equal(runtime_budget_overdraw(b, "login", STR("a"), 2), 0);
	assert_int_equal(runtime_budget_overdraw(b, "login", STR("a"), 2), 1);
	assert_int_equal(runtime_budget_overdraw(b, "login", STR("a"), 2), 2);
	clock_test_advance(60000);
	assert_int_equal(runtime_budget_overdraw(b, "login", STR("a"), 2), 1);
	for (int i = 0; i < 200; i++)
		assert_true(runtime_budget_overdraw(b, "login", STR("a"), 2) <= 64);
	clock_test_clear();
	runtime_budget_free(&b);
}

static void test_budget_survives_a_flood_of_keys(void **state)
{
	struct runtime_budget *b = runtime_budget_new(64);

	(void)state;
	for (uint32_t i = 0; i < 100000; i++)
		assert_true(runtime_budget_take(b, "mail", str_make(&i, sizeof i), 1, 1));
	runtime_budget_free(&b);
}

static void test_tally_counts_up_and_down(void **state)
{
	struct runtime_tally *t = runtime_tally_new(3);

	(void)state;
	assert_true(runtime_tally_enter(t, 7, 2));
	assert_true(runtime_tally_enter(t, 7, 2));
	assert_false(runtime_tally_enter(t, 7, 2));
	assert_true(runtime_tally_enter(t, 8, 0));
	assert_true(runtime_tally_enter(t, 9, 0));
	assert_false(runtime_tally_enter(t, 10, 0));
	runtime_tally_leave(t, 7);
	assert_int_equal(runtime_tally_count(t, 7), 1);
	runtime_tally_leave(t, 7);
	assert_true(runtime_tally_enter(t, 10, 0));
	assert_int_equal(runtime_tally_count(t, 7), 0);
	runtime_tally_free(&t);
}

static void test_tally_agrees_with_a_plain_count(void **state)
{
	enum {
		KEYS = 50
	};
	struct runtime_tally *t = runtime_tally_new(KEYS);
	uint32_t want[KEYS + 1] = { 0 }, seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint32_t key;

		seed = seed * 1664525 + 1013904223;
		key = 1 + (seed >> 16) % KEYS;
		if ((seed >> 8 & 1) && want[key]) {
			runtime_tally_leave(t, key);
			want[key]--;
		} else {
			assert_true(runtime_tally_enter(t, key, 0));
			want[key]++;
		}
		for (uint32_t k = 1; k <= KEYS; k += 7)
			assert_int_equal(runtime_tally_count(t, k), want[k]);
	}
	runtime_tally_free(&t);
}

/* The first vectors of the authors' own list: key 00..0f, input of 0 and 8 octets. */
static void test_hash_is_siphash(void **state)
{
	struct runtime_hash_key key = { 0x0706050403020100u, 0x0f0e0d0c0b0a0908u };

	(void)state;
	assert_true(runtime_hash(&key, STR("")) == 0x726fdb47dd0e0e31u);
	assert_true(runtime_hash(&key, STR("\0\1\2\3\4\5\6\7")) == 0x93f5f5799a932462u);
	assert_true(runtime_hash(&key, STR("\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16")) ==
	            0xa129ca6149be45e5u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_budget_fills_evenly),
		cmocka_unit_test(test_budget_overdraw_counts_the_debt),
		cmocka_unit_test(test_budget_survives_a_flood_of_keys),
		cmocka_unit_test(test_tally_counts_up_and_down),
		cmocka_unit_test(test_tally_agrees_with_a_plain_count),
		cmocka_unit_test(test_hash_is_siphash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
