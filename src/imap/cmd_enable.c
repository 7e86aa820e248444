#include "src/imap/session_priv.h"

/* ENABLE (RFC 5161). Names we do not know are ignored, and told by their absence. */
enum imap_next imap_cmd_enable(struct imap_cmd *c)
{
	struct imap_parser *p = &c->in;
	bool wants_condstore = false;

	do {
		struct str name;

		if (!imap_parser_space(p) || !imap_parser_atom(p, &name))
			return imap_reply_bad(c);
		wants_condstore |= str_ieq(name, STR("CONDSTORE"));
	} while (imap_parser_peek(p, ' '));
	if (!imap_parser_end(p))
		return imap_reply_bad(c);
	imap_out_c(&c->out, "* ENABLED");
	if (wants_condstore && !(c->state->enabled & IMAP_ENABLED_CONDSTORE))
		imap_out_c(&c->out, " CONDSTORE");
	imap_out_c(&c->out, "\r\n");
	if (wants_condstore)
		imap_sync_enable_modseq(c);
	return imap_reply_ok(c, NULL, "ENABLE done.");
}
