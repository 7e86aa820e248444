/* One connection: what happens to it while a thread owns it. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/must.h"
#include "src/net/listener.h"
#include "src/net/proxy.h"
#include "src/net/stream.h"
#include "src/runtime/pool_priv.h"
#include "src/store/store.h"

enum {
	QUANTUM = 8,               /* steps in a row while others wait */
	SAVED_MAX_BYTES = 1 << 20, /* of a session between two commands */
	IDLE_STEPS_MAX = 8,        /* INPUT steps in a row that took nothing, before a pause */
	IDLE_PAUSE_MS = 50,
	LINGER_ROUNDS = 16,
	LINGER_MS = 2000 /* for a client to read our last words */
};

/* What conn_run does next with it. */
enum verdict {
	WAIT,
	MORE,
	END
};

static enum verdict fail(struct conn *c, const char *reason)
{
	c->session.close_reason = reason;
	return END;
}

/* --- PROXY protocol */

static enum verdict begin_session(struct conn *c);

/* Behind the proxy stands the client that counts. */
static enum verdict take_proxy_header(struct conn *c, const struct proxy_header *h)
{
	struct session_peer *peer = &c->session.peer;

	stream_consume(c->session.stream, h->size);
	if (!h->is_local) {
		listener_peer_set(peer, h->source, h->source_port);
		memcpy(peer->local_address, h->destination, sizeof peer->local_address);
		peer->local_port = h->destination_port;
	}
	return begin_session(c);
}

static enum verdict read_proxy_header(struct conn *c)
{
	struct proxy_header header;

	for (;;) {
		struct str seen = stream_buffered(c->session.stream);
		enum stream_got got;

		switch (proxy_header_parse(seen, &header)) {
		case PROXY_GOT:
			return take_proxy_header(c, &header);
		case PROXY_BAD:
			return fail(c, "proxy: no valid header");
		case PROXY_MORE:
			break;
		}
		got = stream_fill(c->session.stream, PROXY_HEADER_MAX);
		if (got == STREAM_MORE)
			return WAIT;
		if (got != STREAM_GOT)
			return fail(c, "proxy: closed");
		/* Something new, or nothing more would fit: the parser refuses in time. */
	}
}

/* --- TLS */

static enum verdict open_phase(struct conn *c)
{
	c->phase = CONN_OPEN;
	c->todo |= (uint8_t)(1u << (c->is_started ? SESSION_WAKE_INPUT : SESSION_WAKE_START));
	if (!c->is_started)
		c->session.class->init(&c->session);
	c->is_started = true;
	return MORE;
}

/* At once, or after STARTTLS: then what is buffered is an attempt to slip commands in. */
static enum verdict start_tls(struct conn *c)
{
	struct stream *s = c->session.stream;
	struct tls_context *tls = c->session.tls;
	enum err e;

	if (!tls)
		return fail(c, "tls: not configured");
	e = c->is_started ? stream_start_tls(s, tls) : stream_start_implicit_tls(s, tls);
	if (e)
		return fail(c, "tls: cannot start");
	c->phase = CONN_TLS;
	c->phase_due_ms = clock_mono_ms() + (int64_t)c->session.config->limits.login_timeout_ms;
	c->todo |= 1u << SESSION_WAKE_INPUT;
	return MORE;
}

static enum verdict continue_tls(struct conn *c)
{
	enum stream_got got = stream_fill(c->session.stream, 1);

	if (stream_tls_info(c->session.stream).is_tls)
		return open_phase(c);
	return got == STREAM_MORE ? WAIT : fail(c, "tls: handshake failed");
}

/* After the peer is known: TLS first, or the session at once. */
static enum verdict begin_session(struct conn *c)
{
	if (!accept_admit(c->pool, c))
		return fail(c, "refused");
	if (c->session.listener->protocol == CONFIG_PROTOCOL_SMTP)
		host_find_name(c->pool, c);
	if (c->session.listener->tls == CONFIG_TLS_IMPLICIT)
		return start_tls(c);
	return open_phase(c);
}

/* --- the session's own steps */

