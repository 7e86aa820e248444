#include "src/base/must.h"
#include "src/pop3/reply_priv.h"

/*
 * Response codes: [AUTH], [SYS/TEMP], [SYS/PERM] (RFC 3206), [IN-USE] (RFC 2449 section 8.1.2). A
 * client that sees [SYS/TEMP] tries again and does not ask for the password; so [AUTH] is only what
 * the user can cure. What is not listed is our own trouble.
 */
static const char *const replies[POP3_DOING_COUNT][ERR_COUNT] = {
	[POP3_DOING_LOGIN] = {
		[ERR_AUTH] = "-ERR [AUTH] wrong user name or password",
		[ERR_DENIED] = "-ERR [AUTH] this account is locked",
		[ERR_BUSY] = "-ERR [SYS/TEMP] this account is being moved, try again in a minute",
		[ERR_LIMIT] = "-ERR [SYS/TEMP] too many sessions of this user",
		[ERR_PERM] = "-ERR log-in needs TLS here, use STLS first",
		[ERR_NOTFOUND] = "-ERR this mechanism is not available",
		[ERR_PROTO] = "-ERR malformed authentication data",
		[ERR_CANCELLED] = "-ERR authentication cancelled",
		[ERR_TEMP] = "-ERR [SYS/TEMP] log-in is not possible now, try again later",
	},
	[POP3_DOING_OPEN] = {
		[ERR_BUSY] = "-ERR [IN-USE] the maildrop is in use by another session",
		[ERR_NOTFOUND] = "-ERR [SYS/PERM] there is no maildrop",
		[ERR_CORRUPT] = "-ERR [SYS/PERM] the maildrop cannot be read, ask the administrator",
		[ERR_TEMP] = "-ERR [SYS/TEMP] the maildrop cannot be opened now, try again later",
	},
	[POP3_DOING_READ] = {
		[ERR_NOTFOUND] = "-ERR this message has been removed by another session",
		[ERR_CORRUPT] = "-ERR [SYS/PERM] this message cannot be read, ask the administrator",
		[ERR_TEMP] = "-ERR [SYS/TEMP] the message cannot be read now, try again later",
	},
	[POP3_DOING_RENEW] = {
		[ERR_TEMP] = "-ERR [SYS/TEMP] the lock of the maildrop was lost, nothing is deleted",
	},
	[POP3_DOING_QUIT] = {
		[ERR_BUSY] = "-ERR [SYS/TEMP] the lock of the maildrop was lost, nothing is deleted",
		[ERR_TEMP] = "-ERR [SYS/TEMP] some deleted messages were not removed",
	},
};

const char *pop3_reply_text(enum pop3_doing doing, enum err err)
{
	must(doing < POP3_DOING_COUNT && err && err < ERR_COUNT);
	return replies[doing][err] ? replies[doing][err] : replies[doing][ERR_TEMP];
}
