#include "src/base/idtext.h"
#include "src/base/unit.h"

static void test_idtext_round_trip(void **state)
{
	static const uint64_t ids[] = { 0, 1, 31, 32, UINT64_C(0x7fffffffffffffff), UINT64_MAX };
	char text[IDTEXT_SIZE];
	uint64_t id;

	(void)state;
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		idtext_format(ids[i], text);
		assert_true(idtext_parse(str_c(text), &id));
		assert_true(id == ids[i]);
	}
	idtext_format(33, text);
	assert_string_equal(text, "0000000000011");
	assert_true(idtext_parse(STR("OOOOOOOOOOOIL"), &id));
	assert_int_equal(id, 33);
}

static void test_idtext_refuses_other_texts(void **state)
{
	uint64_t id = 5;

	(void)state;
	assert_false(idtext_parse(STR("000000000001"), &id));
	assert_false(idtext_parse(STR("00000000000001"), &id));
	assert_false(idtext_parse(STR("000000000000u"), &id));
	assert_false(idtext_parse(STR("g000000000000"), &id));
	assert_int_equal(id, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idtext_round_trip),
		cmocka_unit_test(test_idtext_refuses_other_texts),
	};

	return cmocka_run_group_tests_name("base/idtext", tests, NULL, NULL);
}
