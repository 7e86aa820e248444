/*
 * A message with UTF-8 in its header (RFC 6532) for a client that has not said UTF8: RFC 6856
 * section 2.1 asks for a surrogate or a refusal. A refusal would hide mail, so the header is
 * written in ASCII, after RFC 6858: texts as encoded words, parameters as RFC 2231,
 * internationalized addresses as an invalid one behind a name that shows them. Octets that are no
 * UTF-8 are older than all this and pass as they are, as does the body.
 */
#ifndef TAYORI_POP3_DOWNGRADE_PRIV_H
#define TAYORI_POP3_DOWNGRADE_PRIV_H

#include "src/base/str.h"

struct arena;
struct pop3_downgrade;
struct pop3_text;

/* For one message; memory from `a`, bounded by the longest header field it looks at (64 KiB). */
struct pop3_downgrade *pop3_downgrade_new(struct arena *a);

/* The next octets of the message, in pieces of any length; what is ready goes to `out`. */
void pop3_downgrade_write(struct pop3_downgrade *d, struct pop3_text *out, struct str octets);

/* The message is over. */
void pop3_downgrade_end(struct pop3_downgrade *d, struct pop3_text *out);

#endif
