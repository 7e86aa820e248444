/*
 * A message with UTF-8 in its header (RFC 6532) for a client that has not said UTF8 (POP3) or
 * UTF8=ACCEPT (IMAP): RFC 6856 section 2.1 and RFC 6855 section 7 ask for a surrogate or a refusal.
 * A refusal would hide mail, so the header is written in ASCII, after RFC 6858: texts as encoded
 * words, parameters as RFC 2231, internationalized addresses as an invalid one behind a name that
 * shows them. Octets that are no UTF-8 are older than all this and pass as they are, as does the
 * body.
 */
#ifndef TAYORI_MAIL_DOWNGRADE_H
#define TAYORI_MAIL_DOWNGRADE_H

#include "src/base/str.h"

struct arena;
struct mail_downgrade;

/*
 * For one message; memory from `a`, bounded by the longest header field it looks at (64 KiB). What
 * is ready goes to `write`.
 */
struct mail_downgrade *mail_downgrade_new(struct arena *a,
                                          void (*write)(void *context, struct str octets),
                                          void *context);

/* The next octets of the message, in pieces of any length. */
void mail_downgrade_write(struct mail_downgrade *d, struct str octets);

/* The message is over. */
void mail_downgrade_end(struct mail_downgrade *d);

/* A whole header block at once, at most `max` octets of the result, in `a`. */
struct str mail_downgrade_header(struct arena *a, struct str header, size_t max);

#endif
