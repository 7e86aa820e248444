#include <stdlib.h>

#include "src/base/random.h"
#include "src/base/unit.h"
#include "src/store/engine_priv.h"
#include "src/store/watch_priv.h"

enum {
	ACCOUNTS = 300,
	STEPS = 20000
};

static void count_wake(void *ctx)
{
	++*(int *)ctx;
}

/* Against the simplest model: an array of counts and of what is pending. */
static void test_set_agrees_with_a_simple_one(void **state)
{
	(void)state;
	static uint32_t counts[ACCOUNTS];
	static uint64_t newest[ACCOUNTS];
	static bool is_pending[ACCOUNTS];
	struct watch_set set;
	int woken = 0;
	random_test_seed(99);
	watch_set_init(&set, NULL, count_wake, &woken);
	for (int step = 0; step < STEPS; step++) {
		uint64_t i = random_u64() % ACCOUNTS;
		uint64_t account_id = (i + 1) << 22;
		uint64_t what = random_u64() % 10;
		if (what < 3) {
			assert_int_equal(watch_set_add(&set, account_id), counts[i] == 0);
			if (!counts[i]++)
				newest[i] = 0;
		} else if (what < 6) {
			assert_int_equal(watch_set_remove(&set, account_id), counts[i] == 1);
			if (counts[i] && !--counts[i])
				is_pending[i] = false;
		} else if (what < 9) {
			watch_set_note(&set, account_id, (uint64_t)step);
			if (counts[i]) {
				is_pending[i] = true;
				newest[i] = (uint64_t)step;
			}
		} else {
			struct store_event events[7];
			bool has_more = false;
			size_t n = watch_set_read(&set, events, 7, &has_more);
			for (size_t e = 0; e < n; e++) {
				uint64_t told = (events[e].account_id >> 22) - 1;
				assert_true(is_pending[told]);
				assert_int_equal(events[e].modseq, newest[told]);
				is_pending[told] = false;
			}
		}
	}
	uint64_t *accounts = NULL;
	size_t n = watch_set_accounts(&set, &accounts), want = 0;
	for (size_t i = 0; i < ACCOUNTS; i++)
		want += counts[i] > 0;
	assert_int_equal(n, want);
	assert_true(woken > 0);
	free(accounts);
	watch_set_clear(&set);
	random_test_seed(0);
}

static void test_everything_is_one_event(void **state)
{
	(void)state;
	struct watch_hub hub;
	struct watch_set set;
	int woken = 0;
	watch_hub_init(&hub);
	watch_set_init(&set, &hub, count_wake, &woken);
	watch_hub_note_all(&hub);
	watch_hub_note_all(&hub);
	assert_int_equal(woken, 1);
	struct store_event events[2];
	bool has_more = true;
	assert_int_equal(watch_set_read(&set, events, 2, &has_more), 1);
	assert_int_equal(events[0].account_id, 0);
	assert_false(has_more);
	watch_set_clear(&set);
	watch_hub_clear(&hub);
}

static void test_only_news_is_told_again(void **state)
{
	(void)state;
	struct watch_hub hub;
	struct watch_set set;
	int woken = 0;
	watch_hub_init(&hub);
	watch_set_init(&set, &hub, count_wake, &woken);
	watch_set_add(&set, 5);
	watch_hub_note(&hub, &(struct engine_change){ 5, 10 }, 1);
	struct store_event events[2];
	bool has_more = false;
	assert_int_equal(watch_set_read(&set, events, 2, &has_more), 1);
	watch_hub_note_newer(&hub, 5, 10);
	watch_hub_note_newer(&hub, 6, 99);
	assert_int_equal(watch_set_read(&set, events, 2, &has_more), 0);
	watch_hub_note_newer(&hub, 5, 11);
	assert_int_equal(watch_set_read(&set, events, 2, &has_more), 1);
	assert_int_equal(events[0].modseq, 11);
	watch_set_clear(&set);
	watch_hub_clear(&hub);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_agrees_with_a_simple_one),
		cmocka_unit_test(test_everything_is_one_event),
		cmocka_unit_test(test_only_news_is_told_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
