/*
 * An answer, and what its kinds share.
 */
#ifndef TAYORI_WEB_REPLY_PRIV_H
#define TAYORI_WEB_REPLY_PRIV_H

#include "src/base/buf.h"
#include "src/base/str.h"

struct session;

struct web_reply {
	unsigned status;
	const char *type;      /* of `body` */
	struct str body;       /* lives until it is written */
	unsigned allow;        /* enum web_method, with 405 */
	const char *file_name; /* of a download; NULL: to be shown */
	bool is_close;         /* the connection ends with it */
	bool is_head;          /* without its body, for HEAD */
	bool is_page;          /* for browsers */
	bool varies;           /* by Accept-Language */
};

/* Make `r` an error, with a sentence for people. */
void web_reply_fail(struct web_reply *r, unsigned status, const char *text);

/* Write it all to the session's stream. */
void web_reply_write(struct session *s, const struct web_reply *r);

/* Text with what has a meaning in XML and HTML escaped; octets that XML cannot carry become '?'.
 * Fails with: ERR_LIMIT. */
enum err web_reply_add_text(struct buf *b, struct str text) MUST_USE;

/* "<name>text</name>" and a line end. Fails with: ERR_LIMIT. */
enum err web_reply_add_element(struct buf *b, const char *name, struct str text) MUST_USE;

#endif
