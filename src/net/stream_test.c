#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/base/unit.h"
#include "src/net/stream.h"

/* ---------------------------------------------------------------- lines, however they are split */

/* Read all lines of `s`, note each as text in `log`; stop at the first thing that is no line. */
static enum stream_got note_lines(struct stream *s, size_t max, enum stream_eol eol,
                                  struct buf *log)
{
	enum stream_got got;
	struct str line;

	for (;;) {
		got = stream_line(s, max, eol, &line);
		if (got == STREAM_GOT)
			assert_int_equal(buf_printf(log, "[%.*s]", STR_ARG(line)), ERR_OK);
		else if (got == STREAM_TOO_LONG)
			assert_int_equal(buf_add_c(log, "<long>"), ERR_OK);
		else if (got == STREAM_BAD_LINE)
			assert_int_equal(buf_add_c(log, "<bad>"), ERR_OK);
		else
			return got;
	}
}

struct line_case {
	struct str input;
	size_t max;
	enum stream_eol eol;
	const char *want;
};

#define CASE(text, max, eol, want)                                                        \
	{                                                                                 \
		{ (const unsigned char *)(text), sizeof(text) - 1 }, (max), (eol), (want) \
	}

static const struct line_case line_cases[] = {
	CASE("a\r\nbc\r\n\r\nrest", 10, STREAM_CRLF_ONLY, "[a][bc][]"),
	CASE("a\nb\r\nc\rd\r\ne\r\r\nf\r\n", 10, STREAM_CRLF_ONLY, "<bad><bad><bad>[f]"),
	CASE("a\0b\r\nc\r\n", 10, STREAM_CRLF_ONLY, "<bad>[c]"),
	CASE("\r\n\n\r\n\rx\r\n", 10, STREAM_CRLF_ONLY, "[]<bad><bad>"),
	CASE("12345\r\n123456\r\n1234567\r\n12345\r\n", 5, STREAM_CRLF_ONLY,
	     "[12345]<long><long>[12345]"),
	CASE("1234\r\r\n12345\r\r\nx\r\n", 5, STREAM_CRLF_ONLY, "<bad><long>[x]"),
	CASE("123456789\n\n12\r3\r\r\nx\r\n", 5, STREAM_CRLF_ONLY, "<long>[x]"),
	CASE("123456\r\r\nx\r\n", 5, STREAM_CRLF_ONLY, "<long>[x]"),
	CASE("\r\n\r\n", 0, STREAM_CRLF_ONLY, "[][]"),
	CASE("a\r\n\r\n", 0, STREAM_CRLF_ONLY, "<long>[]"),
	CASE("a\nb\r\nc\rd\n\n\r\r\n", 10, STREAM_LF_TOO, "[a][b][c\rd][][\r]"),
	CASE("12345\n123456\n12345\r\n123456\r\n1234567\nx\n", 5, STREAM_LF_TOO,
	     "[12345]<long>[12345]<long><long>[x]"),
};

static void check_lines(const struct line_case *c, size_t first, size_t piece)
{
	struct stream *s = stream_open_memory();
	struct buf log = buf_in(NULL, 10000);
	size_t at = 0, n;

	while (at < c->input.n) {
		n = at == 0 ? first : piece;
		n = n < c->input.n - at ? n : c->input.n - at;
		stream_memory_feed(s, str_make(c->input.p + at, n), false);
		assert_int_equal(note_lines(s, c->max, c->eol, &log), STREAM_MORE);
		assert_false(stream_has_input(s));
		at += n;
	}
	stream_memory_feed(s, STR(""), true);
	assert_true(stream_has_input(s) || true);
	assert_int_equal(note_lines(s, c->max, c->eol, &log), STREAM_EOF);
	assert_str(buf_str(&log), c->want);
	buf_clear(&log);
	stream_close(&s);
}

