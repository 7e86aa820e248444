#include "src/sasl/exchange.h"

#include <openssl/crypto.h>

#include "src/base/arena.h"
#include "src/base/codec.h"
#include "src/base/must.h"
#include "src/config/config.h"
#include "src/directory/scram.h"
#include "src/net/session.h"
#include "src/net/stream.h"
#include "src/sasl/mechanism.h"
#include "src/sasl/pack.h"

/* Which message of the client comes next. */
enum turn {
	TURN_FIRST,  /* PLAIN: the message; LOGIN: the name; SCRAM: client-first */
	TURN_SECOND, /* LOGIN: the password; SCRAM: client-final */
	TURN_EMPTY,  /* SCRAM: the client has seen server-final and agrees */
	TURN_COUNT
};

struct sasl_exchange {
	struct arena *arena;
	const char *service;
	enum sasl_mechanism mechanism;
	enum turn turn;
	struct str user;
	struct str state;         /* SCRAM: sealed by the store */
	struct str binding_type;  /* SCRAM: empty without channel binding */
	struct store_grant grant; /* SCRAM at TURN_EMPTY */
	struct str address;
};

static void wipe(struct str secret)
{
	if (secret.n)
		OPENSSL_cleanse((void *)(uintptr_t)secret.p, secret.n);
}

static void fail(struct session *s, enum err err, struct sasl_result *r)
{
	sasl_login_settle(s, err, r);
}

static void challenge(struct session *s, struct str octets, struct sasl_result *r)
{
	r->status = SASL_CHALLENGE;
	r->challenge = codec_base64_encode(s->scratch, octets);
}

/* RFC 4616: message = [authzid] UTF8NUL authcid UTF8NUL passwd. Nobody acts for another here. */
static void step_plain(struct session *s, struct sasl_exchange *x, struct str message,
                       struct sasl_result *r)
{
	struct str rest = message, authzid, authcid;

	if (!str_cut(&rest, 0, &authzid) || !str_cut(&rest, 0, &authcid) ||
	    str_find(rest, 0) >= 0) {
		fail(s, ERR_PROTO, r);
		return;
	}
	r->user = authcid;
	if (authzid.n && !str_eq(authzid, authcid))
		fail(s, ERR_AUTH, r);
	else
		sasl_login_check(s, x->service, authcid, rest, r);
}

static void step_login(struct session *s, struct sasl_exchange *x, struct str message,
                       struct sasl_result *r)
{
	if (x->turn == TURN_FIRST) {
		x->user = str_dup(x->arena, message);
		x->turn = TURN_SECOND;
		challenge(s, STR("Password:"), r);
		return;
	}
	sasl_login_check(s, x->service, x->user, message, r);
}

/*
 * RFC 5802 section 6: with -PLUS the client must bind; without it must not; and a client that could
 * have bound but saw no offer ('y') while we made one has been lied to on the way.
 */
static enum err check_binding(const struct session *s, const struct sasl_exchange *x,
                              const struct directory_scram_first *first)
{
	bool is_plus = x->mechanism == SASL_MECHANISM_SCRAM_SHA_256_PLUS;

	if (is_plus != (first->binding == 'p'))
		return ERR_PROTO;
	if (first->binding == 'y' && !sasl_mechanism_check(s, SASL_MECHANISM_SCRAM_SHA_256_PLUS))
		return ERR_AUTH;
	return ERR_OK;
}

/* The channel's data for the type that the client has named. */
static enum err find_binding(const struct session *s, const struct sasl_exchange *x,
                             struct str *data_r)
{
	const char *type = str_dup_c(s->scratch, x->binding_type);

	return type ? stream_channel_binding(s->stream, s->scratch, type, data_r) : ERR_NOTFOUND;
}

static enum err begin_scram(struct session *s, struct sasl_exchange *x, struct str message,
                            struct store_scram_begin_res *res)
{
	struct directory_scram_first first;
	struct str data;
	struct store_scram_begin_req q = {
		.client_first = message,
		.default_domain = str_c(s->config->server.default_domain),
		.service = str_c(x->service),
		.peer = str_c(s->peer.text),
	};
	enum err err = directory_scram_first_parse(s->scratch, message, &first);

