/*
 * The octets of a message on the wire: dot-stuffing (RFC 5321 section 4.5.2), line ends, NUL.
 *
 * The scanner reads windows of any size and gives the same result however they are cut. It knows
 * one end of a message, CRLF "." CRLF (or "." CRLF as the first line), and notes what no message
 * may hold: a CR or LF that is not part of CRLF, and NUL. It goes from line end to line end by
 * memchr and hands on whole runs; nothing is copied one octet at a time.
 */
#ifndef TAYORI_SMTP_SCAN_PRIV_H
#define TAYORI_SMTP_SCAN_PRIV_H

#include "src/base/str.h"

enum smtp_scan_at {
	SMTP_SCAN_LINE_START,
	SMTP_SCAN_IN_LINE,
	SMTP_SCAN_CR,     /* a CR has been read, not handed on */
	SMTP_SCAN_DOT,    /* a dot at the start of a line has been read, not handed on */
	SMTP_SCAN_DOT_CR, /* and a CR after it */
	SMTP_SCAN_END,    /* the final dot has been read */
};

/* What was seen, or-ed together. */
enum {
	SMTP_SCAN_BARE_CR = 1,
	SMTP_SCAN_BARE_LF = 2,
	SMTP_SCAN_NUL = 4
};

struct smtp_scan {
	enum smtp_scan_at at; /* zero: at the first line's start */
	bool has_dots;        /* DATA: unstuff dots and look for the end; false for BDAT */
	unsigned seen;
	void (*emit)(void *context, struct str octets);
	void *context;
};

/* Read a window; returns how much of it was used: all, unless the end was found in it. */
size_t smtp_scan_read(struct smtp_scan *scan, struct str window);

/* BDAT: no more comes; hands on and notes a CR that was held back. */
void smtp_scan_finish(struct smtp_scan *scan);

#endif
