/*
 * SEARCH, SORT and THREAD in their parts: the keys as a tree (search_key.c), the tree as a filter
 * for the store (search_filter.c), one message against it (search_match.c, search_text.c), all
 * messages of the mailbox (search_run.c), what is wanted back (search_result.c), the last result
 * (saved.c).
 *
 * What a search finds are ranges of UIDs, ascending; nothing holds a list of messages.
 */
#ifndef TAYORI_IMAP_SEARCH_PRIV_H
#define TAYORI_IMAP_SEARCH_PRIV_H

#include "src/imap/fetch_priv.h"

enum imap_search_kind {
	IMAP_SEARCH_ALL,
	IMAP_SEARCH_AND,
	IMAP_SEARCH_OR,
	IMAP_SEARCH_NOT,
	IMAP_SEARCH_SET,     /* sequence numbers or UIDs */
	IMAP_SEARCH_FLAG,    /* all of `flags` are set */
	IMAP_SEARCH_KEYWORD, /* `name` is set */
	IMAP_SEARCH_DATE,    /* internal date, milliseconds, from ... to */
	IMAP_SEARCH_SAVED,   /* put into the mailbox, milliseconds */
	IMAP_SEARCH_SIZE,
	IMAP_SEARCH_MODSEQ,   /* `number` or later */
	IMAP_SEARCH_EMAILID,  /* `number` */
	IMAP_SEARCH_THREADID, /* `number` */
	IMAP_SEARCH_SENT,     /* Date field, days */
	IMAP_SEARCH_ENVELOPE, /* field `number` of ENVELOPE holds `text` */
	IMAP_SEARCH_HEADER,   /* field `name` holds `text` */
	IMAP_SEARCH_BODY,
	IMAP_SEARCH_TEXT
};

/* What must be read to answer a key; each level has what those before it have. */
enum imap_search_cost {
	IMAP_COST_ROW,      /* the store answers */
	IMAP_COST_ENVELOPE, /* the store answers when nothing needs decoding */
	IMAP_COST_HEADER,
	IMAP_COST_BODY
};

enum imap_search_verdict {
	IMAP_VERDICT_NO,
	IMAP_VERDICT_MAYBE,
	IMAP_VERDICT_YES
};

enum {
	IMAP_SEARCH_DEPTH_MAX = 50,
	IMAP_SEARCH_PIECE = 256 * 1024,  /* octets of a part held at a time */
	IMAP_SEARCH_FIELD_MAX = 1 << 20, /* octets of a header field looked at */
};

struct imap_search_key {
	struct imap_search_key *next;  /* beside it, cheaper ones first */
	struct imap_search_key *first; /* AND, OR, NOT: what is inside */
	enum imap_search_kind kind;
	enum imap_search_cost cost;
	uint32_t flags;
	uint64_t number;
	int64_t from, to; /* inclusive */
	struct str name;  /* of a field or keyword */
	struct str text;  /* folded UTF-8 */
	struct store_set set;
};

/* --- search_key.c */

struct imap_search {
	struct imap_search_key *root; /* an AND */
	bool is_charset_unknown;
	bool has_modseq;
	enum err err; /* the store was asked in vain */
};

/*
 * "[CHARSET name] key key ..." up to the end of the command. SORT and THREAD give their `charset`;
 * it is empty for SEARCH. The space before has been taken.
 */
bool imap_search_parse(struct imap_cmd *c, struct str charset, struct imap_search *s);

/* --- search_filter.c */

/* The tree as a filter of the store; false when it is too large to be one. */
bool imap_search_filter(struct arena *a, const struct imap_search_key *root,
                        struct store_filter **filter_r, size_t *n_r);

/* --- search_match.c */

/* Fields that store_fetch must give for keys up to a cost. */
uint32_t imap_search_fields(enum imap_search_cost cost);

/*
 * Does the message, fetched with these fields, match? Keys above `cost` may be either. Fails as
 * store_read does.
 */
enum err imap_search_match(struct imap_fetch_message *fm, const struct imap_search_key *root,
                           enum imap_search_cost cost,
                           enum imap_search_verdict *verdict_r) MUST_USE;

/* --- search_text.c */

/* Text of any kind against a folded one; memory of `a` is used for a moment. */
bool imap_search_holds(struct arena *a, struct str utf8, struct str text);

