/*
 * The head of a request (RFC 9112 section 2 to 6), strictly: what is not exactly as the RFC says is
 * refused, because a front that reads it otherwise than we do is how requests are smuggled.
 */
#ifndef TAYORI_WEB_REQUEST_PRIV_H
#define TAYORI_WEB_REQUEST_PRIV_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;

enum web_method {
	WEB_GET = 1,
	WEB_HEAD = 2,
	WEB_POST = 4,
	WEB_OTHER = 8 /* a method that nothing here has */
};

struct web_request {
	enum web_method method;
	struct str method_name;
	struct str path, query; /* as sent; `query` without its "?" */
	struct str host;        /* without port and trailing dot, lower case */
	struct str accept_language;
	struct str body;
	size_t body_size; /* Content-Length */
	bool is_old;      /* HTTP/1.0 */
	bool wants_close, expects_continue;
};

/* The length of the head with its empty line, 0 while it is incomplete; looks from octet `from` on.
 */
size_t web_request_head_size(struct str buffered, size_t from);

/*
 * Read a head (as long as web_request_head_size said). Results point into `head` or `a`. Returns 0,
 * or the status to refuse with; then nothing that follows in the connection can be trusted.
 */
unsigned web_request_parse(struct arena *a, struct str head, uint32_t body_max,
                           struct web_request *r);

/*
 * A parameter of a query or form, percent-decoded (RFC 3986 section 2.1). A plus sign stays one: it
 * is common in addresses, and blanks are not. False: not there, given twice, or badly encoded.
 */
bool web_request_param(struct arena *a, struct str query, struct str name, struct str *value_r);

/* Does the client want Japanese rather than English (RFC 9110 section 12.5.4)? */
bool web_request_wants_japanese(struct str accept_language);

#endif
