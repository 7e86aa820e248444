#include "src/mail/charset.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "src/base/arena.h"
#include "src/mail/charset_priv.h"
#include "src/mail/text_priv.h"

enum {
	LABEL_MAX = 40,
	CACHE_SLOTS = 6,
	PIVOT_UNITS = 512,
	INPUT_MAX = 256 * 1024 * 1024, /* ICU counts in int32_t, UTF-16 units included */
};

/* Converters of one thread: opening one costs as much as converting a page of text. */
struct cache {
	UConverter *utf8;
	struct {
		char name[LABEL_MAX];
		UConverter *conv;
	} slot[CACHE_SLOTS];
	unsigned next;
};

static _Thread_local struct cache *own_cache;
static pthread_key_t cache_key;
static pthread_once_t cache_once = PTHREAD_ONCE_INIT;

static void free_cache(void *object)
{
	struct cache *c = object;

	ucnv_close(c->utf8);
	for (size_t i = 0; i < CACHE_SLOTS; i++)
		ucnv_close(c->slot[i].conv);
	free(c);
}

static void make_key(void)
{
	must(pthread_key_create(&cache_key, free_cache) == 0);
}

static struct cache *get_cache(void)
{
	UErrorCode e = U_ZERO_ERROR;

	if (own_cache)
		return own_cache;
	must(pthread_once(&cache_once, make_key) == 0);
	own_cache = calloc(1, sizeof *own_cache);
	must(own_cache);
	own_cache->utf8 = ucnv_open("UTF-8", &e);
	must(U_SUCCESS(e));
	must(pthread_setspecific(cache_key, own_cache) == 0);
	return own_cache;
}

/* ICU's own substitute would write U+001A for some charsets and single octets. */
static void substitute(const void *context, UConverterToUnicodeArgs *args, const char *units,
                       int32_t length, UConverterCallbackReason reason, UErrorCode *e)
{
	static const UChar replacement = 0xfffd;

	(void)context;
	(void)units;
	(void)length;
	if (reason > UCNV_IRREGULAR)
		return;
	*e = U_ZERO_ERROR;
	ucnv_cbToUWriteUChars(args, &replacement, 1, 0, e);
}

static UConverter *open_converter(const char *name)
{
	UErrorCode e = U_ZERO_ERROR;
	UConverter *conv = ucnv_open(name, &e);

	if (U_FAILURE(e))
		return NULL;
	ucnv_setToUCallBack(conv, substitute, NULL, NULL, NULL, &e);
	must(U_SUCCESS(e));
	return conv;
}

/* The converter called `name`, owned by this thread's cache; NULL when ICU knows none. */
static UConverter *get_converter(const char *name)
{
	struct cache *c = get_cache();
	UConverter *conv;
	size_t n = strlen(name);

	if (n >= LABEL_MAX)
		return NULL;
	for (size_t i = 0; i < CACHE_SLOTS; i++)
		if (c->slot[i].conv && strcmp(c->slot[i].name, name) == 0)
			return c->slot[i].conv;
	conv = open_converter(name);
	if (!conv)
		return NULL;
	ucnv_close(c->slot[c->next].conv);
	memcpy(c->slot[c->next].name, name, n + 1);
	c->slot[c->next].conv = conv;
	c->next = (c->next + 1) % CACHE_SLOTS;
	return conv;
}

struct str mail_charset_first(struct str utf8, size_t n)
{
	if (utf8.n <= n)
		return utf8;
	while (n && (utf8.p[n] & 0xc0) == 0x80)
		n--;
	return str_make(utf8.p, n);
}

/* Drop an incomplete character at the end, left behind when the output was full. */
static size_t without_partial(const unsigned char *p, size_t n)
{
	size_t at = n;
	uint32_t c;

	while (at && n - at < 4 && (p[at - 1] & 0xc0) == 0x80)
		at--;
	if (at == 0)
		return n;
	return next_utf8(p + at - 1, n - at + 1, &c) ? n : at - 1;
}