static void test_line_is_the_same_however_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof line_cases / sizeof line_cases[0]; i++) {
		const struct line_case *c = &line_cases[i];

		check_lines(c, c->input.n, c->input.n);
		check_lines(c, 1, 1);
		for (size_t split = 1; split < c->input.n; split++)
			check_lines(c, split, c->input.n);
	}
}

static void test_line_too_long_takes_no_memory(void **state)
{
	struct stream *s = stream_open_memory();
	char block[4096];
	struct str line;

	(void)state;
	memset(block, 'x', sizeof block);
	for (int i = 0; i < 1000; i++) {
		stream_memory_feed(s, str_make(block, sizeof block), false);
		assert_int_equal(stream_line(s, 100, STREAM_CRLF_ONLY, &line), STREAM_MORE);
		assert_true(stream_bytes(s) <= 16384);
	}
	stream_memory_feed(s, STR("\r\nok\r\n"), false);
	assert_int_equal(stream_line(s, 100, STREAM_CRLF_ONLY, &line), STREAM_TOO_LONG);
	assert_int_equal(stream_line(s, 100, STREAM_CRLF_ONLY, &line), STREAM_GOT);
	assert_str(line, "ok");
	stream_close(&s);
}

/* ---------------------------------------------------------------- fill */

static void test_fill_tells_each_octet_once(void **state)
{
	struct stream *s = stream_open_memory();
	struct str line;

	(void)state;
	assert_int_equal(stream_fill(s, 10), STREAM_MORE);
	assert_false(stream_has_input(s));
	stream_memory_feed(s, STR("DATA\r\nab\r\n."), false);
	assert_true(stream_has_input(s));
	assert_int_equal(stream_line(s, 100, STREAM_CRLF_ONLY, &line), STREAM_GOT);
	assert_str(line, "DATA");
	/* What the line reader has read ahead is news to stream_fill, but only once. */
	assert_true(stream_has_input(s));
	assert_int_equal(stream_fill(s, 65536), STREAM_GOT);
	assert_str(stream_buffered(s), "ab\r\n.");
	stream_consume(s, 2);
	assert_int_equal(stream_fill(s, 65536), STREAM_MORE);
	assert_str(stream_buffered(s), "\r\n.");
	assert_false(stream_has_input(s));
	stream_memory_feed(s, STR("\r\nQUIT\r\n"), true);
	assert_int_equal(stream_fill(s, 65536), STREAM_GOT);
	assert_str(stream_buffered(s), "\r\n.\r\nQUIT\r\n");
	stream_consume(s, 5);
	assert_true(stream_has_line(s));
	assert_int_equal(stream_line(s, 100, STREAM_CRLF_ONLY, &line), STREAM_GOT);
	assert_str(line, "QUIT");
	assert_int_equal(stream_fill(s, 1), STREAM_EOF);
	assert_int_equal(stream_line(s, 100, STREAM_CRLF_ONLY, &line), STREAM_EOF);
	stream_close(&s);
}

static void test_fill_gives_what_came_before_the_end(void **state)
{
	struct stream *s = stream_open_memory();

	(void)state;
	stream_memory_feed(s, STR("abc"), true);
	assert_int_equal(stream_fill(s, 100), STREAM_GOT);
	assert_str(stream_buffered(s), "abc");
	assert_int_equal(stream_fill(s, 100), STREAM_EOF);
	assert_int_equal(stream_buffered(s).n, 0);
	stream_close(&s);
}

static void test_discard_input_drops_injected_commands(void **state)
{
	struct stream *s = stream_open_memory();
	struct str line;

	(void)state;
	stream_memory_feed(s, STR("STARTTLS\r\nRSET\r\n"), false);
	assert_int_equal(stream_line(s, 100, STREAM_CRLF_ONLY, &line), STREAM_GOT);
	assert_true(stream_has_line(s));
	stream_discard_input(s);
	assert_false(stream_has_input(s));
	assert_int_equal(stream_line(s, 100, STREAM_CRLF_ONLY, &line), STREAM_MORE);
	stream_close(&s);
}

