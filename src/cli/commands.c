#include "src/cli/commands.h"

#include <stdio.h>

#define PASSWORD_OPTIONS \
	{ "--password-stdin", NULL, "read the password from the standard input" }, \
	{ "--password-hash", "TEXT", "take an existing hash ($6$..., $argon2id$..., {SSHA}...) as it is" }

const struct cli_command cli_commands[] = {
	{ "domain", "add", "NAME", 1, 1,
	  { { "--alias-of", "DOMAIN", "every address in NAME stands for the same local part in DOMAIN" } },
	  "Receive mail for a domain.", cli_domain_add },
	{ "domain", "del", "NAME", 1, 1, { { 0 } }, "Remove a domain that has no users or aliases.", cli_domain_del },
	{ "domain", "list", "", 0, 0, { { 0 } }, "List the domains.", cli_domain_list },

	{ "user", "add", "ADDRESS", 1, 1,
	  { PASSWORD_OPTIONS,
	    { "--no-password", NULL, "nobody can log in until a password is set" },
	    { "--quota", "SIZE", "such as 500M or 10G; \"none\" for no limit" },
	    { "--name", "TEXT", "the person's name" },
	    { "--language", "en|ja", "of the folders that are made" } },
	  "Make a user with the usual folders.", cli_user_add },
	{ "user", "del", "ADDRESS", 1, 1,
	  { { "--yes", NULL, "do not ask" } },
	  "Delete a user and all of the user's mail.", cli_user_del },
	{ "user", "list", "[DOMAIN]", 0, 1, { { 0 } }, "List the users.", cli_user_list },
	{ "user", "show", "ADDRESS", 1, 1, { { 0 } }, "Show one user.", cli_user_show },
	{ "user", "password", "ADDRESS", 1, 1, { PASSWORD_OPTIONS }, "Set a user's password.", cli_user_password },
	{ "user", "quota", "ADDRESS SIZE", 2, 2, { { 0 } },
	  "Set a user's quota: a size, \"none\", or 0 for the default.", cli_user_quota },
	{ "user", "lock", "ADDRESS", 1, 1, { { 0 } }, "Refuse log-ins; mail is still accepted later (4xx).", cli_user_lock },
	{ "user", "unlock", "ADDRESS", 1, 1, { { 0 } }, "Allow log-ins and mail again.", cli_user_unlock },

	{ "alias", "add", "ADDRESS TARGET...", 2, CLI_ARGS_MAX, { { 0 } },
	  "Send mail for ADDRESS to the targets as well; \"@domain\" is the domain's catch-all.", cli_alias_add },
	{ "alias", "del", "ADDRESS [TARGET...]", 1, CLI_ARGS_MAX, { { 0 } },
	  "Remove targets of an alias, or all of it.", cli_alias_del },
	{ "alias", "list", "[DOMAIN]", 0, 1, { { 0 } }, "List the aliases.", cli_alias_list },

	{ "queue", "list", "", 0, 0,
	  { { "--dest", "DOMAIN", "only mail for this domain" } },
	  "List the mail that waits to be sent.", cli_queue_list },
	{ "trace", NULL, "ID|MESSAGE-ID|ADDRESS", 1, 1,
	  { { "--max", "NUMBER", "how many events at most, 200 without it" } },
	  "Tell what became of a message: one line for each event, newest first.", cli_trace },
	{ "status", NULL, "", 0, 0, { { 0 } }, "Show what the store holds.", cli_status },

	{ "store", "check", "", 0, 0,
	  { { "--repair", NULL, "mend counters that are wrong" } },
	  "Check integrity, counters, hashes and the balance of the ledger.", cli_store_check },
	{ "store", "backup", "DIRECTORY", 1, 1, { { 0 } },
	  "Make a consistent copy into an empty directory while the server works.", cli_store_backup },
	{ "store", "restore", "DIRECTORY", 1, 1, { { 0 } },
	  "Put a copy in place of an empty store; the server must not run.", cli_store_restore },
	{ "store", "upkeep", "", 0, 0, { { 0 } }, "Do one round of the regular upkeep now.", cli_store_upkeep },

	{ "config", "check", "", 0, 0, { { 0 } }, "Check the configuration file and say what is wrong.", cli_config_check },
	{ "config", "show", "[SECTION[.OPTION]]", 0, 1, { { 0 } }, "Show the options in force.", cli_config_show },
	{ "config", "defaults", "", 0, 0, { { 0 } }, "Print a configuration file with every option and its default.",
	  cli_config_defaults },
	{ "config", "manual", "", 0, 0, { { 0 } }, "Print the options as manual page source.", cli_config_manual },
	{ "config", "certificate", "NAME CERTIFICATE KEY", 3, 3, { { 0 } },
	  "Make a self-signed certificate for NAME, for trying things out.", cli_config_certificate },
	{ "completion", "bash", "", 0, 0, { { 0 } }, "Print a completion script for bash.", cli_completion },
	{ "version", NULL, "", 0, 0, { { 0 } }, "Print the version.", cli_version },
	{ 0 },
};

enum cli_exit cli_version(struct cli *c)
{
	static const char *const names[] = { "version" };
	struct cli_value value = CLI_TEXT(STR(TAYORI_VERSION));

	if (c->is_json)
		cli_record(c, names, &value, 1);
	else
		printf("tayori %s\n", TAYORI_VERSION);
	return CLI_OK;
}
