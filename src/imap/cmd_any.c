/*
 * The commands of every state (RFC 3501 section 6.1) and CHECK, which is a NOOP here.
 */
#include "src/config/config.h"
#include "src/imap/session_priv.h"

enum imap_next imap_cmd_capability(struct imap_cmd *c)
{
	if (!imap_parser_end(&c->in))
		return imap_reply_bad(c);
	imap_out_c(&c->out, "* ");
	imap_capability_write(c);
	imap_out_c(&c->out, "\r\n");
	return imap_reply_ok(c, NULL, "CAPABILITY done.");
}

enum imap_next imap_cmd_noop(struct imap_cmd *c)
{
	if (!imap_parser_end(&c->in))
		return imap_reply_bad(c);
	return imap_reply_ok(c, NULL, "NOOP done.");
}

/* Everything is durable before it is answered, so there is nothing to check (RFC 3501
 * section 6.4.1). */
enum imap_next imap_cmd_check(struct imap_cmd *c)
{
	if (!imap_parser_end(&c->in))
		return imap_reply_bad(c);
	return imap_reply_ok(c, NULL, "CHECK done.");
}

enum imap_next imap_cmd_logout(struct imap_cmd *c)
{
	if (!imap_parser_end(&c->in))
		return imap_reply_bad(c);
	imap_out_c(&c->out, "* BYE Goodbye.\r\n");
	imap_reply_ok(c, NULL, "LOGOUT done.");
	c->session->close_reason = "logout";
	c->session->is_leaving = true;
	return IMAP_NEXT_CLOSE;
}
