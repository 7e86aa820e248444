#include <string.h>

#include "src/base/clock.h"
#include "src/base/idtext.h"
#include "src/base/must.h"
#include "src/config/config.h"
#include "src/mail/trace.h"
#include "src/smtp/smtp_priv.h"

struct smtp_transaction *smtp_transaction_begin(struct session *s)
{
	struct smtp_state *st = smtp_state(s);
	struct arena *a = arena_new(s->arena);
	struct smtp_transaction *txn = ARENA_NEW(a, struct smtp_transaction);

	must(!st->txn);
	txn->arena = a;
	txn->deadline_ms = clock_mono_ms() + (int64_t)s->config->smtp.transaction_timeout_ms;
	st->txn = txn;
	return txn;
}

void smtp_transaction_end(struct session *s)
{
	struct smtp_state *st = smtp_state(s);
	struct arena *a;

	if (!st->txn)
		return;
	a = st->txn->arena;
	st->txn = NULL;
	arena_free(&a);
}

struct smtp_rcpt *smtp_transaction_add_rcpt(struct smtp_transaction *txn)
{
	if (txn->n_rcpts == txn->room_rcpts) {
		size_t room = txn->room_rcpts ? txn->room_rcpts * 2 : 4;

		txn->rcpts = arena_grow(txn->arena, txn->rcpts,
		                        txn->room_rcpts * sizeof *txn->rcpts,
		                        room * sizeof *txn->rcpts);
		txn->room_rcpts = room;
	}
	return &txn->rcpts[txn->n_rcpts++];
}

static struct str client_name(const struct session *s)
{
	const struct smtp_state *st = smtp_state(s);

	if (st->client_name[0])
		return str_c(st->client_name);
	return s->host->peer_name(s->host->context, s);
}

/* Received, the first line of every message we take (RFC 5321 section 4.4). */
static struct str received(struct session *s)
{
	struct smtp_state *st = smtp_state(s);
	struct smtp_transaction *txn = st->txn;
	struct stream_tls_info tls = stream_tls_info(s->stream);
	char id[IDTEXT_SIZE];
	struct mail_trace trace = {
		.helo = str_c(st->helo),
		.client_name = client_name(s),
		.client_ip = str_c(s->peer.text),
		.by = str_c(s->config->server.hostname),
		.rcpt = txn->n_rcpts == 1 ? txn->rcpts[0].given : str_c(""),
		.is_lmtp = s->listener->protocol == CONFIG_PROTOCOL_LMTP,
		.is_esmtp = st->is_esmtp,
		.is_auth = st->is_logged_in || st->xclient_login[0],
		.is_utf8 = txn->is_utf8,
		.when_ms = clock_wall_ms(),
	};

	idtext_format(txn->id, id);
	trace.id = str_c(id);
	if (tls.is_tls)
		trace.tls = tls.version && tls.cipher ? str_printf(s->scratch, "%s with cipher %s",
		                                                   tls.version, tls.cipher)
		                                      : STR("TLS");
	return mail_trace_received(s->scratch, &trace);
}

/* Where the scanner puts the octets of the message. */
static void take_octets(void *context, struct str octets)
{
	struct smtp_transaction *txn = context;

	txn->octets += octets.n;
	if (!txn->body_error)
		txn->body_error = smtp_body_add(&txn->body, octets);
	if (txn->body_error && txn->body.n)
		smtp_body_drop(
			&txn->body); /* it will be refused: no need to keep it till its end */
}

enum err smtp_transaction_start_body(struct session *s)
{
	struct smtp_transaction *txn = smtp_state(s)->txn;
	uint64_t expected = txn->size ? txn->size + 1024 : 0;
	struct str trace;
	enum err e;

	e = store_next_id(s->store, s->scratch, &txn->id);
	if (e)
		return e;
	smtp_body_init(&txn->body, txn->arena, s->host, expected);
	trace = received(s);
	e = smtp_body_add(&txn->body, trace);
	if (e)
		return e;
	txn->has_body = true;
	txn->trace_octets = trace.n;
	txn->scan = (struct smtp_scan){ .emit = take_octets, .context = txn };
	return ERR_OK;
}

/*
 * Beyond the limit nothing is kept, but it is read to its end: only there can it be refused. The
 * limit is for the message as it is stored, with our Received field, so that what we took can
 * always be copied and appended again.
 */
static void check_size(struct session *s)
{
	struct smtp_transaction *txn = smtp_state(s)->txn;

	if (txn->body_error ||
	    txn->octets + txn->trace_octets <= s->config->limits.message_max_bytes)
		return;
	txn->body_error = ERR_LIMIT;
	smtp_body_drop(&txn->body);
}

size_t smtp_transaction_add_body(struct session *s, struct str octets, bool *is_end_r)
{
	struct smtp_transaction *txn = smtp_state(s)->txn;
	size_t used = octets.n;

	if (txn->body_type == 2)
		take_octets(txn, octets); /* BINARYMIME: octets, not lines (RFC 3030 section 3) */
	else
		used = smtp_scan_read(&txn->scan, octets);
	if (is_end_r)
		*is_end_r = txn->scan.at == SMTP_SCAN_END;
	check_size(s);
	return used;
}
