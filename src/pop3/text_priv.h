/*
 * The body of a multi-line answer that carries a message: dots stuffed (RFC 1939 section 3), line
 * ends made CRLF, the end marked. Octets may come in pieces of any length.
 */
#ifndef TAYORI_POP3_TEXT_PRIV_H
#define TAYORI_POP3_TEXT_PRIV_H

#include "src/base/str.h"

struct stream;

struct pop3_text {
	struct stream *out;
	bool is_in_line; /* something of the current line has been written */
	bool is_after_cr;
};

void pop3_text_write(struct pop3_text *t, struct str octets);

/* Finish an unfinished line and write the final dot. */
void pop3_text_end(struct pop3_text *t);

/* Where TOP stops: after the header, the empty line and `lines_left` lines of the body. */
struct pop3_top {
	uint64_t lines_left;
	bool is_in_body;
	bool is_in_line; /* the current line holds something besides its end */
	bool is_done;
};

/* What of `octets` is still wanted: all, or its beginning once `is_done`. */
struct str pop3_text_cut(struct pop3_top *top, struct str octets);

#endif
