#include "src/sasl/mechanism.h"

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/config/config.h"
#include "src/net/session.h"
#include "src/net/stream.h"
#include "src/sasl/login.h"

/* Strongest first: some clients take the first they know. */
static const struct {
	const char *name;
	const char *option; /* the word in auth.mechanisms that switches it on */
	bool is_plaintext;  /* shows the password to whoever listens */
	bool needs_binding; /* to the TLS channel */
} mechanisms[SASL_MECHANISM_COUNT] = {
	[SASL_MECHANISM_SCRAM_SHA_256_PLUS] = { "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256",
	                                        .needs_binding = true },
	[SASL_MECHANISM_SCRAM_SHA_256] = { "SCRAM-SHA-256", "SCRAM-SHA-256" },
	[SASL_MECHANISM_PLAIN] = { "PLAIN", "PLAIN", .is_plaintext = true },
	[SASL_MECHANISM_LOGIN] = { "LOGIN", "LOGIN", .is_plaintext = true },
};

static bool is_configured(const struct session *s, enum sasl_mechanism m)
{
	struct str rest = str_c(s->config->auth.mechanisms), word;

	while (rest.n) {
		str_cut(&rest, ' ', &word);
		if (str_ieq(word, str_c(mechanisms[m].option)))
			return true;
	}
	return false;
}

/*
 * RFC 5802 section 6: -PLUS is offered exactly when the channel can be bound to with what clients
 * try first: tls-exporter under TLS 1.3 (RFC 9266), before it tls-unique, which is sound only with
 * the extended master secret (RFC 7627). Then tls-server-end-point can be used as well.
 */
static bool has_binding(const struct session *s)
{
	struct stream_tls_info tls = stream_tls_info(s->stream);
	bool is_new = tls.is_tls && str_eq(str_c(tls.version), STR("TLSv1.3"));
	struct str data;

	return tls.is_tls && !stream_channel_binding(s->stream, s->scratch,
	                                             is_new ? "tls-exporter" : "tls-unique", &data);
}

enum err sasl_mechanism_check(const struct session *s, enum sasl_mechanism m)
{
	must(m < SASL_MECHANISM_COUNT);
	if (!is_configured(s, m))
		return ERR_NOTFOUND;
	if (mechanisms[m].needs_binding && !has_binding(s))
		return ERR_NOTFOUND;
	if (mechanisms[m].is_plaintext && !sasl_login_allows_plaintext(s))
		return ERR_PERM;
	return ERR_OK;
}

struct str sasl_mechanism_list(const struct session *s, struct arena *a, const char *prefix)
{
	struct str list = { 0 };

	for (enum sasl_mechanism m = 0; m < SASL_MECHANISM_COUNT; m++)
		if (!sasl_mechanism_check(s, m))
			list = str_printf(a, "%.*s%s%s", STR_ARG(list), prefix, mechanisms[m].name);
	return list;
}

enum err sasl_mechanism_find(struct str name, enum sasl_mechanism *m_r)
{
	for (enum sasl_mechanism m = 0; m < SASL_MECHANISM_COUNT; m++) {
		if (!str_ieq(name, str_c(mechanisms[m].name)))
			continue;
		*m_r = m;
		return ERR_OK;
	}
	return ERR_NOTFOUND;
}

const char *sasl_mechanism_name(enum sasl_mechanism m)
{
	must(m < SASL_MECHANISM_COUNT);
	return mechanisms[m].name;
}
