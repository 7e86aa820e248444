#include "src/mail/decoder.h"

#include <string.h>

#include "src/mail/text_priv.h"

/* Quoted-printable: what has been held back so far. */
enum {
	HELD_NOTHING,
	HELD_BLANKS,
	HELD_BLANKS_CR,
	HELD_EQUAL,       /* "=" */
	HELD_EQUAL_DIGIT, /* "=", a hexadecimal digit */
	HELD_EQUAL_BLANKS,
	HELD_EQUAL_CR /* "=", blanks or none, CR */
};

/* ---------------------------------------------------------------- base64 */

/* What the digits so far stand for; a single one stands for nothing. */
static size_t end_unit(struct mail_decoder *d, unsigned char *out)
{
	size_t n = d->digits ? d->digits - 1 : 0;
	uint32_t v = d->value << 6 * (4 - d->digits);

	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)(v >> (16 - 8 * i));
	d->value = d->digits = 0;
	return n;
}

static bool take_unit(const unsigned char *p, unsigned char *out)
{
	uint32_t v0 = text_base64_value[p[0]], v1 = text_base64_value[p[1]];
	uint32_t v2 = text_base64_value[p[2]], v3 = text_base64_value[p[3]];
	uint32_t v = v0 << 18 | v1 << 12 | v2 << 6 | v3;

	if ((v0 | v1 | v2 | v3) >= TEXT_BASE64_SKIP)
		return false;
	out[0] = (unsigned char)(v >> 16);
	out[1] = (unsigned char)(v >> 8);
	out[2] = (unsigned char)v;
	return true;
}

static size_t feed_base64(struct mail_decoder *d, struct str in, bool is_end, unsigned char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		unsigned digit;

		/* Whole units without anything between them, which nearly all of base64 is. */
		while (d->digits == 0 && in.n - i >= 4 && take_unit(in.p + i, out + n)) {
			i += 4;
			n += 3;
		}
		if (i == in.n)
			break;
		digit = text_base64_value[in.p[i]];
		if (digit < TEXT_BASE64_SKIP) {
			d->value = d->value << 6 | digit;
			d->digits++;
		}
		/* Padding ends a unit; careless joiners put more of them behind it. */
		if (d->digits == 4 || (in.p[i] == '=' && d->digits))
			n += end_unit(d, out + n);
	}
	if (is_end && d->digits)
		n += end_unit(d, out + n);
	return n;
}

/* ---------------------------------------------------------------- quoted-printable */

static void hold(struct mail_decoder *d, unsigned char c, unsigned state)
{
	d->held[d->n_held++] = c;
	d->state = state;
}

static void drop(struct mail_decoder *d)
{
	d->n_held = 0;
	d->state = HELD_NOTHING;
}

/* What was held back stands for itself. */
static size_t release(struct mail_decoder *d, unsigned char *out)
{
	size_t n = d->n_held;

	memcpy(out, d->held, n);
	drop(d);
	return n;
}

/* "=" stands for itself; the blanks behind it may still go. */
static size_t release_equal(struct mail_decoder *d, unsigned char *out)
{
	out[0] = '=';
	d->n_held--;
	memmove(d->held, d->held + 1, d->n_held);
	d->state = HELD_BLANKS;
	return 1;
}

static size_t take_plain(struct mail_decoder *d, unsigned char c, unsigned char *out)
{
	if (c == '=' || is_wsp(c)) {
		hold(d, c, c == '=' ? HELD_EQUAL : HELD_BLANKS);
		return 0;
	}
	out[0] = c;
	return 1;
}

static size_t take_quoted(struct mail_decoder *d, unsigned char c, unsigned char *out);

/* `c` shows that what is held back stands for itself. */
static size_t release_and_take(struct mail_decoder *d, unsigned char c, unsigned char *out)
{
	size_t n = release(d, out);

	return n + take_plain(d, c, out + n);
}

static size_t take_behind_equal(struct mail_decoder *d, unsigned char c, unsigned char *out)
{
	size_t n;

	if (c == '\n') {
		drop(d); /* a soft line break */
		return 0;
	}
	if (is_wsp(c) || c == '\r' || (d->state == HELD_EQUAL && hex_digit(c) >= 0)) {
		hold(d, c,
		     c == '\r'   ? HELD_EQUAL_CR
		     : is_wsp(c) ? HELD_EQUAL_BLANKS
		                 : HELD_EQUAL_DIGIT);
		return 0;
	}
	if (d->state == HELD_EQUAL)
		return release_and_take(d, c, out);
	n = release_equal(d, out);
	return n + take_quoted(d, c, out + n);
}

/* The next octet; at most MAIL_DECODER_HOLD + 1 come out. */
static size_t take_quoted(struct mail_decoder *d, unsigned char c, unsigned char *out)
{
	size_t n;

	switch (d->state) {
	case HELD_BLANKS:
		if (is_wsp(c) || c == '\r') {
			hold(d, c, c == '\r' ? HELD_BLANKS_CR : HELD_BLANKS);
			return 0;
		}
		if (c != '\n')
			return release_and_take(d, c, out);
		drop(d);
		out[0] = c;
		return 1;
	case HELD_BLANKS_CR:
		if (c != '\n')
			return release_and_take(d, c, out);
		drop(d);
		out[0] = '\r';
		out[1] = '\n';
		return 2;
	case HELD_EQUAL:
	case HELD_EQUAL_BLANKS:
		return take_behind_equal(d, c, out);
	case HELD_EQUAL_DIGIT:
		if (hex_digit(c) < 0)
			return release_and_take(d, c, out);
		out[0] = (unsigned char)(hex_digit(d->held[1]) * 16 + hex_digit(c));
		drop(d);
		return 1;
	case HELD_EQUAL_CR:
		if (c == '\n') {
			drop(d);
			return 0;
		}
		return release_and_take(d, c, out);
	default:
		n = take_plain(d, c, out);
		return n;
	}
}

/* The input ends: blanks go, "=" and what follows it was a soft line break. */
static size_t end_quoted(struct mail_decoder *d, unsigned char *out)
{
	if (d->state == HELD_EQUAL_DIGIT || d->state == HELD_EQUAL_CR || d->state == HELD_BLANKS_CR)
		return release(d, out);
	drop(d);
	return 0;
}

static size_t feed_quoted(struct mail_decoder *d, struct str in, bool is_end, unsigned char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		/* More than a line of blanks. */
		if (d->n_held == MAIL_DECODER_HOLD - 1)
			n += release(d, out + n);
		n += take_quoted(d, in.p[i], out + n);
	}
	return is_end ? n + end_quoted(d, out + n) : n;
}

size_t mail_decoder_feed(struct mail_decoder *d, struct str in, bool is_end, unsigned char *out)
{
	if (d->encoding == 'b')
		return feed_base64(d, in, is_end, out);
	if (d->encoding == 'q')
		return feed_quoted(d, in, is_end, out);
	if (in.n > 0)
		memcpy(out, in.p, in.n);
	return in.n;
}
