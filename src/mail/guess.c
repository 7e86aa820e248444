#include "src/base/arena.h"
#include "src/mail/charset_priv.h"
#include "src/mail/text_priv.h"

enum {
	ESC = 0x1b,
	SHIFT_OUT = 0x0e,
	SHIFT_IN = 0x0f,
	KEY_MAX = 24
};

struct str charset_trim_label(struct str label)
{
	size_t n = 0;

	label = str_trim(label);
	while (label.n && (label.p[0] == '"' || label.p[0] == '\'' || label.p[0] == '='))
		label = str_from(label, 1);
	if (str_istarts(label, STR("charset=")))
		return charset_trim_label(str_from(label, 8));
	while (n < label.n && !is_space(label.p[n]) && label.p[n] != '"' && label.p[n] != '\'' &&
	       label.p[n] != ';' && label.p[n] != '(' && label.p[n] != '*')
		n++;
	return str_first(label, n);
}

/* Only letters and digits count, in lower case: "ISO_8859-1" is "iso88591". */
static struct str make_key(struct str label, unsigned char key[KEY_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < label.n; i++) {
		if (!is_alnum(label.p[i]))
			continue;
		if (n == KEY_MAX)
			return (struct str){ 0 };
		key[n++] = is_alpha(label.p[i]) ? label.p[i] | 0x20 : label.p[i];
	}
	return str_make(key, n);
}

enum charset_kind charset_find_label(struct str label, const char **name_r)
{
	static const struct {
		const char *key;
		enum charset_kind kind;
		const char *name;
	} table[] = {
		{ "utf8", CHARSET_UTF8, NULL },
		{ "unicode11utf8", CHARSET_UTF8, NULL },
		{ "xunicode20utf8", CHARSET_UTF8, NULL },
		{ "utf8mb4", CHARSET_UTF8, NULL },
		{ "usascii", CHARSET_ASCII, NULL },
		{ "ascii", CHARSET_ASCII, NULL },
		{ "ansix341968", CHARSET_ASCII, NULL },
		{ "iso646us", CHARSET_ASCII, NULL },
		{ "iso2022jp", CHARSET_ISO2022JP, NULL },
		{ "csiso2022jp", CHARSET_ISO2022JP, NULL },
		{ "iso2022jpms", CHARSET_ISO2022JP, NULL },
		{ "iso2022jp1", CHARSET_ISO2022JP, NULL },
		{ "iso2022jp2", CHARSET_ISO2022JP, NULL },
		{ "iso2022jp3", CHARSET_ISO2022JP, NULL },
		{ "cp50220", CHARSET_ISO2022JP, NULL },
		{ "cp50221", CHARSET_ISO2022JP, NULL },
		{ "cp50222", CHARSET_ISO2022JP, NULL },
		{ "jis", CHARSET_ISO2022JP, NULL },
		{ "jis7", CHARSET_ISO2022JP, NULL },
		{ "shiftjis", CHARSET_SJIS, NULL },
		{ "xsjis", CHARSET_SJIS, NULL },
		{ "sjis", CHARSET_SJIS, NULL },
		{ "mskanji", CHARSET_SJIS, NULL },
		{ "csshiftjis", CHARSET_SJIS, NULL },
		{ "cp932", CHARSET_SJIS, NULL },
		{ "ms932", CHARSET_SJIS, NULL },
		{ "windows31j", CHARSET_SJIS, NULL },
		{ "cswindows31j", CHARSET_SJIS, NULL },
		{ "eucjp", CHARSET_EUCJP, NULL },
		{ "xeucjp", CHARSET_EUCJP, NULL },
		{ "xeuc", CHARSET_EUCJP, NULL },
		{ "ujis", CHARSET_EUCJP, NULL },
		{ "eucjpms", CHARSET_EUCJP, NULL },
		{ "eucjpwin", CHARSET_EUCJP, NULL },
		{ "cp51932", CHARSET_EUCJP, NULL },
		{ "iso88591", CHARSET_ICU, "windows-1252" },
		{ "latin1", CHARSET_ICU, "windows-1252" },
		{ "l1", CHARSET_ICU, "windows-1252" },
		{ "cp1252", CHARSET_ICU, "windows-1252" },
		{ "ansi", CHARSET_ICU, "windows-1252" },
		{ "iso88599", CHARSET_ICU, "windows-1254" },
		{ "iso885911", CHARSET_ICU, "windows-874" },
		{ "tis620", CHARSET_ICU, "windows-874" },
		{ "gb2312", CHARSET_ICU, "gb18030" },
		{ "gbk", CHARSET_ICU, "gb18030" },
		{ "cp936", CHARSET_ICU, "gb18030" },
		{ "euccn", CHARSET_ICU, "gb18030" },
		{ "ksc56011987", CHARSET_ICU, "windows-949" },
		{ "euckr", CHARSET_ICU, "windows-949" },
		{ "uhc", CHARSET_ICU, "windows-949" },
		{ "cp949", CHARSET_ICU, "windows-949" },
		{ "big5", CHARSET_ICU, "Big5-HKSCS" },
		{ "utf7", CHARSET_ICU, "UTF-7" },
		{ "unicode11utf7", CHARSET_ICU, "UTF-7" },
		{ "unicode20utf7", CHARSET_ICU, "UTF-7" },
	};
	unsigned char key[KEY_MAX];
	struct str wanted = make_key(label, key);

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (!str_eq(wanted, str_c(table[i].key)))
			continue;
		*name_r = table[i].name;
		return table[i].kind;
	}
	return CHARSET_UNKNOWN;
}

