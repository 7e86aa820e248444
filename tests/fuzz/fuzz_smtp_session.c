/*
 * An SMTP session on a memory stream, with a small store that stands in this file.
 *
 * The first octet of the input says how it is played: bit 0 octet by octet, bit 1 with the session
 * saved and restored after each step, bit 2 under TLS, bit 3 with answers to failed log-ins held
 * back, bits 4 and 5 the protocol (MX, submission, LMTP), bit 6 from an address that may say
 * XCLIENT, bit 7 with a small spool. In the rest an octet 0xff lets half a minute pass, everything
 * else comes from the client. What must hold: the session ends; the answers are reply lines; every
 * message that is accepted is within the limits, has no bare CR, LF or NUL unless it is BINARYMIME,
 * and goes nowhere else without a log-in; the spool gets back what was taken; and ASan and UBSan
 * are content.
 */
#include <string.h>
#include <sys/mman.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/config/config.h"
#include "src/net/session.h"
#include "src/smtp/smtp.h"
#include "src/store/store.h"
#include "tests/fuzz/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Besides the bits of session.h. */
enum {
	PROTOCOL_SHIFT = 4,
	TRUSTED = 64,
	SMALL_SPOOL = 128
};
enum {
	SPOOL = 600000,
	SPOOL_SMALL = 20000
};

static const char config_text[] =
	"server { hostname = \"mx.x\" default_domain = \"x\" }\n"
	"limits { message_max = 300000 }\n"
	"smtp {\n"
	"recipients_max = 100 hops_max = 10 errors_max = 1000\n"
	"messages_rate_per_address = 50 rcpts_rate_per_user = 50 recipient_cache_time = 0s\n"
	"}\n";

static const struct config *config;

/* ---- the store */

/* Names stand for what happens to them; everything in the domain "x" is ours. */
enum err store_resolve(struct store *st, struct arena *a, const struct store_resolve_req *q,
                       struct store_resolve_res *r)
{
	ptrdiff_t at = str_rfind(q->address, '@');
	struct str local;

	(void)st;
	must(q->address.n && str_is_utf8(q->address));
	*r = (struct store_resolve_res){ .status = STORE_RESOLVE_NO_DOMAIN };
	if (at < 0 || !str_ieq(str_from(q->address, (size_t)at + 1), STR("x")))
		return ERR_OK;
	local = str_first(q->address, (size_t)at);
	r->status = STORE_RESOLVE_NO_USER;
	if (str_eq(local, STR("no")))
		return ERR_OK;
	if (str_eq(local, STR("io")))
		return ERR_IO;
	if (str_eq(local, STR("bad")))
		return ERR_INVALID;
	r->status = STORE_RESOLVE_OK;
	r->n_routes = str_eq(local, STR("all")) ? 3 : 1;
	r->routes = arena_array(a, r->n_routes, sizeof *r->routes);
	for (size_t i = 0; i < r->n_routes; i++)
		r->routes[i] = (struct store_route){ .account_id = i + 1,
			                             .address = str_dup(a, q->address) };
	r->routes[0].is_over_quota = str_eq(local, STR("full"));
	r->routes[0].is_unavailable = str_eq(local, STR("away"));
	if (str_eq(local, STR("out")))
		r->routes[0] = (struct store_route){ .kind = STORE_ROUTE_REMOTE,
			                             .address = STR("o@y") };
	return ERR_OK;
}

enum err store_owns(struct store *st, struct arena *a, const struct store_owns_req *q,
                    struct store_owns_res *r)
{
	(void)st;
	(void)a;
	must(q->grant.account_id == 1);
	if (str_eq(q->address, STR("io@x")))
		return ERR_IO;
	r->is_owner = str_eq(q->address, STR("a@x"));
	return ERR_OK;
}

static uint64_t next_id;

enum err store_next_id(struct store *st, struct arena *a, uint64_t *id_r)
{
	(void)st;
	(void)a;
	*id_r = ++next_id;
	return ERR_OK;
}

/* Asked and not answered yet; what it names lives in the transaction. */
static struct store_accept_req begun;

static void check_octets(const struct store_accept_req *q, struct str body)
{
	must(body.n <= config->limits.message_max_bytes);
	must(q->meta.hdr_size <= body.n && str_starts(body, STR("Received:")));
	must(str_is_utf8(q->meta.preview));
	if (q->body_type == 2)
		return;
	for (size_t i = 0; i < body.n; i++) {
		must(body.p[i] != 0);
		must(body.p[i] != '\n' || (i > 0 && body.p[i - 1] == '\r'));
		must(body.p[i] != '\r' || (i + 1 < body.n && body.p[i + 1] == '\n'));
	}
}

