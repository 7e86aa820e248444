#include <string.h>

#include "src/imap/list_priv.h"

/* RFC 6154 section 2, RFC 8457. */
static const struct {
	const char *name;
	uint32_t bit;
} specials[] = {
	{ "All", STORE_SPECIAL_ALL },       { "Archive", STORE_SPECIAL_ARCHIVE },
	{ "Drafts", STORE_SPECIAL_DRAFTS }, { "Flagged", STORE_SPECIAL_FLAGGED },
	{ "Junk", STORE_SPECIAL_JUNK },     { "Sent", STORE_SPECIAL_SENT },
	{ "Trash", STORE_SPECIAL_TRASH },   { "Important", STORE_SPECIAL_IMPORTANT },
};

uint32_t imap_list_find_special(struct str name)
{
	for (size_t i = 0; i < sizeof specials / sizeof specials[0]; i++) {
		if (str_ieq(name, str_c(specials[i].name)))
			return specials[i].bit;
	}
	return 0;
}

const char *imap_list_special_name(uint32_t bit)
{
	for (size_t i = 0; i < sizeof specials / sizeof specials[0]; i++) {
		if (bit == specials[i].bit)
			return specials[i].name;
	}
	return "X-Other";
}

void imap_list_one(struct imap_cmd *c, const struct store_mailbox *m, struct str raw)
{
	struct str name = imap_name_to_client(c, m->name);

	imap_out_c(&c->out, m->has_children ? "* LIST (\\HasChildren" : "* LIST (\\HasNoChildren");
	if (m->is_subscribed)
		imap_out_c(&c->out, " \\Subscribed");
	for (uint32_t bit = 1; bit <= m->special; bit <<= 1) {
		if (!(m->special & bit))
			continue;
		imap_out_c(&c->out, " \\");
		imap_out_c(&c->out, imap_list_special_name(bit));
	}
	imap_out_c(&c->out, imap_name_separator(c) == '.' ? ") \".\" " : ") \"/\" ");
	imap_out_astring(&c->out, name);
	if (!str_eq(name, raw)) {
		imap_out_c(&c->out, " (\"OLDNAME\" (");
		imap_out_string(&c->out, raw);
		imap_out_c(&c->out, "))");
	}
	imap_out_c(&c->out, "\r\n");
}

struct states {
	bool is_active[IMAP_LIST_PATTERN_MAX +
	               1]; /* [i]: the first i octets of the pattern are used up */
	size_t lo, hi;     /* no active state below lo or above hi */
};

static void activate(struct states *s, struct str pattern, size_t i)
{
	for (;; i++) {
		s->is_active[i] = true;
		s->lo = i < s->lo ? i : s->lo;
		s->hi = i > s->hi ? i : s->hi;
		/* A wildcard may stand for nothing. */
		if (i == pattern.n || (pattern.p[i] != '*' && pattern.p[i] != '%'))
			return;
	}
}

static void clear(struct states *s)
{
	memset(s->is_active, 0, sizeof s->is_active);
	s->lo = IMAP_LIST_PATTERN_MAX + 1;
	s->hi = 0;
}

static unsigned char lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

bool imap_list_match(struct str pattern, struct str name)
{
	struct states s[2];
	struct states *now = &s[0], *next = &s[1], *swap;
	bool is_inbox = str_starts(name, STR("INBOX")) && (name.n == 5 || name.p[5] == '/');

	if (pattern.n > IMAP_LIST_PATTERN_MAX)
		return false;
	clear(now);
	activate(now, pattern, 0);
	for (size_t j = 0; j < name.n && now->lo <= now->hi; j++) {
		unsigned char c = name.p[j];
		bool is_folded = is_inbox && j < 5;

		clear(next);
		for (size_t i = now->lo; i <= now->hi && i < pattern.n; i++) {
			unsigned char p = pattern.p[i];

			if (!now->is_active[i])
				continue;
			if (p == '*' || (p == '%' && c != '/'))
				activate(next, pattern, i);
			else if (p == c || (is_folded && lower(p) == lower(c)))
				activate(next, pattern, i + 1);
		}
		swap = now;
		now = next;
		next = swap;
	}
	return now->is_active[pattern.n];
}
