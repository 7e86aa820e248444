/*
 * One message against the keys of a SEARCH, with what has been read of it so far.
 */
#include "src/base/arena.h"
#include "src/imap/search_priv.h"
#include "src/mail/date.h"
#include "src/mail/envelope.h"
#include "src/mail/header.h"

struct match {
	struct imap_fetch_message *fm;
	struct arena *a;
	enum imap_search_cost cost;
	struct mail_envelope envelope;
	bool is_split, is_envelope;
	enum err err; /* the first trouble; then nothing matters any more */
};

uint32_t imap_search_fields(enum imap_search_cost cost)
{
	uint32_t fields = STORE_FETCH_FLAGS | STORE_FETCH_DATES | STORE_FETCH_SIZE |
	                  STORE_FETCH_IDS | STORE_FETCH_MODSEQ;

	if (cost >= IMAP_COST_ENVELOPE)
		fields |= STORE_FETCH_ENVELOPE;
	if (cost == IMAP_COST_HEADER)
		fields |= STORE_FETCH_HEADER;
	if (cost == IMAP_COST_BODY)
		fields |= STORE_FETCH_PARTS | STORE_FETCH_OCTETS;
	return fields;
}

/* Sets are sorted, and their "*" was resolved. */
static bool is_in_set(const struct store_set *set, const struct store_message *m)
{
	uint64_t number = set->is_uid ? m->uid : m->seq;
	size_t lo = 0, hi = set->n_ranges;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (set->ranges[mid].last < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < set->n_ranges && set->ranges[lo].first <= number;
}

static bool has_keyword(const struct store_message *m, struct str name)
{
	for (size_t i = 0; i < m->n_keywords; i++) {
		if (str_ieq(m->keywords[i].name, name))
			return true;
	}
	return false;
}

static bool has_envelope(struct match *x)
{
	if (!x->is_split)
		x->is_envelope = mail_envelope_split(x->fm->m->envelope, &x->envelope);
	x->is_split = true;
	return x->is_envelope;
}

static bool is_between(const struct imap_search_key *key, int64_t value)
{
	return value >= key->from && value <= key->to;
}

/* "Disregarding time and timezone": the day as the sender wrote it. */
static bool is_sent_between(struct match *x, const struct imap_search_key *key)
{
	int64_t ms;
	int zone;

	return has_envelope(x) &&
	       !mail_date_parse(mail_envelope_text(x->a, x->envelope.field[MAIL_ENVELOPE_DATE]),
	                        &ms, &zone) &&
	       is_between(key, mail_date_day(ms, zone));
}

static bool header_holds(struct match *x, struct str name, struct str text)
{
	struct str header;

	x->err = imap_fetch_header(x->fm, &header);
	return !x->err && imap_search_block_holds(x->a, header, name, text);
}

static bool envelope_holds(struct match *x, const struct imap_search_key *key)
{
	enum mail_envelope_field field = (enum mail_envelope_field)key->number;
	struct str raw, text;

	if (!has_envelope(x))
		return false;
	raw = x->envelope.field[field];
	if (mail_envelope_is_nil(raw))
		return mail_envelope_is_cut(x->fm->m->hdr_size) &&
		       header_holds(x, str_c(mail_envelope_name(field)), key->text);
	if (mail_envelope_is_list(field))
		text = mail_envelope_people(x->a, raw, IMAP_SEARCH_FIELD_MAX);
	else
		text = mail_header_decode(x->a, mail_envelope_text(x->a, raw),
		                          IMAP_SEARCH_FIELD_MAX);
	return imap_search_holds(x->a, text, key->text);
}

static bool body_holds(struct match *x, const struct imap_search_key *key)
{
	bool is_match = false;

	x->err = imap_search_body_holds(x->fm, key->text, &is_match);
	return !x->err && is_match;
}

static bool match_leaf(struct match *x, const struct imap_search_key *key)
{
	const struct store_message *m = x->fm->m;

	switch (key->kind) {
	case IMAP_SEARCH_SET:
		return is_in_set(&key->set, m);
	case IMAP_SEARCH_FLAG:
		return (m->flags & key->flags) == key->flags;
	case IMAP_SEARCH_KEYWORD:
		return has_keyword(m, key->name);
	case IMAP_SEARCH_DATE:
		return is_between(key, m->internaldate_ms);
	case IMAP_SEARCH_SAVED:
		return is_between(key, m->saved_ms);
	case IMAP_SEARCH_SIZE:
		return is_between(key, (int64_t)m->size);
	case IMAP_SEARCH_MODSEQ:
		return m->modseq >= key->number;
	case IMAP_SEARCH_EMAILID:
		return m->msg_id == key->number;
	case IMAP_SEARCH_THREADID:
		return m->thread_id == key->number;
	case IMAP_SEARCH_SENT:
		return is_sent_between(x, key);
	case IMAP_SEARCH_ENVELOPE:
		return envelope_holds(x, key);
	case IMAP_SEARCH_HEADER:
		return header_holds(x, key->name, key->text);
	case IMAP_SEARCH_BODY:
		return body_holds(x, key);
	case IMAP_SEARCH_TEXT:
		return header_holds(x, key->name, key->text) || (!x->err && body_holds(x, key));
	case IMAP_SEARCH_ALL:
	case IMAP_SEARCH_AND:
	case IMAP_SEARCH_OR:
	case IMAP_SEARCH_NOT:
		break;
	}
	return true;
}

/* AND is the least of what is inside, OR the greatest. */
static enum imap_search_verdict match_key(struct match *x, const struct imap_search_key *key)
{
	bool is_and = key->kind == IMAP_SEARCH_AND;
	enum imap_search_verdict all = is_and ? IMAP_VERDICT_YES : IMAP_VERDICT_NO;

	if (key->kind == IMAP_SEARCH_NOT)
		return (enum imap_search_verdict)(IMAP_VERDICT_YES - match_key(x, key->first));
	if (!is_and && key->kind != IMAP_SEARCH_OR) {
		if (key->cost > x->cost)
			return IMAP_VERDICT_MAYBE;
		return match_leaf(x, key) ? IMAP_VERDICT_YES : IMAP_VERDICT_NO;
	}
	for (key = key->first; key && !x->err; key = key->next) {
		enum imap_search_verdict one = match_key(x, key);

		if (is_and ? one < all : one > all)
			all = one;
		if (all == (is_and ? IMAP_VERDICT_NO : IMAP_VERDICT_YES))
			break;
	}
	return all;
}

enum err imap_search_match(struct imap_fetch_message *fm, const struct imap_search_key *root,
                           enum imap_search_cost cost, enum imap_search_verdict *verdict_r)
{
	struct match x = { .fm = fm, .a = arena_new(fm->a), .cost = cost };
	enum imap_search_verdict verdict = match_key(&x, root);

	arena_free(&x.a);
	if (x.err)
		return x.err;
	*verdict_r = verdict;
	return ERR_OK;
}