static struct str convert(struct arena *a, const char *name, struct str bytes, size_t max)
{
	UConverter *conv = get_converter(name);
	const char *source = (const char *)bytes.p;
	UChar pivot[PIVOT_UNITS], *pivot_source = pivot, *pivot_target = pivot;
	UErrorCode e = U_ZERO_ERROR;
	char *out, *target;
	size_t room;

	must(conv);
	/* No octet of any charset stands for more than one character of four octets. */
	room = bytes.n * 4 + 16;
	if (room > max)
		room = max;
	out = target = arena_alloc(a, room + 1);
	ucnv_convertEx(get_cache()->utf8, conv, &target, out + room, &source,
	               (const char *)bytes.p + bytes.n, pivot, &pivot_source, &pivot_target,
	               pivot + PIVOT_UNITS, true, true, &e);
	ucnv_reset(conv);
	ucnv_reset(get_cache()->utf8);
	room = (size_t)(target - out);
	if (e == U_BUFFER_OVERFLOW_ERROR)
		room = without_partial((unsigned char *)out, room);
	return str_make(out, room);
}

/* UTF-8 with U+FFFD for what is none. */
static struct str clean_utf8(struct arena *a, struct str bytes, size_t max)
{
	struct buf b;
	size_t i = 0;

	if (is_ascii(bytes) || str_is_utf8(bytes))
		return mail_charset_first(bytes, max);
	b = buf_in(a, bytes.n * 3 + 4);
	while (i < bytes.n && b.n < max) {
		uint32_t c = 0xfffd;
		size_t n = next_utf8(bytes.p + i, bytes.n - i, &c);

		put_utf8(&b, c);
		i += n ? n : 1;
	}
	return mail_charset_first(buf_str(&b), max);
}

static struct str from_iso2022jp(struct arena *a, struct str bytes, size_t max)
{
	struct str sjis;

	if (!charset_iso2022jp_to_sjis(a, bytes, &sjis))
		return convert(a, "ISO_2022,locale=ja,version=2", bytes, max);
	if (is_ascii(sjis))
		return str_first(sjis, max);
	return convert(a, "ibm-943_P15A-2003", sjis, max);
}

static struct str from_eucjp(struct arena *a, struct str bytes, size_t max)
{
	struct str sjis;

	if (!charset_eucjp_to_sjis(a, bytes, &sjis))
		return convert(a, "EUC-JP", bytes, max);
	return convert(a, "ibm-943_P15A-2003", sjis, max);
}

/* Label says nothing, or nothing true. */
static struct str guess(struct arena *a, struct str bytes, size_t max)
{
	switch (charset_guess(bytes)) {
	case CHARSET_ASCII:
		return str_first(bytes, max);
	case CHARSET_ISO2022JP:
		return from_iso2022jp(a, bytes, max);
	case CHARSET_EUCJP:
		return from_eucjp(a, bytes, max);
	case CHARSET_SJIS:
		return convert(a, "ibm-943_P15A-2003", bytes, max);
	case CHARSET_UTF8:
		return clean_utf8(a, bytes, max);
	case CHARSET_UNKNOWN:
	case CHARSET_ICU:
		break;
	}
	return convert(a, "windows-1252", bytes, max);
}

/* What `label` means; for CHARSET_ICU its name for ICU goes to `name`. */
static enum charset_kind resolve(struct str label, char name[LABEL_MAX])
{
	enum charset_kind kind;
	const char *known;

	/* What nearly all mail says needs no table. */
	if (str_ieq(label, STR("utf-8")))
		return CHARSET_UTF8;
	if (label.n == 0 || str_ieq(label, STR("us-ascii")))
		return CHARSET_ASCII;
	label = charset_trim_label(label);
	kind = charset_find_label(label, &known);
	if (kind == CHARSET_ICU) {
		memcpy(name, known, strlen(known) + 1);
		return kind;
	}
	if (kind != CHARSET_UNKNOWN || label.n == 0 || label.n >= LABEL_MAX)
		return kind;
	for (size_t i = 0; i < label.n; i++) {
		/* ICU reads options after a comma, which no label of a message has. */
		if (label.p[i] <= ' ' || label.p[i] > 0x7e || label.p[i] == ',')
			return CHARSET_UNKNOWN;
		name[i] = (char)label.p[i];
	}
	name[label.n] = '\0';
	return get_converter(name) ? CHARSET_ICU : CHARSET_UNKNOWN;
}

