/*
 * SEARCH in its parts: the keys as a tree (search_key.c), one message against them
 * (search_match.c), the command (cmd_search.c).
 */
#ifndef TAYORI_IMAP_SEARCH_PRIV_H
#define TAYORI_IMAP_SEARCH_PRIV_H

#include "src/imap/fetch_priv.h"

enum imap_search_kind {
	IMAP_SEARCH_ALL,
	IMAP_SEARCH_AND,
	IMAP_SEARCH_OR,
	IMAP_SEARCH_NOT,
	IMAP_SEARCH_SET,  /* sequence numbers or UIDs */
	IMAP_SEARCH_FLAG, /* all of `flags` are set */
	IMAP_SEARCH_RECENT,
	IMAP_SEARCH_KEYWORD,
	IMAP_SEARCH_BEFORE, /* internal date */
	IMAP_SEARCH_ON,
	IMAP_SEARCH_SINCE,
	IMAP_SEARCH_SENTBEFORE, /* Date field */
	IMAP_SEARCH_SENTON,
	IMAP_SEARCH_SENTSINCE,
	IMAP_SEARCH_LARGER,
	IMAP_SEARCH_SMALLER,
	IMAP_SEARCH_MODSEQ,
	IMAP_SEARCH_HEADER, /* field `name` holds `text` */
	IMAP_SEARCH_BODY,
	IMAP_SEARCH_TEXT
};

/* What must be read to answer a key; each level needs those before it. */
enum imap_search_cost {
	IMAP_COST_NUMBERS,
	IMAP_COST_ROW,
	IMAP_COST_HEADER,
	IMAP_COST_BODY
};

enum {
	IMAP_SEARCH_DEPTH_MAX = 50,
	IMAP_SEARCH_TEXT_MAX = 8 * 1024 * 1024
};

struct imap_search_key {
	struct imap_search_key *next;  /* beside it, cheaper ones first */
	struct imap_search_key *first; /* AND, OR, NOT: what is inside */
	enum imap_search_kind kind;
	enum imap_search_cost cost;
	uint32_t fields; /* of store_fetch, its children's included */
	uint32_t flags;
	uint64_t number;
	int64_t day;
	struct str name; /* of a field or keyword */
	struct str text; /* folded UTF-8 */
	struct store_set set;
};

struct imap_search {
	struct imap_search_key *root; /* an AND */
	bool is_charset_unknown;
	bool has_modseq;
};

/* All arguments of SEARCH. */
bool imap_search_parse(struct imap_cmd *c, struct imap_search *s);

/*
 * Does the message match? Keys above `cost` are taken as matching, wherever they stand at the top
 * level. Fails as store_read does.
 */
enum err imap_search_match(struct imap_fetch_message *fm, const struct imap_search_key *root,
                           enum imap_search_cost cost, bool *is_match_r) MUST_USE;

#endif
