#include "src/store/server.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "src/base/log.h"
#include "src/base/must.h"
#include "src/base/pace.h"
#include "src/store/engine_state_priv.h"
#include "src/store/server_priv.h"
#include "src/store/socket_priv.h"

#define THREADS_MAX 256
#define ACCEPT_PAUSE_MS 100
/* Who does not even read an answer for so long while we end is cut off. */
#define DRAIN_PATIENCE_S 30

static void signal_fd(int fd)
{
	uint64_t one = 1;
	ssize_t n = write(fd, &one, sizeof(one));
	must(n == sizeof(one) || errno == EAGAIN);
}

/* ---------------------------------------------------------------- life */

struct store_server *store_server_new(struct store_engine *engine,
                                      const struct store_listener *listeners, size_t n_listeners,
                                      uint32_t threads)
{
	must(n_listeners <= SERVER_LISTENERS_MAX);
	struct store_server *server = calloc(1, sizeof(*server));
	must(server != NULL);
	server->engine = engine;
	const struct store_options *o = engine_options(engine);
	/*
	 * Every lane and every reader can be at work at once, and one thread is left to read
	 * requests.
	 */
	server->n_threads = threads ? threads : o->lanes + o->readers + 1;
	if (server->n_threads < 3)
		server->n_threads = 3;
	if (server->n_threads > THREADS_MAX)
		server->n_threads = THREADS_MAX;
	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	server->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	server->quit_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	server->event_wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	must(server->epoll >= 0 && server->stop_fd >= 0 && server->quit_fd >= 0 &&
	     server->event_wake >= 0);
	server->stop_source = SOURCE_STOP;
	pthread_mutex_init(&server->lock, NULL);
	pthread_cond_init(&server->changed, NULL);
	pthread_mutex_init(&server->side_lock, NULL);
	pthread_cond_init(&server->side_ready, NULL);
	pthread_mutex_init(&server->event_lock, NULL);
	pthread_mutex_init(&server->upkeep_lock, NULL);
	pthread_cond_init(&server->upkeep_wake, NULL);
	for (size_t i = 0; i < n_listeners; i++)
		server->listeners[i] = (struct listener){ SOURCE_LISTENER, listeners[i], server };
	server->n_listeners = n_listeners;
	return server;
}

void store_server_free(struct store_server **server_p)
{
	struct store_server *server = *server_p;
	if (!server)
		return;
	*server_p = NULL;
	must(!server->conns);
	close(server->epoll);
	close(server->stop_fd);
	close(server->quit_fd);
	close(server->event_wake);
	pthread_mutex_destroy(&server->lock);
	pthread_cond_destroy(&server->changed);
	pthread_mutex_destroy(&server->side_lock);
	pthread_cond_destroy(&server->side_ready);
	pthread_mutex_destroy(&server->event_lock);
	pthread_mutex_destroy(&server->upkeep_lock);
	pthread_cond_destroy(&server->upkeep_wake);
	free(server);
}

void store_server_stop(struct store_server *server)
{
	signal_fd(server->stop_fd);
}

struct store_load store_server_load(struct store_server *server)
{
	struct store_engine *engine = server->engine;
	struct store_load load = {
		.writes = atomic_load(&engine->ops),
		.batches = atomic_load(&engine->batches),
		.failed = atomic_load(&engine->failed_ops),
	};

	for (uint32_t i = 0; i < engine->n_lanes; i++) {
		pthread_mutex_lock(&engine->lanes[i].lock);
		load.waiting += engine->lanes[i].queued;
		pthread_mutex_unlock(&engine->lanes[i].lock);
	}
	return load;
}

/* ---------------------------------------------------------------- threads */

static void accept_one(struct listener *l)
{
	int fd = accept4(l->l.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
		/* It stays in the backlog; asking again at once would be no better. */
		struct timespec pause = { .tv_nsec = ACCEPT_PAUSE_MS * 1000000 };
		log_event(LOG_LEVEL_WARN, "store.full", LOG_C("why", strerror(errno)));
		nanosleep(&pause, NULL);
	}
	if (fd < 0)
		return; /* somebody else took it, or it went away */
	uid_t uid = 0;
	uint64_t process = 0;
	bool is_known = socket_peer(fd, &uid, &process);
	/* Whoever may read our files anyway may also administrate. */
	bool is_admin = uid == 0 || uid == geteuid();
	if (!is_known || (l->l.caller == STORE_CALLER_ADMIN && !is_admin)) {
		log_event(LOG_LEVEL_WARN, "store.refused", LOG_U("uid", uid));
		close(fd);
		return;
	}
	server_conn_new(l->server, fd, l->l.caller, process);
}

