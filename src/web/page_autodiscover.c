/*
 * Microsoft's Autodiscover for POP3, IMAP and SMTP ("POX", [MS-OXDSCLI]): Outlook posts an address
 * and is told the servers.
 */
#include "src/base/arena.h"
#include "src/config/config.h"
#include "src/net/session.h"
#include "src/web/call_priv.h"

#define SCHEMA_HEAD "http://schemas.microsoft.com/exchange/autodiscover/"
#define SCHEMA SCHEMA_HEAD "outlook/responseschema/2006a"

/*
 * The text of the first element of a name, whatever its prefix; false when there is none. This is
 * no XML parser: a request is a handful of elements without attributes that matter, and whoever
 * sends something else is not understood.
 */
static bool find_element(struct str xml, struct str name, struct str *text_r)
{
	while (xml.n) {
		struct str tag, local, text;
		bool has_prefix;

		if (!str_cut(&xml, '<', &tag) || !str_cut(&xml, '>', &tag))
			return false;
		local = tag;
		has_prefix = str_cut(&local, ':', &tag);
		if (!str_ieq(has_prefix ? local : tag, name))
			continue;
		str_cut(&xml, '<', &text);
		*text_r = str_trim(text);
		return true;
	}
	return false;
}

/* The five entities of XML; a text with any other is refused. */
static bool decode(struct arena *a, struct str text, struct str *decoded_r)
{
	static const struct {
		const char *name;
		unsigned char c;
	} entities[] = {
		{ "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' }
	};
	unsigned char *p = arena_alloc(a, text.n + 1);
	struct str name;
	size_t n = 0, i;

	while (text.n) {
		if (text.p[0] != '&') {
			p[n++] = text.p[0];
			text = str_from(text, 1);
			continue;
		}
		text = str_from(text, 1);
		if (!str_cut(&text, ';', &name))
			return false;
		for (i = 0; i < sizeof entities / sizeof *entities; i++)
			if (str_eq(name, str_c(entities[i].name)))
				break;
		if (i == sizeof entities / sizeof *entities)
			return false;
		p[n++] = entities[i].c;
	}
	*decoded_r = str_make(p, n);
	return true;
}

static enum err add_protocol(struct buf *b, const struct config *config,
                             const struct config_service *s, struct str address)
{
	struct str type = s->protocol == CONFIG_PROTOCOL_IMAP   ? STR("IMAP")
	                  : s->protocol == CONFIG_PROTOCOL_POP3 ? STR("POP3")
	                                                        : STR("SMTP");

	if (buf_add_c(b, "<Protocol>\n") || web_reply_add_element(b, "Type", type) ||
	    web_reply_add_element(b, "Server", str_c(config_service_host(config))) ||
	    buf_printf(b, "<Port>%u</Port>\n", s->port) ||
	    web_reply_add_element(b, "LoginName", address) ||
	    buf_add_c(b, "<DomainRequired>off</DomainRequired>\n<SPA>off</SPA>\n") ||
	    web_reply_add_element(b, "Encryption",
	                          s->tls == CONFIG_TLS_IMPLICIT ? STR("SSL") : STR("TLS")) ||
	    buf_printf(b, "<SSL>%s</SSL>\n", s->tls == CONFIG_TLS_IMPLICIT ? "on" : "off") ||
	    buf_add_c(b, "<AuthRequired>on</AuthRequired>\n"))
		return ERR_LIMIT;
	if (s->protocol == CONFIG_PROTOCOL_SUBMISSION &&
	    buf_add_c(b, "<UsePOPAuth>off</UsePOPAuth>\n<SMTPLast>off</SMTPLast>\n"))
		return ERR_LIMIT;
	return buf_add_c(b, "</Protocol>\n");
}

/* Outlook takes the first protocol of each type, so the better TLS alone is named. */
static enum err add_all(struct web_call *c, struct str address)
{
	struct config_service services[CONFIG_SERVICES_MAX];
	size_t n = config_services(c->s->config, services);
	struct buf *b = &c->out;

	if (buf_add_c(
		    b,
		    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Autodiscover xmlns=\"" SCHEMA_HEAD
		    "responseschema/2006\">\n<Response xmlns=\"" SCHEMA "\">\n<User>\n") ||
	    web_reply_add_element(b, "DisplayName", address) ||
	    buf_add_c(b, "</User>\n<Account>\n<AccountType>email</AccountType>\n"
	                 "<Action>settings</Action>\n"))
		return ERR_LIMIT;
	for (size_t i = 0; i < n; i++) {
		bool is_first = i == 0 || services[i].protocol != services[i - 1].protocol;

		if (is_first && add_protocol(b, c->s->config, &services[i], address))
			return ERR_LIMIT;
	}
	return buf_add_c(b, "</Account>\n</Response>\n</Autodiscover>\n");
}

void web_page_autodiscover(struct web_call *c)
{
	struct str text, schema, address, domain;

	if (!find_element(c->q->body, STR("EMailAddress"), &text) ||
	    !decode(c->s->scratch, text, &text)) {
		web_reply_fail(c->r, 400, "There is no EMailAddress in the request.\n");
		return;
	}
	if (find_element(c->q->body, STR("AcceptableResponseSchema"), &schema) &&
	    !str_eq(schema, STR(SCHEMA))) {
		web_reply_fail(c->r, 404, "Only the response schema of Outlook is served here.\n");
		return;
	}
	if (!web_call_take_address(c, text, &address, &domain))
		return;
	c->r->type = "text/xml; charset=utf-8";
	if (add_all(c, address))
		web_reply_fail(c->r, 503, "The answer is too long.\n");
}
