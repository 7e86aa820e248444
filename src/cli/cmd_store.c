#include <stdio.h>

#include "src/base/arena.h"
#include "src/cli/commands.h"
#include "src/config/config.h"
#include "src/store/options.h"
#include "src/store/store.h"

enum cli_exit cli_store_check(struct cli *c)
{
	static const char *const columns[] = { "problem" };
	struct store_check_req q = { .wants_repair = cli_option(c, "--repair") != NULL };
	struct cli_progress progress = { .doing = "checked" };
	struct store_check_res r = { 0 };
	enum cli_exit code = cli_open_store(c);
	uint64_t problems = 0, checked = 0;
	struct arena *slice;
	struct cli_table *t;
	enum err e = ERR_OK;

	if (code != CLI_OK)
		return code;
	slice = arena_new(c->arena);
	t = c->is_json ? cli_table_new(c, columns, 1) : NULL;
	do {
		arena_reset(slice);
		r = (struct store_check_res){ 0 };
		e = store_check(c->store, slice, &q, &r);
		for (size_t i = 0; !e && i < r.n_problems; i++, problems++) {
			if (t)
				cli_table_row(t, &CLI_TEXT(r.problems[i].text));
			else
				printf("%.*s\n", STR_ARG(r.problems[i].text));
		}
		q.cursor = r.cursor;
		checked += r.checked;
		cli_progress_show(&progress, checked, r.total);
	} while (!e && !r.is_done);
	cli_progress_end(&progress);
	if (t)
		cli_table_end(t);
	if (e)
		return cli_fail(c, e, "check", "the store");
	if (!t)
		printf("%llu checked, %llu problems\n", (unsigned long long)checked,
		       (unsigned long long)problems);
	return problems ? CLI_FAILED : CLI_OK;
}

enum cli_exit cli_store_backup(struct cli *c)
{
	struct cli_progress progress = { .doing = "copied" };
	struct store_copy_state state = { 0 };
	struct store_options options;
	struct store_copy *copy = NULL;
	struct errinfo info = { 0 };
	enum cli_exit code = cli_open_config(c);
	enum err e;

	if (code != CLI_OK)
		return code;
	store_options_from_config(&options, c->config);
	e = store_copy_open(&options, c->args[0], &copy, &info);
	while (!e && !state.is_done) {
		e = store_copy_step(copy, &state, &info);
		if (!e)
			cli_progress_show(&progress, state.done_bytes, state.total_bytes);
	}
	cli_progress_end(&progress);
	store_copy_close(&copy);
	if (e)
		return cli_error(cli_exit_of(e), "cannot back up to %s: %s", c->args[0], info.text);
	return CLI_OK;
}

enum cli_exit cli_store_restore(struct cli *c)
{
	struct store_options options;
	struct errinfo info = { 0 };
	enum cli_exit code = cli_open_config(c);

	if (code != CLI_OK)
		return code;
	store_options_from_config(&options, c->config);
	if (store_engine_restore(&options, c->args[0], &info))
		return cli_error(cli_exit_of(info.kind), "cannot restore %s: %s", c->args[0],
		                 info.text);
	return cli_own_store(c);
}

enum cli_exit cli_store_upkeep(struct cli *c)
{
	static const char *const names[] = { "removed", "freed", "folded", "scrubbed", "damaged" };
	struct store_upkeep_req q = { 0 };
	struct store_upkeep_res r;
	enum cli_exit code = cli_open_store(c);
	enum err e;

	if (code != CLI_OK)
		return code;
	e = store_upkeep(c->store, c->arena, &q, &r);
	if (e)
		return cli_fail(c, e, "do", "the upkeep");
	cli_record(c, names,
	           (const struct cli_value[]){ CLI_NUMBER(r.removed_messages),
	                                       CLI_SIZE(r.removed_bytes),
	                                       CLI_NUMBER(r.folded_changes),
	                                       CLI_SIZE(r.scrubbed_bytes), CLI_NUMBER(r.damaged) },
	           sizeof names / sizeof *names);
	return r.damaged ? CLI_FAILED : CLI_OK;
}
