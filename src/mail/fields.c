#include <string.h>

#include "src/base/arena.h"
#include "src/mail/header.h"
#include "src/mail/message_priv.h"
#include "src/mail/text_priv.h"
#include "src/mail/transfer.h"

/*
 * From header fields to the IMAP description of a part (RFC 3501 section 7.4.2, BODYSTRUCTURE).
 */

enum {
	LANGUAGES_MAX = 100,
	MESSAGE_ID_MAX = 2048,
	MORE_MAX = 1000
};

struct named_field {
	const char *name;
	enum field field;
};

/* Candidates by length of the name; at most two share one. */
static const struct named_field *candidates(size_t n)
{
	static const struct named_field table[26][3] = {
		[2] = { { "to", FIELD_TO }, { "cc", FIELD_CC } },
		[3] = { { "bcc", FIELD_BCC } },
		[4] = { { "date", FIELD_DATE }, { "from", FIELD_FROM } },
		[6] = { { "sender", FIELD_SENDER } },
		[7] = { { "subject", FIELD_SUBJECT } },
		[8] = { { "received", FIELD_RECEIVED }, { "reply-to", FIELD_REPLY_TO } },
		[10] = { { "message-id", FIELD_MESSAGE_ID }, { "content-id", FIELD_ID } },
		[11] = { { "in-reply-to", FIELD_IN_REPLY_TO }, { "content-md5", FIELD_MD5 } },
		[12] = { { "content-type", FIELD_TYPE } },
		[16] = { { "content-language", FIELD_LANGUAGE },
		         { "content-location", FIELD_LOCATION } },
		[19] = { { "content-disposition", FIELD_DISPOSITION },
		         { "content-description", FIELD_DESCRIPTION } },
		[25] = { { "content-transfer-encoding", FIELD_ENCODING } },
	};

	return n < 26 ? table[n] : table[0];
}

enum field fields_find(struct str name)
{
	for (const struct named_field *c = candidates(name.n); c->name; c++)
		if (str_ieq(name, str_make(c->name, name.n)))
			return c->field;
	return FIELD_NONE;
}

void fields_add(struct parser *p, struct fields *f, enum field field, struct str value)
{
	struct field_more *more;

	if (field == FIELD_RECEIVED)
		f->received++;
	if (!f->value[field].p) {
		f->value[field] = value;
		return;
	}
	if (field != FIELD_TO && field != FIELD_CC && field != FIELD_BCC)
		return;
	more = ARENA_NEW(p->scratch, struct field_more);
	more->field = field;
	more->value = value;
	*f->more_last = more;
	f->more_last = &more->next;
}

static void begin(const struct parser *p, struct slice *s)
{
	s->at = p->text.n;
}

static void end(const struct parser *p, struct slice *s)
{
	s->n = p->text.n - s->at;
}

/* ("name" "value" ...) or NIL; `extra` goes behind the others. */
static void put_params(struct parser *p, const struct mail_header_param *first, struct str extra)
{
	struct buf *b = &p->text;
	bool is_open = false;

	for (; first && b->n <= p->text_soft_max; first = first->next) {
		put(b, is_open ? STR(" ") : STR("("));
		envelope_put_string(b, first->name);
		put_byte(b, ' ');
		envelope_put_string(b, first->value);
		is_open = true;
	}
	if (extra.n) {
		put(b, is_open ? STR(" ") : STR("("));
		put(b, extra);
		is_open = true;
	}
	put(b, is_open ? STR(")") : STR("NIL"));
}

/* Content-Disposition as ("attachment" ("filename" "x")). */
static void put_disposition(struct parser *p, struct part *part, struct str value)
{
	struct mail_header_param *params;
	struct str kind;

	if (value.p && p->text.n <= p->text_soft_max) {
		kind = mail_header_params(p->scratch, value, &params);
		if (kind.n) {
			part->is_attachment = str_ieq(kind, STR("attachment"));
			put(&p->text, STR(" ("));
			envelope_put_string(&p->text, kind);
			put_byte(&p->text, ' ');
			put_params(p, params, str_make(NULL, 0));
			put_byte(&p->text, ')');
			return;
		}
	}
	put(&p->text, STR(" NIL"));
}

