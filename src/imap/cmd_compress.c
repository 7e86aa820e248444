/*
 * COMPRESS (RFC 4978). The tagged OK is the last that goes out plain; what the client sent behind
 * its command is taken for compressed, as it is bound to be when it has seen the OK.
 */
#include "src/config/config.h"
#include "src/imap/session_priv.h"
#include "src/net/stream.h"

enum imap_next imap_cmd_compress(struct imap_cmd *c)
{
	struct str mechanism;
	enum imap_next next;

	if (!imap_parser_space(&c->in) || !imap_parser_atom(&c->in, &mechanism) ||
	    !imap_parser_end(&c->in))
		return imap_reply_bad(c);
	if (!str_ieq(mechanism, STR("DEFLATE")))
		return imap_reply_bad_text(c, "COMPRESS: expected DEFLATE.");
	if (stream_is_compressed(c->stream))
		return imap_reply_no(c, "COMPRESSIONACTIVE", "DEFLATE is active already.");
	if (c->config->imap.compress_level == 0)
		return imap_reply_no(c, "CANNOT", "Compression is switched off here.");
	next = imap_reply_ok(c, NULL, "DEFLATE begins.");
	imap_out_flush(&c->out);
	if (next != IMAP_NEXT_DONE)
		return next;
	if (!stream_start_compression(c->stream, (int)c->config->imap.compress_level))
		return IMAP_NEXT_DONE;
	c->session->close_reason = stream_error(c->stream);
	return IMAP_NEXT_CLOSE;
}
