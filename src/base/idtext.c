#include "src/base/idtext.h"

#include <string.h>

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

void idtext_format(uint64_t id, char text_r[IDTEXT_SIZE])
{
	for (int i = IDTEXT_SIZE - 2; i >= 0; i--) {
		text_r[i] = alphabet[id & 31];
		id >>= 5;
	}
	text_r[IDTEXT_SIZE - 1] = 0;
}

static int digit_value(unsigned char c)
{
	const char *at;

	if (c >= 'A' && c <= 'Z')
		c |= 0x20;
	if (c == 'o')
		c = '0';
	else if (c == 'i' || c == 'l')
		c = '1';
	at = c ? strchr(alphabet, c) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

bool idtext_parse(struct str s, uint64_t *id_r)
{
	uint64_t id = 0;

	if (s.n != IDTEXT_SIZE - 1)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		int digit = digit_value(s.p[i]);

		/* The first digit holds the four bits above 60. */
		if (digit < 0 || (i == 0 && digit > 15))
			return false;
		id = id << 5 | (uint64_t)digit;
	}
	*id_r = id;
	return true;
}
