/*
 * A caller's handle: in-process, or over a Unix socket.
 *
 * Over the socket a verb that did not arrive whole, or that may be repeated, is sent again on a new
 * connection until the time-out; so a store that restarts is only slow. What arrived whole and may
 * not be repeated ends with ERR_IO: unknown.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/store/socket_priv.h"
#include "src/store/store.h"
#include "src/store/verb_priv.h"
#include "src/store/wire.h"

#define TIMEOUT_MS 30000
#define RECONNECT_PAUSE_MS 20
#define TEXT_MAX 500
/* A longer request is not sent ahead: sending must not wait for the store. */
#define AHEAD_MAX 4096

/* A FETCH that was asked for before its time. */
struct ahead {
	bool is_asked;
	bool is_here; /* its answer, in `a` */
	uint32_t seq;
	struct buf request;
	struct arena *a;
	struct wire_header head;
	struct str body;
};

/* What is asked over the socket; its octets are in `out` of the handle. */
struct request {
	enum wire_verb verb;
	bool may_repeat;  /* when the first may have been executed */
	int fd, own_fd;   /* the file that goes along; when it is ours, to be closed */
	int64_t deadline; /* of the answer */
};

struct store {
	struct store_engine *engine; /* in-process */
	enum store_caller caller;
	char *path; /* socket */
	int fd;
	uint32_t seq;
	struct buf out;
	struct arena *scratch; /* until the next verb */
	struct ahead ahead;
	void (*on_wait)(void *context, bool is_waiting);
	void *on_wait_context;
	bool has_begun;
	struct request begun; /* has_begun: its answer has not been taken yet */
	int64_t timeout_ms;
	struct errinfo info;
};

/* ---------------------------------------------------------------- life */

static struct store *handle_new(void)
{
	struct store *st = calloc(1, sizeof(*st));
	must(st != NULL);
	st->fd = -1;
	st->out = buf_in(NULL, WIRE_REQUEST_MAX);
	st->scratch = arena_new(NULL);
	st->ahead.request = buf_in(NULL, AHEAD_MAX);
	st->timeout_ms = TIMEOUT_MS;
	return st;
}

struct store *store_open_local(struct store_engine *engine, enum store_caller caller)
{
	struct store *st = handle_new();
	st->engine = engine;
	st->caller = caller;
	return st;
}

struct store *store_open_socket(const char *socket_path)
{
	struct store *st = handle_new();
	st->path = strdup(socket_path);
	must(st->path != NULL);
	return st;
}

static void disconnect(struct store *st)
{
	if (st->fd >= 0)
		close(st->fd);
	st->fd = -1;
}

/* Large requests are rare: their memory is not kept. */
static void request_end(struct store *st, const struct request *request)
{
	if (request->own_fd >= 0)
		close(request->own_fd);
	if (st->out.room > (1u << 20)) {
		buf_clear(&st->out);
		st->out = buf_in(NULL, WIRE_REQUEST_MAX);
	}
}

void store_close(struct store **st)
{
	if (!*st)
		return;
	disconnect(*st);
	if ((*st)->has_begun)
		request_end(*st, &(*st)->begun);
	buf_clear(&(*st)->out);
	buf_clear(&(*st)->ahead.request);
	arena_free(&(*st)->ahead.a);
	arena_free(&(*st)->scratch);
	free((*st)->path);
	free(*st);
	*st = NULL;
}

uint64_t store_path_hash(const struct store *st)
{
	return st->path ? str_hash(str_c(st->path)) | 1 : 0;
}

void store_on_wait(struct store *st, void (*call)(void *context, bool is_waiting), void *context)
{
	st->on_wait = call;
	st->on_wait_context = context;
}

void store_set_timeout(struct store *st, int64_t timeout_ms)
{
	st->timeout_ms = timeout_ms;
}

const struct errinfo *store_errinfo(const struct store *st)
{
	return &st->info;
}

/* ---------------------------------------------------------------- in-process */

