#include "src/base/codec.h"

#include "src/base/arena.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct str codec_base64_encode(struct arena *a, struct str s)
{
	unsigned char *out = arena_alloc(a, (s.n + 2) / 3 * 4 + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i += 3) {
		size_t left = s.n - i;
		uint32_t v = (uint32_t)s.p[i] << 16;

		if (left > 1)
			v |= (uint32_t)s.p[i + 1] << 8;
		if (left > 2)
			v |= s.p[i + 2];
		out[n++] = (unsigned char)alphabet[v >> 18];
		out[n++] = (unsigned char)alphabet[v >> 12 & 63];
		out[n++] = left > 1 ? (unsigned char)alphabet[v >> 6 & 63] : '=';
		out[n++] = left > 2 ? (unsigned char)alphabet[v & 63] : '=';
	}
	return str_make(out, n);
}

int codec_base64_digit(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

enum err codec_base64_decode(struct arena *a, struct str s, struct str *octets_r)
{
	size_t pad = 0, n = 0;
	unsigned char *out;

	if (s.n % 4)
		return ERR_INVALID;
	if (s.n && s.p[s.n - 1] == '=')
		pad = s.p[s.n - 2] == '=' ? 2 : 1;
	out = arena_alloc(a, s.n / 4 * 3 + 1);
	for (size_t i = 0; i < s.n; i += 4) {
		size_t missing = i + 4 == s.n ? pad : 0;
		uint32_t v = 0;

		for (size_t k = 0; k < 4; k++) {
			int digit = k >= 4 - missing ? 0 : codec_base64_digit(s.p[i + k]);

			if (digit < 0)
				return ERR_INVALID;
			v = v << 6 | (uint32_t)digit;
		}
		/* Bits beyond the last octet must be zero, or two texts would mean the same. */
		if (missing && (v & (missing == 1 ? 0xffU : 0xffffU)))
			return ERR_INVALID;
		out[n++] = (unsigned char)(v >> 16);
		if (missing < 2)
			out[n++] = (unsigned char)(v >> 8);
		if (missing < 1)
			out[n++] = (unsigned char)v;
	}
	*octets_r = str_make(out, n);
	return ERR_OK;
}

struct str codec_hex_encode(struct arena *a, struct str s)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char *out = arena_alloc(a, s.n * 2 + 1);

	for (size_t i = 0; i < s.n; i++) {
		out[2 * i] = (unsigned char)digits[s.p[i] >> 4];
		out[2 * i + 1] = (unsigned char)digits[s.p[i] & 15];
	}
	return str_make(out, s.n * 2);
}

static int hex_value(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum err codec_hex_decode(struct arena *a, struct str s, struct str *octets_r)
{
	unsigned char *out;

	if (s.n % 2)
		return ERR_INVALID;
	out = arena_alloc(a, s.n / 2 + 1);
	for (size_t i = 0; i < s.n / 2; i++) {
		int high = hex_value(s.p[2 * i]), low = hex_value(s.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return ERR_INVALID;
		out[i] = (unsigned char)(high << 4 | low);
	}
	*octets_r = str_make(out, s.n / 2);
	return ERR_OK;
}
