#include "src/config/option.h"

#include <stdint.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/must.h"
#include "src/base/str.h"
#include "src/config/config.h"
#include "src/config/tables_priv.h"
#include "src/config/value_priv.h"

static const struct option *const tables[] = {
	config_options_server,
	config_options_limits,
	config_options_protocols,
	config_options_store,
};

enum {
	N_TABLES = sizeof tables / sizeof tables[0]
};

const struct option *option_first(void)
{
	return tables[0];
}

const struct option *option_listener_first(void)
{
	return config_options_listener;
}

const struct option *option_next(const struct option *o)
{
	const struct option *end;

	o++;
	if (o->name)
		return o;
	for (size_t i = 0; i + 1 < N_TABLES; i++) {
		for (end = tables[i]; end->name; end++)
			;
		if (end == o)
			return tables[i + 1];
	}
	return NULL;
}

const char *option_type_help(enum option_type type)
{
	static const char *const help[] = {
		[OPTION_BOOL] = "true or false",
		[OPTION_NUMBER] = "a number",
		[OPTION_PORT] = "a port number",
		[OPTION_SIZE] = "a number of octets, or of K, M or G such as 20M",
		[OPTION_SIZE32] = "a number of octets, or of K, M or G such as 64K",
		[OPTION_DURATION] = "a number with ms, s, m, h or d such as 30s",
		[OPTION_TEXT] = "a text",
		[OPTION_PATH] = "a path",
		[OPTION_NETS] = "address blocks such as {\"192.0.2.0/24\", \"2001:db8::/32\"}",
		[OPTION_CHOICE] = "one of a few words",
	};

	return help[type];
}

const char *option_section_prose(const char *section)
{
	static const struct {
		const char *name, *prose;
	} sections[] = {
		{ "server", "The machine and its processes." },
		{ "log", "What is logged and where." },
		{ "tls", "The certificate, and which TLS is good enough." },
		{ "limits", "What one message, client or user may use up." },
		{ "smtp", "Mail coming in: SMTP, submission and LMTP." },
		{ "imap", "Reading mail with IMAP." },
		{ "pop3", "Fetching mail with POP3." },
		{ "web", "HTTP: how mail clients set themselves up." },
		{ "auth", "Logging in." },
		{ "store", "Where the mail is kept." },
		{ "listener",
		  "One address and port. There may be any number of these sections, each "
		  "with its own name." },
	};

	for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
		if (strcmp(sections[i].name, section) == 0)
			return sections[i].prose;
	return "";
}

static enum err format_nets(const void *field, struct buf *out)
{
	struct option_nets list;
	char text[64];

	memcpy(&list, field, sizeof list);
	if (buf_add_byte(out, '{'))
		return ERR_LIMIT;
	for (size_t i = 0; i < list.n; i++) {
		config_net_format(&list.nets[i], text);
		if (buf_printf(out, "%s\"%s\"", i ? ", " : "", text))
			return ERR_LIMIT;
	}
	return buf_add_byte(out, '}');
}

static enum err format_scaled(const struct option *o, uint64_t v, struct buf *out)
{
	static const struct {
		const char *unit;
		uint64_t times;
	} sizes[] = { { "G", CONFIG_GIB }, { "M", CONFIG_MIB }, { "K", CONFIG_KIB }, { "", 1 } },
	  times[] = { { "d", CONFIG_DAY },
		      { "h", CONFIG_HOUR },
		      { "m", CONFIG_MINUTE },
		      { "s", CONFIG_SECOND },
		      { "ms", 1 } };
	bool is_time = o->type == OPTION_DURATION;
	size_t i = 0;

	if (v == 0)
		return buf_add_c(out, is_time ? "0s" : "0");
	while (v % (is_time ? times[i].times : sizes[i].times) != 0)
		i++;
	if (buf_add_u64(out, v / (is_time ? times[i].times : sizes[i].times)))
		return ERR_LIMIT;
	return buf_add_c(out, is_time ? times[i].unit : sizes[i].unit);
}

/* In double quotes, so that the parser gives back the same octets. */
static enum err format_text(const char *text, struct buf *out)
{
	if (buf_add_byte(out, '"'))
		return ERR_LIMIT;
	for (; text && *text; text++) {
		if ((*text == '"' || *text == '\\') && buf_add_byte(out, '\\'))
			return ERR_LIMIT;
		/* The parser takes no "${", where its library would expand a variable. */
		if (*text == '$' && text[1] == '{' && buf_add_byte(out, '\\'))
			return ERR_LIMIT;
		if (buf_add_byte(out, (unsigned char)*text))
			return ERR_LIMIT;
	}
	return buf_add_byte(out, '"');
}

enum err option_value_format(const struct option *o, const void *base, struct buf *out)
{
	const char *field = (const char *)base + o->offset;
	const char *text;
	uint64_t v = 0;
	uint32_t v32;
	uint16_t v16;
	bool flag;

	switch (o->type) {
	case OPTION_BOOL:
		memcpy(&flag, field, sizeof flag);
		return buf_add_c(out, flag ? "true" : "false");
	case OPTION_PORT:
		memcpy(&v16, field, sizeof v16);
		return buf_add_u64(out, v16);
	case OPTION_NUMBER:
		memcpy(&v32, field, sizeof v32);
		return buf_add_u64(out, v32);
	case OPTION_SIZE32:
		memcpy(&v32, field, sizeof v32);
		return format_scaled(o, v32, out);
	case OPTION_SIZE:
	case OPTION_DURATION:
		memcpy(&v, field, sizeof v);
		return format_scaled(o, v, out);
	case OPTION_NETS:
		return format_nets(field, out);
	case OPTION_CHOICE:
		if (o->is_text)
			break;
		memcpy(&v32, field, sizeof v32);
		return buf_add_c(out, o->choices[v32]);
	case OPTION_TEXT:
	case OPTION_PATH:
		break;
	}
	memcpy(&text, field, sizeof text);
	return format_text(text, out);
}

enum err option_format(const struct option *o, const struct config *c, struct buf *out)
{
	return option_value_format(o, c, out);
}
