/*
 * What must hold of every parsed message, whatever its octets: used by the unit tests and by the
 * fuzzer.
 */
#ifndef TAYORI_MAIL_INVARIANTS_TEST_H
#define TAYORI_MAIL_INVARIANTS_TEST_H

#include <string.h>

#include "src/base/must.h"
#include "src/mail/message.h"

enum {
	INVARIANT_DEPTH = 600
};

/* Take a string in quotes or as a literal. */
static inline bool invariant_string(struct str *s)
{
	size_t i = 1, n = 0;

	if (s->p[0] == '{') {
		for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++)
			n = n * 10 + (size_t)(s->p[i] - '0');
		if (i < 2 || !str_starts(str_from(*s, i), STR("}\r\n")) || s->n - i - 3 < n)
			return false;
		for (size_t k = 0; k < n; k++)
			if (s->p[i + 3 + k] == 0)
				return false;
		*s = str_from(*s, i + 3 + n);
		return true;
	}
	for (; i < s->n && s->p[i] != '"'; i++) {
		if (s->p[i] == '\\' && (++i == s->n || (s->p[i] != '"' && s->p[i] != '\\')))
			return false;
		if (s->p[i] == 0 || s->p[i] >= 0x80 || s->p[i] == '\r' || s->p[i] == '\n')
			return false;
	}
	if (i >= s->n)
		return false;
	*s = str_from(*s, i + 1);
	return true;
}

/* Take a value of the grammar that FETCH data use; lists in lists may stand without a space. */
static inline bool invariant_value(struct str *s, unsigned depth, unsigned *items_r)
{
	unsigned items = 0, ignored;
	bool was_list = false;
	size_t n = 0;

	if (s->n == 0 || depth > INVARIANT_DEPTH)
		return false;
	if (s->p[0] == '"' || s->p[0] == '{')
		return invariant_string(s);
	if (s->p[0] != '(') {
		if (str_starts(*s, STR("NIL")))
			n = 3;
		else
			while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9')
				n++;
		*s = str_from(*s, n);
		return n > 0;
	}
	*s = str_from(*s, 1);
	while (s->n && s->p[0] != ')') {
		if (items && !(was_list && s->p[0] == '(')) {
			if (s->p[0] != ' ')
				return false;
			*s = str_from(*s, 1);
		}
		was_list = s->n && s->p[0] == '(';
		if (!invariant_value(s, depth + 1, &ignored))
			return false;
		items++;
	}
	if (s->n == 0 || items == 0)
		return false;
	*s = str_from(*s, 1);
	*items_r = items;
	return true;
}

/* Whole of `s` is one list; the number of its items, or 0 when it is none. */
static inline unsigned invariant_list(struct str s)
{
	unsigned items = 0;

	if (!invariant_value(&s, 0, &items) || s.n)
		return 0;
	return items;
}

/* Every part lies in the one around it; returns how many there are. */
static inline unsigned invariant_parts(const struct mail_message *m, uint32_t *path, size_t depth,
                                       uint64_t begin, uint64_t end)
{
	unsigned count = 0;
	uint64_t at = begin;

	if (depth == INVARIANT_DEPTH)
		return 0;
	for (path[depth] = 1;; path[depth]++) {
		struct mail_part_range body, mime, inner;
		enum err e = mail_part_find(m->parts, path, depth + 1, MAIL_PART_BODY, &body);

		if (e == ERR_NOTFOUND)
			return count;
		must(e == ERR_OK);
		must(mail_part_find(m->parts, path, depth + 1, MAIL_PART_MIME, &mime) == ERR_OK);
		must(body.size <= end && body.offset >= begin && body.offset + body.size <= end);
		/* A single body has the header of the message it is in, which is before `begin`. */
		must(mime.offset + mime.size == body.offset);
		must(body.offset >= at);
		at = body.offset + body.size;
		if (mail_part_find(m->parts, path, depth + 1, MAIL_PART_HEADER, &inner) == ERR_OK) {
			must(inner.offset == body.offset);
			must(inner.size <= body.size);
			must(mail_part_find(m->parts, path, depth + 1, MAIL_PART_TEXT, &inner) ==
			     ERR_OK);
			must(inner.offset + inner.size == body.offset + body.size);
		}
		/* Not into all of ten thousand siblings of siblings. */
		if (count < 2000)
			count += 1 + invariant_parts(m, path, depth + 1, body.offset, at);
		else
			return count;
	}
}

static inline void invariants_check(struct str bytes, const struct mail_message *m)
{
	static uint32_t path[INVARIANT_DEPTH + 1];
	struct mail_part_range r;
	size_t chars = 0;

	must(invariant_list(m->envelope) == 10);
	must(invariant_list(m->bodystructure) >= 3);
	must(invariant_list(m->body) >= 2);
	must(m->hdr_size <= bytes.n);
	must(str_is_utf8(m->preview));
	for (size_t i = 0; i < m->preview.n; i++) {
		must(m->preview.p[i] >= ' ' && m->preview.p[i] != 0x7f);
		chars += (m->preview.p[i] & 0xc0) != 0x80;
	}
	must(chars <= 256);
	must(m->message_id.n == 0 || (m->message_id.p[0] == '<' && m->message_id.n > 2 &&
	                              m->message_id.p[m->message_id.n - 1] == '>'));
	must(m->has_8bit == !str_is_ascii(bytes));
	must(m->has_nul == (str_find(bytes, '\0') >= 0));
	must(mail_part_find(m->parts, path, 0, MAIL_PART_BODY, &r) == ERR_OK);
	must(r.offset == 0 && r.size == bytes.n);
	must(mail_part_find(m->parts, path, 0, MAIL_PART_HEADER, &r) == ERR_OK);
	must(r.offset == 0 && r.size == m->hdr_size);
	must(mail_part_find(m->parts, path, 0, MAIL_PART_TEXT, &r) == ERR_OK);
	must(r.offset == m->hdr_size && r.offset + r.size == bytes.n);
	must(invariant_parts(m, path, 0, r.offset, bytes.n) > 0);
}

#endif
