#include <string.h>

#include "src/base/arena.h"
#include "src/imap/parser_priv.h"
#include "src/mail/date.h"

enum {
	KEYWORD_MAX = 255,
	KEYWORDS_MAX = 200
};

bool imap_parser_fail(struct imap_parser *p, const char *expected)
{
	if (!p->expected)
		p->expected = expected;
	return false;
}

/* ATOM-CHAR of RFC 3501 section 9. */
static bool is_atom_char(unsigned char c)
{
	switch (c) {
	case '(':
	case ')':
	case '{':
	case '%':
	case '*':
	case '"':
	case '\\':
	case ']':
		return false;
	default:
		return c > ' ' && c < 0x7f;
	}
}

static bool is_astring_char(unsigned char c)
{
	return c == ']' || is_atom_char(c);
}

static bool is_pattern_char(unsigned char c)
{
	return c == '%' || c == '*' || is_astring_char(c);
}

static bool is_tag_char(unsigned char c)
{
	return c != '+' && is_astring_char(c);
}

/* The longest prefix of octets of a class; false when it is empty. */
static bool take_class(struct imap_parser *p, bool (*is_in)(unsigned char c), struct str *taken_r)
{
	size_t n = 0;

	while (n < p->rest.n && is_in(p->rest.p[n]))
		n++;
	if (n == 0)
		return false;
	*taken_r = str_first(p->rest, n);
	p->rest = str_from(p->rest, n);
	return true;
}

bool imap_parser_peek(const struct imap_parser *p, unsigned char c)
{
	return p->rest.n > 0 && p->rest.p[0] == c;
}

bool imap_parser_try(struct imap_parser *p, unsigned char c)
{
	if (!imap_parser_peek(p, c))
		return false;
	p->rest = str_from(p->rest, 1);
	return true;
}

bool imap_parser_try_word(struct imap_parser *p, const char *word)
{
	struct str w = str_c(word);

	if (!str_istarts(p->rest, w))
		return false;
	if (p->rest.n > w.n && is_atom_char(p->rest.p[w.n]) && is_atom_char(w.p[w.n - 1]))
		return false;
	p->rest = str_from(p->rest, w.n);
	return true;
}

bool imap_parser_space(struct imap_parser *p)
{
	return imap_parser_try(p, ' ') || imap_parser_fail(p, "a space");
}

bool imap_parser_byte(struct imap_parser *p, unsigned char c, const char *expected)
{
	return imap_parser_try(p, c) || imap_parser_fail(p, expected);
}

bool imap_parser_end(struct imap_parser *p)
{
	while (imap_parser_try(p, ' '))
		;
	return p->rest.n == 0 || imap_parser_fail(p, "the end of the command");
}

bool imap_parser_tag(struct imap_parser *p, struct str *tag_r)
{
	return take_class(p, is_tag_char, tag_r) || imap_parser_fail(p, "a tag");
}

bool imap_parser_atom(struct imap_parser *p, struct str *atom_r)
{
	return take_class(p, is_atom_char, atom_r) || imap_parser_fail(p, "an atom");
}

/*
 * quoted = DQUOTE *QUOTED-CHAR DQUOTE. RFC 3501 allows 7-bit octets only; others are let through,
 * because passwords are octets and many clients quote them as they are. Once UTF-8 has been agreed
 * on, it must be UTF-8 (RFC 6855 section 3).
 */
static bool parse_quoted(struct imap_parser *p, struct str *string_r)
{
	unsigned char *copy = NULL;
	size_t n = 0;
	size_t i = 1;

	for (; i < p->rest.n && p->rest.p[i] != '"'; i++) {
		unsigned char c = p->rest.p[i];

		if (c == 0 || c == '\r' || c == '\n')
			return imap_parser_fail(p, "the closing quote of a string");
		if (c == '\\') {
			if (i + 1 >= p->rest.n || !strchr("\"\\", p->rest.p[i + 1]) ||
			    p->rest.p[i + 1] == 0)
				return imap_parser_fail(p,
				                        "a quote or backslash behind a backslash");
			if (!copy) {
				copy = arena_alloc(p->arena, p->rest.n);
				memcpy(copy, p->rest.p + 1, n);
			}
			c = p->rest.p[++i];
		}
		if (copy)
			copy[n] = c;
		n++;
	}
	if (i >= p->rest.n)
		return imap_parser_fail(p, "the closing quote of a string");
	*string_r = str_make(copy ? copy : p->rest.p + 1, n);
	if (p->takes_utf8 && !str_is_utf8(*string_r))
		return imap_parser_fail(p, "UTF-8 in a quoted string");
	p->rest = str_from(p->rest, i + 1);
	return true;
}