static enum err call_local(struct store *st, struct arena *a, enum wire_verb verb, const void *q,
                           void *r)
{
	const struct wire_verb_info *v = &wire_verbs[verb];
	/*
	 * The request is the caller's and stays as it is; the result is written only when it is
	 * whole.
	 */
	void *req = arena_alloc(st->scratch, v->req->size);
	memcpy(req, q, v->req->size);
	struct verb_call c = {
		.engine = st->engine,
		.verb = verb,
		.caller = st->caller,
		.process = (uint64_t)getpid(),
		.a = a,
		.req = req,
		.res = v->res ? arena_alloc(st->scratch, v->res->size) : NULL,
		.deadline_mono_ms = clock_mono_ms() + st->timeout_ms,
	};
	enum err err = verb_run(&c);
	if (err)
		st->info = c.info;
	if (err || !v->res)
		return err;
	must(r);
	memcpy(r, c.res, v->res->size);
	return ERR_OK;
}

/* ---------------------------------------------------------------- over the socket */

static enum err connect_until(struct store *st, int64_t deadline)
{
	for (;;) {
		st->fd = socket_connect(st->path);
		if (st->fd >= 0)
			return ERR_OK;
		/* Not there, or its backlog is full: it is restarting. */
		if (clock_mono_ms() >= deadline)
			return err_set_errno(&st->info, ERR_TIMEOUT, "connect to %s", st->path);
		struct timespec pause = { .tv_nsec = RECONNECT_PAUSE_MS * 1000000 };
		nanosleep(&pause, NULL);
	}
}

static enum err wait_for(struct store *st, short events, int64_t deadline)
{
	bool is_there;

	if (st->on_wait)
		st->on_wait(st->on_wait_context, true);
	is_there = socket_wait(st->fd, events, deadline);
	if (st->on_wait)
		st->on_wait(st->on_wait_context, false);
	if (is_there)
		return ERR_OK;
	return err_set(&st->info, ERR_TIMEOUT, "the store did not answer in time");
}

/*
 * All of the request; `*is_sent_r` when the last octet is out, so that it may have been executed.
 */
static enum err send_all(struct store *st, struct str rest, int fd, int64_t deadline,
                         bool *is_sent_r)
{
	*is_sent_r = false;
	while (rest.n) {
		ssize_t n = socket_send(st->fd, rest, fd);
		if (n < 0 && errno == EAGAIN) {
			enum err err = wait_for(st, POLLOUT, deadline);
			if (err)
				return err;
			continue;
		}
		if (n < 0)
			return err_set_errno(&st->info, ERR_IO, "send to the store");
		fd = -1; /* the file went with the first octets */
		rest = str_from(rest, (size_t)n);
	}
	*is_sent_r = true;
	return ERR_OK;
}

static enum err recv_all(struct store *st, unsigned char *p, size_t n, int64_t deadline)
{
	while (n) {
		ssize_t got = recv(st->fd, p, n, MSG_DONTWAIT);
		if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
			enum err err = wait_for(st, POLLIN, deadline);
			if (err)
				return err;
			continue;
		}
		if (got < 0)
			return err_set_errno(&st->info, ERR_IO, "read from the store");
		if (!got)
			return err_set(&st->info, ERR_IO, "the store closed the connection");
		p += got;
		n -= (size_t)got;
	}
	return ERR_OK;
}

static enum err recv_reply(struct store *st, struct arena *a, uint32_t seq, int64_t deadline,
                           struct wire_header *h_r, struct str *body_r)
{
	unsigned char head[WIRE_HEADER_BYTES];
	enum err err = recv_all(st, head, sizeof(head), deadline);
	if (err)
		return err;
	if (wire_header_get(head, WIRE_REPLY_MAX, h_r) || h_r->seq != seq || h_r->has_fd ||
	    h_r->err >= ERR_COUNT)
		return err_set(&st->info, ERR_PROTO, "the store speaks another language");
	unsigned char *p = h_r->length ? arena_room(a, h_r->length) : NULL;
	err = recv_all(st, p, h_r->length, deadline);
	if (!err)
		*body_r = str_make(p, h_r->length);
	return err;
}

