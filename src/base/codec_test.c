#include "src/base/arena.h"
#include "src/base/codec.h"
#include "src/base/unit.h"

static void test_codec_base64_vectors_of_rfc_4648(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};
	struct arena *a = arena_new(NULL);
	struct str out;

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		assert_str(codec_base64_encode(a, str_c(pairs[i][0])), pairs[i][1]);
		assert_int_equal(codec_base64_decode(a, str_c(pairs[i][1]), &out), ERR_OK);
		assert_str(out, pairs[i][0]);
	}
	arena_free(&a);
}

static void test_codec_base64_is_strict(void **state)
{
	static const char *const bad[] = { "Z",    "Zg=",  "Zg",       "=g==",
		                           "Zh==", "Zm9=", "Zg==Zg==", "Z g=" };
	struct arena *a = arena_new(NULL);
	struct str out;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(codec_base64_decode(a, str_c(bad[i]), &out), ERR_INVALID);
	arena_free(&a);
}

static void test_codec_hex_round_trip(void **state)
{
	struct arena *a = arena_new(NULL);
	struct str out;

	(void)state;
	assert_str(codec_hex_encode(a, STR("\0\xff\x10")), "00ff10");
	assert_int_equal(codec_hex_decode(a, STR("00Ff10"), &out), ERR_OK);
	assert_true(str_eq(out, STR("\0\xff\x10")));
	assert_int_equal(codec_hex_decode(a, STR("0"), &out), ERR_INVALID);
	assert_int_equal(codec_hex_decode(a, STR("0g"), &out), ERR_INVALID);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codec_base64_vectors_of_rfc_4648),
		cmocka_unit_test(test_codec_base64_is_strict),
		cmocka_unit_test(test_codec_hex_round_trip),
	};

	return cmocka_run_group_tests_name("base/codec", tests, NULL, NULL);
}