/* Put it into words and make it again, as if it had moved to another process. */
static bool save_and_restore(struct conn *c)
{
	struct session *s = &c->session;
	struct buf saved = buf_in(NULL, SAVED_MAX_BYTES);
	enum err e;

	if (!s->class->can_save(s))
		return true;
	e = s->class->save(s, &saved);
	if (!e) {
		arena_free(&s->arena);
		s->arena = arena_new(NULL);
		s->state = NULL;
		s->close_reason = NULL;
		e = s->class->restore(s, buf_str(&saved));
	}
	buf_clear(&saved);
	if (!e)
		return true;
	/* Its state is gone: not even an end can be told to it. */
	c->is_broken = s->state == NULL;
	s->close_reason = "restore failed";
	log_event(LOG_LEVEL_ERROR, "session.restore_failed", LOG_U("sid", s->id),
	          LOG_C("error", err_name(e)));
	return false;
}

/* It has asked: everything else waits until the store has answered, or has had its time. */
static bool take_answer(struct conn *c, enum session_wake *why_r)
{
	*why_r = SESSION_WAKE_ANSWER;
	if (!(c->todo & 1u << SESSION_WAKE_ANSWER) &&
	    clock_mono_ms() < store_answer_due_ms(c->store))
		return false;
	c->todo &= (uint8_t) ~(1u << SESSION_WAKE_ANSWER);
	return true;
}

/* The next thing to tell it, in the order of enum session_wake; false when there is none. */
static bool take_wake(struct conn *c, enum session_wake *why_r)
{
	int64_t due = c->session.deadline_ms;

	if (c->store)
		return take_answer(c, why_r);
	c->todo &= (uint8_t) ~(1u << SESSION_WAKE_ANSWER); /* to a question of the past */
	if (c->todo & 1u << SESSION_WAKE_TIMEOUT && (!due || due > clock_mono_ms()))
		c->todo &= (uint8_t) ~(1u << SESSION_WAKE_TIMEOUT); /* moved by an earlier step */
	for (int why = SESSION_WAKE_START; why <= SESSION_WAKE_DRAIN; why++)
		if (c->todo & 1u << why) {
			c->todo &= (uint8_t) ~(1u << why);
			*why_r = (enum session_wake)why;
			return true;
		}
	return false;
}

/* Octets that wait in the kernel. */
static int unread(const struct conn *c)
{
	int n = 0;

	return ioctl(c->fd, FIONREAD, &n) == 0 ? n : 0;
}

/*
 * A session may wait without taking what has arrived (the answer to a failed log-in is held back),
 * and epoll would report it again at once, for ever. It is not told for a moment, then.
 */
static void note_progress(struct conn *c, bool has_progress, int unread_before)
{
	unsigned shift;

	if (has_progress) {
		c->idle_steps = 0;
		return;
	}
	if (c->idle_steps < UINT8_MAX)
		c->idle_steps++;
	if (c->idle_steps <= IDLE_STEPS_MAX)
		return;
	if (unread_before <= 0 || unread(c) != unread_before) {
		c->idle_steps = 0;
		return;
	}
	shift = c->idle_steps - IDLE_STEPS_MAX - 1u;
	c->hold_until_ms = clock_mono_ms() + (IDLE_PAUSE_MS << (shift < 3 ? shift : 3));
}

/*
 * Half a command has come and there is nothing to answer yet. A client that sends a command in
 * several small pieces (a literal, then its CRLF) waits for the acknowledgement of one before it
 * sends the next (Nagle), and the kernel holds that back for 40 ms to send it along with our
 * answer: that would be 40 ms for each APPEND.
 */
