#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/cli/cli.h"
#include "src/config/config.h"
#include "src/directory/password.h"
#include "src/store/options.h"
#include "src/store/store.h"

enum cli_exit cli_error(enum cli_exit code, const char *format, ...)
{
	va_list args;

	fputs("tayori: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return code;
}

enum cli_exit cli_exit_of(enum err e)
{
	switch (e) {
	case ERR_OK:
		return CLI_OK;
	case ERR_NOTFOUND:
		return CLI_NOTFOUND;
	case ERR_EXISTS:
		return CLI_EXISTS;
	case ERR_INVALID:
		return CLI_USAGE;
	case ERR_TEMP:
	case ERR_BUSY:
	case ERR_IO:
	case ERR_TIMEOUT:
	case ERR_LIMIT:
	case ERR_QUOTA:
		return CLI_TRYLATER;
	case ERR_PERM:
	case ERR_DENIED:
	case ERR_AUTH:
	case ERR_PROTO:
	case ERR_CORRUPT:
	case ERR_CANCELLED:
	case ERR_COUNT:
		break;
	}
	return CLI_FAILED;
}

/* What is said when the store gave no text of its own. */
static const char *sentence(enum err e)
{
	switch (cli_exit_of(e)) {
	case CLI_NOTFOUND:
		return "there is no such thing";
	case CLI_EXISTS:
		return "it exists already";
	case CLI_USAGE:
		return "a value is malformed";
	case CLI_TRYLATER:
		return "the store cannot do it now; look at the server's log and try again";
	case CLI_OK:
	case CLI_FAILED:
	case CLI_CONFIG:
		break;
	}
	return err_name(e);
}

enum cli_exit cli_fail(struct cli *c, enum err e, const char *doing, const char *what)
{
	const struct errinfo *info = c->store ? store_errinfo(c->store) : NULL;

	return cli_error(cli_exit_of(e), "cannot %s %s: %s", doing, what,
	                 info && info->kind == e && info->text[0] ? info->text : sentence(e));
}

enum cli_exit cli_open_config(struct cli *c)
{
	struct errinfo info = { 0 };

	if (c->config)
		return CLI_OK;
	if (config_load(c->config_path, &c->config, &info))
		return cli_error(CLI_CONFIG, "%s", info.text);
	return CLI_OK;
}

/* Does a server answer on this socket? */
static bool is_served(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	bool is_there;
	int fd;

	if (strlen(path) >= sizeof address.sun_path)
		return false;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	is_there = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
	close(fd);
	return is_there;
}

/*
 * What root makes must belong to the user that the server's roles run as. A command that opens the
 * store itself becomes that user first, for good: it needs no more.
 */
static enum cli_exit become_owner(const struct config *config)
{
	const char *path = config->server.data_directory;
	const struct passwd *user;

	if (geteuid() != 0 || !*config->server.user)
		return CLI_OK;
	user = getpwnam(config->server.user);
	if (!user)
		return CLI_OK; /* then the roles stay root as well */
	if (mkdir(path, 0700) == 0 && chown(path, user->pw_uid, user->pw_gid) != 0)
		return cli_error(CLI_FAILED, "cannot give %s to %s: %s", path, user->pw_name,
		                 strerror(errno));
	if (initgroups(user->pw_name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 ||
	    setuid(user->pw_uid) != 0)
		return cli_error(CLI_FAILED, "cannot become %s: %s", user->pw_name,
		                 strerror(errno));
	return CLI_OK;
}

enum cli_exit cli_own_store(struct cli *c)
{
	const char *path = c->config->server.data_directory;
	const struct passwd *user = getpwnam(c->config->server.user);
	struct str file = str_printf(c->arena, "%s/tayori.db", path);

	if (geteuid() != 0 || !user)
		return CLI_OK;
	if (chown(path, user->pw_uid, user->pw_gid) != 0 ||
	    chown((const char *)file.p, user->pw_uid, user->pw_gid) != 0)
		return cli_error(CLI_FAILED, "cannot give %s to %s: %s", path, user->pw_name,
		                 strerror(errno));
	return CLI_OK;
}

enum cli_exit cli_open_store(struct cli *c)
{
	struct store_options options;
	struct errinfo info = { 0 };
	enum cli_exit code = cli_open_config(c);
	struct str path;

