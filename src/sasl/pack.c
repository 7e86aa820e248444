#include "src/sasl/pack.h"

enum {
	U64_MAX_OCTETS = 10
};

enum err sasl_pack_add_u64(struct buf *out, uint64_t value)
{
	unsigned char octets[U64_MAX_OCTETS];
	size_t n = 0;

	while (value >= 0x80) {
		octets[n++] = (unsigned char)(value | 0x80);
		value >>= 7;
	}
	octets[n++] = (unsigned char)value;
	return buf_add(out, str_make(octets, n));
}

enum err sasl_pack_add_str(struct buf *out, struct str s)
{
	enum err err = sasl_pack_add_u64(out, s.n);

	return err ? err : buf_add(out, s);
}

bool sasl_pack_take_u64(struct str *rest, uint64_t *value_r)
{
	uint64_t value = 0;

	for (size_t i = 0; i < rest->n && i < U64_MAX_OCTETS; i++) {
		unsigned char c = rest->p[i];

		if (i == U64_MAX_OCTETS - 1 && c > 1)
			return false;
		value |= (uint64_t)(c & 0x7f) << (7 * i);
		if (c & 0x80)
			continue;
		*value_r = value;
		*rest = str_from(*rest, i + 1);
		return true;
	}
	return false;
}

bool sasl_pack_take_str(struct str *rest, struct str *s_r)
{
	uint64_t n;

	if (!sasl_pack_take_u64(rest, &n) || n > rest->n)
		return false;
	*s_r = str_first(*rest, (size_t)n);
	*rest = str_from(*rest, (size_t)n);
	return true;
}
