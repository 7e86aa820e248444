/*
 * Octets of messages for FETCH and SEARCH, read in pieces so that a large message needs little
 * memory.
 */
#include <string.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/imap/fetch_priv.h"
#include "src/mail/header.h"

enum {
	PIECE = 256 * 1024,
	KEEP_WHOLE = 64 * 1024, /* a message up to this is read at once, whatever part is wanted */
};

static enum err read_stored(struct imap_fetch_message *fm, uint64_t message_size, uint64_t offset,
                            uint64_t max, struct str *octets_r)
{
	struct store_read_req q = {
		.grant = fm->c->state->grant,
		.mailbox_id = fm->c->state->mailbox.id,
		.uid = fm->m->uid,
	};
	struct store_read_res r;
	enum err e;

	if (offset < fm->kept_at || offset >= fm->kept_at + fm->kept.n) {
		bool is_small = message_size <= KEEP_WHOLE;

		q.offset = is_small ? 0 : offset;
		q.size = is_small ? KEEP_WHOLE : (uint32_t)(max < PIECE ? max : PIECE);
		if (max == 0 || offset >= message_size) {
			*octets_r = STR("");
			return ERR_OK;
		}
		arena_reset(fm->piece);
		fm->kept = STR("");
		e = store_read(fm->c->store, fm->piece, &q, &r);
		if (e)
			return e;
		fm->kept = r.octets;
		fm->kept_at = q.offset;
	}
	*octets_r = STR("");
	if (offset >= fm->kept_at && offset < fm->kept_at + fm->kept.n)
		*octets_r = str_first(str_from(fm->kept, (size_t)(offset - fm->kept_at)),
		                      max < SIZE_MAX ? (size_t)max : SIZE_MAX);
	return ERR_OK;
}

enum err imap_fetch_read(struct imap_fetch_message *fm, uint64_t offset, uint64_t max,
                         struct str *octets_r)
{
	if (fm->surrogate.n == 0)
		return read_stored(fm, fm->m->size, offset, max, octets_r);
	if (offset < fm->surrogate.n) {
		*octets_r = str_first(str_from(fm->surrogate, (size_t)offset),
		                      max < SIZE_MAX ? (size_t)max : SIZE_MAX);
		return ERR_OK;
	}
	return read_stored(fm, fm->m->size - fm->surrogate.n + fm->stored_header,
	                   offset - fm->surrogate.n + fm->stored_header, max, octets_r);
}

enum err imap_fetch_range(struct imap_fetch_message *fm, struct arena *a, uint64_t offset,
                          uint64_t size, uint64_t max, struct str *octets_r)
{
	struct buf all;
	struct str piece;

	if (size > max)
		size = max;
	all = buf_in(a, (size_t)size);
	while (all.n < size) {
		enum err e = imap_fetch_read(fm, offset + all.n, size - all.n, &piece);

		if (e)
			return e;
		if (piece.n == 0)
			break;
		if (buf_add(&all, piece))
			return ERR_LIMIT;
	}
	*octets_r = buf_str(&all);
	return ERR_OK;
}

enum err imap_fetch_header(struct imap_fetch_message *fm, struct str *header_r)
{
	uint64_t size = (uint64_t)fm->m->prefix_size + fm->m->hdr_size;
	enum err e = ERR_OK;

	if (fm->header.n == 0 && fm->m->header.n == size)
		fm->header = fm->m->header;
	else if (fm->header.n == 0 && fm->kept_at == 0 && fm->kept.n == fm->m->size)
		fm->header = str_first(fm->kept, (size_t)size);
	else if (fm->header.n == 0)
		e = imap_fetch_range(fm, fm->a, 0, size, IMAP_FETCH_HEADER_MAX, &fm->header);
	if (!e)
		*header_r = fm->header;
	return e;
}

/* Where a section lies in the stored message. ERR_NOTFOUND: there is no such part. */
static enum err find_range(const struct imap_fetch_message *fm, const struct imap_fetch_body *body,
                           uint64_t *offset_r, uint64_t *size_r)
{
	const struct store_message *m = fm->m;
	static const enum mail_part_what whats[] = {
		[IMAP_SECTION_ALL] = MAIL_PART_BODY,
		[IMAP_SECTION_HEADER] = MAIL_PART_HEADER,
		[IMAP_SECTION_FIELDS] = MAIL_PART_HEADER,
		[IMAP_SECTION_FIELDS_NOT] = MAIL_PART_HEADER,
		[IMAP_SECTION_TEXT] = MAIL_PART_TEXT,
		[IMAP_SECTION_MIME] = MAIL_PART_MIME,
	};
	uint64_t header = fm->surrogate.n > 0 ? fm->surrogate.n
	                                      : (uint64_t)m->prefix_size + m->hdr_size;
	struct mail_part_range range;
	enum err e;

	if (body->depth > 0) {
		e = mail_part_find(m->parts, body->path, body->depth, whats[body->section], &range);
		if (e)
			return e;
		*offset_r = m->prefix_size + range.offset;
		/* Parts lie behind the header: they move with its end. */
		if (fm->surrogate.n > 0)
			*offset_r = *offset_r - fm->stored_header + fm->surrogate.n;
		*size_r = range.size;
		return ERR_OK;
	}
	if (header > m->size)
		header = m->size;
	*offset_r = body->section == IMAP_SECTION_TEXT ? header : 0;
	*size_r = body->section == IMAP_SECTION_ALL    ? m->size
	          : body->section == IMAP_SECTION_TEXT ? m->size - header
	                                               : header;
	return ERR_OK;
}

