#include "src/mail/html.h"

#include "src/mail/html_priv.h"
#include "src/mail/text_priv.h"

enum {
	ENTITY_MAX = 12
};

/* Named characters that are frequent in mail; others stay as they are written. */
static uint32_t find_entity(struct str name)
{
	static const struct {
		const char *name;
		uint32_t c;
	} table[] = {
		{ "amp", '&' },       { "lt", '<' },       { "gt", '>' },
		{ "quot", '"' },      { "apos", '\'' },    { "nbsp", 0xa0 },
		{ "copy", 0xa9 },     { "reg", 0xae },     { "trade", 0x2122 },
		{ "hellip", 0x2026 }, { "mdash", 0x2014 }, { "ndash", 0x2013 },
		{ "lsquo", 0x2018 },  { "rsquo", 0x2019 }, { "sbquo", 0x201a },
		{ "ldquo", 0x201c },  { "rdquo", 0x201d }, { "bdquo", 0x201e },
		{ "laquo", 0xab },    { "raquo", 0xbb },   { "bull", 0x2022 },
		{ "middot", 0xb7 },   { "euro", 0x20ac },  { "pound", 0xa3 },
		{ "yen", 0xa5 },      { "cent", 0xa2 },    { "sect", 0xa7 },
		{ "deg", 0xb0 },      { "plusmn", 0xb1 },  { "frac12", 0xbd },
		{ "times", 0xd7 },    { "shy", 0xad },     { "zwnj", 0x200c },
		{ "zwj", 0x200d },    { "ensp", 0x2002 },  { "emsp", 0x2003 },
		{ "thinsp", 0x2009 }, { "auml", 0xe4 },    { "ouml", 0xf6 },
		{ "uuml", 0xfc },     { "Auml", 0xc4 },    { "Ouml", 0xd6 },
		{ "Uuml", 0xdc },     { "szlig", 0xdf },   { "agrave", 0xe0 },
		{ "aacute", 0xe1 },   { "acirc", 0xe2 },   { "aring", 0xe5 },
		{ "ccedil", 0xe7 },   { "egrave", 0xe8 },  { "eacute", 0xe9 },
		{ "ecirc", 0xea },    { "iacute", 0xed },  { "ntilde", 0xf1 },
		{ "oacute", 0xf3 },   { "ocirc", 0xf4 },   { "oslash", 0xf8 },
		{ "uacute", 0xfa },   { "larr", 0x2190 },  { "rarr", 0x2192 },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (str_eq(name, str_c(table[i].name)))
			return table[i].c;
	return 0;
}

static uint32_t read_number(struct str digits)
{
	bool is_hex = digits.n && (digits.p[0] | 0x20) == 'x';
	uint32_t c = 0;

	if (is_hex)
		digits = str_from(digits, 1);
	for (size_t i = 0; i < digits.n; i++) {
		int digit = hex_digit(digits.p[i]);

		if (digit < 0 || (!is_hex && digit > 9))
			return 0;
		c = c * (is_hex ? 16 : 10) + (uint32_t)digit;
		if (c > 0x10ffff)
			return 0xfffd;
	}
	return c;
}

/* The character that "&...;" at the start of `s` stands for, and its octets; 0 when it is none. */
static uint32_t read_entity(struct str s, size_t *n_r)
{
	ptrdiff_t end = str_find(str_first(s, ENTITY_MAX), ';');
	struct str name;

	if (end < 2)
		return 0;
	name = str_make(s.p + 1, (size_t)end - 1);
	*n_r = (size_t)end + 1;
	return name.p[0] == '#' ? read_number(str_from(name, 1)) : find_entity(name);
}

/* Name of the tag at "<", with "/" when it closes; empty when no tag begins here. */
static struct str tag_name(struct str s)
{
	size_t n = 1;

	if (n < s.n && (s.p[n] == '!' || s.p[n] == '?'))
		return str_make(s.p + 1, 1);
	if (n < s.n && s.p[n] == '/')
		n++;
	if (n == s.n || !is_alpha(s.p[n]))
		return str_make(s.p, 0);
	while (n < s.n && is_alnum(s.p[n]))
		n++;
	return str_make(s.p + 1, n - 1);
}

/* Elements that stand inside a word without parting it. */
static bool is_inline(struct str name)
{
	static const char *const names[] = { "a",     "b",    "i",      "u",    "em",
		                             "font",  "span", "strong", "sub",  "sup",
		                             "small", "big",  "wbr",    "code", "tt" };

	if (name.n && name.p[0] == '/')
		name = str_from(name, 1);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (str_ieq(name, str_c(names[i])))
			return true;
	return false;
}

/* Octets up to and including the first `end` in `s`, or all. */
static size_t through(struct str s, struct str end)
{
	ptrdiff_t at = str_search(s, end);

	return at < 0 ? s.n : (size_t)at + end.n;
}

/* Octets of an element whose content is no text, from its tag to the one that closes it. */
static size_t hidden_size(struct str s, struct str name)
{
	for (size_t i = 1; i + name.n + 2 <= s.n; i++) {
		ptrdiff_t at = str_search(str_from(s, i), STR("</"));

		if (at < 0)
			return s.n;
		i += (size_t)at;
		if (str_istarts(str_from(s, i + 2), name))
			return i + through(str_from(s, i), STR(">"));
	}
	return s.n;
}

/* Octets of the tag or hidden element at "<". */
static size_t tag_size(struct str s, struct str name)
{
	static const char *const hidden[] = { "style", "script", "title", "head", "template" };

	if (str_starts(s, STR("<!--")))
		return 4 + through(str_from(s, 4), STR("-->"));
	for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
		if (str_ieq(name, str_c(hidden[i])))
			return hidden_size(s, name);
	return through(s, STR(">"));
}

void html_to_text(struct str html, bool (*add)(void *context, uint32_t c), void *context)
{
	while (html.n) {
		uint32_t c = 0;
		size_t n = 0;

		if (html.p[0] == '<') {
			struct str name = tag_name(html);

			if (name.n) {
				if (!is_inline(name) && !add(context, ' '))
					return;
				html = str_from(html, tag_size(html, name));
				continue;
			}
		}
		if (html.p[0] == '&')
			c = read_entity(html, &n);
		if (!c) {
			c = 0xfffd;
			n = next_utf8(html.p, html.n, &c);
		}
		if (!add(context, c))
			return;
		html = str_from(html, n ? n : 1);
	}
}

struct text {
	struct buf b;
	size_t max;
	bool is_blank; /* the last character was one */
};

static bool add_text(void *context, uint32_t c)
{
	struct text *t = context;
	bool is_blank = c <= ' ' || c == 0xa0;

	/* A soft hyphen is seen at the end of a line only. */
	if (c == 0xad)
		return true;
	if (!is_blank)
		put_utf8(&t->b, c);
	else if (!t->is_blank)
		put_byte(&t->b, ' ');
	t->is_blank = is_blank;
	return t->b.n < t->max;
}

struct str mail_html_text(struct arena *a, struct str html, size_t max)
{
	struct text t = { .b = buf_in(a, max + 4), .max = max };

	html_to_text(html, add_text, &t);
	return str_first(buf_str(&t.b), max);
}
