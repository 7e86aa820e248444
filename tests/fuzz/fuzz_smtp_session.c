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
#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/must.h"
#include "src/base/random.h"
#include "src/config/config.h"
#include "src/net/session.h"
#include "src/net/stream.h"
#include "src/smtp/smtp.h"
#include "src/store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	BYTEWISE = 1,
	SAVED = 2,
	WITH_TLS = 4,
	HELD = 8,
	PROTOCOL_SHIFT = 4,
	TRUSTED = 64,
	SMALL_SPOOL = 128,
	STEPS_MAX = 100000,
	SPOOL = 600000,
};

static const char config_text[] =
	"server { hostname = \"mx.x\" default_domain = \"x\" }\n"
	"limits { message_max = 300000 }\n"
	"smtp {\n"
	"recipients_max = 100 hops_max = 10 errors_max = 1000\n"
	"messages_rate_per_address = 50 rcpts_rate_per_user = 50 recipient_cache_time = 0s\n"
	"}\n";

static const struct config *config;

/* ---------------------------------------------------------------- the store */

const struct errinfo *store_errinfo(const struct store *st)
{
	static const struct errinfo info = { .text = "made up" };

	(void)st;
	return &info;
}

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

enum err store_login(struct store *st, struct arena *a, const struct store_login_req *q,
                     struct store_login_res *r)
{
	(void)st;
	(void)a;
	if (str_eq(q->user, STR("locked")))
		return ERR_DENIED;
	if (str_eq(q->user, STR("broken")))
		return ERR_IO;
	if (!str_eq(q->user, STR("a")) || !str_eq(q->password, STR("b")))
		return ERR_AUTH;
	*r = (struct store_login_res){ .grant = { .account_id = 1, .seal = STR("seal") },
		                       .address = STR("a@x") };
	return ERR_OK;
}

enum err store_scram_begin(struct store *st, struct arena *a, const struct store_scram_begin_req *q,
                           struct store_scram_begin_res *r)
{
	(void)st;
	(void)a;
	if (!str_starts(q->client_first, STR("n,,")))
		return ERR_PROTO;
	*r = (struct store_scram_begin_res){ .server_first = STR("r=1,s=AA==,i=4096"),
		                             .state = STR("state") };
	return ERR_OK;
}

