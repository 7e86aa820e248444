#include "src/imap/session_priv.h"
#include "src/sasl/login.h"

/* LOGIN (RFC 3501 section 6.2.3). The password is octets; it is wiped by nobody but lives only in
 * the command's arena. */
enum imap_next imap_cmd_login(struct imap_cmd *c)
{
	struct imap_parser *p = &c->in;
	struct str user, password;
	struct sasl_result r = { 0 };

	if (!imap_parser_space(p) || !imap_parser_astring(p, &user) || !imap_parser_space(p) ||
	    !imap_parser_astring(p, &password) || !imap_parser_end(p))
		return imap_reply_bad(c);
	sasl_login_check(c->session, "imap", user, password, &r);
	return imap_login_end(c, &r, "LOGIN");
}
