#include "src/base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/must.h"

static unsigned char lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

struct str str_c(const char *s)
{
	return s ? str_make(s, strlen(s)) : (struct str){ 0 };
}

bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_ieq(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool str_eq_secret(struct str a, struct str b)
{
	unsigned diff = a.n != b.n;

	/* Compare `a` with itself when the lengths differ, so that the time is the same. */
	if (diff)
		b = a;
	for (size_t i = 0; i < a.n; i++)
		diff |= (unsigned)(a.p[i] ^ b.p[i]);
	return diff == 0;
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	if (order)
		return order;
	return a.n < b.n ? -1 : a.n > b.n;
}

bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq(str_first(s, prefix.n), prefix);
}

bool str_istarts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_ieq(str_first(s, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq(str_from(s, s.n - suffix.n), suffix);
}

struct str str_from(struct str s, size_t from)
{
	if (from >= s.n)
		return str_make(s.p ? s.p + s.n : NULL, 0);
	return str_make(s.p + from, s.n - from);
}

struct str str_first(struct str s, size_t n)
{
	return str_make(s.p, n < s.n ? n : s.n);
}

ptrdiff_t str_find(struct str s, unsigned char c)
{
	const unsigned char *hit = s.n ? memchr(s.p, c, s.n) : NULL;

	return hit ? hit - s.p : -1;
}

ptrdiff_t str_rfind(struct str s, unsigned char c)
{
	const unsigned char *hit = s.n ? memrchr(s.p, c, s.n) : NULL;

	return hit ? hit - s.p : -1;
}

ptrdiff_t str_search(struct str s, struct str needle)
{
	const unsigned char *hit;

	must(needle.n > 0);
	hit = s.n >= needle.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;
	return hit ? hit - s.p : -1;
}

/* Eight octets with ASCII capitals made small (the 0x20 of those between A and Z). */
static uint64_t lower_word(uint64_t w)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t low = w & (0x7f * ones);
	uint64_t from_a = low + (0x80 - 'A') * ones;
	uint64_t behind_z = low + (0x7f - 'Z') * ones;

	return w | (((from_a ^ behind_z) & ~w & (0x80 * ones)) >> 2);
}

static void lower_block(unsigned char *to, const unsigned char *from, size_t n)
{
	size_t i = 0;

	for (; i + sizeof(uint64_t) <= n; i += sizeof(uint64_t)) {
		uint64_t w;

		memcpy(&w, from + i, sizeof w);
		w = lower_word(w);
		memcpy(to + i, &w, sizeof w);
	}
	for (; i < n; i++)
		to[i] = lower(from[i]);
}

/* For needles that are long compared with a block; they are rare. */
static ptrdiff_t isearch_slowly(struct str s, struct str needle)
{
	for (size_t i = 0; i + needle.n <= s.n; i++)
		if (str_ieq(str_make(s.p + i, needle.n), needle))
			return (ptrdiff_t)i;
	return -1;
}

ptrdiff_t str_isearch(struct str s, struct str needle)
{
	unsigned char block[4096];
	size_t at = 0;

	must(needle.n > 0);
	if (needle.n > sizeof block / 4)
		return isearch_slowly(s, needle);
	/* Blocks overlap by what could be the beginning of a hit. */
	while (s.n - at >= needle.n) {
		size_t n = s.n - at < sizeof block ? s.n - at : sizeof block;
		ptrdiff_t hit;

		lower_block(block, s.p + at, n);
		hit = str_search(str_make(block, n), needle);
		if (hit >= 0)
			return (ptrdiff_t)at + hit;
		at += n - (needle.n - 1);
	}
	return -1;
}

static bool is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.n && is_blank(s.p[0]))
		s = str_from(s, 1);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool str_cut(struct str *rest, unsigned char c, struct str *head_r)
{
	ptrdiff_t at = str_find(*rest, c);

	if (at < 0) {
		*head_r = *rest;
		*rest = str_from(*rest, rest->n);
		return false;
	}
	*head_r = str_first(*rest, (size_t)at);
	*rest = str_from(*rest, (size_t)at + 1);
	return true;
}

struct str str_dup(struct arena *a, struct str s)
{
	unsigned char *p = arena_alloc(a, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	return str_make(p, s.n);
}

char *str_dup_c(struct arena *a, struct str s)
{
	char *p;

	if (str_find(s, 0) >= 0)
		return NULL;
	p = arena_alloc(a, s.n + 1);
	if (s.n)
		memcpy(p, s.p, s.n);
	return p;
}

struct str str_lower(struct arena *a, struct str s)
{
	unsigned char *p = arena_alloc(a, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		p[i] = lower(s.p[i]);
	return str_make(p, s.n);
}

struct str str_printf(struct arena *a, const char *format, ...)
{
	va_list args, again;
	char *p;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	must(n >= 0);
	p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, format, again);
	va_end(again);
	va_end(args);
	return str_make(p, (size_t)n);
}

bool str_is_ascii(struct str s)
{
	uint64_t high = 0, word;
	size_t i = 0;

	for (; i + sizeof word <= s.n; i += sizeof word) {
		memcpy(&word, s.p + i, sizeof word);
		high |= word;
	}
	for (; i < s.n; i++)
		high |= s.p[i];
	return !(high & UINT64_C(0x8080808080808080));
}

/* Length of the well-formed sequence at the start of `s`, 0 when there is none (RFC 3629 section
 * 4). */
static size_t utf8_sequence(struct str s)
{
	unsigned char c = s.p[0];
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (s.n < n)
		return 0;
	if (c == 0xe0)
		low = 0xa0;
	else if (c == 0xed)
		high = 0x9f;
	else if (c == 0xf0)
		low = 0x90;
	else if (c == 0xf4)
		high = 0x8f;
	if (s.p[1] < low || s.p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((s.p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

bool str_is_utf8(struct str s)
{
	size_t i = 0;

	while (i < s.n) {
		uint64_t word;
		size_t n;

		/* Nearly all text is ASCII: eight octets at a time. */
		if (s.n - i >= sizeof word) {
			memcpy(&word, s.p + i, sizeof word);
			if (!(word & UINT64_C(0x8080808080808080))) {
				i += sizeof word;
				continue;
			}
		}
		n = utf8_sequence(str_from(s, i));
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

bool str_to_u64(struct str s, uint64_t max, uint64_t *value_r)
{
	uint64_t value = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned)s.p[i] - '0';

		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (value > max)
		return false;
	*value_r = value;
	return true;
}

uint64_t str_hash(struct str s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ s.p[i]) * UINT64_C(0x100000001b3);
	return h;
}
