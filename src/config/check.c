#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/config/parse_priv.h"

/* A warning is kept in the snapshot, for whoever started the program. */
__attribute__((format(printf, 3, 4))) static void warn(struct config_parse *p, uint32_t line,
                                                       const char *format, ...)
{
	const char **list;
	size_t n = p->config->n_warnings;
	char text[400];
	va_list args;

	if (n == CONFIG_WARNINGS_MAX)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	list = arena_array(p->arena, n + 1, sizeof *list);
	if (n)
		memcpy(list, p->config->warnings, n * sizeof *list);
	list[n] = (const char *)str_printf(p->arena, "%s:%u: %s", p->name, line, text).p;
	p->config->warnings = list;
	p->config->n_warnings = n + 1;
}

/* RFC 1123 section 2.1: letters, digits, hyphens and dots; UTF-8 for internationalised names. */
static bool is_host_name(const char *name)
{
	size_t label = 0;

	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;

		if (c == '.') {
			if (label == 0)
				return false;
			label = 0;
			continue;
		}
		if (!(isalnum(c) || c == '-' || c == '_' || c >= 0x80) ||
		    (label == 0 && c == '-') || ++label > 63)
			return false;
	}
	return label > 0;
}

static bool is_address(const char *text)
{
	unsigned char octets[16];

	return inet_pton(AF_INET, text, octets) == 1 || inet_pton(AF_INET6, text, octets) == 1;
}

static bool is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static enum err check_mechanisms(struct config_parse *p)
{
	static const char *const known[] = { "PLAIN", "LOGIN", "SCRAM-SHA-256",
		                             "SCRAM-SHA-256-PLUS" };
	struct str rest = str_c(p->config->auth.mechanisms), word;
	size_t i;

	while (rest.n) {
		str_cut(&rest, ' ', &word);
		for (i = 0; i < sizeof known / sizeof known[0]; i++)
			if (word.n == 0 || str_eq(word, str_c(known[i])))
				break;
		if (i == sizeof known / sizeof known[0])
			return config_parse_fail(
				p, config_parse_line(p, "auth", "mechanisms"),
				"auth.mechanisms: \"%.*s\" is unknown; write some of PLAIN, "
				"LOGIN, SCRAM-SHA-256 and SCRAM-SHA-256-PLUS",
				STR_ARG(str_first(word, 40)));
	}
	return ERR_OK;
}

static enum err check_names(struct config_parse *p)
{
	const struct config_server *s = &p->config->server;

	if (s->hostname[0] && !is_host_name(s->hostname))
		return config_parse_fail(
			p, config_parse_line(p, "server", "hostname"),
			"server.hostname: \"%s\" is no host name; write one such as "
			"mail.example.org",
			s->hostname);
	if (s->default_domain[0] && !is_host_name(s->default_domain))
		return config_parse_fail(
			p, config_parse_line(p, "server", "default_domain"),
			"server.default_domain: \"%s\" is no domain; write one such as "
			"example.org",
			s->default_domain);
	if (p->config->web.mail_host[0] && !is_host_name(p->config->web.mail_host))
		return config_parse_fail(p, config_parse_line(p, "web", "mail_host"),
		                         "web.mail_host: \"%s\" is no host name; write one such as "
		                         "mail.example.org",
		                         p->config->web.mail_host);
	if (s->dns_address[0] && !is_address(s->dns_address))
		return config_parse_fail(
			p, config_parse_line(p, "server", "dns_address"),
			"server.dns_address: \"%s\" is no address; write one such as "
			"127.0.0.1 or ::1",
			s->dns_address);
	if (isalnum((unsigned char)p->config->smtp.recipient_delimiter[0]))
		return config_parse_fail(
			p, config_parse_line(p, "smtp", "recipient_delimiter"),
			"smtp.recipient_delimiter: \"%s\" stands in names; write a sign "
			"such as \"+\"",
			p->config->smtp.recipient_delimiter);
	return ERR_OK;
}

static enum err check_pairs(struct config_parse *p)
{
	const struct config *c = p->config;
	uint32_t line;