/* A field of a header block, or any field and its name when `name` is empty. */
bool imap_search_block_holds(struct arena *a, struct str block, struct str name, struct str text);

/*
 * What people read in the body: text parts decoded, names of files, headers of enclosed messages.
 * Reads parts in pieces. Fails as store_read does.
 */
enum err imap_search_body_holds(struct imap_fetch_message *fm, struct str text,
                                bool *is_match_r) MUST_USE;

/* --- search_run.c */

struct imap_found {
	struct store_range *uids;
	size_t n, room;
	uint64_t max_modseq; /* of them, when the search asks for MODSEQ */
};

/* All messages that match; with `wants_first` it may stop after the first one. Fails as store_fetch
 * does. */
enum err imap_search_run(struct imap_cmd *c, const struct imap_search *s, bool wants_first,
                         struct imap_found *found_r) MUST_USE;

/* How many messages there are in ranges. */
uint64_t imap_found_count(const struct imap_found *found);

/*
 * Fetch all messages found and give them to `fn` with their places among them; one that is gone
 * meanwhile is left out. `a` is emptied after each. Fails as store_fetch and `fn` do.
 */
enum err imap_found_each(struct imap_cmd *c, const struct imap_found *found, uint32_t fields,
                         enum err (*fn)(void *context, size_t i, const struct store_message *m,
                                        struct arena *a),
                         void *context) MUST_USE;

/* --- search_result.c */

/* RETURN options (RFC 4466 section 2.6), as bits. */
enum {
	IMAP_RETURN_MIN = 1,
	IMAP_RETURN_MAX = 2,
	IMAP_RETURN_ALL = 4,
	IMAP_RETURN_COUNT = 8,
	IMAP_RETURN_SAVE = 16,
	IMAP_RETURN_PARTIAL = 32,
};

struct imap_return {
	bool is_extended; /* the answer is an ESEARCH */
	uint32_t options;
	int64_t first, last; /* PARTIAL: positions from 1, or from -1 at the end */
};

/* "1:500" or "-1:-500" (RFC 9394 section 3.1), in either order. */
bool imap_partial_parse(struct imap_parser *p, int64_t *first_r, int64_t *last_r);

/* The positions that this means among `count`, from 0, `*to_r` not included. */
void imap_partial_find(int64_t first, int64_t last, uint64_t count, uint64_t *from_r,
                       uint64_t *to_r);

/* " RETURN (...)" if it stands there, and the space behind it. */
bool imap_return_parse(struct imap_cmd *c, struct imap_return *wanted_r);

/*
 * What the messages found are called in this command, UIDs or sequence numbers: `*numbers_r` has
 * them as ranges, ascending. Fails as store_numbers does.
 */
struct imap_numbers {
	struct store_range *ranges;
	size_t n;
};
enum err imap_search_number(struct imap_cmd *c, const struct imap_found *found,
                            struct imap_numbers *numbers_r) MUST_USE;

/* Part of ascending ranges, by positions from 0, `to` not included. */
struct imap_numbers imap_numbers_cut(struct arena *a, const struct store_range *ranges, size_t n,
                                     uint64_t from, uint64_t to);

/* The numbers one by one: four octets a message. */
uint32_t *imap_numbers_expand(struct arena *a, const struct imap_numbers *numbers);

/* Answer a SEARCH: SEARCH or ESEARCH; the result is kept when SAVE is wanted. */
enum imap_next imap_search_answer(struct imap_cmd *c, const struct imap_search *s,
                                  const struct imap_return *wanted, const struct imap_found *found);

/* The same for a SORT: the k-th message of the answer is the order[k]-th one found (RFC 5267
 * section 3). */
enum imap_next imap_sort_answer(struct imap_cmd *c, const struct imap_search *s,
                                const struct imap_return *wanted, const struct imap_found *found,
                                const uint32_t *order);

/* Trouble: NO, and an empty result is kept when SAVE was wanted (RFC 5182 section 2.1). */
enum imap_next imap_search_fail(struct imap_cmd *c, const struct imap_return *wanted, enum err e);
enum imap_next imap_search_no_charset(struct imap_cmd *c, const struct imap_return *wanted);

#endif
