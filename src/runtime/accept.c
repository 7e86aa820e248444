/* New connections: accepting, limits, and a polite no. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/must.h"
#include "src/net/address.h"
#include "src/net/listener.h"
#include "src/net/stream.h"
#include "src/runtime/pool_priv.h"

enum {
	ACCEPT_BATCH = 64,
	PROXY_TIMEOUT_MS = 10000,
	REFUSALS_LOGGED_A_MINUTE = 60
};

void accept_unref(struct runtime_pool *p, struct listen_set **pointer)
{
	struct listen_set *set = *pointer;

	if (!set)
		return;
	*pointer = NULL;
	if (atomic_fetch_sub(&set->refs, 1) > 1)
		return;
	for (size_t i = 0; i < set->n; i++) {
		if (set->fds[i] < 0)
			continue;
		/* The supervisor has the socket too, so that closing ours does not take it out of
		 * the epoll set. */
		(void)epoll_ctl(p->epoll_fd, EPOLL_CTL_DEL, set->fds[i], NULL);
		close(set->fds[i]);
	}
	runtime_setup_unref(&set->setup);
	free(set);
}

struct str accept_address(const struct session_peer *peer)
{
	/* Whoever has one IPv6 address has the 2^64 beside it. */
	return str_make(peer->address, net_address_is_v4(peer->address) ? 16 : 8);
}

/* --- refusing */

static const char *refusal(enum config_protocol protocol, const char *why, char *line, size_t size,
                           const char *hostname)
{
	if (protocol == CONFIG_PROTOCOL_IMAP)
		snprintf(line, size, "* BYE [UNAVAILABLE] %s\r\n", why);
	else if (protocol == CONFIG_PROTOCOL_HTTP)
		snprintf(line, size,
		         "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: "
		         "60\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s\n",
		         str_c(why).n + 1, why);
	else if (protocol == CONFIG_PROTOCOL_POP3)
		snprintf(line, size, "-ERR [SYS/TEMP] %s\r\n", why);
	else
		snprintf(line, size, "421 4.7.0 %s %s\r\n", hostname, why);
	return line;
}

/* Say no in the protocol's words, as far as that is possible without waiting; before TLS there are
 * none. */
static void refuse(struct runtime_pool *p, int fd, const struct config *config,
                   const struct config_listener *l, const struct session_peer *peer,
                   const char *why)
{
	char line[400];

	if (l->tls != CONFIG_TLS_IMPLICIT) {
		refusal(l->protocol, why, line, sizeof line, config->server.hostname);
		(void)!send(fd, line, str_c(line).n, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	if (runtime_budget_take(p->budget, "refusal log", STR("all"), 1, REFUSALS_LOGGED_A_MINUTE))
		log_event(LOG_LEVEL_WARN, "session.refused", LOG_C("listener", l->name),
		          LOG_C("peer", peer->text), LOG_C("reason", why));
}

/* The limits that go by address: NULL, or what the peer exceeds. */
static const char *exceeds(struct runtime_pool *p, struct conn *c)
{
	const struct config_limits *limits = &c->session.config->limits;
	struct str address = accept_address(&c->session.peer);
	uint64_t key = runtime_hash(&p->hash_key, address);

	if (limits->connection_rate_per_address &&
	    !runtime_budget_take(p->budget, "connect", address, 1,
	                         limits->connection_rate_per_address)) {
		p->refused_rate++;
		return "Too many new connections from your address, try again in a minute";
	}
	if (!runtime_tally_enter(p->addresses, key, limits->connections_per_address_max)) {
		p->refused_address++;
		return "Too many connections from your address, try again later";
	}
	c->address_key = key;
	return NULL;
}

bool accept_admit(struct runtime_pool *p, struct conn *c)
{
	const char *why = c->address_key ? NULL : exceeds(p, c);

	if (why)
		refuse(p, c->fd, c->session.config, c->session.listener, &c->session.peer, why);
	return why == NULL;
}

/* --- making a connection */

static struct conn *new_conn(struct runtime_pool *p, struct runtime_setup *setup, int fd,
                             size_t index, const struct session_peer *peer)
{
	const struct config *config = setup->config;
	const struct config_listener *l = &config->listeners[index];
	struct conn *c = calloc(1, sizeof *c);

	must(c);
	c->pool = p;
	c->fd = fd;
	c->setup = runtime_setup_ref(setup);
	c->state = CONN_RUNNING;
	c->session = (struct session){
		.class = p->options.classes[l->protocol],
		.id = atomic_fetch_add(&p->next_id, 1),
		.config = config,
		.listener = l,
		.host = &p->host,
		.tls = setup->tls[index],
		.peer = *peer,
		.arena = arena_new(NULL),
		.stream = stream_open_socket(fd),
	};
	stream_set_write_limits(c->session.stream, (int64_t)config->limits.write_timeout_ms,
	                        config->limits.write_min_rate);
	c->phase = CONN_PROXY;
	c->phase_due_ms = clock_mono_ms() + PROXY_TIMEOUT_MS;
	c->needs_proxy = config_net_contains(l->proxy_from, l->n_proxy_from, peer->address);
	c->todo = 1u << SESSION_WAKE_INPUT;
	return c;
}

static void drop_conn(struct conn *c)
{
	if (c->address_key)
		runtime_tally_leave(c->pool->addresses, c->address_key);
	stream_close(&c->session.stream);
	arena_free(&c->session.arena);
	runtime_setup_unref(&c->setup);
	free(c);
}

/* Take a new socket into the pool, or refuse and close it. */
static bool add_socket(struct runtime_pool *p, struct runtime_setup *setup, int fd, size_t index,
                       const struct session_peer *peer)
{
	struct conn *c = new_conn(p, setup, fd, index, peer);
	bool has_room;

	if (!c->needs_proxy && !accept_admit(p, c)) {
		drop_conn(c);
		return false;
	}
	pthread_mutex_lock(&p->lock);
	has_room = p->n_conns < p->setup->config->limits.connections_max && park_enter(p, c);
	if (has_room)
		park_queue(p, c);
	pthread_mutex_unlock(&p->lock);
	if (!has_room) {
		p->refused_total++;
		refuse(p, fd, setup->config, c->session.listener, peer,
		       "Too many connections, try again later");
		drop_conn(c);
		return false;
	}
	p->accepted++;
	return true;
}

bool runtime_pool_adopt(struct runtime_pool *p, int fd, size_t listener)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t size = sizeof sa;
	struct runtime_setup *setup;
	struct session_peer peer = { 0 };
	uint8_t address[16];
	uint16_t port;
	bool is_in;

	(void)getpeername(fd, (struct sockaddr *)&sa, &size);
	net_address_from_sockaddr(&sa, address, &port);
	listener_peer_set(&peer, address, port);
	pthread_mutex_lock(&p->lock);
	setup = runtime_setup_ref(p->setup);
	pthread_mutex_unlock(&p->lock);
	must(listener < setup->config->n_listeners);
	is_in = add_socket(p, setup, fd, listener, &peer);
	runtime_setup_unref(&setup);
	if (is_in)
		pool_kick(p);
	return is_in;
}

/* --- listening */

/* Have epoll report `index` once more. */
static void arm_listener(struct runtime_pool *p, const struct listen_set *set, uint32_t index,
                         uint32_t generation, int op)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLONESHOT };

	ev.data.u64 = pool_name(POOL_SLOT_LISTEN + index, generation);
	if (epoll_ctl(p->epoll_fd, op, set->fds[index], &ev) != 0)
		log_event(LOG_LEVEL_ERROR, "session.listen_failed",
		          LOG_C("listener", set->setup->config->listeners[index].name));
}