	if (!c->tls.certificate[0] != !c->tls.key[0]) {
		line = config_parse_line(p, "tls", c->tls.key[0] ? "key" : "certificate");
		return config_parse_fail(p, line,
		                         "tls.certificate and tls.key belong together; write %s "
		                         "as well",
		                         c->tls.key[0] ? "certificate" : "key");
	}
	if (strcmp(c->store.engine, "postgres") == 0 && !c->store.conninfo[0])
		return config_parse_fail(
			p, config_parse_line(p, "store", "engine"),
			"store.engine is postgres but store.conninfo is empty; write "
			"conninfo = \"host=/run/postgresql dbname=tayori\" or alike");
	if (c->limits.spool_max_bytes < c->limits.message_max_bytes) {
		line = config_parse_line(p, "limits", "spool_max");
		if (!line)
			line = config_parse_line(p, "limits", "message_max");
		return config_parse_fail(
			p, line,
			"limits.spool_max is smaller than limits.message_max, so "
			"that large messages could never be received; write at least %lluM",
			(unsigned long long)(c->limits.message_max_bytes >> 20) + 1);
	}
	if (c->store.unsafe_no_sync || c->store.unsafe_early_answer)
		warn(p, config_parse_line(p, "store", "unsafe_no_sync"),
		     "store.unsafe_no_sync and unsafe_early_answer lose mail; they are for tests "
		     "only");
	return ERR_OK;
}

static enum err check_listener_name(struct config_parse *p, const struct config_draft *d)
{
	const char *name = d->listener.name;
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("-_.", name[i]))
			n = 0;
	if (n == 0 || n > 64)
		return config_parse_fail(p, d->line,
		                         "\"%.70s\" is no name for a listener; write 1 to 64 "
		                         "letters, digits or any of - _ .",
		                         name);
	for (const struct option *o = option_listener_first(); o; o = option_next(o))
		if (!o->default_value && !d->lines[o - option_listener_first()])
			return config_parse_fail(
				p, d->line, "listener \"%s\" has no %s; write: %s = %s", name,
				o->name, o->name, o->type == OPTION_PORT ? "25" : "smtp");
	return ERR_OK;
}

static enum err check_listener_tls(struct config_parse *p, const struct config_draft *d)
{
	const struct config_listener *l = &d->listener;
	bool has_own = l->tls_certificate[0] || l->tls_key[0];

	if (!l->tls_certificate[0] != !l->tls_key[0])
		return config_parse_fail(
			p,
			config_parse_draft_line(d, l->tls_key[0] ? "tls_key" : "tls_certificate"),
			"listener \"%s\": tls_certificate and tls_key belong together; "
			"write %s as well",
			l->name, l->tls_key[0] ? "tls_certificate" : "tls_key");
	if (l->protocol == CONFIG_PROTOCOL_HTTP && l->tls == CONFIG_TLS_STARTTLS)
		return config_parse_fail(p, config_parse_draft_line(d, "tls"),
		                         "listener \"%s\": there is no STARTTLS in HTTP; write tls "
		                         "= implicit, or tls = none",
		                         l->name);
	if (l->tls != CONFIG_TLS_NONE && !has_own && !p->config->tls.certificate[0])
		return config_parse_fail(
			p, config_parse_draft_line(d, "tls"),
			"listener \"%s\" speaks TLS (%s) but there is no certificate; write "
			"certificate and key in section tls, or tls = none",
			l->name, l->tls == CONFIG_TLS_IMPLICIT ? "implicit" : "starttls");
	return ERR_OK;
}

static void warn_listener_login(struct config_parse *p, const struct config_draft *d)
{
	const struct config_listener *l = &d->listener;
	bool has_login = l->protocol == CONFIG_PROTOCOL_SUBMISSION ||
	                 l->protocol == CONFIG_PROTOCOL_IMAP || l->protocol == CONFIG_PROTOCOL_POP3;

	if (l->allow_plaintext_login && l->tls != CONFIG_TLS_IMPLICIT && !is_loopback(l->address))
		warn(p, config_parse_draft_line(d, "allow_plaintext_login"),
		     "listener \"%s\" lets passwords cross the network without TLS; write "
		     "allow_plaintext_login = false, or address = \"127.0.0.1\"",
		     l->name);
	if (has_login && l->tls == CONFIG_TLS_NONE && !l->allow_plaintext_login)
		warn(p, config_parse_draft_line(d, "tls"),
		     "nobody can log in with a plain password on listener \"%s\"; write tls = "
		     "starttls, or "
		     "allow_plaintext_login = true on a loopback address",
		     l->name);
}