	if (err)
		return err;
	x->user = str_dup(x->arena, first.user);
	if (first.authzid.n && !str_eq(first.authzid, first.user))
		return ERR_AUTH;
	err = check_binding(s, x, &first);
	if (err)
		return err;
	x->binding_type = str_dup(x->arena, first.binding_type);
	if (x->binding_type.n && find_binding(s, x, &data))
		return ERR_AUTH;
	return store_scram_begin(s->store, s->scratch, &q, res);
}

static void step_scram_first(struct session *s, struct sasl_exchange *x, struct str message,
                             struct sasl_result *r)
{
	struct store_scram_begin_res res;
	enum err err = begin_scram(s, x, message, &res);

	r->user = str_dup(s->scratch, x->user);
	if (err) {
		fail(s, err, r);
		return;
	}
	x->state = str_dup(x->arena, res.state);
	x->turn = TURN_SECOND;
	challenge(s, res.server_first, r);
}

static enum err finish_scram(struct session *s, struct sasl_exchange *x, struct str message,
                             struct store_scram_finish_res *res)
{
	struct store_scram_finish_req q = { .state = x->state, .client_final = message };

	if (x->binding_type.n && find_binding(s, x, &q.channel_binding))
		return ERR_AUTH;
	return store_scram_finish(s->store, s->scratch, &q, res);
}

static void step_scram_final(struct session *s, struct sasl_exchange *x, struct str message,
                             struct sasl_result *r)
{
	struct store_scram_finish_res res;
	enum err err = finish_scram(s, x, message, &res);

	if (err) {
		fail(s, err, r);
		return;
	}
	x->grant = res.grant;
	x->grant.seal = str_dup(x->arena, res.grant.seal);
	x->address = str_dup(x->arena, res.address);
	x->turn = TURN_EMPTY;
	challenge(s, res.server_final, r);
}

/* The protocols carry no data with success, so the client answers server-final with an empty line.
 */
static void step_scram_empty(struct session *s, struct sasl_exchange *x, struct str message,
                             struct sasl_result *r)
{
	if (message.n) {
		fail(s, ERR_PROTO, r);
		return;
	}
	r->grant = x->grant;
	r->grant.seal = str_dup(s->scratch, x->grant.seal);
	r->address = str_dup(s->scratch, x->address);
	sasl_login_settle(s, ERR_OK, r);
}

static void step_scram(struct session *s, struct sasl_exchange *x, struct str message,
                       struct sasl_result *r)
{
	if (x->turn == TURN_FIRST)
		step_scram_first(s, x, message, r);
	else if (x->turn == TURN_SECOND)
		step_scram_final(s, x, message, r);
	else
		step_scram_empty(s, x, message, r);
}

static void take_message(struct session *s, struct sasl_exchange *x, struct str message,
                         struct sasl_result *r)
{
	switch (x->mechanism) {
	case SASL_MECHANISM_PLAIN:
		step_plain(s, x, message, r);
		break;
	case SASL_MECHANISM_LOGIN:
		step_login(s, x, message, r);
		break;
	case SASL_MECHANISM_SCRAM_SHA_256:
	case SASL_MECHANISM_SCRAM_SHA_256_PLUS:
		step_scram(s, x, message, r);
		break;
	case SASL_MECHANISM_COUNT:
		must(false && "no such mechanism");
	}
}

static void take_line(struct session *s, struct sasl_exchange **x, struct str line,
                      struct sasl_result *r)
{
	struct str message;

	*r = (struct sasl_result){ .user = str_dup(s->scratch, (*x)->user) };
	if (str_eq(line, STR("*"))) {
		fail(s, ERR_CANCELLED, r);
	} else if (line.n > SASL_EXCHANGE_LINE_MAX ||
	           codec_base64_decode(s->scratch, line, &message)) {
		fail(s, ERR_PROTO, r);
	} else {
		take_message(s, *x, message, r);
		/* The log wants the name, the message may hold a password. */
		r->user = str_dup(s->scratch, r->user);
		wipe(message);
	}
	if (r->status != SASL_CHALLENGE)
		sasl_exchange_end(x);
}

