#include <string.h>

#include "src/base/buf.h"
#include "src/base/idtext.h"
#include "src/base/log.h"
#include "src/config/config.h"
#include "src/mail/message.h"
#include "src/mail/trace.h"
#include "src/smtp/smtp_priv.h"

enum {
	PREFIX_MAX = 4096
};

/* The message with everything that is known of it, ready for the store. */
struct parcel {
	struct smtp_body *body;
	struct str octets;
	struct mail_message parsed;
	struct store_rcpt *rcpts;
	size_t n_rcpts;
	size_t *first_of; /* for each RCPT command, the first of its entries in `rcpts` */
	unsigned char key[STORE_KEY_BYTES]; /* makes it happen once, however often it is asked */
	struct store_accept_res result;
};

/* ---- what may not be accepted at all */

static const struct smtp_reply too_large = { 552, "5.3.4",
	                                     "Message size exceeds the limit of this server" };

static const struct smtp_reply *check_octets(const struct smtp_transaction *txn)
{
	static const struct smtp_reply bare = {
		554, "5.6.0", "The message has a bare CR or LF in it; lines end with CRLF"
	};
	static const struct smtp_reply nul = { 554, "5.6.0", "The message has a NUL octet in it" };

	if (txn->scan.seen & (SMTP_SCAN_BARE_CR | SMTP_SCAN_BARE_LF))
		return &bare;
	if (txn->scan.seen & SMTP_SCAN_NUL)
		return &nul;
	if (txn->body_error == ERR_LIMIT)
		return &too_large;
	if (txn->body_error)
		return smtp_reply_map(txn->body_error == ERR_TEMP ? ERR_LIMIT : txn->body_error,
		                      false);
	return NULL;
}

/* ---- header: who it is from, what is missing, what must go */

static const struct smtp_reply *apply_edit(struct session *s, struct parcel *p, struct str trace,
                                           struct str message, const struct smtp_edit *edit)
{
	struct smtp_transaction *txn = smtp_state(s)->txn;
	struct smtp_body *out = ARENA_NEW(txn->arena, struct smtp_body);
	enum err e;

	smtp_body_init(out, txn->arena, s->host, p->octets.n + 1024);
	e = smtp_body_add(out, trace);
	if (!e)
		e = smtp_edit_rebuild(s, message, edit, out);
	if (!e)
		e = smtp_body_seal(out, &p->octets);
	if (e)
		return smtp_reply_map(e == ERR_TEMP ? ERR_LIMIT : e, false);
	smtp_body_drop(p->body);
	p->body = out;
	return p->octets.n > s->config->limits.message_max_bytes ? &too_large : NULL;
}

static const struct smtp_reply *prepare(struct session *s, struct parcel *p)
{
	static const struct smtp_reply not_owned = {
		550, "5.7.1", "You may not send with this address in From:"
	};
	static const struct smtp_reply too_many_hops = {
		554, "5.4.6", "Too many hops: this message is in a loop"
	};
	struct smtp_transaction *txn = smtp_state(s)->txn;
	const struct smtp_reply *wrong = NULL;
	struct smtp_edit edit;
	struct str message;
	enum err e;

	p->body = &txn->body;
	e = smtp_body_seal(p->body, &p->octets);
	if (e)
		return smtp_reply_map(e, false);
	message = str_from(p->octets, (size_t)txn->trace_octets);
	e = smtp_edit_examine(s, message, &edit);
	if (e)
		return smtp_reply_trouble(s, "from", e);
	if (edit.not_owned.p)
		return &not_owned;
	if (edit.needs_rebuild)
		wrong = apply_edit(s, p, str_first(p->octets, (size_t)txn->trace_octets), message,
		                   &edit);
	if (wrong)
		return wrong;
	mail_message_parse(txn->arena, p->octets, NULL, &p->parsed);
	/* One of them is ours. */
	return p->parsed.received_count > s->config->smtp.hops_max + 1 ? &too_many_hops : NULL;
}

/* ---- recipients: aliases may lead to one mailbox twice; it gets one copy */

struct seen {
	size_t *slots; /* index into rcpts plus one; 0 is free */
	size_t mask;
};

