#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/net/stream.h"
#include "src/pop3/text_priv.h"

/* `in` in pieces of `step` octets, and the end. */
static struct str run(struct arena *a, struct str in, size_t step)
{
	struct stream *out = stream_open_memory();
	struct pop3_text t = { .out = out };
	struct str got;

	for (size_t at = 0; at < in.n; at += step)
		pop3_text_write(&t, str_first(str_from(in, at), step));
	pop3_text_end(&t);
	assert_int_equal(stream_flush(out), ERR_OK);
	got = stream_memory_take(out, a);
	stream_close(&out);
	return got;
}

static void test_text_stuffs_and_ends_lines(void **state)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ "", ".\r\n" },
		{ "a\r\n", "a\r\n.\r\n" },
		{ "a", "a\r\n.\r\n" },
		{ "a\r", "a\r\n.\r\n" },
		{ "a\n\nb\n", "a\r\n\r\nb\r\n.\r\n" },
		{ ".\r\n", "..\r\n.\r\n" },
		{ ".", "..\r\n.\r\n" },
		{ "..x\n.y\r\nz.\r\n", "...x\r\n..y\r\nz.\r\n.\r\n" },
		{ "a\rb\r\r\nc", "a\rb\r\r\nc\r\n.\r\n" },
		{ "\n", "\r\n.\r\n" },
		{ "\r\n.\r\n.\r\n", "\r\n..\r\n..\r\n.\r\n" },
	};
	struct arena *a = arena_new(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t step = 1; step < 12; step++)
			assert_str(run(a, str_c(cases[i].in), step), cases[i].want);
	arena_free(&a);
}

static struct str cut(struct arena *a, struct str in, uint64_t lines, size_t step)
{
	struct pop3_top top = { .lines_left = lines };
	struct str got = { 0 };

	for (size_t at = 0; at < in.n && !top.is_done; at += step) {
		struct str piece = pop3_text_cut(&top, str_first(str_from(in, at), step));

		got = str_printf(a, "%.*s%.*s", STR_ARG(got), STR_ARG(piece));
	}
	return got;
}

static void test_cut_stops_after_lines(void **state)
{
	static const struct {
		const char *in, *want;
		uint64_t lines;
	} cases[] = {
		{ "A: b\r\nC: d\r\n\r\n1\r\n2\r\n3\r\n", "A: b\r\nC: d\r\n\r\n", 0 },
		{ "A: b\r\nC: d\r\n\r\n1\r\n2\r\n3\r\n", "A: b\r\nC: d\r\n\r\n1\r\n2\r\n", 2 },
		{ "A: b\n\n1\n\n3\n", "A: b\n\n1\n\n", 2 },
		{ "A: b\r\n\r\n1\r\n", "A: b\r\n\r\n1\r\n", 99 },
		{ "A: b\r\n", "A: b\r\n", 0 },
		{ "\r\n1\r\n2\r\n", "\r\n1\r\n", 1 },
	};
	struct arena *a = arena_new(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t step = 1; step < 40; step++)
			assert_str(cut(a, str_c(cases[i].in), cases[i].lines, step), cases[i].want);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_stuffs_and_ends_lines),
		cmocka_unit_test(test_cut_stops_after_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
