#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/cli/commands.h"
#include "src/directory/password.h"
#include "src/store/store.h"

enum {
	SLICE = 500
};

static const char *const state_names[] = { "active", "locked", "moving", "moved", "deleted" };

static struct str state_name(uint32_t state)
{
	return str_c(state < sizeof state_names / sizeof *state_names ? state_names[state] : "?");
}

/* The password that the options ask for. */
static enum cli_exit get_password(struct cli *c, struct str *password_r, bool *is_hashed_r)
{
	const char *hash = cli_option(c, "--password-hash");

	*is_hashed_r = hash != NULL;
	if (!hash)
		return cli_read_password(c, cli_option(c, "--password-stdin") != NULL, password_r);
	*password_r = str_c(hash);
	if (!directory_password_is_known(*password_r))
		return cli_error(
			CLI_USAGE,
			"the hash is of no scheme that can be checked: give a crypt(3) form "
			"($6$...), $argon2id$..., or {SCHEME}...");
	return CLI_OK;
}

enum cli_exit cli_user_add(struct cli *c)
{
	const char *quota = cli_option(c, "--quota"), *language = cli_option(c, "--language");
	struct store_account_add_req q = {
		.address = str_c(c->args[0]),
		.name = str_c(cli_option(c, "--name")),
		.language = str_c(language ? language : "en"),
	};
	struct store_account_add_res r;
	enum cli_exit code = CLI_OK;
	enum err e;

	if (quota && !cli_parse_size(quota, &q.quota_bytes))
		return cli_error(CLI_USAGE, "\"%s\" is no size: write 500M, 10G or none", quota);
	if (language && strcmp(language, "en") != 0 && strcmp(language, "ja") != 0)
		return cli_error(CLI_USAGE, "--language is en or ja, not \"%s\"", language);
	if (!cli_option(c, "--no-password"))
		code = get_password(c, &q.password, &q.is_hashed);
	if (code == CLI_OK)
		code = cli_open_store(c);
	if (code != CLI_OK)
		return code;
	e = store_account_add(c->store, c->arena, &q, &r);
	return e ? cli_fail(c, e, "add user", c->args[0]) : CLI_OK;
}

static bool confirm(const char *what)
{
	char line[16];

	if (!isatty(STDIN_FILENO))
		return false;
	fprintf(stderr, "Delete %s and all mail? [y/N] ", what);
	return fgets(line, sizeof line, stdin) && (line[0] == 'y' || line[0] == 'Y');
}

enum cli_exit cli_user_del(struct cli *c)
{
	struct store_account_del_req q = { .address = str_c(c->args[0]) };
	enum cli_exit code;
	enum err e;

	if (!cli_option(c, "--yes") && !confirm(c->args[0]))
		return cli_error(CLI_USAGE, "nothing was deleted: say yes, or give --yes");
	code = cli_open_store(c);
	if (code != CLI_OK)
		return code;
	e = store_account_del(c->store, &q);
	return e ? cli_fail(c, e, "delete user", c->args[0]) : CLI_OK;
}

static enum err print_users(struct cli_list *l)
{
	struct store_account_list_req q = {
		.after = l->after,
		.max = CLI_SLICE_ROWS,
		.is_apop_only = cli_option(l->cli, "--apop") != NULL,
	};
	struct store_account_list_res r = { 0 };
	enum err e;

	if (l->cli->n_args)
		q.domain = str_c(l->cli->args[0]);
	e = store_account_list(l->cli->store, l->arena, &q, &r);
	for (size_t i = 0; !e && i < r.n_accounts; i++) {
		const struct store_account *u = &r.accounts[i];
		const struct cli_value values[] = {
			CLI_TEXT(u->address),
			CLI_TEXT(u->name),
			CLI_TEXT(state_name(u->state)),
			CLI_NUMBER(u->used_msgs),
			CLI_SIZE(u->used_bytes),
			CLI_SIZE(u->quota_bytes),
			CLI_TEXT(u->scheme),
			CLI_TIME(u->last_login_ms),
		};

		cli_table_row(l->table, values);
		l->after = str_dup(l->cli->arena, u->address);
	}
	l->has_more = r.has_more && r.n_accounts;
	return e;
}

enum cli_exit cli_user_list(struct cli *c)
{
	static const char *const columns[] = { "address", "name",  "state",    "messages",
		                               "used",    "quota", "password", "last_login" };

	return cli_list_print(c, "users", columns, 8, print_users);
}

static struct cli_value message_quota(uint64_t n)
{
	return n == STORE_QUOTA_NONE ? CLI_SIZE(n) : CLI_NUMBER(n);
}

