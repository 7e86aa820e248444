#include "src/config/config.h"
#include "src/smtp/route_cache.h"
#include "src/smtp/smtp_priv.h"

static const struct smtp_reply bad_param = { 501, "5.5.4", "Malformed or repeated parameter" };
static const struct smtp_reply unknown_param = { 555, "5.5.4", "Unknown parameter" };

/* ---- parameters (RFC 3461 sections 4.1 and 4.2) */

enum {
	NOTIFY_NEVER = 1,
	NOTIFY_SUCCESS = 2,
	NOTIFY_FAILURE = 4,
	NOTIFY_DELAY = 8
};

/* NOTIFY=NEVER, or a list of SUCCESS, FAILURE and DELAY. */
static const struct smtp_reply *read_notify(struct str value, uint32_t *notify_r)
{
	static const struct {
		const char *word;
		uint32_t bit;
	} words[] = {
		{ "NEVER", NOTIFY_NEVER },
		{ "SUCCESS", NOTIFY_SUCCESS },
		{ "FAILURE", NOTIFY_FAILURE },
		{ "DELAY", NOTIFY_DELAY },
	};
	uint32_t notify = 0;

	for (;;) {
		struct str word;
		size_t i = 0;
		bool has_more = str_cut(&value, ',', &word);

		while (i < 4 && !str_ieq(word, str_c(words[i].word)))
			i++;
		if (i == 4 || (notify & words[i].bit))
			return &bad_param;
		notify |= words[i].bit;
		if (!has_more)
			break;
	}
	if ((notify & NOTIFY_NEVER) && notify != NOTIFY_NEVER)
		return &bad_param;
	*notify_r = notify;
	return NULL;
}

/* ORCPT=addr-type;xtext, kept as given. With SMTPUTF8, type utf-8 may have UTF-8 in it (RFC 6533
 * section 3). */
static const struct smtp_reply *read_orcpt(struct session *s, struct str value, struct str *orcpt_r)
{
	struct str address = value, type, text;

	if (value.n > SMTP_ORCPT_MAX || !str_cut(&address, ';', &type) || !type.n || !address.n)
		return &bad_param;
	for (size_t i = 0; i < type.n; i++)
		if (type.p[i] <= ' ' || type.p[i] >= 0x7f)
			return &bad_param;
	if (smtp_param_xtext(s->scratch, address, SMTP_ORCPT_MAX, &text))
		return &bad_param;
	*orcpt_r = value;
	return NULL;
}

static const struct smtp_reply *read_params(struct session *s, struct str rest,
                                            struct smtp_rcpt *rcpt)
{
	bool is_utf8 = smtp_state(s)->txn->is_utf8;
	struct smtp_param param;
	enum err e;

	while (!(e = smtp_param_next(&rest, is_utf8, &param))) {
		const struct smtp_reply *wrong;
		bool is_notify = str_ieq(param.name, STR("NOTIFY"));

		if (!smtp_state(s)->is_esmtp || (!is_notify && !str_ieq(param.name, STR("ORCPT"))))
			return &unknown_param;
		if (!param.has_value || (is_notify ? rcpt->notify != 0 : rcpt->orcpt.n != 0))
			return &bad_param;
		wrong = is_notify ? read_notify(param.value, &rcpt->notify)
		                  : read_orcpt(s, param.value, &rcpt->orcpt);
		if (wrong)
			return wrong;
	}
	return e == ERR_NOTFOUND ? NULL : &bad_param;
}

/* ---- where it goes */

/* One route for mail that leaves: only for those who have logged in. */
static const struct smtp_reply *route_out(struct session *s, const struct mail_address *address,
                                          struct store_resolve_res *r)
{
	static const struct smtp_reply no_relay = {
		550, "5.7.1", "Relaying denied: not an address of this server"
	};
	static const struct smtp_reply no_domain = { 550, "5.1.2", "Malformed domain" };
	struct store_route *route;
	struct str normal;

	if (!smtp_state(s)->is_logged_in)
		return &no_relay;
	if (mail_address_normal(s->scratch, address, &normal))
		return &no_domain;
	route = ARENA_NEW(s->scratch, struct store_route);
	*route = (struct store_route){ .kind = STORE_ROUTE_REMOTE, .address = normal };
	r->routes = route;
	r->n_routes = 1;
	return NULL;
}

/*
 * At least one of the routes must be able to take it now; an alias is not lost for one full
 * mailbox. An alias may lead to another server, whoever sends: the store checks that it does.
 */
static const struct smtp_reply *check_routes(const struct store_resolve_res *r)
{
	const struct smtp_reply *wrong = smtp_reply_map(ERR_TEMP, false);

	for (size_t i = 0; i < r->n_routes; i++) {
		if (!r->routes[i].is_over_quota && !r->routes[i].is_unavailable)
			return NULL;
		wrong = smtp_reply_map(r->routes[i].is_over_quota ? ERR_QUOTA : ERR_BUSY, false);
	}
	return wrong;
}