/* Content-Language: one tag, or a list of them. */
static void put_languages(struct parser *p, struct str value)
{
	struct str rest = mail_header_unfold(p->scratch, value), tags[LANGUAGES_MAX];
	size_t n = 0;
	bool is_more = p->text.n <= p->text_soft_max;

	while (is_more && n < LANGUAGES_MAX) {
		is_more = str_cut(&rest, ',', &tags[n]);
		tags[n] = str_trim(tags[n]);
		n += tags[n].n > 0;
	}
	if (n == 0) {
		put(&p->text, STR(" NIL"));
		return;
	}
	for (size_t i = 0; i < n; i++) {
		put(&p->text, i == 0 && n > 1 ? STR(" (") : STR(" "));
		envelope_put_string(&p->text, tags[i]);
	}
	if (n > 1)
		put_byte(&p->text, ')');
}

/* What both kinds of extension data end with. */
static void put_tail(struct parser *p, struct part *part, const struct fields *f)
{
	const struct str *value = f->value;

	if (!value[FIELD_DISPOSITION].p && !value[FIELD_LANGUAGE].p && !value[FIELD_LOCATION].p) {
		put(&p->text, STR(" NIL NIL NIL"));
		return;
	}
	put_disposition(p, part, value[FIELD_DISPOSITION]);
	put_languages(p, value[FIELD_LANGUAGE]);
	put_byte(&p->text, ' ');
	envelope_put_nstring(p, value[FIELD_LOCATION]);
}

/* A parsed Content-Type. */
struct type {
	struct str type, subtype;
	struct mail_header_param *params;
};

static const struct str default_charset = { (const unsigned char *)"\"charset\" \"us-ascii\"", 20 };

/* The type of a part; what RFC 2045 section 5.2 says when there is none, or none worth the name. */
static struct type read_type(struct parser *p, const struct part *part, struct str value)
{
	bool is_in_digest = !part->is_message && part->parent && part->parent->is_digest;
	struct type t = { .type = STR("text"), .subtype = STR("plain") };
	struct str head, type;

	if (is_in_digest)
		t = (struct type){ .type = STR("message"), .subtype = STR("rfc822") };
	if (!value.p)
		return t;
	head = mail_header_params(p->scratch, value, &t.params);
	if (!str_cut(&head, '/', &type))
		return t;
	type = str_trim(type);
	head = str_trim(head);
	if (type.n == 0 || head.n == 0)
		return t;
	t.type = type;
	t.subtype = head;
	return t;
}

static const struct mail_header_param *find_param(const struct mail_header_param *first,
                                                  struct str name)
{
	for (; first; first = first->next)
		if (str_ieq(first->name, name))
			return first;
	return NULL;
}

/* First word of a Content-Transfer-Encoding value; senders put ";" and comments behind it. */
static struct str read_encoding(struct parser *p, struct str value)
{
	struct mail_header_param *ignored;
	struct str head = mail_header_params(p->scratch, value, &ignored);
	size_t n = 0;

	while (n < head.n && !is_space(head.p[n]))
		n++;
	return n ? str_first(head, n) : STR("7bit");
}

/* Multipart: the subtype, and the extension data with its parameters. */
static void describe_multipart(struct parser *p, struct part *part, const struct type *t,
                               const struct fields *f)
{
	const struct mail_header_param *boundary = find_param(t->params, STR("boundary"));

	part->kind = PART_MULTIPART;
	part->is_digest = str_ieq(t->subtype, STR("digest"));
	if (boundary)
		part->boundary = str_dup(p->tmp, boundary->value);
	begin(p, &part->head);
	envelope_put_string(&p->text, t->subtype);
	end(p, &part->head);
	begin(p, &part->tail);
	put_byte(&p->text, ' ');
	put_params(p, t->params, str_make(NULL, 0));
	put_tail(p, part, f);
	end(p, &part->tail);
}

