#include <arpa/inet.h>
#include <string.h>

#include "src/base/unit.h"
#include "src/config/config.h"

static bool contains(const char *net, const char *address)
{
	struct config_net n;
	uint8_t octets[16] = { [10] = 0xff, [11] = 0xff };

	assert_true(config_net_parse(str_c(net), &n));
	if (inet_pton(AF_INET, address, octets + 12) != 1)
		assert_int_equal(inet_pton(AF_INET6, address, octets), 1);
	return config_net_contains(&n, 1, octets);
}

static void test_net_contains(void **state)
{
	(void)state;
	assert_true(contains("127.0.0.1", "127.0.0.1"));
	assert_false(contains("127.0.0.1", "127.0.0.2"));
	assert_true(contains("10.0.0.0/8", "10.255.1.2"));
	assert_false(contains("10.0.0.0/8", "11.0.0.0"));
	assert_true(contains("192.0.2.128/25", "192.0.2.200"));
	assert_false(contains("192.0.2.128/25", "192.0.2.1"));
	assert_true(contains("0.0.0.0/0", "8.8.8.8"));
	assert_false(contains("0.0.0.0/0", "2001:db8::1"));
	assert_true(contains("::/0", "8.8.8.8"));
	assert_true(contains("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(contains("2001:db8::/33", "2001:db8:8000::1"));
}

static void test_net_parse_refuses(void **state)
{
	static const char *const bad[] = {
		"",
		"/",
		"/8",
		"1.2.3",
		"1.2.3.4/",
		"1.2.3.4/33",
		"1.2.3.4/-1",
		"1.2.3.4/8/8",
		"::/129",
		"localhost",
		"1.2.3.4 ",
		":::",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:0000",
	};
	struct config_net n;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(config_net_parse(str_c(bad[i]), &n));
	assert_false(config_net_parse(str_make("1.2.3.4\0", 8), &n));
}

static void test_net_formats(void **state)
{
	static const char *const nets[] = { "192.0.2.0/24", "127.0.0.1/32", "2001:db8::/32",
		                            "::1/128", "::/0" };
	struct config_net n;
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof nets / sizeof nets[0]; i++) {
		assert_true(config_net_parse(str_c(nets[i]), &n));
		config_net_format(&n, text);
		assert_string_equal(text, nets[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_net_contains),
		cmocka_unit_test(test_net_parse_refuses),
		cmocka_unit_test(test_net_formats),
	};

	return cmocka_run_group_tests_name("config/net", tests, NULL, NULL);
}