/* What the store answered, as the verb's result. */
static enum err take_reply(struct store *st, struct arena *a, enum wire_verb verb,
                           const struct wire_header *h, struct str body, void *r)
{
	const struct wire_verb_info *v = &wire_verbs[verb];
	if (h->err) {
		struct str text = str_first(body, TEXT_MAX);
		return err_set(&st->info, (enum err)h->err, "%.*s", STR_ARG(text));
	}
	if (!v->res) {
		return body.n ? err_set(&st->info, ERR_PROTO, "%s: an unexpected result", v->name)
		              : ERR_OK;
	}
	must(r);
	void *res = arena_alloc(st->scratch, v->res->size);
	enum err err = wire_decode(a, v->res, body, -1, res, &st->info);
	if (err)
		return err_set(&st->info, ERR_PROTO, "%s: a malformed result", v->name);
	memcpy(r, res, v->res->size);
	return ERR_OK;
}

/* May it be sent again when the first may have been executed? */
static bool is_idempotent(enum wire_verb verb, const void *q)
{
	const struct wire_verb_info *v = &wire_verbs[verb];
	switch ((unsigned)verb) {
	case WIRE_VERB_accept:
		return ((const struct store_accept_req *)q)->accept_key.n > 0;
	case WIRE_VERB_append:
		return ((const struct store_append_req *)q)->accept_key.n > 0;
	case WIRE_VERB_login:
	case WIRE_VERB_scram_begin:
	case WIRE_VERB_scram_finish:
	case WIRE_VERB_apop:
		return true;
	case WIRE_VERB_check:
		return !((const struct store_check_req *)q)->wants_repair;
	default:
		return v->kind == WIRE_READ || v->kind == WIRE_READ_FIRST || v->kind == WIRE_LOCAL;
	}
}

/* One attempt. `*is_sent_r` tells whether a failure leaves it open what happened. */
static enum err exchange(struct store *st, struct arena *a, int fd, int64_t deadline,
                         struct wire_header *h_r, struct str *body_r, bool *is_sent_r)
{
	if (st->fd < 0) {
		enum err err = connect_until(st, deadline);
		if (err)
			return err;
	}
	enum err err = send_all(st, buf_str(&st->out), fd, deadline, is_sent_r);
	if (!err)
		err = recv_reply(st, a, st->seq, deadline, h_r, body_r);
	/* An answer that comes late must not be taken for that to the next question. */
	if (err)
		disconnect(st);
	return err;
}

/* The header before the request. */
static void put_header(struct store *st, const struct request *q)
{
	struct wire_header h = {
		.length = (uint32_t)(st->out.n - WIRE_HEADER_BYTES),
		.verb = (uint16_t)q->verb,
		.seq = ++st->seq,
		.has_fd = q->fd >= 0,
	};
	int64_t left = q->deadline - clock_mono_ms();

	h.timeout_ms = left < 1 ? 1 : left > UINT32_MAX ? UINT32_MAX : (uint32_t)left;
	wire_header_put(st->out.p, &h);
}

/* After a connection was lost: ERR_OK when it may be sent (again). */
static enum err check_repeat(struct store *st, const struct request *q, bool is_sent)
{
	if (is_sent && !q->may_repeat)
		return err_set(&st->info, ERR_IO,
		               "%s: the connection to the store was lost, "
		               "it is unknown whether it was done",
		               wire_verbs[q->verb].name);
	return clock_mono_ms() >= q->deadline ? ERR_TIMEOUT : ERR_OK;
}

static enum err converse(struct store *st, struct arena *a, const struct request *q, void *r)
{
	for (;;) {
		struct wire_header h;
		struct str body = { 0 };
		bool is_sent = false;

		put_header(st, q);
		enum err err = exchange(st, a, q->fd, q->deadline, &h, &body, &is_sent);
		if (!err)
			return take_reply(st, a, q->verb, &h, body, r);
		if (err != ERR_IO)
			return err;
		err = check_repeat(st, q, is_sent);
		if (err)
			return err;
	}
}

