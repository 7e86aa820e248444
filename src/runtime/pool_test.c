/*
 * The pool with a small class of its own: it echoes lines, and some words make it do what protocols
 * do. The store is replaced by the few functions below, with a watcher that tests feed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/unit.h"
#include "src/net/session.h"
#include "src/net/stream.h"
#include "src/net/tls.h"
#include "src/runtime/pool.h"
#include "src/runtime/setup.h"
#include "src/store/store.h"

/* --- in place of the store */

struct store_watcher {
	int fd;
	_Atomic uint64_t event; /* account id + 1; 0: none */
	_Atomic int watched;
};

static struct store_watcher the_watcher = { .fd = -1 };

/* It can be asked for something that takes a while. */
struct store {
	int fd; /* a timer: readable when it has answered */
	bool has_begun;
	int64_t due_ms;
};

static _Atomic int stores, asking;

struct store *store_open_socket(const char *socket_path)
{
	struct store *st = calloc(1, sizeof *st);

	assert_non_null(st);
	assert_string_equal(socket_path, "the store");
	st->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	stores++;
	return st;
}

void store_close(struct store **st)
{
	if (!*st)
		return;
	close((*st)->fd);
	free(*st);
	*st = NULL;
	stores--;
}

bool store_has_begun(const struct store *st)
{
	return st->has_begun;
}

void store_on_wait(struct store *st, void (*call)(void *context, bool is_waiting), void *context)
{
	(void)st;
	(void)call;
	(void)context;
}

int store_answer_fd(const struct store *st)
{
	return st->fd;
}

int64_t store_answer_due_ms(const struct store *st)
{
	return st->due_ms;
}

static void ask(struct store *st, uint64_t ms, int64_t patience_ms)
{
	struct itimerspec when = { 0 };

	when.it_value.tv_sec = (time_t)(ms / 1000);
	when.it_value.tv_nsec = (long)(ms % 1000) * 1000000 + 1;
	assert_int_equal(timerfd_settime(st->fd, 0, &when, NULL), 0);
	st->has_begun = true;
	asking++;
	st->due_ms = clock_mono_ms() + patience_ms;
}

/* Asked for something that comes when the test says so. */
static struct store *_Atomic manual[2];

static void answer(struct store *_Atomic *asked)
{
	struct itimerspec when = { .it_value = { .tv_nsec = 1 } };

	for (int i = 0; i < 2000 && !*asked; i++)
		usleep(10000);
	assert_non_null(*asked);
	assert_int_equal(timerfd_settime((*asked)->fd, 0, &when, NULL), 0);
}

static const char *take_answer(struct store *st)
{
	uint64_t count;

	assert_true(st->has_begun);
	st->has_begun = false;
	asking--;
	return read(st->fd, &count, sizeof count) == sizeof count ? "answer" : "no answer";
}

struct store_watcher *store_watcher_open(const char *socket_path, struct store_engine *engine)
{
	(void)socket_path;
	(void)engine;
	the_watcher.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return &the_watcher;
}

void store_watcher_close(struct store_watcher **w)
{
	close((*w)->fd);
	*w = NULL;
}

void store_watcher_add(struct store_watcher *w, uint64_t account_id)
{
	(void)account_id;
	w->watched++;
}

void store_watcher_remove(struct store_watcher *w, uint64_t account_id)
{
	(void)account_id;
	w->watched--;
}

int store_watcher_fd(const struct store_watcher *w)
{
	return w->fd;
}

size_t store_watcher_read(struct store_watcher *w, struct store_event *events, size_t max)
{
	uint64_t count, event = atomic_exchange(&w->event, 0);

	(void)max;
	(void)!read(w->fd, &count, sizeof count);
	if (!event)
		return 0;
	events[0] = (struct store_event){ .account_id = event - 1 };
	return 1;
}

static void send_event(uint64_t account_id)
{
	uint64_t one = 1;

	the_watcher.event = account_id + 1;
	assert_int_equal(write(the_watcher.fd, &one, sizeof one), sizeof one);
}

/* --- the class */

struct echo {
	uint64_t lines;
	uint64_t spins; /* AGAIN so often */
	uint64_t account;
	uint64_t is_held; /* within something that cannot be saved */
	uint64_t is_deaf; /* does not read before its deadline */
};

static _Atomic int ended, restored, served;

static void echo_init(struct session *s)
{
	s->state = ARENA_NEW(s->arena, struct echo);
}

static enum session_next echo_step(struct session *s, enum session_wake why);

static enum session_next run_word(struct session *s, struct echo *e, struct str line)
{
	struct str word = line, arg;
	uint64_t n = 0;

