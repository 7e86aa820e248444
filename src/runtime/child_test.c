/* The parts of the supervisor that need no server: back-off, messages, bundles, listening sockets,
 * directories. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/log.h"
#include "src/base/unit.h"
#include "src/config/config.h"
#include "src/net/tls.h"
#include "src/runtime/bundle.h"
#include "src/runtime/child.h"
#include "src/runtime/control.h"
#include "src/runtime/places.h"
#include "src/runtime/setup.h"
#include "src/runtime/sockets.h"

static const struct config *parse(const char *text)
{
	struct errinfo info = { 0 };
	const struct config *c;

	if (config_parse("test.conf", text, &c, &info))
		fail_msg("%s", info.text);
	return c;
}

static void test_child_backs_off_when_it_dies_again_and_again(void **state)
{
	static const struct {
		uint64_t lived_ms, last_ms, want_ms;
		bool was_killed;
	} lives[] = {
		{ 50, 0, 1, false }, /* the first time: at once (1 remembers that it happened) */
		{ 50, 1, 100, false },       { 50, 100, 200, false },    { 9999, 200, 400, false },
		{ 50, 20000, 30000, false },                             /* up to the limit */
		{ 50, 30000, 30000, false }, { 10000, 30000, 0, false }, /* a good life forgives */
		{ 50, 1, 100, true },        { 50, 200, 250, true }, /* killed from outside: never
		                                                        long */
		{ 50, 30000, 250, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof lives / sizeof *lives; i++)
		assert_int_equal(runtime_child_backoff(lives[i].lived_ms, lives[i].last_ms, 30000,
		                                       lives[i].was_killed),
		                 lives[i].want_ms);
}

static void test_child_ends_without_process(void **state)
{
	struct runtime_child c = { .role = RUNTIME_ROLE_SESSION, .control = -1 };

	(void)state;
	runtime_child_end(&c, 1000, 500, 0);
	assert_int_equal(c.state, RUNTIME_CHILD_ENDED);
	runtime_child_end(&c, 1000, 500, 0);
	assert_int_equal(c.state, RUNTIME_CHILD_ENDED);
}

static void test_child_goes_round(void **state)
{
	struct runtime_child c = { .role = RUNTIME_ROLE_STORE, .control = -1 };
	int pair[2];
	struct runtime_control m;
	int fds[RUNTIME_CONTROL_FDS_MAX];

	(void)state;
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	c.pid = 4711;
	c.control = pair[0];
	c.started_ms = 1000;
	runtime_child_move(&c, RUNTIME_CHILD_STARTING);
	runtime_child_move(&c, RUNTIME_CHILD_UP);
	runtime_child_reap(&c, 9, 1500, 30000);
	assert_int_equal(c.state, RUNTIME_CHILD_DOWN);
	assert_int_equal(c.due_ms, 1500);
	assert_int_equal(c.control, -1);
	close(pair[1]);

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	c.pid = 4712;
	c.control = pair[0];
	c.started_ms = 2000;
	runtime_child_move(&c, RUNTIME_CHILD_STARTING);
	runtime_child_end(&c, 2000, 300, 20);
	assert_int_equal(c.state, RUNTIME_CHILD_ENDING);
	assert_int_equal(c.due_ms, 2320);
	assert_int_equal(runtime_control_receive(pair[1], &m, fds), ERR_OK);
	assert_int_equal(m.type, RUNTIME_CONTROL_DRAIN);
	assert_int_equal(m.value, 300);
	runtime_child_reap(&c, 0, 2100, 30000);
	assert_int_equal(c.state, RUNTIME_CHILD_ENDED);
	close(pair[1]);
}

