/*
 * Header fields: walking a block, unfolding, encoded words (RFC 2047), parameters (RFC 2045, 2231).
 *
 * Nothing here fails on content. Values come back as they stand in the block until a function says
 *that it decodes.
 *
 *	struct mail_header_iter it = { .rest = block };
 *	struct mail_header_field field;
 *	while (mail_header_next(&it, &field))
 *		...
 */
#ifndef TAYORI_MAIL_HEADER_H
#define TAYORI_MAIL_HEADER_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;

struct mail_header_field {
	struct str
		name; /* without blanks before the colon; empty for the "From " line of an mbox */
	struct str value; /* all after the colon, still folded, without the final line end */
	struct str raw;   /* the whole field with its line ends */
};

/* Walks a block; begin with `.rest` = the block (with or without its blank line). */
struct mail_header_iter {
	struct str rest;
};

/*
 * The next field; false at the end of the block: a blank line, or one that is neither a field nor a
 * continuation, with which the body begins then (lost blank lines, mail without a header).
 */
bool mail_header_next(struct mail_header_iter *iter, struct mail_header_field *field_r);

/* Octets of `message` up to where its body begins, the blank line included. */
size_t mail_header_size(struct str message);

/* The first field called `name` (ASCII case ignored); false (result untouched) when there is none.
 */
bool mail_header_find(struct str block, struct str name, struct mail_header_field *field_r);

/*
 * A value on one line: line ends removed, blanks at both ends trimmed, stray CR and LF and NUL
 * replaced by a space (RFC 5322 section 2.2.3). Points into `value` when there is nothing to
 * change.
 */
struct str mail_header_unfold(struct arena *a, struct str value);

/*
 * A value for people: unfolded, encoded-words decoded (RFC 2047; adjacent ones joined before
 * charset conversion, so that characters split by careless senders survive), raw 8-bit guessed.
 * Result is well-formed UTF-8 of at most `max` octets. Points into `value` when that is plain ASCII
 * without any.
 */
struct str mail_header_decode(struct arena *a, struct str value, size_t max);

/*
 * UTF-8 text as a field value: itself when it is printable ASCII that no reader could take for an
 * encoded-word, otherwise encoded-words of UTF-8, folded so that no line has more than 76 octets
 * when the first begins at column `column` (RFC 2047 section 2). Control characters become spaces.
 */
struct str mail_header_encode(struct arena *a, struct str utf8, size_t column);

/* One parameter of a structured value, in the order of the field. */
struct mail_header_param {
	struct mail_header_param *next;
	struct str name; /* as written; ends in "*" when the value is RFC 2231 extended */
	struct str
		value; /* unquoted, continuations joined; extended: charset'lang'percent-encoded */
};

/*
 * Parse "token; name=value; ..." (Content-Type, Content-Disposition). Continuations (name*0,
 * name*1) are joined in order of their numbers. At most 100 parameters. Returns the text before the
 * first ";" without comments and blanks.
 */
struct str mail_header_params(struct arena *a, struct str value,
                              struct mail_header_param **first_r);

/*
 * The parameter `name` for people: RFC 2231 charset and percent encoding decoded; also
 * encoded-words inside quotes, which RFC 2047 forbids and everyone sends. UTF-8. False when there
 * is none.
 */
bool mail_header_param_find(struct arena *a, const struct mail_header_param *first, struct str name,
                            struct str *value_r);

#endif