static void *serve(void *arg)
{
	struct store_server *server = arg;
	for (;;) {
		struct epoll_event event;
		int n = epoll_wait(server->epoll, &event, 1, -1);
		if (n < 0) {
			must(errno == EINTR);
			continue;
		}
		pace_thread();
		enum server_source *source = event.data.ptr;
		switch (*source) {
		case SOURCE_STOP:
			return NULL;
		case SOURCE_LISTENER:
			accept_one(event.data.ptr);
			break;
		case SOURCE_CONN:
			server_conn_ready(event.data.ptr);
			break;
		default:
			must(false && "a source of events");
		}
	}
}

static void *serve_side(void *arg)
{
	struct store_server *server = arg;
	pthread_mutex_lock(&server->side_lock);
	for (;;) {
		struct conn *c = server->side_first;
		if (!c && server->is_side_closing)
			break;
		if (!c) {
			pthread_cond_wait(&server->side_ready, &server->side_lock);
			continue;
		}
		server->side_first = c->side_next;
		if (!server->side_first)
			server->side_last = NULL;
		server->side_queued--;
		pthread_mutex_unlock(&server->side_lock);
		server_conn_side(c);
		pthread_mutex_lock(&server->side_lock);
	}
	pthread_mutex_unlock(&server->side_lock);
	return NULL;
}

static void stop_side(struct store_server *server)
{
	pthread_mutex_lock(&server->side_lock);
	server->is_side_closing = true;
	pthread_cond_broadcast(&server->side_ready);
	pthread_mutex_unlock(&server->side_lock);
}

/* ---------------------------------------------------------------- running */

static void listen_on(struct store_server *server)
{
	for (size_t i = 0; i < server->n_listeners; i++) {
		/* One thread wakes for one connection. */
		struct epoll_event event = {
			.events = EPOLLIN | EPOLLEXCLUSIVE,
			.data.ptr = &server->listeners[i],
		};
		must(epoll_ctl(server->epoll, EPOLL_CTL_ADD, server->listeners[i].l.fd, &event) ==
		     0);
	}
}

static void wait_for_stop(struct store_server *server)
{
	struct pollfd p = { .fd = server->stop_fd, .events = POLLIN };
	while (poll(&p, 1, -1) <= 0)
		must(errno == EINTR);
}

/*
 * No further request can be sent on a connection whose reading end is shut: the caller learns that,
 * and sends it to our successor. What had been sent is read and answered; then the connection shows
 * its end and is closed.
 */
static void drain(struct store_server *server)
{
	for (size_t i = 0; i < server->n_listeners; i++)
		epoll_ctl(server->epoll, EPOLL_CTL_DEL, server->listeners[i].l.fd, NULL);
	pthread_mutex_lock(&server->lock);
	for (int seconds = 0; server->conns; seconds++) {
		for (struct conn *c = server->conns; c; c = c->next)
			shutdown(c->fd, seconds < DRAIN_PATIENCE_S ? SHUT_RD : SHUT_RDWR);
		struct timespec until;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		pthread_cond_timedwait(&server->changed, &server->lock, &until);
	}
	pthread_mutex_unlock(&server->lock);
}

void store_server_run(struct store_server *server)
{
	pthread_t threads[THREADS_MAX], side[THREADS_MAX], event, upkeep;
	uint32_t n = server->n_threads;
	uint32_t n_side = engine_options(server->engine)->auth_threads;
	n_side = n_side < 1 ? 1 : n_side > THREADS_MAX ? THREADS_MAX : n_side;
	/*
	 * Every request takes and gives back the same memory: going to the kernel for it each time
	 * costs more than keeping it.
	 */
	mallopt(M_TRIM_THRESHOLD, 32 << 20);
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
	/* Signals are for the thread that called. */
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	engine_keep(server->engine);
	for (uint32_t i = 0; i < n; i++)
		must(pthread_create(&threads[i], NULL, serve, server) == 0);
	for (uint32_t i = 0; i < n_side; i++)
		must(pthread_create(&side[i], NULL, serve_side, server) == 0);
	must(pthread_create(&event, NULL, server_event_run, server) == 0);
	must(pthread_create(&upkeep, NULL, server_upkeep_run, server) == 0);
	pthread_sigmask(SIG_SETMASK, &old, NULL);

	listen_on(server);
	wait_for_stop(server);
	drain(server);

	server_upkeep_stop(server);
	pthread_join(upkeep, NULL);
	server_event_stop(server);
	pthread_join(event, NULL);
	stop_side(server);
	for (uint32_t i = 0; i < n_side; i++)
		pthread_join(side[i], NULL);
	/* Not one-shot and never read: every thread sees it. */
	struct epoll_event quit = { .events = EPOLLIN, .data.ptr = &server->stop_source };
	signal_fd(server->quit_fd);
	must(epoll_ctl(server->epoll, EPOLL_CTL_ADD, server->quit_fd, &quit) == 0);
	for (uint32_t i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	engine_unkeep(server->engine);
}