static void test_memory_collects_output(void **state)
{
	struct arena *a = arena_new(NULL);
	struct stream *s = stream_open_memory();
	char *big = malloc(200000);

	(void)state;
	memset(big, 'b', 200000);
	stream_write_c(s, "250 ok\r\n");
	stream_printf(s, "%d-%s", 7, "x");
	assert_int_equal(stream_pending(s), 11);
	assert_int_equal(stream_flush(s), ERR_OK);
	assert_int_equal(stream_pending(s), 0);
	assert_str(stream_memory_take(s, a), "250 ok\r\n7-x");
	stream_write_c(s, "a");
	stream_write(s, str_make(big, 200000));
	stream_printf(s, "%.*s", 1000, big);
	assert_int_equal(stream_memory_take(s, a).n, 201001);
	assert_int_equal(stream_bytes(s), 0);
	assert_false(stream_tls_info(s).is_tls);
	stream_memory_set_tls(s, true);
	assert_true(stream_tls_info(s).is_tls);
	stream_close(&s);
	stream_close(&s);
	free(big);
	arena_free(&a);
}

/* ---------------------------------------------------------------- sockets */

static struct stream *open_pair(int *peer_r)
{
	int fds[2], small = 4096;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
	*peer_r = fds[1];
	return stream_open_socket(fds[0]);
}

static void wait_input(struct stream *s)
{
	struct pollfd p = { .fd = stream_fd(s), .events = POLLIN };

	if (!stream_has_input(s))
		assert_int_equal(poll(&p, 1, 5000), 1);
}

static void test_socket_reads_lines_and_end(void **state)
{
	struct str line;
	int peer;
	struct stream *s = open_pair(&peer);

	(void)state;
	assert_int_equal(stream_line(s, 100, STREAM_CRLF_ONLY, &line), STREAM_MORE);
	assert_int_equal(stream_bytes(s), 0);
	assert_int_equal(write(peer, "NOOP\r\nQU", 8), 8);
	wait_input(s);
	assert_int_equal(stream_line(s, 100, STREAM_CRLF_ONLY, &line), STREAM_GOT);
	assert_str(line, "NOOP");
	assert_int_equal(stream_line(s, 100, STREAM_CRLF_ONLY, &line), STREAM_MORE);
	assert_int_equal(write(peer, "IT\r\n", 4), 4);
	assert_int_equal(close(peer), 0);
	wait_input(s);
	assert_int_equal(stream_line(s, 100, STREAM_CRLF_ONLY, &line), STREAM_GOT);
	assert_str(line, "QUIT");
	while (stream_line(s, 100, STREAM_CRLF_ONLY, &line) == STREAM_MORE)
		wait_input(s);
	assert_int_equal(stream_line(s, 100, STREAM_CRLF_ONLY, &line), STREAM_EOF);
	/* Writing to nobody is an error, not a signal. */
	stream_write_c(s, "bye\r\n");
	assert_int_equal(stream_flush(s), ERR_IO);
	assert_string_equal(stream_error(s), "Broken pipe");
	assert_int_equal(stream_flush(s), ERR_IO);
	assert_int_equal(stream_fill(s, 1), STREAM_FAILED);
	stream_close(&s);
}

/* A client that reads all there is, in small pieces, and counts. */
static void *read_all(void *arg)
{
	int fd = *(int *)arg;
	size_t total = 0;
	ssize_t n;
	char piece[1000];

	while ((n = read(fd, piece, sizeof piece)) > 0)
		total += (size_t)n;
	return (void *)total;
}

static void test_socket_writes_large_answers(void **state)
{
	char *big = calloc(1, 3000000);
	pthread_t reader;
	void *total;
	int peer;
	struct stream *s = open_pair(&peer);

	(void)state;
	assert_int_equal(pthread_create(&reader, NULL, read_all, &peer), 0);
	for (int i = 0; i < 1000; i++)
		stream_printf(s, "* %d FETCH ...............................................\r\n",
		              i);
	stream_write(s, str_make(big, 3000000));
	stream_write_c(s, "ok");
	assert_int_equal(stream_flush(s), ERR_OK);
	stream_close(&s);
	pthread_join(reader, &total);
	assert_int_equal((size_t)total, 3000000 + 2 + 58 * 1000 + 10 + 90 * 2 + 900 * 3);
	close(peer);
	free(big);
}

