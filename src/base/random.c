#include "src/base/random.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/random.h>

#include "src/base/must.h"

static _Atomic uint64_t test_state;

/* SplitMix64: good enough for repeatable tests, used for nothing else. */
static uint64_t test_next(void)
{
	uint64_t z = atomic_fetch_add(&test_state, UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

void random_fill(void *p, size_t n)
{
	unsigned char *out = p;

	if (atomic_load(&test_state)) {
		for (size_t i = 0; i < n; i++)
			out[i] = (unsigned char)test_next();
		return;
	}
	while (n > 0) {
		ssize_t got = getrandom(out, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		must(got > 0);
		out += got;
		n -= (size_t)got;
	}
}

uint64_t random_u64(void)
{
	uint64_t value;

	random_fill(&value, sizeof value);
	return value;
}

void random_test_seed(uint64_t seed)
{
	atomic_store(&test_state, seed);
}
