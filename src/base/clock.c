#include "src/base/clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

static atomic_bool is_test;
static _Atomic int64_t test_wall, test_mono;

static int64_t read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_wall_ms(void)
{
	return atomic_load(&is_test) ? atomic_load(&test_wall) : read_clock(CLOCK_REALTIME);
}

int64_t clock_mono_ms(void)
{
	return atomic_load(&is_test) ? atomic_load(&test_mono) : read_clock(CLOCK_MONOTONIC);
}

void clock_test_set(int64_t wall_ms, int64_t mono_ms)
{
	atomic_store(&test_wall, wall_ms);
	atomic_store(&test_mono, mono_ms);
	atomic_store(&is_test, true);
}

void clock_test_advance(int64_t ms)
{
	atomic_fetch_add(&test_wall, ms);
	atomic_fetch_add(&test_mono, ms);
}

void clock_test_clear(void)
{
	atomic_store(&is_test, false);
}
