#include "src/mail/transfer.h"

#include <string.h>

#include "src/base/arena.h"
#include "src/mail/text_priv.h"

enum {
	B64_SKIP = 64,
	B64_PAD = 65,
	LINE_MAX_OUT = 76
};

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* 0..63, B64_PAD, or B64_SKIP for anything else: RFC 2045 section 6.8 wants it ignored. */
static unsigned base64_value(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 0U;
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26U;
	if (is_digit(c))
		return c - '0' + 52U;
	if (c == '+' || c == '/')
		return c == '+' ? 62 : 63;
	return c == '=' ? B64_PAD : B64_SKIP;
}

static size_t flush_base64(unsigned char *out, uint32_t v, unsigned digits)
{
	if (digits < 2)
		return 0;
	v <<= 6 * (4 - digits);
	for (unsigned i = 0; i < digits - 1; i++)
		out[i] = (unsigned char)(v >> (16 - 8 * i));
	return digits - 1;
}

static struct str decode_base64(struct arena *a, struct str s, size_t max)
{
	size_t room = s.n / 4 * 3 + 3, n = 0;
	unsigned char *out;
	unsigned digits = 0;
	uint32_t v = 0;

	if (room > max)
		room = max;
	out = arena_alloc(a, room + 3);
	for (size_t i = 0; i < s.n && n < room; i++) {
		unsigned value = base64_value(s.p[i]);

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
	    str_search(s, STR(" \r")) < 0 && str_find(s, '\t') < 0)
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
