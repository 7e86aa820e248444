#include "src/base/must.h"
#include "src/smtp/smtp_priv.h"

#define TRY_AGAIN "Temporary trouble on this server, please try again later"

/*
 * The one table from how an operation ended to what the client is told (RFC 3463, RFC 5321
 * section 4.2). Own trouble is always 4xx: a sender that comes back loses nothing.
 */
static const struct {
	struct smtp_reply mail, auth;
} map[ERR_COUNT] = {
	[ERR_OK] = { { 250, "2.0.0", "Ok" }, { 235, "2.7.0", "Authentication succeeded" } },
	[ERR_TEMP] = { { 451, "4.3.0", TRY_AGAIN }, { 454, "4.7.0", TRY_AGAIN } },
	[ERR_PERM] = { { 554, "5.0.0", "This cannot be done" },
	               { 538, "5.7.11",
	                 "Encryption is required for this mechanism: issue STARTTLS first" } },
	[ERR_LIMIT] = { { 452, "4.3.1", "Too large for this server now" },
	                { 454, "4.7.0", "Too many connections of this user" } },
	[ERR_QUOTA] = { { 452, "4.2.2", "The mailbox is full" }, { 454, "4.7.0", TRY_AGAIN } },
	[ERR_NOTFOUND] = { { 451, "4.3.0", TRY_AGAIN },
	                   { 504, "5.5.4", "No such authentication mechanism here" } },
	[ERR_EXISTS] = { { 451, "4.3.0", TRY_AGAIN }, { 454, "4.7.0", TRY_AGAIN } },
	[ERR_DENIED] = { { 451, "4.7.1",
	                   "Your log-in is not valid any more: connect and log in again" },
	                 { 535, "5.7.13", "This account is locked" } },
	[ERR_AUTH] = { { 451, "4.7.1",
	                 "Your log-in is not valid any more: connect and log in again" },
	               { 535, "5.7.8", "Authentication failed: wrong user name or password" } },
	[ERR_BUSY] = { { 450, "4.2.1", "The mailbox is not available now, please try again later" },
	               { 454, "4.7.0", "This account is being moved, please try again later" } },
	[ERR_PROTO] = { { 501, "5.5.4", "Malformed" },
	                { 501, "5.5.2", "Malformed authentication data" } },
	[ERR_INVALID] = { { 451, "4.3.0", TRY_AGAIN },
	                  { 501, "5.5.2", "Malformed authentication data" } },
	[ERR_IO] = { { 451, "4.3.0", TRY_AGAIN }, { 454, "4.7.0", TRY_AGAIN } },
	[ERR_CORRUPT] = { { 451, "4.3.0", TRY_AGAIN }, { 454, "4.7.0", TRY_AGAIN } },
	[ERR_TIMEOUT] = { { 451, "4.3.0", TRY_AGAIN }, { 454, "4.7.0", TRY_AGAIN } },
	[ERR_CANCELLED] = { { 451, "4.3.2", TRY_AGAIN },
	                    { 501, "5.7.0", "Authentication cancelled" } },
};

const struct smtp_reply *smtp_reply_map(enum err e, bool is_auth)
{
	must((unsigned)e < ERR_COUNT);
	return is_auth ? &map[e].auth : &map[e].mail;
}

const struct smtp_reply *smtp_bad_path_reply(const struct smtp_bad_path *bad, enum err e,
                                             struct str args)
{
	static const struct smtp_reply utf8 = { 553, "5.6.7", "This address needs SMTPUTF8" };

	if (e == ERR_PROTO)
		return &bad->syntax;
	if (e == ERR_LIMIT)
		return &bad->too_long;
	return str_is_ascii(args) ? &bad->address : &utf8;
}
