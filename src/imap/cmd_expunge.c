#include "src/imap/session_priv.h"

/* EXPUNGE (RFC 3501 section 6.4.3) and UID EXPUNGE (RFC 4315 section 2.1). What is gone is told by
 * the reply. */
enum imap_next imap_cmd_expunge(struct imap_cmd *c)
{
	struct imap_parser *p = &c->in;
	struct store_expunge_req q = {
		.grant = c->state->grant,
		.mailbox_id = c->state->mailbox.id,
		.view = c->state->mailbox.view,
		.has_set = c->is_uid,
	};
	struct store_expunge_res r;
	struct imap_set set;
	bool is_any = false;
	enum err e;

	if (c->is_uid && (!imap_parser_space(p) || !imap_parser_set(p, &set)))
		return imap_reply_bad(c);
	if (!imap_parser_end(p) || (c->is_uid && !imap_set_resolve(c, &set, true, &q.set)))
		return imap_reply_bad(c);
	if (c->state->mailbox.is_readonly)
		return imap_reply_no(c, "READ-ONLY", "The mailbox is open for reading only.");
	do {
		e = store_expunge(c->store, c->a, &q, &r);
		if (e)
			return imap_reply_err(c, e);
		is_any |= r.count > 0;
	} while (r.has_more);
	return imap_reply_expunged(c, is_any, "EXPUNGE done.");
}
