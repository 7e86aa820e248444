#include "src/sasl/login.h"

#include "src/config/config.h"
#include "src/directory/password.h"
#include "src/net/session.h"
#include "src/net/stream.h"

enum {
	USER_MAX_BYTES = 320 + 64
}; /* RFC 5321 section 4.5.3.1, and room for what a client adds */

bool sasl_login_allows_plaintext(const struct session *s)
{
	return s->listener->allow_plaintext_login || stream_tls_info(s->stream).is_tls;
}

/* The kinds that protocols know; whatever else the store says is our own trouble. */
static enum err narrow(enum err err)
{
	switch (err) {
	case ERR_OK:
	case ERR_AUTH:
	case ERR_DENIED:
	case ERR_BUSY:
	case ERR_PROTO:
	case ERR_PERM:
	case ERR_NOTFOUND:
	case ERR_CANCELLED:
		return err;
	case ERR_TEMP:
	case ERR_LIMIT:
	case ERR_QUOTA:
	case ERR_EXISTS:
	case ERR_INVALID:
	case ERR_IO:
	case ERR_CORRUPT:
	case ERR_TIMEOUT:
	case ERR_COUNT:
		break;
	}
	return ERR_TEMP;
}

void sasl_login_settle(struct session *s, enum err err, struct sasl_result *r)
{
	const struct session_host *host = s->host;

	r->err = narrow(err);
	if (!r->err && !host->user_enter(host->context, r->grant.account_id))
		r->err = ERR_LIMIT;
	if (r->err == ERR_AUTH)
		r->delay_ms = host->login_failed(host->context, &s->peer);
	r->status = r->err ? SASL_FAILED : SASL_DONE;
	s->is_user = !r->err;
}

void sasl_login_apop(struct session *s, const char *service, struct str user, struct str timestamp,
                     struct str digest, struct sasl_result *r)
{
	struct store_apop_req q = {
		.user = user,
		.timestamp = timestamp,
		.digest = digest,
		.default_domain = str_c(s->config->server.default_domain),
		.service = str_c(service),
		.peer = str_c(s->peer.text),
	};
	struct store_apop_res res = { 0 };
	enum err err = ERR_AUTH;

	*r = (struct sasl_result){ .user = user };
	if (user.n && user.n <= USER_MAX_BYTES)
		err = store_apop(s->store, s->scratch, &q, &res);
	r->grant = res.grant;
	r->address = res.address;
	sasl_login_settle(s, err, r);
}

void sasl_login_check(struct session *s, const char *service, struct str user, struct str password,
                      struct sasl_result *r)
{
	struct store_login_req q = {
		.user = user,
		.password = password,
		.default_domain = str_c(s->config->server.default_domain),
		.service = str_c(service),
		.peer = str_c(s->peer.text),
	};
	struct store_login_res res = { 0 };
	enum err err;

	*r = (struct sasl_result){ .user = user };
	if (!sasl_login_allows_plaintext(s))
		err = ERR_PERM;
	else if (!user.n || user.n > USER_MAX_BYTES || !password.n ||
	         password.n > DIRECTORY_PASSWORD_MAX_BYTES)
		err = ERR_AUTH;
	else
		err = store_login(s->store, s->scratch, &q, &res);
	r->grant = res.grant;
	r->address = res.address;
	sasl_login_settle(s, err, r);
}
