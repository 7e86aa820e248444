/*
 * APPEND (RFC 3501 section 6.3.11) of one message or several (RFC 3502), with APPENDUID (RFC 4315)
 * and literals that may hold NUL (RFC 3516). The messages go from the wire into the spool while the
 * session is parked; the arguments before them are parsed again each time one is announced, so that
 * what cannot be accepted is refused before it is sent.
 */
#include <string.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/config/config.h"
#include "src/imap/session_priv.h"
#include "src/imap/spool_priv.h"
#include "src/mail/binary.h"
#include "src/mail/message.h"

enum {
	TOTAL_FACTOR = 4,      /* all messages of a command: so many times the limit of one */
	LOOK_FROM = 64 * 1024, /* a smaller message is faster sent than its mailbox looked for */
};

struct message {
	struct imap_flags flags;
	int64_t date_ms;
	uint64_t size;
	bool is_binary; /* sent as a literal8 */
};

struct append {
	struct str mailbox; /* as the client wrote it */
	struct message *messages;
	size_t n, room;
	uint64_t size; /* of all */
	bool is_open;  /* the parenthesis of UTF8 (...) has not been closed */
};

/*
 * The announcement, in "UTF8 (...)" or without: RFC 6855 section 4 wants it around messages with
 * UTF-8 in their headers, RFC 9755 no longer. It makes no difference: headers are taken as they
 * are.
 */
static bool parse_literal(struct imap_parser *p, struct append *a, struct message *m)
{
	bool is_utf8 = imap_parser_try_word(p, "UTF8");

	if (is_utf8 && (!imap_parser_space(p) || !imap_parser_byte(p, '(', "UTF8 (literal)")))
		return false;
	if (!imap_parser_peek(p, '{') && !imap_parser_peek(p, '~'))
		return imap_parser_fail(p, "flags, a date or the literal of the message");
	if (!imap_parser_announce(p, &m->size, &m->is_binary))
		return false;
	/* Nothing stands behind a literal that has only been announced yet. */
	a->is_open = is_utf8 && p->rest.n == 0;
	return !is_utf8 || a->is_open || imap_parser_byte(p, ')', "the end of UTF8 (...)");
}

/* [flags SP] [date SP] and the announcement of one message. */
static bool parse_message(struct imap_parser *p, struct append *a)
{
	struct message *m;

	if (a->n > STORE_APPEND_MORE_MAX)
		return imap_parser_fail(p, "at most 1000 messages");
	if (a->n == a->room) {
		size_t room = a->room ? a->room * 4 : 1;

		m = arena_array(p->arena, room, sizeof *m);
		if (a->n > 0)
			memcpy(m, a->messages, a->n * sizeof *m);
		a->messages = m;
		a->room = room;
	}
	m = &a->messages[a->n];
	if (imap_parser_peek(p, '(') &&
	    (!imap_parser_flag_list(p, &m->flags) || !imap_parser_space(p)))
		return false;
	if (imap_parser_peek(p, '"') &&
	    (!imap_parser_date_time(p, &m->date_ms) || !imap_parser_space(p)))
		return false;
	if (!parse_literal(p, a, m))
		return false;
	a->n++;
	a->size += m->size;
	return true;
}

/* The arguments; the octets of the messages are not among them. */
static bool parse_append(struct imap_parser *p, struct append *a)
{
	if (!imap_parser_space(p) || !imap_parser_astring(p, &a->mailbox) || !imap_parser_space(p))
		return false;
	do {
		if (!parse_message(p, a))
			return false;
	} while (imap_parser_try(p, ' '));
	return true;
}

/*
 * Is this the literal of a message? The text ends with its announcement, without the line end. A
 * literal before it (the mailbox name) makes the parser want octets that are not there yet.
 */
