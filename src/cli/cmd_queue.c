#include "src/base/arena.h"
#include "src/base/idtext.h"
#include "src/cli/commands.h"
#include "src/store/store.h"

enum {
	SLICE = 500,
	TRACE_DEFAULT = 200,
	TRACE_MAX = 10000
};

static struct str id_text(struct cli *c, uint64_t id)
{
	char text[IDTEXT_SIZE];

	idtext_format(id, text);
	return str_dup(c->arena, str_c(text));
}

static enum err print_queue(struct cli_list *l)
{
	struct store_queue_list_req q = { .dest = str_c(cli_option(l->cli, "--dest")),
		                          .after = l->after_id,
		                          .max = CLI_SLICE_ROWS };
	struct store_queue_list_res r = { 0 };
	enum err e = store_queue_list(l->cli->store, l->arena, &q, &r);

	for (size_t i = 0; !e && i < r.n_items; i++) {
		const struct store_queue_item *item = &r.items[i];
		const struct cli_value values[] = {
			CLI_TEXT(id_text(l->cli, item->msg_id)),
			CLI_TEXT(item->sender),
			CLI_TEXT(item->rcpt),
			CLI_TEXT(item->dest),
			CLI_SIZE(item->size),
			CLI_NUMBER(item->attempts),
			CLI_TIME(item->next_ms),
			CLI_TEXT(item->last_reply),
		};

		cli_table_row(l->table, values);
		l->after_id = item->rcpt_id;
	}
	l->has_more = r.has_more && r.n_items;
	return e;
}

enum cli_exit cli_queue_list(struct cli *c)
{
	static const char *const columns[] = { "id",   "sender",   "recipient", "dest",
		                               "size", "attempts", "next",      "last_reply" };

	return cli_list_print(c, "the queue", columns, 8, print_queue);
}

enum cli_exit cli_trace(struct cli *c)
{
	static const char *const columns[] = { "at", "id", "event", "recipient", "detail" };
	const char *max = cli_option(c, "--max");
	struct store_trace_req q = { .what = str_c(c->args[0]), .max = TRACE_DEFAULT };
	struct store_trace_res r = { 0 };
	enum cli_exit code;
	struct cli_table *t;
	uint64_t value;
	enum err e;

	if (max) {
		if (!str_to_u64(str_c(max), TRACE_MAX, &value) || value == 0)
			return cli_error(CLI_USAGE, "--max is a number from 1 to %d", TRACE_MAX);
		q.max = (uint32_t)value;
	}
	code = cli_open_store(c);
	if (code != CLI_OK)
		return code;
	e = store_trace(c->store, c->arena, &q, &r);
	if (!e && r.n_events == 0)
		e = ERR_NOTFOUND;
	if (e)
		return cli_fail(c, e, "trace", c->args[0]);
	t = cli_table_new(c, columns, 5);
	for (size_t i = 0; i < r.n_events; i++) {
		const struct store_trace_event *event = &r.events[i];
		const struct cli_value values[] = {
			CLI_TIME(event->at_ms),  CLI_TEXT(id_text(c, event->msg_id)),
			CLI_TEXT(event->event),  CLI_TEXT(event->rcpt),
			CLI_TEXT(event->detail),
		};

		cli_table_row(t, values);
	}
	cli_table_end(t);
	return CLI_OK;
}