static bool has_jis_escape(struct str bytes)
{
	for (;;) {
		ptrdiff_t at = str_find(bytes, ESC);

		if (at < 0)
			return false;
		bytes = str_from(bytes, (size_t)at + 1);
		if (bytes.n > 1 && bytes.p[0] == '$' &&
		    (bytes.p[1] == 'B' || bytes.p[1] == '@' || bytes.p[1] == '('))
			return true;
		if (bytes.n > 1 && bytes.p[0] == '(' && bytes.p[1] == 'I')
			return true;
	}
}

/*
 * What an encoding would make of the octets, the last of which may be half a character, for texts
 * are cut somewhere. Running Japanese text is full of kana; accented Latin text, read as double
 * octets, is not.
 */
struct score {
	size_t pairs;
	size_t kana;
	bool is_valid;
};

static struct score score_eucjp(struct str s)
{
	struct score score = { .is_valid = true };

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = s.p[i], next = i + 1 < s.n ? s.p[i + 1] : 0;

		if (c < 0x80)
			continue;
		if (i + 1 == s.n)
			break;
		if (c == 0x8e && next >= 0xa1 && next <= 0xdf) {
			i++;
			continue;
		}
		if (c == 0x8f && i + 2 < s.n && next >= 0xa1 && s.p[i + 2] >= 0xa1) {
			i += 2;
			continue;
		}
		if (c < 0xa1 || c == 0xff || next < 0xa1 || next == 0xff ||
		    (c > 0xa8 && c < 0xad) || (c > 0xad && c < 0xb0) || c > 0xf4)
			return (struct score){ 0 };
		score.pairs++;
		score.kana += c == 0xa4 || c == 0xa5 || (c == 0xa1 && next <= 0xbc);
		i++;
	}
	return score;
}

static struct score score_sjis(struct str s)
{
	struct score score = { .is_valid = true };

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = s.p[i], next = i + 1 < s.n ? s.p[i + 1] : 0;

		if (c < 0x80)
			continue;
		if (c >= 0xa1 && c <= 0xdf)
			continue;
		if (i + 1 == s.n)
			break;
		if (c == 0x80 || c == 0xa0 || c > 0xfc || next < 0x40 || next == 0x7f ||
		    next > 0xfc || (c > 0x84 && c < 0x87) || (c > 0xea && c < 0xed) ||
		    (c > 0xee && c < 0xfa) || (c == 0xfc && next > 0x4b))
			return (struct score){ 0 };
		score.pairs++;
		score.kana += (c == 0x82 && next >= 0x9f) || c == 0x83 ||
		              (c == 0x81 && next <= 0x5b);
		i++;
	}
	return score;
}

static bool is_plausible(const struct score *s)
{
	return s->is_valid && s->pairs >= 2 && (s->kana > 0 || s->pairs >= 3);
}

/* Without the beginning of a character of UTF-8 whose end has been cut off. */
static struct str without_half(struct str s)
{
	for (size_t n = 1; n <= 3 && n < s.n; n++) {
		unsigned char c = s.p[s.n - n];
		size_t size = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;

		if (size > 1)
			return n < size ? str_first(s, s.n - n) : s;
		if (c < 0x80)
			break;
	}
	return s;
}

enum charset_kind charset_guess(struct str bytes)
{
	struct score euc, sjis;
	struct str whole = without_half(bytes);

