/*
 * Where mail to an address goes.
 */
#include "src/base/arena.h"
#include "src/mail/address.h"
#include "src/store/op_mail_priv.h"

enum {
	ROUTE_DEPTH_MAX = 10,
	ROUTES_MAX = 1000,
	SEEN_MAX = 5000
};

/* One resolution: what was found, and which addresses have been expanded. */
struct walk {
	struct op *op;
	uint64_t size;
	struct store_route *routes;
	size_t n_routes, routes_room;
	struct str *seen;
	size_t n_seen, seen_room;
};

static bool see(struct walk *w, struct str address)
{
	for (size_t i = 0; i < w->n_seen; i++) {
		if (str_eq(w->seen[i], address))
			return false;
	}
	if (w->n_seen == w->seen_room) {
		size_t room = w->seen_room ? w->seen_room * 2 : 8;

		w->seen = arena_grow(w->op->scratch, w->seen, w->seen_room * sizeof(*w->seen),
		                     room * sizeof(*w->seen));
		w->seen_room = room;
	}
	w->seen[w->n_seen++] = address;
	return true;
}

/* Add a route once. */
static enum err add_route(struct walk *w, const struct store_route *route)
{
	for (size_t i = 0; i < w->n_routes; i++) {
		const struct store_route *have = &w->routes[i];

		if (have->kind == route->kind && have->account_id == route->account_id &&
		    str_eq(have->address, route->address) && str_eq(have->detail, route->detail))
			return ERR_OK;
	}
	if (w->n_routes == ROUTES_MAX)
		return err_set(w->op->info, ERR_LIMIT, "an alias has more than %d targets",
		               ROUTES_MAX);
	if (w->n_routes == w->routes_room) {
		size_t room = w->routes_room ? w->routes_room * 2 : 4;

		w->routes = arena_grow(w->op->a, w->routes, w->routes_room * sizeof(*route),
		                       room * sizeof(*route));
		w->routes_room = room;
	}
	w->routes[w->n_routes++] = *route;
	return ERR_OK;
}

/* The account with this local part, if there is one: a route to it. */
static enum err try_account(struct walk *w, const struct op_domain *domain, struct str local,
                            struct str detail, bool *is_found_r)
{
	struct db_stmt *s = db_prepare(w->op->db,
	                               "SELECT id, state, used_bytes, quota_bytes, used_msgs, "
	                               "quota_msgs FROM account "
	                               "WHERE domain_id = ?1 AND localpart = ?2");
	struct op_account account;
	struct store_route route;
	bool has_row;

	op_bind_u64(s, 1, domain->id);
	db_bind_text(s, 2, local);
	OP_TRY(op_step(w->op, s, &has_row));
	*is_found_r = has_row;
	if (!has_row)
		return ERR_OK;
	account = (struct op_account){
		.used_bytes = db_col_u64(s, 2),
		.quota = db_col_i64(s, 3),
		.used_msgs = db_col_u64(s, 4),
		.quota_msgs = db_col_i64(s, 5),
	};
	route = (struct store_route){
		.kind = STORE_ROUTE_LOCAL,
		.account_id = db_col_u64(s, 0),
		.address = op_address_text(w->op->a, local, domain->name),
		.detail = str_dup(w->op->a, detail),
		.is_over_quota = op_account_is_full(w->op, &account, 1, w->size),
		.is_unavailable = db_col_i64(s, 1) != STORE_ACCOUNT_ACTIVE,
	};
	db_done(s);
	return add_route(w, &route);
}

static enum err expand(struct walk *w, struct str text, unsigned depth);

/* The targets of an alias, if there are any. */
static enum err try_alias(struct walk *w, const struct op_domain *domain, struct str local,
                          unsigned depth, bool *is_found_r)
{
	struct db_stmt *s = db_prepare(
		w->op->db,
		"SELECT target FROM alias WHERE domain_id = ?1 AND localpart = ?2 ORDER BY target");
	struct str *targets = NULL;
	size_t n = 0, room = 0;
	bool has_row;

	op_bind_u64(s, 1, domain->id);
	db_bind_text(s, 2, local);
	for (;;) {
		OP_TRY(op_step(w->op, s, &has_row));
		if (!has_row || n == ROUTES_MAX)
			break;
		if (n == room) {
			size_t more = room ? room * 2 : 4;

			targets = arena_grow(w->op->scratch, targets, room * sizeof(*targets),
			                     more * sizeof(*targets));
			room = more;
		}
		targets[n++] = op_col_dup(w->op->scratch, s, 0);
	}
	db_done(s);
	*is_found_r = n > 0;
	for (size_t i = 0; i < n; i++)
		OP_TRY(expand(w, targets[i], depth + 1));
	return ERR_OK;
}