/* body-fields of RFC 3501 section 9 up to the encoding. */
static void put_basic(struct parser *p, struct part *part, const struct type *t,
                      const struct fields *f)
{
	struct str encoding = STR("7bit"), extra = { 0 };
	struct buf *b = &p->text;

	if (part->is_text && !find_param(t->params, STR("charset")))
		extra = default_charset;
	if (f->value[FIELD_ENCODING].p)
		encoding = read_encoding(p, f->value[FIELD_ENCODING]);
	part->encoding = mail_transfer_encoding(encoding);
	envelope_put_string(b, t->type);
	put_byte(b, ' ');
	envelope_put_string(b, t->subtype);
	put_byte(b, ' ');
	put_params(p, t->params, extra);
	put_byte(b, ' ');
	envelope_put_nstring(p, f->value[FIELD_ID]);
	put_byte(b, ' ');
	envelope_put_nstring(p, f->value[FIELD_DESCRIPTION]);
	put_byte(b, ' ');
	envelope_put_string(b, encoding);
}

static void describe_leaf(struct parser *p, struct part *part, const struct type *t,
                          const struct fields *f)
{
	const struct mail_header_param *charset = find_param(t->params, STR("charset"));

	part->is_text = str_ieq(t->type, STR("text"));
	part->is_plain = part->is_text && str_ieq(t->subtype, STR("plain"));
	part->is_html = part->is_text && str_ieq(t->subtype, STR("html"));
	if (charset)
		part->charset = str_dup(p->tmp, charset->value);
	begin(p, &part->head);
	put_basic(p, part, t, f);
	end(p, &part->head);
	begin(p, &part->tail);
	put_byte(&p->text, ' ');
	envelope_put_nstring(p, f->value[FIELD_MD5]);
	put_tail(p, part, f);
	end(p, &part->tail);
}

static bool is_message_type(const struct type *t)
{
	return str_ieq(t->type, STR("message")) &&
	       (str_ieq(t->subtype, STR("rfc822")) || str_ieq(t->subtype, STR("global")));
}

void fields_describe(struct parser *p, struct part *part, const struct fields *f)
{
	struct type t = read_type(p, part, f->value[FIELD_TYPE]);
	bool is_multipart = str_ieq(t.type, STR("multipart"));
	bool is_deep = part->depth >= p->limits->max_depth || p->count >= p->limits->max_parts;

	if (part->is_message)
		part->envelope = envelope_write(p, f);
	/* A container that may not be opened is a lump of octets for the client. */
	if (is_deep && (is_multipart || is_message_type(&t)))
		t = (struct type){ .type = STR("application"), .subtype = STR("octet-stream") };
	else if (is_multipart) {
		describe_multipart(p, part, &t, f);
		return;
	} else if (is_message_type(&t)) {
		part->kind = PART_MESSAGE;
	}
	describe_leaf(p, part, &t, f);
}

void fields_describe_as(struct parser *p, struct part *part, struct str text)
{
	part->encoding = '7';
	begin(p, &part->head);
	put(&p->text, text);
	end(p, &part->head);
	begin(p, &part->tail);
	put(&p->text, STR(" NIL NIL NIL NIL"));
	end(p, &part->tail);
}

struct str fields_message_id(struct arena *a, struct str value)
{
	unsigned char *out;
	ptrdiff_t begin_at, end_at;
	size_t n = 0;

	begin_at = str_find(value, '<');
	if (begin_at < 0)
		return (struct str){ 0 };
	value = str_from(value, (size_t)begin_at);
	end_at = str_find(value, '>');
	if (end_at < 2 || end_at >= MESSAGE_ID_MAX)
		return (struct str){ 0 };
	value = str_first(value, (size_t)end_at + 1);
	out = arena_alloc(a, value.n);
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] > ' ' && value.p[i] != 0x7f)
			out[n++] = value.p[i];
	return n > 2 ? str_make(out, n) : (struct str){ 0 };
}