static size_t find_slot(const struct seen *seen, const struct store_rcpt *rcpts,
                        const struct store_route *route)
{
	bool is_local = route->kind == STORE_ROUTE_LOCAL;
	uint64_t hash = is_local ? route->account_id * UINT64_C(0x9e3779b97f4a7c15)
	                         : str_hash(route->address);
	size_t i = (size_t)(hash >> 20) & seen->mask;

	for (; seen->slots[i]; i = (i + 1) & seen->mask) {
		const struct store_rcpt *r = &rcpts[seen->slots[i] - 1];

		if (r->kind == route->kind && (is_local ? r->account_id == route->account_id
		                                        : str_eq(r->address, route->address)))
			break;
	}
	return i;
}

/*
 * What stands before the message in one mailbox. Whoever reads mail of an alias, or of user+detail,
 * sees which address it was sent to; nobody sees the other recipients.
 */
static struct str make_prefix(struct arena *a, struct str return_path, const struct smtp_rcpt *rcpt,
                              struct str address)
{
	struct buf b = buf_in(a, PREFIX_MAX);
	bool is_same = str_ieq(rcpt->given, address);

	if (buf_add(&b, return_path) || buf_add(&b, mail_trace_delivered_to(a, address)) ||
	    (!is_same && buf_printf(&b, "X-Original-To: %.*s\r\n", STR_ARG(rcpt->given))))
		return return_path;
	return buf_str(&b);
}

static void add_route(struct session *s, struct parcel *p, const struct smtp_rcpt *rcpt,
                      const struct store_route *route, struct str return_path)
{
	struct arena *a = smtp_state(s)->txn->arena;
	bool is_local = route->kind == STORE_ROUTE_LOCAL;

	p->rcpts[p->n_rcpts++] = (struct store_rcpt){
		.rcpt = rcpt->given,
		.orcpt = rcpt->orcpt,
		.notify = rcpt->notify,
		.kind = route->kind,
		.account_id = route->account_id,
		.address = route->address,
		.prefix = is_local ? make_prefix(a, return_path, rcpt, route->address) : str_c(""),
	};
}

static void plan(struct session *s, struct parcel *p)
{
	struct smtp_transaction *txn = smtp_state(s)->txn;
	struct str return_path = mail_trace_return_path(txn->arena, txn->sender);
	struct seen seen = { .mask = 1 };

	while (seen.mask < txn->n_routes * 2)
		seen.mask *= 2;
	seen.slots = arena_array(txn->arena, seen.mask, sizeof *seen.slots);
	seen.mask--;
	p->rcpts = arena_array(txn->arena, txn->n_routes, sizeof *p->rcpts);
	p->first_of = arena_array(txn->arena, txn->n_rcpts, sizeof *p->first_of);
	for (size_t i = 0; i < txn->n_rcpts; i++)
		for (size_t j = 0; j < txn->rcpts[i].n_routes; j++) {
			const struct store_route *route = &txn->rcpts[i].routes[j];
			size_t slot = find_slot(&seen, p->rcpts, route);

			if (!seen.slots[slot]) {
				add_route(s, p, &txn->rcpts[i], route, return_path);
				seen.slots[slot] = p->n_rcpts;
			}
			if (j == 0)
				p->first_of[i] = seen.slots[slot] - 1;
		}
}

/* ---- the store */

static struct store_accept_req make_request(struct session *s, const struct parcel *p)
{
	struct smtp_state *st = smtp_state(s);
	struct smtp_transaction *txn = st->txn;
	const struct mail_message *m = &p->parsed;

	return (struct store_accept_req){
		.grant = st->grant,
		.accept_key = str_make(p->key, sizeof p->key),
		.msg_id = txn->id,
		.sender = txn->sender,
		.envid = txn->envid,
		.ret = txn->ret,
		.is_utf8 = txn->is_utf8,
		.body_type = txn->body_type == 0 && m->has_8bit ? 1 : txn->body_type,
		.source = str_printf(s->scratch, "%s helo=%s", s->peer.text, st->helo),
		/* Whoever has logged in may send the same again on purpose. */
		.wants_duplicate_check = s->config->smtp.resend_check && !st->is_logged_in,
		.meta = { .hdr_size = m->hdr_size,
		          .lines = m->lines,
		          .envelope = m->envelope,
		          .bodystructure = m->bodystructure,
		          .body = m->body,
		          .parts = m->parts,
		          .preview = m->preview,
		          .message_id = m->message_id },
		.body = p->body->fd < 0 ? p->octets : (struct str){ 0 },
		.body_fd = p->body->fd,
		.body_size = p->octets.n,
		.rcpts = p->rcpts,
		.n_rcpts = p->n_rcpts,
	};
}

