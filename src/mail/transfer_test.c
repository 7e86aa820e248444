#include "src/base/unit.h"
#include "src/mail/transfer.h"

static void test_transfer_decode(void **state)
{
	static const struct {
		char encoding;
		const char *bytes, *want;
	} table[] = {
		{ '7', "a=\r\n", "a=\r\n" },
		{ 'u', "x", "x" },
		{ 'b', "aGVsbG8=", "hello" },
		{ 'b', "aGVs\r\nbG8", "hello" },
		{ 'b', "aGVsbG8=aGVsbG8=", "hellohello" },
		{ 'b', "!a*G V s-b G 8 =", "hello" },
		{ 'b', "====", "" },
		{ 'b', "a", "" },
		{ 'q', "a=3Db", "a=b" },
		{ 'q', "a=\r\nb=\nc", "abc" },
		{ 'q', "a= \t\r\nb", "ab" },
		{ 'q', "a \t\r\nb ", "a\r\nb" },
		{ 'q', "a \tb", "a \tb" },
		{ 'q', "=zz=4=", "=zz=4" },
		{ 'q', "=e3=81=82", "\xe3\x81\x82" },
		{ 'q', "plain\r\ntext", "plain\r\ntext" },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct str bytes = str_c(table[i].bytes);
		struct str whole = mail_transfer_decode(*state, table[i].encoding, bytes, 1000);

		assert_str(whole, table[i].want);
		for (size_t max = 0; max < 12; max++)
			assert_true(
				str_eq(mail_transfer_decode(*state, table[i].encoding, bytes, max),
			               str_first(whole, max)));
	}
}

static void test_transfer_encoding(void **state)
{
	(void)state;
	assert_int_equal(mail_transfer_encoding(STR("BASE64")), 'b');
	assert_int_equal(mail_transfer_encoding(STR("Quoted-Printable")), 'q');
	assert_int_equal(mail_transfer_encoding(STR("8bit")), '7');
	assert_int_equal(mail_transfer_encoding(STR("")), '7');
	assert_int_equal(mail_transfer_encoding(STR("x-uuencode")), 'u');
}

static void test_transfer_round_trip(void **state)
{
	unsigned char bytes[300];
	uint32_t seed = 3;

	for (size_t n = 0; n < sizeof bytes; n++) {
		struct str s = str_make(bytes, n), b, q;
		size_t line = 0;

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = (unsigned char)(seed >> 24);
			/* Quoted-printable text keeps line ends only as CRLF. */
			if (bytes[i] == '\n')
				bytes[i] = ' ';
		}
		b = mail_transfer_base64(*state, s);
		assert_true(str_eq(mail_transfer_decode(*state, 'b', b, n + 10), s));
		q = mail_transfer_quoted(*state, s);
		assert_true(str_eq(mail_transfer_decode(*state, 'q', q, n + 10), s));
		for (size_t i = 0; i < q.n; i++) {
			line = q.p[i] == '\n' ? 0 : line + 1;
			assert_true(line <= 77);
		}
	}
	assert_str(mail_transfer_quoted(*state, STR("a \nFrom x\r\n.\n")),
	           "a=20\r\n=46rom x\r\n=2E\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_transfer_decode, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test(test_transfer_encoding),
		cmocka_unit_test_setup_teardown(test_transfer_round_trip, unit_arena_new,
		                                unit_arena_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
