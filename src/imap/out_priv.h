/*
 * Output of one step: octets and IMAP values gathered in a small block and handed on to the stream.
 *
 * Nothing here formats through printf, because a FETCH of 100,000 messages comes through here. A
 * line of the answer may be taken back as long as it is still in the block, so that trouble in the
 * middle of a FETCH can still end in a clean tagged NO.
 */
#ifndef TAYORI_IMAP_OUT_PRIV_H
#define TAYORI_IMAP_OUT_PRIV_H

#include "src/base/str.h"

struct stream;

enum {
	IMAP_OUT_BYTES = 8192,
	IMAP_LINE_MAX = 512
};

struct imap_out {
	struct stream *stream;
	size_t n;
	size_t mark; /* where the line that may be taken back begins */
	bool is_mark_valid;
	bool takes_utf8; /* the peer takes UTF-8 in quoted strings (RFC 9755 section 3) */
	unsigned char p[IMAP_OUT_BYTES];
};

/* Hand everything to the stream (which collects again and writes when its own limit is reached). */
void imap_out_flush(struct imap_out *o);

void imap_out_str(struct imap_out *o, struct str s);
void imap_out_c(struct imap_out *o, const char *text);
void imap_out_byte(struct imap_out *o, unsigned char c);
void imap_out_u64(struct imap_out *o, uint64_t value);

/* Ranges as a sequence set: "1:5,7". */
struct store_range;
void imap_out_ranges(struct imap_out *o, const struct store_range *ranges, size_t n);

/* A string: quoted when it can be, otherwise a literal (RFC 3501 section 4.3). */
void imap_out_string(struct imap_out *o, struct str s);

/* An atom when it can be, otherwise a string. */
void imap_out_astring(struct imap_out *o, struct str s);

/* Octets of a literal; NUL, which IMAP4rev1 cannot carry, becomes 0x80 (RFC 3501 section 4.3.1). */
void imap_out_octets(struct imap_out *o, struct str s);

/* Remember the place where a line begins. */
void imap_out_mark(struct imap_out *o);

/* Take back everything since the mark; false when some of it has left the block. */
bool imap_out_rewind(struct imap_out *o);

/* "* 12 FETCH (UID 34 ...", with or without a UID, as others like it are made from it. */
struct imap_line {
	unsigned char seq[20], uid[20]; /* digits, at the end */
	size_t n_seq, n_uid;            /* n_uid 0: without */
	size_t n_rest;
	unsigned char rest[IMAP_LINE_MAX];
};

/* The line since the mark. False when it is none of this kind, too long or not in the block. */
bool imap_out_line(const struct imap_out *o, struct imap_line *line_r);

/* Write `n` lines that follow it: the same, but for numbers that are one higher each. */
void imap_out_lines(struct imap_out *o, struct imap_line *line, uint64_t n);

#endif