static void check_rcpts(const struct store_accept_req *q)
{
	must(q->n_rcpts > 0 && q->n_rcpts <= 300);
	for (size_t i = 0; i < q->n_rcpts; i++) {
		const struct store_rcpt *rcpt = &q->rcpts[i];

		must(rcpt->rcpt.n && rcpt->address.n && str_is_utf8(rcpt->orcpt));
		must(rcpt->kind == STORE_ROUTE_LOCAL || q->grant.account_id == 1);
		must(rcpt->kind == STORE_ROUTE_REMOTE || str_ends(rcpt->prefix, STR("\r\n")));
		must(rcpt->notify < 16);
		for (size_t k = 0; k < i; k++)
			must(rcpt->kind != STORE_ROUTE_LOCAL ||
			     q->rcpts[k].kind != STORE_ROUTE_LOCAL ||
			     q->rcpts[k].account_id != rcpt->account_id);
	}
}

enum err store_accept(struct store *st, struct arena *a, const struct store_accept_req *q,
                      struct store_accept_res *r)
{
	struct str body = q->body;

	(void)st;
	must(q->msg_id && q->accept_key.n == 16 && str_is_utf8(q->sender) &&
	     str_is_utf8(q->source));
	if (q->body_fd >= 0) {
		void *p = mmap(NULL, q->body_size, PROT_READ, MAP_PRIVATE, q->body_fd, 0);

		must(p != MAP_FAILED);
		body = str_make(p, q->body_size);
	}
	check_octets(q, body);
	check_rcpts(q);
	if (q->body_fd >= 0)
		munmap((void *)(uintptr_t)body.p, q->body_size);
	if (str_eq(q->sender, STR("io@x")))
		return ERR_IO;
	if (str_eq(q->sender, STR("quota@x")))
		return ERR_QUOTA;
	*r = (struct store_accept_res){ .msg_id = q->msg_id,
		                        .n_results = q->n_rcpts,
		                        .results = arena_array(a, q->n_rcpts, sizeof *r->results) };
	for (size_t i = 0; i < q->n_rcpts; i++)
		r->results[i].fate = q->rcpts[i].kind == STORE_ROUTE_LOCAL ? STORE_FATE_DELIVERED
		                                                           : STORE_FATE_QUEUED;
	return ERR_OK;
}

bool store_accept_begin(struct store *st, const struct store_accept_req *q)
{
	(void)st;
	begun = *q;
	return !str_eq(q->sender, STR("later@x"));
}

enum err store_accept_end(struct store *st, struct arena *a, struct store_accept_res *r)
{
	begun.source = str_c("");
	return store_accept(st, a, &begun, r);
}

/* ---- playing */

/* What the server says are reply lines: three digits, a blank or "-", text, CRLF, at most 512
 * octets. */
static void check_replies(struct str out)
{
	while (out.n) {
		ptrdiff_t end = str_search(out, STR("\r\n"));
		struct str line;

		must(end >= 4);
		line = str_first(out, (size_t)end);
		out = str_from(out, (size_t)end + 2);
		must(line.p[0] >= '2' && line.p[0] <= '5' && line.p[1] >= '0' && line.p[1] <= '9');
		must(line.p[2] >= '0' && line.p[2] <= '9' &&
		     (line.p[3] == ' ' || line.p[3] == '-'));
		must(str_find(line, 0) < 0 && str_find(line, '\n') < 0 && str_find(line, '\r') < 0);
		must(line.n <= 510 || str_starts(line, STR("334 ")));
	}
}

static bool is_control(unsigned char c)
{
	return c == 0xff;
}

static bool control(struct session *s, unsigned char c)
{
	(void)c;
	return fuzz_session_pass_time(s);
}

static const struct fuzz_protocol protocol = {
	.class = &smtp_session_class,
	.is_control = is_control,
	.control = control,
	.hear = check_replies,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum config_protocol protocols[4] = { CONFIG_PROTOCOL_SMTP,
		                                           CONFIG_PROTOCOL_SUBMISSION,
		                                           CONFIG_PROTOCOL_LMTP,
		                                           CONFIG_PROTOCOL_SUBMISSION };
	static const struct config_net anywhere = { .bits = 0 };
	struct config_listener listener = { .tls = CONFIG_TLS_STARTTLS };
	unsigned how = size ? data[0] : 0;
	struct errinfo info;

	if (!size)
		return 0;
	if (!config)
		must(!config_parse("fuzz", config_text, &config, &info));
	fuzz_session_prepare();
	next_id = 1000;
	listener.protocol = protocols[how >> PROTOCOL_SHIFT & 3];
	listener.allow_plaintext_login = (how >> PROTOCOL_SHIFT & 3) == 3;
	listener.xclient_from = &anywhere;
	listener.n_xclient_from = how & TRUSTED ? 1 : 0;
	fuzz_session_play(&protocol, config, &listener, how,
	                  how & SMALL_SPOOL ? SPOOL_SMALL : SPOOL, str_make(data + 1, size - 1));
	return 0;
}
