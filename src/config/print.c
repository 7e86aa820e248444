#include <string.h>

#include "src/base/buf.h"
#include "src/config/config.h"
#include "src/config/option.h"
#include "src/config/tables_priv.h"

enum {
	COMMENT_WIDTH = 78
};

/* ---------------------------------------------------------------- the default file */

/* `text` in lines of comment, broken at blanks. */
static enum err print_comment(struct buf *out, const char *indent, const char *text)
{
	struct str rest = str_c(text), word;
	size_t column = 0, width = strlen(indent) + 1;

	while (rest.n) {
		str_cut(&rest, ' ', &word);
		if (column == 0 || column + 1 + word.n > COMMENT_WIDTH) {
			if (buf_printf(out, "%s%s#", column ? "\n" : "", indent))
				return ERR_LIMIT;
			column = width;
		}
		if (buf_printf(out, " %.*s", STR_ARG(word)))
			return ERR_LIMIT;
		column += 1 + word.n;
	}
	return buf_add_byte(out, '\n');
}

static enum err print_default_option(struct buf *out, const struct option *o,
                                     const struct config *c)
{
	if (print_comment(out, "\t", o->prose) || buf_printf(out, "\t#%s = ", o->name))
		return ERR_LIMIT;
	/* What the machine is called is no default to write down. */
	if (strcmp(o->name, "hostname") == 0 ? buf_add_c(out, "\"\"") : option_format(o, c, out))
		return ERR_LIMIT;
	return buf_add_byte(out, '\n');
}

static const char listener_example[] =
	"listener \"mx\" {\n\tprotocol = smtp\n\taddress = \"*\"\n\tport = 25\n\ttls = none\n}\n";

enum err config_print_defaults(struct buf *out)
{
	const struct config *c = config_defaults();
	const char *section = "";
	enum err e = buf_add_c(
		out, "# Configuration of tayori; tayori.conf(5) describes it. What stands behind a "
		     "# is the default.\n");

	for (const struct option *o = option_first(); o && !e; o = option_next(o)) {
		if (strcmp(section, o->section) != 0) {
			e = buf_add_c(out, section[0] ? "}\n\n" : "\n");
			if (!e)
				e = print_comment(out, "", option_section_prose(o->section));
			if (!e)
				e = buf_printf(out, "%s {\n", o->section);
			section = o->section;
		}
		if (!e)
			e = print_default_option(out, o, c);
	}
	if (!e)
		e = buf_add_c(out, "}\n\n");
	if (!e)
		e = print_comment(out, "", option_section_prose("listener"));
	if (!e)
		e = buf_add_c(out, listener_example);
	config_unref(&c);
	return e;
}

/* ---------------------------------------------------------------- the manual */

static const char manual_head[] =
	".\\\" Made from the option tables by `tayori config manual`; change those, not this.\n"
	".Dd November 1, 2026\n"
	".Dt TAYORI.CONF 5\n"
	".Os\n"
	".Sh NAME\n"
	".Nm tayori.conf\n"
	".Nd configuration of the mail system tayori\n"
	".Sh DESCRIPTION\n"
	"The file is text in UTF-8 of sections, each with options:\n"
	".Bd -literal -offset indent\n"
	"limits {\n"
	"\tmessage_max = 20M\n"
	"}\n"
	"listener \"submissions\" {\n"
	"\tprotocol = submission\n"
	"\tport = 465\n"
	"\ttls = implicit\n"
	"}\n"
	".Ed\n"
	".Pp\n"
	"What stands behind\n"
	".Sq #\n"
	"or\n"
	".Sq // ,\n"
	"or between\n"
	".Sq /*\n"
	"and\n"
	".Sq */ ,\n"
	"is a comment.\n"
	"A value with blanks or with one of = { } ( ) + , stands in double quotes,\n"
	"where \\e is put before a double quote and before another \\e,\n"
	"or in single quotes.\n"
	"A list stands in braces, with commas between its values.\n"
	"Sizes take the units K, M and G, durations the units ms, s, m, h and d.\n"
	"A relative path starts at the directory of the file.\n"
	"An option is written once; one that is not written has its default.\n"
	".Pp\n"
	"An error in the file is told with its line, the option and what to write\n"
	"instead, and a running server keeps what it had.\n"
	"On a reload new sessions take the new values; options marked\n"
	".Dq restart\n"
	"take effect when the server is started again.\n"
	".Pp\n"
	".Dl tayori config check\n"
	".Pp\n"
	"looks at the file without using it.\n";

