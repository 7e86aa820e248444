#include "src/base/must.h"
#include "src/pop3/reply_priv.h"

/*
 * Response codes: [AUTH], [SYS/TEMP], [SYS/PERM] (RFC 3206), [IN-USE] and [LOGIN-DELAY] (RFC 2449
 * section 8.1). A client that sees [SYS/TEMP] tries again and does not ask for the password; so
 * [AUTH] is only what the user can cure. What is not listed is our own trouble.
 */
#define AUTH "AUTH"
#define TEMP "SYS/TEMP"
#define PERM "SYS/PERM"

static const struct entry {
	struct pop3_reply reply;
	bool is_listed;
} replies[POP3_DOING_COUNT][ERR_COUNT] = {
	[POP3_DOING_LOGIN] = {
		[ERR_AUTH] = { { AUTH, POP3_SAY_WRONG_PASSWORD }, true },
		[ERR_DENIED] = { { AUTH, POP3_SAY_ACCOUNT_LOCKED }, true },
		[ERR_BUSY] = { { TEMP, POP3_SAY_ACCOUNT_MOVING }, true },
		[ERR_LIMIT] = { { TEMP, POP3_SAY_TOO_MANY_SESSIONS }, true },
		[ERR_PERM] = { { NULL, POP3_SAY_TLS_WANTED }, true },
		[ERR_NOTFOUND] = { { NULL, POP3_SAY_NO_MECHANISM }, true },
		[ERR_PROTO] = { { NULL, POP3_SAY_AUTH_MALFORMED }, true },
		[ERR_CANCELLED] = { { NULL, POP3_SAY_AUTH_CANCELLED }, true },
		[ERR_TEMP] = { { TEMP, POP3_SAY_LOGIN_TROUBLE }, true },
	},
	[POP3_DOING_OPEN] = {
		[ERR_BUSY] = { { "IN-USE", POP3_SAY_IN_USE }, true },
		[ERR_LIMIT] = { { "LOGIN-DELAY", POP3_SAY_LOGIN_TOO_SOON }, true },
		[ERR_NOTFOUND] = { { PERM, POP3_SAY_NO_MAILDROP }, true },
		[ERR_CORRUPT] = { { PERM, POP3_SAY_MAILDROP_DAMAGED }, true },
		[ERR_TEMP] = { { TEMP, POP3_SAY_MAILDROP_TROUBLE }, true },
	},
	[POP3_DOING_READ] = {
		[ERR_NOTFOUND] = { { NULL, POP3_SAY_MESSAGE_GONE }, true },
		[ERR_CORRUPT] = { { PERM, POP3_SAY_MESSAGE_DAMAGED }, true },
		[ERR_TEMP] = { { TEMP, POP3_SAY_MESSAGE_TROUBLE }, true },
	},
	[POP3_DOING_RENEW] = {
		[ERR_TEMP] = { { TEMP, POP3_SAY_LOCK_LOST }, true },
	},
	[POP3_DOING_QUIT] = {
		[ERR_BUSY] = { { TEMP, POP3_SAY_LOCK_LOST }, true },
		[ERR_TEMP] = { { TEMP, POP3_SAY_NOT_REMOVED }, true },
	},
};

struct pop3_reply pop3_reply_find(enum pop3_doing doing, enum err err)
{
	must(doing < POP3_DOING_COUNT && err && err < ERR_COUNT);
	return replies[doing][replies[doing][err].is_listed ? err : ERR_TEMP].reply;
}
