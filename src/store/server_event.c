/*
 * The thread that pushes events. It alone touches event connections; lanes only mark what has
 * changed and wake it, so many changes of one account make one event.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "src/base/must.h"
#include "src/store/engine_state_priv.h"
#include "src/store/server_priv.h"

#define EVENTS_A_FRAME 512
#define READY_MAX 32

static void wake(void *ctx)
{
	struct event_conn *c = ctx;
	uint64_t one = 1;
	ssize_t n = write(c->server->event_wake, &one, sizeof(one));
	must(n == sizeof(one) || errno == EAGAIN);
}

static void wake_thread(struct store_server *server)
{
	uint64_t one = 1;
	ssize_t n = write(server->event_wake, &one, sizeof(one));
	must(n == sizeof(one) || errno == EAGAIN);
}

static bool take_frame(struct event_conn *c, const struct wire_header *h, struct str body)
{
	if ((h->verb != WIRE_WATCH && h->verb != WIRE_UNWATCH) || body.n % EVENT_ACCOUNT_BYTES)
		return false;
	for (size_t i = 0; i < body.n; i += EVENT_ACCOUNT_BYTES) {
		uint64_t account_id = event_account_get(body.p + i);
		if (!account_id)
			return false;
		if (h->verb == WIRE_UNWATCH) {
			watch_set_remove(&c->set, account_id);
			continue;
		}
		/* Named twice is watched once: the caller counts, not we. */
		if (!watch_set_add(&c->set, account_id))
			watch_set_remove(&c->set, account_id);
		/* What happened before the watch began may have been missed. */
		watch_set_note(&c->set, account_id, 0);
	}
	return true;
}

void server_event_adopt(struct store_server *server, int fd, uint64_t process,
                        const struct wire_header *head, struct str body)
{
	struct event_conn *c = calloc(1, sizeof(*c));
	must(c != NULL);
	c->server = server;
	c->fd = fd;
	c->process = process;
	presence_enter(&server->engine->presence, process);
	event_link_init(&c->link, fd);
	watch_set_init(&c->set, &server->engine->hub, wake, c);
	if (!take_frame(c, head, body))
		c->link.fd = -1; /* the thread finds it broken */
	pthread_mutex_lock(&server->event_lock);
	c->next = server->event_new;
	server->event_new = c;
	pthread_mutex_unlock(&server->event_lock);
	wake_thread(server);
}

void server_event_stop(struct store_server *server)
{
	pthread_mutex_lock(&server->event_lock);
	server->is_event_closing = true;
	pthread_mutex_unlock(&server->event_lock);
	wake_thread(server);
}

static void free_conn(struct event_conn *c)
{
	watch_set_clear(&c->set);
	event_link_clear(&c->link);
	close(c->fd);
	presence_leave(&c->server->engine->presence, c->process);
	free(c);
}

static bool read_frames(struct event_conn *c)
{
	struct wire_header h;
	struct str body;
	enum err err;
	while (!(err = event_link_next(&c->link, &h, &body))) {
		if (!take_frame(c, &h, body))
			return false;
	}
	return err == ERR_BUSY;
}

/* Queue what is pending, unless the last is not out yet: then it goes on collecting. */
static bool push(struct event_conn *c)
{
	bool has_more = true;
	while (has_more && !event_link_has_output(&c->link)) {
		struct store_event events[EVENTS_A_FRAME];
		size_t n = watch_set_read(&c->set, events, EVENTS_A_FRAME, &has_more);
		if (n)
			event_link_put_events(&c->link, events, n);
		if (event_link_flush(&c->link))
			return false;
	}
	return c->link.fd >= 0 && !event_link_flush(&c->link);
}

/* Edge-triggered: readiness is remembered by reading and writing until nothing goes on. */
static void tend(struct event_conn **list)
{
	struct event_conn **at = list;
	while (*at) {
		struct event_conn *c = *at;
		if (read_frames(c) && push(c)) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		free_conn(c);
	}
}

static void adopt_new(struct store_server *server, int epoll, struct event_conn **list,
                      bool *is_closing_r)
{
	pthread_mutex_lock(&server->event_lock);
	struct event_conn *fresh = server->event_new;
	server->event_new = NULL;
	*is_closing_r = server->is_event_closing;
	pthread_mutex_unlock(&server->event_lock);
	while (fresh) {
		struct event_conn *c = fresh;
		fresh = c->next;
		struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET };
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) < 0) {
			free_conn(c);
			continue;
		}
		c->next = *list;
		*list = c;
	}
}

void *server_event_run(void *arg)
{
	struct store_server *server = arg;
	struct event_conn *list = NULL;
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	must(epoll >= 0);
	struct epoll_event event = { .events = EPOLLIN };
	must(epoll_ctl(epoll, EPOLL_CTL_ADD, server->event_wake, &event) == 0);
	bool is_closing = false;
	while (!is_closing) {
		struct epoll_event ready[READY_MAX];
		int n = epoll_wait(epoll, ready, READY_MAX, -1);
		must(n >= 0 || errno == EINTR);
		uint64_t count;
		ssize_t got = read(server->event_wake, &count, sizeof(count));
		must(got == sizeof(count) || errno == EAGAIN);
		adopt_new(server, epoll, &list, &is_closing);
		/* Listeners are few, one for each process that serves sessions. */
		tend(&list);
	}
	while (list) {
		struct event_conn *c = list;
		list = c->next;
		free_conn(c);
	}
	close(epoll);
	return NULL;
}
