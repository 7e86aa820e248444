/*
 * What a client is told when something fails: one table from what was being done and the kind of
 * failure to the answer.
 */
#ifndef TAYORI_POP3_REPLY_PRIV_H
#define TAYORI_POP3_REPLY_PRIV_H

#include "src/base/err.h"
#include "src/pop3/say_priv.h"

enum pop3_doing {
	POP3_DOING_LOGIN, /* kinds of sasl/login.h */
	POP3_DOING_OPEN,  /* taking the maildrop */
	POP3_DOING_READ,  /* a message, or what is known of it */
	POP3_DOING_RENEW, /* keeping the lock */
	POP3_DOING_QUIT,  /* deleting */
	POP3_DOING_COUNT
};

/* A response code (NULL: none) and words. */
struct pop3_reply {
	const char *code;
	enum pop3_say say;
};
struct pop3_reply pop3_reply_find(enum pop3_doing doing, enum err err);

#endif
