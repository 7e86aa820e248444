/*
 * The roles that speak with clients: `session` in the mail protocols, `web` in HTTP. They differ in
 * which listeners and which protocols they have, and `web` asks no DNS.
 */
#include <malloc.h>
#include <openssl/ssl.h>
#include <string.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/config/config.h"
#include "src/imap/imap.h"
#include "src/net/dns.h"
#include "src/net/session.h"
#include "src/pop3/pop3.h"
#include "src/runtime/child.h"
#include "src/runtime/pool.h"
#include "src/runtime/role.h"
#include "src/runtime/role_priv.h"
#include "src/runtime/sandbox.h"
#include "src/runtime/setup.h"
#include "src/smtp/smtp.h"
#include "src/web/web.h"

enum {
	FDS_BESIDE_CONNECTIONS = 512, /* listeners, resolver, epoll ... */
	FDS_PER_THREAD = 4,           /* store connection, message bodies */
	TRIM_EVERY_MS = 60000
};

struct role_session {
	enum runtime_role_kind kind;
	struct runtime_pool *pool;
	int64_t drain_end_ms; /* 0: not draining */
	int64_t trim_ms;
};

/* Few malloc arenas and no hoarding: thousands of sessions sleep, a handful of threads work. */
static void set_up_malloc(void)
{
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	mallopt(M_TRIM_THRESHOLD, 512 * 1024);
}

static int fail(const char *text)
{
	log_event(LOG_LEVEL_ERROR, "role.start_failed", LOG_C("error", text));
	return RUNTIME_ROLE_EXIT_FAILED;
}

/* Opens nothing after the sandbox: OpenSSL and the resolver have read their files before. */
static enum err enter(enum runtime_role_kind kind, const struct config *c, struct errinfo *info)
{
	const struct runtime_sandbox box = {
		.user = c->server.user,
		.dns_port = *c->server.dns_address ? c->server.dns_port : 53,
		.max_memory = c->server.role_memory_max_bytes,
		.max_fds = c->limits.connections_max +
		           c->server.worker_max_threads * FDS_PER_THREAD + FDS_BESIDE_CONNECTIONS,
	};

	return runtime_sandbox_enter(kind, &box, info);
}

static struct dns *open_resolver(const struct config *c)
{
	const struct dns_options o = {
		.address = c->server.dns_address,
		.port = c->server.dns_port,
		.timeout_ms = (int64_t)c->server.dns_timeout_ms,
		.trust_anchor = "",
	};
	struct errinfo info = { 0 };
	struct dns *dns = NULL;

	/* Names of peers are a comfort, not a need. */
	if (dns_new(&o, &dns, &info))
		log_event(LOG_LEVEL_WARN, "dns.unavailable", LOG_C("error", info.text));
	return dns;
}

static struct runtime_pool *open_pool(const struct runtime_bundle *b, struct runtime_setup *setup,
                                      struct dns *dns)
{
	/* A listener of the other role's protocols never comes here. */
	struct runtime_pool_options o = {
		.classes = {
			[CONFIG_PROTOCOL_SMTP] = &smtp_session_class,
			[CONFIG_PROTOCOL_SUBMISSION] = &smtp_session_class,
			[CONFIG_PROTOCOL_LMTP] = &smtp_session_class,
			[CONFIG_PROTOCOL_IMAP] = &imap_session_class,
			[CONFIG_PROTOCOL_POP3] = &pop3_session_class,
			[CONFIG_PROTOCOL_HTTP] = &web_session_class,
		},
		.dns = dns,
	};
	static char store_socket[256];

	if (b->store_socket.n >= sizeof store_socket)
		return NULL;
	memcpy(store_socket, b->store_socket.p, b->store_socket.n);
	o.store_socket = store_socket;
	return runtime_pool_new(&o, setup);
}

/* --- what the supervisor says */

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

/*
 * The sockets came without gaps, those of our own listeners only: give each its listener's place,
 * -1 to the others. How many were expected.
 */
static size_t place_sockets(const struct role_session *r, const struct config *c, const int *fds,
                            size_t n_fds, int *placed_r)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_listeners; i++) {
		bool is_ours = (c->listeners[i].protocol == CONFIG_PROTOCOL_HTTP) ==
		               (r->kind == RUNTIME_ROLE_WEB);

		placed_r[i] = is_ours && n < n_fds ? fds[n] : -1;
		n += is_ours;
	}
	return n;
}

static enum err serve_setup(struct role_session *r, struct runtime_setup *setup, const int *fds,
                            size_t n_fds, struct errinfo *info)
{
	static int placed[RUNTIME_CONTROL_FDS_MAX];
	const struct config *c = setup->config;

	if (c->n_listeners > RUNTIME_CONTROL_FDS_MAX ||
	    place_sockets(r, c, fds, n_fds, placed) != n_fds) {
		close_all(fds, n_fds);
		return err_set(info, ERR_PROTO, "the sockets do not fit the listeners");
	}
	return runtime_pool_serve(r->pool, setup, placed, c->n_listeners);
}