bool imap_parser_announce(struct imap_parser *p, uint64_t *size_r, bool *is_binary_r)
{
	struct str inside, rest = p->rest;

	*is_binary_r = str_starts(rest, STR("~{"));
	if (!*is_binary_r && !imap_parser_peek(p, '{'))
		return imap_parser_fail(p, "a literal");
	rest = str_from(rest, *is_binary_r ? 2 : 1);
	if (!str_cut(&rest, '}', &inside) || !str_starts(rest, STR("\r\n")))
		return imap_parser_fail(p, "a literal, {size} at the end of a line");
	if (str_ends(inside, STR("+")))
		inside = str_first(inside, inside.n - 1);
	if (!str_to_u64(inside, INT64_MAX, size_r))
		return imap_parser_fail(p, "a literal, {size} at the end of a line");
	p->rest = str_from(rest, 2);
	return true;
}

static bool parse_literal(struct imap_parser *p, struct str *string_r)
{
	uint64_t size;
	bool is_binary;

	if (!imap_parser_announce(p, &size, &is_binary))
		return false;
	if (size > p->rest.n)
		return imap_parser_fail(p, "all octets of a literal");
	*string_r = str_first(p->rest, (size_t)size);
	if (size > 0 && memchr(string_r->p, 0, (size_t)size))
		return imap_parser_fail(p, "a literal without NUL octets");
	p->rest = str_from(p->rest, (size_t)size);
	return true;
}

bool imap_parser_string(struct imap_parser *p, struct str *string_r)
{
	if (imap_parser_peek(p, '"'))
		return parse_quoted(p, string_r);
	if (imap_parser_peek(p, '{'))
		return parse_literal(p, string_r);
	return imap_parser_fail(p, "a quoted string or a literal");
}

bool imap_parser_astring(struct imap_parser *p, struct str *string_r)
{
	if (imap_parser_peek(p, '"') || imap_parser_peek(p, '{'))
		return imap_parser_string(p, string_r);
	return take_class(p, is_astring_char, string_r) ||
	       imap_parser_fail(p, "a string or an atom");
}

bool imap_parser_nstring(struct imap_parser *p, struct str *string_r, bool *is_nil_r)
{
	*is_nil_r = imap_parser_try_word(p, "NIL");
	if (*is_nil_r) {
		*string_r = STR("");
		return true;
	}
	return imap_parser_string(p, string_r);
}

bool imap_parser_pattern(struct imap_parser *p, struct str *pattern_r)
{
	if (imap_parser_peek(p, '"') || imap_parser_peek(p, '{'))
		return imap_parser_string(p, pattern_r);
	return take_class(p, is_pattern_char, pattern_r) ||
	       imap_parser_fail(p, "a mailbox pattern");
}

bool imap_parser_number(struct imap_parser *p, uint64_t min, uint64_t max, uint64_t *value_r)
{
	size_t n = 0;
	uint64_t value;

	while (n < p->rest.n && p->rest.p[n] >= '0' && p->rest.p[n] <= '9')
		n++;
	if (!str_to_u64(str_first(p->rest, n), max, &value) || value < min)
		return imap_parser_fail(p, min ? "a number above zero" : "a number");
	*value_r = value;
	p->rest = str_from(p->rest, n);
	return true;
}

static bool parse_seq_number(struct imap_parser *p, struct imap_set *set, uint64_t *value_r)
{
	if (imap_parser_try(p, '*')) {
		set->has_star = true;
		*value_r = STORE_STAR;
		return true;
	}
	if (!imap_parser_number(p, 1, UINT32_MAX, value_r))
		return false;
	if (*value_r > set->max)
		set->max = *value_r;
	return true;
}

