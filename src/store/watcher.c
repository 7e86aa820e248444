/*
 * The caller's side of events.
 *
 * In-process, a watcher is a set in the engine's hub. Over the socket it has a thread of its own
 * that keeps a connection, says what is watched and collects what comes into the same kind of set;
 * so the descriptor stays the same over lost connections, and whoever adds an account never waits.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/store/engine_state_priv.h"
#include "src/store/event_priv.h"
#include "src/store/socket_priv.h"
#include "src/store/watch_priv.h"
#include "src/store/wire.h"

#define RECONNECT_MS 200
#define ACCOUNTS_A_FRAME 4096

/* What the thread still has to tell the store. */
struct order {
	uint64_t account_id;
	bool is_watch;
};

struct store_watcher {
	struct watch_set set;
	int fd;     /* readable when the set has something */
	char *path; /* NULL: in-process */
	/* of the thread */
	pthread_t thread;
	int connection;
	struct event_link link;
	/* shared */
	pthread_mutex_t lock;
	struct order *orders;
	size_t n_orders, orders_room;
	int control; /* wakes the thread */
	bool is_closing;
};

static void signal_fd(int fd)
{
	uint64_t one = 1;
	ssize_t n = write(fd, &one, sizeof(one));
	must(n == sizeof(one) || errno == EAGAIN);
}

static void clear_fd(int fd)
{
	uint64_t count;
	ssize_t n = read(fd, &count, sizeof(count));
	must(n == sizeof(count) || errno == EAGAIN || errno == EINTR);
}

static void wake_reader(void *ctx)
{
	signal_fd(((struct store_watcher *)ctx)->fd);
}

/* ---------------------------------------------------------------- the thread of a socket */

static void lose(struct store_watcher *w)
{
	if (w->connection < 0)
		return;
	close(w->connection);
	w->connection = -1;
	event_link_clear(&w->link);
	/* Something may be missed from here on. */
	watch_set_note_all(&w->set);
}

static void announce(struct store_watcher *w, enum wire_verb verb, const uint64_t *accounts,
                     size_t n)
{
	for (size_t at = 0; at < n; at += ACCOUNTS_A_FRAME) {
		size_t now = n - at < ACCOUNTS_A_FRAME ? n - at : ACCOUNTS_A_FRAME;
		event_link_put_accounts(&w->link, verb, accounts + at, now);
	}
}

static void connect_now(struct store_watcher *w)
{
	w->connection = socket_connect(w->path);
	if (w->connection < 0)
		return;
	event_link_init(&w->link, w->connection);
	/* What the orders say is in the set already. */
	pthread_mutex_lock(&w->lock);
	w->n_orders = 0;
	pthread_mutex_unlock(&w->lock);
	uint64_t *accounts = NULL;
	size_t n = watch_set_accounts(&w->set, &accounts);
	announce(w, WIRE_WATCH, accounts, n);
	free(accounts);
}

/* One frame for each run of orders of one kind, so that their order stays. */
static void send_orders(struct store_watcher *w)
{
	pthread_mutex_lock(&w->lock);
	struct order *orders = w->orders;
	size_t n = w->n_orders;
	w->orders = NULL;
	w->n_orders = w->orders_room = 0;
	pthread_mutex_unlock(&w->lock);
	uint64_t *accounts = calloc(n + 1, sizeof(*accounts));
	must(accounts != NULL);
	size_t run = 0;
	for (size_t i = 0; i < n && w->connection >= 0; i++) {
		accounts[run++] = orders[i].account_id;
		if (i + 1 < n && orders[i + 1].is_watch == orders[i].is_watch)
			continue;
		announce(w, orders[i].is_watch ? WIRE_WATCH : WIRE_UNWATCH, accounts, run);
		run = 0;
	}
	free(accounts);
	free(orders);
}

static void take_events(struct store_watcher *w)
{
	struct wire_header h;
	struct str body;
	enum err err;
	while (!(err = event_link_next(&w->link, &h, &body))) {
		if (h.verb != WIRE_EVENTS || body.n % EVENT_BYTES) {
			lose(w);
			return;
		}
		for (size_t i = 0; i < body.n; i += EVENT_BYTES) {
			struct store_event e = event_get(body.p + i);
			watch_set_note(&w->set, e.account_id, e.modseq);
		}
	}
	if (err != ERR_BUSY)
		lose(w);
}

