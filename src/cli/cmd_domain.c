#include <stdio.h>

#include "src/base/arena.h"
#include "src/cli/commands.h"
#include "src/store/store.h"

enum {
	SLICE = 500
};

enum cli_exit cli_domain_add(struct cli *c)
{
	struct store_domain_add_req q = {
		.name = str_c(c->args[0]),
		.alias_of = str_c(cli_option(c, "--alias-of")),
	};
	struct store_domain_add_res r;
	enum cli_exit code = cli_open_store(c);
	enum err e;

	if (code != CLI_OK)
		return code;
	e = store_domain_add(c->store, c->arena, &q, &r);
	return e ? cli_fail(c, e, "add domain", c->args[0]) : CLI_OK;
}

enum cli_exit cli_domain_del(struct cli *c)
{
	struct store_domain_del_req q = { .name = str_c(c->args[0]) };
	enum cli_exit code = cli_open_store(c);
	enum err e;

	if (code != CLI_OK)
		return code;
	e = store_domain_del(c->store, &q);
	return e ? cli_fail(c, e, "delete domain", c->args[0]) : CLI_OK;
}

static enum err print_domains(struct cli_list *l)
{
	struct store_domain_list_req q = { .after = l->after, .max = CLI_SLICE_ROWS };
	struct store_domain_list_res r = { 0 };
	enum err e = store_domain_list(l->cli->store, l->arena, &q, &r);

	for (size_t i = 0; !e && i < r.n_domains; i++) {
		const struct store_domain *d = &r.domains[i];
		const struct cli_value values[] = {
			CLI_TEXT(d->name),      CLI_TEXT(d->alias_of),   CLI_NUMBER(d->accounts),
			CLI_NUMBER(d->aliases), CLI_TIME(d->created_ms),
		};

		cli_table_row(l->table, values);
		l->after = str_dup(l->cli->arena, d->name);
	}
	l->has_more = r.has_more && r.n_domains;
	return e;
}

enum cli_exit cli_domain_list(struct cli *c)
{
	static const char *const columns[] = { "domain", "alias_of", "users", "aliases",
		                               "created" };

	return cli_list_print(c, "domains", columns, 5, print_domains);
}
