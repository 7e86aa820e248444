/*
 * APPEND (RFC 3501 section 6.3.11) with APPENDUID (RFC 4315). The message goes from the wire into
 * the spool while the session is parked; the arguments before it are parsed twice, first when its
 * literal is announced, so that what cannot be accepted is refused before it is sent.
 */
#include "src/base/arena.h"
#include "src/config/config.h"
#include "src/imap/session_priv.h"
#include "src/imap/spool_priv.h"
#include "src/mail/message.h"

struct append {
	struct str mailbox; /* as the client wrote it */
	struct imap_flags flags;
	int64_t date_ms;
	uint64_t size;
};

/* The arguments up to and including the announcement of the message. */
static bool parse_append(struct imap_parser *p, struct append *a)
{
	if (!imap_parser_space(p) || !imap_parser_astring(p, &a->mailbox) || !imap_parser_space(p))
		return false;
	if (imap_parser_peek(p, '(') &&
	    (!imap_parser_flag_list(p, &a->flags) || !imap_parser_space(p)))
		return false;
	if (imap_parser_peek(p, '"') &&
	    (!imap_parser_date_time(p, &a->date_ms) || !imap_parser_space(p)))
		return false;
	if (!imap_parser_peek(p, '{'))
		return imap_parser_fail(p, "flags, a date or the literal of the message");
	return imap_parser_announce(p, &a->size);
}

/*
 * Is this the literal of the message? The text ends with its announcement, without the line end. A
 * literal before it (the mailbox name) makes the parser want octets that are not there yet.
 */
static bool is_message(struct imap_reader *r, struct append *a)
{
	struct str text = buf_str(&r->text);
	struct imap_parser p = { .arena = r->arena };
	struct str word;

	p.rest = str_printf(r->arena, "%.*s\r\n", STR_ARG(text));
	/* str_printf ends at a NUL; no command with one is accepted anyway. */
	if (!imap_parser_tag(&p, &word) || !imap_parser_space(&p) || !imap_parser_atom(&p, &word) ||
	    !str_ieq(word, STR("APPEND")))
		return false;
	return parse_append(&p, a) && p.rest.n == 0;
}

static enum imap_literal refuse(struct imap_reader *r, const char *code, const char *text)
{
	r->refusal = (struct imap_refusal){ code, text };
	return IMAP_LITERAL_REFUSE;
}

/* Look whether the mailbox exists while the client still waits. */
static enum err look_at_mailbox(struct session *s, struct imap_reader *r, struct str raw)
{
	struct imap_session *im = s->state;
	struct imap_cmd c = { .a = r->arena, .config = s->config, .state = &im->state };
	struct store_mailbox_get_req q = { .grant = im->state.grant };
	struct store_mailbox_get_res res;

	if (imap_name_from_client(&c, raw, &q.name))
		return ERR_INVALID;
	return store_mailbox_get(s->store, r->arena, &q, &res);
}

enum imap_literal imap_append_announce(struct session *s, struct imap_reader *r, uint64_t size,
                                       bool is_sync)
{
	struct append a = { 0 };
	enum err e;

	if (!is_message(r, &a))
		return IMAP_LITERAL_TAKE;
	if (size > s->config->limits.message_max_bytes)
		return refuse(r, "TOOBIG", "The message is larger than this server accepts.");
	if (size == 0)
		return refuse(r, "CANNOT", "A message of no octets cannot be appended.");
	e = is_sync ? look_at_mailbox(s, r, a.mailbox) : ERR_OK;
	if (e == ERR_NOTFOUND)
		return refuse(r, "TRYCREATE", "There is no such mailbox; create it first.");
	if (e)
		return refuse(r, imap_resp_map_find(e)->code, imap_resp_map_find(e)->text);
	e = imap_spool_open(r->arena, s->host, size, &r->spool);
	if (e)
		return refuse(r, "UNAVAILABLE",
		              "The server has no room for the message now; try again.");
	return IMAP_LITERAL_MESSAGE;
}

static enum imap_next reply_done(struct imap_cmd *c, const struct store_append_res *r)
{
	imap_reply_begin_ok(c);
	if (c->is_closing)
		return IMAP_NEXT_CLOSE;
	imap_out_c(&c->out, "APPENDUID ");
	imap_out_u64(&c->out, r->uidvalidity);
	imap_out_byte(&c->out, ' ');
	imap_out_u64(&c->out, r->uid);
	imap_out_c(&c->out, "] APPEND done.\r\n");
	return IMAP_NEXT_DONE;
}

static enum imap_next append_message(struct imap_cmd *c, const struct append *a, struct str octets,
                                     int fd)
{
	unsigned char key[STORE_KEY_BYTES];
	struct store_append_req q = {
		.grant = c->state->grant,
		.accept_key = str_make(key, sizeof key),
		.flags = a->flags.system,
		.keywords = a->flags.keywords,
		.n_keywords = a->flags.n_keywords,
		.internaldate_ms = a->date_ms,
		.body = fd < 0 ? octets : STR(""),
		.body_fd = fd,
		.body_size = octets.n,
	};
	struct store_append_res r;
	struct mail_message m;
	enum err e;

	if (imap_name_from_client(c, a->mailbox, &q.mailbox))
		return imap_name_refuse(c);
	mail_message_parse(c->a, octets, NULL, &m);
	if (m.has_nul)
		return imap_reply_no(c, "CANNOT", "A message with NUL octets cannot be appended.");
	q.meta = (struct store_meta){
		.hdr_size = m.hdr_size,
		.lines = m.lines,
		.envelope = m.envelope,
		.bodystructure = m.bodystructure,
		.body = m.body,
		.parts = m.parts,
		.preview = m.preview,
		.message_id = m.message_id,
	};
	/* With a key the client may ask again when the store dies before it has answered. */
	store_key_new(key);
	e = store_append(c->store, c->a, &q, &r);
	if (e == ERR_NOTFOUND)
		return imap_reply_no(c, "TRYCREATE", "There is no such mailbox; create it first.");
	return e ? imap_reply_err(c, e) : reply_done(c, &r);
}

enum imap_next imap_cmd_append(struct imap_cmd *c)
{
	struct append a = { 0 };
	struct str octets;
	int fd;

	if (!parse_append(&c->in, &a) || !imap_parser_end(&c->in))
		return imap_reply_bad(c);
	if (!c->im->reader.spool)
		return imap_reply_bad_text(c, "APPEND: expected one literal, the message.");
	if (imap_spool_finish(c->im->reader.spool, &octets, &fd))
		return imap_reply_err(c, ERR_TEMP);
	return append_message(c, &a, octets, fd);
}