/* The request behind room for its header. A large body in memory becomes a file. */
static enum err encode(struct store *st, struct buf *b, enum wire_verb verb, const void *q,
                       int *fd_r, int *own_fd_r)
{
	const struct wire_struct *s = wire_verbs[verb].req;
	const struct wire_field *f = wire_body_field(s);
	*own_fd_r = -1;
	if (f) {
		char *copy = arena_alloc(st->scratch, s->size);
		memcpy(copy, q, s->size);
		struct str body;
		int fd;
		memcpy(&body, copy + f->offset, sizeof(body));
		memcpy(&fd, copy + f->count_offset, sizeof(fd));
		if (fd <= 0 && body.n > WIRE_INLINE_MAX) {
			enum err err = wire_body_seal(body, own_fd_r, &st->info);
			if (err)
				return err;
			uint64_t size = body.n;
			memcpy(copy + f->count_offset, own_fd_r, sizeof(*own_fd_r));
			memcpy(copy + f->size_offset, &size, sizeof(size));
		}
		q = copy;
	}
	b->n = 0;
	unsigned char *head = buf_reserve(b, WIRE_HEADER_BYTES);
	must(head != NULL);
	b->n += WIRE_HEADER_BYTES;
	return wire_encode(b, s, q, fd_r, &st->info);
}

/* ---------------------------------------------------------------- asking ahead */

static void forget_ahead(struct store *st)
{
	/* An answer that nobody waits for would be taken for another. */
	if (st->ahead.is_asked && !st->ahead.is_here)
		disconnect(st);
	st->ahead.is_asked = st->ahead.is_here = false;
	arena_free(&st->ahead.a);
}

void store_fetch_ahead(struct store *st, const struct store_fetch_req *q)
{
	struct ahead *ahead = &st->ahead;
	int none = -1, own = -1;
	bool is_sent = false;

	forget_ahead(st);
	if (!q || st->engine || st->fd < 0)
		return;
	arena_reset(st->scratch);
	if (encode(st, &ahead->request, WIRE_VERB_fetch, q, &none, &own))
		return;
	ahead->seq = ++st->seq;
	wire_header_put(ahead->request.p,
	                &(struct wire_header){
				.length = (uint32_t)(ahead->request.n - WIRE_HEADER_BYTES),
				.verb = WIRE_VERB_fetch,
				.seq = ahead->seq,
				.timeout_ms = (uint32_t)st->timeout_ms,
			});
	ahead->is_asked = true;
	if (send_all(st, buf_str(&ahead->request), -1, clock_mono_ms() + st->timeout_ms, &is_sent))
		forget_ahead(st);
}

/* The request in `out` is the one that was sent ahead. */
static bool is_ahead(const struct store *st, enum wire_verb verb)
{
	return verb == WIRE_VERB_fetch &&
	       str_eq(str_from(buf_str(&st->out), WIRE_HEADER_BYTES),
	              str_from(buf_str(&st->ahead.request), WIRE_HEADER_BYTES));
}

/*
 * When something was asked ahead: true with the answer when it was this; otherwise its answer is
 * put aside, and the connection is free.
 */
static bool take_ahead(struct store *st, struct arena *a, enum wire_verb verb,
                       struct wire_header *h_r, struct str *body_r)
{
	struct ahead *ahead = &st->ahead;
	bool is_this = is_ahead(st, verb);

	if (!ahead->is_here) {
		int64_t deadline = clock_mono_ms() + st->timeout_ms;

		if (!is_this)
			ahead->a = arena_new(NULL);
		if (recv_reply(st, is_this ? a : ahead->a, ahead->seq, deadline, &ahead->head,
		               &ahead->body)) {
			forget_ahead(st);
			return false;
		}
		ahead->is_here = true;
	} else if (is_this) {
		ahead->body = str_dup(a, ahead->body);
	}
	if (!is_this)
		return false;
	*h_r = ahead->head;
	*body_r = ahead->body;
	forget_ahead(st);
	return true;
}

static enum err request_make(struct store *st, enum wire_verb verb, const void *q,
                             struct request *request_r)
{
	*request_r = (struct request){
		.verb = verb,
		.may_repeat = is_idempotent(verb, q),
		.fd = -1,
		.own_fd = -1,
		.deadline = clock_mono_ms() + st->timeout_ms,
	};
	return encode(st, &st->out, verb, q, &request_r->fd, &request_r->own_fd);
}

