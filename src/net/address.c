#include "src/net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static const uint8_t v4_prefix[12] = { [10] = 0xff, [11] = 0xff };

bool net_address_parse(struct str s, uint8_t address_r[16])
{
	char text[INET6_ADDRSTRLEN];
	uint8_t octets[16];

	if (s.n == 0 || s.n >= sizeof text || memchr(s.p, 0, s.n))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = 0;
	if (inet_pton(AF_INET, text, octets + 12) == 1)
		memcpy(octets, v4_prefix, sizeof v4_prefix);
	else if (inet_pton(AF_INET6, text, octets) != 1)
		return false;
	memcpy(address_r, octets, sizeof octets);
	return true;
}

bool net_address_is_v4(const uint8_t address[16])
{
	return memcmp(address, v4_prefix, sizeof v4_prefix) == 0;
}

void net_address_format(const uint8_t address[16], char text_r[NET_ADDRESS_TEXT])
{
	bool is_v4 = net_address_is_v4(address);

	inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? address + 12 : address, text_r,
	          NET_ADDRESS_TEXT);
}

bool net_address_is_loopback(const uint8_t address[16])
{
	static const uint8_t v6[16] = { [15] = 1 };

	if (net_address_is_v4(address))
		return address[12] == 127;
	return memcmp(address, v6, sizeof v6) == 0;
}

bool net_address_is_private(const uint8_t address[16])
{
	static const uint8_t none[16];
	const uint8_t *a = address + 12;

	if (net_address_is_loopback(address) || memcmp(address, none, sizeof none) == 0)
		return true;
	if (!net_address_is_v4(address))
		return (address[0] & 0xfe) == 0xfc ||
		       (address[0] == 0xfe && (address[1] & 0xc0) == 0x80);
	return a[0] == 10 || a[0] == 0 || (a[0] == 172 && (a[1] & 0xf0) == 16) ||
	       (a[0] == 192 && a[1] == 168) || (a[0] == 169 && a[1] == 254) ||
	       (a[0] == 100 && (a[1] & 0xc0) == 64);
}

void net_address_from_sockaddr(const struct sockaddr_storage *sa, uint8_t address_r[16],
                               uint16_t *port_r)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	memset(address_r, 0, 16);
	*port_r = 0;
	if (sa->ss_family == AF_INET) {
		memcpy(&v4, sa, sizeof v4);
		memcpy(address_r, v4_prefix, sizeof v4_prefix);
		memcpy(address_r + 12, &v4.sin_addr, 4);
		*port_r = ntohs(v4.sin_port);
	} else if (sa->ss_family == AF_INET6) {
		memcpy(&v6, sa, sizeof v6);
		memcpy(address_r, &v6.sin6_addr, 16);
		*port_r = ntohs(v6.sin6_port);
	}
}

socklen_t net_address_to_sockaddr(const uint8_t address[16], uint16_t port,
                                  struct sockaddr_storage *sa_r)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	memset(sa_r, 0, sizeof *sa_r);
	if (net_address_is_v4(address)) {
		memcpy(&v4.sin_addr, address + 12, 4);
		memcpy(sa_r, &v4, sizeof v4);
		return sizeof v4;
	}
	memcpy(&v6.sin6_addr, address, 16);
	memcpy(sa_r, &v6, sizeof v6);
	return sizeof v6;
}
