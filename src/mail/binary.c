#include "src/mail/binary.h"

#include <string.h>

#include "src/base/arena.h"
#include "src/mail/header.h"
#include "src/mail/message.h"
#include "src/mail/transfer.h"

enum {
	PIECE = 57 * 1024, /* whole lines of base64 */
	DEPTH_MAX = 100
};

struct encoder {
	struct arena *a;
	struct str bytes, parts;
	uint64_t
		done; /* octets of `bytes` that have been written, in another form or as they are */
	bool (*put)(void *context, struct str octets);
	void *context;
	uint32_t path[DEPTH_MAX + 1];
};

static struct str cut(const struct encoder *x, uint64_t from, uint64_t to)
{
	return str_first(str_from(x->bytes, (size_t)from), (size_t)(to - from));
}

static bool has_nul(struct str s)
{
	return s.n > 0 && memchr(s.p, 0, s.n);
}

static enum err put(struct encoder *x, struct str octets)
{
	return octets.n == 0 || x->put(x->context, octets) ? ERR_OK : ERR_LIMIT;
}

/* As they stand, up to `to`. */
static enum err copy(struct encoder *x, uint64_t to)
{
	struct str octets = cut(x, x->done, to);

	if (has_nul(octets))
		return ERR_INVALID;
	x->done = to;
	return put(x, octets);
}

/* The header of a part with another Content-Transfer-Encoding. */
static enum err put_header(struct encoder *x, struct str header)
{
	struct mail_header_iter it = { .rest = header };
	struct mail_header_field field;
	size_t end = 0;
	enum err e = ERR_OK;

	if (has_nul(header))
		return ERR_INVALID;
	while (!e && mail_header_next(&it, &field)) {
		end = (size_t)(field.raw.p - header.p) + field.raw.n;
		if (!str_ieq(field.name, STR("Content-Transfer-Encoding")))
			e = put(x, field.raw);
	}
	if (!e)
		e = put(x, STR("Content-Transfer-Encoding: base64\r\n"));
	/* The blank line, as it stands. */
	return e ? e : put(x, str_from(header, end));
}

static enum err put_base64(struct encoder *x, struct str octets, bool is_last)
{
	struct arena *a = arena_new(x->a);
	enum err e = ERR_OK;

	while (octets.n > 0 && !e) {
		struct str part = str_first(octets, PIECE), lines;

		octets = str_from(octets, part.n);
		lines = mail_transfer_base64(a, part);
		/* Before a boundary stands a line end already. */
		if (octets.n == 0 && !is_last && str_ends(lines, STR("\r\n")))
			lines.n -= 2;
		e = put(x, lines);
		arena_reset(a);
	}
	arena_free(&a);
	return e;
}

static enum err encode_leaf(struct encoder *x, size_t depth, const struct mail_part_range *body)
{
	struct mail_part_range header;
	uint64_t end = body->offset + body->size;
	enum err e;

	if (!has_nul(cut(x, body->offset, end)))
		return ERR_OK;
	if (body->encoding != '7' ||
	    mail_part_find(x->parts, x->path, depth, MAIL_PART_MIME, &header) ||
	    header.offset < x->done || header.offset + header.size > body->offset)
		return ERR_INVALID;
	e = copy(x, header.offset);
	if (!e)
		e = put_header(x, cut(x, header.offset, header.offset + header.size));
	x->done = header.offset + header.size;
	if (!e)
		e = copy(x, body->offset);
	if (!e)
		e = put_base64(x, cut(x, body->offset, end), end == x->bytes.n);
	x->done = end;
	return e;
}

static enum err encode_parts(struct encoder *x, size_t depth);

/* The part at `path`, or those in it. */
static enum err encode_part(struct encoder *x, size_t depth, const struct mail_part_range *body)
{
	struct mail_part_range inner;

	if (depth < DEPTH_MAX) {
		x->path[depth] = 1;
		if (!mail_part_find(x->parts, x->path, depth + 1, MAIL_PART_BODY, &inner) &&
		    (inner.offset != body->offset || inner.size != body->size))
			return encode_parts(x, depth);
	}
	return encode_leaf(x, depth, body);
}

/* Parts 1, 2, ... of what is at the first `depth` numbers of `path`. */
static enum err encode_parts(struct encoder *x, size_t depth)
{
	struct mail_part_range body;
	enum err e = ERR_OK;

	for (uint32_t i = 1; !e; i++) {
		x->path[depth] = i;
		if (mail_part_find(x->parts, x->path, depth + 1, MAIL_PART_BODY, &body))
			break;
		if (body.offset + body.size > x->bytes.n)
			return ERR_INVALID;
		e = encode_part(x, depth + 1, &body);
	}
	return e;
}

enum err mail_binary_encode(struct arena *a, struct str bytes, struct str parts,
                            bool (*put_octets)(void *context, struct str octets), void *context)
{
	struct encoder x = { .a = a, .bytes = bytes, .parts = parts };
	enum err e;

	x.put = put_octets;
	x.context = context;
	e = encode_parts(&x, 0);
	return e ? e : copy(&x, bytes.n);
}
