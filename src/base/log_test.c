#include <stdio.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/unit.h"

/* What one call wrote to stderr. */
static struct str capture(bool is_json, const struct log_kv *kv)
{
	static char text[4096];
	int ends[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	log_setup("unit", LOG_LEVEL_INFO, LOG_TARGET_STDERR, is_json);
	log_write(LOG_LEVEL_DEBUG, "unit.hidden", kv);
	log_write(LOG_LEVEL_INFO, "unit.event", kv);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[1]);
	n = read(ends[0], text, sizeof text);
	close(ends[0]);
	assert_true(n > 0);
	return str_make(text, (size_t)n);
}

static void test_log_input_cannot_forge_a_line(void **state)
{
	const struct log_kv kv[] = { LOG_S("rcpt", STR("a\r\nb \"c\" \x80")),
		                     LOG_I("n", -3),
		                     { 0 } };
	struct str line;

	(void)state;
	clock_test_set(1700000000123, 0);
	line = capture(false, kv);
	assert_true(str_starts(line, STR("2023-11-14T22:13:20.123Z info unit[")));
	assert_true(str_ends(line,
	                     STR("unit.event rcpt=\"a\\u000d\\u000ab \\\"c\\\" \\u0080\" n=-3\n")));
	assert_int_equal(str_find(line, '\n'), (ptrdiff_t)line.n - 1);
	line = capture(true, kv);
	assert_true(
		str_starts(line, STR("{\"time\":\"2023-11-14T22:13:20.123Z\",\"level\":\"info\"")));
	assert_true(
		str_ends(line, STR("\"rcpt\":\"a\\u000d\\u000ab \\\"c\\\" \\u0080\",\"n\":-3}\n")));
	clock_test_clear();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log_input_cannot_forge_a_line),
	};

	return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
