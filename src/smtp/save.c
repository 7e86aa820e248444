#include <string.h>

#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/sasl/exchange.h"
#include "src/sasl/pack.h"
#include "src/smtp/smtp_priv.h"

/*
 * A session between two commands as octets: version, state, and the transaction if MAIL was said.
 * Deadlines are written as what is left of them, so that another machine can go on.
 */
enum {
	SAVE_VERSION = 1
};

struct writer {
	struct buf *out;
	enum err err; /* the first */
};

static void put(struct writer *w, uint64_t value)
{
	if (!w->err)
		w->err = sasl_pack_add_u64(w->out, value);
}

static void put_str(struct writer *w, struct str s)
{
	if (!w->err)
		w->err = sasl_pack_add_str(w->out, s);
}

/* 0 stays 0: none. */
static void put_deadline(struct writer *w, int64_t deadline_ms)
{
	int64_t left = deadline_ms ? deadline_ms - clock_mono_ms() : 0;

	put(w, !deadline_ms ? 0 : left > 0 ? (uint64_t)left + 1 : 1);
}

struct reader {
	struct str rest;
	struct arena *arena;
	bool is_bad;
};

static uint64_t get(struct reader *r)
{
	uint64_t value = 0;

	r->is_bad = r->is_bad || !sasl_pack_take_u64(&r->rest, &value);
	return value;
}

static struct str get_str(struct reader *r)
{
	struct str s = { 0 };

	r->is_bad = r->is_bad || !sasl_pack_take_str(&r->rest, &s);
	return r->is_bad ? str_c("") : str_dup(r->arena, s);
}

static void get_text(struct reader *r, char *field, size_t size)
{
	struct str s = get_str(r);

	if (s.n >= size)
		r->is_bad = true;
	else if (s.n)
		memcpy(field, s.p, s.n);
}

static int64_t get_deadline(struct reader *r)
{
	uint64_t left = get(r);

	return left ? clock_mono_ms() + (int64_t)(left - 1) : 0;
}

/* ---- the transaction */

static void put_rcpt(struct writer *w, const struct smtp_rcpt *rcpt)
{
	put_str(w, rcpt->given);
	put_str(w, rcpt->orcpt);
	put(w, rcpt->notify);
	put(w, rcpt->n_routes);
	for (size_t i = 0; i < rcpt->n_routes; i++) {
		put(w, rcpt->routes[i].kind);
		put(w, rcpt->routes[i].account_id);
		put_str(w, rcpt->routes[i].address);
		put_str(w, rcpt->routes[i].detail);
	}
}

static void get_rcpt(struct reader *r, struct smtp_rcpt *rcpt)
{
	rcpt->given = get_str(r);
	rcpt->orcpt = get_str(r);
	rcpt->notify = (uint32_t)get(r);
	rcpt->n_routes = (size_t)get(r);
	if (r->is_bad || rcpt->n_routes > SMTP_ROUTES_MAX) {
		r->is_bad = true;
		return;
	}
	rcpt->routes = arena_array(r->arena, rcpt->n_routes, sizeof *rcpt->routes);
	for (size_t i = 0; i < rcpt->n_routes; i++) {
		rcpt->routes[i].kind = (uint32_t)get(r);
		rcpt->routes[i].account_id = get(r);
		rcpt->routes[i].address = get_str(r);
		rcpt->routes[i].detail = get_str(r);
	}
}

static void put_transaction(struct writer *w, const struct smtp_transaction *txn)
{
	put_str(w, txn->sender);
	put_str(w, txn->envid);
	put(w, txn->ret);
	put(w, txn->body_type);
	put(w, txn->is_utf8);
	put(w, txn->size);
	put_deadline(w, txn->deadline_ms);
	put(w, txn->is_failed);
	put(w, txn->n_rcpts);
	for (size_t i = 0; i < txn->n_rcpts; i++)
		put_rcpt(w, &txn->rcpts[i]);
}

static void get_transaction(struct session *s, struct reader *r)
{
	struct smtp_transaction *txn = smtp_transaction_begin(s);
	struct arena *before = r->arena;
	uint64_t n;

	r->arena = txn->arena;
	txn->sender = get_str(r);
	txn->envid = get_str(r);
	txn->ret = (uint32_t)get(r);
	txn->body_type = (uint32_t)get(r);
	txn->is_utf8 = get(r) != 0;
	txn->size = get(r);
	txn->deadline_ms = get_deadline(r);
	txn->is_failed = get(r) != 0;
	n = get(r);
	for (uint64_t i = 0; i < n && !r->is_bad; i++) {
		struct smtp_rcpt *rcpt = smtp_transaction_add_rcpt(txn);

		get_rcpt(r, rcpt);
		txn->n_routes += rcpt->n_routes;
	}
	r->arena = before;
}

/* ---- the session */

enum err smtp_save(const struct session *s, struct buf *out)
{
	const struct smtp_state *st = smtp_state(s);
	struct writer w = { .out = out };

	put(&w, SAVE_VERSION);
	put(&w, st->mode);
	put(&w, st->has_helo);
	put(&w, st->is_esmtp);
	put(&w, st->is_xclient_ok);
	put(&w, st->is_draining);
	put_str(&w, str_c(st->helo));
	put_str(&w, str_c(st->client_name));
	put_str(&w, str_c(st->xclient_login));
	put(&w, st->errors);
	put(&w, st->messages);
	put_deadline(&w, st->deadline_ms);
	put_deadline(&w, st->login_deadline_ms);
	put(&w, st->is_logged_in);
	put(&w, st->grant.account_id);
	put(&w, st->grant.expires_ms);
	put_str(&w, st->grant.seal);
	put_str(&w, st->user);
	put(&w, (uint64_t)st->held_err);
	put(&w, st->txn != NULL);
	if (st->txn)
		put_transaction(&w, st->txn);
	if (!w.err && st->mode == SMTP_MODE_AUTH)
		w.err = sasl_exchange_save(st->exchange, out);
	return w.err;
}

enum err smtp_restore(struct session *s, struct str saved)
{
	struct smtp_state *st = ARENA_NEW(s->arena, struct smtp_state);
	struct reader r = { .rest = saved, .arena = s->arena };

	s->state = st;
	if (get(&r) != SAVE_VERSION)
		return ERR_CORRUPT;
	st->mode = (enum smtp_mode)get(&r);
	st->has_helo = get(&r) != 0;
	st->is_esmtp = get(&r) != 0;
	st->is_xclient_ok = get(&r) != 0;
	st->is_draining = get(&r) != 0;
	get_text(&r, st->helo, sizeof st->helo);
	get_text(&r, st->client_name, sizeof st->client_name);
	get_text(&r, st->xclient_login, sizeof st->xclient_login);
	st->errors = (uint32_t)get(&r);
	st->messages = (uint32_t)get(&r);
	st->deadline_ms = get_deadline(&r);
	st->login_deadline_ms = get_deadline(&r);
	st->is_logged_in = get(&r) != 0;
	st->grant.account_id = get(&r);
	st->grant.expires_ms = get(&r);
	st->grant.seal = get_str(&r);
	st->user = get_str(&r);
	st->held_err = (enum err)get(&r);
	if (get(&r))
		get_transaction(s, &r);
	if (r.is_bad || (unsigned)st->held_err >= ERR_COUNT)
		return ERR_CORRUPT;
	if (st->mode == SMTP_MODE_AUTH)
		return sasl_exchange_restore(s, "smtp", &r.rest, &st->exchange);
	return st->mode == SMTP_MODE_COMMAND || st->mode == SMTP_MODE_HELD ? ERR_OK : ERR_CORRUPT;
}