static void hold_listeners(struct runtime_pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->are_listeners_held = true;
	pthread_mutex_unlock(&p->lock);
	log_event(LOG_LEVEL_ERROR, "session.accept_failed", LOG_I("errno", errno));
}

/* Accept until nothing waits or the batch is full. False: out of descriptors or memory, pause. */
static bool accept_batch(struct runtime_pool *p, const struct listen_set *set, uint32_t index)
{
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		struct session_peer peer;
		int fd;
		enum err e = listener_accept(set->fds[index], &fd, &peer);

		if (e == ERR_NOTFOUND)
			return true;
		if (e) {
			hold_listeners(p);
			return false;
		}
		add_socket(p, set->setup, fd, index, &peer);
	}
	return true;
}

void accept_event(struct runtime_pool *p, uint32_t index, uint32_t generation)
{
	struct listen_set *set = NULL;

	pthread_mutex_lock(&p->lock);
	if (p->listening && p->listen_generation == generation && index < p->listening->n) {
		set = p->listening;
		atomic_fetch_add(&set->refs, 1);
	}
	pthread_mutex_unlock(&p->lock);
	if (!set)
		return;
	if (accept_batch(p, set, index))
		arm_listener(p, set, index, generation, EPOLL_CTL_MOD);
	accept_unref(p, &set);
}

void accept_resume(struct runtime_pool *p)
{
	struct listen_set *set;
	uint32_t generation;

	pthread_mutex_lock(&p->lock);
	p->are_listeners_held = false;
	set = p->listening;
	generation = p->listen_generation;
	if (set)
		atomic_fetch_add(&set->refs, 1);
	pthread_mutex_unlock(&p->lock);
	if (!set)
		return;
	for (uint32_t i = 0; i < set->n; i++)
		if (set->fds[i] >= 0)
			arm_listener(p, set, i, generation, EPOLL_CTL_MOD);
	accept_unref(p, &set);
}

enum err runtime_pool_serve(struct runtime_pool *p, struct runtime_setup *setup, const int *fds,
                            size_t n_fds)
{
	struct listen_set *set = calloc(1, sizeof *set + n_fds * sizeof(int)), *old;
	struct runtime_setup *old_setup;
	uint32_t generation;

	must(set && n_fds <= setup->config->n_listeners);
	set->refs = 2; /* the pool's and ours */
	set->setup = runtime_setup_ref(setup);
	set->n = n_fds;
	for (size_t i = 0; i < n_fds; i++)
		set->fds[i] = fds[i];
	pthread_mutex_lock(&p->lock);
	old = p->listening;
	p->listening = set;
	old_setup = p->setup;
	p->setup = runtime_setup_ref(setup);
	generation = ++p->listen_generation;
	p->max_threads = setup->config->server.worker_max_threads;
	pthread_mutex_unlock(&p->lock);
	for (uint32_t i = 0; i < n_fds; i++)
		if (fds[i] >= 0)
			arm_listener(p, set, i, generation, EPOLL_CTL_ADD);
	runtime_setup_unref(&old_setup);
	accept_unref(p, &old);
	accept_unref(p, &set);
	return ERR_OK;
}