static bool is_listed(const struct imap_fetch_body *body, struct str name)
{
	for (size_t i = 0; i < body->n_fields; i++) {
		if (str_ieq(body->fields[i], name))
			return true;
	}
	return false;
}

/*
 * HEADER.FIELDS and HEADER.FIELDS.NOT: fields as they stand, and always the blank line (RFC 3501
 * section 6.4.5). Walks over the octets of the answer and writes those within [from, to).
 */
static uint64_t walk_fields(struct imap_cmd *c, const struct imap_fetch_body *body,
                            struct str block, uint64_t from, uint64_t to)
{
	struct mail_header_iter it = { .rest = block };
	bool wants_listed = body->section == IMAP_SECTION_FIELDS;
	bool is_end = false;
	uint64_t at = 0;

	while (!is_end) {
		struct mail_header_field field;
		struct str raw = STR("\r\n");

		is_end = !mail_header_next(&it, &field);
		if (!is_end && (field.name.n == 0 || is_listed(body, field.name) != wants_listed))
			continue;
		if (!is_end)
			raw = field.raw;
		if (at < to && at + raw.n > from) {
			struct str part = str_first(raw,
			                            to - at < raw.n ? (size_t)(to - at) : raw.n);

			imap_out_octets(&c->out,
			                str_from(part, from > at ? (size_t)(from - at) : 0));
		}
		at += raw.n;
	}
	return at;
}

static void cut_partial(const struct imap_fetch_body *body, uint64_t *offset, uint64_t *size)
{
	uint64_t skip = body->offset < *size ? body->offset : *size;

	if (!body->has_partial)
		return;
	*offset += skip;
	*size -= skip;
	if (*size > body->size)
		*size = body->size;
}

static void write_label(struct imap_cmd *c, const struct imap_fetch_body *body, uint64_t size)
{
	imap_out_str(&c->out, body->label);
	imap_out_c(&c->out, " {");
	imap_out_u64(&c->out, size);
	imap_out_c(&c->out, "}\r\n");
}

static void write_nil(struct imap_cmd *c, const struct imap_fetch_body *body)
{
	imap_out_str(&c->out, body->label);
	imap_out_c(&c->out, " NIL");
}

static enum err write_fields(struct imap_fetch_message *fm, const struct imap_fetch_body *body,
                             uint64_t offset, uint64_t size)
{
	struct arena *a = arena_new(fm->a);
	struct str block;
	uint64_t from = 0, n;
	enum err e;

	e = body->depth == 0 ? imap_fetch_header(fm, &block)
	                     : imap_fetch_range(fm, a, offset, size, IMAP_FETCH_HEADER_MAX, &block);
	if (!e) {
		n = walk_fields(fm->c, body, block, 0, 0);
		cut_partial(body, &from, &n);
		write_label(fm->c, body, n);
		walk_fields(fm->c, body, block, from, from + n);
	}
	arena_free(&a);
	return e;
}

/* The octets of a literal from `place` on. */
static enum err go_on(struct imap_fetch_message *fm, const struct imap_fetch_body *body)
{
	struct imap_fetch_place *at = fm->place;

	at->body = NULL;
	while (at->offset < at->end) {
		uint64_t left = at->end - at->offset, max = imap_fetch_piece(fm);
		struct str piece;
		enum err e = imap_fetch_read(fm, at->offset, left < max ? left : max, &piece);

		if (e)
			return e == ERR_NOTFOUND ? ERR_TEMP : e;
		if (piece.n == 0)
			return ERR_CORRUPT;
		piece = str_first(piece, left < piece.n ? (size_t)left : piece.n);
		imap_out_octets(&fm->c->out, piece);
		at->offset += piece.n;
		if (at->offset < at->end && imap_fetch_must_pause(fm)) {
			at->body = body;
			fm->is_paused = true;
			return ERR_OK;
		}
	}
	return ERR_OK;
}

/* The first piece is read before the literal is announced: most trouble shows while it can still be
 * told. */
static enum err write_range(struct imap_fetch_message *fm, const struct imap_fetch_body *body,
                            uint64_t offset, uint64_t size)
{
	uint64_t max = imap_fetch_piece(fm);
	struct str piece;
	enum err e = imap_fetch_read(fm, offset, size < max ? size : max, &piece);

	if (e)
		return e;
	write_label(fm->c, body, size);
	*fm->place = (struct imap_fetch_place){ .offset = offset, .end = offset + size };
	return go_on(fm, body);
}

enum err imap_fetch_write_body(struct imap_fetch_message *fm, const struct imap_fetch_body *body)
{
	uint64_t offset, size;
	enum err e;

	if (body->kind != IMAP_FETCH_KIND_BODY)
		return imap_fetch_write_binary(fm, body);
	if (fm->place->body == body)
		return go_on(fm, body);
	e = find_range(fm, body, &offset, &size);
	if (!e &&
	    (body->section == IMAP_SECTION_FIELDS || body->section == IMAP_SECTION_FIELDS_NOT)) {
		e = write_fields(fm, body, offset, size);
	} else if (!e) {
		cut_partial(body, &offset, &size);
		if (body->depth == 0 && body->section == IMAP_SECTION_HEADER &&
		    fm->m->header.n >= offset + size) {
			write_label(fm->c, body, size);
			imap_out_octets(
				&fm->c->out,
				str_first(str_from(fm->m->header, (size_t)offset), (size_t)size));
			return ERR_OK;
		}
		e = write_range(fm, body, offset, size);
	}
	/* No such part, or the message went away this very moment. */
	if (e == ERR_NOTFOUND) {
		write_nil(fm->c, body);
		return ERR_OK;
	}
	return e;
}