	if (code != CLI_OK || c->store)
		return code;
	path = str_printf(c->arena, "%s/admin.sock", c->config->server.run_directory);
	if (is_served((const char *)path.p)) {
		c->store = store_open_socket((const char *)path.p);
		return CLI_OK;
	}
	code = become_owner(c->config);
	if (code != CLI_OK)
		return code;
	store_options_from_config(&options, c->config);
	if (store_engine_open(&options, &c->engine, &info))
		return cli_error(cli_exit_of(info.kind), "cannot open the store: %s", info.text);
	c->store = store_open_local(c->engine, STORE_CALLER_ADMIN);
	return CLI_OK;
}

void cli_close(struct cli *c)
{
	if (c->store)
		store_close(&c->store);
	if (c->engine)
		store_engine_close(&c->engine);
	if (c->config)
		config_unref(&c->config);
}

static enum cli_exit read_stdin(struct cli *c, struct str *password_r)
{
	struct buf b = buf_in(c->arena, DIRECTORY_PASSWORD_MAX_BYTES + 2);
	unsigned char piece[512];
	struct str s;
	ssize_t n;

	while ((n = read(STDIN_FILENO, piece, sizeof piece)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cli_error(CLI_FAILED, "cannot read the password: %s",
			                 strerror(errno));
		if (buf_add(&b, str_make(piece, (size_t)n)))
			return cli_error(CLI_USAGE, "a password has at most %d octets",
			                 DIRECTORY_PASSWORD_MAX_BYTES);
	}
	s = buf_str(&b);
	if (str_ends(s, STR("\r\n")))
		s.n -= 2;
	else if (str_ends(s, STR("\n")))
		s.n -= 1;
	*password_r = s;
	return CLI_OK;
}

static bool ask(struct cli *c, const char *prompt, struct str *line_r)
{
	struct termios was, hidden;
	char line[DIRECTORY_PASSWORD_MAX_BYTES + 2];
	bool is_read;

	if (tcgetattr(STDIN_FILENO, &was) != 0)
		return false;
	hidden = was;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	fputs(prompt, stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	is_read = fgets(line, sizeof line, stdin) != NULL;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
	fputc('\n', stderr);
	if (!is_read)
		return false;
	line[strcspn(line, "\n")] = 0;
	*line_r = str_dup(c->arena, str_c(line));
	explicit_bzero(line, sizeof line);
	return true;
}

enum cli_exit cli_read_password(struct cli *c, bool from_stdin, struct str *password_r)
{
	struct str first = { 0 }, second;
	enum cli_exit code;

	if (from_stdin) {
		code = read_stdin(c, &first);
		if (code != CLI_OK)
			return code;
	} else {
		if (!isatty(STDIN_FILENO))
			return cli_error(
				CLI_USAGE,
				"no terminal to ask for the password: use --password-stdin");
		if (!ask(c, "New password: ", &first) || !ask(c, "Once more: ", &second))
			return cli_error(CLI_FAILED, "cannot read the password");
		if (!str_eq(first, second))
			return cli_error(CLI_USAGE, "the two are not the same");
	}
	if (first.n == 0)
		return cli_error(CLI_USAGE, "a password has at least one octet");
	if (first.n > DIRECTORY_PASSWORD_MAX_BYTES)
		return cli_error(CLI_USAGE, "a password has at most %d octets",
		                 DIRECTORY_PASSWORD_MAX_BYTES);
	*password_r = first;
	return CLI_OK;
}

bool cli_parse_size(const char *text, uint64_t *bytes_r)
{
	static const char units[] = "KMGT";
	struct str s = str_c(text);
	unsigned shift = 0;
	uint64_t value;

	if (str_ieq(s, STR("none"))) {
		*bytes_r = STORE_QUOTA_NONE;
		return true;
	}
	if (s.n > 1) {
		const char *unit = strchr(units, s.p[s.n - 1] & ~0x20);

		if (unit && *unit) {
			shift = 10 * (unsigned)(unit - units + 1);
			s.n--;
		}
	}
	if (!str_to_u64(s, (uint64_t)INT64_MAX >> shift, &value))
		return false;
	*bytes_r = value << shift;
	return true;
}
