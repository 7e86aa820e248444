/*
 * Looking for text in messages. Text is compared decoded and folded (mail/charset.h), whatever
 * charset and transfer encoding it was sent in. Parts are read in pieces, and pieces are cut where
 * neither a character nor an encoding is torn, so that a part of any size needs little memory.
 */
#include <string.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/imap/search_priv.h"
#include "src/mail/charset.h"
#include "src/mail/header.h"
#include "src/mail/html.h"
#include "src/mail/transfer.h"

enum {
	PIECE = IMAP_SEARCH_PIECE,
	LINE_MAX = PIECE,        /* a longer line is cut anywhere */
	MIME_MAX = 64 * 1024,    /* of the header of a part */
	HTML_PIECE = 1024 * 1024 /* HTML is kept together up to this */
};

bool imap_search_holds(struct arena *a, struct str utf8, struct str text)
{
	return mail_charset_holds(a, utf8, text);
}

bool imap_search_block_holds(struct arena *a, struct str block, struct str name, struct str text)
{
	struct mail_header_iter it = { .rest = block };
	struct arena *one = arena_new(a);
	struct mail_header_field field;
	bool is_match = false;

	while (!is_match && mail_header_next(&it, &field)) {
		if (name.n > 0 && !str_ieq(field.name, name))
			continue;
		is_match = text.n == 0 ||
		           imap_search_holds(
				   one, mail_header_decode(one, field.value, IMAP_SEARCH_FIELD_MAX),
				   text) ||
		           (name.n == 0 && imap_search_holds(one, field.name, text));
		arena_reset(one);
	}
	arena_free(&one);
	return is_match;
}

/* ---------------------------------------------------------------- one part */

/* A part while it is looked through. */
struct part {
	struct imap_fetch_message *fm;
	struct arena *a; /* of the part */
	struct str text;
	struct str charset;
	bool is_html;
	char encoding;
	struct buf raw;     /* read, not decoded yet */
	struct buf decoded; /* without a line end yet */
	struct buf tail;    /* end of what was looked through, folded */
	bool is_match;
};

static bool is_base64_char(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '/' || c == '=';
}

/* Octets that can be decoded by themselves: base64 by four characters, other things by lines. */
static size_t cut_encoded(char encoding, struct str raw)
{
	size_t n = raw.n, extra = 0;
	ptrdiff_t at;

	if (encoding == 'b') {
		for (size_t i = 0; i < raw.n; i++)
			extra += is_base64_char(raw.p[i]);
		for (extra %= 4; extra > 0; extra -= is_base64_char(raw.p[n]))
			n--;
		return n;
	}
	if (encoding != 'q')
		return n;
	at = str_rfind(raw, '\n');
	return at >= 0 ? (size_t)at + 1 : raw.n > LINE_MAX ? raw.n : 0;
}

/* The same for characters: no charset carries a state or a character over a line end. */
static size_t cut_text(const struct part *p, struct str decoded)
{
	ptrdiff_t at = str_rfind(decoded, p->is_html ? '>' : '\n');

	if (p->is_html && decoded.n < HTML_PIECE)
		return 0;
	return at >= 0 ? (size_t)at + 1 : decoded.n > LINE_MAX ? decoded.n : 0;
}

/* Look at decoded octets, with the end of the last ones before them. */
static enum err look(struct part *p, struct str octets)
{
	struct arena *a = arena_new(p->a);
	size_t keep = p->text.n - 1;
	struct str utf8 = mail_charset_to_utf8(a, p->charset, octets, 4 * octets.n + 16);
	struct buf joined;

	if (p->is_html)
		utf8 = mail_html_text(a, utf8, utf8.n);
	if (mail_charset_holds(a, utf8, p->text))
		p->is_match = true;
	/* A hit over the seam of two pieces. */
	if (!p->is_match && p->tail.n) {
		joined = buf_in(a, p->tail.n + 20 * keep + 64);
		if (buf_add(&joined, buf_str(&p->tail)) ||
		    buf_add(&joined, str_first(mail_charset_fold(a, mail_charset_first(utf8, keep)),
		                               20 * keep)))
			return ERR_LIMIT;
		p->is_match = joined.n >= p->text.n && str_search(buf_str(&joined), p->text) >= 0;
	}
	buf_drop(&p->tail, p->tail.n);
	if (!p->is_match && keep) {
		struct str end = str_from(utf8, utf8.n > 4 * keep ? utf8.n - 4 * keep : 0);

		end = mail_charset_fold(a, end);
		if (buf_add(&p->tail, str_from(end, end.n > keep ? end.n - keep : 0)))
			return ERR_LIMIT;
	}
	arena_free(&a);
	return ERR_OK;
}

static enum err decode(struct part *p, struct str raw, bool is_end)
{
	struct arena *a = arena_new(p->a);
	struct str octets = mail_transfer_decode(a, p->encoding, raw, raw.n);
	enum err e = ERR_OK;
	size_t cut;

	if (is_end && !p->decoded.n) {
		e = look(p, octets);
	} else {
		if (buf_add(&p->decoded, octets))
			return ERR_LIMIT;
		cut = is_end ? p->decoded.n : cut_text(p, buf_str(&p->decoded));
		if (cut)
			e = look(p, str_first(buf_str(&p->decoded), cut));
		buf_drop(&p->decoded, cut);
	}
	arena_free(&a);
	return e;
}

/* Octets [offset, offset + size) of the message, piece by piece. */
static enum err look_through(struct part *p, uint64_t offset, uint64_t size)
{
	enum err e = ERR_OK;
	uint64_t done = 0;