bool mail_charset_is_known(struct str label)
{
	char name[LABEL_MAX];

	return label.n && resolve(label, name) != CHARSET_UNKNOWN;
}

struct str mail_charset_to_utf8(struct arena *a, struct str label, struct str bytes, size_t max)
{
	char name[LABEL_MAX];

	bytes = str_first(bytes, INPUT_MAX);
	if (bytes.n == 0 || max == 0)
		return str_make(bytes.p, 0);
	switch (resolve(label, name)) {
	case CHARSET_UTF8:
		return clean_utf8(a, bytes, max);
	case CHARSET_ISO2022JP:
		/* 8-bit octets without any escape are another charset under this label. */
		if (str_find(bytes, 0x1b) < 0 && !is_ascii(bytes))
			return guess(a, bytes, max);
		return from_iso2022jp(a, bytes, max);
	case CHARSET_SJIS:
		if (is_ascii(bytes))
			return str_first(bytes, max);
		return convert(a, "ibm-943_P15A-2003", bytes, max);
	case CHARSET_EUCJP:
		if (is_ascii(bytes))
			return str_first(bytes, max);
		return from_eucjp(a, bytes, max);
	case CHARSET_ICU:
		return convert(a, name, bytes, max);
	case CHARSET_ASCII:
	case CHARSET_UNKNOWN:
		break;
	}
	return guess(a, bytes, max);
}

static struct str normalise(struct arena *a, const UNormalizer2 *form, struct str utf8)
{
	UErrorCode e = U_ZERO_ERROR;
	int32_t n, m;
	UChar *wide, *folded;
	char *out;

	utf8 = str_first(utf8, INPUT_MAX);
	wide = arena_array(a, utf8.n + 1, sizeof *wide);
	u_strFromUTF8WithSub(wide, (int32_t)utf8.n + 1, &n, (const char *)utf8.p, (int32_t)utf8.n,
	                     0xfffd, NULL, &e);
	must(U_SUCCESS(e));
	/* One measuring call costs less than the 18-fold worst case of memory. */
	m = unorm2_normalize(form, wide, n, NULL, 0, &e);
	must(U_SUCCESS(e) || e == U_BUFFER_OVERFLOW_ERROR);
	e = U_ZERO_ERROR;
	folded = arena_array(a, (size_t)m + 1, sizeof *folded);
	unorm2_normalize(form, wide, n, folded, m + 1, &e);
	must(U_SUCCESS(e));
	out = arena_alloc(a, (size_t)m * 3 + 1);
	u_strToUTF8WithSub(out, m * 3 + 1, &n, folded, m, 0xfffd, NULL, &e);
	must(U_SUCCESS(e));
	return str_make(out, (size_t)n);
}

/*
 * What a frequent character becomes, or 0 for one that needs ICU. None of those here is changed by
 * another one beside it.
 */
static uint32_t fold_quickly(uint32_t c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
	if (c >= 0x4e00 && c <= 0x9fff) /* ideographs */
		return c;
	if ((c >= 0x3041 && c <= 0x3096) || (c >= 0x30a1 && c <= 0x30fe)) /* kana */
		return c;
	if (c >= 0x3001 && c <= 0x3003)
		return c;
	if (c >= 0x3005 && c <= 0x301b)
		return c;
	if (c == 0x3000 || c == 0xa0)
		return ' ';
	if (c >= 0xff01 && c <= 0xff5e) /* ASCII in full width */
		return fold_quickly(c - 0xfee0);
	if (c >= 0xe0 && c <= 0xff)
		return c;
	if (c >= 0xc0 && c <= 0xde)
		return c == 0xd7 ? c : c + 0x20;
	return 0;
}

