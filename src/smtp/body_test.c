#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/net/session.h"
#include "src/smtp/body_priv.h"

static uint64_t spool_left;

static bool reserve(void *context, uint64_t bytes)
{
	(void)context;
	if (bytes > spool_left)
		return false;
	spool_left -= bytes;
	return true;
}

static void release(void *context, uint64_t bytes)
{
	(void)context;
	spool_left += bytes;
}

static const struct session_host host = { .spool_reserve = reserve, .spool_release = release };

/* Octets whose value says where they stand. */
static void add(struct smtp_body *b, size_t from, size_t n)
{
	unsigned char block[5000];

	while (n) {
		size_t now = n < sizeof block ? n : sizeof block;

		for (size_t i = 0; i < now; i++)
			block[i] = (unsigned char)((from + i) * 31 % 251);
		assert_int_equal(smtp_body_add(b, str_make(block, now)), ERR_OK);
		from += now;
		n -= now;
	}
}

static void check_content(size_t n, uint64_t expected, bool is_file)
{
	struct arena *a = arena_new(NULL);
	struct smtp_body b;
	struct str got;

	spool_left = 64 << 20;
	smtp_body_init(&b, a, &host, expected);
	add(&b, 0, n);
	assert_int_equal(smtp_body_seal(&b, &got), ERR_OK);
	assert_int_equal(got.n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(got.p[i], (unsigned char)(i * 31 % 251));
	assert_int_equal(b.fd >= 0, is_file);
	if (is_file)
		assert_true(fcntl(b.fd, F_GET_SEALS) & F_SEAL_WRITE);
	assert_true(spool_left <= (64 << 20) - n);
	arena_free(&a);
	assert_int_equal(spool_left, 64 << 20);
}

static void test_body_small_stays_in_memory(void **state)
{
	(void)state;
	check_content(0, 0, false);
	check_content(1, 0, false);
	check_content(SMTP_BODY_MEMORY_MIN + 1, 0, false);
	check_content(SMTP_BODY_MEMORY_MAX, 0, false);
	check_content(4096, 1 << 30, false);
}

static void test_body_large_becomes_a_file(void **state)
{
	(void)state;
	check_content(SMTP_BODY_MEMORY_MAX + 1, 0, true);
	check_content(3000000, 3000000, true);
}

static void test_body_refuses_when_the_spool_is_full(void **state)
{
	static unsigned char block[SMTP_BODY_MEMORY_MAX];
	struct arena *a = arena_new(NULL);
	struct smtp_body b;

	(void)state;
	spool_left = SMTP_BODY_MEMORY_MIN;
	smtp_body_init(&b, a, &host, 0);
	assert_int_equal(smtp_body_add(&b, str_make(block, 100)), ERR_OK);
	assert_int_equal(smtp_body_add(&b, str_make(block, sizeof block)), ERR_TEMP);
	assert_int_equal(b.n, 100);
	smtp_body_drop(&b);
	assert_int_equal(spool_left, SMTP_BODY_MEMORY_MIN);
	arena_free(&a);
	assert_int_equal(spool_left, SMTP_BODY_MEMORY_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_body_small_stays_in_memory),
		cmocka_unit_test(test_body_large_becomes_a_file),
		cmocka_unit_test(test_body_refuses_when_the_spool_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
