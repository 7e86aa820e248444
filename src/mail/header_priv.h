/*
 * Where a header block ends.
 */
#ifndef TAYORI_MAIL_HEADER_PRIV_H
#define TAYORI_MAIL_HEADER_PRIV_H

#include "src/base/str.h"

/*
 * True when `line` (with its line end) belongs to a header block: a field, a continuation, or the
 * "From " line of an mbox. Any other line ends the block, as the blank line does; it is the first
 * of the body then. Mail without a header, or without the blank line, is common enough, and its
 * text must not vanish.
 */
bool header_is_line(struct str line);

/* Octets of the line end that `s` begins with: 0, 1 or 2. */
size_t header_line_end(struct str s);

#endif