static void test_socket_gives_up_on_who_does_not_read(void **state)
{
	char *big = calloc(1, 1000000);
	int64_t start = clock_mono_ms();
	int peer;
	struct stream *s = open_pair(&peer);

	(void)state;
	stream_set_write_limits(s, 50, 0);
	stream_write(s, str_make(big, 1000000));
	assert_int_equal(stream_flush(s), ERR_TIMEOUT);
	assert_string_equal(stream_error(s), "the peer takes its answers too slowly");
	assert_true(clock_mono_ms() - start < 5000);
	stream_close(&s);
	close(peer);
	free(big);
}

struct drip {
	int fd;
	bool stop;
};

static void *read_slowly(void *arg)
{
	struct drip *d = arg;
	char piece[2048];

	while (!__atomic_load_n(&d->stop, __ATOMIC_RELAXED)) {
		if (read(d->fd, piece, sizeof piece) <= 0)
			break;
		usleep(10000);
	}
	return NULL;
}

static void test_socket_gives_up_on_who_reads_too_slowly(void **state)
{
	char *big = calloc(1, 10000000);
	struct drip d = { 0 };
	pthread_t reader;
	struct stream *s = open_pair(&d.fd);

	(void)state;
	assert_int_equal(pthread_create(&reader, NULL, read_slowly, &d), 0);
	/* It takes some 200 KB a second, so a time-out alone would never see it. */
	stream_set_write_limits(s, 100, 100000000);
	stream_write(s, str_make(big, 10000000));
	assert_int_equal(stream_flush(s), ERR_TIMEOUT);
	__atomic_store_n(&d.stop, true, __ATOMIC_RELAXED);
	stream_close(&s);
	pthread_join(reader, NULL);
	close(d.fd);
	free(big);
}

static void ignore(int sig)
{
	(void)sig;
}

static void *poke(void *arg)
{
	for (int i = 0; i < 50; i++) {
		pthread_kill(*(pthread_t *)arg, SIGUSR1);
		usleep(1000);
	}
	return NULL;
}

static void test_socket_survives_signals(void **state)
{
	struct sigaction act = { .sa_handler = ignore };
	pthread_t self = pthread_self(), poker, reader;
	char *big = calloc(1, 3000000);
	void *total;
	int peer;
	struct stream *s = open_pair(&peer);

	(void)state;
	sigaction(SIGUSR1, &act, NULL);
	assert_int_equal(pthread_create(&poker, NULL, poke, &self), 0);
	usleep(2000);
	assert_int_equal(pthread_create(&reader, NULL, read_all, &peer), 0);
	stream_write(s, str_make(big, 3000000));
	assert_int_equal(stream_flush(s), ERR_OK);
	pthread_join(poker, NULL);
	stream_close(&s);
	pthread_join(reader, &total);
	assert_int_equal((size_t)total, 3000000);
	close(peer);
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line_is_the_same_however_split),
		cmocka_unit_test(test_line_too_long_takes_no_memory),
		cmocka_unit_test(test_fill_tells_each_octet_once),
		cmocka_unit_test(test_fill_gives_what_came_before_the_end),
		cmocka_unit_test(test_discard_input_drops_injected_commands),
		cmocka_unit_test(test_memory_collects_output),
		cmocka_unit_test(test_socket_reads_lines_and_end),
		cmocka_unit_test(test_socket_writes_large_answers),
		cmocka_unit_test(test_socket_gives_up_on_who_does_not_read),
		cmocka_unit_test(test_socket_gives_up_on_who_reads_too_slowly),
		cmocka_unit_test(test_socket_survives_signals),
	};

	return cmocka_run_group_tests_name("net/stream", tests, NULL, NULL);
}
