/*
 * Small things that the parsers of this room share: classes of octets, output that cannot fail.
 */
#ifndef TAYORI_MAIL_TEXT_PRIV_H
#define TAYORI_MAIL_TEXT_PRIV_H

#include <string.h>

#include "src/base/buf.h"
#include "src/base/must.h"
#include "src/base/str.h"

static inline bool is_wsp(unsigned char c)
{
	return c == ' ' || c == '\t';
}

/* What RFC 5322 calls FWS, taken apart: any of its octets. */
static inline bool is_space(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_alpha(unsigned char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static inline bool is_alnum(unsigned char c)
{
	return is_digit(c) || is_alpha(c);
}

/* atext of RFC 5322 section 3.2.3, ASCII only. */
static inline bool is_atext(unsigned char c)
{
	switch (c) {
	case '!':
	case '#':
	case '$':
	case '%':
	case '&':
	case '\'':
	case '*':
	case '+':
	case '-':
	case '/':
	case '=':
	case '?':
	case '^':
	case '_':
	case '`':
	case '{':
	case '|':
	case '}':
	case '~':
		return true;
	default:
		return is_alnum(c);
	}
}

static inline int hex_digit(unsigned char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* True when all octets are below 0x80, eight at a time: on the way of every message. */
static inline bool is_ascii(struct str s)
{
	uint64_t high = 0, w;
	size_t i = 0;

	for (; i + sizeof w <= s.n; i += sizeof w) {
		memcpy(&w, s.p + i, sizeof w);
		high |= w;
	}
	for (; i < s.n; i++)
		high |= s.p[i];
	return !(high & UINT64_C(0x8080808080808080));
}

/* Append to a buffer whose cap is known to suffice. */
static inline void put(struct buf *b, struct str s)
{
	must(buf_add(b, s) == ERR_OK);
}

static inline void put_byte(struct buf *b, unsigned char c)
{
	must(buf_add_byte(b, c) == ERR_OK);
}

static inline void put_u64(struct buf *b, uint64_t value)
{
	must(buf_add_u64(b, value) == ERR_OK);
}

/* Append one code point as UTF-8; what is no scalar value becomes U+FFFD. */
static inline void put_utf8(struct buf *b, uint32_t c)
{
	unsigned char *p = buf_reserve(b, 4);

	must(p);
	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		c = 0xfffd;
	if (c < 0x80) {
		p[0] = (unsigned char)c;
		b->n += 1;
	} else if (c < 0x800) {
		p[0] = (unsigned char)(0xc0 | c >> 6);
		p[1] = (unsigned char)(0x80 | (c & 63));
		b->n += 2;
	} else if (c < 0x10000) {
		p[0] = (unsigned char)(0xe0 | c >> 12);
		p[1] = (unsigned char)(0x80 | (c >> 6 & 63));
		p[2] = (unsigned char)(0x80 | (c & 63));
		b->n += 3;
	} else {
		p[0] = (unsigned char)(0xf0 | c >> 18);
		p[1] = (unsigned char)(0x80 | (c >> 12 & 63));
		p[2] = (unsigned char)(0x80 | (c >> 6 & 63));
		p[3] = (unsigned char)(0x80 | (c & 63));
		b->n += 4;
	}
}

/* Length of the well-formed UTF-8 character at `p`, or 0 (RFC 3629 section 4); `*c_r` gets it. */
static inline size_t next_utf8(const unsigned char *p, size_t n, uint32_t *c_r)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len;
	uint32_t c;

	if (n == 0)
		return 0;
	if (p[0] < 0x80) {
		*c_r = p[0];
		return 1;
	}
	len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4 || n < len)
		return 0;
	c = p[0] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fU);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*c_r = c;
	return len;
}

/* What a digit of base64 stands for, 0 to 63; others have TEXT_BASE64_SKIP or more (transfer.c). */
enum {
	TEXT_BASE64_SKIP = 64
};
extern const unsigned char text_base64_value[256];

#endif