static void test_control_carries_descriptors(void **state)
{
	struct runtime_control m = { .type = RUNTIME_CONTROL_SETUP, .n_fds = 2, .value = 7 }, got;
	int pair[2], pipes[2], fds[RUNTIME_CONTROL_FDS_MAX];
	char c;

	(void)state;
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	assert_int_equal(runtime_control_receive(pair[1], &got, fds), ERR_NOTFOUND);
	assert_int_equal(runtime_control_send(pair[0], &m, pipes), ERR_OK);
	assert_int_equal(runtime_control_receive(pair[1], &got, fds), ERR_OK);
	assert_int_equal(got.n_fds, 2);
	assert_int_equal(got.value, 7);
	assert_int_equal(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(read(pipes[0], &c, 1), 1);
	assert_int_equal(send(pair[0], "short", 5, 0), 5);
	assert_int_equal(runtime_control_receive(pair[1], &got, fds), ERR_PROTO);
	close(pair[0]);
	assert_int_equal(runtime_control_receive(pair[1], &got, fds), ERR_CANCELLED);
	close(pair[1]);
	close(pipes[0]);
	close(pipes[1]);
	close(fds[0]);
	close(fds[1]);
}

static char directory[] = "/tmp/tayori-child-XXXXXX";

/* Two listeners with one certificate and one without: what arrives is what was sent, and cannot be
 * changed. */
static void test_bundle_brings_certificates(void **state)
{
	static const char form[] = "tls { certificate = \"%s/cert.pem\" key = \"%s/key.pem\" }\n"
				   "listener \"a\" { protocol = \"imap\" address = \"127.0.0.1\" "
				   "port = 0 tls = \"implicit\" }\n"
				   "listener \"b\" { protocol = \"lmtp\" address = \"127.0.0.1\" "
				   "port = 0 tls = \"none\" }\n"
				   "listener \"c\" { protocol = \"smtp\" address = \"127.0.0.1\" "
				   "port = 0 tls = \"starttls\" }\n";
	struct arena *a = arena_new(NULL);
	struct errinfo info = { 0 };
	struct runtime_bundle b = { .generation = 3 }, got;
	struct runtime_setup *setup;
	const struct config *c;
	char text[1000], cert[100], key[100];
	int fd;

	(void)state;
	snprintf(text, sizeof text, form, directory, directory);
	snprintf(cert, sizeof cert, "%s/cert.pem", directory);
	snprintf(key, sizeof key, "%s/key.pem", directory);
	c = parse(text);
	assert_int_equal(runtime_bundle_read_certificates(a, c, &b.certificates, &info),
	                 ERR_NOTFOUND);
	assert_non_null(strstr(info.text, "cert.pem"));
	assert_int_equal(tls_self_signed("localhost", NULL, 0, cert, key, &info), ERR_OK);
	assert_int_equal(runtime_bundle_read_certificates(a, c, &b.certificates, &info), ERR_OK);
	b.config_name = STR("test.conf");
	b.config_text = str_c(text);
	b.store_socket = STR("/run/s");
	assert_int_equal(runtime_bundle_write(&b, &fd, &info), ERR_OK);
	assert_true(pwrite(fd, "x", 1, 0) < 0);
	unlink(cert);
	unlink(key);
	assert_int_equal(runtime_bundle_read(a, fd, &got, &info), ERR_OK);
	assert_int_equal(got.generation, 3);
	assert_str(got.store_socket, "/run/s");
	assert_int_equal(runtime_bundle_setup(&got, &setup, &info), ERR_OK);
	assert_non_null(setup->tls[0]);
	assert_null(setup->tls[1]);
	assert_ptr_equal(setup->tls[0], setup->tls[2]);
	runtime_setup_unref(&setup);
	close(fd);
	config_unref(&c);
	arena_free(&a);
}

static void test_bundle_refuses_what_is_damaged(void **state)
{
	struct arena *a = arena_new(NULL);
	struct errinfo info = { 0 };
	struct runtime_bundle b = { .config_name = STR("n"), .config_text = STR("t") }, got;
	char whole[500];
	ssize_t n;
	int fd, cut;

	(void)state;
	assert_int_equal(runtime_bundle_write(&b, &fd, &info), ERR_OK);
	n = pread(fd, whole, sizeof whole, 0);
	assert_true(n > 0 && (size_t)n < sizeof whole);
	for (ssize_t i = 0; i < n; i++) {
		cut = memfd_create("cut", MFD_CLOEXEC);
		assert_int_equal(write(cut, whole, (size_t)i), i);
		assert_int_equal(runtime_bundle_read(a, cut, &got, &info), ERR_CORRUPT);
		close(cut);
	}
	close(fd);
	arena_free(&a);
}

static int dial(uint16_t port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof sa), 0);
	return fd;
}

