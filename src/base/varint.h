/*
 * Numbers of seven bits an octet, the lowest first; all octets but the last have the highest bit.
 */
#ifndef TAYORI_BASE_VARINT_H
#define TAYORI_BASE_VARINT_H

#include "src/base/str.h"

/* The most octets that a number takes. */
enum {
	VARINT_MAX = 10
};

/* Write `value` at `p`, which has room for VARINT_MAX octets. Returns the place behind it. */
static inline unsigned char *varint_put(unsigned char *p, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		*p++ = (unsigned char)(value | 0x80);
	*p++ = (unsigned char)value;
	return p;
}

/* Take the number that `*rest` begins with. False, and `*rest` as it was, when there is none of 64
 * bits in its shortest form. */
static inline bool varint_take(struct str *rest, uint64_t *value_r)
{
	uint64_t value = 0;

	for (size_t i = 0; i < rest->n && i < VARINT_MAX; i++) {
		uint64_t c = rest->p[i];

		if (i == VARINT_MAX - 1 && c > 1)
			return false;
		value |= (c & 0x7f) << (7 * i);
		if (c & 0x80)
			continue;
		if (c == 0 && i > 0)
			return false;
		*rest = str_make(rest->p + i + 1, rest->n - i - 1);
		*value_r = value;
		return true;
	}
	return false;
}

#endif
