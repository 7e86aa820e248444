#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/must.h"
#include "src/base/unit.h"
#include "src/mail/downgrade.h"

static void collect(void *context, struct str octets)
{
	must(!buf_add(context, octets));
}

static struct str run(struct arena *a, struct str in, size_t step)
{
	struct buf out = buf_in(a, 1 << 20);
	struct mail_downgrade *d = mail_downgrade_new(a, collect, &out);

	for (size_t at = 0; at < in.n; at += step)
		mail_downgrade_write(d, str_first(str_from(in, at), step));
	mail_downgrade_end(d);
	return buf_str(&out);
}

/* e9 as UTF-8 is c3 a9; "é" in base64 is w6k=. */
static const struct {
	const char *in, *want;
} cases[] = {
	{ "", "" },
	{ "\r\nbody \xc3\xa9\r\n", "\r\nbody \xc3\xa9\r\n" },
	{ "Subject: plain\r\n folded\r\n\r\nx", "Subject: plain\r\n folded\r\n\r\nx" },
	{ "Subject: a \xc3\xa9 b\r\n\r\n", "Subject: a =?utf-8?B?w6k=?= b\r\n\r\n" },
	{ "Subject: \xc3\xa9 \xc3\xa9\r\n", "Subject: =?utf-8?B?w6kgw6k=?=\r\n" },
	{ "Subject: \xc3\xa9\r\n \xc3\xa9 z\r\nX: y\r\n\r\n",
	  "Subject: =?utf-8?B?w6kgw6k=?= z\r\nX: y\r\n\r\n" },
	{ "Subject: raw \xe9\r\n\r\n", "Subject: raw \xe9\r\n\r\n" },
	{ "From: \xc3\xa9 <a@example.org>, B <b@example.org>\r\n\r\n",
	  "From: =?utf-8?B?w6k=?= <a@example.org>, B <b@example.org>\r\n\r\n" },
	{ "From: \"\xc3\xa9\" <\xc3\xa9@example.org>\r\n\r\n",
	  "From: =?utf-8?B?w6k=?= <invalid@internationalized-address.invalid>\r\n\r\n" },
	{ "To: \xc3\xa9@x\r\n\r\n",
	  "To: =?utf-8?B?w6lAeA==?= <invalid@internationalized-address.invalid>\r\n\r\n" },
	{ "Cc: a@x (\xc3\xa9)\r\n\r\n", "Cc: a@x (=?utf-8?B?w6k=?=)\r\n\r\n" },
	{ "Content-Type: text/plain; name=\"\xc3\xa9;.txt\"; charset=utf-8\r\n\r\n",
	  "Content-Type: text/plain; name*=utf-8''%C3%A9%3B.txt; charset=utf-8\r\n\r\n" },
	{ "Received: from \xc3\xa9\r\nA: b\r\n\r\n", "A: b\r\n\r\n" },
	{ "X-Any: \xc3\xa9", "X-Any: =?utf-8?B?w6k=?=" },
	{ "no field \xc3\xa9\r\n\r\n", "no field \xc3\xa9\r\n\r\n" },
};

static void test_downgrade_header(void **state)
{
	struct arena *a = arena_new(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (size_t step = 1; step < 70; step += step < 8 ? 1 : 13)
			assert_str(run(a, str_c(cases[i].in), step), cases[i].want);
	arena_free(&a);
}

/* A long text becomes several words of at most 75 characters. */
static void test_downgrade_splits_words(void **state)
{
	struct arena *a = arena_new(NULL);
	struct str in = STR("Subject: "), got, line;

	(void)state;
	for (int i = 0; i < 100; i++)
		in = str_printf(a, "%.*s\xe6\x97\xa5", STR_ARG(in));
	in = str_printf(a, "%.*s\r\n\r\n", STR_ARG(in));
	got = run(a, in, 4096);
	assert_true(str_is_ascii(got));
	while (str_cut(&got, '\n', &line))
		assert_true(line.n <= 76 + 9);
	arena_free(&a);
}

static void test_downgrade_gives_up_on_huge_field(void **state)
{
	struct arena *a = arena_new(NULL);
	struct str in = STR("X: \xc3\xa9"), got;

	(void)state;
	for (int i = 0; i < 15; i++)
		in = str_printf(a, "%.*s%.*s", STR_ARG(in), STR_ARG(in));
	got = run(a, in, 1000);
	assert_int_equal(got.n, in.n);
	arena_free(&a);
}

static void test_downgrade_whole_header(void **state)
{
	struct arena *a = arena_new(NULL);

	(void)state;
	assert_str(mail_downgrade_header(a, STR("Subject: \xc3\xa9\r\n\r\n"), 100),
	           "Subject: =?utf-8?B?w6k=?=\r\n\r\n");
	assert_str(mail_downgrade_header(a, STR("Subject: \xc3\xa9\r\n\r\n"), 10), "Subject: =");
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_downgrade_header),
		cmocka_unit_test(test_downgrade_splits_words),
		cmocka_unit_test(test_downgrade_gives_up_on_huge_field),
		cmocka_unit_test(test_downgrade_whole_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