/* An address of one of our domains. */
static enum err expand_local(struct walk *w, const struct op_domain *domain, struct str local,
                             bool is_again, unsigned depth)
{
	struct str detail = local;
	struct str base;
	bool is_found = false;

	/* An alias that names itself means the account of that name. */
	if (!is_again)
		OP_TRY(try_alias(w, domain, local, depth, &is_found));
	if (!is_found)
		OP_TRY(try_account(w, domain, local, STR(""), &is_found));
	if (!is_found && str_cut(&detail, '+', &base) && base.n) {
		if (!is_again)
			OP_TRY(try_alias(w, domain, base, depth, &is_found));
		if (!is_found)
			OP_TRY(try_account(w, domain, base, detail, &is_found));
	}
	if (!is_found && !is_again)
		OP_TRY(try_alias(w, domain, STR(""), depth, &is_found));
	return ERR_OK;
}

static enum err expand(struct walk *w, struct str text, unsigned depth)
{
	struct op_address address;
	struct op_domain domain;
	struct str name;
	enum err err;
	bool is_again;

	if (depth > ROUTE_DEPTH_MAX)
		return ERR_OK;
	if (w->n_seen == SEEN_MAX)
		return err_set(w->op->info, ERR_LIMIT, "an alias leads to more than %d addresses",
		               SEEN_MAX);
	OP_TRY(op_address_parse(w->op, text, &address));
	err = op_domain_find(w->op, address.domain, &domain);
	if (err == ERR_NOTFOUND) {
		struct store_route route = { .kind = STORE_ROUTE_REMOTE,
			                     .address = str_dup(w->op->a, text) };

		return add_route(w, &route);
	}
	if (err)
		return err;
	name = op_address_text(w->op->scratch, address.local, domain.name);
	is_again = !see(w, name);
	return expand_local(w, &domain, address.local, is_again, depth);
}

enum err op_route_find(struct op *op, const struct op_address *address, uint64_t size,
                       struct store_resolve_res *r)
{
	struct walk w = { .op = op, .size = size };
	struct op_domain domain;
	enum err err = op_domain_find(op, address->domain, &domain);

	if (err == ERR_NOTFOUND) {
		*r = (struct store_resolve_res){ .status = STORE_RESOLVE_NO_DOMAIN };
		return ERR_OK;
	}
	if (err)
		return err;
	see(&w, op_address_text(op->scratch, address->local, domain.name));
	OP_TRY(expand_local(&w, &domain, address->local, false, 0));
	*r = (struct store_resolve_res){
		.status = w.n_routes ? STORE_RESOLVE_OK : STORE_RESOLVE_NO_USER,
		.routes = w.routes,
		.n_routes = w.n_routes,
	};
	return ERR_OK;
}

enum err op_resolve(struct op *op, const struct store_resolve_req *q, struct store_resolve_res *r)
{
	struct op_address address;

	OP_TRY(op_address_parse(op, q->address, &address));
	return op_route_find(op, &address, q->size, r);
}

enum err op_owns(struct op *op, const struct store_owns_req *q, struct store_owns_res *r)
{
	struct store_resolve_res routes;
	struct op_account account;
	struct op_address address;
	bool is_owner = false;

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_NONE, &account));
	OP_TRY(op_address_parse(op, q->address, &address));
	OP_TRY(op_route_find(op, &address, 0, &routes));
	for (size_t i = 0; i < routes.n_routes && !is_owner; i++)
		is_owner = routes.routes[i].kind == STORE_ROUTE_LOCAL &&
		           routes.routes[i].account_id == account.id;
	r->is_owner = is_owner;
	return ERR_OK;
}