static void *run_thread(void *arg)
{
	struct store_watcher *w = arg;
	for (;;) {
		pthread_mutex_lock(&w->lock);
		bool is_closing = w->is_closing;
		pthread_mutex_unlock(&w->lock);
		if (is_closing)
			break;
		if (w->connection < 0)
			connect_now(w);
		else
			send_orders(w);
		if (w->connection >= 0 && event_link_flush(&w->link))
			lose(w);
		struct pollfd p[2] = {
			{ .fd = w->control, .events = POLLIN },
			{ .fd = w->connection, .events = POLLIN },
		};
		bool is_connected = w->connection >= 0;
		if (is_connected && event_link_has_output(&w->link))
			p[1].events |= POLLOUT;
		int n = poll(p, is_connected ? 2 : 1, is_connected ? -1 : RECONNECT_MS);
		if (n > 0 && p[0].revents)
			clear_fd(w->control);
		if (n > 0 && is_connected && p[1].revents & (POLLIN | POLLHUP | POLLERR))
			take_events(w);
	}
	lose(w);
	return NULL;
}

/* ---------------------------------------------------------------- the caller's functions */

static void start_thread(struct store_watcher *w)
{
	/* Signals belong to the threads that were there before. */
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	must(pthread_create(&w->thread, NULL, run_thread, w) == 0);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

struct store_watcher *store_watcher_open(const char *socket_path, struct store_engine *engine)
{
	struct store_watcher *w = calloc(1, sizeof(*w));
	must(w != NULL);
	w->connection = -1;
	w->control = -1;
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	must(w->fd >= 0);
	pthread_mutex_init(&w->lock, NULL);
	watch_set_init(&w->set, socket_path ? NULL : &engine->hub, wake_reader, w);
	if (!socket_path)
		return w;
	w->path = strdup(socket_path);
	w->control = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	must(w->path && w->control >= 0);
	start_thread(w);
	return w;
}

void store_watcher_close(struct store_watcher **watcher)
{
	struct store_watcher *w = *watcher;
	if (!w)
		return;
	*watcher = NULL;
	if (w->path) {
		pthread_mutex_lock(&w->lock);
		w->is_closing = true;
		pthread_mutex_unlock(&w->lock);
		signal_fd(w->control);
		pthread_join(w->thread, NULL);
		close(w->control);
	}
	watch_set_clear(&w->set);
	pthread_mutex_destroy(&w->lock);
	close(w->fd);
	free(w->orders);
	free(w->path);
	free(w);
}

static void give_order(struct store_watcher *w, uint64_t account_id, bool is_watch)
{
	pthread_mutex_lock(&w->lock);
	if (w->n_orders == w->orders_room) {
		w->orders_room = w->orders_room ? w->orders_room * 2 : 16;
		w->orders = realloc(w->orders, w->orders_room * sizeof(*w->orders));
		must(w->orders != NULL);
	}
	w->orders[w->n_orders++] = (struct order){ account_id, is_watch };
	pthread_mutex_unlock(&w->lock);
	signal_fd(w->control);
}

void store_watcher_add(struct store_watcher *w, uint64_t grant_account_id)
{
	if (watch_set_add(&w->set, grant_account_id) && w->path)
		give_order(w, grant_account_id, true);
}

void store_watcher_remove(struct store_watcher *w, uint64_t grant_account_id)
{
	if (watch_set_remove(&w->set, grant_account_id) && w->path)
		give_order(w, grant_account_id, false);
}

int store_watcher_fd(const struct store_watcher *w)
{
	return w->fd;
}

size_t store_watcher_read(struct store_watcher *w, struct store_event *events, size_t max)
{
	bool has_more = false;
	clear_fd(w->fd);
	size_t n = watch_set_read(&w->set, events, max, &has_more);
	if (has_more)
		signal_fd(w->fd);
	return n;
}