	if (is_ascii(bytes))
		return has_jis_escape(bytes) ? CHARSET_ISO2022JP : CHARSET_ASCII;
	if (str_is_utf8(bytes) || (!is_ascii(whole) && str_is_utf8(whole)))
		return CHARSET_UTF8;
	if (has_jis_escape(bytes))
		return CHARSET_ISO2022JP;
	euc = score_eucjp(bytes);
	sjis = score_sjis(bytes);
	if (is_plausible(&euc) && (!is_plausible(&sjis) || euc.kana >= sjis.kana))
		return CHARSET_EUCJP;
	return is_plausible(&sjis) ? CHARSET_SJIS : CHARSET_UNKNOWN;
}

/* A character of JIS X 0208 (octets 0x21..0x7e, rows up to 0x7e) in Shift_JIS. */
static void put_jis(unsigned char *out, unsigned char high, unsigned char low)
{
	unsigned lead = ((high - 0x21U) >> 1) + 0x81;
	unsigned trail = high & 1 ? low + 0x1fU + (low >= 0x60) : low + 0x7eU;

	out[0] = (unsigned char)(lead > 0x9f ? lead + 0x40 : lead);
	out[1] = (unsigned char)trail;
}

enum jis_set {
	JIS_ASCII,
	JIS_KANA,
	JIS_KANJI,
	JIS_OTHER
};

/* The set an escape sequence at `p` selects, and its length; 0 when it is none. */
static size_t read_escape(struct str s, enum jis_set *set_r)
{
	if (s.n < 3)
		return 0;
	if (s.p[1] == '(') {
		*set_r = s.p[2] == 'I' ? JIS_KANA : JIS_ASCII;
		return 3;
	}
	if (s.p[1] != '$') {
		*set_r = JIS_OTHER;
		return s.p[1] == '.' || s.p[1] == 'N' ? 3 : 0;
	}
	if (s.p[2] == 'B' || s.p[2] == '@') {
		*set_r = JIS_KANJI;
		return 3;
	}
	*set_r = JIS_OTHER;
	if (s.p[2] != '(' || s.n < 4)
		return 3;
	/* ESC $ ( B is a long way to say ESC $ B; Q and O are JIS X 0213, nearly the same rows. */
	if (s.p[3] == 'B' || s.p[3] == '@' || s.p[3] == 'Q' || s.p[3] == 'O')
		*set_r = JIS_KANJI;
	return 4;
}

bool charset_iso2022jp_to_sjis(struct arena *a, struct str bytes, struct str *sjis_r)
{
	unsigned char *out = arena_alloc(a, bytes.n + 1);
	enum jis_set set = JIS_ASCII;
	size_t n = 0, i = 0;

	while (i < bytes.n) {
		unsigned char c = bytes.p[i];
		size_t taken = c == ESC ? read_escape(str_from(bytes, i), &set) : 0;

		if (taken) {
			if (set == JIS_OTHER)
				return false;
			i += taken;
			continue;
		}
		if (c == SHIFT_OUT || c == SHIFT_IN) {
			set = c == SHIFT_OUT ? JIS_KANA : JIS_ASCII;
			i++;
			continue;
		}
		if (c == '\n')
			set = JIS_ASCII; /* RFC 1468: lines end in ASCII; a lost escape ends here */
		if (set == JIS_KANJI && c > ' ' && c < 0x7f && i + 1 < bytes.n &&
		    bytes.p[i + 1] > ' ' && bytes.p[i + 1] < 0x7f) {
			put_jis(out + n, c, bytes.p[i + 1]);
			n += 2;
			i += 2;
			continue;
		}
		out[n++] = set == JIS_KANA && c > ' ' && c < 0x60 ? c | 0x80 : c;
		i++;
	}
	*sjis_r = str_make(out, n);
	return true;
}

bool charset_eucjp_to_sjis(struct arena *a, struct str bytes, struct str *sjis_r)
{
	unsigned char *out = arena_alloc(a, bytes.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char c = bytes.p[i], next = i + 1 < bytes.n ? bytes.p[i + 1] : 0;

		if (c == 0x8f)
			return false;
		if (c == 0x8e && next >= 0xa1 && next <= 0xdf) {
			out[n++] = next;
			i++;
		} else if (c >= 0xa1 && c <= 0xfe && next >= 0xa1 && next <= 0xfe) {
			put_jis(out + n, c & 0x7f, next & 0x7f);
			n += 2;
			i++;
		} else {
			/* 0x80 is undefined in windows-31j and becomes U+FFFD there. */
			out[n++] = c < 0x80 ? c : 0x80;
		}
	}
	*sjis_r = str_make(out, n);
	return true;
}
