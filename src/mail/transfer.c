#include "src/mail/transfer.h"

#include <string.h>

#include "src/base/arena.h"
#include "src/mail/text_priv.h"

enum {
	B64_SKIP = TEXT_BASE64_SKIP,
	B64_PAD = 65,
	LINE_MAX_OUT = 76
};

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* 0..63, B64_PAD for "=", B64_SKIP for all others: RFC 2045 section 6.8 wants them ignored. */
const unsigned char text_base64_value[256] = {
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 62,
	64, 64, 64, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, 64, 65, 64, 64, 64, 0,
	1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
	23, 24, 25, 64, 64, 64, 64, 64, 64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38,
	39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 64, 64, 64, 64, 64, 64, 64, 64, 64,
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
};

static size_t flush_base64(unsigned char *out, uint32_t v, unsigned digits)
{
	if (digits < 2)
		return 0;
	v <<= 6 * (4 - digits);
	for (unsigned i = 0; i < digits - 1; i++)
		out[i] = (unsigned char)(v >> (16 - 8 * i));
	return digits - 1;
}

/* Whole units of four without anything between them, which nearly all of base64 is; their number.
 */
static size_t decode_units(const unsigned char *p, size_t units, unsigned char *out)
{
	size_t i = 0;

	for (; i < units; i++, p += 4, out += 3) {
		uint32_t a = text_base64_value[p[0]], b = text_base64_value[p[1]];
		uint32_t c = text_base64_value[p[2]], d = text_base64_value[p[3]];
		uint32_t v = a << 18 | b << 12 | c << 6 | d;

		if ((a | b | c | d) >= B64_SKIP)
			break;
		out[0] = (unsigned char)(v >> 16);
		out[1] = (unsigned char)(v >> 8);
		out[2] = (unsigned char)v;
	}
	return i;
}

static struct str decode_base64(struct arena *a, struct str s, size_t max)
{
	size_t room = s.n / 4 * 3 + 3, n = 0, i = 0;
	unsigned char *out;
	unsigned digits = 0;
	uint32_t v = 0;

	if (room > max)
		room = max;
	out = arena_alloc(a, room + 3);
	while (i < s.n && n < room) {
		unsigned value;

		if (digits == 0) {
			size_t left = (s.n - i) / 4, fit = (room - n) / 3;
			size_t units = decode_units(s.p + i, left < fit ? left : fit, out + n);

			i += units * 4;
			n += units * 3;
			if (i == s.n || n == room)
				break;
		}
		value = text_base64_value[s.p[i++]];
		if (value < B64_SKIP) {
			v = v << 6 | value;
			digits++;
		}
		/* Padding ends a unit; careless joiners put more of them behind it. */
		if (digits == 4 || (value == B64_PAD && digits)) {
			n += flush_base64(out + n, v, digits);
			v = digits = 0;
		}
	}
	if (n < room)
		n += flush_base64(out + n, v, digits);
	return str_make(out, n < room ? n : room);
}

/* At a "=" at `i`: the octets it takes, and what it stands for (-1: nothing, a soft line break). */
static size_t read_escape(struct str s, size_t i, int *octet_r)
{
	size_t k = i + 1;

	if (i + 2 < s.n && hex_digit(s.p[i + 1]) >= 0 && hex_digit(s.p[i + 2]) >= 0) {
		*octet_r = hex_digit(s.p[i + 1]) << 4 | hex_digit(s.p[i + 2]);
		return 3;
	}
	while (k < s.n && is_wsp(s.p[k]))
		k++;
	if (k + 1 < s.n && s.p[k] == '\r' && s.p[k + 1] == '\n')
		k++;
	if (k == s.n || s.p[k] == '\n') {
		*octet_r = -1;
		return k + (k < s.n) - i;
	}
	*octet_r = '=';
	return 1;
}

