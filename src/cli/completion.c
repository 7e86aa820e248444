#include <stdio.h>
#include <string.h>

#include "src/cli/cli.h"

/* Verbs of one noun, each once (the table keeps a noun's verbs together). */
static void print_verbs(const char *noun)
{
	for (const struct cli_command *cmd = cli_commands; cmd->noun; cmd++)
		if (cmd->verb && strcmp(cmd->noun, noun) == 0)
			printf(" %s", cmd->verb);
}

static void print_options(const struct cli_command *cmd)
{
	printf("\t\"%s%s%s\") words=\"--json --config", cmd->noun, cmd->verb ? " " : "",
	       cmd->verb ? cmd->verb : "");
	for (const struct cli_option *o = cmd->options;
	     o < cmd->options + CLI_OPTIONS_MAX && o->name; o++)
		printf(" %s", o->name);
	printf("\" ;;\n");
}

enum cli_exit cli_completion(struct cli *c)
{
	const char *last = "";

	(void)c;
	puts("# bash completion for tayori");
	puts("_tayori()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} words=\"\" w");
	puts("\tlocal -a said=()");
	puts("\tfor w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do [[ $w == -* ]] || said+=(\"$w\"); "
	     "done");
	puts("\tif ((${#said[@]} == 0)); then\n\t\twords=\"serve help --json --config\"");
	for (const struct cli_command *cmd = cli_commands; cmd->noun; cmd++) {
		if (strcmp(cmd->noun, last) != 0)
			printf("\t\twords+=\" %s\"\n", cmd->noun);
		last = cmd->noun;
	}
	puts("\telif ((${#said[@]} == 1)); then\n\t\tcase ${said[0]} in");
	last = "";
	for (const struct cli_command *cmd = cli_commands; cmd->noun; cmd++) {
		if (cmd->verb && strcmp(cmd->noun, last) != 0) {
			printf("\t\t%s) words=\"", cmd->noun);
			print_verbs(cmd->noun);
			printf("\" ;;\n");
		}
		last = cmd->noun;
	}
	puts("\t\tesac\n\tfi");
	puts("\tif [[ $cur == -* ]]; then\n\tcase \"${said[*]:0:2}\" in");
	for (const struct cli_command *cmd = cli_commands; cmd->noun; cmd++)
		print_options(cmd);
	puts("\tesac\n\tfi");
	puts("\tif [[ -z $words ]]; then\n\t\tcompopt -o default; COMPREPLY=()\n\telse");
	puts("\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n\tfi\n}");
	puts("complete -F _tayori tayori");
	return CLI_OK;
}