static bool is_message(struct imap_reader *r, struct arena *scratch, struct append *a)
{
	struct buf whole = buf_in(scratch, r->text.n + 2);
	struct imap_parser p = { .arena = scratch };
	struct str word;

	must(!buf_add(&whole, buf_str(&r->text)) && !buf_add_c(&whole, "\r\n"));
	p.rest = buf_str(&whole);
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
static enum err look_at_mailbox(struct session *s, struct arena *scratch, struct str raw)
{
	struct imap_session *im = s->state;
	struct imap_cmd c = { .a = scratch, .config = s->config, .state = &im->state };
	struct store_mailbox_get_req q = { .grant = im->state.grant };
	struct store_mailbox_get_res res;

	if (imap_name_from_client(&c, raw, &q.name))
		return ERR_INVALID;
	return store_mailbox_get(s->store, scratch, &q, &res);
}

static enum err make_room(struct session *s, struct imap_reader *r, uint64_t size)
{
	if (r->spool)
		return imap_spool_extend(r->spool, size);
	return imap_spool_open(r->arena, s->host, size, &r->spool);
}

static enum imap_literal announce(struct session *s, struct imap_reader *r, struct arena *scratch,
                                  uint64_t size, bool is_sync)
{
	uint64_t max = s->config->limits.message_max_bytes;
	struct append a = { 0 };
	enum err e = ERR_OK;

	if (!is_message(r, scratch, &a))
		return IMAP_LITERAL_TAKE;
	if (size > max)
		return refuse(r, "TOOBIG", "The message is larger than this server accepts.");
	if (a.size > max * TOTAL_FACTOR)
		return refuse(r, "TOOBIG", "These messages are too large for one command.");
	if (size == 0)
		return refuse(r, "CANNOT", "A message of no octets cannot be appended.");
	if (is_sync && a.n == 1 && size >= LOOK_FROM)
		e = look_at_mailbox(s, scratch, a.mailbox);
	if (e == ERR_NOTFOUND)
		return refuse(r, "TRYCREATE", "There is no such mailbox; create it first.");
	if (e)
		return refuse(r, imap_resp_map_find(e)->code, imap_resp_map_find(e)->text);
	if (make_room(s, r, size))
		return refuse(r, "UNAVAILABLE",
		              "The server has no room for the message now; try again.");
	return IMAP_LITERAL_MESSAGE;
}

enum imap_literal imap_append_announce(struct session *s, struct imap_reader *r, uint64_t size,
                                       bool is_sync)
{
	struct arena *scratch = arena_new(r->arena);
	enum imap_literal what = announce(s, r, scratch, size, is_sync);

	arena_free(&scratch);
	return what;
}

static enum imap_next reply_done(struct imap_cmd *c, const struct store_append_res *r, size_t n)
{
	struct store_range uids = { r->uid, r->uid + n - 1 };

	imap_reply_begin_ok(c);
	if (c->is_broken)
		return IMAP_NEXT_CLOSE;
	imap_out_c(&c->out, "APPENDUID ");
	imap_out_u64(&c->out, r->uidvalidity);
	imap_out_byte(&c->out, ' ');
	imap_out_ranges(&c->out, &uids, 1);
	imap_out_c(&c->out, "] APPEND done.\r\n");
	return IMAP_NEXT_DONE;
}

/* What the store keeps of a message beside its octets. False: it has NUL. */
static bool describe(struct imap_cmd *c, struct str octets, struct store_meta *meta_r)
{
	struct mail_message m;

	mail_message_parse(c->a, octets, NULL, &m);
	*meta_r = (struct store_meta){
		.hdr_size = m.hdr_size,
		.lines = m.lines,
		.envelope = m.envelope,
		.bodystructure = m.bodystructure,
		.body = m.body,
		.parts = m.parts,
		.preview = m.preview,
		.message_id = m.message_id,
	};
	return !m.has_nul;
}

/* What a message is made of, and whether its octets can be kept as they are. */
static void describe_all(struct imap_cmd *c, const struct append *a, struct str octets,
                         struct store_meta *metas, bool *has_nul_r)
{
	*has_nul_r = false;
	for (size_t i = 0; i < a->n; i++) {
		size_t size = (size_t)a->messages[i].size;

		*has_nul_r |= !describe(c, str_first(octets, size), &metas[i]);
		octets = str_from(octets, size);
	}
}

/* --- messages with NUL */

static bool count_octets(void *context, struct str octets)
{
	uint64_t *n = context;

	*n += octets.n;
	return true;
}

static bool spool_octets(void *context, struct str octets)
{
	return !imap_spool_write(context, octets);
}

/*
 * Write all messages anew, without NUL: once to know their sizes, which are set, then into a spool.
 * ERR_INVALID: one cannot be written so.
 */
static enum err encode_all(struct imap_cmd *c, struct append *a, const struct store_meta *metas,
                           struct str *octets, int *fd_r)
{
	struct imap_spool *spool = NULL;
	uint64_t *sizes = arena_array(c->a, a->n, sizeof *sizes), total = 0;
	struct str rest = *octets;
	enum err e = ERR_OK;

	for (size_t i = 0; i < a->n && !e; i++) {
		struct str message = str_first(rest, (size_t)a->messages[i].size);

		if (!a->messages[i].is_binary && message.n > 0 && memchr(message.p, 0, message.n))
			return ERR_INVALID;
		e = mail_binary_encode(c->a, message, metas[i].parts, count_octets, &sizes[i]);
		total += sizes[i];
		rest = str_from(rest, message.n);
	}
	if (!e)
		e = imap_spool_open(c->a, c->session->host, total, &spool);
	rest = *octets;
	for (size_t i = 0; i < a->n && !e; i++) {
		e = mail_binary_encode(c->a, str_first(rest, (size_t)a->messages[i].size),
		                       metas[i].parts, spool_octets, spool);
		rest = str_from(rest, (size_t)a->messages[i].size);
		a->messages[i].size = sizes[i];
	}
	return e ? e : imap_spool_finish(spool, octets, fd_r);
}

static enum imap_next refuse_nul(struct imap_cmd *c, const struct append *a, enum err e)
{
	bool is_binary = false;

	if (e != ERR_INVALID)
		return imap_reply_err(c, e == ERR_LIMIT ? ERR_TEMP : e);
	for (size_t i = 0; i < a->n; i++)
		is_binary |= a->messages[i].is_binary;
	if (is_binary)
		return imap_reply_no(c, "UNKNOWN-CTE",
		                     "NUL octets stand where no encoding can be chosen for them.");
	return imap_reply_no(c, "CANNOT", "A message with NUL octets needs a literal8.");
}

/* --- the command */

/* The messages behind the first. */
static const struct store_append_part *list_more(struct imap_cmd *c, const struct append *a,
                                                 const struct store_meta *metas)
{
	struct store_append_part *parts = arena_array(c->a, a->n, sizeof *parts);

	for (size_t i = 1; i < a->n; i++) {
		const struct message *m = &a->messages[i];

		parts[i - 1] = (struct store_append_part){
			.size = m->size,
			.flags = m->flags.system,
			.keywords = m->flags.keywords,
			.n_keywords = m->flags.n_keywords,
			.internaldate_ms = m->date_ms,
			.meta = metas[i],
		};
	}
	return parts;
}

struct imap_append_run {
	struct str tag;
	const struct imap_command *command;
	size_t n; /* messages */
};

static enum imap_next conclude(struct imap_cmd *c, enum err e, const struct store_append_res *r,
                               size_t n)
{
	if (e == ERR_NOTFOUND)
		return imap_reply_no(c, "TRYCREATE", "There is no such mailbox; create it first.");
	return e ? imap_reply_err(c, e) : reply_done(c, r, n);
}

enum imap_next imap_append_go_on(struct imap_cmd *c)
{
	const struct imap_append_run *run = c->im->append;
	struct store_append_res r;
	enum err e = store_append_end(c->store, c->a, &r);

	c->tag = run->tag;
	c->command = run->command;
	return conclude(c, e, &r, run->n);
}

static enum imap_next append_messages(struct imap_cmd *c, const struct append *a,
                                      const struct store_meta *metas, struct str octets, int fd)
{
	const struct message *first = &a->messages[0];
	unsigned char key[STORE_KEY_BYTES];
	struct store_append_req q = {
		.grant = c->state->grant,
		.accept_key = str_make(key, sizeof key),
		.flags = first->flags.system,
		.keywords = first->flags.keywords,
		.n_keywords = first->flags.n_keywords,
		.internaldate_ms = first->date_ms,
		.meta = metas[0],
		.body = fd < 0 ? octets : STR(""),
		.body_fd = fd,
		.body_size = octets.n,
		.more = a->n > 1 ? list_more(c, a, metas) : NULL,
		.n_more = a->n - 1,
	};
	struct store_append_res r;

	if (imap_name_from_client(c, a->mailbox, &q.mailbox))
		return imap_name_refuse(c);
	/* With a key the client may ask again when the store dies before it has answered. */
	store_key_new(key);
	if (!c->session->may_ask || !store_append_begin(c->store, &q))
		return conclude(c, store_append(c->store, c->a, &q, &r), &r, a->n);
	c->im->append = ARENA_NEW(c->a, struct imap_append_run);
	*c->im->append = (struct imap_append_run){ .tag = c->tag,
		                                   .command = c->command,
		                                   .n = a->n };
	return IMAP_NEXT_ASK;
}

enum imap_next imap_cmd_append(struct imap_cmd *c)
{
	struct append a = { 0 };
	struct store_meta *metas;
	struct str octets;
	bool has_nul;
	enum err e;
	int fd;

	if (!parse_append(&c->in, &a) ||
	    (a.is_open && !imap_parser_byte(&c->in, ')', "the end of UTF8 (...)")) ||
	    !imap_parser_end(&c->in))
		return imap_reply_bad(c);
	if (!c->im->reader.spool)
		return imap_reply_bad_text(c, "APPEND: expected one literal, the message.");
	if (imap_spool_finish(c->im->reader.spool, &octets, &fd))
		return imap_reply_err(c, ERR_TEMP);
	if (octets.n != a.size)
		return imap_reply_bad_text(c, "APPEND: expected a literal for each message.");
	metas = arena_array(c->a, a.n, sizeof *metas);
	describe_all(c, &a, octets, metas, &has_nul);
	if (has_nul) {
		e = encode_all(c, &a, metas, &octets, &fd);
		if (e)
			return refuse_nul(c, &a, e);
		describe_all(c, &a, octets, metas, &has_nul);
	}
	return append_messages(c, &a, metas, octets, fd);
}
