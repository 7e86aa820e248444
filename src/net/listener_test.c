#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/unit.h"
#include "src/net/address.h"
#include "src/net/listener.h"

static int connect_to(const char *address, uint16_t port)
{
	struct sockaddr_storage sa;
	uint8_t octets[16];
	socklen_t n;
	int fd;

	assert_true(net_address_parse(str_c(address), octets));
	n = net_address_to_sockaddr(octets, port, &sa);
	fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, n) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void check_accept(const char *listen_on, const char *come_from)
{
	struct session_peer peer;
	struct errinfo info;
	uint16_t port = 0;
	int listener, fd = -1, client, on = 0;
	socklen_t on_n = sizeof on;

	if (listener_open(listen_on, 0, &listener, &port, &info))
		fail_msg("%s", info.text);
	assert_true(port > 0);
	assert_int_equal(listener_accept(listener, &fd, &peer), ERR_NOTFOUND);
	client = connect_to(come_from, port);
	assert_true(client >= 0);
	assert_int_equal(listener_accept(listener, &fd, &peer), ERR_OK);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &on_n), 0);
	assert_true(on);
	assert_string_equal(peer.text, come_from);
	assert_int_equal(peer.port, listener_port(client));
	assert_int_equal(peer.local_port, port);
	assert_true(net_address_is_loopback(peer.local_address));
	close(fd);
	close(client);
	close(listener);
}

static bool has_v6(void)
{
	struct errinfo info;
	uint16_t port;
	int fd;

	if (listener_open("::1", 0, &fd, &port, &info))
		return false;
	close(fd);
	return true;
}

static void test_listener_accepts_from_either_family(void **state)
{
	(void)state;
	check_accept("127.0.0.1", "127.0.0.1");
	check_accept("*", "127.0.0.1");
	if (!has_v6()) {
		print_message("no IPv6 here: not tested\n");
		return;
	}
	check_accept("*", "::1");
	check_accept("::1", "::1");
}

static void test_listener_says_what_is_wrong(void **state)
{
	struct errinfo info;
	uint16_t port, again;
	int fd, other;

	(void)state;
	assert_int_equal(listener_open("localhost", 0, &fd, &port, &info), ERR_INVALID);
	assert_non_null(strstr(info.text, "\"localhost\" is no address"));
	assert_int_equal(listener_open("192.0.2.77", 0, &fd, &port, &info), ERR_INVALID);
	assert_non_null(strstr(info.text, "192.0.2.77 is no address of this machine"));
	assert_int_equal(listener_open("127.0.0.1", 0, &fd, &port, &info), ERR_OK);
	assert_int_equal(listener_open("127.0.0.1", port, &other, &again, &info), ERR_EXISTS);
	assert_non_null(strstr(info.text, "stop the program that has it"));
	close(fd);
	assert_int_equal(listener_port(fd), 0);
}

static void test_address_round_trip_and_kinds(void **state)
{
	static const struct {
		const char *text;
		bool is_private, is_loopback;
	} cases[] = {
		{ "127.0.0.1", true, true },     { "::1", true, true },
		{ "10.1.2.3", true, false },     { "172.16.0.1", true, false },
		{ "172.32.0.1", false, false },  { "192.168.3.4", true, false },
		{ "169.254.1.1", true, false },  { "100.64.0.1", true, false },
		{ "100.128.0.1", false, false }, { "fe80::1", true, false },
		{ "fd00::1", true, false },      { "2001:db8::1", false, false },
		{ "192.0.2.1", false, false },   { "::", true, false },
		{ "0.0.0.0", true, false },
	};
	struct sockaddr_storage sa;
	uint8_t octets[16], back[16];
	char text[NET_ADDRESS_TEXT];
	uint16_t port;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_true(net_address_parse(str_c(cases[i].text), octets));
		net_address_format(octets, text);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(net_address_is_private(octets), cases[i].is_private);
		assert_int_equal(net_address_is_loopback(octets), cases[i].is_loopback);
		net_address_to_sockaddr(octets, 2525, &sa);
		net_address_from_sockaddr(&sa, back, &port);
		assert_memory_equal(octets, back, 16);
		assert_int_equal(port, 2525);
	}
	assert_false(net_address_parse(STR(""), octets));
	assert_false(net_address_parse(STR("1.2.3.4.5"), octets));
	assert_false(net_address_parse(str_make("::1\0", 4), octets));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listener_accepts_from_either_family),
		cmocka_unit_test(test_listener_says_what_is_wrong),
		cmocka_unit_test(test_address_round_trip_and_kinds),
	};

	return cmocka_run_group_tests_name("net/listener", tests, NULL, NULL);
}
