#include "src/base/arena.h"
#include "src/mail/address.h"
#include "src/store/op_mail_priv.h"

/* "@domain" is the catch-all: an empty local part. */
static enum err parse_alias(struct op *op, struct str text, struct op_address *address_r,
                            struct op_domain *domain_r)
{
	struct op_address address = { .local = STR("") };

	if (text.n && text.p[0] == '@')
		OP_TRY(op_domain_normal(op, str_from(text, 1), &address.domain));
	else
		OP_TRY(op_address_parse(op, text, &address));
	OP_TRY(op_domain_find(op, address.domain, domain_r));
	*address_r = address;
	return ERR_OK;
}

static enum err parse_target(struct op *op, struct str text, struct str *target_r)
{
	struct op_address target;
	struct mail_address parsed;

	OP_TRY(op_address_parse(op, text, &target));
	/* The target may be a stranger's, so the case of its local part stays as it was given. */
	OP_TRY(mail_address_parse(op->scratch, text, MAIL_ADDRESS_UTF8 | MAIL_ADDRESS_LONG,
	                          &parsed));
	*target_r = op_address_text(op->scratch, parsed.local, target.domain);
	return ERR_OK;
}

enum err op_alias_add(struct op *op, const struct store_alias_add_req *q)
{
	struct op_address address = { 0 };
	struct op_domain domain;
	struct db_stmt *s;
	uint64_t changed;
	struct str target;

	OP_TRY(parse_alias(op, q->address, &address, &domain));
	OP_TRY(parse_target(op, q->target, &target));
	s = db_prepare(op->db, "INSERT INTO alias (domain_id, localpart, target, created) "
	                       "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING");
	op_bind_u64(s, 1, domain.id);
	db_bind_text(s, 2, address.local);
	db_bind_text(s, 3, target);
	db_bind_i64(s, 4, op->now_ms);
	OP_TRY(op_run_count(op, s, &changed));
	if (!changed)
		return err_set(op->info, ERR_EXISTS, "%.*s goes to %.*s already",
		               STR_ARG(q->address), STR_ARG(target));
	return ERR_OK;
}

enum err op_alias_del(struct op *op, const struct store_alias_del_req *q)
{
	struct op_address address = { 0 };
	struct op_domain domain;
	struct db_stmt *s;
	uint64_t changed;
	struct str target = STR("");

	OP_TRY(parse_alias(op, q->address, &address, &domain));
	if (q->target.n)
		OP_TRY(parse_target(op, q->target, &target));
	s = db_prepare(op->db, "DELETE FROM alias WHERE domain_id = ?1 AND localpart = ?2 "
	                       "AND (target = ?3 OR ?3 = '')");
	op_bind_u64(s, 1, domain.id);
	db_bind_text(s, 2, address.local);
	db_bind_text(s, 3, target);
	OP_TRY(op_run_count(op, s, &changed));
	if (!changed)
		return err_set(op->info, ERR_NOTFOUND, "there is no such alias %.*s",
		               STR_ARG(q->address));
	return ERR_OK;
}

static struct str alias_text(struct arena *a, struct str local, struct str domain)
{
	if (!local.n)
		return str_printf(a, "@%.*s", STR_ARG(domain));
	return op_address_text(a, local, domain);
}

/* Whole addresses with all their targets, so that the address of the last one is enough to go on
 * from. */
static enum err read_aliases(struct op *op, struct db_stmt *s, uint32_t max,
                             struct store_alias_list_res *r)
{
	size_t room = 64, n = 0;
	struct store_alias *list = arena_array(op->a, room, sizeof(*list));
	struct str last = STR("");
	bool has_row;

	for (;;) {
		struct str address;

		OP_TRY(op_step(op, s, &has_row));
		if (!has_row)
			break;
		address = alias_text(op->a, db_col_str(s, 0), db_col_str(s, 1));
		if (n >= max && !str_eq(address, last))
			break;
		if (n == room) {
			list = arena_grow(op->a, list, room * sizeof(*list),
			                  2 * room * sizeof(*list));
			room *= 2;
		}
		list[n++] = (struct store_alias){ .address = address,
			                          .target = op_col_dup(op->a, s, 2) };
		last = address;
	}
	db_done(s);
	*r = (struct store_alias_list_res){ .aliases = list, .n_aliases = n, .has_more = has_row };
	return ERR_OK;
}

enum err op_alias_list(struct op *op, const struct store_alias_list_req *q,
                       struct store_alias_list_res *r)
{
	uint32_t max = q->max && q->max < OP_LIST_MAX ? q->max : OP_LIST_MAX;
	struct op_address after = { .local = STR(""), .domain = STR("") };
	struct str domain = STR("");
	struct db_stmt *s;

	if (q->domain.n)
		OP_TRY(op_domain_normal(op, q->domain, &domain));
	if (q->after.n && q->after.p[0] == '@')
		OP_TRY(op_domain_normal(op, str_from(q->after, 1), &after.domain));
	else if (q->after.n)
		OP_TRY(op_address_parse(op, q->after, &after));
	s = db_prepare(op->db,
	               "SELECT x.localpart, d.name, x.target FROM alias x JOIN domain d ON d.id = "
	               "x.domain_id "
	               "WHERE (d.name = ?1 OR ?1 = '') AND (d.name, x.localpart) > (?2, ?3) "
	               "ORDER BY d.name, x.localpart, x.target");
	db_bind_text(s, 1, domain);
	db_bind_text(s, 2, after.domain);
	db_bind_text(s, 3, after.local);
	return read_aliases(op, s, max, r);
}