static void acknowledge_now(const struct conn *c)
{
	int on = 1;

	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

/* What the thread has, for the length of a step. */
static void lend(struct worker *w, struct conn *c)
{
	ask_lend(w, c);
	c->session.scratch = w->scratch;
}

static enum session_next step_once(struct worker *w, struct conn *c, enum session_wake why)
{
	struct session *s = &c->session;
	size_t before = stream_buffered(s->stream).n;
	uint64_t consumed = stream_consumed(s->stream);
	int unread_before = c->idle_steps >= IDLE_STEPS_MAX ? unread(c) : 0;
	enum session_next next;
	bool has_progress;

	lend(w, c);
	c->hold_until_ms = 0;
	next = s->class->step(s, why);
	ask_take_back(w, c);
	must((next == SESSION_ASK) == (c->store != NULL));
	arena_reset(w->scratch);
	atomic_fetch_add_explicit(&w->pool->steps, 1, memory_order_relaxed);
	has_progress = stream_buffered(s->stream).n != before ||
	               stream_consumed(s->stream) != consumed || stream_pending(s->stream) > 0;
	if (next == SESSION_AGAIN)
		c->todo |= 1u << SESSION_WAKE_INPUT;
	if (next != SESSION_PARK)
		return next;
	/* Input that lies in the stream already (decrypted, behind a PROXY header) is not seen by
	 * epoll. */
	if ((why == SESSION_WAKE_START || has_progress) && stream_has_input(s->stream))
		c->todo |= 1u << SESSION_WAKE_INPUT;
	if (why == SESSION_WAKE_INPUT) {
		note_progress(c, has_progress, unread_before);
		if (!stream_pending(s->stream))
			acknowledge_now(c);
	}
	if (why != SESSION_WAKE_DRAIN && atomic_load(&w->pool->is_draining) &&
	    s->class->can_save(s))
		c->todo |= 1u << SESSION_WAKE_DRAIN;
	return next;
}

/* A deadline that has passed and stays would ring for ever. */
static bool is_stuck(const struct conn *c, enum session_wake why, enum session_next next)
{
	int64_t due = c->session.deadline_ms;

	return why == SESSION_WAKE_TIMEOUT && next == SESSION_PARK && due &&
	       due <= clock_mono_ms() - 1000;
}

/* Output goes out as the peer takes it; until then the session is told nothing. */
static enum verdict push_output(struct conn *c)
{
	enum stream_push pushed = stream_push(c->session.stream);

	c->is_pushing = pushed == STREAM_PUSH_WAIT;
	if (pushed == STREAM_PUSH_FAILED)
		return fail(c, stream_error(c->session.stream));
	return c->is_pushing ? WAIT : MORE;
}

static enum verdict step_session(struct worker *w, struct conn *c)
{
	enum session_wake why;
	enum session_next next;

	if (!take_wake(c, &why))
		return WAIT;
	next = step_once(w, c, why);
	if (next == SESSION_CLOSE)
		return END;
	if (is_stuck(c, why, next))
		return fail(c, "deadline not moved");
	if (next == SESSION_ASK) {
		ask_watch(c);
		return c->todo & 1u << SESSION_WAKE_ANSWER ? MORE : WAIT;
	}
	if (next == SESSION_STARTTLS)
		return stream_flush(c->session.stream) ? fail(c, "output failed") : start_tls(c);
	if (c->session.config->server.session_save_every_step && !save_and_restore(c))
		return END;
	if (next == SESSION_PUSH) {
		c->todo |= 1u << SESSION_WAKE_INPUT;
		return push_output(c);
	}
	return c->todo ? MORE : WAIT;
}

/* --- the end */

/* No more than this of what the peer still sends is thrown away in one go. */
static enum verdict throw_away(int fd)
{
	char piece[4096];

	for (int i = 0; i < LINGER_ROUNDS; i++) {
		ssize_t n = recv(fd, piece, sizeof piece, MSG_DONTWAIT | MSG_TRUNC);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return WAIT;
		if (n <= 0)
			return END;
	}
	return MORE;
}

/* The session is told, says its last words and is forgotten; the connection is still there. */
static void end_session(struct worker *w, struct conn *c, const char *reason)
{
	struct runtime_pool *p = c->pool;
	struct session *s = &c->session;
	uint64_t watched;

	log_event(LOG_LEVEL_DEBUG, "session.close", LOG_U("sid", s->id),
	          LOG_C("peer", s->peer.text), LOG_C("reason", reason ? reason : ""));
	ask_forget(c);
	if (c->is_started && !c->is_broken && s->class->end) {
		lend(w, c);
		s->class->end(s);
		ask_take_back(w, c);
		arena_reset(w->scratch);
	}
	/* The last words of one that is cut off are not waited for. */
	if (c->is_pushing)
		(void)stream_push(s->stream);
	else
		(void)!stream_flush(s->stream);
	pthread_mutex_lock(&p->lock);
	ask_leave_turn(p, c);
	watched = watch_forget(p, c);
	pthread_mutex_unlock(&p->lock);
	if (watched)
		store_watcher_remove(p->watcher, watched);
	if (shutdown(c->fd, SHUT_WR) == 0)
		(void)throw_away(c->fd);
	arena_free(&s->arena);
	c->phase = CONN_OVER;
}

/*
 * We hang up on somebody who may still be sending. What arrives at a closed socket makes the kernel
 * answer with a reset, which destroys our last words (why we hang up) if they have not been read.
 */
static bool is_unheard(const struct conn *c)
{
	return c->phase == CONN_OPEN && !c->is_unwatched && !c->is_broken && !c->is_pushing &&
	       !c->session.is_leaving && !stream_is_over(c->session.stream);
}

static enum verdict begin_to_linger(struct worker *w, struct conn *c)
{
	end_session(w, c, c->session.close_reason);
	c->phase_due_ms = clock_mono_ms() + LINGER_MS;
	c->hold_until_ms = 0;
	c->todo = 0;
	return WAIT;
}

static enum verdict linger(struct conn *c)
{
	bool is_late = c->todo & 1u << SESSION_WAKE_TIMEOUT;

	c->todo = 0;
	return is_late ? END : throw_away(c->fd);
}

static enum verdict advance(struct worker *w, struct conn *c)
{
	enum verdict v = c->is_pushing ? push_output(c) : MORE;

	if (v != MORE)
		return v;
	if (c->phase == CONN_OPEN)
		return step_session(w, c);
	if (c->phase == CONN_OVER)
		return linger(c);
	if (c->todo & (1u << SESSION_WAKE_TIMEOUT | 1u << SESSION_WAKE_DRAIN))
		return fail(c, c->phase == CONN_TLS ? "tls: timeout" : "proxy: timeout");
	c->todo = 0;
	if (c->phase == CONN_TLS)
		return continue_tls(c);
	return c->needs_proxy ? read_proxy_header(c) : begin_session(c);
}

/* --- driving */

/* Others go first. */
static void queue_behind(struct runtime_pool *p, struct conn *c)
{
	pthread_mutex_lock(&p->lock);
	park_queue(p, c);
	pthread_mutex_unlock(&p->lock);
}

void conn_run(struct worker *w, struct conn *c)
{
	enum verdict v = MORE;

	if (c->is_unwatched)
		v = fail(c, "cannot be waited for");
	for (int i = 0; i < QUANTUM && v == MORE; i++)
		v = advance(w, c);
	if (v != END && !c->is_pushing && stream_pending(c->session.stream)) {
		enum verdict pushed = push_output(c);

		v = pushed == MORE ? v : pushed;
	}
	if (v == END && is_unheard(c))
		v = begin_to_linger(w, c);
	if (v == END)
		conn_close(w, c, c->session.close_reason);
	else if (v == MORE)
		queue_behind(w->pool, c);
	else {
		stream_rest(c->session.stream, c->session.is_long_wait);
		park_conn(w->pool, c);
	}
}

void conn_close(struct worker *w, struct conn *c, const char *reason)
{
	struct runtime_pool *p = c->pool;

	if (c->phase != CONN_OVER)
		end_session(w, c, reason);
	if (c->address_key)
		runtime_tally_leave(p->addresses, c->address_key);
	pthread_mutex_lock(&p->lock);
	c->fd = -1;
	park_leave(p, c);
	pthread_mutex_unlock(&p->lock);
	stream_close(&c->session.stream);
	p->closed++;
	runtime_setup_unref(&c->setup);
	free(c->peer_name);
	free(c);
}