	str_cut(&word, ' ', &arg);
	(void)!str_to_u64(word, UINT64_MAX, &n);
	e->lines++;
	if (str_eq(line, STR("quit")) || str_eq(line, STR("offend"))) {
		stream_write_c(s->stream, "bye\r\n");
		s->is_leaving = str_eq(line, STR("quit"));
		return SESSION_CLOSE;
	}
	if (str_eq(line, STR("starttls"))) {
		stream_write_c(s->stream, "go\r\n");
		return SESSION_STARTTLS;
	}
	if (str_eq(line, STR("count")))
		stream_printf(s->stream, "%llu\r\n", (unsigned long long)e->lines);
	else if (str_eq(line, STR("peer")))
		stream_printf(s->stream, "%s %d\r\n", s->peer.text, (int)s->peer.port);
	else if (str_eq(line, STR("order")))
		stream_printf(s->stream, "%d\r\n", atomic_fetch_add(&served, 1));
	else if (str_eq(line, STR("begin")))
		return s->host->must_wait(s->host->context, s) ? SESSION_PARK
		                                               : echo_step(s, SESSION_WAKE_TURN);
	else if (str_eq(line, STR("urgent")))
		s->is_urgent = true;
	else if (str_eq(arg, STR("wait")))
		s->deadline_ms = clock_mono_ms() + (int64_t)n;
	else if (str_eq(arg, STR("spin")))
		e->spins = n;
	else if (s->may_ask && (str_eq(arg, STR("ask")) || str_eq(arg, STR("beg")))) {
		ask(s->store, n, str_eq(arg, STR("ask")) ? 60000 : 100);
		return SESSION_ASK;
	} else if (s->may_ask && str_eq(arg, STR("manual"))) {
		ask(s->store, 100000, 60000);
		manual[n] = s->store;
		return SESSION_ASK;
	} else if (str_eq(arg, STR("block")))
		usleep((useconds_t)n * 1000);
	else if (str_eq(arg, STR("hold")))
		e->is_held = n;
	else if (str_eq(arg, STR("watch")))
		s->host->watch(s->host->context, s, e->account = n);
	else if (str_eq(arg, STR("deaf"))) {
		e->is_deaf = 1;
		s->deadline_ms = clock_mono_ms() + (int64_t)n;
		return SESSION_PARK;
	} else if (str_eq(arg, STR("big"))) {
		static char block[65536];

		for (; n >= sizeof block; n -= sizeof block)
			stream_write(s->stream, str_make(block, sizeof block));
		return SESSION_AGAIN;
	} else {
		stream_printf(s->stream, "%.*s\r\n", STR_ARG(line));
	}
	return SESSION_AGAIN;
}

static enum session_next run_line(struct session *s)
{
	struct echo *e = s->state;
	struct str line;

	if (e->is_deaf)
		return SESSION_PARK;
	if (e->spins) {
		if (--e->spins == 0)
			stream_write_c(s->stream, "dizzy\r\n");
		return SESSION_AGAIN;
	}
	switch (stream_line(s->stream, 1000, STREAM_LF_TOO, &line)) {
	case STREAM_GOT:
		return run_word(s, e, line);
	case STREAM_MORE:
		return SESSION_PARK;
	case STREAM_TOO_LONG:
	case STREAM_BAD_LINE:
	case STREAM_EOF:
	case STREAM_FAILED:
		break;
	}
	s->close_reason = "gone";
	return SESSION_CLOSE;
}

static enum session_next echo_step(struct session *s, enum session_wake why)
{
	struct echo *e = s->state;

	switch (why) {
	case SESSION_WAKE_START:
		stream_write_c(s->stream, "hello\r\n");
		return SESSION_PARK;
	case SESSION_WAKE_INPUT:
		return run_line(s);
	case SESSION_WAKE_ANSWER:
		stream_printf(s->stream, "%s\r\n", take_answer(s->store));
		return SESSION_AGAIN;
	case SESSION_WAKE_TURN:
		stream_write_c(s->stream, "turn\r\n");
		return SESSION_AGAIN;
	case SESSION_WAKE_EVENT:
		stream_printf(s->stream, "event %llu\r\n", (unsigned long long)e->account);
		return SESSION_PARK;
	case SESSION_WAKE_TIMEOUT:
		s->deadline_ms = 0;
		e->is_deaf = 0;
		stream_write_c(s->stream, "timeout\r\n");
		return run_line(s);
	case SESSION_WAKE_DRAIN:
		if (e->is_held)
			return SESSION_PARK;
		stream_write_c(s->stream, "drain\r\n");
		return SESSION_CLOSE;
	}
	return SESSION_CLOSE;
}

static bool echo_can_save(const struct session *s)
{
	return ((const struct echo *)s->state)->is_held == 0;
}

static enum err echo_save(const struct session *s, struct buf *out)
{
	return buf_add(out, str_make(s->state, sizeof(struct echo)));
}

static enum err echo_restore(struct session *s, struct str saved)
{
	if (saved.n != sizeof(struct echo))
		return ERR_CORRUPT;
	s->state = ARENA_NEW(s->arena, struct echo);
	memcpy(s->state, saved.p, saved.n);
	restored++;
	return ERR_OK;
}

