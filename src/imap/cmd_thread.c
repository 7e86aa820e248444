/*
 * THREAD and UID THREAD (RFC 5256 section 3).
 */
#include "src/base/arena.h"
#include "src/imap/order_priv.h"
#include "src/mail/header.h"

enum {
	REFERENCES_MAX_BYTES = 65536, /* of the field that are looked at, from its end */
};

struct threads {
	struct imap_cmd *c;
	struct imap_thread *t;
	struct imap_words words;
	bool by_references;
	uint32_t *numbers;
	bool is_after_message; /* the next number is parted from it by a space */
};

/* The next "<id>" of a field, without quotes, which do not belong to it (RFC 5256 section 3). */
static bool next_id(struct arena *a, struct str *rest, struct str *id_r)
{
	ptrdiff_t start, end;
	struct str id;
	unsigned char *copy;
	size_t n = 0;

	start = str_find(*rest, '<');
	if (start < 0)
		return false;
	*rest = str_from(*rest, (size_t)start + 1);
	end = str_find(*rest, '>');
	if (end < 0)
		return false;
	id = str_first(*rest, (size_t)end);
	*rest = str_from(*rest, (size_t)end + 1);
	copy = arena_alloc(a, id.n + 1);
	for (size_t i = 0; i < id.n; i++) {
		if (id.p[i] > ' ' && id.p[i] != '"' && id.p[i] != '\\')
			copy[n++] = id.p[i];
	}
	*id_r = str_make(copy, n);
	return true;
}

/* The last references of a field, in their order. */
static size_t read_references(struct arena *a, struct str field, struct str *references)
{
	struct str id;
	size_t n = 0;

	if (field.n > REFERENCES_MAX_BYTES)
		field = str_from(field, field.n - REFERENCES_MAX_BYTES);
	while (next_id(a, &field, &id)) {
		if (!id.n)
			continue;
		for (size_t i = 1; n == IMAP_THREAD_REFERENCES_MAX && i < n; i++)
			references[i - 1] = references[i];
		n -= n == IMAP_THREAD_REFERENCES_MAX;
		references[n++] = id;
	}
	return n;
}

static enum err add_message(struct threads *x, size_t i, const struct store_message *m,
                            const struct mail_envelope *e, struct arena *a)
{
	struct imap_fetch_message fm = { .c = x->c, .a = a, .piece = arena_new(a), .m = m };
	struct str references[IMAP_THREAD_REFERENCES_MAX];
	struct str header, own = mail_envelope_text(a, e->field[MAIL_ENVELOPE_MESSAGE_ID]);
	struct mail_header_field field;
	struct str id = STR("");
	size_t n = 0;
	enum err err = imap_fetch_header(&fm, &header);

	if (err == ERR_NOTFOUND)
		header = STR("");
	else if (err)
		return err;
	if (mail_header_find(header, STR("References"), &field))
		n = read_references(a, field.value, references);
	if (n == 0) {
		struct str reply = mail_envelope_text(a, e->field[MAIL_ENVELOPE_IN_REPLY_TO]);

		/* Its first Message-ID only: the field is often mere text. */
		n = next_id(a, &reply, &references[0]) && references[0].n > 0;
	}
	next_id(a, &own, &id);
	imap_thread_add(x->t, i, id, references, n);
	return ERR_OK;
}

static enum err note_message(void *context, size_t i, const struct store_message *m,
                             struct arena *a)
{
	struct threads *x = context;
	struct mail_envelope e = imap_order_envelope(m);
	bool is_reply = false;
	struct str subject = imap_order_subject(a, &e, &is_reply);

	imap_thread_set(x->t, i, imap_order_date(a, m, &e), imap_words_add(&x->words, subject),
	                is_reply);
	return x->by_references ? add_message(x, i, m, &e, a) : ERR_OK;
}

static void put_token(void *context, enum imap_thread_token token, size_t message)
{
	struct threads *x = context;
	struct imap_out *out = &x->c->out;

	switch (token) {
	case IMAP_THREAD_OPEN:
		if (x->is_after_message)
			imap_out_byte(out, ' ');
		imap_out_byte(out, '(');
		break;
	case IMAP_THREAD_CLOSE:
		imap_out_byte(out, ')');
		break;
	case IMAP_THREAD_MESSAGE:
		if (x->is_after_message)
			imap_out_byte(out, ' ');
		imap_out_u64(out, x->numbers[message]);
		break;
	}
	x->is_after_message = token == IMAP_THREAD_MESSAGE;
}

static enum err run_thread(struct threads *x, const struct imap_found *found)
{
	struct imap_numbers numbers;
	uint32_t fields = STORE_FETCH_DATES | STORE_FETCH_ENVELOPE;
	enum err e;

	x->t = imap_thread_new(x->c->a, imap_found_count(found));
	x->words = imap_words_in(x->c->a);
	if (x->by_references)
		fields |= STORE_FETCH_SIZE | STORE_FETCH_HEADER;
	e = imap_found_each(x->c, found, fields, note_message, x);
	if (!e)
		e = imap_search_number(x->c, found, &numbers);
	if (e)
		return e;
	x->numbers = imap_numbers_expand(x->c->a, &numbers);
	if (x->by_references)
		imap_thread_by_references(x->t);
	else
		imap_thread_by_subject(x->t);
	return ERR_OK;
}

static enum imap_next answer(struct threads *x, const struct imap_found *found)
{
	struct imap_out *out = &x->c->out;

	imap_out_c(out, "* THREAD");
	if (found->n > 0)
		imap_out_byte(out, ' ');
	imap_thread_write(x->t, put_token, x);
	imap_out_c(out, "\r\n");
	return imap_reply_ok(x->c, NULL, "THREAD done.");
}

enum imap_next imap_cmd_thread(struct imap_cmd *c)
{
	struct imap_parser *p = &c->in;
	struct threads x = { .c = c };
	struct imap_return nothing = { 0 };
	struct imap_search s = { 0 };
	struct imap_found found;
	struct str charset;
	enum err e;

	if (!imap_parser_space(p))
		return imap_reply_bad(c);
	x.by_references = imap_parser_try_word(p, "REFERENCES");
	if (!x.by_references && !imap_parser_try_word(p, "ORDEREDSUBJECT"))
		imap_parser_fail(p, "REFERENCES or ORDEREDSUBJECT");
	if (p->expected || !imap_parser_space(p) || !imap_parser_astring(p, &charset) ||
	    !imap_parser_space(p) || !imap_search_parse(c, charset, &s))
		return imap_reply_bad(c);
	if (s.is_charset_unknown)
		return imap_search_no_charset(c, &nothing);
	e = s.err;
	if (!e)
		e = imap_search_run(c, &s, false, &found);
	if (!e)
		e = run_thread(&x, &found);
	return e ? imap_reply_err(c, e) : answer(&x, &found);
}
