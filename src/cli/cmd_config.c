#include <stdio.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/cli/commands.h"
#include "src/config/config.h"
#include "src/config/option.h"
#include "src/net/tls.h"

enum {
	VALUE_MAX_BYTES = 65536,
	PAGE_MAX_BYTES = 1 << 20
};

enum cli_exit cli_config_check(struct cli *c)
{
	enum cli_exit code = cli_open_config(c);

	if (code == CLI_OK)
		printf("%s: no errors, %zu listeners\n", c->config_path, c->config->n_listeners);
	return code;
}

/* Is `o` what the argument asks for: nothing, a section, or section.option? */
static bool is_wanted(const struct option *o, const char *what)
{
	size_t n = strlen(o->section);

	if (!what)
		return true;
	if (strncmp(what, o->section, n) != 0)
		return false;
	return what[n] == 0 || (what[n] == '.' && strcmp(what + n + 1, o->name) == 0);
}

enum cli_exit cli_config_show(struct cli *c)
{
	static const char *const columns[] = { "option", "value", "default" };
	const char *what = c->n_args ? c->args[0] : NULL;
	enum cli_exit code = cli_open_config(c);
	struct cli_table *t;
	bool is_found = false;

	if (code != CLI_OK)
		return code;
	t = cli_table_new(c, columns, 3);
	for (const struct option *o = option_first(); o; o = option_next(o)) {
		struct buf value = buf_in(c->arena, VALUE_MAX_BYTES);

		if (!is_wanted(o, what))
			continue;
		is_found = true;
		if (option_format(o, c->config, &value))
			return cli_error(CLI_FAILED, "%s.%s is too long to show", o->section,
			                 o->name);
		cli_table_row(
			t, (const struct cli_value[]){
				   CLI_TEXT(str_printf(c->arena, "%s.%s", o->section, o->name)),
				   CLI_TEXT(buf_str(&value)), CLI_TEXT(str_c(o->default_value)) });
	}
	cli_table_end(t);
	if (!is_found)
		return cli_error(CLI_NOTFOUND, "there is no section or option \"%s\"", what);
	return CLI_OK;
}

static enum cli_exit print_text(struct cli *c, enum err (*print)(struct buf *out))
{
	struct buf out = buf_in(c->arena, PAGE_MAX_BYTES);

	if (print(&out))
		return cli_error(CLI_FAILED, "the text is too long to print");
	fwrite(out.p, 1, out.n, stdout);
	return CLI_OK;
}

enum cli_exit cli_config_defaults(struct cli *c)
{
	return print_text(c, config_print_defaults);
}

enum cli_exit cli_config_manual(struct cli *c)
{
	return print_text(c, config_print_manual);
}

enum cli_exit cli_config_certificate(struct cli *c)
{
	static const char *const loopback[] = { "127.0.0.1", "::1" };
	struct errinfo info = { 0 };

	if (tls_self_signed(c->args[0], loopback, 2, c->args[1], c->args[2], &info))
		return cli_error(CLI_FAILED, "%s", info.text);
	return CLI_OK;
}
