#include "src/net/proxy.h"

#include <string.h>

#include "src/net/address.h"

enum {
	V1_MAX =
		107, /* "PROXY UNKNOWN ffff:...:ffff ffff:...:ffff 65535 65535\r\n" (section 2.1) */
	V2_FIXED = 16,
};

static const unsigned char v2_signature[12] = { 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
	                                        0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a };

static const struct str v1_start = { (const unsigned char *)"PROXY ", 6 };

/* ---------------------------------------------------------------- version 1, section 2.1 */

/* No sign, no leading zero. */
static bool parse_port(struct str s, uint16_t *port_r)
{
	uint64_t port;

	if ((s.n > 1 && s.p[0] == '0') || !str_to_u64(s, 65535, &port))
		return false;
	*port_r = (uint16_t)port;
	return true;
}

static bool parse_address(struct str s, bool is_v4, uint8_t address_r[16])
{
	bool has_colon = str_find(s, ':') >= 0;

	return has_colon != is_v4 && net_address_parse(s, address_r);
}

/* What follows "PROXY ", without CRLF. */
static bool parse_v1_line(struct str line, struct proxy_header *h)
{
	struct str family, source, destination, source_port;
	bool is_v4;

	str_cut(&line, ' ', &family);
	if (str_eq(family, STR("UNKNOWN"))) {
		h->is_local = true;
		return true;
	}
	is_v4 = str_eq(family, STR("TCP4"));
	if (!is_v4 && !str_eq(family, STR("TCP6")))
		return false;
	if (!str_cut(&line, ' ', &source) || !str_cut(&line, ' ', &destination) ||
	    !str_cut(&line, ' ', &source_port))
		return false;
	return parse_address(source, is_v4, h->source) &&
	       parse_address(destination, is_v4, h->destination) &&
	       parse_port(source_port, &h->source_port) && parse_port(line, &h->destination_port);
}

static enum proxy_got parse_v1(struct str s, struct proxy_header *header_r)
{
	struct proxy_header h = { 0 };
	struct str window = str_first(s, V1_MAX);
	ptrdiff_t cr = str_find(window, '\r');
	ptrdiff_t lf = str_find(window, '\n');

	if (lf >= 0 && (cr < 0 || lf < cr))
		return PROXY_BAD;
	if (cr < 0)
		return window.n == V1_MAX ? PROXY_BAD : PROXY_MORE;
	if ((size_t)cr + 1 == window.n)
		return window.n == V1_MAX ? PROXY_BAD : PROXY_MORE;
	if (window.p[cr + 1] != '\n')
		return PROXY_BAD;
	h.size = (size_t)cr + 2;
	if (!parse_v1_line(str_from(str_first(s, (size_t)cr), v1_start.n), &h))
		return PROXY_BAD;
	*header_r = h;
	return PROXY_GOT;
}

/* ---------------------------------------------------------------- version 2, section 2.2 */

static uint16_t be16(const unsigned char *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void take_v4(const unsigned char *p, struct proxy_header *h)
{
	h->source[10] = h->source[11] = h->destination[10] = h->destination[11] = 0xff;
	memcpy(h->source + 12, p, 4);
	memcpy(h->destination + 12, p + 4, 4);
	h->source_port = be16(p + 8);
	h->destination_port = be16(p + 10);
}

static void take_v6(const unsigned char *p, struct proxy_header *h)
{
	memcpy(h->source, p, 16);
	memcpy(h->destination, p + 16, 16);
	h->source_port = be16(p + 32);
	h->destination_port = be16(p + 34);
}

/* Type, length, value, until the end: what they say is not used, but they must be well-formed. */
static bool are_tlvs(const unsigned char *p, size_t n)
{
	size_t length;

	while (n >= 3) {
		length = be16(p + 1);
		if (length > n - 3)
			return false;
		p += 3 + length;
		n -= 3 + length;
	}
	return n == 0;
}

static bool parse_v2_addresses(const unsigned char *p, size_t length, unsigned char family,
                               struct proxy_header *h)
{
	size_t used = 0;

	switch (family) {
	case 0x11: /* TCP over IPv4 */
		used = 12;
		if (length >= used)
			take_v4(p, h);
		break;
	case 0x21: /* TCP over IPv6 */
		used = 36;
		if (length >= used)
			take_v6(p, h);
		break;
	case 0x00: /* unspecified: as if there were no proxy; the rest is not to be looked at */
		h->is_local = true;
		return true;
	default:
		return false;
	}
	return length >= used && are_tlvs(p + used, length - used);
}

static enum proxy_got parse_v2(struct str s, struct proxy_header *header_r)
{
	struct proxy_header h = { 0 };
	size_t length;

	/* Version and command; only 2 and LOCAL or PROXY exist. */
	if (s.n > 12 && s.p[12] != 0x20 && s.p[12] != 0x21)
		return PROXY_BAD;
	if (s.n < V2_FIXED)
		return PROXY_MORE;
	length = be16(s.p + 14);
	if (length > PROXY_HEADER_MAX - V2_FIXED)
		return PROXY_BAD;
	if (s.n < V2_FIXED + length)
		return PROXY_MORE;
	h.size = V2_FIXED + length;
	/* LOCAL: a health check of the proxy itself; whatever addresses say is to be ignored. */
	if (s.p[12] == 0x20)
		h.is_local = true;
	else if (!parse_v2_addresses(s.p + V2_FIXED, length, s.p[13], &h))
		return PROXY_BAD;
	*header_r = h;
	return PROXY_GOT;
}

/* ---------------------------------------------------------------- either */

static bool agrees(struct str s, struct str start)
{
	size_t n = s.n < start.n ? s.n : start.n;

	return n == 0 || memcmp(s.p, start.p, n) == 0;
}

bool proxy_header_looks(struct str s)
{
	return s.n > 0 &&
	       (agrees(s, v1_start) || agrees(s, str_make(v2_signature, sizeof v2_signature)));
}

enum proxy_got proxy_header_parse(struct str s, struct proxy_header *header_r)
{
	if (s.n == 0)
		return PROXY_MORE;
	if (agrees(s, v1_start))
		return s.n < v1_start.n ? PROXY_MORE : parse_v1(s, header_r);
	if (agrees(s, str_make(v2_signature, sizeof v2_signature)))
		return s.n < sizeof v2_signature ? PROXY_MORE : parse_v2(s, header_r);
	return PROXY_BAD;
}
