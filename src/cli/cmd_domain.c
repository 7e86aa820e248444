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

enum cli_exit cli_domain_list(struct cli *c)
{
	static const char *const columns[] = { "domain", "alias_of", "users", "aliases",
		                               "created" };
	struct store_domain_list_req q = { .max = SLICE };
	struct store_domain_list_res r = { 0 };
	enum cli_exit code = cli_open_store(c);
	struct arena *slice;
	struct cli_table *t;
	enum err e = ERR_OK;

	if (code != CLI_OK)
		return code;
	slice = arena_new(c->arena);
	t = cli_table_new(c, columns, 5);
	do {
		r = (struct store_domain_list_res){ 0 };
		e = store_domain_list(c->store, slice, &q, &r);
		for (size_t i = 0; !e && i < r.n_domains; i++) {
			const struct store_domain *d = &r.domains[i];
			const struct cli_value values[] = {
				CLI_TEXT(d->name),       CLI_TEXT(d->alias_of),
				CLI_NUMBER(d->accounts), CLI_NUMBER(d->aliases),
				CLI_TIME(d->created_ms),
			};

			cli_table_row(t, values);
			q.after = str_dup(c->arena, d->name);
		}
		arena_reset(slice);
	} while (!e && r.has_more && r.n_domains);
	cli_table_end(t);
	return e ? cli_fail(c, e, "list", "domains") : CLI_OK;
}
