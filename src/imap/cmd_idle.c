#include <string.h>

#include "src/base/clock.h"
#include "src/config/config.h"
#include "src/imap/session_priv.h"

/* IDLE (RFC 2177). Watching begins before the first look, so nothing can fall between the two. */
enum imap_next imap_cmd_idle(struct imap_cmd *c)
{
	struct imap_state *st = c->state;
	const struct session_host *host = c->session->host;

	if (!imap_parser_end(&c->in))
		return imap_reply_bad(c);
	st->wait = IMAP_WAIT_IDLE;
	st->wait_end_ms = clock_mono_ms() + (int64_t)c->config->imap.idle_timeout_ms;
	memcpy(st->tag, c->tag.p, c->tag.n);
	st->tag_n = c->tag.n;
	host->watch(host->context, c->session, st->grant.account_id);
	imap_out_c(&c->out, "+ idling\r\n");
	imap_sync_run(c, true);
	return c->is_closing ? IMAP_NEXT_CLOSE : IMAP_NEXT_WAIT;
}

void imap_idle_tell(struct imap_cmd *c, bool is_keepalive)
{
	size_t before = c->out.n;

	imap_sync_run(c, true);
	/* Something on the wire now and then keeps the client's NAT from forgetting it. */
	if (is_keepalive && c->out.n == before)
		imap_out_c(&c->out, "* OK Still here.\r\n");
}

enum imap_next imap_idle_line(struct imap_cmd *c, struct str line)
{
	const struct session_host *host = c->session->host;

	host->watch(host->context, c->session, 0);
	c->state->wait = IMAP_WAIT_COMMAND;
	c->tag = str_make(c->state->tag, c->state->tag_n);
	c->command = imap_command_find(STR("IDLE"), false);
	if (!str_ieq(str_trim(line), STR("DONE")))
		return imap_reply_bad_text(c, "IDLE: expected DONE.");
	return imap_reply_ok(c, NULL, "IDLE done.");
}
