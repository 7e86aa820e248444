#include "src/base/must.h"
#include "src/imap/session_priv.h"

/* Response codes of RFC 5530 (OVERQUOTA and LIMIT included); texts are for people and say what to
 * do. */
static const struct imap_resp map[ERR_COUNT] = {
	[ERR_TEMP] = { "UNAVAILABLE", "The server has a passing trouble; please try again later.",
	               .is_logged = true },
	[ERR_PERM] = { "CANNOT", "This cannot be done." },
	[ERR_LIMIT] = { "LIMIT", "A limit of the server was reached; please try again with less." },
	[ERR_QUOTA] = { "OVERQUOTA", "The quota is used up; please delete some messages first." },
	[ERR_NOTFOUND] = { "NONEXISTENT", "There is no such mailbox." },
	[ERR_EXISTS] = { "ALREADYEXISTS", "A mailbox of this name exists already." },
	[ERR_DENIED] = { "NOPERM", "You may not do this." },
	[ERR_AUTH] = { "AUTHENTICATIONFAILED", "Wrong user name or password." },
	[ERR_BUSY] = { "INUSE", "This is in use by another session; please try again later." },
	[ERR_PROTO] = { "CLIENTBUG", "The command contradicts the protocol.", .is_bad = true },
	[ERR_INVALID] = { "CANNOT", "The server cannot accept this name or value." },
	[ERR_IO] = { "UNAVAILABLE", "The mail store cannot be reached; please try again later.",
	             .is_logged = true },
	[ERR_CORRUPT] = { "CORRUPTION",
	                  "The stored data is damaged; please tell your administrator.",
	                  .is_logged = true },
	[ERR_TIMEOUT] = { "UNAVAILABLE", "The mail store did not answer in time; please try again.",
	                  .is_logged = true },
	[ERR_CANCELLED] = { "EXPUNGEISSUED", "Some of the messages no longer exist." },
};

const struct imap_resp *imap_resp_map_find(enum err e)
{
	must(e > ERR_OK && e < ERR_COUNT);
	return &map[e];
}