/* True at a line end; blanks before one were added on the way (RFC 2045 section 6.7, rule 3). */
static bool is_at_line_end(struct str s, size_t i)
{
	return i == s.n || s.p[i] == '\n' || (s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n');
}

static struct str decode_quoted(struct arena *a, struct str s, size_t max)
{
	size_t room = s.n < max ? s.n : max, n = 0, i = 0;
	unsigned char *out;

	if (str_find(s, '=') < 0 && str_search(s, STR(" \n")) < 0 &&
	    str_search(s, STR(" \r")) < 0 && str_find(s, '\t') < 0 && !str_ends(s, STR(" ")))
		return str_first(s, max);
	out = arena_alloc(a, room);
	while (i < s.n && n < room) {
		size_t k = i;
		int octet;

		if (s.p[i] == '=') {
			i += read_escape(s, i, &octet);
			if (octet >= 0)
				out[n++] = (unsigned char)octet;
			continue;
		}
		while (k < s.n && is_wsp(s.p[k]))
			k++;
		if (k == i)
			out[n++] = s.p[i++];
		else if (is_at_line_end(s, k))
			i = k;
		else
			while (i < k && n < room)
				out[n++] = s.p[i++];
	}
	return str_make(out, n);
}

struct str mail_transfer_decode(struct arena *a, char encoding, struct str bytes, size_t max)
{
	if (encoding == 'b')
		return decode_base64(a, bytes, max);
	if (encoding == 'q')
		return decode_quoted(a, bytes, max);
	return str_first(bytes, max);
}

char mail_transfer_encoding(struct str token)
{
	if (str_ieq(token, STR("quoted-printable")))
		return 'q';
	if (str_ieq(token, STR("base64")))
		return 'b';
	if (token.n == 0 || str_ieq(token, STR("7bit")) || str_ieq(token, STR("8bit")) ||
	    str_ieq(token, STR("binary")))
		return '7';
	return 'u';
}

struct str mail_transfer_base64(struct arena *a, struct str bytes)
{
	size_t chars = (bytes.n + 2) / 3 * 4, n = 0, line = 0;
	unsigned char *out = arena_alloc(a, chars + (chars / LINE_MAX_OUT + 1) * 2);

	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t left = bytes.n - i;
		uint32_t v = (uint32_t)bytes.p[i] << 16;

		v |= left > 1 ? (uint32_t)bytes.p[i + 1] << 8 : 0;
		v |= left > 2 ? bytes.p[i + 2] : 0;
		out[n++] = (unsigned char)alphabet[v >> 18];
		out[n++] = (unsigned char)alphabet[v >> 12 & 63];
		out[n++] = left > 1 ? (unsigned char)alphabet[v >> 6 & 63] : '=';
		out[n++] = left > 2 ? (unsigned char)alphabet[v & 63] : '=';
		line += 4;
		if (line == LINE_MAX_OUT || left <= 3) {
			out[n++] = '\r';
			out[n++] = '\n';
			line = 0;
		}
	}
	return str_make(out, n);
}

struct str mail_transfer_quoted(struct arena *a, struct str text)
{
	static const char hex[] = "0123456789ABCDEF";
	/* Each octet takes three at most, and each line of 73 or more a soft break. */
	struct buf b = buf_in(a, text.n * 4 + 64);
	size_t line = 0;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = text.p[i];
		bool is_end = is_at_line_end(text, i);
		bool is_plain = (c > ' ' && c < 0x7f && c != '=') ||
		                (is_wsp(c) && !is_at_line_end(text, i + 1));
		size_t need = is_plain ? 1 : 3;

		/* A dot or "From " at a line start is what relays stumble over. */
		if (line == 0 &&
		    (c == '.' || (c == 'F' && str_starts(str_from(text, i), STR("From "))))) {
			is_plain = false;
			need = 3;
		}
		if (is_end) {
			put(&b, STR("\r\n"));
			i += c == '\r';
			line = 0;
			continue;
		}
		if (line + need > LINE_MAX_OUT - 1) {
			put(&b, STR("=\r\n"));
			line = 0;
		}
		if (is_plain) {
			put_byte(&b, c);
		} else {
			put_byte(&b, '=');
			put_byte(&b, (unsigned char)hex[c >> 4]);
			put_byte(&b, (unsigned char)hex[c & 15]);
		}
		line += need;
	}
	return buf_str(&b);
}
