#include <string.h>

#include "src/config/config.h"
#include "src/smtp/smtp_priv.h"

enum {
	ON_SMTP = 1, /* MX and submission */
	ON_LMTP = 2,
	ON_ALL = 3,
	NO_ARGS = 4,
	NEEDS_HELO = 8,
};

/* The table of commands (RFC 5321 section 4.1.1 and extensions); those of every message first. */
static const struct {
	const char *name;
	unsigned flags;
	enum session_next (*run)(struct session *s, struct str args);
} commands[] = {
	{ "MAIL", ON_ALL | NEEDS_HELO, smtp_cmd_mail },
	{ "RCPT", ON_ALL | NEEDS_HELO, smtp_cmd_rcpt },
	{ "DATA", ON_ALL | NEEDS_HELO | NO_ARGS, smtp_cmd_data },
	{ "BDAT", ON_ALL,
	  smtp_cmd_bdat }, /* itself, because its chunk must be read whatever is wrong */
	{ "EHLO", ON_SMTP, smtp_cmd_ehlo },
	{ "LHLO", ON_LMTP, smtp_cmd_ehlo },
	{ "HELO", ON_SMTP, smtp_cmd_helo },
	{ "QUIT", ON_ALL | NO_ARGS, smtp_cmd_quit },
	{ "RSET", ON_ALL | NO_ARGS, smtp_cmd_rset },
	{ "NOOP", ON_ALL, smtp_cmd_noop },
	{ "STARTTLS", ON_ALL | NO_ARGS, smtp_cmd_starttls },
	{ "AUTH", ON_ALL | NEEDS_HELO, smtp_cmd_auth },
	{ "XCLIENT", ON_ALL, smtp_cmd_xclient },
	{ "VRFY", ON_ALL, smtp_cmd_vrfy },
	{ "EXPN", ON_ALL, smtp_cmd_expn },
	{ "HELP", ON_ALL, smtp_cmd_help },
	{ "TURN", ON_ALL, smtp_cmd_obsolete },
	{ "ETRN", ON_ALL, smtp_cmd_obsolete },
	{ "SEND", ON_ALL, smtp_cmd_obsolete },
	{ "SOML", ON_ALL, smtp_cmd_obsolete },
	{ "SAML", ON_ALL, smtp_cmd_obsolete },
	{ "GET", ON_ALL, smtp_cmd_foreign },
	{ "PUT", ON_ALL, smtp_cmd_foreign },
	{ "POST", ON_ALL, smtp_cmd_foreign },
	{ "CONNECT", ON_ALL, smtp_cmd_foreign },
};

/* Trailing blanks are no arguments (RFC 5321 section 4.1.1). */
static struct str trim_end(struct str s)
{
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

enum session_next smtp_command_run(struct session *s, struct str line)
{
	struct smtp_state *st = smtp_state(s);
	unsigned here = s->listener->protocol == CONFIG_PROTOCOL_LMTP ? ON_LMTP : ON_SMTP;
	struct str args = trim_end(line), verb;

	str_cut(&args, ' ', &verb);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (!(commands[i].flags & here) || !str_ieq(verb, str_c(commands[i].name)))
			continue;
		if ((commands[i].flags & NEEDS_HELO) && !st->has_helo)
			return smtp_reply_error(s, 503, "5.5.1",
			                        here == ON_LMTP ? "Send LHLO first"
			                                        : "Send EHLO first");
		if ((commands[i].flags & NO_ARGS) && args.n)
			return smtp_reply_error(s, 501, "5.5.4", "This command takes no arguments");
		return commands[i].run(s, args);
	}
	return smtp_reply_error(s, 500, "5.5.2", "Command not recognised");
}
