/*
 * One request being answered: whose it is, and the pages.
 */
#ifndef TAYORI_WEB_CALL_PRIV_H
#define TAYORI_WEB_CALL_PRIV_H

#include "src/base/buf.h"
#include "src/web/reply_priv.h"
#include "src/web/request_priv.h"

struct session;

struct web_call {
	struct session *s;
	const struct web_request *q;
	struct web_reply *r;
	struct str domain; /* of ours, as the host name says it; empty: only the host is known */
	struct buf out;    /* where a page is written */
};

/* Answer a request whose head and body are there. */
void web_call_answer(struct session *s, const struct web_request *q, struct web_reply *r);

/*
 * One of our domains: the name in its form for comparison. Fails with: ERR_NOTFOUND (not ours, or
 * no name at all); anything else is the store's trouble.
 */
enum err web_call_find_domain(struct web_call *c, struct str name, struct str *domain_r) MUST_USE;

/*
 * The person that the request names in `text`: the address for comparison, and its domain. False:
 * the reply has been made. Whether such a person exists is not looked at.
 */
bool web_call_take_address(struct web_call *c, struct str text, struct str *address_r,
                           struct str *domain_r);

/* A UUID that is the same for the same two texts (RFC 9562 section 5.8), in upper case. */
struct str web_call_uuid(struct web_call *c, const char *kind, struct str name);

/* The pages. Each writes into `c->out` and sets the reply's type, or makes the reply an error. */
void web_page_landing(struct web_call *c);
void web_page_landing_en(struct web_call *c);
void web_page_landing_ja(struct web_call *c);
void web_page_style(struct web_call *c);
void web_page_mozilla(struct web_call *c);
void web_page_autodiscover(struct web_call *c);
void web_page_mobileconfig(struct web_call *c);

#endif