	while (!e && !p->is_match && done < size) {
		struct str piece;
		bool is_end;
		size_t cut;

		e = imap_fetch_read(p->fm, offset + done, size - done < PIECE ? size - done : PIECE,
		                    &piece);
		if (e || piece.n == 0)
			break;
		done += piece.n;
		is_end = done == size;
		if (is_end && !p->raw.n) {
			e = decode(p, piece, true);
			break;
		}
		if (buf_add(&p->raw, piece))
			return ERR_LIMIT;
		cut = is_end ? p->raw.n : cut_encoded(p->encoding, buf_str(&p->raw));
		e = decode(p, str_first(buf_str(&p->raw), cut), is_end);
		buf_drop(&p->raw, cut);
	}
	return e;
}

/* ---------------------------------------------------------------- all parts */

struct body {
	struct imap_fetch_message *fm;
	struct arena *a; /* of one part */
	struct str text;
	enum err err;
	bool is_match;
};

static bool is_text(struct str type)
{
	return type.n == 0 || str_istarts(type, STR("text/"));
}

/* The header of a part; empty when it has none. */
static struct str read_mime(struct body *x, const uint32_t *path, size_t depth)
{
	struct mail_part_range mime;
	struct str header = STR("");

	if (depth > 0 && !mail_part_find(x->fm->m->parts, path, depth, MAIL_PART_MIME, &mime))
		x->err = imap_fetch_range(x->fm, x->a, x->fm->m->prefix_size + mime.offset,
		                          mime.size, MIME_MAX, &header);
	return header;
}

/* What a reader is shown of the header of a part: names of files, a description. */
static bool mime_holds(struct body *x, struct str header)
{
	static const struct {
		const char *field, *param;
	} shown[] = { { "Content-Disposition", "filename" }, { "Content-Type", "name" } };
	struct mail_header_param *params;
	struct mail_header_field field;
	struct str value;

	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
		if (!mail_header_find(header, str_c(shown[i].field), &field))
			continue;
		mail_header_params(x->a, mail_header_unfold(x->a, field.value), &params);
		if (mail_header_param_find(x->a, params, str_c(shown[i].param), &value) &&
		    imap_search_holds(x->a, value, x->text))
			return true;
	}
	return imap_search_block_holds(x->a, header, STR("Content-Description"), x->text);
}

static void look_at_leaf(struct body *x, struct str header, const struct mail_part_range *range)
{
	struct part p = {
		.fm = x->fm,
		.a = x->a,
		.text = x->text,
		.encoding = range->encoding,
		.raw = buf_in(x->a, 2 * (size_t)PIECE + LINE_MAX),
		.decoded = buf_in(x->a, 2 * (size_t)HTML_PIECE + 2 * (size_t)PIECE + LINE_MAX),
		.tail = buf_in(x->a, x->text.n),
	};
	struct mail_header_param *params = NULL;
	struct mail_header_field field;
	struct str type = STR("");

	if (mail_header_find(header, STR("Content-Type"), &field))
		type = mail_header_params(x->a, mail_header_unfold(x->a, field.value), &params);
	if (!is_text(type))
		return;
	if (params)
		mail_header_param_find(x->a, params, STR("charset"), &p.charset);
	p.is_html = str_ieq(type, STR("text/html"));
	x->err = look_through(&p, x->fm->m->prefix_size + range->offset, range->size);
	x->is_match = p.is_match;
}

/* The header of an enclosed message is part of our body. */
static void look_at_enclosed(struct body *x, const uint32_t *path, size_t depth)
{
	struct mail_part_range range;
	struct str block;

	if (mail_part_find(x->fm->m->parts, path, depth, MAIL_PART_HEADER, &range))
		return;
	x->err = imap_fetch_range(x->fm, x->a, x->fm->m->prefix_size + range.offset, range.size,
	                          IMAP_FETCH_HEADER_MAX, &block);
	if (!x->err)
		x->is_match = imap_search_block_holds(x->a, block, STR(""), x->text);
}

/* All parts below a path; `path` has room for two numbers more than IMAP_FETCH_DEPTH_MAX. */
static void look_at_parts(struct body *x, uint32_t *path, size_t depth)
{
	struct mail_part_range range, inner;

	if (depth == IMAP_FETCH_DEPTH_MAX)
		return;
	for (path[depth] = 1; !x->is_match && !x->err; path[depth]++) {
		struct str header;

		if (mail_part_find(x->fm->m->parts, path, depth + 1, MAIL_PART_BODY, &range))
			return;
		header = read_mime(x, path, depth + 1);
		if (!x->err)
			x->is_match = mime_holds(x, header);
		if (!x->err && !x->is_match)
			look_at_enclosed(x, path, depth + 1);
		path[depth + 1] = 1;
		if (x->err || x->is_match)
			return;
		if (!mail_part_find(x->fm->m->parts, path, depth + 2, MAIL_PART_BODY, &inner))
			look_at_parts(x, path, depth + 1);
		else
			look_at_leaf(x, header, &range);
		arena_reset(x->a);
	}
}

enum err imap_search_body_holds(struct imap_fetch_message *fm, struct str text, bool *is_match_r)
{
	struct body x = { .fm = fm, .a = arena_new(fm->a), .text = text };
	uint32_t path[IMAP_FETCH_DEPTH_MAX + 2];

	if (text.n > 0)
		look_at_parts(&x, path, 0);
	arena_free(&x.a);
	*is_match_r = x.is_match || text.n == 0;
	return x.err;
}