static void echo_end(struct session *s)
{
	(void)s;
	ended++;
}

static const struct session_class echo_class = {
	.name = "echo",
	.init = echo_init,
	.step = echo_step,
	.can_save = echo_can_save,
	.save = echo_save,
	.restore = echo_restore,
	.end = echo_end,
};

/* --- a pool to test with */

struct box {
	struct runtime_pool *pool;
	struct runtime_setup *setup;
	int port; /* of the TCP listener, when there is one */
};

static struct runtime_setup *make_setup(const char *sections, const char *listener)
{
	struct errinfo info = { 0 };
	struct runtime_setup *setup;
	const struct config *config;
	char text[2000];

	snprintf(text, sizeof text,
	         "%s\nlistener \"one\" { protocol = \"smtp\" address = \"127.0.0.1\" port = 0 %s "
	         "}\n",
	         sections, listener);
	if (config_parse("test", text, &config, &info))
		fail_msg("%s", info.text);
	setup = runtime_setup_new(config);
	config_unref(&config);
	return setup;
}

static struct box open_box_of(struct runtime_setup *setup)
{
	struct runtime_pool_options o = { .store_socket = "the store" };
	struct box b = { .setup = setup };

	for (int i = 0; i < CONFIG_PROTOCOL_COUNT; i++)
		o.classes[i] = &echo_class;
	ended = restored = asking = 0;
	b.pool = runtime_pool_new(&o, setup);
	return b;
}

static struct box open_box(const char *sections)
{
	return open_box_of(make_setup(sections, "tls = \"none\""));
}

static void close_box(struct box *b)
{
	runtime_pool_free(&b->pool);
	runtime_setup_unref(&b->setup);
	assert_int_equal(the_watcher.watched, 0);
}

static void box_listen(struct box *b)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t size = sizeof sa;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof sa), 0);
	assert_int_equal(listen(fd, 1000), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &size), 0);
	b->port = ntohs(sa.sin_port);
	assert_int_equal(runtime_pool_serve(b->pool, b->setup, &fd, 1), ERR_OK);
}

static int dial(const struct box *b)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)b->port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof sa), 0);
	return fd;
}

/* A client on a socket pair. */
static int adopt(const struct box *b)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_true(runtime_pool_adopt(b->pool, pair[1], 0));
	return pair[0];
}

static void say(int fd, const char *line)
{
	assert_int_equal(send(fd, line, strlen(line), MSG_NOSIGNAL), (ssize_t)strlen(line));
}

/* One line from the server, without its end; "" when it has closed. Fails after 20 seconds. */
static const char *hear(int fd)
{
	static char line[500];
	size_t n = 0;

	while (n < sizeof line - 1) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (poll(&p, 1, 20000) != 1)
			fail_msg("silence after \"%.*s\"", (int)n, line);
		if (recv(fd, line + n, 1, 0) != 1)
			break;
		if (line[n] == '\n') {
			n -= n > 0 && line[n - 1] == '\r';
			break;
		}
		n++;
	}
	line[n] = 0;
	return line;
}

#define expect(fd, text) assert_string_equal(hear(fd), (text))

static void wait_until_empty(struct box *b)
{
	for (int i = 0; i < 2000 && !runtime_pool_is_empty(b->pool); i++) {
		runtime_pool_tick(b->pool);
		usleep(5000);
	}
	assert_true(runtime_pool_is_empty(b->pool));
}

/* --- tests */

static void test_pool_serves_lines(void **state)
{
	struct box b = open_box("");
	int fd = adopt(&b);

	(void)state;
	expect(fd, "hello");
	say(fd, "one\r\ntwo\r\nthr");
	expect(fd, "one");
	expect(fd, "two");
	say(fd, "ee\r\ncount\r\n");
	expect(fd, "three");
	expect(fd, "4");
	say(fd, "quit\r\n");
	expect(fd, "bye");
	expect(fd, "");
	close(fd);
	wait_until_empty(&b);
	assert_int_equal(ended, 1);
	close_box(&b);
}

static void test_pool_notices_that_a_client_has_gone(void **state)
{
	struct box b = open_box("");

	(void)state;
	for (int i = 0; i < 50; i++) {
		int fd = adopt(&b);

		if (i % 2)
			expect(fd, "hello");
		close(fd);
	}
	wait_until_empty(&b);
	assert_int_equal(ended, 50);
	close_box(&b);
}

enum {
	MANY = 1000
};

