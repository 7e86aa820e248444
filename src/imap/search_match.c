/*
 * One message against the keys of a SEARCH. Text is compared decoded and folded (mail/charset.h),
 * whatever charset and transfer encoding it was sent in.
 */
#include "src/base/arena.h"
#include "src/imap/search_priv.h"
#include "src/mail/charset.h"
#include "src/mail/date.h"
#include "src/mail/header.h"
#include "src/mail/transfer.h"

struct match {
	struct imap_fetch_message *fm;
	struct arena *piece; /* of one field or part */
	enum err err;        /* the first trouble; then nothing matters any more */
};

enum {
	FIELD_MAX = 1024 * 1024
};

static bool holds(struct match *x, struct str utf8, struct str text)
{
	return text.n == 0 || str_search(mail_charset_fold(x->piece, utf8), text) >= 0;
}

static bool is_in_set(const struct store_set *set, const struct store_message *m)
{
	uint64_t number = set->is_uid ? m->uid : m->seq;

	for (size_t i = 0; i < set->n_ranges; i++) {
		if (number >= set->ranges[i].first && number <= set->ranges[i].last)
			return true;
	}
	return false;
}

static bool has_keyword(const struct store_message *m, struct str name)
{
	for (size_t i = 0; i < m->n_keywords; i++) {
		if (str_ieq(m->keywords[i].name, name))
			return true;
	}
	return false;
}

/* The Date field stands first in the stored ENVELOPE, as a quoted string; a stranger form is no
 * date. */
static bool find_sent_day(struct match *x, int64_t *day_r)
{
	struct str e = x->fm->m->envelope;
	struct imap_parser p = { .rest = str_from(e, 1), .arena = x->piece };
	struct str date;
	int64_t ms;
	int zone;

	if (!str_starts(e, STR("(\"")) || !imap_parser_string(&p, &date) ||
	    mail_date_parse(date, &ms, &zone))
		return false;
	/* "Disregarding time and timezone": the day as the sender wrote it. */
	*day_r = mail_date_day(ms, zone);
	return true;
}

static bool compare_day(enum imap_search_kind kind, int64_t day, int64_t wanted)
{
	switch ((int)kind) {
	case IMAP_SEARCH_BEFORE:
	case IMAP_SEARCH_SENTBEFORE:
		return day < wanted;
	case IMAP_SEARCH_ON:
	case IMAP_SEARCH_SENTON:
		return day == wanted;
	default:
		return day >= wanted;
	}
}

/* A field as people read it. */
static bool field_holds(struct match *x, const struct mail_header_field *field, struct str text)
{
	return text.n == 0 || holds(x, mail_header_decode(x->piece, field->value, FIELD_MAX), text);
}

/* Any field of a block; `name` empty: every field, its name included. */
static bool block_holds(struct match *x, struct str block, struct str name, struct str text)
{
	struct mail_header_iter it = { .rest = block };
	struct mail_header_field field;
	bool is_match = false;

	while (!is_match && mail_header_next(&it, &field)) {
		if (name.n > 0)
			is_match = str_ieq(field.name, name) && field_holds(x, &field, text);
		else
			is_match = field_holds(x, &field, text) || holds(x, field.name, text);
		arena_reset(x->piece);
	}
	return is_match;
}

static bool header_holds(struct match *x, struct str name, struct str text)
{
	struct str header;

	x->err = imap_fetch_header(x->fm, &header);
	return !x->err && block_holds(x, header, name, text);
}

/* The octets of a part's range in `a`, as much as is searched. */
static bool read_part(struct match *x, struct arena *a, const struct mail_part_range *range,
                      struct str *octets_r)
{
	x->err = imap_fetch_range(x->fm, a, x->fm->m->prefix_size + range->offset, range->size,
	                          IMAP_SEARCH_TEXT_MAX, octets_r);
	return !x->err;
}

static bool is_text(struct str type)
{
	return type.n == 0 || str_istarts(type, STR("text/")) || str_istarts(type, STR("message/"));
}

static bool leaf_holds(struct match *x, const uint32_t *path, size_t depth,
                       const struct mail_part_range *range, struct str text)
{
	struct mail_part_range mime;
	struct mail_header_field field;
	struct mail_header_param *params = NULL;
	struct str header = STR(""), octets, type = STR(""), charset = STR("");

	if (!mail_part_find(x->fm->m->parts, path, depth, MAIL_PART_MIME, &mime) &&
	    !read_part(x, x->piece, &mime, &header))
		return false;
	if (mail_header_find(header, STR("Content-Type"), &field))
		type = mail_header_params(x->piece, mail_header_unfold(x->piece, field.value),
		                          &params);
	if (!is_text(type) || !read_part(x, x->piece, range, &octets))
		return false;
	if (params)
		mail_header_param_find(x->piece, params, STR("charset"), &charset);
	octets = mail_transfer_decode(x->piece, range->encoding, octets, IMAP_SEARCH_TEXT_MAX);
	return holds(x, mail_charset_to_utf8(x->piece, charset, octets, 2 * IMAP_SEARCH_TEXT_MAX),
	             text);
}

