/*
 * Autoconfiguration as Thunderbird and many others look for it: "config-v1.1.xml", described by
 * Mozilla's Autoconfig:FileFormat.
 */
#include "src/base/arena.h"
#include "src/config/config.h"
#include "src/net/session.h"
#include "src/web/call_priv.h"

static const char *type_of(enum config_protocol protocol)
{
	return protocol == CONFIG_PROTOCOL_IMAP   ? "imap"
	       : protocol == CONFIG_PROTOCOL_POP3 ? "pop3"
	                                          : "smtp";
}

/* The user name is the whole address. The password goes under TLS, so it need not be hashed. */
static enum err add_server(struct buf *b, const struct config *config,
                           const struct config_service *s)
{
	const char *element = s->protocol == CONFIG_PROTOCOL_SUBMISSION ? "outgoingServer"
	                                                                : "incomingServer";

	if (buf_printf(b, "<%s type=\"%s\">\n", element, type_of(s->protocol)) ||
	    web_reply_add_element(b, "hostname", str_c(config_service_host(config))) ||
	    buf_printf(b, "<port>%u</port>\n", s->port) ||
	    web_reply_add_element(b, "socketType",
	                          s->tls == CONFIG_TLS_IMPLICIT ? STR("SSL") : STR("STARTTLS")) ||
	    web_reply_add_element(b, "authentication", STR("password-cleartext")) ||
	    web_reply_add_element(b, "username", STR("%EMAILADDRESS%")))
		return ERR_LIMIT;
	return buf_printf(b, "</%s>\n", element);
}

static enum err add_all(struct web_call *c, struct str domain)
{
	struct config_service services[CONFIG_SERVICES_MAX];
	size_t n = config_services(c->s->config, services);
	struct buf *b = &c->out;

	if (buf_add_c(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	                 "<clientConfig version=\"1.1\">\n<emailProvider id=\"") ||
	    web_reply_add_text(b, domain) || buf_add_c(b, "\">\n") ||
	    web_reply_add_element(b, "domain", domain) ||
	    web_reply_add_element(b, "displayName", domain) ||
	    web_reply_add_element(b, "displayShortName", domain))
		return ERR_LIMIT;
	for (size_t i = 0; i < n; i++)
		if (add_server(b, c->s->config, &services[i]))
			return ERR_LIMIT;
	return buf_add_c(b, "</emailProvider>\n</clientConfig>\n");
}

void web_page_mozilla(struct web_call *c)
{
	struct str text, address, domain = c->domain;

	if (web_request_param(c->s->scratch, c->q->query, STR("emailaddress"), &text)) {
		if (!web_call_take_address(c, text, &address, &domain))
			return;
	} else if (!domain.n) {
		web_reply_fail(c->r, 400, "The parameter \"emailaddress\" is missing.\n");
		return;
	}
	c->r->type = "text/xml; charset=utf-8";
	if (add_all(c, domain))
		web_reply_fail(c->r, 503, "The answer is too long.\n");
}
