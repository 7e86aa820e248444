/*
 * GETQUOTA, GETQUOTAROOT and SETQUOTA (RFC 9208). An account has one quota root, "", with the
 * resources STORAGE and MESSAGE where they are limited, and MAILBOX, which always is.
 */
#include "src/imap/session_priv.h"

enum {
	UNIT_BYTES = 1024 /* of STORAGE, RFC 9208 section 5.1 */
};

/* RFC 9208 section 3.1.2: numbers are of 63 bits. */
static uint64_t clamp(uint64_t n)
{
	return n < INT64_MAX ? n : INT64_MAX;
}

static void write_resource(struct imap_cmd *c, const char *name, uint64_t used, uint64_t limit)
{
	imap_out_c(&c->out, name);
	imap_out_u64(&c->out, clamp(used));
	imap_out_byte(&c->out, ' ');
	imap_out_u64(&c->out, clamp(limit));
}

static enum err write_quota(struct imap_cmd *c)
{
	struct store_quota_req q = { .grant = c->state->grant };
	struct store_quota_res r;
	enum err e = store_quota(c->store, c->a, &q, &r);

	if (e)
		return e;
	imap_out_c(&c->out, "* QUOTA \"\" (");
	if (r.limit_bytes != STORE_QUOTA_NONE)
		write_resource(c, "STORAGE ", (r.used_bytes + UNIT_BYTES - 1) / UNIT_BYTES,
		               r.limit_bytes / UNIT_BYTES);
	if (r.limit_msgs != STORE_QUOTA_NONE)
		write_resource(c, r.limit_bytes != STORE_QUOTA_NONE ? " MESSAGE " : "MESSAGE ",
		               r.used_msgs, r.limit_msgs);
	if (r.limit_bytes != STORE_QUOTA_NONE || r.limit_msgs != STORE_QUOTA_NONE)
		imap_out_byte(&c->out, ' ');
	write_resource(c, "MAILBOX ", r.used_mailboxes, r.limit_mailboxes);
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

/* The mailbox need not exist (RFC 9208 section 4.1.2): one quota is for all. */
enum imap_next imap_cmd_getquotaroot(struct imap_cmd *c)
{
	struct imap_parser *p = &c->in;
	struct str raw, name;
	enum err e;

	if (!imap_parser_space(p) || !imap_parser_astring(p, &raw) || !imap_parser_end(p))
		return imap_reply_bad(c);
	if (imap_name_from_client(c, raw, &name))
		return imap_name_refuse(c);
	imap_out_c(&c->out, "* QUOTAROOT ");
	imap_out_astring(&c->out, imap_name_to_client(c, name));
	imap_out_c(&c->out, " \"\"\r\n");
	e = write_quota(c);
	return e ? imap_reply_err(c, e) : imap_reply_ok(c, NULL, "GETQUOTAROOT done.");
}

static bool parse_limits(struct imap_parser *p)
{
	if (!imap_parser_byte(p, '(', "a list of resources and limits"))
		return false;
	if (imap_parser_try(p, ')'))
		return true;
	do {
		struct str name, limit;
		uint64_t n;

		if (!imap_parser_atom(p, &name) || !imap_parser_space(p) ||
		    !imap_parser_atom(p, &limit) || !str_to_u64(limit, INT64_MAX, &n))
			return imap_parser_fail(p, "a resource and its limit");
	} while (imap_parser_try(p, ' '));
	return imap_parser_byte(p, ')', "the end of the limits");
}

/* Understood, but for nobody who comes by IMAP: quotas are the administrator's. */
enum imap_next imap_cmd_setquota(struct imap_cmd *c)
{
	struct imap_parser *p = &c->in;
	struct str root;

	if (!imap_parser_space(p) || !imap_parser_astring(p, &root) || !imap_parser_space(p) ||
	    !parse_limits(p) || !imap_parser_end(p))
		return imap_reply_bad(c);
	if (root.n > 0)
		return imap_reply_no(c, "NONEXISTENT", "There is no such quota root.");
	return imap_reply_no(c, "NOPERM", "Quotas are set by the administrator.");
}
