#include "src/base/unit.h"
#include "src/imap/out_priv.h"
#include "src/net/stream.h"

struct writer {
	struct arena *a;
	struct imap_out out;
};

static int begin(void **state)
{
	struct arena *a = arena_new(NULL);
	struct writer *w = ARENA_NEW(a, struct writer);

	w->a = a;
	w->out.stream = stream_open_memory();
	*state = w;
	return 0;
}

static int end(void **state)
{
	struct writer *w = *state;
	struct arena *a = w->a;

	stream_close(&w->out.stream);
	arena_free(&a);
	return 0;
}

static struct str written(struct writer *w)
{
	imap_out_flush(&w->out);
	return stream_memory_take(w->out.stream, w->a);
}

static void test_values(void **state)
{
	struct writer *w = *state;

	imap_out_u64(&w->out, 0);
	imap_out_byte(&w->out, ' ');
	imap_out_u64(&w->out, UINT64_MAX);
	imap_out_byte(&w->out, ' ');
	imap_out_string(&w->out, STR("a \"b\" \\"));
	imap_out_string(&w->out, STR("a\r\nb"));
	imap_out_byte(&w->out, ' ');
	imap_out_astring(&w->out, STR("INBOX"));
	imap_out_byte(&w->out, ' ');
	imap_out_astring(&w->out, STR("nil"));
	imap_out_byte(&w->out, ' ');
	imap_out_octets(&w->out, STR("x\0y"));
	assert_str(written(w),
	           "0 18446744073709551615 \"a \\\"b\\\" \\\\\"{4}\r\na\r\nb INBOX \"nil\" "
	           "x\x80y");
}

static void test_a_line_can_be_taken_back(void **state)
{
	struct writer *w = *state;

	imap_out_c(&w->out, "* 1 FETCH ()\r\n");
	imap_out_mark(&w->out);
	imap_out_c(&w->out, "* 2 FETCH (");
	assert_true(imap_out_rewind(&w->out));
	assert_str(written(w), "* 1 FETCH ()\r\n");
	imap_out_mark(&w->out);
	imap_out_flush(&w->out);
	assert_false(imap_out_rewind(&w->out));
}

static void test_lines_like_another(void **state)
{
	struct writer *w = *state;
	struct imap_line line;

	imap_out_mark(&w->out);
	imap_out_c(&w->out, "* 8 FETCH (UID 998 FLAGS (\\Seen))\r\n");
	assert_true(imap_out_line(&w->out, &line));
	imap_out_lines(&w->out, &line, 2);
	/* They go on where they ended. */
	imap_out_lines(&w->out, &line, 1);
	assert_str(written(w), "* 8 FETCH (UID 998 FLAGS (\\Seen))\r\n"
	                       "* 9 FETCH (UID 999 FLAGS (\\Seen))\r\n"
	                       "* 10 FETCH (UID 1000 FLAGS (\\Seen))\r\n"
	                       "* 11 FETCH (UID 1001 FLAGS (\\Seen))\r\n");
	imap_out_mark(&w->out);
	imap_out_c(&w->out, "* 99 FETCH (FLAGS ())\r\n");
	assert_true(imap_out_line(&w->out, &line));
	imap_out_lines(&w->out, &line, 1);
	assert_str(written(w), "* 99 FETCH (FLAGS ())\r\n* 100 FETCH (FLAGS ())\r\n");
}

/* More than the block holds. */
static void test_many_lines(void **state)
{
	enum {
		LINES = 100000
	};
	struct writer *w = *state;
	struct imap_line line;
	struct str all, one;
	uint64_t n = 0;

	imap_out_mark(&w->out);
	imap_out_c(&w->out, "* 1 FETCH (UID 7)\r\n");
	assert_true(imap_out_line(&w->out, &line));
	imap_out_lines(&w->out, &line, LINES - 1);
	all = written(w);
	while (str_cut(&all, '\n', &one)) {
		struct str want = str_printf(w->a, "* %llu FETCH (UID %llu)\r",
		                             (unsigned long long)(n + 1),
		                             (unsigned long long)(n + 7));

		assert_true(str_eq(one, want));
		n++;
	}
	assert_int_equal(n, LINES);
}

static void test_what_no_line_is_made_from(void **state)
{
	struct writer *w = *state;
	struct imap_line line;

	imap_out_mark(&w->out);
	imap_out_c(&w->out, "* OK x\r\n");
	assert_false(imap_out_line(&w->out, &line));
	imap_out_mark(&w->out);
	imap_out_c(&w->out, "* 1 EXPUNGE\r\n");
	assert_false(imap_out_line(&w->out, &line));
	imap_out_mark(&w->out);
	imap_out_c(&w->out, "* 1 FETCH (FLAGS (");
	for (size_t i = 0; i < IMAP_LINE_MAX; i++)
		imap_out_byte(&w->out, 'k');
	imap_out_c(&w->out, "))\r\n");
	assert_false(imap_out_line(&w->out, &line));
	imap_out_mark(&w->out);
	imap_out_c(&w->out, "* 1 FETCH (FLAGS ())\r\n");
	imap_out_flush(&w->out);
	assert_false(imap_out_line(&w->out, &line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_values, begin, end),
		cmocka_unit_test_setup_teardown(test_a_line_can_be_taken_back, begin, end),
		cmocka_unit_test_setup_teardown(test_lines_like_another, begin, end),
		cmocka_unit_test_setup_teardown(test_many_lines, begin, end),
		cmocka_unit_test_setup_teardown(test_what_no_line_is_made_from, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
