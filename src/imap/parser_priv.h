/*
 * A pull parser over one command that has been collected completely (reader_priv.h).
 *
 * Each function takes one thing from the front of `rest`. A function that returns false has set
 *`expected` to what it was looking for (the first failure stays), which becomes the text of the BAD
 *reply. Literals stand in the text as the client announced them, "{n}" CRLF, followed by their
 *octets. Results point into the text or into the arena.
 *
 *	if (!imap_parser_space(p) || !imap_parser_astring(p, &name) || !imap_parser_end(p))
 *		return imap_reply_bad(c);
 */
#ifndef TAYORI_IMAP_PARSER_PRIV_H
#define TAYORI_IMAP_PARSER_PRIV_H

#include "src/store/store.h"

struct imap_parser {
	struct str rest;
	struct arena *arena;
	const char *expected;
	bool takes_utf8; /* the client sends UTF-8 in quoted strings, and nothing else above 127 */
};

/* A sequence set as it was written; STORE_STAR stands for "*". */
struct imap_set {
	struct store_range *ranges; /* first <= last, except that both may be STORE_STAR */
	size_t n;
	bool has_star;
	bool is_saved; /* "$", the last search result (RFC 5182); no ranges then */
	uint64_t max;  /* largest number written, "*" aside */
};

/* A flag list: system flags as bits of store.h, keywords by name without repetitions. */
struct imap_flags {
	uint32_t system;
	struct store_keyword *keywords;
	size_t n_keywords;
};

/* Note what was expected (the first one stays) and return false. */
bool imap_parser_fail(struct imap_parser *p, const char *expected);

/* --- taken when it is there; no failure otherwise */

bool imap_parser_peek(const struct imap_parser *p, unsigned char c);
bool imap_parser_try(struct imap_parser *p, unsigned char c);

/* A word in any letter case, not followed by another atom octet. */
bool imap_parser_try_word(struct imap_parser *p, const char *word);

/* --- must be there */

bool imap_parser_space(struct imap_parser *p);
bool imap_parser_byte(struct imap_parser *p, unsigned char c, const char *expected);

/* Nothing more; blanks before the line end are forgiven. */
bool imap_parser_end(struct imap_parser *p);

bool imap_parser_tag(struct imap_parser *p, struct str *tag_r);
bool imap_parser_atom(struct imap_parser *p, struct str *atom_r);
bool imap_parser_string(struct imap_parser *p, struct str *string_r);
bool imap_parser_astring(struct imap_parser *p, struct str *string_r);
bool imap_parser_nstring(struct imap_parser *p, struct str *string_r, bool *is_nil_r);

/* A mailbox pattern: an astring that may hold "%" and "*" (RFC 3501 section 9, list-mailbox). */
bool imap_parser_pattern(struct imap_parser *p, struct str *pattern_r);

/* "{n}" or "~{n}" CRLF without the octets behind it: the message of an APPEND, which the reader
 * keeps elsewhere. */
bool imap_parser_announce(struct imap_parser *p, uint64_t *size_r, bool *is_binary_r);

/* A decimal number of `min` to `max`. */
bool imap_parser_number(struct imap_parser *p, uint64_t min, uint64_t max, uint64_t *value_r);

bool imap_parser_set(struct imap_parser *p, struct imap_set *set_r);

/* One flag, added to `flags`; "(" flags ")"; either a list or flags with spaces between (STORE). */
bool imap_parser_flag(struct imap_parser *p, struct imap_flags *flags);
bool imap_parser_flag_list(struct imap_parser *p, struct imap_flags *flags);
bool imap_parser_store_flags(struct imap_parser *p, struct imap_flags *flags);

/* A date of SEARCH, quoted or not, as its day number; a quoted date-time of APPEND. */
bool imap_parser_date(struct imap_parser *p, int64_t *day_r);
bool imap_parser_date_time(struct imap_parser *p, int64_t *ms_r);

#endif