static enum err call_socket(struct store *st, struct arena *a, enum wire_verb verb, const void *q,
                            void *r)
{
	struct request request;
	struct wire_header h;
	struct str body = { 0 };
	enum err err = request_make(st, verb, q, &request);
	if (!err && st->ahead.is_asked && take_ahead(st, a, verb, &h, &body))
		err = take_reply(st, a, verb, &h, body, r);
	else if (!err)
		err = converse(st, a, &request, r);
	request_end(st, &request);
	return err;
}

static enum err call(struct store *st, struct arena *a, enum wire_verb verb, const void *q, void *r)
{
	must(!st->has_begun);
	arena_reset(st->scratch);
	st->info = (struct errinfo){ 0 };
	if (!a)
		a = st->scratch;
	enum err err = st->engine ? call_local(st, a, verb, q, r) : call_socket(st, a, verb, q, r);
	if (err)
		st->info.kind = err;
	return err;
}

/* ---------------------------------------------------------------- begun and ended */

static bool begin(struct store *st, enum wire_verb verb, const void *q)
{
	bool is_sent = false;

	must(!st->has_begun);
	if (st->engine)
		return false;
	forget_ahead(st);
	arena_reset(st->scratch);
	st->info = (struct errinfo){ 0 };
	st->begun = (struct request){ .fd = -1, .own_fd = -1 };
	if (st->fd < 0)
		st->fd = socket_connect(st->path);
	if (st->fd >= 0 && !request_make(st, verb, q, &st->begun)) {
		put_header(st, &st->begun);
		if (send_all(st, buf_str(&st->out), st->begun.fd, st->begun.deadline, &is_sent))
			disconnect(st);
	}
	st->has_begun = is_sent;
	if (!is_sent)
		request_end(st, &st->begun);
	return is_sent;
}

/* The connection was lost meanwhile, perhaps with the store: ask again. */
static enum err repeat(struct store *st, struct arena *a, void *r)
{
	enum err err = check_repeat(st, &st->begun, true);

	return err ? err : converse(st, a, &st->begun, r);
}

static enum err end(struct store *st, struct arena *a, enum wire_verb verb, void *r)
{
	struct wire_header h;
	struct str body = { 0 };

	must(st->has_begun && st->begun.verb == verb);
	enum err err = recv_reply(st, a, st->seq, st->begun.deadline, &h, &body);
	if (err)
		disconnect(st);
	if (!err)
		err = take_reply(st, a, verb, &h, body, r);
	else if (err == ERR_IO)
		err = repeat(st, a, r);
	st->has_begun = false;
	request_end(st, &st->begun);
	if (err)
		st->info.kind = err;
	return err;
}

bool store_has_begun(const struct store *st)
{
	return st->has_begun;
}

int store_answer_fd(const struct store *st)
{
	return st->fd;
}

int64_t store_answer_due_ms(const struct store *st)
{
	return st->begun.deadline;
}

bool store_accept_begin(struct store *st, const struct store_accept_req *q)
{
	return begin(st, WIRE_VERB_accept, q);
}

enum err store_accept_end(struct store *st, struct arena *a, struct store_accept_res *r)
{
	return end(st, a, WIRE_VERB_accept, r);
}

bool store_append_begin(struct store *st, const struct store_append_req *q)
{
	return begin(st, WIRE_VERB_append, q);
}

enum err store_append_end(struct store *st, struct arena *a, struct store_append_res *r)
{
	return end(st, a, WIRE_VERB_append, r);
}

/* ---------------------------------------------------------------- the verbs */

#define VERB(verb, kind, callers, grant)                                                        \
	enum err store_##verb(struct store *st, struct arena *a,                                \
	                      const struct store_##verb##_req *q, struct store_##verb##_res *r) \
	{                                                                                       \
		return call(st, a, WIRE_VERB_##verb, q, r);                                     \
	}
#define VERB_VOID(verb, kind, callers, grant)                                       \
	enum err store_##verb(struct store *st, const struct store_##verb##_req *q) \
	{                                                                           \
		return call(st, NULL, WIRE_VERB_##verb, q, NULL);                   \
	}

WIRE_VERBS(VERB, VERB_VOID)