static const struct smtp_reply *resolve(struct session *s, const struct mail_address *address,
                                        struct str text, struct store_resolve_res *r)
{
	static const struct smtp_reply no_user = { 550, "5.1.1", "No such user here" };
	static const struct smtp_reply unusable = { 550, "5.1.3",
		                                    "This server cannot use such an address" };
	struct store_resolve_req q = { .address = text, .size = smtp_state(s)->txn->size };
	int64_t max_age_ms = (int64_t)s->config->smtp.recipient_cache_ms;
	enum err e;

	if (max_age_ms && smtp_route_cache_get(s->scratch, text, q.size, max_age_ms, r))
		return NULL;
	e = store_resolve(s->store, s->scratch, &q, r);
	if (!e && max_age_ms)
		smtp_route_cache_put(text, q.size, r);
	if (e == ERR_INVALID)
		return &unusable;
	if (e)
		return smtp_reply_trouble(s, "rcpt", e);
	if (r->status == STORE_RESOLVE_NO_DOMAIN)
		return route_out(s, address, r);
	if (r->status == STORE_RESOLVE_NO_USER)
		return &no_user;
	return check_routes(r);
}

/* "postmaster" alone is the one of our own domain (RFC 5321 sections 4.1.1.3 and 4.5.1). */
static void complete_postmaster(struct session *s, struct mail_address *address)
{
	const struct config_server *server = &s->config->server;

	if (!address->domain.n)
		address->domain = str_c(*server->default_domain ? server->default_domain
		                                                : server->hostname);
}

static const struct smtp_reply *check_limits(struct session *s, size_t n_routes)
{
	static const struct smtp_reply too_many = { 452, "4.5.3", "Too many recipients" };
	static const struct smtp_reply too_fast = {
		450, "4.7.1", "You have sent to too many recipients, wait a minute"
	};
	struct smtp_state *st = smtp_state(s);
	uint32_t rate = s->config->smtp.rcpts_rate_per_user;

	if (st->txn->n_rcpts >= s->config->smtp.recipients_max ||
	    st->txn->n_routes + n_routes > s->config->store.deliveries_max)
		return &too_many;
	if (!st->is_logged_in || !rate || !n_routes)
		return NULL;
	return s->host->rate_take(s->host->context, "smtp.rcpts", st->user, 1, rate) ? NULL
	                                                                             : &too_fast;
}

static void add_rcpt(struct session *s, struct str text, const struct smtp_rcpt *params,
                     const struct store_resolve_res *r)
{
	struct smtp_transaction *txn = smtp_state(s)->txn;
	struct smtp_rcpt *rcpt = smtp_transaction_add_rcpt(txn);

	rcpt->given = str_dup(txn->arena, text);
	rcpt->orcpt = str_dup(txn->arena, params->orcpt);
	rcpt->notify = params->notify;
	rcpt->n_routes = r->n_routes;
	rcpt->routes = arena_array(txn->arena, r->n_routes, sizeof *rcpt->routes);
	for (size_t i = 0; i < r->n_routes; i++) {
		rcpt->routes[i] = r->routes[i];
		rcpt->routes[i].address = str_dup(txn->arena, r->routes[i].address);
		rcpt->routes[i].detail = str_dup(txn->arena, r->routes[i].detail);
	}
	txn->n_routes += r->n_routes;
}

static const struct smtp_bad_path bad_path = {
	.syntax = { 501, "5.5.4", "Syntax: RCPT TO:<address>" },
	.address = { 501, "5.1.3", "Malformed recipient address" },
	.too_long = { 501, "5.1.3", "Recipient address too long" },
};

enum session_next smtp_cmd_rcpt(struct session *s, struct str args)
{
	struct smtp_transaction *txn = smtp_state(s)->txn;
	struct store_resolve_res r = { 0 };
	struct smtp_rcpt params = { 0 };
	const struct smtp_reply *wrong;
	struct mail_address address;
	struct str rest, text;
	enum err e;

	if (!txn)
		return smtp_reply_error(s, 503, "5.5.1", "Send MAIL first");
	if (txn->has_body)
		return smtp_reply_error(s, 503, "5.5.1", "The message has begun");
	e = smtp_param_path(s->scratch, args, STR("TO:"),
	                    MAIL_ADDRESS_POSTMASTER | (txn->is_utf8 ? MAIL_ADDRESS_UTF8 : 0),
	                    &address, &rest);
	wrong = e ? smtp_bad_path_reply(&bad_path, e, args) : read_params(s, rest, &params);
	if (wrong)
		return smtp_reply_error(s, wrong->code, wrong->enhanced, wrong->text);
	complete_postmaster(s, &address);
	text = mail_address_format(s->scratch, &address);
	wrong = check_limits(s, 0);
	if (!wrong)
		wrong = resolve(s, &address, text, &r);
	if (!wrong)
		wrong = check_limits(s, r.n_routes);
	if (wrong) {
		smtp_reply_reject(s, "rcpt", text, wrong);
		return SESSION_AGAIN;
	}
	add_rcpt(s, text, &params, &r);
	smtp_reply_send(s, &(struct smtp_reply){ 250, "2.1.5", "Ok" });
	return SESSION_AGAIN;
}
