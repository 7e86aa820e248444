/*
 * Content-Transfer-Encoding decoded as the octets come, in memory that does not grow: for parts of
 * any size. Gives the same octets as mail_transfer_decode, however the input is split; only blanks
 * that fill more than a line (RFC 2045 section 6.7 allows 76) are kept where they should go.
 */
#ifndef TAYORI_MAIL_DECODER_H
#define TAYORI_MAIL_DECODER_H

#include "src/base/str.h"

enum {
	MAIL_DECODER_HOLD = 80,
	MAIL_DECODER_SPARE = MAIL_DECODER_HOLD + 4 /* room beside that for the input's size */
};

/* A value: it may be copied and kept to go on from there. */
struct mail_decoder {
	char encoding;   /* as in struct mail_part_range */
	unsigned digits; /* base64: in `value` */
	uint32_t value;
	unsigned state; /* quoted-printable: what the octets held back may become */
	unsigned n_held;
	unsigned char held[MAIL_DECODER_HOLD];
};

static inline struct mail_decoder mail_decoder_for(char encoding)
{
	return (struct mail_decoder){ .encoding = encoding };
}

/*
 * Decode `in` to `out`, which has room for in.n + MAIL_DECODER_SPARE octets; how many there are.
 * `is_end`: nothing follows, what was held back comes out.
 */
size_t mail_decoder_feed(struct mail_decoder *d, struct str in, bool is_end, unsigned char *out);

#endif
