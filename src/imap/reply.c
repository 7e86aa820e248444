#include "src/base/log.h"
#include "src/config/config.h"
#include "src/imap/session_priv.h"
#include "src/net/stream.h"

/*
 * News first: they belong to the command whose tagged line ends it. One of them may be BYE, when
 * the mailbox has been deleted; the tagged line comes nevertheless (as with LOGOUT): the client has
 * to know that a message was appended, or it will append it again.
 */
static void tell_news(struct imap_cmd *c)
{
	enum imap_tell tell = IMAP_TELL_NOTHING;

	if (c->command && c->state->phase == IMAP_PHASE_MAILBOX)
		tell = c->is_uid ? c->command->tell_uid : c->command->tell;
	if (tell != IMAP_TELL_NOTHING)
		imap_sync_run(c, tell == IMAP_TELL_ALL);
}

static void write_tag(struct imap_cmd *c)
{
	if (c->tag.n > 0)
		imap_out_str(&c->out, c->tag);
	else
		imap_out_byte(&c->out, '*');
}

static enum imap_next write_tagged(struct imap_cmd *c, const char *status, const char *code,
                                   const char *text)
{
	if (c->is_broken)
		return IMAP_NEXT_CLOSE;
	write_tag(c);
	imap_out_c(&c->out, status);
	if (code) {
		imap_out_byte(&c->out, '[');
		imap_out_c(&c->out, code);
		imap_out_c(&c->out, "] ");
	}
	imap_out_c(&c->out, text);
	imap_out_c(&c->out, "\r\n");
	return IMAP_NEXT_DONE;
}

enum imap_next imap_reply_ok(struct imap_cmd *c, const char *code, const char *text)
{
	tell_news(c);
	return write_tagged(c, " OK ", code, text);
}

enum imap_next imap_reply_no(struct imap_cmd *c, const char *code, const char *text)
{
	tell_news(c);
	return write_tagged(c, " NO ", code, text);
}

void imap_reply_begin_ok(struct imap_cmd *c)
{
	tell_news(c);
	if (c->is_broken)
		return;
	write_tag(c);
	imap_out_c(&c->out, " OK [");
}

enum imap_next imap_reply_expunged(struct imap_cmd *c, bool is_changed, const char *text)
{
	if (!is_changed || !(c->state->enabled & IMAP_ENABLED_CONDSTORE))
		return imap_reply_ok(c, NULL, text);
	imap_reply_begin_ok(c);
	if (c->is_broken)
		return IMAP_NEXT_CLOSE;
	imap_out_c(&c->out, "HIGHESTMODSEQ ");
	/* All changes up to here have been told. */
	imap_out_u64(&c->out, c->state->mailbox.flags_modseq);
	imap_out_c(&c->out, "] ");
	imap_out_c(&c->out, text);
	imap_out_c(&c->out, "\r\n");
	return IMAP_NEXT_DONE;
}

enum imap_next imap_reply_bad_text(struct imap_cmd *c, const char *text)
{
	write_tagged(c, " BAD ", NULL, text);
	c->state->errors++;
	if (c->state->errors >= c->config->imap.errors_max)
		return imap_reply_bye(c, NULL, "Too many bad commands.", "too many bad commands");
	return IMAP_NEXT_DONE;
}

enum imap_next imap_reply_bad(struct imap_cmd *c)
{
	const char *expected = c->in.expected ? c->in.expected : "other arguments";
	struct str text = str_printf(c->a, "%s%s: expected %s.", c->is_uid ? "UID " : "",
	                             c->command ? c->command->name : "Command", expected);

	return imap_reply_bad_text(c, (const char *)text.p);
}

static void log_trouble(struct imap_cmd *c, enum err e)
{
	const struct errinfo *info = store_errinfo(c->store);

	log_event(LOG_LEVEL_WARN, "imap.store_failed", LOG_U("sid", c->session->id),
	          LOG_S("user", c->state->user),
	          LOG_C("command", c->command ? c->command->name : ""), LOG_C("error", err_name(e)),
	          LOG_C("reason", info ? info->text : ""));
}

enum imap_next imap_reply_err(struct imap_cmd *c, enum err e)
{
	const struct imap_resp *resp = imap_resp_map_find(e);

	if (resp->is_logged)
		log_trouble(c, e);
	if (!resp->is_bad)
		return imap_reply_no(c, resp->code, resp->text);
	write_tagged(c, " BAD ", resp->code, resp->text);
	return IMAP_NEXT_DONE;
}

enum imap_next imap_reply_bye(struct imap_cmd *c, const char *code, const char *text,
                              const char *reason)
{
	imap_out_c(&c->out, "* BYE ");
	if (code) {
		imap_out_byte(&c->out, '[');
		imap_out_c(&c->out, code);
		imap_out_c(&c->out, "] ");
	}
	imap_out_c(&c->out, text);
	imap_out_c(&c->out, "\r\n");
	c->is_closing = true;
	c->session->close_reason = reason;
	return IMAP_NEXT_CLOSE;
}

enum imap_next imap_reply_broken(struct imap_cmd *c, enum err e)
{
	if (imap_out_rewind(&c->out))
		return imap_reply_err(c, e);
	log_trouble(c, e);
	c->is_closing = c->is_broken = true;
	c->session->close_reason = "store trouble in the middle of an answer";
	return IMAP_NEXT_CLOSE;
}