enum cli_exit cli_user_show(struct cli *c)
{
	static const char *const names[] = { "address",   "name", "state",   "messages",
		                             "mailboxes", "used", "quota",   "message_quota",
		                             "password",  "apop", "created", "last_login" };
	struct store_account_list_req q = { .address = str_c(c->args[0]), .max = 1 };
	struct store_account_list_res r = { 0 };
	enum cli_exit code = cli_open_store(c);
	enum err e;

	if (code != CLI_OK)
		return code;
	e = store_account_list(c->store, c->arena, &q, &r);
	if (!e && r.n_accounts == 0)
		e = ERR_NOTFOUND;
	if (e)
		return cli_fail(c, e, "show user", c->args[0]);
	cli_record(c, names,
	           (const struct cli_value[]){
			   CLI_TEXT(r.accounts->address), CLI_TEXT(r.accounts->name),
			   CLI_TEXT(state_name(r.accounts->state)),
			   CLI_NUMBER(r.accounts->used_msgs), CLI_NUMBER(r.accounts->mailboxes),
			   CLI_SIZE(r.accounts->used_bytes), CLI_SIZE(r.accounts->quota_bytes),
			   message_quota(r.accounts->quota_msgs), CLI_TEXT(r.accounts->scheme),
			   CLI_BOOL(r.accounts->has_apop), CLI_TIME(r.accounts->created_ms),
			   CLI_TIME(r.accounts->last_login_ms) },
	           sizeof names / sizeof *names);
	return CLI_OK;
}

static enum cli_exit set(struct cli *c, const struct store_account_set_req *q)
{
	enum cli_exit code = cli_open_store(c);
	enum err e;

	if (code != CLI_OK)
		return code;
	e = store_account_set(c->store, q);
	return e ? cli_fail(c, e, "change user", c->args[0]) : CLI_OK;
}

enum cli_exit cli_user_password(struct cli *c)
{
	struct store_account_set_req q = { .address = str_c(c->args[0]),
		                           .set = STORE_ACCOUNT_PASSWORD };
	enum cli_exit code = get_password(c, &q.password, &q.is_hashed);

	return code != CLI_OK ? code : set(c, &q);
}

enum cli_exit cli_user_quota(struct cli *c)
{
	struct store_account_set_req q = { .address = str_c(c->args[0]),
		                           .set = STORE_ACCOUNT_QUOTA,
		                           .quota_msgs = STORE_QUOTA_NONE };
	const char *messages = cli_option(c, "--messages");

	if (!cli_parse_size(c->args[1], &q.quota_bytes))
		return cli_error(CLI_USAGE,
		                 "\"%s\" is no size: write 500M, 10G, none, or 0 for the default",
		                 c->args[1]);
	if (messages && strcmp(messages, "none") != 0 &&
	    !str_to_u64(str_c(messages), UINT32_MAX, &q.quota_msgs))
		return cli_error(CLI_USAGE,
		                 "\"%s\" is no number: write 10000, none, or 0 for the default",
		                 messages);
	if (messages)
		q.set |= STORE_ACCOUNT_QUOTA_MSGS;
	return set(c, &q);
}

/* The secret of APOP is another one than the password, which nobody can read. */
static enum cli_exit get_apop(struct cli *c, struct store_account_set_req *q)
{
	const char *apop = cli_option(c, "--apop");
	bool from_stdin = cli_option(c, "--password-stdin") != NULL;

	if (!apop)
		return from_stdin ? cli_error(CLI_USAGE, "--password-stdin goes with --apop on")
		                  : CLI_OK;
	q->set |= STORE_ACCOUNT_APOP;
	if (strcmp(apop, "off") == 0)
		return CLI_OK;
	if (strcmp(apop, "on") != 0)
		return cli_error(CLI_USAGE, "--apop is on or off, not \"%s\"", apop);
	return cli_read_password(c, from_stdin, &q->apop_secret);
}

enum cli_exit cli_user_set(struct cli *c)
{
	struct store_account_set_req q = { .address = str_c(c->args[0]) };
	const char *name = cli_option(c, "--name");
	enum cli_exit code = get_apop(c, &q);

	if (code != CLI_OK)
		return code;
	if (name) {
		q.set |= STORE_ACCOUNT_NAME;
		q.name = str_c(name);
	}
	return q.set ? set(c, &q) : cli_error(CLI_USAGE, "nothing to set: give --name or --apop");
}

enum cli_exit cli_user_lock(struct cli *c)
{
	return set(c, &(struct store_account_set_req){ .address = str_c(c->args[0]),
	                                               .set = STORE_ACCOUNT_STATE,
	                                               .state = STORE_ACCOUNT_LOCKED });
}

enum cli_exit cli_user_unlock(struct cli *c)
{
	return set(c, &(struct store_account_set_req){ .address = str_c(c->args[0]),
	                                               .set = STORE_ACCOUNT_STATE,
	                                               .state = STORE_ACCOUNT_ACTIVE });
}
