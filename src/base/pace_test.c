#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/pace.h"
#include "src/base/unit.h"

enum {
	PATIENCE_MS = 60000,
	THREADS_MAX = 256
};

/* Work until this thread is a batch thread. */
static void *work(void *arg)
{
	int64_t end = clock_mono_ms() + PATIENCE_MS;

	(void)arg;
	while (sched_getscheduler(0) != SCHED_BATCH && clock_mono_ms() < end)
		pace_thread();
	return sched_getscheduler(0) == SCHED_BATCH ? arg : NULL;
}

static void test_pace_follows_the_load(void **state)
{
	static pthread_t threads[THREADS_MAX];
	static char yes;
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	int64_t end;

	(void)state;
	if (sched_getscheduler(0) != SCHED_OTHER)
		skip();
	pace_thread();
	assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
	pace_start();
	n = n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : n;
	for (long i = 0; i < n; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &yes), 0);
	for (long i = 0; i < n; i++) {
		void *result;

		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_ptr_equal(result, &yes);
	}
	pace_thread();
	assert_int_equal(sched_getscheduler(0), SCHED_BATCH);
	end = clock_mono_ms() + PATIENCE_MS;
	while (sched_getscheduler(0) == SCHED_BATCH && clock_mono_ms() < end) {
		usleep(20000);
		pace_thread();
	}
	assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
}

/* At least two milliseconds of CPU between one look and the next. */
static void test_long_pieces_are_no_reason(void **state)
{
	int64_t end = clock_mono_ms() + 1000;

	(void)state;
	if (sched_getscheduler(0) != SCHED_OTHER)
		skip();
	pace_start();
	while (clock_mono_ms() < end) {
		struct timespec began, now;

		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &began);
		do
			clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
		while ((now.tv_sec - began.tv_sec) * 1000000000 + now.tv_nsec - began.tv_nsec <
		       2000000);
		pace_thread();
		assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_long_pieces_are_no_reason),
		cmocka_unit_test(test_pace_follows_the_load),
	};

	return cmocka_run_group_tests_name("base/pace", tests, NULL, NULL);
}