static struct sasl_exchange *new_exchange(struct session *s, const char *service)
{
	struct arena *a = arena_new(s->arena);
	struct sasl_exchange *x = ARENA_NEW(a, struct sasl_exchange);

	x->arena = a;
	x->service = service;
	return x;
}

void sasl_exchange_begin(struct session *s, const char *service, struct str mechanism,
                         bool has_initial, struct str initial, struct sasl_exchange **x_r,
                         struct sasl_result *r)
{
	enum sasl_mechanism m = SASL_MECHANISM_COUNT;
	enum err err = sasl_mechanism_find(mechanism, &m);

	*x_r = NULL;
	*r = (struct sasl_result){ 0 };
	if (!err)
		err = sasl_mechanism_check(s, m);
	if (err) {
		fail(s, err, r);
		return;
	}
	*x_r = new_exchange(s, service);
	(*x_r)->mechanism = m;
	/* "=" is an initial response of no octets (RFC 4954 section 4); "*" has no meaning here. */
	if (has_initial && str_eq(initial, STR("*"))) {
		fail(s, ERR_PROTO, r);
		sasl_exchange_end(x_r);
	} else if (has_initial) {
		take_line(s, x_r, str_eq(initial, STR("=")) ? STR("") : initial, r);
	} else {
		challenge(s, m == SASL_MECHANISM_LOGIN ? STR("Username:") : STR(""), r);
	}
}

void sasl_exchange_step(struct session *s, struct sasl_exchange **x, struct str line,
                        struct sasl_result *r)
{
	must(*x);
	take_line(s, x, line, r);
}

void sasl_exchange_end(struct sasl_exchange **x)
{
	struct arena *a;

	if (!*x)
		return;
	a = (*x)->arena;
	*x = NULL;
	arena_free(&a);
}

const char *sasl_exchange_mechanism(const struct sasl_exchange *x)
{
	return sasl_mechanism_name(x->mechanism);
}

/* ---------------------------------------------------------------- save and restore */

enum err sasl_exchange_save(const struct sasl_exchange *x, struct buf *out)
{
	if (sasl_pack_add_u64(out, x->mechanism) || sasl_pack_add_u64(out, x->turn) ||
	    sasl_pack_add_str(out, x->user) || sasl_pack_add_str(out, x->state) ||
	    sasl_pack_add_str(out, x->binding_type) ||
	    sasl_pack_add_u64(out, x->grant.account_id) ||
	    sasl_pack_add_u64(out, x->grant.expires_ms) || sasl_pack_add_str(out, x->grant.seal) ||
	    sasl_pack_add_str(out, x->address))
		return ERR_LIMIT;
	return ERR_OK;
}

static bool take_text(struct arena *a, struct str *rest, struct str *s_r)
{
	struct str s;

	if (!sasl_pack_take_str(rest, &s))
		return false;
	*s_r = str_dup(a, s);
	return true;
}

static bool take_exchange(struct str *rest, struct sasl_exchange *x)
{
	uint64_t mechanism, turn;

	if (!sasl_pack_take_u64(rest, &mechanism) || mechanism >= SASL_MECHANISM_COUNT ||
	    !sasl_pack_take_u64(rest, &turn) || turn >= TURN_COUNT)
		return false;
	x->mechanism = (enum sasl_mechanism)mechanism;
	x->turn = (enum turn)turn;
	return take_text(x->arena, rest, &x->user) && take_text(x->arena, rest, &x->state) &&
	       take_text(x->arena, rest, &x->binding_type) &&
	       sasl_pack_take_u64(rest, &x->grant.account_id) &&
	       sasl_pack_take_u64(rest, &x->grant.expires_ms) &&
	       take_text(x->arena, rest, &x->grant.seal) && take_text(x->arena, rest, &x->address);
}

enum err sasl_exchange_restore(struct session *s, const char *service, struct str *rest,
                               struct sasl_exchange **x_r)
{
	struct sasl_exchange *x = new_exchange(s, service);

	if (!take_exchange(rest, x)) {
		sasl_exchange_end(&x);
		return ERR_CORRUPT;
	}
	*x_r = x;
	return ERR_OK;
}
