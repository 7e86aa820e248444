/*
 * SELECT and EXAMINE (RFC 3501 section 6.3.1, 6.3.2; RFC 7162 section 3.1.8), and leaving again:
 * CLOSE (section 6.4.2) and UNSELECT (RFC 3691).
 */
#include <string.h>

#include "src/imap/list_priv.h"
#include "src/imap/session_priv.h"

static void write_number(struct imap_cmd *c, const char *before, uint64_t value, const char *after)
{
	imap_out_c(&c->out, before);
	imap_out_u64(&c->out, value);
	imap_out_c(&c->out, after);
}

/* `raw` is the name as the client wrote it. */
static void write_mailbox(struct imap_cmd *c, const struct store_select_res *r, struct str raw)
{
	uint64_t modseq = r->mailbox.modseq > 0 ? r->mailbox.modseq : 1;

	bool is_rev2 = c->state->enabled & IMAP_ENABLED_REV2;

	imap_flags_tell(c, r->keywords, r->n_keywords);
	write_number(c, "* ", r->exists, " EXISTS\r\n");
	/* RFC 9051 appendix E: neither RECENT nor UNSEEN. */
	if (!is_rev2)
		write_number(c, "* ", r->mailbox.recent, " RECENT\r\n");
	if (!is_rev2 && r->first_unseen_seq > 0)
		write_number(c, "* OK [UNSEEN ", r->first_unseen_seq, "] First unseen.\r\n");
	write_number(c, "* OK [UIDVALIDITY ", r->mailbox.uidvalidity, "] UIDs valid.\r\n");
	write_number(c, "* OK [UIDNEXT ", r->view.uidnext, "] Next UID.\r\n");
	imap_out_c(&c->out, "* OK [MAILBOXID (");
	imap_objectid_write(c, IMAP_OBJECT_MAILBOX, r->mailbox.id);
	imap_out_c(&c->out, ")] Its id.\r\n");
	write_number(c, "* OK [HIGHESTMODSEQ ", modseq, "] Highest.\r\n");
	if (is_rev2)
		imap_list_one(c, &r->mailbox, raw);
}

void imap_select_leave(struct imap_cmd *c)
{
	if (c->state->phase != IMAP_PHASE_MAILBOX)
		return;
	c->state->phase = IMAP_PHASE_USER;
	c->state->mailbox = (struct imap_mailbox){ 0 };
	imap_out_c(&c->out, "* OK [CLOSED] The mailbox is closed.\r\n");
}

/* What SELECT was asked for. */
struct wants {
	bool modseq;
	bool resync;
	struct imap_resync known;
};

static bool parse_parameter(struct imap_cmd *c, struct wants *wants)
{
	struct imap_parser *p = &c->in;

	if (imap_parser_try_word(p, "CONDSTORE")) {
		wants->modseq = true;
		return true;
	}
	if (!imap_parser_try_word(p, "QRESYNC"))
		return imap_parser_fail(p, "CONDSTORE or QRESYNC (...)");
	/* RFC 7162 section 3.2.5. */
	if (!(c->state->enabled & IMAP_ENABLED_QRESYNC))
		return imap_parser_fail(p, "ENABLE QRESYNC before this parameter");
	wants->resync = true;
	return imap_parser_space(p) && imap_resync_parse(p, &wants->known);
}

/* " (CONDSTORE QRESYNC (...))", RFC 4466 section 2.1; other parameters are BAD. */
static bool parse_parameters(struct imap_cmd *c, struct wants *wants)
{
	struct imap_parser *p = &c->in;

	if (!imap_parser_try(p, ' ') || p->rest.n == 0)
		return true;
	if (!imap_parser_byte(p, '(', "parameters in parentheses"))
		return false;
	do {
		if (!parse_parameter(c, wants))
			return false;
	} while (imap_parser_try(p, ' '));
	return imap_parser_byte(p, ')', "a space or the end of the parameters");
}

static enum imap_next run_select(struct imap_cmd *c, bool is_examine)
{
	struct imap_parser *p = &c->in;
	struct store_select_req q = { .grant = c->state->grant, .is_examine = is_examine };
	struct store_select_res r;
	struct str raw;
	struct wants wants = { 0 };
	enum err e;

	if (!imap_parser_space(p) || !imap_parser_astring(p, &raw) ||
	    !parse_parameters(c, &wants) || !imap_parser_end(p))
		return imap_reply_bad(c);
	/* Also when it fails: then no mailbox is selected (RFC 3501 section 6.3.1). */
	imap_select_leave(c);
	if (imap_name_from_client(c, raw, &q.name))
		return imap_name_refuse(c);
	e = store_select(c->store, c->a, &q, &r);
	if (e)
		return imap_reply_err(c, e);
	if (r.mailbox.is_noselect)
		return imap_reply_no(c, "NONEXISTENT", "This is only a level of the hierarchy.");
	c->state->mailbox = (struct imap_mailbox){
		.id = r.mailbox.id,
		.uidvalidity = r.mailbox.uidvalidity,
		.is_readonly = is_examine,
		.view = r.view,
		.flags_modseq = r.mailbox.modseq,
		.exists = r.exists,
		.recent = r.mailbox.recent,
		.recent_from = r.recent_from,
		.keywords_told = r.keywords_told,
	};
	if (wants.modseq)
		c->state->enabled |= IMAP_ENABLED_CONDSTORE;
	write_mailbox(c, &r, raw);
	if (wants.resync)
		e = imap_resync_run(c, &wants.known);
	if (e)
		return imap_reply_err(c, e);
	c->state->phase = IMAP_PHASE_MAILBOX;
	return imap_reply_ok(c, is_examine ? "READ-ONLY" : "READ-WRITE",
	                     is_examine ? "EXAMINE done." : "SELECT done.");
}

enum imap_next imap_cmd_select(struct imap_cmd *c)
{
	return run_select(c, false);
}

enum imap_next imap_cmd_examine(struct imap_cmd *c)
{
	return run_select(c, true);
}

enum imap_next imap_cmd_unselect(struct imap_cmd *c)
{
	if (!imap_parser_end(&c->in))
		return imap_reply_bad(c);
	c->state->phase = IMAP_PHASE_USER;
	c->state->mailbox = (struct imap_mailbox){ 0 };
	return imap_reply_ok(c, NULL, "UNSELECT done.");
}

/* CLOSE removes what is marked \Deleted without telling (RFC 3501 section 6.4.2). */
enum imap_next imap_cmd_close(struct imap_cmd *c)
{
	struct store_expunge_req q = {
		.grant = c->state->grant,
		.mailbox_id = c->state->mailbox.id,
		.view = c->state->mailbox.view,
	};
	struct store_expunge_res r = { .has_more = !c->state->mailbox.is_readonly };
	enum err e = ERR_OK;

	if (!imap_parser_end(&c->in))
		return imap_reply_bad(c);
	while (!e && r.has_more)
		e = store_expunge(c->store, c->a, &q, &r);
	/* A mailbox that is gone meanwhile is closed as well. */
	if (e && e != ERR_NOTFOUND)
		return imap_reply_err(c, e);
	c->state->phase = IMAP_PHASE_USER;
	c->state->mailbox = (struct imap_mailbox){ 0 };
	return imap_reply_ok(c, NULL, "CLOSE done.");
}