bool imap_parser_set(struct imap_parser *p, struct imap_set *set_r)
{
	struct imap_set set = { 0 };
	size_t room = 0;
	size_t max_ranges = 1;

	if (imap_parser_try(p, '$')) {
		*set_r = (struct imap_set){ .is_saved = true };
		return true;
	}
	/* A set has one range more than commas; the text ends at the first octet that cannot be in
	 * it. */
	for (size_t i = 0; i < p->rest.n && strchr("0123456789*:,", p->rest.p[i]) && p->rest.p[i];
	     i++)
		max_ranges += p->rest.p[i] == ',';
	room = max_ranges;
	set.ranges = arena_array(p->arena, room, sizeof *set.ranges);
	do {
		struct store_range *range = &set.ranges[set.n++];

		if (!parse_seq_number(p, &set, &range->first))
			goto bad;
		range->last = range->first;
		if (imap_parser_try(p, ':') && !parse_seq_number(p, &set, &range->last))
			goto bad;
		if (range->first > range->last) {
			uint64_t first = range->first;

			range->first = range->last;
			range->last = first;
		}
	} while (imap_parser_try(p, ','));
	*set_r = set;
	return true;
bad:
	p->expected = "a sequence set such as 1:5,7,9:*";
	return false;
}

static bool add_keyword(struct imap_parser *p, struct imap_flags *flags, struct str name)
{
	if (name.n > KEYWORD_MAX)
		return imap_parser_fail(p, "a keyword of at most 255 octets");
	for (size_t i = 0; i < flags->n_keywords; i++) {
		if (str_ieq(flags->keywords[i].name, name))
			return true;
	}
	if (flags->n_keywords == KEYWORDS_MAX)
		return imap_parser_fail(p, "at most 200 keywords");
	if (!flags->keywords)
		flags->keywords = arena_array(p->arena, KEYWORDS_MAX, sizeof *flags->keywords);
	flags->keywords[flags->n_keywords++].name = name;
	return true;
}

bool imap_parser_flag(struct imap_parser *p, struct imap_flags *flags)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} system[] = {
		{ "Seen", STORE_FLAG_SEEN },       { "Answered", STORE_FLAG_ANSWERED },
		{ "Flagged", STORE_FLAG_FLAGGED }, { "Deleted", STORE_FLAG_DELETED },
		{ "Draft", STORE_FLAG_DRAFT },
	};
	struct str name;

	if (!imap_parser_try(p, '\\')) {
		if (!take_class(p, is_atom_char, &name))
			return imap_parser_fail(p, "a flag");
		return add_keyword(p, flags, name);
	}
	if (!take_class(p, is_atom_char, &name))
		return imap_parser_fail(p, "a flag name behind the backslash");
	for (size_t i = 0; i < sizeof system / sizeof system[0]; i++) {
		if (str_ieq(name, str_c(system[i].name))) {
			flags->system |= system[i].bit;
			return true;
		}
	}
	return imap_parser_fail(
		p, "a flag that can be set: \\Seen \\Answered \\Flagged \\Deleted \\Draft "
		   "or a keyword");
}

bool imap_parser_flag_list(struct imap_parser *p, struct imap_flags *flags)
{
	if (!imap_parser_byte(p, '(', "a list of flags in parentheses"))
		return false;
	if (imap_parser_try(p, ')'))
		return true;
	do {
		if (!imap_parser_flag(p, flags))
			return false;
	} while (imap_parser_try(p, ' '));
	return imap_parser_byte(p, ')', "a space or the end of the flag list");
}

bool imap_parser_store_flags(struct imap_parser *p, struct imap_flags *flags)
{
	if (imap_parser_peek(p, '('))
		return imap_parser_flag_list(p, flags);
	do {
		if (!imap_parser_flag(p, flags))
			return false;
	} while (imap_parser_try(p, ' '));
	return true;
}

bool imap_parser_date(struct imap_parser *p, int64_t *day_r)
{
	struct str text;

	if (imap_parser_peek(p, '"') ? !parse_quoted(p, &text) : !imap_parser_atom(p, &text))
		return false;
	if (mail_date_parse_day(text, day_r))
		return imap_parser_fail(p, "a date such as 3-Nov-2026");
	return true;
}

bool imap_parser_date_time(struct imap_parser *p, int64_t *ms_r)
{
	struct str text;
	int zone;

	if (!imap_parser_peek(p, '"'))
		return imap_parser_fail(p, "a quoted date and time");
	if (!parse_quoted(p, &text))
		return false;
	if (mail_date_parse_imap(text, ms_r, &zone))
		return imap_parser_fail(p,
		                        "a date and time such as \" 3-Nov-2026 03:04:05 +0900\"");
	return true;
}