static const char manual_tail[] =
	".Sh FILES\n"
	".Bl -tag -width Ds\n"
	".It Pa /etc/tayori/tayori.conf\n"
	"The file that is read when no other is named.\n"
	".El\n"
	".Sh EXAMPLES\n"
	"A server for a small organisation:\n"
	".Bd -literal -offset indent\n"
	"server {\n"
	"\thostname = mail.example.org\n"
	"\tdefault_domain = example.org\n"
	"}\n"
	"tls {\n"
	"\tcertificate = \"/etc/tayori/mail.example.org.pem\"\n"
	"\tkey = \"/etc/tayori/mail.example.org.key\"\n"
	"}\n"
	"listener \"mx\" { protocol = smtp port = 25 }\n"
	"listener \"submission\" { protocol = submission port = 587 }\n"
	"listener \"submissions\" { protocol = submission port = 465 tls = implicit }\n"
	"listener \"imap\" { protocol = imap port = 143 }\n"
	"listener \"imaps\" { protocol = imap port = 993 tls = implicit }\n"
	"listener \"pop3s\" { protocol = pop3 port = 995 tls = implicit }\n"
	".Ed\n"
	".Sh SEE ALSO\n"
	".Xr tayori 1\n";

/* A word of plain text: a backslash is doubled, a leading dot or quote hidden. */
static enum err print_word(struct buf *out, struct str word, bool is_first)
{
	if (is_first && word.n && (word.p[0] == '.' || word.p[0] == '\'') && buf_add_c(out, "\\&"))
		return ERR_LIMIT;
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] == '\\' ? buf_add_c(out, "\\e") : buf_add_byte(out, word.p[i]))
			return ERR_LIMIT;
	}
	return ERR_OK;
}

/* Text for mdoc: a sentence ends its line, and no line is long. */
static enum err print_prose(struct buf *out, const char *text)
{
	struct str rest = str_c(text), word;
	size_t column = 0;

	while (rest.n) {
		str_cut(&rest, ' ', &word);
		if (column && column + 1 + word.n > COMMENT_WIDTH) {
			if (buf_add_byte(out, '\n'))
				return ERR_LIMIT;
			column = 0;
		}
		if ((column && buf_add_byte(out, ' ')) || print_word(out, word, column == 0))
			return ERR_LIMIT;
		column += 1 + word.n;
		if (str_ends(word, STR(".")) && rest.n) {
			if (buf_add_byte(out, '\n'))
				return ERR_LIMIT;
			column = 0;
		}
	}
	return buf_add_byte(out, '\n');
}

static enum err print_choices(struct buf *out, const struct option *o)
{
	enum err e = ERR_OK;

	for (size_t i = 0; o->choices[i] && !e; i++)
		e = buf_printf(out, "%s%s", i ? " | " : "", o->choices[i]);
	return e;
}

static enum err print_default(struct buf *out, const struct option *o)
{
	if (!o->default_value)
		return buf_add_c(out, ".Pp\nMust be given");
	if (o->default_value[0] == 0)
		return buf_add_c(out, ".Pp\nDefault: empty");
	return buf_printf(out, ".Pp\nDefault: %s", o->default_value);
}

static enum err print_manual_option(struct buf *out, const struct option *o)
{
	bool has_range = o->type == OPTION_NUMBER || o->type == OPTION_PORT;

	if (buf_printf(out, ".It Ic %s Li =\n", o->name) || print_prose(out, o->prose))
		return ERR_LIMIT;
	if (print_default(out, o))
		return ERR_LIMIT;
	if (buf_add_c(out, "; ") ||
	    (o->type == OPTION_CHOICE ? print_choices(out, o)
	                              : buf_add_c(out, option_type_help(o->type))))
		return ERR_LIMIT;
	if (has_range && buf_printf(out, " from %llu to %llu", (unsigned long long)o->min,
	                            (unsigned long long)o->max))
		return ERR_LIMIT;
	return buf_add_c(out, o->needs_restart ? "; restart.\n" : ".\n");
}

static enum err print_manual_section(struct buf *out, const struct option **o)
{
	const char *section = (*o)->section;

	if (strcmp(section, "listener") == 0 ? buf_add_c(out, ".Ss listener Qq name\n")
	                                     : buf_printf(out, ".Ss %s\n", section))
		return ERR_LIMIT;
	if (print_prose(out, option_section_prose(section)) ||
	    buf_add_c(out, ".Bl -tag -width Ds\n"))
		return ERR_LIMIT;
	for (; *o && strcmp((*o)->section, section) == 0; *o = option_next(*o))
		if (print_manual_option(out, *o))
			return ERR_LIMIT;
	return buf_add_c(out, ".El\n");
}

enum err config_print_manual(struct buf *out)
{
	const struct option *o = option_first();

	if (buf_add_c(out, manual_head) || buf_add_c(out, ".Sh OPTIONS\n"))
		return ERR_LIMIT;
	while (o)
		if (print_manual_section(out, &o))
			return ERR_LIMIT;
	o = option_listener_first();
	if (print_manual_section(out, &o))
		return ERR_LIMIT;
	return buf_add_c(out, manual_tail);
}
