/*
 * The SASL mechanisms we know, and which of them a connection is offered now.
 */
#ifndef TAYORI_SASL_MECHANISM_H
#define TAYORI_SASL_MECHANISM_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;
struct session;

enum sasl_mechanism {
	SASL_MECHANISM_SCRAM_SHA_256_PLUS, /* RFC 7677, with channel binding */
	SASL_MECHANISM_SCRAM_SHA_256,
	SASL_MECHANISM_PLAIN, /* RFC 4616 */
	SASL_MECHANISM_LOGIN, /* draft-murchison-sasl-login */
	SASL_MECHANISM_COUNT
};

/*
 * Those offered on this connection as it is now (configuration, TLS), each with `prefix` before it:
 * " " for "SASL PLAIN LOGIN", " AUTH=" for IMAP. Empty when there is none. Memory from `a`.
 */
struct str sasl_mechanism_list(const struct session *s, struct arena *a, const char *prefix);

/* Is `m` offered now? ERR_OK; ERR_PERM: only under TLS; ERR_NOTFOUND: not here. */
enum err sasl_mechanism_check(const struct session *s, enum sasl_mechanism m) MUST_USE;

/* By name, letters in either case. Fails with: ERR_NOTFOUND. */
enum err sasl_mechanism_find(struct str name, enum sasl_mechanism *m_r) MUST_USE;

/* "SCRAM-SHA-256". */
const char *sasl_mechanism_name(enum sasl_mechanism m);

#endif
