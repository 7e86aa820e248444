#include <string.h>

#include "src/base/arena.h"
#include "src/mail/address.h"
#include "src/mail/header.h"
#include "src/mail/text_priv.h"

/*
 * Address lists of header fields: RFC 5322 sections 3.4 and 4.4, read as generously as real mail
 * needs.
 *
 * One pass from left to right. Text that comes out goes through one output block: each of its
 * octets stands for at least one octet read, so a block of the size of the value is enough.
 */

enum {
	ESC = 0x1b
};

/* Where words end, besides at "," ";" "<" "@". */
enum mode {
	MODE_PHRASE, /* at ":" too, unless in a group; blanks between words stay, as one space */
	MODE_LOCAL,  /* the same, but blanks around dots vanish */
	MODE_ANGLE,  /* at ">" instead of ":" */
};

struct lexer {
	struct arena *a;
	const unsigned char *p, *end;
	unsigned char *out;   /* where the next text goes */
	struct str comment;   /* inside of the last one met, as it stands */
	bool is_quote_open;   /* no closing quote is ahead: a quote is an ordinary octet */
	bool is_comment_open; /* the same of "(" */
	bool is_in_group;
	struct mail_address_item **last;
	size_t count;
};

/*
 * Octets of a run of ISO-2022-JP at `p`, from its escape sequence to the one that ends it, or 0. In
 * it "<" and "," are halves of characters; raw Japanese fields (from before RFC 2047 was common)
 * have them.
 */
static size_t jis_run(const unsigned char *p, const unsigned char *end)
{
	const unsigned char *next;

	if (*p != ESC || end - p < 3 || p[1] != '$')
		return 0;
	next = memchr(p + 1, ESC, (size_t)(end - p - 1));
	if (!next || end - next < 3 || next[1] != '(')
		return 0;
	return (size_t)(next + 3 - p);
}

/* One octet of text, or a whole run of ISO-2022-JP. */
static void copy_text(struct lexer *l)
{
	size_t n = jis_run(l->p, l->end);

	if (n == 0) {
		*l->out++ = *l->p++;
		return;
	}
	memcpy(l->out, l->p, n);
	l->out += n;
	l->p += n;
}

/* Past the comment that begins here; false when it never ends. */
static bool skip_comment(struct lexer *l)
{
	const unsigned char *p = l->p;
	size_t depth = 0;

	while (p < l->end) {
		size_t n = jis_run(p, l->end);

		if (n) {
			p += n;
			continue;
		}
		depth += *p == '(';
		if (*p == ')' && --depth == 0)
			break;
		if (*p == '\\' && p + 1 < l->end)
			p++;
		p++;
	}
	if (p == l->end) {
		l->is_comment_open = true;
		return false;
	}
	l->comment = str_make(l->p + 1, (size_t)(p - l->p) - 1);
	l->p = p + 1;
	return true;
}

static void skip_cfws(struct lexer *l)
{
	while (l->p < l->end) {
		if (is_space(*l->p))
			l->p++;
		else if (*l->p != '(' || l->is_comment_open || !skip_comment(l))
			break;
	}
}

static int peek(const struct lexer *l)
{
	return l->p < l->end ? *l->p : -1;
}

/* A quoted string to the output; false (nothing read) when it never ends. */
static bool read_quoted(struct lexer *l)
{
	const unsigned char *p = l->p++;
	unsigned char *begin = l->out;

	while (l->p < l->end && *l->p != '"') {
		if (*l->p == '\\' && l->p + 1 < l->end)
			l->p++;
		if (*l->p == '\r' || *l->p == '\n')
			l->p++;
		else
			copy_text(l);
	}
	if (l->p < l->end) {
		l->p++;
		return true;
	}
	l->p = p;
	l->out = begin;
	l->is_quote_open = true;
	return false;
}

static bool is_stop(const struct lexer *l, enum mode mode, int c)
{
	switch (c) {
	case -1:
	case ',':
	case ';':
	case '<':
	case '@':
		return true;
	case ':':
		return mode != MODE_ANGLE && !l->is_in_group;
	case '>':
		return mode == MODE_ANGLE;
	default:
		return false;
	}
}

/* Words, quoted strings and dots up to a stop; `*has_gap_r` (may be NULL): there were blanks
 * between. */
static struct str read_words(struct lexer *l, enum mode mode, bool *has_gap_r)
{
	unsigned char *begin = l->out;
	bool is_after_dot = false;

	for (;;) {
		const unsigned char *gap = l->p;

		skip_cfws(l);
		if (is_stop(l, mode, peek(l)))
			return str_make(begin, (size_t)(l->out - begin));
		if (l->p != gap && l->out != begin) {
			if (has_gap_r)
				*has_gap_r = true;
			if (mode == MODE_PHRASE || (!is_after_dot && *l->p != '.'))
				*l->out++ = ' ';
		}
		is_after_dot = *l->p == '.';
		if (*l->p != '"' || l->is_quote_open || !read_quoted(l))
			copy_text(l);
	}
}

/* "[...]" as it stands, without blanks. */
static void read_literal(struct lexer *l)
{
	while (l->p < l->end && *l->p != ']' && *l->p != '>') {
		if (is_space(*l->p))
			l->p++;
		else
			*l->out++ = *l->p++;
	}
}

/* What follows "@", up to a stop or to blanks that no dot explains. */
static struct str read_domain(struct lexer *l)
{
	unsigned char *begin = l->out;
	bool is_after_dot = true;