static void test_pool_parks_a_thousand(void **state)
{
	struct box b = open_box("");
	size_t before, after;
	static int fds[MANY];

	(void)state;
	before = mallinfo2().uordblks;
	for (int i = 0; i < MANY; i++)
		fds[i] = adopt(&b);
	for (int i = 0; i < MANY; i++)
		expect(fds[i], "hello");
	usleep(50000);
	after = mallinfo2().uordblks;
	print_message("heap of a parked connection: %zu octets\n", (after - before) / MANY);
	assert_true(runtime_pool_count(b.pool).threads <= 128);
	for (int i = MANY; i-- > 0;)
		say(fds[i], "count\r\n");
	for (int i = 0; i < MANY; i++)
		expect(fds[i], "1");
	assert_int_equal(runtime_pool_count(b.pool).connections, MANY);
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
	wait_until_empty(&b);
	close_box(&b);
}

static void test_pool_keeps_deadlines(void **state)
{
	enum {
		N = 200
	};
	struct box b = open_box("");
	int64_t began = clock_mono_ms();
	int fds[N];

	(void)state;
	for (int i = 0; i < N; i++) {
		char line[40];

		fds[i] = adopt(&b);
		snprintf(line, sizeof line, "wait %d\r\n", 50 + (i * 37) % N);
		say(fds[i], line);
	}
	/* A deadline that is moved away does not ring; one that is moved near does. */
	say(fds[0], "wait 100000\r\n");
	say(fds[1], "wait 100000\r\nwait 30\r\n");
	for (int i = 1; i < N; i++) {
		expect(fds[i], "hello");
		expect(fds[i], "timeout");
	}
	assert_true(clock_mono_ms() - began >= 49);
	assert_true(clock_mono_ms() - began < 15000);
	say(fds[0], "still\r\n");
	expect(fds[0], "hello");
	expect(fds[0], "still");
	for (int i = 0; i < N; i++)
		close(fds[i]);
	wait_until_empty(&b);
	close_box(&b);
}

static void test_pool_is_fair(void **state)
{
	struct box b = open_box("server { worker_max_threads = 1 }");
	int busy = adopt(&b), fd = adopt(&b);

	(void)state;
	expect(busy, "hello");
	expect(fd, "hello");
	say(busy, "spin 100000000000\r\n");
	usleep(10000);
	for (int i = 0; i < 100; i++) {
		say(fd, "ping\r\n");
		expect(fd, "ping");
	}
	assert_int_equal(poll(&(struct pollfd){ .fd = busy, .events = POLLIN }, 1, 0), 0);
	close(fd);
	close(busy);
	close_box(&b);
}

static void test_pool_grows_while_threads_block_and_shrinks(void **state)
{
	enum {
		N = 20
	};
	struct box b = open_box("");
	int64_t began;
	int fds[N];

	(void)state;
	for (int i = 0; i < N; i++) {
		fds[i] = adopt(&b);
		expect(fds[i], "hello");
	}
	began = clock_mono_ms();
	for (int i = 0; i < N; i++)
		say(fds[i], "block 300\r\ndone\r\n");
	for (int i = 0; i < N; i++)
		expect(fds[i], "done");
	assert_true(clock_mono_ms() - began < 300 * N / 2);
	assert_true(runtime_pool_count(b.pool).threads > N);
	/* Not needed from one look to the next: they end. */
	for (int i = 0; i < 500 && runtime_pool_count(b.pool).threads > 2; i++) {
		clock_test_set(clock_wall_ms(), clock_mono_ms() + 20000);
		runtime_pool_tick(b.pool);
		usleep(10000);
	}
	clock_test_clear();
	assert_true(runtime_pool_count(b.pool).threads <= 2);
	say(fds[0], "alive\r\n");
	expect(fds[0], "alive");
	for (int i = 0; i < N; i++)
		close(fds[i]);
	wait_until_empty(&b);
	close_box(&b);
}

static void test_pool_adds_a_thread_when_all_are_stuck(void **state)
{
	struct box b = open_box("server { worker_threads = 1 }");
	int stuck = adopt(&b), fd = adopt(&b);

	(void)state;
	expect(stuck, "hello");
	expect(fd, "hello");
	say(stuck, "block 3000\r\ndone\r\n");
	usleep(10000);
	say(fd, "ping\r\n");
	expect(fd, "ping");
	assert_int_equal(poll(&(struct pollfd){ .fd = stuck, .events = POLLIN }, 1, 0), 0);
	expect(stuck, "done");
	close(fd);
	close(stuck);
	close_box(&b);
}

static void test_pool_serves_urgent_ones_first(void **state)
{
	enum {
		N = 20
	};
	struct box b = open_box("server { worker_max_threads = 1 }");
	int busy = adopt(&b), urgent = adopt(&b);
	uint64_t place;
	int fds[N];

	(void)state;
	expect(busy, "hello");
	expect(urgent, "hello");
	say(urgent, "urgent\r\nping\r\n");
	expect(urgent, "ping");
	for (int i = 0; i < N; i++) {
		fds[i] = adopt(&b);
		expect(fds[i], "hello");
	}
	atomic_store(&served, 0);
	say(busy, "block 300\r\n");
	usleep(50000);
	for (int i = 0; i < N; i++)
		say(fds[i], "order\r\n");
	say(urgent, "order\r\n");
	/* It has spoken last; a few are served before all events have been looked at. */
	assert_true(str_to_u64(str_c(hear(urgent)), N, &place));
	assert_true(place < N / 2);
	for (int i = 0; i < N; i++)
		close(fds[i]);
	close(urgent);
	close(busy);
	close_box(&b);
}

