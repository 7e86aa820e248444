#include "src/base/unit.h"
#include "src/smtp/smtp_priv.h"

static void test_param_next_splits(void **state)
{
	struct str rest = STR("  SIZE=12  BODY=8BITMIME SMTPUTF8");
	struct smtp_param p;

	(void)state;
	assert_int_equal(smtp_param_next(&rest, false, &p), ERR_OK);
	assert_str(p.name, "SIZE");
	assert_str(p.value, "12");
	assert_int_equal(smtp_param_next(&rest, false, &p), ERR_OK);
	assert_str(p.name, "BODY");
	assert_int_equal(smtp_param_next(&rest, false, &p), ERR_OK);
	assert_str(p.name, "SMTPUTF8");
	assert_false(p.has_value);
	assert_int_equal(smtp_param_next(&rest, false, &p), ERR_NOTFOUND);
}

static void test_param_next_refuses(void **state)
{
	static const char *const wrong[] = { "=",     "=1",     "SIZE=",          "-A=1",  "A_B=1",
		                             "A=b=c", "A=\x7f", "A=\xe3\x81\x82", "A=b\tc" };
	struct smtp_param p;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct str rest = str_c(wrong[i]);

		assert_int_equal(smtp_param_next(&rest, false, &p), ERR_INVALID);
	}
}

static void test_param_xtext(void **state)
{
	static const struct {
		const char *in, *out;
	} good[] = {
		{ "ann@example.org", "ann@example.org" },
		{ "a+2Bb+3D", "a+b=" },
		{ "+41", "A" },
		{ "", "" },
	};
	static const char *const wrong[] = { "+", "+4", "+4g", "+4a", "a=b", "a b", "\x7f" };
	struct arena *a = arena_new(NULL);
	struct str text;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(smtp_param_xtext(a, str_c(good[i].in), 100, &text), ERR_OK);
		assert_str(text, good[i].out);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(smtp_param_xtext(a, str_c(wrong[i]), 100, &text), ERR_INVALID);
	assert_int_equal(smtp_param_xtext(a, STR("abcd"), 3, &text), ERR_LIMIT);
	arena_free(&a);
}

static void test_param_path(void **state)
{
	struct arena *a = arena_new(NULL);
	struct mail_address address;
	struct str rest;

	(void)state;
	assert_int_equal(
		smtp_param_path(a, STR("from: <a@b.c> SIZE=1"), STR("FROM:"), 0, &address, &rest),
		ERR_OK);
	assert_str(address.local, "a");
	assert_str(rest, " SIZE=1");
	assert_int_equal(smtp_param_path(a, STR("FROM:a@b.c"), STR("FROM:"), 0, &address, &rest),
	                 ERR_OK);
	assert_str(address.domain, "b.c");
	assert_int_equal(smtp_param_path(a, STR("FROM:<a@b.c>x"), STR("FROM:"), 0, &address, &rest),
	                 ERR_INVALID);
	assert_int_equal(smtp_param_path(a, STR("FROM <a@b.c>"), STR("FROM:"), 0, &address, &rest),
	                 ERR_PROTO);
	assert_int_equal(smtp_param_path(a, STR("FROM:<>"), STR("FROM:"), 0, &address, &rest),
	                 ERR_INVALID);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_param_next_splits),
		cmocka_unit_test(test_param_next_refuses),
		cmocka_unit_test(test_param_xtext),
		cmocka_unit_test(test_param_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
