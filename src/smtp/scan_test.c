#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/random.h"
#include "src/base/unit.h"
#include "src/smtp/scan_priv.h"

struct seen {
	struct buf out;
	unsigned seen;
	size_t used;
	bool is_end;
};

static void collect(void *context, struct str octets)
{
	struct seen *seen = context;

	assert_true(octets.n > 0);
	assert_int_equal(buf_add(&seen->out, octets), 0);
}

/* Read `text` in windows of `step` octets; what is left after the end is not touched. */
static struct seen read_in_steps(struct arena *a, struct str text, bool has_dots, size_t step)
{
	struct seen seen = { .out = buf_in(a, 65536) };
	struct smtp_scan scan = { .has_dots = has_dots, .emit = collect, .context = &seen };

	while (seen.used < text.n && scan.at != SMTP_SCAN_END) {
		struct str window = str_first(str_from(text, seen.used), step);
		size_t used = smtp_scan_read(&scan, window);

		assert_true(used == window.n || scan.at == SMTP_SCAN_END);
		seen.used += used;
	}
	if (!has_dots)
		smtp_scan_finish(&scan);
	seen.seen = scan.seen;
	seen.is_end = scan.at == SMTP_SCAN_END;
	return seen;
}

static void check(const char *text, const char *want, unsigned want_seen, bool want_end,
                  size_t want_rest)
{
	struct arena *a = arena_new(NULL);
	struct str in = str_c(text);

	for (size_t step = 1; step <= in.n; step++) {
		struct seen seen = read_in_steps(a, in, true, step);

		assert_str(buf_str(&seen.out), want);
		assert_int_equal(seen.seen, want_seen);
		assert_int_equal(seen.is_end, want_end);
		assert_int_equal(in.n - seen.used, want_rest);
	}
	arena_free(&a);
}

static void test_scan_finds_the_end(void **state)
{
	(void)state;
	check("a\r\n.\r\nQUIT\r\n", "a\r\n", 0, true, 6);
	check(".\r\n", "", 0, true, 0);
	check("\r\n.\r\n", "\r\n", 0, true, 0);
	check("a.\r\n.\r\n", "a.\r\n", 0, true, 0);
}

static void test_scan_unstuffs_dots(void **state)
{
	(void)state;
	check("..\r\n...\r\n.a\r\n.\r\n", ".\r\n..\r\na\r\n", 0, true, 0);
	check("a\r\n..b\r\nc..d\r\n.\r\nX", "a\r\n.b\r\nc..d\r\n", 0, true, 1);
}

static void test_scan_knows_no_other_end(void **state)
{
	(void)state;
	check("a\n.\n", "a\n.\n", SMTP_SCAN_BARE_LF, false, 0);
	check("a\n.\r\nb\r\n.\r\n", "a\n.\r\nb\r\n", SMTP_SCAN_BARE_LF, true, 0);
	check("a\r\n.\nb\r\n.\r\n", "a\r\n\nb\r\n", SMTP_SCAN_BARE_LF, true, 0);
	check("a\r.\r\n.\r\n", "a\r.\r\n", SMTP_SCAN_BARE_CR, true, 0);
	check("a\r\n.\r.\r\n.\r\n", "a\r\n\r.\r\n", SMTP_SCAN_BARE_CR, true, 0);
	check("a\r\r\n.\r\n", "a\r\r\n", SMTP_SCAN_BARE_CR, true, 0);
	check("a\r\n.\r\r\n.\r\n", "a\r\n\r\r\n", SMTP_SCAN_BARE_CR, true, 0);
	check("\n.\r\n\r\n.\r\n", "\n.\r\n\r\n", SMTP_SCAN_BARE_LF, true, 0);
}

static void test_scan_notes_nul(void **state)
{
	struct arena *a = arena_new(NULL);
	struct str text = STR("a\0b\r\n.\r\n\0");

	(void)state;
	for (size_t step = 1; step <= text.n; step++) {
		struct seen seen = read_in_steps(a, text, true, step);

		assert_int_equal(seen.seen, SMTP_SCAN_NUL);
		assert_int_equal(seen.used, text.n - 1);
	}
	/* One that stands behind the end is not the message's. */
	assert_int_equal(read_in_steps(a, STR("a\r\n.\r\n\0"), true, 64).seen, 0);
	arena_free(&a);
}

static void test_scan_chunks_have_no_dots(void **state)
{
	struct arena *a = arena_new(NULL);
	struct str text = STR(".\r\n..a\r\nb\r");

	(void)state;
	for (size_t step = 1; step <= text.n; step++) {
		struct seen seen = read_in_steps(a, text, false, step);

		assert_str(buf_str(&seen.out), ".\r\n..a\r\nb\r");
		assert_int_equal(seen.seen, SMTP_SCAN_BARE_CR);
	}
	arena_free(&a);
}

/* Any octets, cut anywhere, give what they give whole; and stuffing what came out gives what went
 * in. */
static void test_scan_random_cuts(void **state)
{
	static const unsigned char alphabet[] = { '.', '.', '\r', '\n', '\r', '\n', 'a', '\0' };
	struct arena *a = arena_new(NULL);

	(void)state;
	random_test_seed(7);
	for (int round = 0; round < 20000; round++) {
		unsigned char text[40];
		size_t n = random_u64() % sizeof text;
		struct seen whole, cut;

		for (size_t i = 0; i < n; i++)
			text[i] = alphabet[random_u64() % sizeof alphabet];
		whole = read_in_steps(a, str_make(text, n), true, n + 1);
		cut = read_in_steps(a, str_make(text, n), true, 1 + random_u64() % 4);
		assert_true(str_eq(buf_str(&whole.out), buf_str(&cut.out)));
		assert_int_equal(whole.seen, cut.seen);
		assert_int_equal(whole.used, cut.used);
		assert_int_equal(whole.is_end, cut.is_end);
		arena_reset(a);
	}
	random_test_seed(0);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scan_finds_the_end),
		cmocka_unit_test(test_scan_unstuffs_dots),
		cmocka_unit_test(test_scan_knows_no_other_end),
		cmocka_unit_test(test_scan_notes_nul),
		cmocka_unit_test(test_scan_chunks_have_no_dots),
		cmocka_unit_test(test_scan_random_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
