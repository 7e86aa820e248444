/*
 * GETQUOTA and GETQUOTAROOT (RFC 9208). An account has one quota root, "", with one resource,
 * STORAGE.
 */
#include "src/imap/session_priv.h"

enum {
	UNIT_BYTES = 1024
};

static enum err write_quota(struct imap_cmd *c)
{
	struct store_quota_req q = { .grant = c->state->grant };
	struct store_quota_res r;
	enum err e = store_quota(c->store, c->a, &q, &r);

	if (e)
		return e;
	imap_out_c(&c->out, "* QUOTA \"\" (");
	if (r.limit_bytes != STORE_QUOTA_NONE) {
		imap_out_c(&c->out, "STORAGE ");
		imap_out_u64(&c->out, (r.used_bytes + UNIT_BYTES - 1) / UNIT_BYTES);
		imap_out_byte(&c->out, ' ');
		imap_out_u64(&c->out, r.limit_bytes / UNIT_BYTES);
	}
	imap_out_c(&c->out, ")\r\n");
	return ERR_OK;
}

enum imap_next imap_cmd_getquota(struct imap_cmd *c)
{
	struct imap_parser *p = &c->in;
	struct str root;
	enum err e;

	if (!imap_parser_space(p) || !imap_parser_astring(p, &root) || !imap_parser_end(p))
		return imap_reply_bad(c);
	if (root.n > 0)
		return imap_reply_no(c, "NONEXISTENT", "There is no such quota root.");
	e = write_quota(c);
	return e ? imap_reply_err(c, e) : imap_reply_ok(c, NULL, "GETQUOTA done.");
}

enum imap_next imap_cmd_getquotaroot(struct imap_cmd *c)
{
	struct imap_parser *p = &c->in;
	struct store_mailbox_get_req q = { .grant = c->state->grant };
	struct store_mailbox_get_res r;
	struct str raw;
	enum err e;

	if (!imap_parser_space(p) || !imap_parser_astring(p, &raw) || !imap_parser_end(p))
		return imap_reply_bad(c);
	if (imap_name_from_client(c, raw, &q.name))
		return imap_name_refuse(c);
	e = store_mailbox_get(c->store, c->a, &q, &r);
	if (e)
		return imap_reply_err(c, e);
	imap_out_c(&c->out, "* QUOTAROOT ");
	imap_out_astring(&c->out, imap_name_to_client(c, q.name));
	imap_out_c(&c->out, " \"\"\r\n");
	e = write_quota(c);
	return e ? imap_reply_err(c, e) : imap_reply_ok(c, NULL, "GETQUOTAROOT done.");
}