/* The header of an enclosed message is part of our body. */
static bool enclosed_header_holds(struct match *x, const uint32_t *path, size_t depth,
                                  struct str text)
{
	struct mail_part_range range;
	struct str block;

	if (mail_part_find(x->fm->m->parts, path, depth, MAIL_PART_HEADER, &range))
		return false;
	/* `piece` is emptied after each field of the block. */
	return read_part(x, x->fm->a, &range, &block) && block_holds(x, block, STR(""), text);
}

/* All parts below a path; `path` has room for one number more than IMAP_FETCH_DEPTH_MAX. */
static bool parts_hold(struct match *x, uint32_t *path, size_t depth, struct str text)
{
	struct mail_part_range range, inner;
	bool is_match = false;

	if (depth == IMAP_FETCH_DEPTH_MAX)
		return false;
	for (path[depth] = 1; !is_match && !x->err; path[depth]++) {
		if (mail_part_find(x->fm->m->parts, path, depth + 1, MAIL_PART_BODY, &range))
			break;
		is_match = enclosed_header_holds(x, path, depth + 1, text);
		path[depth + 1] = 1;
		if (is_match || x->err)
			break;
		if (!mail_part_find(x->fm->m->parts, path, depth + 2, MAIL_PART_BODY, &inner))
			is_match = parts_hold(x, path, depth + 1, text);
		else
			is_match = leaf_holds(x, path, depth + 1, &range, text);
		arena_reset(x->piece);
	}
	return is_match && !x->err;
}

static bool body_holds(struct match *x, struct str text)
{
	uint32_t path[IMAP_FETCH_DEPTH_MAX + 2];

	return text.n == 0 || parts_hold(x, path, 0, text);
}

static bool match_key(struct match *x, const struct imap_search_key *key);

static bool match_row(struct match *x, const struct imap_search_key *key)
{
	const struct store_message *m = x->fm->m;
	int64_t day;

	switch ((int)key->kind) {
	case IMAP_SEARCH_SET:
		return is_in_set(&key->set, m);
	case IMAP_SEARCH_FLAG:
		return (m->flags & key->flags) == key->flags;
	case IMAP_SEARCH_RECENT:
		return m->uid >= x->fm->c->state->mailbox.recent_from;
	case IMAP_SEARCH_KEYWORD:
		return has_keyword(m, key->name);
	case IMAP_SEARCH_BEFORE:
	case IMAP_SEARCH_ON:
	case IMAP_SEARCH_SINCE:
		return compare_day(key->kind, mail_date_day(m->internaldate_ms, 0), key->day);
	case IMAP_SEARCH_SENTBEFORE:
	case IMAP_SEARCH_SENTON:
	case IMAP_SEARCH_SENTSINCE:
		return find_sent_day(x, &day) && compare_day(key->kind, day, key->day);
	case IMAP_SEARCH_LARGER:
		return m->size > key->number;
	case IMAP_SEARCH_SMALLER:
		return m->size < key->number;
	case IMAP_SEARCH_MODSEQ:
		return m->modseq >= key->number;
	default:
		return true;
	}
}

static bool match_key(struct match *x, const struct imap_search_key *key)
{
	const struct imap_search_key *inside;

	switch ((int)key->kind) {
	case IMAP_SEARCH_AND:
		for (inside = key->first; inside; inside = inside->next) {
			if (!match_key(x, inside))
				return false;
		}
		return true;
	case IMAP_SEARCH_OR:
		for (inside = key->first; inside; inside = inside->next) {
			if (match_key(x, inside))
				return true;
		}
		return false;
	case IMAP_SEARCH_NOT:
		return !match_key(x, key->first);
	case IMAP_SEARCH_HEADER:
		return header_holds(x, key->name, key->text);
	case IMAP_SEARCH_BODY:
		return body_holds(x, key->text);
	case IMAP_SEARCH_TEXT:
		return header_holds(x, STR(""), key->text) || (!x->err && body_holds(x, key->text));
	default:
		return match_row(x, key);
	}
}

enum err imap_search_match(struct imap_fetch_message *fm, const struct imap_search_key *root,
                           enum imap_search_cost cost, bool *is_match_r)
{
	struct match x = { .fm = fm };
	bool is_match = true;

	/* Numbers need no memory, and there may be very many. */
	if (cost > IMAP_COST_NUMBERS)
		x.piece = arena_new(fm->a);
	for (const struct imap_search_key *key = root->first; key && is_match; key = key->next) {
		if (key->cost <= cost)
			is_match = match_key(&x, key);
	}
	arena_free(&x.piece);
	if (x.err)
		return x.err;
	*is_match_r = is_match;
	return ERR_OK;
}
