#include <string.h>

#include "src/imap/out_priv.h"
#include "src/net/stream.h"
#include "src/store/store.h"

enum {
	QUOTED_MAX = 1000
};

void imap_out_flush(struct imap_out *o)
{
	if (o->n > 0)
		stream_write(o->stream, str_make(o->p, o->n));
	o->n = 0;
	o->is_mark_valid = false;
}

void imap_out_str(struct imap_out *o, struct str s)
{
	if (s.n > sizeof o->p - o->n) {
		imap_out_flush(o);
		if (s.n > sizeof o->p / 2) {
			stream_write(o->stream, s);
			return;
		}
	}
	if (s.n > 0)
		memcpy(o->p + o->n, s.p, s.n);
	o->n += s.n;
}

void imap_out_c(struct imap_out *o, const char *text)
{
	imap_out_str(o, str_c(text));
}

void imap_out_byte(struct imap_out *o, unsigned char c)
{
	if (o->n == sizeof o->p)
		imap_out_flush(o);
	o->p[o->n++] = c;
}

void imap_out_u64(struct imap_out *o, uint64_t value)
{
	unsigned char digits[20];
	size_t i = sizeof digits;

	do {
		digits[--i] = (unsigned char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	imap_out_str(o, str_make(digits + i, sizeof digits - i));
}

void imap_out_ranges(struct imap_out *o, const struct store_range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			imap_out_byte(o, ',');
		imap_out_u64(o, ranges[i].first);
		if (ranges[i].last != ranges[i].first) {
			imap_out_byte(o, ':');
			imap_out_u64(o, ranges[i].last);
		}
	}
}

static bool can_quote(const struct imap_out *o, struct str s)
{
	bool is_ascii = true;

	if (s.n > QUOTED_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == 0 || s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == 0x7f)
			return false;
		is_ascii &= s.p[i] < 0x80;
	}
	return is_ascii || (o->takes_utf8 && str_is_utf8(s));
}

void imap_out_string(struct imap_out *o, struct str s)
{
	if (!can_quote(o, s)) {
		imap_out_byte(o, '{');
		imap_out_u64(o, s.n);
		imap_out_c(o, "}\r\n");
		imap_out_octets(o, s);
		return;
	}
	imap_out_byte(o, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			imap_out_byte(o, '\\');
		imap_out_byte(o, s.p[i]);
	}
	imap_out_byte(o, '"');
}

void imap_out_astring(struct imap_out *o, struct str s)
{
	bool is_atom = s.n > 0 && !str_ieq(s, STR("NIL"));

	for (size_t i = 0; is_atom && i < s.n; i++)
		is_atom = s.p[i] > ' ' && s.p[i] < 0x7f && !strchr("(){%*\"\\]", s.p[i]);
	if (is_atom)
		imap_out_str(o, s);
	else
		imap_out_string(o, s);
}

void imap_out_octets(struct imap_out *o, struct str s)
{
	const unsigned char *nul;

	while ((nul = s.n > 0 ? memchr(s.p, 0, s.n) : NULL)) {
		size_t before = (size_t)(nul - s.p);

		imap_out_str(o, str_first(s, before));
		imap_out_byte(o, 0x80);
		s = str_from(s, before + 1);
	}
	imap_out_str(o, s);
}

void imap_out_mark(struct imap_out *o)
{
	if (o->n > sizeof o->p / 2)
		imap_out_flush(o);
	o->mark = o->n;
	o->is_mark_valid = true;
}

bool imap_out_rewind(struct imap_out *o)
{
	if (!o->is_mark_valid)
		return false;
	o->n = o->mark;
	return true;
}

/* ---------------------------------------------------------------- lines that are like another */

/* Digits that `*text` begins with, to the end of `digits`. */
static size_t take_digits(struct str *text, unsigned char digits[20])
{
	size_t n = 0;

	while (n < text->n && n < 20 && text->p[n] >= '0' && text->p[n] <= '9')
		n++;
	memcpy(digits + 20 - n, text->p, n);
	*text = str_from(*text, n);
	return n;
}

static bool take(struct str *text, struct str word)
{
	if (!str_starts(*text, word))
		return false;
	*text = str_from(*text, word.n);
	return true;
}

static const struct str line_begin = { (const unsigned char *)"* ", 2 };
static const struct str line_fetch = { (const unsigned char *)" FETCH (", 8 };
static const struct str line_uid = { (const unsigned char *)"UID ", 4 };

bool imap_out_line(const struct imap_out *o, struct imap_line *line_r)
{
	struct str text = str_make(o->p + o->mark, o->n - o->mark);

	if (!o->is_mark_valid || !take(&text, line_begin))
		return false;
	line_r->n_seq = take_digits(&text, line_r->seq);
	if (!line_r->n_seq || !take(&text, line_fetch))
		return false;
	line_r->n_uid = take(&text, line_uid) ? take_digits(&text, line_r->uid) : 0;
	if (text.n > sizeof line_r->rest)
		return false;
	line_r->n_rest = text.n;
	memcpy(line_r->rest, text.p, text.n);
	return true;
}

static void add_one(unsigned char digits[20], size_t *n)
{
	size_t i = 20;

	while (i > 20 - *n && digits[i - 1] == '9')
		digits[--i] = '0';
	if (i > 20 - *n) {
		digits[i - 1]++;
	} else if (*n < 20) {
		digits[i - 1] = '1';
		++*n;
	}
}

static unsigned char *put(unsigned char *p, const void *octets, size_t n)
{
	memcpy(p, octets, n);
	return p + n;
}

void imap_out_lines(struct imap_out *o, struct imap_line *line, uint64_t n)
{
	for (; n > 0; n--) {
		unsigned char *p;

		if (sizeof o->p - o->n < sizeof *line)
			imap_out_flush(o);
		p = put(o->p + o->n, line_begin.p, line_begin.n);
		add_one(line->seq, &line->n_seq);
		p = put(p, line->seq + 20 - line->n_seq, line->n_seq);
		p = put(p, line_fetch.p, line_fetch.n);
		if (line->n_uid) {
			p = put(p, line_uid.p, line_uid.n);
			add_one(line->uid, &line->n_uid);
			p = put(p, line->uid + 20 - line->n_uid, line->n_uid);
		}
		p = put(p, line->rest, line->n_rest);
		o->n = (size_t)(p - o->p);
	}
	o->is_mark_valid = false;
}
