#include <string.h>

#include "src/base/arena.h"
#include "src/mail/address.h"
#include "src/mail/header.h"
#include "src/mail/message_priv.h"
#include "src/mail/text_priv.h"

/*
 * ENVELOPE (RFC 3501 section 7.4.2, RFC 9051 section 7.5.2) and the strings it is made of.
 */

enum {
	QUOTED_MAX = 4096
}; /* clients read lines; what is longer goes as a literal */

/* How a string must be sent. */
enum form {
	FORM_PLAIN,
	FORM_ESCAPED,
	FORM_LITERAL
};

static enum form find_form(struct str s)
{
	enum form form = FORM_PLAIN;

	if (s.n > QUOTED_MAX)
		return FORM_LITERAL;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = s.p[i];

		if (c >= 0x80 || c == '\r' || c == '\n' || c == '\0')
			return FORM_LITERAL;
		if (c == '"' || c == '\\')
			form = FORM_ESCAPED;
	}
	return form;
}

static void put_literal(struct buf *b, struct str s)
{
	unsigned char *out;

	put_byte(b, '{');
	put_u64(b, s.n);
	put(b, STR("}\r\n"));
	out = buf_reserve(b, s.n);
	must(out);
	/* No octet of IMAP4rev1 can be NUL (RFC 3501 section 9, CHAR8). */
	for (size_t i = 0; i < s.n; i++)
		out[i] = s.p[i] ? s.p[i] : ' ';
	b->n += s.n;
}

void envelope_put_string(struct buf *b, struct str s)
{
	enum form form = find_form(s);
	unsigned char *out;
	size_t n = 0;

	if (form == FORM_LITERAL) {
		put_literal(b, s);
		return;
	}
	out = buf_reserve(b, 2 * s.n + 2);
	must(out);
	out[n++] = '"';
	if (form == FORM_PLAIN) {
		if (s.n)
			memcpy(out + n, s.p, s.n);
		n += s.n;
	} else {
		for (size_t i = 0; i < s.n; i++) {
			if (s.p[i] == '"' || s.p[i] == '\\')
				out[n++] = '\\';
			out[n++] = s.p[i];
		}
	}
	out[n++] = '"';
	b->n += n;
}

void envelope_put_nstring(struct parser *p, struct str value)
{
	if (!value.p || p->text.n > p->text_soft_max)
		put(&p->text, STR("NIL"));
	else
		envelope_put_string(&p->text, mail_header_unfold(p->scratch, value));
}

static void put_text_or_nil(struct buf *b, struct str s)
{
	if (s.n)
		envelope_put_string(b, s);
	else
		put(b, STR("NIL"));
}

/*
 * (name route mailbox host). A NIL host means a group, a NIL mailbox its end, so a mailbox that
 * lacks one of them gets a word that says so; other servers use the same words, and clients know
 * them.
 */
static void put_item(struct buf *b, const struct mail_address_item *item)
{
	put_byte(b, '(');
	if (item->kind == MAIL_ADDRESS_KIND_GROUP_END) {
		put(b, STR("NIL NIL NIL NIL)"));
		return;
	}
	if (item->kind == MAIL_ADDRESS_KIND_GROUP) {
		put(b, STR("NIL NIL "));
		envelope_put_string(b, item->name);
		put(b, STR(" NIL)"));
		return;
	}
	put_text_or_nil(b, item->name);
	put_byte(b, ' ');
	put_text_or_nil(b, item->route);
	put_byte(b, ' ');
	envelope_put_string(b, item->local.n ? item->local : STR("MISSING_MAILBOX"));
	put_byte(b, ' ');
	envelope_put_string(b, item->domain.n ? item->domain : STR("MISSING_DOMAIN"));
	put_byte(b, ')');
}

/* State of one list while it is written. */
struct list {
	bool is_open;
	bool is_in_group;
	size_t left; /* addresses that may still be listed */
};

static void put_items(struct parser *p, struct list *list, struct str value)
{
	static const struct mail_address_item group_end = { .kind = MAIL_ADDRESS_KIND_GROUP_END };
	struct mail_address_item *item;
	size_t n;

	if (p->text.n > p->text_soft_max)
		return;
	n = mail_address_list_parse(p->scratch, value, list->left, &item);
	list->left -= n < list->left ? n : list->left;
	for (; item && p->text.n <= p->text_soft_max; item = item->next) {
		if (!list->is_open)
			put_byte(&p->text, '(');
		list->is_open = true;
		if (item->kind != MAIL_ADDRESS_KIND_BOX)
			list->is_in_group = item->kind == MAIL_ADDRESS_KIND_GROUP;
		put_item(&p->text, item);
	}
	if (list->is_in_group)
		put_item(&p->text, &group_end);
	list->is_in_group = false;
}

/* The list of `field`; false, and nothing written, when it has no address. */
static bool put_list(struct parser *p, const struct fields *f, enum field field)
{
	struct list list = { .left = p->limits->max_addresses };

	if (f->value[field].n)
		put_items(p, &list, f->value[field]);
	for (const struct field_more *more = f->more; more && list.left; more = more->next)
		if (more->field == field)
			put_items(p, &list, more->value);
	if (list.is_open)
		put_byte(&p->text, ')');
	return list.is_open;
}

static void put_copy(struct buf *b, struct slice s)
{
	unsigned char *out = buf_reserve(b, s.n);

	must(out);
	memcpy(out, b->p + s.at, s.n);
	b->n += s.n;
}

struct slice envelope_write(struct parser *p, const struct fields *f)
{
	static const enum field senders[] = { FIELD_SENDER, FIELD_REPLY_TO };
	static const enum field recipients[] = { FIELD_TO, FIELD_CC, FIELD_BCC };
	struct buf *b = &p->text;
	struct slice whole = { .at = b->n }, from;

	put_byte(b, '(');
	envelope_put_nstring(p, f->value[FIELD_DATE]);
	put_byte(b, ' ');
	envelope_put_nstring(p, f->value[FIELD_SUBJECT]);
	put_byte(b, ' ');
	from.at = b->n;
	if (!put_list(p, f, FIELD_FROM))
		put(b, STR("NIL"));
	from.n = b->n - from.at;
	for (size_t i = 0; i < 2; i++) {
		put_byte(b, ' ');
		if (!put_list(p, f, senders[i]))
			put_copy(b, from);
	}
	for (size_t i = 0; i < 3; i++) {
		put_byte(b, ' ');
		if (!put_list(p, f, recipients[i]))
			put(b, STR("NIL"));
	}
	put_byte(b, ' ');
	envelope_put_nstring(p, f->value[FIELD_IN_REPLY_TO]);
	put_byte(b, ' ');
	envelope_put_nstring(p, f->value[FIELD_MESSAGE_ID]);
	put_byte(b, ')');
	whole.n = b->n - whole.at;
	return whole;
}