enum err store_scram_finish(struct store *st, struct arena *a,
                            const struct store_scram_finish_req *q,
                            struct store_scram_finish_res *r)
{
	(void)st;
	(void)a;
	must(str_eq(q->state, STR("state")));
	if (!str_starts(q->client_final, STR("c=biws")))
		return ERR_AUTH;
	*r = (struct store_scram_finish_res){ .server_final = STR("v=AA=="),
		                              .grant = { .account_id = 1, .seal = STR("seal") },
		                              .address = STR("a@x") };
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

/* ---------------------------------------------------------------- the process */

static uint64_t spool_left;
static uint32_t hold_ms;
static int users;
static unsigned rate_used;

static bool spool_reserve(void *context, uint64_t bytes)
{
	(void)context;
	if (bytes > spool_left)
		return false;
	spool_left -= bytes;
	return true;
}

static void spool_release(void *context, uint64_t bytes)
{
	(void)context;
	spool_left += bytes;
}

static bool user_enter(void *context, uint64_t account_id)
{
	(void)context;
	must(account_id == 1);
	users++;
	return true;
}

static void user_leave(void *context, uint64_t account_id)
{
	(void)context;
	must(account_id == 1);
	users--;
}

static uint32_t login_failed(void *context, const struct session_peer *peer)
{
	(void)context;
	(void)peer;
	return hold_ms;
}

static bool rate_take(void *context, const char *kind, struct str key, uint32_t n,
                      uint32_t per_minute)
{
	(void)context;
	(void)kind;
	must(key.n > 0);
	rate_used += n;
	return rate_used <= per_minute;
}

static struct str peer_name(void *context, const struct session *s)
{
	(void)context;
	(void)s;
	return STR("peer.name");
}

static const struct session_host host = {
	.spool_reserve = spool_reserve,
	.spool_release = spool_release,
	.user_enter = user_enter,
	.user_leave = user_leave,
	.login_failed = login_failed,
	.rate_take = rate_take,
	.peer_name = peer_name,
};

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

static void save_and_restore(struct session *s)
{
	struct buf saved = buf_in(NULL, 1 << 20);

	if (!s->class->can_save(s))
		return;
	must(!s->class->save(s, &saved));
	arena_free(&s->arena);
	s->arena = arena_new(NULL);
	must(!s->class->restore(s, buf_str(&saved)));
	buf_clear(&saved);
}

/* One wake; false when the session has ended. */
static bool wake(struct session *s, enum session_wake why, unsigned how)
{
	for (int i = 0; i < STEPS_MAX; i++) {
		enum session_next next = s->class->step(s, why);

		arena_reset(s->scratch);
		must(!stream_flush(s->stream));
		check_replies(stream_memory_take(s->stream, s->scratch));
		arena_reset(s->scratch);
		if (next == SESSION_CLOSE)
			return false;
		if (next == SESSION_STARTTLS)
			stream_memory_set_tls(s->stream, true);
		if (how & SAVED)
			save_and_restore(s);
		if (next == SESSION_PARK)
			return true;
		why = SESSION_WAKE_INPUT;
	}
	must(false && "the session never parks");
}

static bool pass_time(struct session *s, unsigned how)
{
	clock_test_advance(30000);
	rate_used = 0;
	if (!s->deadline_ms || s->deadline_ms > clock_mono_ms())
		return true;
	return wake(s, SESSION_WAKE_TIMEOUT, how);
}

static bool play(struct session *s, struct str input, unsigned how)
{
	if (!wake(s, SESSION_WAKE_START, how))
		return false;
	while (input.n) {
		size_t n = 0;

		if (input.p[0] == 0xff) {
			if (!pass_time(s, how))
				return false;
			input = str_from(input, 1);
			continue;
		}
		while (n < input.n && input.p[n] != 0xff && !(how & BYTEWISE && n))
			n++;
		stream_memory_feed(s->stream, str_first(input, n), false);
		input = str_from(input, n);
		if (!wake(s, SESSION_WAKE_INPUT, how))
			return false;
	}
	stream_memory_feed(s->stream, STR(""), true);
	return wake(s, SESSION_WAKE_INPUT, how);
}

static void set_up(void)
{
	struct errinfo info;

	if (!config)
		must(!config_parse("fuzz", config_text, &config, &info));
	log_setup("fuzz", LOG_LEVEL_ERROR, LOG_TARGET_STDERR, false);
	clock_test_set(1795403045000, 1000000);
	random_test_seed(1);
	users = 0;
	rate_used = 0;
	next_id = 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum config_protocol protocols[4] = { CONFIG_PROTOCOL_SMTP,
		                                           CONFIG_PROTOCOL_SUBMISSION,
		                                           CONFIG_PROTOCOL_LMTP,
		                                           CONFIG_PROTOCOL_SUBMISSION };
	static const struct config_net anywhere = { .bits = 0 };
	struct config_listener listener = { .tls = CONFIG_TLS_STARTTLS };
	struct session s = { .class = &smtp_session_class, .listener = &listener, .host = &host };
	unsigned how = size ? data[0] : 0;
	uint64_t spool = how & SMALL_SPOOL ? 20000 : SPOOL;

	if (!size)
		return 0;
	set_up();
	hold_ms = how & HELD ? 2000 : 0;
	spool_left = spool;
	listener.protocol = protocols[how >> PROTOCOL_SHIFT & 3];
	listener.allow_plaintext_login = (how >> PROTOCOL_SHIFT & 3) == 3;
	listener.xclient_from = &anywhere;
	listener.n_xclient_from = how & TRUSTED ? 1 : 0;
	memcpy(s.peer.text, "192.0.2.1", 10);
	s.config = config;
	s.tls = (struct tls_context *)(void *)&listener; /* never touched on a memory stream */
	s.arena = arena_new(NULL);
	s.scratch = arena_new(NULL);
	s.stream = stream_open_memory();
	stream_memory_set_tls(s.stream, how & WITH_TLS);
	s.class->init(&s);
	(void)play(&s, str_make(data + 1, size - 1), how);
	s.class->end(&s);
	must(users == 0);
	stream_close(&s.stream);
	arena_free(&s.arena);
	arena_free(&s.scratch);
	must(spool_left == spool);
	clock_test_clear();
	random_test_seed(0);
	return 0;
}
