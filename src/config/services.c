/* What clients are told about the listeners. */
#include "src/config/config.h"

static bool is_fit(const struct config_listener *l, enum config_protocol protocol,
                   enum config_tls tls)
{
	return l->is_advertised && l->protocol == protocol && l->tls == tls &&
	       (l->public_port || l->port);
}

uint16_t config_service_port(const struct config *c, enum config_protocol protocol,
                             enum config_tls tls)
{
	for (size_t i = 0; i < c->n_listeners; i++) {
		const struct config_listener *l = &c->listeners[i];

		if (is_fit(l, protocol, tls))
			return l->public_port ? l->public_port : l->port;
	}
	return 0;
}

size_t config_services(const struct config *c,
                       struct config_service services_r[CONFIG_SERVICES_MAX])
{
	static const enum config_protocol protocols[] = { CONFIG_PROTOCOL_IMAP,
		                                          CONFIG_PROTOCOL_POP3,
		                                          CONFIG_PROTOCOL_SUBMISSION };
	static const enum config_tls modes[] = { CONFIG_TLS_IMPLICIT, CONFIG_TLS_STARTTLS };
	size_t n = 0;

	for (size_t i = 0; i < CONFIG_SERVICES_MAX; i++) {
		struct config_service s = { .protocol = protocols[i / 2], .tls = modes[i % 2] };

		s.port = config_service_port(c, s.protocol, s.tls);
		if (s.port)
			services_r[n++] = s;
	}
	return n;
}

const char *config_service_host(const struct config *c)
{
	return c->web.mail_host[0] ? c->web.mail_host : c->server.hostname;
}
