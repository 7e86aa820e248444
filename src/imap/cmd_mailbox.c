/*
 * Commands that change the tree of mailboxes: CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE (RFC
 * 3501 section 6.3.3 to 6.3.7, RFC 6154 section 3).
 */
#include "src/imap/list_priv.h"
#include "src/imap/session_priv.h"

/* What shows messages of other mailboxes (RFC 6154 section 2); ours show only their own. */
enum {
	VIRTUAL_USES = STORE_SPECIAL_ALL | STORE_SPECIAL_FLAGGED
};

/* SP mailbox, and nothing behind it. */
static bool parse_name(struct imap_cmd *c, struct str *name_r, enum imap_next *next_r)
{
	struct imap_parser *p = &c->in;
	struct str raw;

	if (!imap_parser_space(p) || !imap_parser_astring(p, &raw) || !imap_parser_end(p)) {
		*next_r = imap_reply_bad(c);
		return false;
	}
	if (imap_name_from_client(c, raw, name_r)) {
		*next_r = imap_name_refuse(c);
		return false;
	}
	return true;
}

/* "(USE (\Drafts \Sent))"; `*is_known_r` false: a special use that no mailbox can be given here. */
static bool parse_use(struct imap_parser *p, uint32_t *special_r, bool *is_known_r)
{
	if (!imap_parser_byte(p, '(', "(USE (...))") || !imap_parser_try_word(p, "USE") ||
	    !imap_parser_space(p) || !imap_parser_byte(p, '(', "a list of special uses"))
		return imap_parser_fail(p, "(USE (...))");
	if (imap_parser_try(p, ')'))
		return imap_parser_byte(p, ')', "the end of the parameters");
	do {
		struct str name;
		uint32_t bit;

		if (!imap_parser_byte(p, '\\', "a special use such as \\Sent") ||
		    !imap_parser_atom(p, &name))
			return false;
		bit = imap_list_find_special(name);
		*is_known_r &= bit != 0 && !(bit & VIRTUAL_USES);
		*special_r |= bit;
	} while (imap_parser_try(p, ' '));
	return imap_parser_byte(p, ')', "the end of the special uses") &&
	       imap_parser_byte(p, ')', "the end of the parameters");
}

/* MAILBOXID in the tagged line (RFC 8474 section 4.2). */
static enum imap_next reply_created(struct imap_cmd *c, const struct store_mailbox *m,
                                    struct str raw)
{
	/* RFC 9051 section 6.3.4: a name that became another one is told. */
	if ((c->state->enabled & IMAP_ENABLED_REV2) &&
	    !str_eq(imap_name_to_client(c, m->name), raw))
		imap_list_one(c, m, raw);
	imap_reply_begin_ok(c);
	if (c->is_broken)
		return IMAP_NEXT_CLOSE;
	imap_out_c(&c->out, "MAILBOXID (");
	imap_objectid_write(c, IMAP_OBJECT_MAILBOX, m->id);
	imap_out_c(&c->out, ")] CREATE done.\r\n");
	return IMAP_NEXT_DONE;
}

enum imap_next imap_cmd_create(struct imap_cmd *c)
{
	struct imap_parser *p = &c->in;
	struct store_mailbox_create_req q = { .grant = c->state->grant };
	struct store_mailbox_create_res r;
	struct str raw;
	bool is_known = true;
	enum err e;

	if (!imap_parser_space(p) || !imap_parser_astring(p, &raw))
		return imap_reply_bad(c);
	if (imap_parser_try(p, ' ') && p->rest.n > 0 && !parse_use(p, &q.special, &is_known))
		return imap_reply_bad(c);
	if (!imap_parser_end(p))
		return imap_reply_bad(c);
	if (!is_known)
		return imap_reply_no(c, "USEATTR", "No mailbox can have this special use here.");
	if (imap_name_from_client(c, raw, &q.name))
		return imap_name_refuse(c);
	/* A separator at the end says that children will follow (RFC 3501 section 6.3.3). */
	if (q.name.n > 1 && q.name.p[q.name.n - 1] == '/')
		q.name.n--;
	e = store_mailbox_create(c->store, c->a, &q, &r);
	return e ? imap_reply_err(c, e) : reply_created(c, &r.mailbox, raw);
}

/* The mailbox that this session has open is gone: it has none from here on. */
static void leave_deleted(struct imap_cmd *c)
{
	struct store_mailbox_get_req q = {
		.grant = c->state->grant,
		.mailbox_id = c->state->mailbox.id,
	};
	struct store_mailbox_get_res r;

	if (c->state->phase != IMAP_PHASE_MAILBOX)
		return;
	if (store_mailbox_get(c->store, c->a, &q, &r) == ERR_NOTFOUND)
		imap_select_leave(c);
}

enum imap_next imap_cmd_delete(struct imap_cmd *c)
{
	struct store_mailbox_delete_req q = { .grant = c->state->grant };
	enum imap_next next;
	enum err e;

	if (!parse_name(c, &q.name, &next))
		return next;
	e = store_mailbox_delete(c->store, &q);
	if (e == ERR_DENIED)
		return imap_reply_no(c, "CANNOT", "INBOX cannot be deleted.");
	if (e == ERR_EXISTS)
		return imap_reply_no(c, "HASCHILDREN",
		                     "The mailbox has children; delete them first.");
	if (e)
		return imap_reply_err(c, e);
	leave_deleted(c);
	return imap_reply_ok(c, NULL, "DELETE done.");
}

enum imap_next imap_cmd_rename(struct imap_cmd *c)
{
	struct imap_parser *p = &c->in;
	struct store_mailbox_rename_req q = { .grant = c->state->grant };
	struct str from, to;
	enum err e;

	if (!imap_parser_space(p) || !imap_parser_astring(p, &from) || !imap_parser_space(p) ||
	    !imap_parser_astring(p, &to) || !imap_parser_end(p))
		return imap_reply_bad(c);
	if (imap_name_from_client(c, from, &q.from) || imap_name_from_client(c, to, &q.to))
		return imap_name_refuse(c);
	/* A separator at the end means the same as none, as with CREATE. */
	if (q.to.n > 1 && q.to.p[q.to.n - 1] == '/')
		q.to.n--;
	e = store_mailbox_rename(c->store, &q);
	return e ? imap_reply_err(c, e) : imap_reply_ok(c, NULL, "RENAME done.");
}

static enum imap_next subscribe(struct imap_cmd *c, bool is_on)
{
	struct store_mailbox_subscribe_req q = { .grant = c->state->grant, .is_on = is_on };
	enum imap_next next;
	enum err e;

	if (!parse_name(c, &q.name, &next))
		return next;
	e = store_mailbox_subscribe(c->store, &q);
	if (e)
		return imap_reply_err(c, e);
	return imap_reply_ok(c, NULL, is_on ? "SUBSCRIBE done." : "UNSUBSCRIBE done.");
}

enum imap_next imap_cmd_subscribe(struct imap_cmd *c)
{
	return subscribe(c, true);
}

enum imap_next imap_cmd_unsubscribe(struct imap_cmd *c)
{
	return subscribe(c, false);
}
