#include "src/base/varint.h"
#include "src/mail/index_priv.h"
#include "src/mail/message.h"

/*
 * Finding a part in the index (RFC 3501 section 6.4.5). The index comes from storage, so nothing in
 * it is believed: each record must lie in its container, each part in the message.
 */

struct record {
	unsigned kind;
	char encoding;
	uint64_t hdr_off, hdr_size, body_size;
	struct str inside; /* records of a container */
};

static bool take_octet(struct str *rest, unsigned char *c_r)
{
	if (rest->n == 0)
		return false;
	*c_r = rest->p[0];
	*rest = str_from(*rest, 1);
	return true;
}

/* Offsets and sizes; nothing that is added to one overflows. */
static bool take_number(struct str *rest, uint64_t *value_r)
{
	return varint_take(rest, value_r) && *value_r < UINT64_C(1) << 35;
}

static bool take_inside(struct str *rest, struct str *inside_r)
{
	uint64_t size = 0;
	unsigned char c;

	for (unsigned i = 0; i < 4; i++) {
		if (!take_octet(rest, &c))
			return false;
		size |= (uint64_t)c << (8 * i);
	}
	if (size > rest->n)
		return false;
	*inside_r = str_first(*rest, size);
	*rest = str_from(*rest, size);
	return true;
}

/* The record `*rest` begins with; `base` is what its offset counts from, `end` where it must stay
 * within. */
static bool take_record(struct str *rest, uint64_t base, uint64_t end, struct record *r)
{
	uint64_t offset;
	unsigned char c;

	*r = (struct record){ 0 };
	if (!take_octet(rest, &c) || c >= 16 || !take_number(rest, &offset) ||
	    !take_number(rest, &r->hdr_size) || !take_number(rest, &r->body_size))
		return false;
	r->kind = c & 3U;
	r->encoding = INDEX_ENCODINGS[c >> 2];
	r->hdr_off = base + offset;
	if (r->kind > INDEX_MESSAGE || r->hdr_off + r->hdr_size + r->body_size > end)
		return false;
	return r->kind == INDEX_LEAF || take_inside(rest, &r->inside);
}

/* The `number`-th record inside `r` takes its place. */
static enum err enter(struct record *r, uint32_t number)
{
	uint64_t base = r->hdr_off + r->hdr_size, end = base + r->body_size;
	struct str rest = r->inside;

	if (number == 0)
		return ERR_NOTFOUND;
	for (; rest.n; number--) {
		if (!take_record(&rest, base, end, r))
			return ERR_CORRUPT;
		if (number == 1)
			return ERR_OK;
		base = r->hdr_off;
	}
	return ERR_NOTFOUND;
}

/* Follow the numbers. `r` begins as a whole message, where 1 may mean its only body. */
static enum err follow(struct record *r, const uint32_t *path, size_t depth)
{
	bool is_whole = true;

	for (size_t i = 0; i < depth; i++) {
		enum err e;

		if (!is_whole && r->kind == INDEX_MESSAGE) {
			if (enter(r, 1))
				return ERR_CORRUPT;
			is_whole = true;
		}
		if (r->kind == INDEX_MULTIPART) {
			e = enter(r, path[i]);
			if (e)
				return e;
		} else if (!is_whole || path[i] != 1) {
			return ERR_NOTFOUND;
		}
		is_whole = false;
	}
	return ERR_OK;
}

static void set_range(struct mail_part_range *range_r, uint64_t offset, uint64_t size,
                      char encoding)
{
	*range_r = (struct mail_part_range){ .offset = offset, .size = size, .encoding = encoding };
}

enum err mail_part_find(struct str parts, const uint32_t *path, size_t depth,
                        enum mail_part_what what, struct mail_part_range *range_r)
{
	struct str rest = parts;
	unsigned char version;
	struct record r;
	uint64_t total;
	enum err e;

	if (!take_octet(&rest, &version) || version != INDEX_VERSION ||
	    !take_number(&rest, &total) || !take_record(&rest, 0, total, &r) || rest.n)
		return ERR_CORRUPT;
	e = follow(&r, path, depth);
	if (e)
		return e;
	if (depth == 0 && what == MAIL_PART_BODY) {
		set_range(range_r, 0, total, '7');
		return ERR_OK;
	}
	if (depth == 0 && what == MAIL_PART_MIME)
		return ERR_NOTFOUND;
	if (depth && (what == MAIL_PART_HEADER || what == MAIL_PART_TEXT)) {
		/* Only an enclosed message has a header and text of its own. */
		if (r.kind != INDEX_MESSAGE)
			return ERR_NOTFOUND;
		if (enter(&r, 1))
			return ERR_CORRUPT;
	}
	if (what == MAIL_PART_MIME || what == MAIL_PART_HEADER)
		set_range(range_r, r.hdr_off, r.hdr_size, '7');
	else
		set_range(range_r, r.hdr_off + r.hdr_size, r.body_size,
		          what == MAIL_PART_BODY ? r.encoding : '7');
	return ERR_OK;
}
