#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/pop3/maildrop_priv.h"
#include "src/store/store.h"

/* `n` messages with gaps between their UIDs; every tenth has a UIDL of another server. */
static struct pop3_maildrop *make(struct arena *a, size_t n)
{
	struct store_pop_message *m = arena_array(a, n + 1, sizeof(*m));

	for (size_t i = 0; i < n; i++) {
		m[i].uid = 1000 + i + i / 7 * 3;
		m[i].size = 500 + i * 37 % 100000;
		m[i].uidl = i % 10 == 9 ? str_printf(a, "old-%zu", i)
		                        : str_printf(a, "77.%llu", (unsigned long long)m[i].uid);
	}
	return pop3_maildrop_new(a, m, n);
}

static void test_get_finds_each(void **state)
{
	struct pop3_maildrop *d = make(*state, 1000);
	struct pop3_entry e;

	assert_int_equal(pop3_maildrop_count(d), 1000);
	assert_str(pop3_maildrop_uidl_prefix(d), "77.");
	for (size_t i = 1000; i-- > 0;) {
		assert_true(pop3_maildrop_get(d, i + 1, &e));
		assert_int_equal(e.number, i + 1);
		assert_int_equal(e.uid, 1000 + i + i / 7 * 3);
		assert_int_equal(e.size, 500 + i * 37 % 100000);
		assert_int_equal(e.has_own_uidl, i % 10 == 9);
	}
	assert_false(pop3_maildrop_get(d, 0, &e));
	assert_false(pop3_maildrop_get(d, 1001, &e));
	assert_false(pop3_maildrop_get(d, UINT64_MAX, &e));
}

static void test_empty_has_nothing(void **state)
{
	struct pop3_maildrop *d = make(*state, 0);
	struct pop3_entry e;
	struct pop3_iter it;
	size_t n;

	assert_false(pop3_maildrop_get(d, 1, &e));
	pop3_maildrop_iter_init(&it, d);
	assert_false(pop3_maildrop_iter_next(&it, &e));
	assert_int_equal(pop3_maildrop_totals(d).messages, 0);
	pop3_maildrop_deleted(d, *state, &n);
	assert_int_equal(n, 0);
	pop3_maildrop_reset(d);
}

static void test_delete_counts_and_ranges(void **state)
{
	struct pop3_maildrop *d = make(*state, 100);
	struct pop3_totals before = pop3_maildrop_totals(d);
	struct store_range *ranges;
	struct pop3_entry e;
	size_t n;

	/* Messages 1 to 7 have UIDs 1000 to 1006, message 8 has 1010. */
	for (uint64_t number = 2; number <= 8; number++) {
		assert_true(pop3_maildrop_get(d, number, &e));
		assert_false(e.is_deleted);
		pop3_maildrop_delete(d, &e);
	}
	assert_true(pop3_maildrop_get(d, 100, &e));
	pop3_maildrop_delete(d, &e);
	assert_int_equal(pop3_maildrop_totals(d).messages, before.messages - 8);
	ranges = pop3_maildrop_deleted(d, *state, &n);
	assert_int_equal(n, 3);
	assert_int_equal(ranges[0].first, 1001);
	assert_int_equal(ranges[0].last, 1006);
	assert_int_equal(ranges[1].first, 1010);
	assert_int_equal(ranges[1].last, 1010);
	assert_int_equal(ranges[2].last, e.uid);
	pop3_maildrop_reset(d);
	assert_int_equal(pop3_maildrop_totals(d).bytes, before.bytes);
	pop3_maildrop_deleted(d, *state, &n);
	assert_int_equal(n, 0);
}

static void test_save_round_trip(void **state)
{
	struct pop3_maildrop *d = make(*state, 333), *back;
	struct buf out = buf_in(*state, 1 << 20);
	struct pop3_entry e, f;
	struct str rest;

	assert_true(pop3_maildrop_get(d, 65, &e));
	pop3_maildrop_delete(d, &e);
	assert_int_equal(pop3_maildrop_save(d, &out), ERR_OK);
	rest = buf_str(&out);
	assert_int_equal(pop3_maildrop_restore(*state, &rest, &back), ERR_OK);
	assert_int_equal(rest.n, 0);
	assert_int_equal(pop3_maildrop_totals(back).bytes, pop3_maildrop_totals(d).bytes);
	for (uint64_t number = 1; number <= 333; number++) {
		assert_true(pop3_maildrop_get(d, number, &e) &&
		            pop3_maildrop_get(back, number, &f));
		assert_memory_equal(&e, &f, sizeof(e));
	}
	/* Cut anywhere it is refused, never believed. */
	for (size_t cut = 0; cut < out.n; cut++) {
		rest = str_first(buf_str(&out), cut);
		assert_int_equal(pop3_maildrop_restore(*state, &rest, &back), ERR_CORRUPT);
	}
}

static void test_large_is_small(void **state)
{
	struct pop3_maildrop *d = make(*state, 200000);

	assert_true(pop3_maildrop_bytes(d) < 1100 * 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_get_finds_each, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_empty_has_nothing, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_delete_counts_and_ranges, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_save_round_trip, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_large_is_small, unit_arena_new,
		                                unit_arena_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
