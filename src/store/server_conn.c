#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/must.h"
#include "src/store/engine_state_priv.h"
#include "src/store/server_priv.h"
#include "src/store/socket_priv.h"

/* A small message with its envelope comes with one read. */
#define READ_BYTES 8192
/* Buffers that grew beyond this are not kept for the next request. */
#define KEEP_BYTES (64u << 10)
#define TEXT_MAX 500

/* ---------------------------------------------------------------- life */

static bool arm(struct conn *c, uint32_t events, int how)
{
	struct epoll_event event = { .events = events | EPOLLONESHOT, .data.ptr = c };
	pthread_mutex_lock(&c->handover);
	bool is_armed = epoll_ctl(c->server->epoll, how, c->fd, &event) == 0;
	pthread_mutex_unlock(&c->handover);
	return is_armed;
}

void server_conn_new(struct store_server *server, int fd, enum store_caller caller,
                     uint64_t process)
{
	struct conn *c = calloc(1, sizeof(*c));
	must(c != NULL);
	*c = (struct conn){
		.source = SOURCE_CONN,
		.server = server,
		.fd = fd,
		.caller = caller,
		.process = process,
		.file = -1,
		.in = buf_in(NULL, WIRE_HEADER_BYTES + WIRE_REQUEST_MAX),
		.out = buf_in(NULL, WIRE_HEADER_BYTES + WIRE_REPLY_MAX),
		.a = arena_new(NULL),
	};
	pthread_mutex_init(&c->handover, NULL);
	presence_enter(&server->engine->presence, process);
	pthread_mutex_lock(&server->lock);
	bool has_room = server->n_conns < SERVER_CONNS_MAX;
	c->next = server->conns;
	if (c->next)
		c->next->prev = c;
	server->conns = c;
	server->n_conns++;
	pthread_mutex_unlock(&server->lock);
	if (!has_room)
		log_event(LOG_LEVEL_WARN, "store.full", LOG_U("connections", SERVER_CONNS_MAX));
	if (!has_room || !arm(c, EPOLLIN, EPOLL_CTL_ADD))
		server_conn_free(c);
}

void server_conn_free(struct conn *c)
{
	struct store_server *server = c->server;
	presence_leave(&server->engine->presence, c->process);
	/* Out of the list before the descriptor is closed: drain shuts down what is in the list. */
	pthread_mutex_lock(&server->lock);
	if (c->next)
		c->next->prev = c->prev;
	if (c->prev)
		c->prev->next = c->next;
	else
		server->conns = c->next;
	server->n_conns--;
	pthread_cond_signal(&server->changed);
	if (c->fd >= 0)
		close(c->fd);
	if (c->file >= 0)
		close(c->file);
	buf_clear(&c->in);
	buf_clear(&c->out);
	arena_free(&c->a);
	pthread_mutex_destroy(&c->handover);
	free(c);
	pthread_mutex_unlock(&server->lock);
}

/* ---------------------------------------------------------------- writing */

static void forget_request(struct conn *c)
{
	arena_reset(c->a);
	if (c->file >= 0)
		close(c->file);
	c->file = -1;
	c->in.n = 0;
	c->out.n = 0;
	c->sent = 0;
	if (c->in.room > KEEP_BYTES) {
		buf_clear(&c->in);
		c->in = buf_in(NULL, WIRE_HEADER_BYTES + WIRE_REQUEST_MAX);
	}
	if (c->out.room > KEEP_BYTES) {
		buf_clear(&c->out);
		c->out = buf_in(NULL, WIRE_HEADER_BYTES + WIRE_REPLY_MAX);
	}
}

/*
 * Send what fits; then wait for room, or for the next request. The connection is somebody else's
 * afterwards.
 */
static void flush(struct conn *c)
{
	while (c->sent < c->out.n) {
		ssize_t n = socket_send(c->fd, str_from(buf_str(&c->out), c->sent), -1);
		if (n < 0 && errno == EAGAIN) {
			if (!arm(c, EPOLLOUT, EPOLL_CTL_MOD))
				server_conn_free(c);
			return;
		}
		if (n < 0) {
			server_conn_free(c);
			return;
		}
		c->sent += (size_t)n;
	}
	forget_request(c);
	if (!arm(c, EPOLLIN, EPOLL_CTL_MOD))
		server_conn_free(c);
}

static enum err put_result(struct conn *c)
{
	const struct wire_struct *s = wire_verbs[c->call.verb].res;
	unsigned char *head = buf_reserve(&c->out, WIRE_HEADER_BYTES);
	must(head != NULL);
	c->out.n += WIRE_HEADER_BYTES;
	return s ? wire_encode(&c->out, s, c->call.res, NULL, &c->call.info) : ERR_OK;
}

static void put_failure(struct conn *c)
{
	c->out.n = WIRE_HEADER_BYTES;
	struct str text = str_first(str_c(c->call.info.text), TEXT_MAX);
	enum err err = buf_add(&c->out, text);
	must(!err);
}

static void reply(struct conn *c, enum err err)
{
	c->out.n = 0;
	enum err put = put_result(c);
	if (!err)
		err = put;
	if (err)
		put_failure(c);
	struct wire_header h = {
		.length = (uint32_t)(c->out.n - WIRE_HEADER_BYTES),
		.verb = c->head.verb,
		.err = (uint16_t)err,
		.seq = c->head.seq,
	};
	wire_header_put(c->out.p, &h);
	flush(c);
}

/* ---------------------------------------------------------------- running */

static void written(struct engine_op *op, enum err err)
{
	struct verb_call *call = verb_of(op);
	if (err)
		call->info = op->info;
	reply(call->owner, err);
}

