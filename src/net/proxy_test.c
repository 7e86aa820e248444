#include <string.h>

#include "src/base/unit.h"
#include "src/net/address.h"
#include "src/net/proxy.h"

#define BYTES(text)                                             \
	{                                                       \
		(const unsigned char *)(text), sizeof(text) - 1 \
	}
#define V2 "\r\n\r\n\0\r\nQUIT\n"

static const struct {
	struct str input;
	enum proxy_got want;
	const char *source;
	uint16_t port;
	size_t size;
} cases[] = {
	{ BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\r\nEHLO"), PROXY_GOT, "192.0.2.1",
	  56324, 44 },
	{ BYTES("PROXY TCP6 2001:db8::1 ::1 1 65535\r\n"), PROXY_GOT, "2001:db8::1", 1, 36 },
	{ BYTES("PROXY UNKNOWN\r\n"), PROXY_GOT, NULL, 0, 15 },
	{ BYTES("PROXY UNKNOWN whatever it says\r\nx"), PROXY_GOT, NULL, 0, 32 },
	{ BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\n"), PROXY_BAD, NULL, 0, 0 },
	{ BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 56324\r\n"), PROXY_BAD, NULL, 0, 0 },
	{ BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 56324 25 \r\n"), PROXY_BAD, NULL, 0, 0 },
	{ BYTES("PROXY TCP4  192.0.2.1 198.51.100.2 56324 25\r\n"), PROXY_BAD, NULL, 0, 0 },
	{ BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 056 25\r\n"), PROXY_BAD, NULL, 0, 0 },
	{ BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 65536 25\r\n"), PROXY_BAD, NULL, 0, 0 },
	{ BYTES("PROXY TCP4 ::1 ::1 1 25\r\n"), PROXY_BAD, NULL, 0, 0 },
	{ BYTES("PROXY TCP6 192.0.2.1 192.0.2.1 1 25\r\n"), PROXY_BAD, NULL, 0, 0 },
	{ BYTES("PROXY UDP4 192.0.2.1 192.0.2.1 1 25\r\n"), PROXY_BAD, NULL, 0, 0 },
	{ BYTES("PROXY TCP4 192.0.2.1 192.0.2.1 1 25\rx"), PROXY_BAD, NULL, 0, 0 },
	{ BYTES("PROXY UNKNOWN "
	        "0123456789012345678901234567890123456789012345678901234567890123456789012345678"
	        "901234567890123456789"),
	  PROXY_BAD, NULL, 0, 0 },
	{ BYTES("EHLO x\r\n"), PROXY_BAD, NULL, 0, 0 },
	{ BYTES("PROXX"), PROXY_BAD, NULL, 0, 0 },
	{ BYTES("proxy tcp4 "), PROXY_BAD, NULL, 0, 0 },
	{ BYTES(V2 "\x21\x11\0\x0c\xc0\0\2\1\xc6\x33\x64\2\xdc\4\0\x19rest"), PROXY_GOT,
	  "192.0.2.1", 56324, 28 },
	{ BYTES(V2 "\x21\x11\0\x11\xc0\0\2\1\xc6\x33\x64\2\xdc\4\0\x19\1\0\2ab"), PROXY_GOT,
	  "192.0.2.1", 56324, 33 },
	{ BYTES(V2 "\x21\x21\0\x24\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	           "\0\1\0\1\0\2"),
	  PROXY_GOT, "2001:db8::1", 1, 52 },
	{ BYTES(V2 "\x20\0\0\0"), PROXY_GOT, NULL, 0, 16 },
	{ BYTES(V2 "\x20\x11\0\x0c\xc0\0\2\1\xc6\x33\x64\2\xdc\4\0\x19"), PROXY_GOT, NULL, 0, 28 },
	{ BYTES(V2 "\x21\0\0\2xy"), PROXY_GOT, NULL, 0, 18 },
	{ BYTES(V2 "\x11\x11\0\x0c"), PROXY_BAD, NULL, 0, 0 },
	{ BYTES(V2 "\x22\x11\0\x0c"), PROXY_BAD, NULL, 0, 0 },
	{ BYTES(V2 "\x21\x11\xff\xff"), PROXY_BAD, NULL, 0, 0 },
	{ BYTES(V2 "\x21\x11\0\x0b\xc0\0\2\1\xc6\x33\x64\2\xdc\4\0"), PROXY_BAD, NULL, 0, 0 },
	{ BYTES(V2 "\x21\x12\0\x0c\xc0\0\2\1\xc6\x33\x64\2\xdc\4\0\x19"), PROXY_BAD, NULL, 0, 0 },
	{ BYTES(V2 "\x21\x31\0\0"), PROXY_BAD, NULL, 0, 0 },
	{ BYTES(V2 "\x21\x11\0\x11\xc0\0\2\1\xc6\x33\x64\2\xdc\4\0\x19\1\0\3ab"), PROXY_BAD, NULL,
	  0, 0 },
	{ BYTES(V2 "\x21\x11\0\x0d\xc0\0\2\1\xc6\x33\x64\2\xdc\4\0\x19\1"), PROXY_BAD, NULL, 0, 0 },
};

static void test_header_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct proxy_header h = { 0 };
		enum proxy_got got = proxy_header_parse(cases[i].input, &h);
		char text[NET_ADDRESS_TEXT];

		if (got != cases[i].want)
			fail_msg("case %zu gives %d", i, got);
		if (got != PROXY_GOT)
			continue;
		assert_int_equal(h.size, cases[i].size);
		assert_int_equal(h.is_local, cases[i].source == NULL);
		if (h.is_local)
			continue;
		net_address_format(h.source, text);
		assert_string_equal(text, cases[i].source);
		assert_int_equal(h.source_port, cases[i].port);
	}
}

/* Each beginning of a good header asks for more, never less and never wrongly. */
static void test_header_parse_is_incremental(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (cases[i].want != PROXY_GOT)
			continue;
		for (size_t n = 0; n <= cases[i].input.n; n++) {
			struct proxy_header h = { 0 };
			enum proxy_got got = proxy_header_parse(str_first(cases[i].input, n), &h);

			assert_int_equal(got, n < cases[i].size ? PROXY_MORE : PROXY_GOT);
			assert_int_equal(proxy_header_looks(str_first(cases[i].input, n)), n > 0);
		}
	}
	assert_false(proxy_header_looks(STR("EHLO")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header_parse),
		cmocka_unit_test(test_header_parse_is_incremental),
	};

	return cmocka_run_group_tests_name("net/proxy", tests, NULL, NULL);
}