static void test_pool_saves_every_step(void **state)
{
	struct box b = open_box("server { session_save_every_step = 1 }");
	int fd = adopt(&b);
	char line[40];

	(void)state;
	expect(fd, "hello");
	for (int i = 1; i < 100; i++) {
		say(fd, "count\r\n");
		snprintf(line, sizeof line, "%d", i);
		expect(fd, line);
	}
	assert_true(restored >= 99);
	close(fd);
	wait_until_empty(&b);
	assert_int_equal(ended, 1);
	close_box(&b);
}

static void test_pool_delivers_events(void **state)
{
	struct box b = open_box("");
	int ann = adopt(&b), too = adopt(&b), ben = adopt(&b);

	(void)state;
	say(ann, "watch 7\r\nok\r\n");
	say(too, "watch 7\r\nok\r\n");
	say(ben, "watch 8\r\nok\r\n");
	expect(ann, "hello");
	expect(ann, "ok");
	expect(too, "hello");
	expect(too, "ok");
	expect(ben, "hello");
	expect(ben, "ok");
	assert_int_equal(the_watcher.watched, 3);
	send_event(7);
	expect(ann, "event 7");
	expect(too, "event 7");
	say(ben, "nothing yet\r\n");
	expect(ben, "nothing yet");
	say(too, "watch 0\r\nok\r\n");
	expect(too, "ok");
	send_event(0);
	expect(ann, "event 7");
	expect(ben, "event 8");
	say(too, "quiet\r\n");
	expect(too, "quiet");
	close(ann);
	close(too);
	close(ben);
	wait_until_empty(&b);
	close_box(&b);
}

static void test_pool_does_not_spin_on_input_held_back(void **state)
{
	struct box b = open_box("");
	int fd = adopt(&b);
	uint64_t steps;

	(void)state;
	expect(fd, "hello");
	say(fd, "deaf 400\r\n");
	usleep(20000);
	steps = runtime_pool_count(b.pool).steps;
	say(fd, "patience\r\n");
	expect(fd, "timeout");
	expect(fd, "patience");
	assert_true(runtime_pool_count(b.pool).steps - steps < 40);
	close(fd);
	wait_until_empty(&b);
	close_box(&b);
}

/* Whoever waits for the store holds no thread, and is told nothing else meanwhile. */
static void test_pool_asks_without_a_thread(void **state)
{
	enum {
		N = 80 /* more than may ask at once */
	};
	struct box b = open_box("server { worker_max_threads = 4 session_save_every_step = 1 }");
	int fds[N], fd = adopt(&b), other = adopt(&b);
	int64_t began = clock_mono_ms();

	(void)state;
	expect(fd, "hello");
	expect(other, "hello");
	say(fd, "wait 300\r\nwatch 7\r\nask 1000\r\nping\r\n");
	usleep(50000);
	send_event(7);
	say(fd, "pong\r\n");
	for (int i = 0; i < 20; i++) {
		say(other, "ping\r\n");
		expect(other, "ping");
	}
	assert_true(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 0) == 0 ||
	            clock_mono_ms() - began >= 1000);
	expect(fd, "answer");
	assert_true(clock_mono_ms() - began >= 1000);
	expect(fd, "ping");
	expect(fd, "event 7");
	expect(fd, "pong");
	expect(fd, "timeout");
	for (int i = 0; i < N; i++) {
		fds[i] = adopt(&b);
		expect(fds[i], "hello");
		say(fds[i], "ask 100\r\nping\r\n");
	}
	for (int i = 0; i < N; i++) {
		const char *line = hear(fds[i]);

		assert_true(strcmp(line, "answer") == 0 || strcmp(line, "ask 100") == 0);
		expect(fds[i], "ping");
	}
	assert_in_range(stores, 4, 64 + 4);
	/* It does not answer at all; it does, but the client has left. */
	say(other, "beg 60000\r\n");
	expect(other, "no answer");
	say(other, "ask 100\r\n");
	close(other);
	for (int i = 0; i < N; i++)
		close(fds[i]);
	close(fd);
	wait_until_empty(&b);
	fd = adopt(&b);
	expect(fd, "hello");
	say(fd, "ask 60000\r\n");
	usleep(50000);
	close_box(&b);
	assert_int_equal(stores, 0);
	close(fd);
}

