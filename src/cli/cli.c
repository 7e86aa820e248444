#include "src/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/log.h"
#include "src/base/must.h"

static const char general_help[] =
	"Usage: tayori [--config FILE] [--json] NOUN VERB [ARGUMENT...]\n"
	"       tayori serve [--config FILE]        run the mail server\n"
	"       tayori help NOUN                    what can be done with a noun\n"
	"       tayori completion bash              print a completion script\n\n";

const char *cli_option(const struct cli *c, const char *name)
{
	for (int i = 0; i < CLI_OPTIONS_MAX && c->command->options[i].name; i++)
		if (strcmp(c->command->options[i].name, name) == 0)
			return c->option_values[i];
	must(false && "an option that the table does not have");
	return NULL;
}

static void print_command(FILE *out, const struct cli_command *cmd)
{
	fprintf(out, "  tayori %s%s%s%s%s", cmd->noun, cmd->verb ? " " : "",
	        cmd->verb ? cmd->verb : "", *cmd->arguments ? " " : "", cmd->arguments);
	for (const struct cli_option *o = cmd->options;
	     o < cmd->options + CLI_OPTIONS_MAX && o->name; o++)
		fprintf(out, " [%s%s%s]", o->name, o->argument ? " " : "",
		        o->argument ? o->argument : "");
	fprintf(out, "\n      %s\n", cmd->prose);
	for (const struct cli_option *o = cmd->options;
	     o < cmd->options + CLI_OPTIONS_MAX && o->name; o++)
		fprintf(out, "      %s%s%s: %s\n", o->name, o->argument ? " " : "",
		        o->argument ? o->argument : "", o->prose);
}

static enum cli_exit print_help(const char *noun)
{
	bool is_found = false;

	for (const struct cli_command *cmd = cli_commands; cmd->noun; cmd++) {
		if (noun && strcmp(noun, cmd->noun) != 0)
			continue;
		if (!noun && !is_found)
			fputs(general_help, stdout);
		is_found = true;
		print_command(stdout, cmd);
	}
	if (!is_found)
		return cli_error(CLI_USAGE, "there is no noun \"%s\"; see \"tayori help\"", noun);
	return CLI_OK;
}

/* The command named by the first words; `*n_words_r` is how many of them it took. */
static const struct cli_command *find_command(char **words, int n_words, int *n_words_r)
{
	for (const struct cli_command *cmd = cli_commands; cmd->noun; cmd++) {
		if (n_words < 1 || strcmp(words[0], cmd->noun) != 0)
			continue;
		if (!cmd->verb) {
			*n_words_r = 1;
			return cmd;
		}
		if (n_words > 1 && strcmp(words[1], cmd->verb) == 0) {
			*n_words_r = 2;
			return cmd;
		}
	}
	return NULL;
}

static enum cli_exit unknown_command(char **words, int n_words)
{
	bool is_noun = false;

	for (const struct cli_command *cmd = cli_commands; cmd->noun; cmd++) {
		if (strcmp(cmd->noun, words[0]) != 0)
			continue;
		if (!is_noun) {
			if (n_words > 1)
				fprintf(stderr,
				        "tayori: \"%s\" has no verb \"%s\"; it has:", words[0],
				        words[1]);
			else
				fprintf(stderr, "tayori: \"%s\" needs a verb:", words[0]);
		}
		is_noun = true;
		fprintf(stderr, " %s", cmd->verb ? cmd->verb : "");
	}
	if (is_noun)
		fputc('\n', stderr);
	else
		fprintf(stderr, "tayori: there is no noun \"%s\"; see \"tayori help\"\n", words[0]);
	return CLI_USAGE;
}

/* Take one "--option", with its value from `=` or the next word; how many words it took, 0 when
 * unknown. */
static int take_option(struct cli *c, char **words, int n_words, enum cli_exit *failed_r)
{
	const char *equals = strchr(words[0], '=');
	size_t n = equals ? (size_t)(equals - words[0]) : strlen(words[0]);

	for (int i = 0; c->command && i < CLI_OPTIONS_MAX && c->command->options[i].name; i++) {
		const struct cli_option *o = &c->command->options[i];

		if (strlen(o->name) != n || strncmp(o->name, words[0], n) != 0)
			continue;
		if (!o->argument) {
			if (equals)
				*failed_r = cli_error(CLI_USAGE, "%s takes no value", o->name);
			c->option_values[i] = "";
			return 1;
		}
		if (equals) {
			c->option_values[i] = equals + 1;
			return 1;
		}
		if (n_words < 2) {
			*failed_r = cli_error(CLI_USAGE, "%s needs a value: %s", o->name,
			                      o->argument);
			return 1;
		}
		c->option_values[i] = words[1];
		return 2;
	}
	return 0;
}