static void queue_side(struct conn *c)
{
	struct store_server *server = c->server;
	c->side_next = NULL;
	pthread_mutex_lock(&server->side_lock);
	bool has_room = server->side_queued < SERVER_SIDE_QUEUE_MAX;
	if (has_room) {
		if (server->side_last)
			server->side_last->side_next = c;
		else
			server->side_first = c;
		server->side_last = c;
		server->side_queued++;
		pthread_cond_signal(&server->side_ready);
	}
	pthread_mutex_unlock(&server->side_lock);
	if (!has_room)
		reply(c, err_set(&c->call.info, ERR_TEMP, "too many log-ins at once"));
}

void server_conn_side(struct conn *c)
{
	/* Whoever has given up is not worth the hashing. */
	if (clock_mono_ms() > c->call.deadline_mono_ms)
		reply(c, err_set(&c->call.info, ERR_TIMEOUT, "too many log-ins before this one"));
	else
		reply(c, verb_side(&c->call));
}

static void run(struct conn *c)
{
	bool must_write = false;
	enum err err = ERR_OK;
	switch (verb_kind(&c->call)) {
	case WIRE_SIDE:
		queue_side(c);
		return;
	case WIRE_WRITE:
		verb_queue(&c->call, written);
		return;
	case WIRE_READ:
	case WIRE_READ_FIRST:
	case WIRE_LOCAL:
		/* These come one behind the other when a mailbox is large: others first. */
		if (c->call.verb == WIRE_VERB_fetch || c->call.verb == WIRE_VERB_search)
			(void)sched_yield();
		err = verb_read(&c->call, &must_write);
		if (must_write)
			verb_queue(&c->call, written);
		else
			reply(c, err);
		return;
	default:
		must(false && "a kind of verb");
	}
}

/* The whole request is there. */
static void begin(struct conn *c)
{
	const struct wire_verb_info *v = &wire_verbs[c->head.verb];
	c->call = (struct verb_call){
		.engine = c->server->engine,
		.verb = (enum wire_verb)c->head.verb,
		.caller = c->caller,
		.process = c->process,
		.a = c->a,
		.req = arena_alloc(c->a, v->req->size),
		.res = v->res ? arena_alloc(c->a, v->res->size) : NULL,
		.deadline_mono_ms = clock_mono_ms() + (int64_t)c->head.timeout_ms,
		.owner = c,
	};
	struct str body = str_from(buf_str(&c->in), WIRE_HEADER_BYTES);
	enum err err = wire_decode(c->a, v->req, body, c->file, c->call.req, &c->call.info);
	if (!err)
		err = verb_begin(&c->call);
	if (err)
		reply(c, err);
	else
		run(c);
}

/* ---------------------------------------------------------------- reading */

/* From here on it is an event connection. */
static void hand_to_events(struct conn *c)
{
	struct store_server *server = c->server;
	int fd = c->fd;
	struct wire_header head = c->head;
	epoll_ctl(server->epoll, EPOLL_CTL_DEL, fd, NULL);
	server_event_adopt(server, fd, c->process, &head,
	                   str_from(buf_str(&c->in), WIRE_HEADER_BYTES));
	c->fd = -1;
	server_conn_free(c);
}

enum reading {
	WHOLE,
	MORE,
	BROKEN
};

static enum reading look(struct conn *c)
{
	if (c->in.n < WIRE_HEADER_BYTES)
		return MORE;
	if (wire_header_get(c->in.p, WIRE_REQUEST_MAX, &c->head))
		return BROKEN;
	bool is_event = c->head.verb == WIRE_WATCH || c->head.verb == WIRE_UNWATCH;
	if (c->head.verb >= WIRE_VERB_COUNT && !is_event)
		return BROKEN;
	size_t whole = WIRE_HEADER_BYTES + (size_t)c->head.length;
	/* One request at a time; and a file comes when it is announced. */
	if (c->in.n > whole || (c->in.n == whole && c->head.has_fd != (c->file >= 0)))
		return BROKEN;
	return c->in.n == whole ? WHOLE : MORE;
}

static enum reading read_more(struct conn *c)
{
	for (;;) {
		size_t want = READ_BYTES;
		if (c->in.n >= WIRE_HEADER_BYTES)
			want = WIRE_HEADER_BYTES + (size_t)c->head.length - c->in.n;
		unsigned char *p = buf_reserve(&c->in, want);
		if (!p)
			return BROKEN;
		int file = -1;
		ssize_t n = socket_recv(c->fd, p, want, &file);
		if (file >= 0 && c->file >= 0)
			close(file);
		if (file >= 0 && c->file >= 0)
			return BROKEN;
		if (file >= 0)
			c->file = file;
		if (n < 0 && errno == EAGAIN)
			return MORE;
		if (n <= 0)
			return BROKEN;
		c->in.n += (size_t)n;
		enum reading reading = look(c);
		if (reading != MORE)
			return reading;
	}
}

void server_conn_ready(struct conn *c)
{
	pthread_mutex_lock(&c->handover);
	pthread_mutex_unlock(&c->handover);
	if (c->out.n) {
		flush(c);
		return;
	}
	switch (read_more(c)) {
	case WHOLE:
		if (c->head.verb == WIRE_WATCH || c->head.verb == WIRE_UNWATCH)
			hand_to_events(c);
		else
			begin(c);
		break;
	case MORE:
		if (!arm(c, EPOLLIN, EPOLL_CTL_MOD))
			server_conn_free(c);
		break;
	case BROKEN:
		server_conn_free(c);
		break;
	default:
		must(false && "an outcome of reading");
	}
}
