/*
 * Log-in with a name and a password, as every protocol needs it: LOGIN of IMAP, USER and PASS of
 *POP3, and the SASL mechanisms that carry a password.
 *
 * What the protocols are told is a short list, each of which their reply tables know. After
 * SASL_DONE the user has been counted with the host's `user_enter`: the protocol gives it back with
 *`user_leave` when the session ends or a later step of its own log-in fails.
 *
 *	ERR_AUTH       wrong name or password
 *	ERR_DENIED     the account is locked
 *	ERR_BUSY       the account is moving: later
 *	ERR_LIMIT      too many sessions of this user
 *	ERR_PERM       this way to log in needs TLS
 *	ERR_NOTFOUND   no such mechanism here
 *	ERR_PROTO      malformed
 *	ERR_CANCELLED  the client gave up ("*")
 *	ERR_TEMP       our own trouble; store_errinfo has the reason. Never "wrong password".
 */
#ifndef TAYORI_SASL_LOGIN_H
#define TAYORI_SASL_LOGIN_H

#include "src/base/err.h"
#include "src/base/str.h"
#include "src/store/store.h"

struct session;

enum sasl_status {
	SASL_CHALLENGE,
	SASL_DONE,
	SASL_FAILED
};

/* How a step of a log-in ended; everything lives in the session's scratch. */
struct sasl_result {
	enum sasl_status status;
	struct str challenge;     /* SASL_CHALLENGE: base64, may be empty */
	struct store_grant grant; /* SASL_DONE */
	struct str address;       /* SASL_DONE: of the account */
	enum err err;             /* SASL_FAILED: one of the list above */
	uint32_t delay_ms; /* SASL_FAILED: park for so long before answering; nothing sleeps here */
	struct str user;   /* as the client gave it, for the log; may be empty */
};

/* True when a password may cross this connection as it is: TLS is up or the listener allows it. */
bool sasl_login_allows_plaintext(const struct session *s);

/* Check `user` and `password` (octets) for `service` ("pop3"). May wait for the store. */
void sasl_login_check(struct session *s, const char *service, struct str user, struct str password,
                      struct sasl_result *r);

/* The same with APOP's digest of `timestamp` and the user's secret (RFC 1939 section 7). The
 * password does not cross the connection, so it needs no TLS. */
void sasl_login_apop(struct session *s, const char *service, struct str user, struct str timestamp,
                     struct str digest, struct sasl_result *r);

/* What remains when the store has answered, for all mechanisms: counts the user, or the failure. */
void sasl_login_settle(struct session *s, enum err err, struct sasl_result *r);

#endif
