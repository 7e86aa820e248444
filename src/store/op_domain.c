#include "src/base/arena.h"
#include "src/mail/address.h"
#include "src/store/op_mail_priv.h"

enum err op_domain_normal(struct op *op, struct str name, struct str *normal_r)
{
	struct str normal;

	if (!op_is_text(name, OP_TEXT_MAX_BYTES) ||
	    mail_address_normal_domain(op->scratch, name, &normal) || !normal.n ||
	    normal.n > MAIL_ADDRESS_DOMAIN_MAX)
		return err_set(op->info, ERR_INVALID, "\"%.*s\" is no domain name", STR_ARG(name));
	*normal_r = normal;
	return ERR_OK;
}

static enum err load(struct op *op, struct str normal, struct op_domain *domain_r)
{
	struct db_stmt *s = db_prepare(op->db,
	                               "SELECT id, alias_of, name FROM domain WHERE name = ?1");
	enum err e;

	db_bind_text(s, 1, normal);
	e = op_row(op, s);
	if (e == ERR_NOTFOUND)
		return err_set(op->info, e, "there is no domain %.*s", STR_ARG(normal));
	if (e)
		return e;
	*domain_r = (struct op_domain){
		.id = db_col_u64(s, 0),
		.alias_of = db_col_u64(s, 1),
		.name = op_col_dup(op->scratch, s, 2),
	};
	db_done(s);
	return ERR_OK;
}

enum err op_domain_find(struct op *op, struct str normal, struct op_domain *domain_r)
{
	struct db_stmt *s;
	struct op_domain domain;

	OP_TRY(load(op, normal, &domain));
	if (domain.alias_of) {
		s = db_prepare(op->db, "SELECT id, alias_of, name FROM domain WHERE id = ?1");
		op_bind_u64(s, 1, domain.alias_of);
		OP_TRY(op_row(op, s));
		/* An alias of an alias cannot be made, so one step is all. */
		domain = (struct op_domain){ .id = db_col_u64(s, 0),
			                     .name = op_col_dup(op->scratch, s, 2) };
		db_done(s);
	}
	*domain_r = domain;
	return ERR_OK;
}

enum err op_domain_add(struct op *op, const struct store_domain_add_req *q,
                       struct store_domain_add_res *r)
{
	struct op_domain target = { .id = 0 };
	struct db_stmt *s;
	uint64_t id, changed;
	struct str name = { 0 };

	OP_TRY(op_domain_normal(op, q->name, &name));
	if (q->alias_of.n) {
		struct str alias_of = { 0 };

		OP_TRY(op_domain_normal(op, q->alias_of, &alias_of));
		OP_TRY(op_domain_find(op, alias_of, &target));
	}
	id = op_new_id(op);
	s = db_prepare(op->db, "INSERT INTO domain (id, name, alias_of, created) "
	                       "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING");
	op_bind_u64(s, 1, id);
	db_bind_text(s, 2, name);
	if (target.id)
		op_bind_u64(s, 3, target.id);
	else
		db_bind_null(s, 3);
	db_bind_i64(s, 4, op->now_ms);
	OP_TRY(op_run_count(op, s, &changed));
	if (!changed)
		return err_set(op->info, ERR_EXISTS, "domain %.*s is there already", STR_ARG(name));
	r->domain_id = id;
	return ERR_OK;
}

enum err op_domain_del(struct op *op, const struct store_domain_del_req *q)
{
	struct op_domain domain;
	struct db_stmt *s;
	uint64_t users;
	struct str name = { 0 };

	OP_TRY(op_domain_normal(op, q->name, &name));
	OP_TRY(load(op, name, &domain));
	s = db_prepare(op->db, "SELECT (SELECT COUNT(*) FROM account WHERE domain_id = ?1) + "
	                       "(SELECT COUNT(*) FROM alias WHERE domain_id = ?1) + "
	                       "(SELECT COUNT(*) FROM domain WHERE alias_of = ?1)");
	op_bind_u64(s, 1, domain.id);
	OP_TRY(op_number(op, s, &users));
	if (users)
		return err_set(op->info, ERR_EXISTS,
		               "domain %.*s still has accounts, aliases or "
		               "alias domains",
		               STR_ARG(name));
	s = db_prepare(op->db, "DELETE FROM domain WHERE id = ?1");
	op_bind_u64(s, 1, domain.id);
	return op_run(op, s);
}

enum err op_domain_list(struct op *op, const struct store_domain_list_req *q,
                        struct store_domain_list_res *r)
{
	uint32_t max = q->max && q->max < OP_LIST_MAX ? q->max : OP_LIST_MAX;
	struct store_domain *list = arena_array(op->a, max, sizeof(*list));
	struct db_stmt *s;
	size_t n = 0;
	bool has_row;

	if (!op_is_text(q->after, OP_TEXT_MAX_BYTES))
		return err_set(op->info, ERR_INVALID, "no domain name to go on after");
	s = db_prepare(op->db, "SELECT d.id, d.name, COALESCE(t.name, ''), d.created, "
	                       "(SELECT COUNT(*) FROM account x WHERE x.domain_id = d.id), "
	                       "(SELECT COUNT(*) FROM alias x WHERE x.domain_id = d.id) "
	                       "FROM domain d LEFT JOIN domain t ON t.id = d.alias_of "
	                       "WHERE d.name > ?1 ORDER BY d.name LIMIT ?2");
	db_bind_text(s, 1, q->after);
	db_bind_i64(s, 2, (int64_t)max + 1);
	for (;;) {
		OP_TRY(op_step(op, s, &has_row));
		if (!has_row || n == max)
			break;
		list[n++] = (struct store_domain){
			.id = db_col_u64(s, 0),
			.name = op_col_dup(op->a, s, 1),
			.alias_of = op_col_dup(op->a, s, 2),
			.created_ms = db_col_i64(s, 3),
			.accounts = db_col_u64(s, 4),
			.aliases = db_col_u64(s, 5),
		};
	}
	db_done(s);
	*r = (struct store_domain_list_res){ .domains = list, .n_domains = n, .has_more = has_row };
	return ERR_OK;
}