/* Options that every command has; words taken, 0 when it is none. */
static int take_common(struct cli *c, char **words, int n_words, enum cli_exit *failed_r)
{
	if (strcmp(words[0], "--json") == 0) {
		c->is_json = true;
		return 1;
	}
	if (strncmp(words[0], "--config=", 9) == 0) {
		c->config_path = words[0] + 9;
		return 1;
	}
	if (strcmp(words[0], "--config") != 0 && strcmp(words[0], "-c") != 0)
		return 0;
	if (n_words < 2) {
		*failed_r = cli_error(CLI_USAGE, "%s needs a file name", words[0]);
		return 1;
	}
	c->config_path = words[1];
	return 2;
}

static enum cli_exit take_words(struct cli *c, char **words, int n_words)
{
	enum cli_exit failed = CLI_OK;
	bool has_options_ended = false;

	while (n_words > 0 && failed == CLI_OK) {
		int taken = 0;

		if (!has_options_ended && strcmp(words[0], "--") == 0) {
			has_options_ended = true;
			taken = 1;
		} else if (!has_options_ended && words[0][0] == '-' && words[0][1]) {
			taken = take_common(c, words, n_words, &failed);
			if (!taken)
				taken = take_option(c, words, n_words, &failed);
			if (!taken)
				return cli_error(CLI_USAGE,
				                 "unknown option \"%s\"; see \"tayori help %s\"",
				                 words[0], c->command->noun);
		} else if (c->n_args == CLI_ARGS_MAX) {
			return cli_error(CLI_USAGE, "more than %d arguments", CLI_ARGS_MAX);
		} else {
			c->args[c->n_args++] = words[0];
			taken = 1;
		}
		words += taken;
		n_words -= taken;
	}
	return failed;
}

static enum cli_exit run_command(struct cli *c)
{
	const struct cli_command *cmd = c->command;

	if (c->n_args < cmd->min_args || c->n_args > cmd->max_args) {
		fputs("tayori: wrong number of arguments. Usage:\n", stderr);
		print_command(stderr, cmd);
		return CLI_USAGE;
	}
	return cmd->run(c);
}

static enum cli_exit dispatch(struct cli *c, int n_words, char **words)
{
	static char version_word[] = "version";
	enum cli_exit failed = CLI_OK;
	int taken = 0;

	while (n_words > 0 && words[0][0] == '-' && failed == CLI_OK) {
		if (strcmp(words[0], "--help") == 0 || strcmp(words[0], "-h") == 0)
			return print_help(NULL);
		if (strcmp(words[0], "--version") == 0) {
			words[0] = version_word;
			break;
		}
		taken = take_common(c, words, n_words, &failed);
		if (!taken)
			return cli_error(CLI_USAGE, "unknown option \"%s\"; see \"tayori help\"",
			                 words[0]);
		words += taken;
		n_words -= taken;
	}
	if (failed != CLI_OK)
		return failed;
	if (n_words == 0 || strcmp(words[0], "help") == 0)
		return print_help(n_words > 1 ? words[1] : NULL);
	c->command = find_command(words, n_words, &taken);
	if (!c->command)
		return unknown_command(words, n_words);
	failed = take_words(c, words + taken, n_words - taken);
	return failed != CLI_OK ? failed : run_command(c);
}

int cli_main(int argc, char **argv)
{
	struct cli c = { .arena = arena_new(NULL) };
	enum cli_exit code;

	log_setup("cli", LOG_LEVEL_WARN, LOG_TARGET_STDERR, false);
	c.config_path = getenv("TAYORI_CONFIG");
	if (!c.config_path || !*c.config_path)
		c.config_path = "/etc/tayori/tayori.conf";
	code = dispatch(&c, argc - 1, argv + 1);
	cli_close(&c);
	arena_free(&c.arena);
	if (fflush(stdout) != 0 && code == CLI_OK)
		code = cli_error(CLI_FAILED, "cannot write the output");
	return (int)code;
}