/* ---- the answer */

static void log_accept(struct session *s, const struct parcel *p, const char *id)
{
	struct smtp_state *st = smtp_state(s);
	struct stream_tls_info tls = stream_tls_info(s->stream);

	log_event(LOG_LEVEL_INFO, "smtp.accept", LOG_U("sid", s->id), LOG_C("id", id),
	          LOG_S("sender", st->txn->sender), LOG_U("rcpts", st->txn->n_rcpts),
	          LOG_U("size", p->octets.n), LOG_C("peer", s->peer.text), LOG_C("helo", st->helo),
	          LOG_C("tls", tls.is_tls && tls.version ? tls.version : ""),
	          LOG_S("user", st->user));
}

static bool is_queued(const struct parcel *p, size_t i)
{
	return i < p->result.n_results && p->result.results[i].fate == STORE_FATE_QUEUED;
}

static void reply_accepted(struct session *s, const struct parcel *p)
{
	struct smtp_transaction *txn = smtp_state(s)->txn;
	char id[IDTEXT_SIZE];
	bool has_queued = false;

	idtext_format(p->result.msg_id ? p->result.msg_id : txn->id, id);
	log_accept(s, p, id);
	if (s->listener->protocol != CONFIG_PROTOCOL_LMTP) {
		for (size_t i = 0; i < p->n_rcpts; i++)
			has_queued = has_queued || is_queued(p, i);
		smtp_reply_format(s, 250, "2.0.0", "Ok: %s as %s",
		                  has_queued ? "queued" : "delivered", id);
		return;
	}
	/* One answer for each recipient that was accepted, in their order (RFC 2033 section 4.2).
	 */
	for (size_t i = 0; i < txn->n_rcpts; i++)
		smtp_reply_format(s, 250, "2.1.5", "<%.*s> %s as %s",
		                  STR_ARG(str_first(txn->rcpts[i].given, 300)),
		                  is_queued(p, p->first_of[i]) ? "queued" : "delivered", id);
}

void smtp_accept_refuse(struct session *s, const struct smtp_reply *reply)
{
	struct smtp_transaction *txn = smtp_state(s)->txn;
	size_t times = s->listener->protocol == CONFIG_PROTOCOL_LMTP ? txn->n_rcpts : 1;

	smtp_reply_reject(s, "message", times == 1 ? txn->rcpts[0].given : str_c(""), reply);
	for (size_t i = 1; i < times; i++)
		smtp_reply_send(s, reply);
	smtp_transaction_end(s);
}

/* The store has answered `e`. */
static enum session_next conclude(struct session *s, struct parcel *p, enum err e)
{
	struct smtp_transaction *txn = smtp_state(s)->txn;

	/* Lost on the way, nobody knows whether it happened: once more with the same key. */
	if (e == ERR_IO || e == ERR_TIMEOUT) {
		struct store_accept_req q = make_request(s, p);

		e = store_accept(s->store, txn->arena, &q, &p->result);
	}
	if (e) {
		smtp_accept_refuse(s, smtp_reply_trouble(s, "accept", e));
		return SESSION_AGAIN;
	}
	reply_accepted(s, p);
	smtp_transaction_end(s);
	return SESSION_AGAIN;
}

enum session_next smtp_accept_message(struct session *s)
{
	struct smtp_state *st = smtp_state(s);
	const struct smtp_reply *wrong = check_octets(st->txn);
	struct parcel *p = ARENA_NEW(st->txn->arena, struct parcel);
	struct store_accept_req q;

	st->messages++;
	if (!wrong)
		wrong = prepare(s, p);
	if (wrong) {
		smtp_accept_refuse(s, wrong);
		return SESSION_AGAIN;
	}
	plan(s, p);
	store_key_new(p->key);
	q = make_request(s, p);
	if (!s->may_ask || !store_accept_begin(s->store, &q))
		return conclude(s, p, store_accept(s->store, st->txn->arena, &q, &p->result));
	st->txn->parcel = p;
	st->mode = SMTP_MODE_STORE;
	return SESSION_ASK;
}

enum session_next smtp_accept_go_on(struct session *s)
{
	struct smtp_state *st = smtp_state(s);
	struct parcel *p = st->txn->parcel;

	st->mode = SMTP_MODE_COMMAND;
	return conclude(s, p, store_accept_end(s->store, st->txn->arena, &p->result));
}
