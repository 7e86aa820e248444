/*
 * BINARY and BINARY.SIZE (RFC 3516, RFC 9051 section 6.4.5): sections without their
 * content-transfer-encoding. The size stands before the octets, so a part is decoded twice, a piece
 * at a time.
 */
#include <string.h>

#include "src/base/arena.h"
#include "src/imap/fetch_priv.h"

struct binary {
	uint64_t offset, size; /* of the section in the stored message */
	char encoding;
};

/* ERR_NOTFOUND: there is no such part. */
static enum err find(const struct store_message *m, const struct imap_fetch_body *body,
                     struct binary *b_r)
{
	struct mail_part_range range;
	enum err e;

	if (body->depth == 0) {
		*b_r = (struct binary){ .size = m->size, .encoding = '7' };
		return ERR_OK;
	}
	e = mail_part_find(m->parts, body->path, body->depth, MAIL_PART_BODY, &range);
	if (!e)
		*b_r = (struct binary){ m->prefix_size + range.offset, range.size, range.encoding };
	return e;
}

bool imap_fetch_can_decode(const struct store_message *m, const struct imap_fetch_body *body)
{
	struct binary b;

	return body->kind == IMAP_FETCH_KIND_BODY || find(m, body, &b) || b.encoding != 'u';
}

/* The next piece, decoded, which is empty at the end. */
static enum err decode_piece(struct imap_fetch_message *fm, struct imap_fetch_place *at,
                             struct arena *a, struct str *octets_r)
{
	uint64_t left = at->end - at->offset, max = imap_fetch_piece(fm);
	struct str piece;
	unsigned char *out;
	enum err e = imap_fetch_read(fm, at->offset, left < max ? left : max, &piece);

	if (e)
		return e;
	if (piece.n == 0 && left > 0)
		return ERR_CORRUPT;
	piece = str_first(piece, left < piece.n ? (size_t)left : piece.n);
	at->offset += piece.n;
	arena_reset(a);
	out = arena_alloc(a, piece.n + MAIL_DECODER_SPARE);
	*octets_r = str_make(out,
	                     mail_decoder_feed(&at->decoder, piece, at->offset == at->end, out));
	return ERR_OK;
}

/* Those of `octets`, which begin at at->at, that are wanted. */
static struct str wanted(const struct imap_fetch_place *at, struct str octets)
{
	uint64_t skip = at->from > at->at ? at->from - at->at : 0;
	uint64_t end = at->to > at->at ? at->to - at->at : 0;

	octets = str_first(octets, end < octets.n ? (size_t)end : octets.n);
	return str_from(octets, skip < octets.n ? (size_t)skip : octets.n);
}

/* How many octets there are up to at->to, and whether NUL is among those wanted. */
static enum err measure(struct imap_fetch_message *fm, struct imap_fetch_place at, uint64_t *size_r,
                        bool *has_nul_r)
{
	struct arena *a = arena_new(fm->a);
	enum err e = ERR_OK;

	*has_nul_r = false;
	while (at.offset < at.end && at.at < at.to && !e) {
		struct str octets = STR(""), part;

		e = decode_piece(fm, &at, a, &octets);
		part = wanted(&at, octets);
		*has_nul_r |= part.n > 0 && memchr(part.p, 0, part.n);
		at.at += octets.n;
	}
	*size_r = at.at < at.to ? at.at : at.to;
	arena_free(&a);
	return e;
}

/* The octets of the literal from `place` on. */
static enum err go_on(struct imap_fetch_message *fm, const struct imap_fetch_body *body)
{
	struct imap_fetch_place *at = fm->place;
	struct arena *a = arena_new(fm->a);
	enum err e = ERR_OK;

	at->body = NULL;
	while (at->at < at->to && !e && !fm->is_paused) {
		struct str octets = STR("");

		if (at->offset == at->end)
			e = ERR_CORRUPT; /* it was longer a moment ago */
		else
			e = decode_piece(fm, at, a, &octets);
		/* Octets as they are: NUL may stand in a literal8. */
		imap_out_str(&fm->c->out, wanted(at, octets));
		at->at += octets.n;
		if (!e && at->at < at->to && imap_fetch_must_pause(fm)) {
			at->body = body;
			fm->is_paused = true;
		}
	}
	arena_free(&a);
	return e == ERR_NOTFOUND ? ERR_TEMP : e;
}

static void write_number(struct imap_cmd *c, const char *before, uint64_t n, const char *behind)
{
	imap_out_c(&c->out, before);
	imap_out_u64(&c->out, n);
	imap_out_c(&c->out, behind);
}

static enum err write_literal(struct imap_fetch_message *fm, const struct imap_fetch_body *body,
                              const struct binary *b)
{
	struct imap_fetch_place *at = fm->place;
	bool has_nul;
	enum err e;

	*at = (struct imap_fetch_place){
		.offset = b->offset,
		.end = b->offset + b->size,
		.decoder = mail_decoder_for(b->encoding),
		.from = body->has_partial ? body->offset : 0,
		.to = body->has_partial && body->size < UINT64_MAX - body->offset
		              ? body->offset + body->size
		              : UINT64_MAX,
	};
	e = measure(fm, *at, &at->to, &has_nul);
	if (e)
		return e;
	if (at->from > at->to)
		at->from = at->to;
	imap_out_str(&fm->c->out, body->label);
	write_number(fm->c, has_nul ? " ~{" : " {", at->to - at->from, "}\r\n");
	return go_on(fm, body);
}

static enum err write_size(struct imap_fetch_message *fm, const struct imap_fetch_body *body,
                           const struct binary *b)
{
	struct imap_fetch_place at = {
		.offset = b->offset,
		.end = b->offset + b->size,
		.decoder = mail_decoder_for(b->encoding),
		.from = UINT64_MAX,
		.to = UINT64_MAX,
	};
	uint64_t size = b->size;
	bool has_nul;
	enum err e = ERR_OK;

	if (b->encoding != '7')
		e = measure(fm, at, &size, &has_nul);
	if (e)
		return e;
	imap_out_str(&fm->c->out, body->label);
	write_number(fm->c, " ", size, "");
	return ERR_OK;
}

enum err imap_fetch_write_binary(struct imap_fetch_message *fm, const struct imap_fetch_body *body)
{
	bool is_size = body->kind == IMAP_FETCH_KIND_BINARY_SIZE;
	struct binary b;
	enum err e;

	if (fm->place->body == body)
		return go_on(fm, body);
	e = find(fm->m, body, &b);
	/* Parts lie behind the header: they move with its end. */
	if (!e && body->depth > 0 && fm->surrogate.n > 0)
		b.offset = b.offset - fm->stored_header + fm->surrogate.n;
	if (!e)
		e = is_size ? write_size(fm, body, &b) : write_literal(fm, body, &b);
	/* No such part, or the message went away this very moment. */
	if (e != ERR_NOTFOUND)
		return e;
	imap_out_str(&fm->c->out, body->label);
	imap_out_c(&fm->c->out, is_size ? " 0" : " NIL");
	return ERR_OK;
}
