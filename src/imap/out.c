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
