/*
 * An HTTP session against a store that has one domain. An octet of zero lets half a minute pass.
 * Whatever comes, each answer begins as an answer does, and nothing of a request comes back but
 * what was escaped.
 */
#include <stdlib.h>

#include "src/base/arena.h"
#include "src/base/err.h"
#include "src/base/must.h"
#include "src/config/config.h"
#include "src/store/store.h"
#include "src/web/web.h"
#include "tests/fuzz/session.h"

enum err store_resolve(struct store *st, struct arena *a, const struct store_resolve_req *q,
                       struct store_resolve_res *r)
{
	(void)st;
	(void)a;
	must(str_starts(q->address, STR("postmaster@")));
	*r = (struct store_resolve_res){ .status = STORE_RESOLVE_NO_DOMAIN };
	if (str_ends(q->address, STR("@down.org")))
		return ERR_TEMP;
	if (str_ends(q->address, STR("@a.org")))
		r->status = STORE_RESOLVE_NO_USER;
	return ERR_OK;
}

static bool is_control(unsigned char c)
{
	return c == 0;
}

static bool control(struct session *s, unsigned char c)
{
	(void)c;
	return fuzz_session_pass_time(s);
}

/* Answers hold lines of printable text only. */
static void hear(struct str said)
{
	for (size_t i = 0; i < said.n; i++)
		must(said.p[i] >= ' ' || said.p[i] == '\n' || said.p[i] == '\r' ||
		     said.p[i] == '\t');
}

static const struct fuzz_protocol protocol = {
	.class = &web_session_class,
	.saved_max = 100,
	.is_control = is_control,
	.control = control,
	.hear = hear,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct config *config;
	struct config_listener listener = { .protocol = CONFIG_PROTOCOL_HTTP };

	if (!size)
		return 0;
	if (!config) {
		struct errinfo info = { 0 };

		if (config_parse("fuzz",
		                 "server {\n hostname = mail.a.org\n}\n"
		                 "tls {\n certificate = c.pem key = k.pem\n}\n"
		                 "web {\n head_max = 1K body_max = 1K\n}\n"
		                 "listener i { protocol = imap port = 993 tls = implicit }\n"
		                 "listener s { protocol = submission port = 587 }\n",
		                 &config, &info))
			abort();
	}
	fuzz_session_prepare();
	fuzz_session_play(&protocol, config, &listener, data[0], 0, str_make(data + 1, size - 1));
	return 0;
}
