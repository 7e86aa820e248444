#include <openssl/evp.h>

#include "src/base/arena.h"
#include "src/base/log.h"
#include "src/base/must.h"
#include "src/config/config.h"
#include "src/mail/address.h"
#include "src/net/session.h"
#include "src/store/store.h"
#include "src/web/call_priv.h"

enum {
	PAGE_MAX = 64 * 1024
};

static const struct route {
	const char *path;
	unsigned methods;
	void (*page)(struct web_call *c);
} routes[] = {
	{ "/", WEB_GET | WEB_HEAD, web_page_landing },
	{ "/en", WEB_GET | WEB_HEAD, web_page_landing_en },
	{ "/ja", WEB_GET | WEB_HEAD, web_page_landing_ja },
	{ "/style.css", WEB_GET | WEB_HEAD, web_page_style },
	{ "/mail/config-v1.1.xml", WEB_GET | WEB_HEAD, web_page_mozilla },
	{ "/.well-known/autoconfig/mail/config-v1.1.xml", WEB_GET | WEB_HEAD, web_page_mozilla },
	{ "/autodiscover/autodiscover.xml", WEB_POST, web_page_autodiscover },
	{ "/email.mobileconfig", WEB_GET | WEB_HEAD, web_page_mobileconfig },
};

/* Outlook spells its path in several ways; nothing else is harmed by that. */
static const struct route *find_route(struct str path)
{
	for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
		if (str_ieq(path, str_c(routes[i].path)))
			return &routes[i];
	return NULL;
}

/* ---------------------------------------------------------------- whose */

enum err web_call_find_domain(struct web_call *c, struct str name, struct str *domain_r)
{
	struct store_resolve_req q = { 0 };
	struct store_resolve_res r;
	struct str normal;
	enum err e;

	if (mail_address_normal_domain(c->s->scratch, name, &normal) || !normal.n ||
	    normal.p[0] == '[')
		return ERR_NOTFOUND;
	/* Anybody there would do: the question is whether the domain is ours. */
	q.address = str_printf(c->s->scratch, "postmaster@%.*s", STR_ARG(normal));
	e = store_resolve(c->s->store, c->s->scratch, &q, &r);
	if (e == ERR_INVALID || (!e && r.status == STORE_RESOLVE_NO_DOMAIN))
		return ERR_NOTFOUND;
	*domain_r = normal;
	return e;
}

static void fail_store(struct web_call *c, enum err e)
{
	log_event(LOG_LEVEL_WARN, "web.trouble", LOG_U("sid", c->s->id),
	          LOG_C("error", err_name(e)), LOG_C("reason", store_errinfo(c->s->store)->text));
	web_reply_fail(c->r, 503, "The server has a problem, please try again in a moment.\n");
}

/*
 * RFC 9110 section 15.5.20: names that are not ours are refused, so that nobody can point a name at
 * us and have us speak for it.
 */
static bool check_host(struct web_call *c)
{
	static const char *const prefixes[] = { "autoconfig.", "autodiscover." };
	const struct config *config = c->s->config;
	struct str host = c->q->host, name = host;
	enum err e;

	if (str_ieq(host, str_c(config->server.hostname)) ||
	    str_ieq(host, str_c(config_service_host(config))))
		return true;
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (str_starts(host, str_c(prefixes[i])))
			name = str_from(host, str_c(prefixes[i]).n);
	e = web_call_find_domain(c, name, &c->domain);
	if (e == ERR_NOTFOUND)
		web_reply_fail(c->r, 421, "This server does not answer for that name.\n");
	else if (e)
		fail_store(c, e);
	return !e;
}

bool web_call_take_address(struct web_call *c, struct str text, struct str *address_r,
                           struct str *domain_r)
{
	struct mail_address address;
	enum err e;

	if (mail_address_parse(c->s->scratch, text, MAIL_ADDRESS_UTF8, &address) ||
	    !address.local.n || !address.domain.n || !str_is_utf8(text) ||
	    mail_address_normal(c->s->scratch, &address, address_r)) {
		web_reply_fail(c->r, 400, "That is no e-mail address.\n");
		return false;
	}
	e = web_call_find_domain(c, address.domain, domain_r);
	if (e == ERR_NOTFOUND)
		web_reply_fail(c->r, 404, "The domain of that address is not served here.\n");
	else if (e)
		fail_store(c, e);
	return !e;
}

struct str web_call_uuid(struct web_call *c, const char *kind, struct str name)
{
	struct str text = str_printf(c->s->scratch, "%s %s %.*s", config_service_host(c->s->config),
	                             kind, STR_ARG(name));
	unsigned char d[EVP_MAX_MD_SIZE];

	must(EVP_Digest(text.p, text.n, d, NULL, EVP_sha256(), NULL) == 1);
	d[6] = (unsigned char)((d[6] & 0x0f) | 0x80); /* version 8 */
	d[8] = (unsigned char)((d[8] & 0x3f) | 0x80); /* variant */
	return str_printf(c->s->scratch,
	                  "%02X%02X%02X%02X-%02X%02X-%02X%02X-%02X%02X-%02X%02X%02X%02X%02X%02X",
	                  d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11],
	                  d[12], d[13], d[14], d[15]);
}

/* ---------------------------------------------------------------- answer */

static void run(struct web_call *c)
{
	const struct route *route = find_route(c->q->path);

	if (c->q->method == WEB_OTHER) {
		web_reply_fail(c->r, 501, "There is no such method here.\n");
	} else if (!check_host(c)) {
		return;
	} else if (!route) {
		web_reply_fail(c->r, 404, "There is nothing here.\n");
	} else if (!(route->methods & c->q->method)) {
		web_reply_fail(c->r, 405, "This page is not asked for in that way.\n");
		c->r->allow = route->methods;
	} else {
		route->page(c);
	}
}

void web_call_answer(struct session *s, const struct web_request *q, struct web_reply *r)
{
	struct web_call c = { .s = s, .q = q, .r = r, .out = buf_in(s->scratch, PAGE_MAX) };

	r->status = 200;
	run(&c);
	if (r->status == 200)
		r->body = buf_str(&c.out);
	r->is_head = q->method == WEB_HEAD;
}
