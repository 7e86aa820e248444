/*
 * One SASL exchange, the server's side, as SMTP, IMAP and POP3 carry it: lines of base64 (RFC 4422,
 *RFC 4954, RFC 5034, RFC 9051).
 *
 * The exchange stands between two lines of the client; it holds no password, and can be saved with
 *the session. The protocol frames the lines: a challenge goes out as "334 <challenge>" or "+
 *<challenge>", and the answer comes back to sasl_exchange_step as it is. After SASL_DONE or
 *SASL_FAILED the exchange is gone.
 *
 *	sasl_exchange_begin(s, "pop3", mechanism, has_initial, initial, &x, &r);
 *	while (r.status == SASL_CHALLENGE)
 *		... send r.challenge, park, take a line ...
 *		sasl_exchange_step(s, &x, line, &r);
 */
#ifndef TAYORI_SASL_EXCHANGE_H
#define TAYORI_SASL_EXCHANGE_H

#include "src/base/buf.h"
#include "src/base/err.h"
#include "src/base/str.h"
#include "src/sasl/login.h"

struct sasl_exchange;
struct session;

/* Longest line of an exchange without its CRLF (RFC 4954 section 4, RFC 5034 section 4). */
enum {
	SASL_EXCHANGE_LINE_MAX = 12288
};

/*
 * Begin. `initial` is the initial response in base64 ("=" for an empty one) when `has_initial`.
 * `service` is constant text. SASL_CHALLENGE: *x_r goes on (lives in the session's arena); else it
 * is NULL. May wait for the store.
 */
void sasl_exchange_begin(struct session *s, const char *service, struct str mechanism,
                         bool has_initial, struct str initial, struct sasl_exchange **x_r,
                         struct sasl_result *r);

/* Go on with the client's line; *x becomes NULL when the exchange has ended. May wait for the
 * store. */
void sasl_exchange_step(struct session *s, struct sasl_exchange **x, struct str line,
                        struct sasl_result *r);

/* Give up an exchange; accepts a pointer to NULL. */
void sasl_exchange_end(struct sasl_exchange **x);

/* Name of its mechanism, for the log. */
const char *sasl_exchange_mechanism(const struct sasl_exchange *x);

/* Append the exchange to a saved session. Fails with: ERR_LIMIT. */
enum err sasl_exchange_save(const struct sasl_exchange *x, struct buf *out) MUST_USE;

/* Take it from the front of `rest` again. Fails with: ERR_CORRUPT. */
enum err sasl_exchange_restore(struct session *s, const char *service, struct str *rest,
                               struct sasl_exchange **x_r) MUST_USE;

#endif