	for (;;) {
		const unsigned char *gap = l->p;
		int c;

		skip_cfws(l);
		c = peek(l);
		if (c == -1 || c == ',' || c == ';' || c == '<' || c == '>')
			break;
		if (l->p != gap && !is_after_dot && c != '.')
			break;
		is_after_dot = c == '.';
		if (c == '[')
			read_literal(l);
		if (l->p < l->end && *l->p != '>')
			*l->out++ = *l->p++;
	}
	return str_make(begin, (size_t)(l->out - begin));
}

/* The obsolete route of "<@a,@b:ann@example.org>", or nothing. */
static struct str read_route(struct lexer *l)
{
	const unsigned char *p = l->p;

	if (peek(l) != '@')
		return str_make(l->p, 0);
	while (p < l->end && *p != ':' && *p != '>' && *p != '<' && *p != '"' && *p != ';')
		p++;
	if (p < l->end && *p == ':') {
		struct str route = str_make(l->p, (size_t)(p - l->p));

		l->p = p + 1;
		return mail_header_unfold(l->a, route);
	}
	return str_make(l->p, 0);
}

/* "<...>" from its first octet. */
static void read_angle(struct lexer *l, struct mail_address_item *item)
{
	while (peek(l) == '<') {
		l->p++;
		skip_cfws(l);
	}
	item->route = read_route(l);
	item->local = read_words(l, MODE_ANGLE, NULL);
	if (peek(l) == '@') {
		l->p++;
		item->domain = read_domain(l);
	}
	while (l->p < l->end && *l->p != '>' && *l->p != ',' && *l->p != ';')
		l->p++;
	if (peek(l) == '>')
		l->p++;
}

/* To the separator that follows an address; what stands before it is noise. */
static void skip_noise(struct lexer *l)
{
	unsigned char *out = l->out;

	for (;;) {
		int c;

		read_words(l, MODE_PHRASE, NULL);
		c = peek(l);
		if (c == -1 || c == ',' || c == ';')
			break;
		l->p++;
	}
	l->out = out;
}

/* Text of a comment without its quoting. */
static struct str unquote(struct arena *a, struct str comment)
{
	unsigned char *out;
	size_t n = 0;

	comment = mail_header_unfold(a, comment);
	if (str_find(comment, '\\') < 0)
		return comment;
	out = arena_alloc(a, comment.n);
	for (size_t i = 0; i < comment.n; i++) {
		if (comment.p[i] == '\\' && i + 1 < comment.n)
			i++;
		out[n++] = comment.p[i];
	}
	return str_make(out, n);
}

static struct mail_address_item *add_item(struct lexer *l, enum mail_address_kind kind)
{
	struct mail_address_item *item = ARENA_NEW(l->a, struct mail_address_item);

	item->kind = kind;
	*l->last = item;
	l->last = &item->next;
	l->count++;
	return item;
}

/* ann@example.org at the "@"; `words` is what stands before it, from `start` on. */
static void read_bare(struct lexer *l, const unsigned char *start, struct str words, bool has_gap,
                      struct mail_address_item *item)
{
	item->local = words;
	if (has_gap) {
		l->p = start;
		l->out -= words.n;
		item->local = read_words(l, MODE_LOCAL, NULL);
	}
	l->p++;
	item->domain = read_domain(l);
	if (peek(l) != '<')
		return;
	/* ann@example.org <ann@example.org>: a careless sender's display name. */
	item->name = mail_header_unfold(l->a, str_make(start, (size_t)(l->p - start)));
	item->local = item->domain = str_make(l->p, 0);
	read_angle(l, item);
}

static void read_item(struct lexer *l)
{
	const unsigned char *start = l->p;
	struct mail_address_item *item;
	bool has_gap = false;
	struct str words;

	l->comment = str_make(NULL, 0);
	words = read_words(l, MODE_PHRASE, &has_gap);
	if (words.n == 0 && (peek(l) == -1 || peek(l) == ',' || peek(l) == ';'))
		return;
	if (peek(l) == ':') {
		l->p++;
		l->is_in_group = true;
		add_item(l, MAIL_ADDRESS_KIND_GROUP)->name = words;
		return;
	}
	item = add_item(l, MAIL_ADDRESS_KIND_BOX);
	if (peek(l) == '<') {
		item->name = words;
		read_angle(l, item);
	} else if (peek(l) == '@') {
		read_bare(l, start, words, has_gap, item);
	} else {
		item->local = words;
	}
	skip_noise(l);
	if (item->name.n == 0 && l->comment.n)
		item->name = unquote(l->a, l->comment);
}

static void end_group(struct lexer *l)
{
	if (l->is_in_group)
		add_item(l, MAIL_ADDRESS_KIND_GROUP_END);
	l->is_in_group = false;
}

size_t mail_address_list_parse(struct arena *a, struct str value, size_t max,
                               struct mail_address_item **first_r)
{
	struct lexer l = { .a = a, .p = value.p, .end = value.p + value.n, .last = first_r };

	*first_r = NULL;
	if (value.n == 0)
		return 0;
	l.out = arena_alloc(a, value.n);
	while (l.p < l.end && l.count < max) {
		if (is_space(*l.p) || *l.p == ',') {
			l.p++;
		} else if (*l.p == ';') {
			l.p++;
			end_group(&l);
		} else {
			read_item(&l);
		}
	}
	end_group(&l);
	return l.count;
}
