/* The DNS records that a domain needs to have its mail here. */
#include <stdio.h>

#include "src/base/arena.h"
#include "src/cli/commands.h"
#include "src/config/config.h"
#include "src/mail/address.h"
#include "src/store/store.h"

enum {
	TTL = 3600
};

/* One list of records, printed as they come: lines of a zone file, or rows of JSON. */
struct zone {
	struct cli *cli;
	struct cli_table *table; /* NULL: a zone file */
	struct str domain, host; /* host with its final dot */
};

/* `owner` stands before the domain, with its own dot; `why` is told beside the record. */
static void add(struct zone *z, const char *owner, const char *type, struct str data,
                const char *why)
{
	struct str name = str_printf(z->cli->arena, "%s%.*s.", owner, STR_ARG(z->domain));
	const struct cli_value values[] = { CLI_TEXT(name), CLI_NUMBER(TTL), CLI_TEXT(str_c(type)),
		                            CLI_TEXT(data), CLI_TEXT(str_c(why)) };

	if (z->table)
		cli_table_row(z->table, values);
	else
		printf("%-44.*s %d IN %-5s %.*s ; %s\n", STR_ARG(name), TTL, type, STR_ARG(data),
		       why);
}

/*
 * A service that is not there is said not to be there (RFC 2782: the target "."), so that clients
 * do not go on guessing.
 */
static void add_srv(struct zone *z, const char *owner, unsigned priority, uint16_t port,
                    const char *why)
{
	struct arena *a = z->cli->arena;

	if (port)
		add(z, owner, "SRV",
		    str_printf(a, "%u 1 %u %.*s", priority, port, STR_ARG(z->host)), why);
	else
		add(z, owner, "SRV", STR("0 0 0 ."), "not offered here");
}

/* RFC 6186 and RFC 8314 section 5.1; TLS from the first octet is preferred. */
static void add_services(struct zone *z)
{
	static const struct {
		const char *owner, *why;
		enum config_protocol protocol;
		enum config_tls tls;
	} services[] = {
		{ "_imaps._tcp.", "IMAP under TLS", CONFIG_PROTOCOL_IMAP, CONFIG_TLS_IMPLICIT },
		{ "_imap._tcp.", "IMAP with STARTTLS", CONFIG_PROTOCOL_IMAP, CONFIG_TLS_STARTTLS },
		{ "_pop3s._tcp.", "POP3 under TLS", CONFIG_PROTOCOL_POP3, CONFIG_TLS_IMPLICIT },
		{ "_pop3._tcp.", "POP3 with STLS", CONFIG_PROTOCOL_POP3, CONFIG_TLS_STARTTLS },
		{ "_submissions._tcp.", "sending under TLS", CONFIG_PROTOCOL_SUBMISSION,
		  CONFIG_TLS_IMPLICIT },
		{ "_submission._tcp.", "sending with STARTTLS", CONFIG_PROTOCOL_SUBMISSION,
		  CONFIG_TLS_STARTTLS },
	};

	for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
		/* POP3 is the last choice of a client that knows both. */
		unsigned priority = (services[i].tls == CONFIG_TLS_STARTTLS ? 10u : 0) +
		                    (services[i].protocol == CONFIG_PROTOCOL_POP3 ? 20u : 0);

		add_srv(z, services[i].owner, priority,
		        config_service_port(z->cli->config, services[i].protocol, services[i].tls),
		        services[i].why);
	}
}

/* Names by which clients ask the web role. Plain HTTP is what Thunderbird tries last. */
static void add_web(struct zone *z)
{
	const struct config *c = z->cli->config;
	uint16_t https = config_service_port(c, CONFIG_PROTOCOL_HTTP, CONFIG_TLS_IMPLICIT);

	if (!https && !config_service_port(c, CONFIG_PROTOCOL_HTTP, CONFIG_TLS_NONE))
		return;
	add(z, "autoconfig.", "CNAME", z->host, "Thunderbird and others ask here");
	if (!https)
		return;
	add(z, "autodiscover.", "CNAME", z->host, "Outlook asks here");
	add_srv(z, "_autodiscover._tcp.", 0, https, "Outlook, too");
}

static bool receives_mail(const struct config *c)
{
	for (size_t i = 0; i < c->n_listeners; i++)
		if (c->listeners[i].protocol == CONFIG_PROTOCOL_SMTP)
			return true;
	return false;
}

static void print_records(struct zone *z)
{
	struct arena *a = z->cli->arena;

	if (receives_mail(z->cli->config))
		add(z, "", "MX", str_printf(a, "10 %.*s", STR_ARG(z->host)), "mail comes here");
	add(z, "", "TXT", STR("\"v=spf1 mx -all\""),
	    "SPF: only the MX sends; add what else sends for you");
	add_services(z);
	add_web(z);
}

/* Is it ours? Its name in the form that stands in a zone. */
static enum cli_exit find_domain(struct cli *c, struct str *normal_r)
{
	struct store_resolve_req q = { 0 };
	struct store_resolve_res r;
	enum err e = ERR_INVALID;

	if (!mail_address_normal_domain(c->arena, str_c(c->args[0]), normal_r) &&
	    !str_starts(*normal_r, STR("["))) {
		q.address = str_printf(c->arena, "postmaster@%.*s", STR_ARG(*normal_r));
		e = store_resolve(c->store, c->arena, &q, &r);
	}
	if (e == ERR_INVALID)
		return cli_error(CLI_USAGE, "\"%s\" is no domain name", c->args[0]);
	if (e)
		return cli_fail(c, e, "look for domain", c->args[0]);
	if (r.status == STORE_RESOLVE_NO_DOMAIN)
		return cli_error(CLI_NOTFOUND,
		                 "there is no domain %s; add it with: tayori domain add %s",
		                 c->args[0], c->args[0]);
	return CLI_OK;
}

enum cli_exit cli_domain_dns(struct cli *c)
{
	static const char *const columns[] = { "name", "ttl", "type", "data", "purpose" };
	struct zone z = { .cli = c };
	enum cli_exit code = cli_open_store(c);
	struct str host;

	if (code == CLI_OK)
		code = find_domain(c, &z.domain);
	if (code != CLI_OK)
		return code;
	if (mail_address_normal_domain(c->arena, str_c(config_service_host(c->config)), &host))
		return cli_error(CLI_CONFIG, "server.hostname: \"%s\" cannot stand in DNS",
		                 config_service_host(c->config));
	z.host = str_printf(c->arena, "%.*s.", STR_ARG(host));
	if (c->is_json)
		z.table = cli_table_new(c, columns, 5);
	print_records(&z);
	if (z.table)
		cli_table_end(z.table);
	return CLI_OK;
}