static bool take_setup(struct role_session *r, int bundle_fd, const int *fds, size_t n_fds)
{
	struct arena *a = arena_new(NULL);
	struct errinfo info = { 0 };
	struct runtime_bundle b;
	struct runtime_setup *setup = NULL;
	enum err e = runtime_bundle_read(a, bundle_fd, &b, &info);

	if (!e)
		e = runtime_bundle_setup(&b, &setup, &info);
	if (!e) {
		role_setup_log(runtime_child_role_name(r->kind), setup->config);
		e = serve_setup(r, setup, fds, n_fds, &info);
		runtime_setup_unref(&setup);
	} else {
		close_all(fds, n_fds);
	}
	if (e)
		log_event(LOG_LEVEL_ERROR, "role.setup_refused", LOG_C("error", info.text));
	role_tell(e ? RUNTIME_CONTROL_REFUSED : RUNTIME_CONTROL_READY, e ? 0 : b.generation);
	arena_free(&a);
	return e == ERR_OK;
}

static void tell_counts(const struct role_session *r)
{
	struct runtime_pool_counts n = runtime_pool_count(r->pool);
	struct runtime_counts told = {
		.n = {
			[RUNTIME_COUNT_WAITING] = n.queued,
			[RUNTIME_COUNT_THREADS] = n.threads,
			[RUNTIME_COUNT_THREADS_IDLE] = n.waiting_threads,
			[RUNTIME_COUNT_ACCEPTED] = n.accepted,
			[RUNTIME_COUNT_REFUSED] =
				n.refused_total + n.refused_address + n.refused_rate,
			[RUNTIME_COUNT_STEPS] = n.steps,
			[RUNTIME_COUNT_SHED] = n.shed,
		},
	};

	for (int i = 0; i < CONFIG_PROTOCOL_COUNT; i++)
		told.n[RUNTIME_COUNT_SESSIONS + i] = n.sessions[i];
	role_tell_counts(&told);
}

static void obey(struct role_session *r, const struct runtime_control *m, int *fds)
{
	if (m->type == RUNTIME_CONTROL_SETUP && m->n_fds > 0 && !r->drain_end_ms) {
		take_setup(r, fds[0], fds + 1, m->n_fds - 1);
		close(fds[0]);
		return;
	}
	close_all(fds, m->n_fds);
	if (m->type == RUNTIME_CONTROL_COUNT)
		tell_counts(r);
	if (m->type != RUNTIME_CONTROL_DRAIN)
		return;
	r->drain_end_ms = clock_mono_ms() + (int64_t)m->value;
	runtime_pool_drain(r->pool, m->value);
}

static void log_counts(const struct role_session *r)
{
	struct runtime_pool_counts n = runtime_pool_count(r->pool);

	log_event(LOG_LEVEL_INFO, "session.drained", LOG_U("accepted", n.accepted),
	          LOG_U("left", n.connections),
	          LOG_U("refused", n.refused_total + n.refused_address + n.refused_rate),
	          LOG_U("steps", n.steps), LOG_U("shed", n.shed));
}

static int serve(struct role_session *r)
{
	static int fds[RUNTIME_CONTROL_FDS_MAX];
	struct runtime_control m;

	for (;;) {
		int64_t now;
		int wait = runtime_pool_tick(r->pool);

		if (r->drain_end_ms && wait > 20)
			wait = 20;
		if (role_receive(wait, &m, fds))
			obey(r, &m, fds);
		now = clock_mono_ms();
		if (r->drain_end_ms && (runtime_pool_is_empty(r->pool) || now >= r->drain_end_ms)) {
			log_counts(r);
			return RUNTIME_ROLE_EXIT_OK;
		}
		if (now >= r->trim_ms) {
			(void)malloc_trim(0);
			r->trim_ms = now + TRIM_EVERY_MS;
		}
	}
}

static int run(enum runtime_role_kind kind, const struct role_start *start)
{
	struct role_session r = { .kind = kind, .trim_ms = clock_mono_ms() + TRIM_EVERY_MS };
	struct runtime_setup *setup;
	struct errinfo info = { 0 };
	struct dns *dns = NULL;

	set_up_malloc();
	(void)OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_LOAD_SSL_STRINGS, NULL);
	if (runtime_bundle_setup(start->bundle, &setup, &info))
		return fail(info.text);
	role_setup_log(runtime_child_role_name(kind), setup->config);
	if (kind == RUNTIME_ROLE_SESSION)
		dns = open_resolver(setup->config);
	if (enter(kind, setup->config, &info))
		return fail(info.text);
	r.pool = open_pool(start->bundle, setup, dns);
	if (!r.pool || serve_setup(&r, setup, start->fds, start->n_fds, &info))
		return fail("the pool cannot serve");
	runtime_setup_unref(&setup);
	role_tell(RUNTIME_CONTROL_READY, start->bundle->generation);
	return serve(&r);
}

int role_session_run(const struct role_start *start)
{
	return run(RUNTIME_ROLE_SESSION, start);
}

int role_web_run(const struct role_start *start)
{
	return run(RUNTIME_ROLE_WEB, start);
}
