#include <string.h>

#include "src/base/arena.h"
#include "src/base/varint.h"
#include "src/mail/index_priv.h"
#include "src/mail/message_priv.h"
#include "src/mail/text_priv.h"

/*
 * What is sent and stored of the tree of parts. The functions call themselves once a level, and the
 * depth of the tree is limited.
 */

struct writer {
	const struct parser *p;
	struct buf b;
	bool has_extension;
};

static void put_slice(struct writer *w, struct slice s)
{
	put(&w->b, str_make(w->p->text.p + s.at, s.n));
}

static void put_number(struct writer *w, uint64_t value)
{
	put_byte(&w->b, ' ');
	put_u64(&w->b, value);
}

static void put_part(struct writer *w, const struct part *part)
{
	put_byte(&w->b, '(');
	if (part->kind == PART_MULTIPART) {
		for (const struct part *c = part->first_child; c; c = c->next)
			put_part(w, c);
		put_byte(&w->b, ' ');
		put_slice(w, part->head);
	} else {
		put_slice(w, part->head);
		put_number(w, part->end - part->body_off);
		if (part->kind == PART_MESSAGE) {
			put_byte(&w->b, ' ');
			put_slice(w, part->first_child->envelope);
			put_byte(&w->b, ' ');
			put_part(w, part->first_child);
		}
		if (part->kind == PART_MESSAGE || part->is_text)
			put_number(w, part->lines);
	}
	if (w->has_extension)
		put_slice(w, part->tail);
	put_byte(&w->b, ')');
}

struct str structure_write(struct arena *a, const struct parser *p, bool has_extension)
{
	/* Numbers, brackets and a substitute take less than 64 octets a part. */
	size_t room = p->text.n + (p->count + 1) * (size_t)64;
	struct writer w = { .p = p, .b = buf_in(NULL, room * 2), .has_extension = has_extension };
	struct str text;

	must(buf_reserve(&w.b, room < 4096 ? room : 4096));
	put_part(&w, p->root);
	text = str_dup(a, buf_str(&w.b));
	buf_clear(&w.b);
	return text;
}

static void put_varint(struct buf *b, uint64_t value)
{
	unsigned char octets[VARINT_MAX];

	put(b, str_make(octets, (size_t)(varint_put(octets, value) - octets)));
}

/* The record of `part` and those inside it; `base` is what its offset is counted from. */
static void put_record(struct buf *b, const struct part *part, size_t base)
{
	unsigned kind = part->kind == PART_MULTIPART ? INDEX_MULTIPART
	                : part->kind == PART_MESSAGE ? INDEX_MESSAGE
	                                             : INDEX_LEAF;
	const char *encoding = strchr(INDEX_ENCODINGS, part->encoding);
	size_t size_at;

	must(encoding);
	put_byte(b, (unsigned char)(kind | (unsigned)(encoding - INDEX_ENCODINGS) << 2));
	put_varint(b, part->hdr_off - base);
	put_varint(b, part->body_off - part->hdr_off);
	put_varint(b, part->end - part->body_off);
	if (part->kind == PART_LEAF)
		return;
	size_at = b->n;
	put(b, STR("\0\0\0\0"));
	base = part->body_off;
	for (const struct part *c = part->first_child; c; c = c->next) {
		put_record(b, c, base);
		base = c->hdr_off;
	}
	for (size_t i = 0; i < 4; i++)
		b->p[size_at + i] = (unsigned char)((b->n - size_at - 4) >> (8 * i));
}

struct str structure_index(struct arena *a, const struct parser *p)
{
	/* A record is at most 1 + 3 * 5 + 4 octets; substitutes double the count at worst. */
	struct buf b = buf_in(a, 16 + (p->count + 1) * (size_t)40);

	put_byte(&b, INDEX_VERSION);
	put_varint(&b, p->bytes.n);
	put_record(&b, p->root, 0);
	return buf_str(&b);
}