/* Nobody begins while the store has enough to do, and then in their order. */
static void test_pool_gives_turns(void **state)
{
	enum {
		BUSY = 16,
		N = 5
	};
	struct box b = open_box("server { worker_threads = 8 }");
	int busy[BUSY], fds[N], gone;

	(void)state;
	for (int i = 0; i < N; i++) {
		fds[i] = adopt(&b);
		expect(fds[i], "hello");
	}
	say(fds[0], "begin\r\n");
	expect(fds[0], "turn");
	for (int i = 0; i < BUSY; i++) {
		busy[i] = adopt(&b);
		expect(busy[i], "hello");
		say(busy[i], i == 0 ? "manual 0\r\n" : i == 1 ? "manual 1\r\n" : "ask 50000\r\n");
		while (asking < i + 1)
			usleep(1000);
	}
	gone = adopt(&b);
	expect(gone, "hello");
	say(gone, "begin\r\n");
	usleep(20000);
	close(gone);
	for (int i = 0; i < N; i++) {
		say(fds[i], "begin\r\n");
		usleep(20000);
		assert_int_equal(poll(&(struct pollfd){ .fd = fds[i], .events = POLLIN }, 1, 0), 0);
	}
	answer(&manual[0]);
	expect(busy[0], "answer");
	expect(fds[0], "turn");
	assert_int_equal(poll(&(struct pollfd){ .fd = fds[1], .events = POLLIN }, 1, 0), 0);
	answer(&manual[1]);
	expect(busy[1], "answer");
	expect(fds[1], "turn");
	assert_int_equal(poll(&(struct pollfd){ .fd = fds[2], .events = POLLIN }, 1, 0), 0);
	close_box(&b);
	for (int i = 0; i < BUSY; i++)
		close(busy[i]);
	for (int i = 0; i < N; i++)
		close(fds[i]);
}

/* Hang up on somebody who goes on talking: no reset may destroy what we have said last. */
static void test_pool_hangs_up_without_a_reset(void **state)
{
	struct box b = open_box("");
	int fd = adopt(&b), stays = adopt(&b), leaves = adopt(&b);

	(void)state;
	say(fd, "offend\r\nmore\r\n");
	for (int i = 0; i < 300 && ended == 0; i++)
		usleep(10000);
	assert_int_equal(ended, 1);
	for (int i = 0; i < 3; i++) {
		usleep(20000);
		say(fd, "and more\r\n");
	}
	expect(fd, "hello");
	expect(fd, "bye");
	expect(fd, "");
	assert_int_equal(runtime_pool_count(b.pool).connections, 3);
	close(fd);
	/* Who has said good-bye is not waited for, and nobody for ever. */
	say(leaves, "quit\r\n");
	say(stays, "offend\r\n");
	expect(stays, "hello");
	expect(stays, "bye");
	wait_until_empty(&b);
	assert_int_equal(ended, 3);
	close(stays);
	close(leaves);
	close_box(&b);
}

static void test_pool_drains(void **state)
{
	enum {
		N = 100
	};
	struct box b = open_box("");
	int fds[N], held;

	(void)state;
	box_listen(&b);
	for (int i = 0; i < N; i++) {
		fds[i] = dial(&b);
		expect(fds[i], "hello");
	}
	held = dial(&b);
	expect(held, "hello");
	say(held, "hold 1\r\nok\r\n");
	expect(held, "ok");
	runtime_pool_drain(b.pool, 100);
	while (runtime_pool_tick(b.pool) < 1000)
		usleep(10000);
	for (int i = 0; i < N; i++) {
		expect(fds[i], "drain");
		expect(fds[i], "");
		close(fds[i]);
	}
	/* In the middle of something: it may end it. */
	say(held, "one more\r\n");
	expect(held, "one more");
	for (int i = 0; i < 1000 && runtime_pool_count(b.pool).connections > 1; i++)
		usleep(1000);
	assert_int_equal(runtime_pool_count(b.pool).connections, 1);
	say(held, "hold 0\r\n");
	expect(held, "drain");
	expect(held, "");
	close(held);
	wait_until_empty(&b);
	close_box(&b);
}

static void test_pool_survives_slow_readers(void **state)
{
	enum {
		SLOW = 6
	};
	struct box b = open_box(
		"server { worker_max_threads = 8 }\nlimits { write_timeout = \"1s\" }");
	int slow[SLOW], fd;
	int64_t began = clock_mono_ms();

	(void)state;
	box_listen(&b);
	for (int i = 0; i < SLOW; i++) {
		slow[i] = dial(&b);
		say(slow[i], "big 50000000\r\n");
	}
	usleep(100000);
	fd = dial(&b);
	expect(fd, "hello");
	for (int i = 0; i < 100; i++) {
		say(fd, "ping\r\n");
		expect(fd, "ping");
	}
	/* Not one after the other behind the slow ones, each of which may hold a thread for a
	 * second. */
	assert_true(clock_mono_ms() - began < 1000 * SLOW);
	for (int i = 0; i < 1000 && ended < SLOW; i++)
		usleep(10000);
	assert_int_equal(ended, SLOW);
	for (int i = 0; i < SLOW; i++)
		close(slow[i]);
	close(fd);
	wait_until_empty(&b);
	close_box(&b);
}

