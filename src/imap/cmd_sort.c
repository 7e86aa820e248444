/*
 * SORT and UID SORT (RFC 5256 section 3), with RETURN (RFC 5267 section 3) and display names (RFC
 * 5957).
 */
#include <stdlib.h>

#include "src/base/arena.h"
#include "src/imap/order_priv.h"

enum sort_key {
	SORT_ARRIVAL,
	SORT_CC,
	SORT_DATE,
	SORT_DISPLAYFROM,
	SORT_DISPLAYTO,
	SORT_FROM,
	SORT_SIZE,
	SORT_SUBJECT,
	SORT_TO,
	SORT_KEYS
};

struct criterion {
	enum sort_key key;
	bool is_reverse;
	bool is_text;     /* values are numbers of words, then their ranks */
	uint64_t *values; /* by message, in mailbox order */
};

struct sort {
	struct imap_cmd *c;
	struct criterion criteria[SORT_KEYS];
	size_t n;
	struct imap_words words;
};

static bool parse_key(struct imap_parser *p, enum sort_key *key_r)
{
	static const char *const names[SORT_KEYS] = {
		[SORT_ARRIVAL] = "ARRIVAL",
		[SORT_CC] = "CC",
		[SORT_DATE] = "DATE",
		[SORT_DISPLAYFROM] = "DISPLAYFROM",
		[SORT_DISPLAYTO] = "DISPLAYTO",
		[SORT_FROM] = "FROM",
		[SORT_SIZE] = "SIZE",
		[SORT_SUBJECT] = "SUBJECT",
		[SORT_TO] = "TO",
	};

	for (size_t i = 0; i < SORT_KEYS; i++) {
		if (imap_parser_try_word(p, names[i])) {
			*key_r = (enum sort_key)i;
			return true;
		}
	}
	return imap_parser_fail(p, "ARRIVAL, CC, DATE, DISPLAYFROM, DISPLAYTO, FROM, SIZE, SUBJECT "
	                           "or TO, perhaps with REVERSE before it");
}

/* A key that comes again decides nothing any more. */
static bool is_known(const struct sort *s, enum sort_key key)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->criteria[i].key == key)
			return true;
	}
	return false;
}

/* "(REVERSE DATE SUBJECT)" */
static bool parse_criteria(struct imap_parser *p, struct sort *s)
{
	if (!imap_parser_byte(p, '(', "sort criteria in parentheses"))
		return false;
	do {
		bool is_reverse = imap_parser_try_word(p, "REVERSE");
		enum sort_key key = SORT_ARRIVAL;

		if ((is_reverse && !imap_parser_space(p)) || !parse_key(p, &key))
			return false;
		if (is_known(s, key))
			continue;
		s->criteria[s->n++] = (struct criterion){
			.key = key,
			.is_reverse = is_reverse,
			.is_text = key != SORT_ARRIVAL && key != SORT_DATE && key != SORT_SIZE,
		};
	} while (imap_parser_try(p, ' '));
	return imap_parser_byte(p, ')', "a space or the end of the sort criteria");
}

/* Numbers in an order that unsigned ones have, too. */
static uint64_t rank_of(int64_t ms)
{
	return (uint64_t)ms ^ UINT64_C(1) << 63;
}

static uint64_t find_value(struct sort *s, enum sort_key key, struct arena *a,
                           const struct store_message *m, const struct mail_envelope *e)
{
	bool is_reply;
	struct str text = STR("");

	switch (key) {
	case SORT_ARRIVAL:
		return rank_of(m->internaldate_ms);
	case SORT_DATE:
		return rank_of(imap_order_date(a, m, e));
	case SORT_SIZE:
		return m->size;
	case SORT_SUBJECT:
		text = imap_order_subject(a, e, &is_reply);
		break;
	case SORT_CC:
		text = imap_order_address(a, e->field[MAIL_ENVELOPE_CC], false);
		break;
	case SORT_FROM:
		text = imap_order_address(a, e->field[MAIL_ENVELOPE_FROM], false);
		break;
	case SORT_TO:
		text = imap_order_address(a, e->field[MAIL_ENVELOPE_TO], false);
		break;
	case SORT_DISPLAYFROM:
		text = imap_order_address(a, e->field[MAIL_ENVELOPE_FROM], true);
		break;
	case SORT_DISPLAYTO:
		text = imap_order_address(a, e->field[MAIL_ENVELOPE_TO], true);
		break;
	case SORT_KEYS:
		break;
	}
	return imap_words_add(&s->words, text);
}

static enum err note_message(void *context, size_t i, const struct store_message *m,
                             struct arena *a)
{
	struct sort *s = context;
	struct mail_envelope e = imap_order_envelope(m);

	for (size_t k = 0; k < s->n; k++)
		s->criteria[k].values[i] = find_value(s, s->criteria[k].key, a, m, &e);
	return ERR_OK;
}

static int compare(const void *a, const void *b, void *context)
{
	const struct sort *s = context;
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	for (size_t i = 0; i < s->n; i++) {
		uint64_t one = s->criteria[i].values[x];
		uint64_t two = s->criteria[i].values[y];

		if (one != two)
			return (one < two) != s->criteria[i].is_reverse ? -1 : 1;
	}
	return x < y ? -1 : x > y;
}

static enum err run_sort(struct sort *s, const struct imap_found *found, uint32_t **order_r)
{
	size_t n = imap_found_count(found);
	uint32_t fields = STORE_FETCH_DATES;
	uint32_t *order = arena_array(s->c->a, n + 1, sizeof *order);
	enum err e;

	s->words = imap_words_in(s->c->a);
	for (size_t i = 0; i < s->n; i++) {
		s->criteria[i].values = arena_array(s->c->a, n + 1, sizeof(uint64_t));
		if (s->criteria[i].is_text || s->criteria[i].key == SORT_DATE)
			fields |= STORE_FETCH_ENVELOPE;
	}
	e = imap_found_each(s->c, found, fields, note_message, s);
	if (e)
		return e;
	imap_words_rank(&s->words);
	for (size_t i = 0; i < s->n; i++) {
		for (size_t k = 0; s->criteria[i].is_text && k < n; k++)
			s->criteria[i].values[k] = s->words.ranks[s->criteria[i].values[k]];
	}
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, n, sizeof *order, compare, s);
	*order_r = order;
	return ERR_OK;
}

enum imap_next imap_cmd_sort(struct imap_cmd *c)
{
	struct imap_parser *p = &c->in;
	struct sort sort = { .c = c };
	struct imap_search s = { 0 };
	struct imap_return wanted;
	struct imap_found found;
	struct str charset;
	uint32_t *order = NULL;
	/* Also with IMAP4rev2 a plain SORT is answered by SORT. */
	bool is_extended = str_istarts(p->rest, STR(" RETURN"));
	enum err e;

	if (!imap_return_parse(c, &wanted) || !parse_criteria(p, &sort) || !imap_parser_space(p) ||
	    !imap_parser_astring(p, &charset) || !imap_parser_space(p) ||
	    !imap_search_parse(c, charset, &s))
		return imap_reply_bad(c);
	wanted.is_extended = is_extended;
	if (s.is_charset_unknown)
		return imap_search_no_charset(c, &wanted);
	if (s.has_modseq)
		imap_sync_enable_modseq(c);
	e = s.err;
	if (!e)
		e = imap_search_run(c, &s, false, &found);
	if (!e)
		e = run_sort(&sort, &found, &order);
	return e ? imap_search_fail(c, &wanted, e)
	         : imap_sort_answer(c, &s, &wanted, &found, order);
}
