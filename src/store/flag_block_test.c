#include <stdlib.h>
#include <string.h>

#include "src/base/must.h"
#include "src/base/unit.h"
#include "src/store/flag_block.h"

enum {
	FIRST = 3 * FLAG_BLOCK_UIDS,
	LAST = FIRST + FLAG_BLOCK_UIDS - 1
};

static struct flag_runs runs_in(struct arena *a)
{
	return (struct flag_runs){ .arena = a };
}

static void add(struct flag_runs *runs, uint64_t first, uint64_t last, uint64_t modseq,
                uint32_t flags, struct str kw)
{
	struct flag_run run = { first, last, modseq, flags, kw };

	flag_runs_add(runs, &run);
}

static void test_where_blocks_begin_and_end(void **state)
{
	(void)state;
	assert_int_equal(flag_block_first(1), 0);
	assert_int_equal(flag_block_last(1), FLAG_BLOCK_UIDS - 1);
	assert_int_equal(flag_block_first(FLAG_BLOCK_UIDS), FLAG_BLOCK_UIDS);
	assert_int_equal(flag_block_last(UINT32_MAX), UINT32_MAX);
}

static void test_neighbours_are_joined(void **state)
{
	struct flag_runs runs = runs_in(*state);

	add(&runs, FIRST, FIRST, 7, 1, STR(""));
	add(&runs, FIRST + 1, FIRST + 5, 7, 1, STR(""));
	assert_int_equal(runs.n, 1);
	assert_int_equal(runs.v[0].last, FIRST + 5);
	add(&runs, FIRST + 6, FIRST + 6, 8, 1, STR(""));
	add(&runs, FIRST + 7, FIRST + 7, 8, 2, STR(""));
	add(&runs, FIRST + 8, FIRST + 8, 8, 2, STR("\x01"));
	add(&runs, FIRST + 10, FIRST + 10, 8, 2, STR("\x01"));
	assert_int_equal(runs.n, 5);
}

static void test_a_block_of_one_run_is_short(void **state)
{
	struct flag_runs runs = runs_in(*state);

	add(&runs, FIRST, LAST, 5, 31, STR(""));
	assert_int_equal(flag_block_text(&runs, FIRST).n, 3);
}

/* UIDs without a message are in the run before them or, at the beginning, behind them. */
static void test_gaps_belong_to_neighbours(void **state)
{
	struct flag_runs runs = runs_in(*state), back = runs_in(*state);

	add(&runs, FIRST + 3, FIRST + 3, 5, 1, STR(""));
	add(&runs, FIRST + 9, FIRST + 10, 6, 2, STR(""));
	assert_int_equal(flag_block_parse(&back, FIRST, flag_block_text(&runs, FIRST)), ERR_OK);
	assert_int_equal(back.n, 2);
	assert_int_equal(back.v[0].first, FIRST);
	assert_int_equal(back.v[0].last, FIRST + 3);
	assert_int_equal(back.v[0].modseq, 5);
	assert_int_equal(back.v[1].first, FIRST + 4);
	assert_int_equal(back.v[1].last, FIRST + 10);
	assert_int_equal(back.v[1].flags, 2);
}

/* What a UID has, looked up in a list without gaps. */
static const struct flag_run *find(const struct flag_runs *runs, uint64_t uid)
{
	for (size_t i = 0; i < runs->n; i++) {
		if (runs->v[i].first <= uid && uid <= runs->v[i].last)
			return &runs->v[i];
	}
	return NULL;
}

static void test_there_and_back(void **state)
{
	static const char kws[] = "\x01\x80\x7f\xff\x03";
	unsigned seed = 1;

	for (unsigned round = 0; round < 2000; round++) {
		struct arena *a = arena_new(*state);
		struct flag_runs runs = runs_in(a), back = runs_in(a);
		uint64_t uid = FIRST, modseq = (uint64_t)rand_r(&seed) << (round % 32);
		struct str text;

		while (uid <= LAST && rand_r(&seed) % 200) {
			uint64_t n = rand_r(&seed) % 3 ? 1 : 1 + (unsigned)rand_r(&seed) % 40;
			size_t kw = rand_r(&seed) % 4 ? 0 : (unsigned)rand_r(&seed) % sizeof kws;

			if (uid + n - 1 > LAST)
				n = LAST - uid + 1;
			modseq = rand_r(&seed) % 5 ? modseq + (unsigned)rand_r(&seed) % 300
			                           : (uint64_t)rand_r(&seed) << 31;
			add(&runs, uid, uid + n - 1, modseq, (unsigned)rand_r(&seed) % 32,
			    str_make(kws, kw));
			uid += n;
		}
		text = flag_block_text(&runs, FIRST);
		assert_int_equal(flag_block_parse(&back, FIRST, text), ERR_OK);
		for (uint64_t i = FIRST; i <= LAST; i++) {
			const struct flag_run *x = find(&runs, i), *y = find(&back, i);

			assert_int_equal(!x, !y);
			if (!x)
				continue;
			assert_true(x->modseq == y->modseq && x->flags == y->flags);
			assert_true(str_eq(x->kw, y->kw));
		}
		/* What is cut off is none, or ends with a run. */
		for (size_t n = 0; n < text.n; n++) {
			struct flag_runs less = runs_in(a);

			if (!flag_block_parse(&less, FIRST, str_first(text, n)))
				assert_true(n == flag_block_text(&less, FIRST).n);
		}
		arena_free(&a);
	}
}

static void test_what_is_no_block(void **state)
{
	static const struct str bad[] = {
		STR("\x00"),                                         /* no MODSEQ */
		STR("\x80\x02"),                                     /* an unknown mark */
		STR("\x40\xff\x02\x00\x02"),                         /* 257 UIDs */
		STR("\x40"),                                         /* no length */
		STR("\x20\x02"),                                     /* no keywords */
		STR("\x20\x02\x02\x01"),                             /* one octet of two */
		STR("\x00\x01"),                                     /* a MODSEQ below 0 */
		STR("\x00\xfe\xff\xff\xff\xff\xff\xff\xff\xff\xff"), /* a number of more than 64
		                                                        bits */
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct flag_runs runs = runs_in(*state);

		if (flag_block_parse(&runs, FIRST, bad[i]) != ERR_CORRUPT)
			fail_msg("%zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_where_blocks_begin_and_end),
		cmocka_unit_test_setup_teardown(test_neighbours_are_joined, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_a_block_of_one_run_is_short, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_gaps_belong_to_neighbours, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_there_and_back, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_what_is_no_block, unit_arena_new,
		                                unit_arena_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