/* Text of frequent characters only; false when there are others. */
static bool fold_frequent(struct arena *a, struct str utf8, struct str *folded_r)
{
	struct buf b = buf_in(a, utf8.n + 4);
	size_t i = 0;

	while (i < utf8.n) {
		uint32_t c;
		size_t n = next_utf8(utf8.p + i, utf8.n - i, &c);

		if (!n || !(c = c ? fold_quickly(c) : 0))
			return false;
		put_utf8(&b, c);
		i += n;
	}
	*folded_r = buf_str(&b);
	return true;
}

bool mail_charset_holds(struct arena *a, struct str utf8, struct str folded)
{
	bool is_text_ascii = is_ascii(utf8);

	if (!folded.n)
		return true;
	if (is_text_ascii)
		return is_ascii(folded) && str_isearch(utf8, folded) >= 0;
	return str_search(mail_charset_fold(a, utf8), folded) >= 0;
}

struct str mail_charset_fold(struct arena *a, struct str utf8)
{
	UErrorCode e = U_ZERO_ERROR;
	const UNormalizer2 *form;
	struct str folded;

	if (is_ascii(utf8)) {
		for (size_t i = 0; i < utf8.n; i++)
			if (utf8.p[i] >= 'A' && utf8.p[i] <= 'Z')
				return str_lower(a, utf8);
		return utf8;
	}
	if (fold_frequent(a, utf8, &folded))
		return folded;
	form = unorm2_getNFKCCasefoldInstance(&e);
	must(U_SUCCESS(e));
	return normalise(a, form, utf8);
}

struct str mail_charset_nfc(struct arena *a, struct str utf8)
{
	UErrorCode e = U_ZERO_ERROR;
	const UNormalizer2 *form;

	if (is_ascii(utf8))
		return utf8;
	form = unorm2_getNFCInstance(&e);
	must(U_SUCCESS(e));
	return normalise(a, form, utf8);
}

/*
 * A character and its decompositions, which may decompose further. None has more than 18 characters
 * in the end.
 */
static void put_decomposed(struct buf *b, const UNormalizer2 *form, UChar32 c)
{
	bool is_hangul = c >= 0xac00 && c <= 0xd7a3;
	UErrorCode e = U_ZERO_ERROR;
	UChar units[32];
	int32_t n = is_hangul ? -1 : unorm2_getRawDecomposition(form, c, units, 32, &e);

	must(U_SUCCESS(e));
	if (n < 0)
		put_utf8(b, (uint32_t)c);
	for (int32_t i = 0; i < n;) {
		uint32_t part = units[i++];

		if (U16_IS_LEAD(part) && i < n)
			part = (uint32_t)U16_GET_SUPPLEMENTARY(part, units[i++]);
		/* A character that decomposes to itself would do so for ever. */
		if (part == (uint32_t)c)
			put_utf8(b, part);
		else
			put_decomposed(b, form, (UChar32)part);
	}
}

struct str mail_charset_casemap(struct arena *a, struct str utf8)
{
	UErrorCode e = U_ZERO_ERROR;
	const UNormalizer2 *form;
	struct buf b = buf_in(a, utf8.n * 54 + 64);
	size_t i = 0;

	if (is_ascii(utf8)) {
		for (i = 0; i < utf8.n; i++) {
			unsigned char c = utf8.p[i];

			put_byte(&b, c >= 'a' && c <= 'z' ? (unsigned char)(c & ~0x20) : c);
		}
		return buf_str(&b);
	}
	form = unorm2_getNFKDInstance(&e);
	must(U_SUCCESS(e));
	while (i < utf8.n) {
		uint32_t c = 0xfffd;
		size_t n = next_utf8(utf8.p + i, utf8.n - i, &c);

		put_decomposed(&b, form, u_totitle((UChar32)c));
		i += n ? n : 1;
	}
	return buf_str(&b);
}