/* All threads are held by clients that take nothing: after five seconds they are hung up on. */
static void test_pool_sheds_when_threads_run_out(void **state)
{
	struct box b = open_box(
		"server { worker_max_threads = 2 }\nlimits { write_timeout = \"50s\" }");
	int slow[2], fd;

	(void)state;
	box_listen(&b);
	for (int i = 0; i < 2; i++) {
		slow[i] = dial(&b);
		expect(slow[i], "hello");
		say(slow[i], "big 50000000\r\n");
	}
	usleep(100000);
	fd = dial(&b);
	for (int i = 0; i < 100 && runtime_pool_count(b.pool).shed == 0; i++) {
		usleep(100000);
		runtime_pool_tick(b.pool);
	}
	expect(fd, "hello");
	/* When the first that goes leaves its thread in time, the second may stay. */
	assert_in_range(runtime_pool_count(b.pool).shed, 1, 2);
	close(slow[0]);
	close(slow[1]);
	close(fd);
	wait_until_empty(&b);
	close_box(&b);
}

static void test_pool_limits_connections(void **state)
{
	struct box b = open_box("server { hostname = \"mail.example\" }\n"
	                        "limits { connections_max = 3 connections_per_address_max = 2 }");
	int one, two, three, pair;

	(void)state;
	box_listen(&b);
	one = dial(&b);
	two = dial(&b);
	expect(one, "hello");
	expect(two, "hello");
	three = dial(&b);
	expect(three,
	       "421 4.7.0 mail.example Too many connections from your address, try again later");
	expect(three, "");
	close(three);
	pair = adopt(&b); /* of another address */
	expect(pair, "hello");
	assert_int_equal(runtime_pool_count(b.pool).refused_address, 1);
	close(one);
	while (runtime_pool_count(b.pool).connections > 2)
		usleep(1000);
	three = dial(&b);
	expect(three, "hello");
	assert_int_equal(runtime_pool_count(b.pool).connections, 3);
	close(two);
	while (runtime_pool_count(b.pool).connections > 2)
		usleep(1000);
	two = dial(&b);
	expect(two, "hello");
	close(pair);
	close(two);
	close(three);
	wait_until_empty(&b);
	close_box(&b);
}

static void test_pool_limits_the_total_and_the_rate(void **state)
{
	struct box b = open_box("server { hostname = \"mail.example\" }\n"
	                        "limits { connections_max = 2 connection_rate_per_address = 3 }");
	int fds[4];

	(void)state;
	box_listen(&b);
	for (int i = 0; i < 4; i++)
		fds[i] = dial(&b);
	expect(fds[0], "hello");
	expect(fds[1], "hello");
	expect(fds[2], "421 4.7.0 mail.example Too many connections, try again later");
	expect(fds[3], "421 4.7.0 mail.example Too many new connections from your address, try "
	               "again in a minute");
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	wait_until_empty(&b);
	close_box(&b);
}

/* --- TLS */

static SSL *tls_client(int fd)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(ctx);

	SSL_CTX_free(ctx);
	SSL_set_fd(ssl, fd);
	assert_int_equal(SSL_connect(ssl), 1);
	return ssl;
}

static void expect_tls(SSL *ssl, const char *want)
{
	char got[200] = "";
	int n = 0;

	while ((size_t)n < strlen(want)) {
		int r = SSL_read(ssl, got + n, (int)sizeof got - 1 - n);

		assert_true(r > 0);
		n += r;
	}
	assert_string_equal(got, want);
}

static struct runtime_setup *tls_setup(const char *listener)
{
	static const char *const paths[] = { "/tmp/tayori-pool-test-cert.pem",
		                             "/tmp/tayori-pool-test-key.pem" };
	struct errinfo info = { 0 };
	char options[300];
	struct runtime_setup *setup;

	snprintf(options, sizeof options, "%s tls_certificate = \"%s\" tls_key = \"%s\"", listener,
	         paths[0], paths[1]);
	if (tls_self_signed("localhost", NULL, 0, paths[0], paths[1], &info))
		fail_msg("%s", info.text);
	setup = make_setup("", options);
	if (tls_context_new(paths[0], paths[1], "1.2", "", &setup->tls[0], &info))
		fail_msg("%s", info.text);
	unlink(paths[0]);
	unlink(paths[1]);
	return setup;
}

