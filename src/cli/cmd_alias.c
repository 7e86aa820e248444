#include "src/base/arena.h"
#include "src/cli/commands.h"
#include "src/store/store.h"

enum {
	SLICE = 500
};

enum cli_exit cli_alias_add(struct cli *c)
{
	struct store_alias_add_req q = { .address = str_c(c->args[0]) };
	enum cli_exit code = cli_open_store(c);
	enum err e;

	for (int i = 1; code == CLI_OK && i < c->n_args; i++) {
		q.target = str_c(c->args[i]);
		e = store_alias_add(c->store, &q);
		if (e)
			code = cli_fail(c, e, "add alias target", c->args[i]);
	}
	return code;
}

enum cli_exit cli_alias_del(struct cli *c)
{
	struct store_alias_del_req q = { .address = str_c(c->args[0]) };
	enum cli_exit code = cli_open_store(c);
	int i = 1;
	enum err e;

	/* Without a target the loop runs once, for all of the alias. */
	do {
		if (code != CLI_OK)
			break;
		q.target = i < c->n_args ? str_c(c->args[i]) : (struct str){ 0 };
		e = store_alias_del(c->store, &q);
		if (e)
			code = cli_fail(c, e, "delete alias", c->args[i < c->n_args ? i : 0]);
	} while (++i < c->n_args);
	return code;
}

static enum err print_aliases(struct cli_list *l)
{
	struct store_alias_list_req q = { .after = l->after, .max = CLI_SLICE_ROWS };
	struct store_alias_list_res r = { 0 };
	enum err e;

	if (l->cli->n_args)
		q.domain = str_c(l->cli->args[0]);
	e = store_alias_list(l->cli->store, l->arena, &q, &r);
	for (size_t i = 0; !e && i < r.n_aliases; i++) {
		const struct cli_value values[] = { CLI_TEXT(r.aliases[i].address),
			                            CLI_TEXT(r.aliases[i].target) };

		cli_table_row(l->table, values);
		l->after = str_dup(l->cli->arena, r.aliases[i].address);
	}
	l->has_more = r.has_more && r.n_aliases;
	return e;
}

enum cli_exit cli_alias_list(struct cli *c)
{
	static const char *const columns[] = { "address", "target" };

	return cli_list_print(c, "aliases", columns, 2, print_aliases);
}
