#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "src/config/config.h"

static const uint8_t v4_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

bool config_net_parse(struct str s, struct config_net *net_r)
{
	struct config_net net = { .bits = 128 };
	struct str host;
	uint64_t bits = 128;
	char text[INET6_ADDRSTRLEN];
	bool has_bits = str_cut(&s, '/', &host);
	bool is_v4;

	if (host.n == 0 || host.n >= sizeof text || memchr(host.p, 0, host.n))
		return false;
	memcpy(text, host.p, host.n);
	text[host.n] = 0;
	is_v4 = inet_pton(AF_INET, text, net.address + 12) == 1;
	if (is_v4)
		memcpy(net.address, v4_prefix, sizeof v4_prefix);
	else if (inet_pton(AF_INET6, text, net.address) != 1)
		return false;
	if (has_bits && !str_to_u64(s, is_v4 ? 32 : 128, &bits))
		return false;
	net.bits = (uint8_t)(has_bits && is_v4 ? bits + 96 : bits);
	*net_r = net;
	return true;
}

void config_net_format(const struct config_net *net, char text[64])
{
	bool is_v4 = net->bits >= 96 && memcmp(net->address, v4_prefix, sizeof v4_prefix) == 0;
	unsigned int bits = is_v4 ? net->bits - 96U : net->bits;
	char host[INET6_ADDRSTRLEN];

	inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? net->address + 12 : net->address, host,
	          sizeof host);
	snprintf(text, 64, "%s/%u", host, bits);
}

static bool net_contains(const struct config_net *net, const uint8_t address[16])
{
	size_t whole = net->bits / 8;
	unsigned int rest = net->bits % 8;
	uint8_t mask = (uint8_t)(0xff00U >> rest);

	if (memcmp(net->address, address, whole) != 0)
		return false;
	return rest == 0 || ((net->address[whole] ^ address[whole]) & mask) == 0;
}

bool config_net_contains(const struct config_net *nets, size_t n, const uint8_t address[16])
{
	for (size_t i = 0; i < n; i++)
		if (net_contains(&nets[i], address))
			return true;
	return false;
}
