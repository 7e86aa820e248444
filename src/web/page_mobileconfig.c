/*
 * A configuration profile for iPhone, iPad and Mac: a property list with one payload of the type
 * com.apple.mail.managed. It holds no password. Its UUIDs depend on the address and our name only,
 * so a second download replaces the first account instead of adding one.
 */
#include "src/base/arena.h"
#include "src/config/config.h"
#include "src/net/session.h"
#include "src/web/call_priv.h"

static enum err add_string(struct buf *b, const char *key, struct str value)
{
	if (buf_printf(b, "<key>%s</key>", key))
		return ERR_LIMIT;
	return web_reply_add_element(b, "string", value);
}

static enum err add_bool(struct buf *b, const char *key, bool value)
{
	return buf_printf(b, "<key>%s</key><%s/>\n", key, value ? "true" : "false");
}

/* "Incoming" or "Outgoing". Devices find out themselves whether TLS begins at once. */
static enum err add_server(struct buf *b, const char *way, const struct config *config,
                           const struct config_service *s, struct str address)
{
	if (buf_printf(b,
	               "<key>%sMailServerAuthentication</key><string>EmailAuthPassword</string>\n"
	               "<key>%sMailServerPortNumber</key><integer>%u</integer>\n"
	               "<key>%sMailServerUseSSL</key><true/>\n<key>%sMailServerHostName</key>",
	               way, way, s->port, way, way) ||
	    web_reply_add_element(b, "string", str_c(config_service_host(config))) ||
	    buf_printf(b, "<key>%sMailServerUsername</key>", way))
		return ERR_LIMIT;
	return web_reply_add_element(b, "string", address);
}

static enum err add_payload_ids(struct web_call *c, const char *kind, struct str address,
                                const char *type)
{
	struct str uuid = web_call_uuid(c, kind, address);
	struct str identifier = str_printf(c->s->scratch, "%s.%s.%.*s",
	                                   config_service_host(c->s->config), kind, STR_ARG(uuid));

	if (add_string(&c->out, "PayloadType", str_c(type)) ||
	    add_string(&c->out, "PayloadUUID", uuid) ||
	    add_string(&c->out, "PayloadIdentifier", identifier) ||
	    add_string(&c->out, "PayloadDisplayName", address))
		return ERR_LIMIT;
	return buf_add_c(&c->out, "<key>PayloadVersion</key><integer>1</integer>\n");
}

static enum err add_all(struct web_call *c, const struct config_service *in,
                        const struct config_service *out, struct str address, struct str domain)
{
	const struct config *config = c->s->config;
	bool is_imap = in->protocol == CONFIG_PROTOCOL_IMAP;
	struct buf *b = &c->out;

	if (buf_add_c(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	                 "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
	                 "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
	                 "<plist version=\"1.0\">\n<dict>\n"
	                 "<key>PayloadContent</key>\n<array>\n<dict>\n") ||
	    add_string(b, "EmailAccountDescription", domain) ||
	    add_string(b, "EmailAccountType",
	               is_imap ? STR("EmailTypeIMAP") : STR("EmailTypePOP")) ||
	    add_string(b, "EmailAddress", address) ||
	    add_server(b, "Incoming", config, in, address) ||
	    add_server(b, "Outgoing", config, out, address) ||
	    add_bool(b, "OutgoingPasswordSameAsIncomingPassword", true) ||
	    add_payload_ids(c, "account", address, "com.apple.mail.managed") ||
	    buf_add_c(b, "</dict>\n</array>\n") || add_string(b, "PayloadOrganization", domain) ||
	    add_bool(b, "PayloadRemovalDisallowed", false) ||
	    add_payload_ids(c, "profile", address, "Configuration"))
		return ERR_LIMIT;
	return buf_add_c(b, "</dict>\n</plist>\n");
}

/* The first service, IMAP before POP3 as config_services lists them, and the first of submission.
 */
static bool choose(const struct config *config, struct config_service *in_r,
                   struct config_service *out_r)
{
	struct config_service services[CONFIG_SERVICES_MAX];
	size_t n = config_services(config, services);

	for (size_t i = 0; i < n; i++) {
		if (services[i].protocol != CONFIG_PROTOCOL_SUBMISSION)
			continue;
		*in_r = services[0];
		*out_r = services[i];
		return i > 0;
	}
	return false;
}

void web_page_mobileconfig(struct web_call *c)
{
	struct config_service in, out;
	struct str text, address, domain;

	if (!web_request_param(c->s->scratch, c->q->query, STR("emailaddress"), &text)) {
		web_reply_fail(c->r, 400, "The parameter \"emailaddress\" is missing.\n");
		return;
	}
	if (!web_call_take_address(c, str_trim(text), &address, &domain))
		return;
	if (!choose(c->s->config, &in, &out)) {
		web_reply_fail(c->r, 404, "This server has nothing for a mail program to use.\n");
		return;
	}
	c->r->type = "application/x-apple-aspen-config";
	c->r->file_name = "mail.mobileconfig";
	if (add_all(c, &in, &out, address, domain))
		web_reply_fail(c->r, 503, "The answer is too long.\n");
}
