#include "src/imap/session_priv.h"
#include "src/net/stream.h"

/* STARTTLS (RFC 3501 section 6.2.1, RFC 2595). What was sent ahead in the clear is thrown away: it
 * could be anyone's. */
enum imap_next imap_cmd_starttls(struct imap_cmd *c)
{
	if (!imap_parser_end(&c->in))
		return imap_reply_bad(c);
	if (stream_tls_info(c->stream).is_tls)
		return imap_reply_bad_text(c, "TLS is active already.");
	if (!c->session->tls)
		return imap_reply_no(c, "UNAVAILABLE", "TLS is not available here.");
	imap_reply_ok(c, NULL, "Begin TLS now.");
	stream_discard_input(c->stream);
	return IMAP_NEXT_STARTTLS;
}