static enum err check_listener(struct config_parse *p, const struct config_draft *d)
{
	const struct config_listener *l = &d->listener;

	if (check_listener_name(p, d) || check_listener_tls(p, d))
		return ERR_INVALID;
	if (strcmp(l->address, "*") != 0 && !is_address(l->address))
		return config_parse_fail(p, config_parse_draft_line(d, "address"),
		                         "listener \"%s\": \"%s\" is no address; write one such as "
		                         "\"127.0.0.1\", \"::1\" or \"*\"",
		                         l->name, l->address);
	if (l->n_xclient_from &&
	    (l->protocol == CONFIG_PROTOCOL_IMAP || l->protocol == CONFIG_PROTOCOL_POP3 ||
	     l->protocol == CONFIG_PROTOCOL_HTTP))
		return config_parse_fail(
			p, config_parse_draft_line(d, "xclient_from"),
			"listener \"%s\": XCLIENT exists in SMTP and LMTP only; remove "
			"xclient_from",
			l->name);
	warn_listener_login(p, d);
	return ERR_OK;
}

/* True when both cannot be bound. Port 0 is a different one each time. */
static bool collide(const struct config_listener *a, const struct config_listener *b)
{
	bool a_is_v6 = strchr(a->address, ':'), b_is_v6 = strchr(b->address, ':');
	bool a_is_any = strcmp(a->address, "0.0.0.0") == 0 || strcmp(a->address, "::") == 0;
	bool b_is_any = strcmp(b->address, "0.0.0.0") == 0 || strcmp(b->address, "::") == 0;

	if (a->port != b->port || a->port == 0)
		return false;
	if (strcmp(a->address, "*") == 0 || strcmp(b->address, "*") == 0)
		return true;
	return strcmp(a->address, b->address) == 0 ||
	       (a_is_v6 == b_is_v6 && (a_is_any || b_is_any));
}

static enum err check_collisions(struct config_parse *p, size_t i)
{
	const struct config_draft *d = &p->drafts[i], *other;

	for (size_t j = 0; j < i; j++) {
		other = &p->drafts[j];
		if (collide(&d->listener, &other->listener))
			return config_parse_fail(
				p, config_parse_draft_line(d, "port"),
				"listener \"%s\" wants port %u, which listener \"%s\" (line "
				"%u) has; write another port or address",
				d->listener.name, d->listener.port, other->listener.name,
				config_parse_draft_line(other, "port"));
	}
	return ERR_OK;
}

enum err config_check_values(struct config_parse *p)
{
	if (check_names(p) || check_mechanisms(p) || check_pairs(p))
		return ERR_INVALID;
	for (size_t i = 0; i < p->n_drafts; i++)
		if (check_listener(p, &p->drafts[i]) || check_collisions(p, i))
			return ERR_INVALID;
	return ERR_OK;
}

static enum err check_readable(struct config_parse *p, uint32_t line, const char *option,
                               const char *path)
{
	if (!path[0] || access(path, R_OK) == 0)
		return ERR_OK;
	return config_parse_fail(
		p, line,
		"%s: %.200s cannot be read (%s); write the path of a PEM file that "
		"can be",
		option, path, strerror(errno));
}

enum err config_check_files(struct config_parse *p)
{
	const struct config_tls_options *t = &p->config->tls;

	if (check_readable(p, config_parse_line(p, "tls", "certificate"), "tls.certificate",
	                   t->certificate) ||
	    check_readable(p, config_parse_line(p, "tls", "key"), "tls.key", t->key))
		return ERR_INVALID;
	for (size_t i = 0; i < p->n_drafts; i++) {
		const struct config_draft *d = &p->drafts[i];

		if (check_readable(p, config_parse_draft_line(d, "tls_certificate"),
		                   "listener.tls_certificate", d->listener.tls_certificate) ||
		    check_readable(p, config_parse_draft_line(d, "tls_key"), "listener.tls_key",
		                   d->listener.tls_key))
			return ERR_INVALID;
	}
	return ERR_OK;
}
