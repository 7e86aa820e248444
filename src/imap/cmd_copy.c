/*
 * COPY (RFC 3501 section 6.4.7) and MOVE (RFC 6851), with COPYUID (RFC 4315).
 */
#include "src/imap/session_priv.h"

static void write_copyuid(struct imap_cmd *c, const struct store_copy_res *r)
{
	imap_out_c(&c->out, "COPYUID ");
	imap_out_u64(&c->out, r->target_uidvalidity);
	imap_out_byte(&c->out, ' ');
	imap_out_ranges(&c->out, r->from_uids, r->n_from_uids);
	imap_out_byte(&c->out, ' ');
	imap_out_ranges(&c->out, r->to_uids, r->n_to_uids);
	imap_out_c(&c->out, "] ");
}

static enum imap_next reply_done(struct imap_cmd *c, const struct store_copy_res *r, bool is_move)
{
	if (r->n_from_uids == 0)
		return imap_reply_ok(c, NULL, "There was no message to take.");
	if (is_move) {
		/* RFC 6851 section 4.3: COPYUID comes untagged, before the EXPUNGEs. */
		imap_out_c(&c->out, "* OK [");
		write_copyuid(c, r);
		imap_out_c(&c->out, "Moved.\r\n");
		return imap_reply_expunged(c, true, "MOVE done.");
	}
	imap_reply_begin_ok(c);
	if (c->is_broken)
		return IMAP_NEXT_CLOSE;
	write_copyuid(c, r);
	imap_out_c(&c->out, "COPY done.\r\n");
	return IMAP_NEXT_DONE;
}

static enum imap_next run_copy(struct imap_cmd *c, bool is_move)
{
	struct imap_parser *p = &c->in;
	struct store_copy_req q = {
		.grant = c->state->grant,
		.mailbox_id = c->state->mailbox.id,
		.view = c->state->mailbox.view,
		.is_move = is_move,
	};
	struct store_copy_res r;
	struct imap_set set;
	struct str raw;
	enum err e;

	if (!imap_parser_space(p) || !imap_parser_set(p, &set) || !imap_parser_space(p) ||
	    !imap_parser_astring(p, &raw) || !imap_parser_end(p) ||
	    !imap_set_resolve(c, &set, c->is_uid, &q.set))
		return imap_reply_bad(c);
	if (imap_name_from_client(c, raw, &q.target))
		return imap_name_refuse(c);
	if (is_move && c->state->mailbox.is_readonly)
		return imap_reply_no(c, "READ-ONLY", "The mailbox is open for reading only.");
	e = store_copy(c->store, c->a, &q, &r);
	if (e == ERR_NOTFOUND)
		return imap_reply_no(c, "TRYCREATE", "There is no such mailbox; create it first.");
	return e ? imap_reply_err(c, e) : reply_done(c, &r, is_move);
}

enum imap_next imap_cmd_copy(struct imap_cmd *c)
{
	return run_copy(c, false);
}

enum imap_next imap_cmd_move(struct imap_cmd *c)
{
	return run_copy(c, true);
}