static void test_sockets_spread_connections_and_survive_reload(void **state)
{
	const struct config *c = parse("listener \"a\" { protocol = \"lmtp\" address = "
	                               "\"127.0.0.1\" port = 0 tls = \"none\" }");
	struct runtime_sockets *s, *again;
	struct errinfo info = { 0 };
	int got[2] = { 0, 0 }, clients[100];

	(void)state;
	assert_int_equal(runtime_sockets_open(c, 2, NULL, &s, &info), ERR_OK);
	assert_true(s->sockets[0].real_port > 0);
	assert_int_equal(runtime_sockets_open(c, 2, s, &again, &info), ERR_OK);
	assert_int_equal(again->sockets[0].real_port, s->sockets[0].real_port);
	for (int i = 0; i < 100; i++)
		clients[i] = dial(s->sockets[0].real_port);
	runtime_sockets_free(&s);
	for (int i = 0; i < 2; i++)
		for (int fd; (fd = accept(again->sockets[0].fds[i], NULL, NULL)) >= 0; got[i]++)
			close(fd);
	assert_int_equal(got[0] + got[1], 100);
	assert_true(got[0] > 10 && got[1] > 10);
	for (int i = 0; i < 100; i++)
		close(clients[i]);
	runtime_sockets_free(&again);
	config_unref(&c);
}

static void test_sockets_name_the_listener_whose_port_is_taken(void **state)
{
	const struct config *c = parse("listener \"a\" { protocol = \"lmtp\" address = "
	                               "\"127.0.0.1\" port = 0 tls = \"none\" }"),
			    *d;
	struct runtime_sockets *s, *other;
	struct errinfo info = { 0 };
	char text[300], port[20];

	(void)state;
	assert_int_equal(runtime_sockets_open(c, 2, NULL, &s, &info), ERR_OK);
	snprintf(port, sizeof port, "%d", (int)s->sockets[0].real_port);
	snprintf(text, sizeof text,
	         "listener \"second\" { protocol = \"lmtp\" address = \"127.0.0.1\" port = %s tls "
	         "= \"none\" }",
	         port);
	d = parse(text);
	assert_int_equal(runtime_sockets_open(d, 2, NULL, &other, &info), ERR_EXISTS);
	assert_non_null(strstr(info.text, "second"));
	assert_non_null(strstr(info.text, port));
	runtime_sockets_free(&s);
	config_unref(&c);
	config_unref(&d);
}

static void test_places_are_made_and_locked(void **state)
{
	const struct config *c, *deep;
	struct runtime_owner me;
	struct errinfo info = { 0 };
	char text[300], path[200];
	struct stat st;
	int lock, second;

	(void)state;
	snprintf(text, sizeof text,
	         "server { user = \"\" data_directory = \"%s/data\" run_directory = \"%s/run\" }",
	         directory, directory);
	c = parse(text);
	me = runtime_places_owner(c);
	assert_int_equal(me.uid, geteuid());
	assert_int_equal(runtime_places_make(c, &me, &info), ERR_OK);
	assert_int_equal(runtime_places_make(c, &me, &info), ERR_OK);
	assert_int_equal(stat(c->server.data_directory, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(runtime_places_lock(c->server.run_directory, &lock, &info), ERR_OK);
	assert_int_equal(runtime_places_lock(c->server.run_directory, &second, &info), ERR_BUSY);
	snprintf(text, sizeof text, "%d", (int)getpid());
	assert_non_null(strstr(info.text, text));
	close(lock);
	/* Not empty, so it is not given to anybody else. */
	snprintf(path, sizeof path, "%s/something", c->server.data_directory);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	me.uid++;
	assert_int_equal(runtime_places_make(c, &me, &info), ERR_DENIED);
	assert_non_null(strstr(info.text, "chown"));
	me.uid--;
	unlink(path);
	snprintf(text, sizeof text, "server { user = \"\" data_directory = \"%s/no/data\" }",
	         directory);
	deep = parse(text);
	assert_int_equal(runtime_places_make(deep, &me, &info), ERR_NOTFOUND);
	snprintf(path, sizeof path, "%s/tayori.pid", c->server.run_directory);
	unlink(path);
	rmdir(c->server.run_directory);
	rmdir(c->server.data_directory);
	config_unref(&deep);
	config_unref(&c);
}

static int make_directory(void **state)
{
	(void)state;
	log_setup("test", LOG_LEVEL_ERROR, LOG_TARGET_SYSLOG, false);
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_child_backs_off_when_it_dies_again_and_again),
		cmocka_unit_test(test_child_ends_without_process),
		cmocka_unit_test(test_child_goes_round),
		cmocka_unit_test(test_control_carries_descriptors),
		cmocka_unit_test(test_bundle_brings_certificates),
		cmocka_unit_test(test_bundle_refuses_what_is_damaged),
		cmocka_unit_test(test_sockets_spread_connections_and_survive_reload),
		cmocka_unit_test(test_sockets_name_the_listener_whose_port_is_taken),
		cmocka_unit_test(test_places_are_made_and_locked),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