static void test_pool_shakes_hands_while_parked(void **state)
{
	struct box b = open_box_of(tls_setup("tls = \"implicit\""));
	int fd, silent;
	SSL *ssl;

	(void)state;
	box_listen(&b);
	silent = dial(&b);
	fd = dial(&b);
	ssl = tls_client(fd);
	expect_tls(ssl, "hello\r\n");
	assert_int_equal(SSL_write(ssl, "one\r\ntwo\r\n", 10), 10);
	expect_tls(ssl, "one\r\ntwo\r\n");
	say(silent, "this is no client hello, and it is long enough\r\n");
	while (runtime_pool_count(b.pool).connections > 1)
		usleep(1000);
	SSL_free(ssl);
	close(fd);
	close(silent);
	wait_until_empty(&b);
	assert_int_equal(ended, 1);
	close_box(&b);
}

static void test_pool_starts_tls(void **state)
{
	struct box b = open_box_of(tls_setup("tls = \"starttls\""));
	SSL *ssl;
	int fd;

	(void)state;
	box_listen(&b);
	fd = dial(&b);
	expect(fd, "hello");
	say(fd, "starttls\r\n");
	expect(fd, "go");
	ssl = tls_client(fd);
	assert_int_equal(SSL_write(ssl, "count\r\n", 7), 7);
	expect_tls(ssl, "2\r\n");
	SSL_free(ssl);
	close(fd);
	wait_until_empty(&b);
	close_box(&b);
}

/* --- PROXY protocol */

static void test_pool_reads_the_proxy_header(void **state)
{
	struct box b = open_box_of(make_setup("", "tls = \"none\" proxy_from = \"127.0.0.1\""));
	int fd, bad;

	(void)state;
	box_listen(&b);
	fd = dial(&b);
	say(fd, "PROXY TCP4 192.0.2.7 192.0.2.1 4711 25\r\npeer\r\n");
	expect(fd, "hello");
	expect(fd, "192.0.2.7 4711");
	bad = dial(&b);
	say(bad, "EHLO me\r\n");
	expect(bad, "");
	close(fd);
	close(bad);
	wait_until_empty(&b);
	assert_int_equal(ended, 1);
	close_box(&b);
}

/* Not a test of correctness: the cost of a step, shown with --verbose output of the runner. */
static void test_pool_speed(void **state)
{
	enum {
		N = 20,
		ROUNDS = 20000
	};
	struct box b = open_box("");
	struct pollfd polls[N];
	int64_t began;
	int done = 0;

	(void)state;
	box_listen(&b);
	for (int i = 0; i < N; i++) {
		polls[i] = (struct pollfd){ .fd = dial(&b), .events = POLLIN };
		expect(polls[i].fd, "hello");
	}
	began = clock_mono_ms();
	for (int i = 0; i < N; i++)
		say(polls[i].fd, "ping\r\n");
	while (done < ROUNDS) {
		assert_true(poll(polls, N, 10000) > 0);
		for (int i = 0; i < N; i++) {
			char got[20];

			if (!(polls[i].revents & POLLIN))
				continue;
			assert_int_equal(recv(polls[i].fd, got, sizeof got, 0), 6);
			say(polls[i].fd, "ping\r\n");
			done++;
		}
	}
	print_message("echo with %d connections: %lld round trips a second\n", N,
	              (long long)done * 1000 / (clock_mono_ms() - began + 1));
	for (int i = 0; i < N; i++)
		close(polls[i].fd);
	wait_until_empty(&b);
	close_box(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pool_serves_lines),
		cmocka_unit_test(test_pool_notices_that_a_client_has_gone),
		cmocka_unit_test(test_pool_parks_a_thousand),
		cmocka_unit_test(test_pool_keeps_deadlines),
		cmocka_unit_test(test_pool_is_fair),
		cmocka_unit_test(test_pool_grows_while_threads_block_and_shrinks),
		cmocka_unit_test(test_pool_adds_a_thread_when_all_are_stuck),
		cmocka_unit_test(test_pool_serves_urgent_ones_first),
		cmocka_unit_test(test_pool_saves_every_step),
		cmocka_unit_test(test_pool_delivers_events),
		cmocka_unit_test(test_pool_does_not_spin_on_input_held_back),
		cmocka_unit_test(test_pool_asks_without_a_thread),
		cmocka_unit_test(test_pool_gives_turns),
		cmocka_unit_test(test_pool_hangs_up_without_a_reset),
		cmocka_unit_test(test_pool_drains),
		cmocka_unit_test(test_pool_survives_slow_readers),
		cmocka_unit_test(test_pool_sheds_when_threads_run_out),
		cmocka_unit_test(test_pool_limits_connections),
		cmocka_unit_test(test_pool_limits_the_total_and_the_rate),
		cmocka_unit_test(test_pool_shakes_hands_while_parked),
		cmocka_unit_test(test_pool_starts_tls),
		cmocka_unit_test(test_pool_reads_the_proxy_header),
		cmocka_unit_test(test_pool_speed),
	};
	struct rlimit files = { 4096, 4096 };

	(void)setrlimit(RLIMIT_NOFILE, &files);
	log_setup("test", LOG_LEVEL_ERROR, LOG_TARGET_STDERR, false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
