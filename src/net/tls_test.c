#include <malloc.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/net/stream.h"
#include "src/net/tls.h"

static char directory[] = "/tmp/tayori-tls-XXXXXX", cert_path[100], key_path[100];

static int make_certificate(void **state)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "::1" };
	struct errinfo info = { 0 };

	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(cert_path, sizeof cert_path, "%s/cert.pem", directory);
	snprintf(key_path, sizeof key_path, "%s/key.pem", directory);
	return tls_self_signed("mail.example.org", names, 3, cert_path, key_path, &info) ? -1 : 0;
}

static int remove_certificate(void **state)
{
	(void)state;
	unlink(cert_path);
	unlink(key_path);
	return rmdir(directory);
}

static struct tls_context *server_context(void)
{
	struct tls_context *c = NULL;
	struct errinfo info = { 0 };

	if (tls_context_new(cert_path, key_path, "1.2", "", &c, &info))
		fail_msg("%s", info.text);
	return c;
}

/* ---------------------------------------------------------------- a client in the same thread */

struct client {
	SSL_CTX *ctx;
	SSL *ssl;
	int fd;
};

static struct client client_new(int fd, int version, const char *host)
{
	struct client c = { .ctx = SSL_CTX_new(TLS_client_method()), .fd = fd };

	assert_int_equal(SSL_CTX_load_verify_locations(c.ctx, cert_path, NULL), 1);
	SSL_CTX_set_verify(c.ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_max_proto_version(c.ctx, version);
	c.ssl = SSL_new(c.ctx);
	assert_int_equal(SSL_set1_host(c.ssl, host), 1);
	SSL_set_fd(c.ssl, fd);
	SSL_set_connect_state(c.ssl);
	return c;
}

static void client_free(struct client *c)
{
	SSL_free(c->ssl);
	SSL_CTX_free(c->ctx);
	if (c->fd >= 0)
		close(c->fd);
}

static struct stream *open_pair(int *peer_r)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	*peer_r = fds[1];
	return stream_open_socket(fds[0]);
}

/* Go on in turns until the client is through. */
static void shake_hands(struct stream *s, struct client *c)
{
	int result;

	for (int i = 0; i < 20; i++) {
		ERR_clear_error();
		result = SSL_do_handshake(c->ssl);
		if (result != 1 && SSL_get_error(c->ssl, result) != SSL_ERROR_WANT_READ)
			fail_msg("%s", ERR_reason_error_string(ERR_peek_last_error()));
		assert_int_equal(stream_fill(s, 1), STREAM_MORE);
		if (result == 1 && stream_tls_info(s).is_tls)
			return;
	}
	fail_msg("%s", "the handshake does not end");
}

static void say(struct client *c, const char *text)
{
	assert_int_equal(SSL_write(c->ssl, text, (int)strlen(text)), (int)strlen(text));
}

/* The next line, waiting as an event loop would: not while stream_has_input. */
static enum stream_got next_line(struct stream *s, struct str *line_r)
{
	enum stream_got got;

	for (int i = 0; i < 5; i++) {
		struct pollfd p = { .fd = stream_fd(s), .events = POLLIN };

		if (!stream_has_input(s) && poll(&p, 1, 1000) != 1)
			return STREAM_MORE;
		got = stream_line(s, 1000, STREAM_CRLF_ONLY, line_r);
		if (got != STREAM_MORE)
			return got;
	}
	return STREAM_MORE;
}

static void check_dialogue(int version, const char *name)
{
	struct tls_context *ctx = server_context();
	struct arena *a = arena_new(NULL);
	struct str line, binding;
	unsigned char theirs[32];
	char answer[100];
	int peer;
	struct stream *s = open_pair(&peer);
	struct client c = client_new(peer, version, "localhost");

	assert_int_equal(stream_channel_binding(s, a, "tls-exporter", &binding), ERR_NOTFOUND);
	assert_int_equal(stream_start_tls(s, ctx), ERR_OK);
	tls_context_unref(&ctx);
	shake_hands(s, &c);
	assert_string_equal(stream_tls_info(s).version, name);
	assert_true(stream_tls_info(s).bits >= 128);

	/* Two records, the first with two lines. */
	say(&c, "a\r\nb\r\n");
	say(&c, "c\r\n");
	assert_int_equal(next_line(s, &line), STREAM_GOT);
	assert_str(line, "a");
	assert_true(stream_has_input(s));
	assert_int_equal(next_line(s, &line), STREAM_GOT);
	assert_int_equal(next_line(s, &line), STREAM_GOT);
	assert_str(line, "c");
	assert_int_equal(stream_line(s, 10, STREAM_CRLF_ONLY, &line), STREAM_MORE);
	assert_false(stream_has_input(s));
	assert_int_equal(stream_bytes(s), 0);

	stream_write_c(s, "hello");
	assert_int_equal(stream_flush(s), ERR_OK);
	assert_int_equal(SSL_read(c.ssl, answer, sizeof answer), 5);
	assert_memory_equal(answer, "hello", 5);

	assert_int_equal(stream_channel_binding(s, a, "tls-exporter", &binding), ERR_OK);
	assert_int_equal(SSL_export_keying_material(c.ssl, theirs, 32, "EXPORTER-Channel-Binding",
	                                            24, (const unsigned char *)"", 0, 1),
	                 1);
	assert_true(str_eq(binding, str_make(theirs, 32)));
	assert_int_equal(stream_channel_binding(s, a, "tls-server-end-point", &binding), ERR_OK);
	assert_int_equal(binding.n, 32);
	if (SSL_version(c.ssl) == TLS1_3_VERSION) {
		assert_int_equal(stream_channel_binding(s, a, "tls-unique", &binding),
		                 ERR_NOTFOUND);
	} else {
		assert_int_equal(stream_channel_binding(s, a, "tls-unique", &binding), ERR_OK);
		assert_int_equal(SSL_get_finished(c.ssl, theirs, sizeof theirs), binding.n);
		assert_memory_equal(binding.p, theirs, binding.n);
	}

	assert_true(SSL_shutdown(c.ssl) >= 0);
	assert_int_equal(next_line(s, &line), STREAM_EOF);
	stream_close(&s);
	client_free(&c);
	arena_free(&a);
}

static void test_tls_speaks_1_2_and_1_3(void **state)
{
	(void)state;
	check_dialogue(TLS1_3_VERSION, "TLSv1.3");
	check_dialogue(TLS1_2_VERSION, "TLSv1.2");
}

/* A part of a record is no input yet: an event loop that took it for some would never sleep. */
static void test_tls_waits_for_whole_records(void **state)
{
	struct tls_context *ctx = server_context();
	struct str line;
	char *record;
	long n;
	int peer;
	struct stream *s = open_pair(&peer);
	struct client c = client_new(peer, TLS1_3_VERSION, "localhost");

	(void)state;
	assert_int_equal(stream_start_tls(s, ctx), ERR_OK);
	shake_hands(s, &c);
	SSL_set0_wbio(c.ssl, BIO_new(BIO_s_mem()));
	say(&c, "NOOP\r\n");
	n = BIO_get_mem_data(SSL_get_wbio(c.ssl), &record);
	for (long i = 0; i < n - 1; i++) {
		assert_int_equal(write(peer, record + i, 1), 1);
		(void)stream_line(s, 100, STREAM_CRLF_ONLY, &line);
		assert_int_equal(stream_line(s, 100, STREAM_CRLF_ONLY, &line), STREAM_MORE);
		assert_false(stream_has_input(s));
	}
	assert_int_equal(write(peer, record + n - 1, 1), 1);
	assert_int_equal(next_line(s, &line), STREAM_GOT);
	assert_str(line, "NOOP");
	SSL_set_quiet_shutdown(c.ssl, 1);
	stream_close(&s);
	client_free(&c);
	tls_context_unref(&ctx);
}

static void test_tls_refuses_old_versions_and_foreign_protocols(void **state)
{
	struct tls_context *ctx = server_context();
	int peer;
	struct stream *s = open_pair(&peer);
	struct client c = client_new(peer, TLS1_3_VERSION, "localhost");

	(void)state;
	assert_int_equal(SSL_set_alpn_protos(c.ssl, (const unsigned char *)"\10http/1.1", 9), 0);
	assert_int_equal(stream_start_tls(s, ctx), ERR_OK);
	assert_int_equal(SSL_do_handshake(c.ssl), -1);
	assert_int_equal(stream_fill(s, 1), STREAM_FAILED);
	assert_string_equal(stream_error(s), "no application protocol");
	stream_close(&s);
	client_free(&c);

	s = open_pair(&peer);
	c = client_new(peer, TLS1_1_VERSION, "localhost");
	SSL_set_cipher_list(c.ssl, "ALL:@SECLEVEL=0");
	assert_int_equal(stream_start_tls(s, ctx), ERR_OK);
	assert_int_equal(SSL_do_handshake(c.ssl), -1);
	assert_int_equal(stream_fill(s, 1), STREAM_FAILED);
	stream_close(&s);
	client_free(&c);

	s = open_pair(&peer);
	c = client_new(peer, TLS1_3_VERSION, "localhost");
	assert_int_equal(SSL_set_alpn_protos(c.ssl, (const unsigned char *)"\4imap", 5), 0);
	assert_int_equal(stream_start_tls(s, ctx), ERR_OK);
	shake_hands(s, &c);
	stream_close(&s);
	client_free(&c);
	tls_context_unref(&ctx);

	/* And the other way round. */
	for (int is_right = 0; is_right < 2; is_right++) {
		ctx = server_context();
		tls_context_set_http(ctx);
		s = open_pair(&peer);
		c = client_new(peer, TLS1_3_VERSION, "localhost");
		SSL_set_alpn_protos(
			c.ssl, (const unsigned char *)(is_right ? "\2h2\10http/1.1" : "\4imap"),
			is_right ? 12 : 5);
		assert_int_equal(stream_start_tls(s, ctx), ERR_OK);
		if (is_right) {
			shake_hands(s, &c);
		} else {
			assert_int_equal(SSL_do_handshake(c.ssl), -1);
			assert_int_equal(stream_fill(s, 1), STREAM_FAILED);
		}
		stream_close(&s);
		client_free(&c);
		tls_context_unref(&ctx);
	}
}

static void test_tls_garbage_and_sudden_end(void **state)
{
	struct tls_context *ctx = server_context();
	int peer;
	struct stream *s = open_pair(&peer);

	(void)state;
	assert_int_equal(stream_start_tls(s, ctx), ERR_OK);
	assert_int_equal(write(peer, "EHLO x\r\n", 8), 8);
	assert_int_equal(stream_fill(s, 1), STREAM_FAILED);
	assert_false(stream_tls_info(s).is_tls);
	stream_close(&s);
	close(peer);

	s = open_pair(&peer);
	assert_int_equal(stream_start_tls(s, ctx), ERR_OK);
	close(peer);
	assert_int_equal(stream_fill(s, 1), STREAM_EOF);
	stream_close(&s);
	tls_context_unref(&ctx);
}

static void test_tls_refuses_plain_text_before_it(void **state)
{
	struct tls_context *ctx = server_context();
	struct str line;
	int peer;
	struct stream *s = open_pair(&peer);

	(void)state;
	assert_int_equal(write(peer, "STARTTLS\r\nRSET\r\n", 16), 16);
	assert_int_equal(stream_line(s, 100, STREAM_CRLF_ONLY, &line), STREAM_GOT);
	assert_int_equal(stream_start_tls(s, ctx), ERR_PROTO);
	stream_close(&s);
	close(peer);
	tls_context_unref(&ctx);
}

static void test_tls_begins_behind_a_proxy_header(void **state)
{
	struct tls_context *ctx = server_context();
	struct str line;
	char *hello;
	long n;
	int peer;
	struct stream *s = open_pair(&peer);
	struct client c = client_new(peer, TLS1_3_VERSION, "localhost");

	(void)state;
	/* Header and ClientHello arrive together, the latter cut in the middle. */
	SSL_set0_wbio(c.ssl, BIO_new(BIO_s_mem()));
	assert_int_equal(SSL_do_handshake(c.ssl), -1);
	n = BIO_get_mem_data(SSL_get_wbio(c.ssl), &hello);
	assert_int_equal(write(peer, "PROXY UNKNOWN\r\n", 15), 15);
	assert_int_equal(write(peer, hello, 100), 100);
	assert_int_equal(stream_fill(s, 4096), STREAM_GOT);
	stream_consume(s, 15);
	assert_int_equal(stream_start_implicit_tls(s, ctx), ERR_OK);
	assert_true(stream_has_input(s));
	assert_int_equal(stream_fill(s, 1), STREAM_MORE);
	assert_int_equal(write(peer, hello + 100, (size_t)n - 100), n - 100);
	SSL_set0_wbio(c.ssl, BIO_new_socket(peer, BIO_NOCLOSE));
	while (stream_fill(s, 1) != STREAM_MORE || !SSL_is_init_finished(c.ssl))
		shake_hands(s, &c);
	say(&c, "NOOP\r\n");
	assert_int_equal(next_line(s, &line), STREAM_GOT);
	assert_str(line, "NOOP");
	stream_close(&s);
	client_free(&c);
	tls_context_unref(&ctx);
}

struct transfer {
	struct client *client;
	size_t total;
};

static void *read_all(void *arg)
{
	struct transfer *t = arg;
	char piece[20000];
	struct pollfd p = { .fd = t->client->fd, .events = POLLIN };
	int n;

	for (;;) {
		n = SSL_read(t->client->ssl, piece, sizeof piece);
		if (n > 0)
			t->total += (size_t)n;
		else if (SSL_get_error(t->client->ssl, n) != SSL_ERROR_WANT_READ)
			return NULL;
		else
			poll(&p, 1, 1000);
	}
}

static void test_tls_moves_large_amounts_both_ways(void **state)
{
	struct tls_context *ctx = server_context();
	char *big = calloc(1, 5000000);
	size_t got = 0;
	pthread_t reader;
	int peer;
	struct stream *s = open_pair(&peer);
	struct client c = client_new(peer, TLS1_3_VERSION, "localhost");
	struct transfer t = { .client = &c };

	(void)state;
	assert_int_equal(stream_start_tls(s, ctx), ERR_OK);
	shake_hands(s, &c);
	for (int i = 0; i < 40; i++) {
		assert_int_equal(SSL_write(c.ssl, big, 50000), 50000);
		while (got < (size_t)(i + 1) * 50000) {
			struct pollfd p = { .fd = stream_fd(s), .events = POLLIN };

			if (!stream_has_input(s))
				assert_int_equal(poll(&p, 1, 5000), 1);
			if (stream_fill(s, 65536) != STREAM_GOT)
				continue;
			got += stream_buffered(s).n;
			stream_consume(s, stream_buffered(s).n);
		}
	}
	assert_int_equal(got, 2000000);
	assert_int_equal(pthread_create(&reader, NULL, read_all, &t), 0);
	stream_write(s, str_make(big, 5000000));
	stream_write_c(s, "end");
	assert_int_equal(stream_flush(s), ERR_OK);
	stream_close(&s);
	pthread_join(reader, NULL);
	assert_int_equal(t.total, 5000003);
	client_free(&c);
	tls_context_unref(&ctx);
	free(big);
}

/* ---------------------------------------------------------------- contexts */

static void test_tls_context_names_the_file_that_is_wrong(void **state)
{
	char other_cert[120], other_key[120];
	struct tls_context *c = NULL;
	struct errinfo info;
	struct stat st;

	(void)state;
	assert_int_equal(stat(key_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(tls_context_new("/nowhere/c.pem", key_path, "1.2", "", &c, &info),
	                 ERR_NOTFOUND);
	assert_string_equal(info.text,
	                    "/nowhere/c.pem: cannot be opened: No such file or directory");
	assert_int_equal(tls_context_new(key_path, key_path, "1.2", "", &c, &info), ERR_INVALID);
	assert_non_null(strstr(info.text, "key.pem: no certificate is in it"));
	assert_int_equal(tls_context_new(cert_path, cert_path, "1.2", "", &c, &info), ERR_INVALID);
	assert_non_null(strstr(info.text, "cert.pem: no private key is in it"));
	assert_int_equal(tls_context_new(cert_path, key_path, "1.2", "NONSENSE", &c, &info),
	                 ERR_INVALID);
	assert_non_null(strstr(info.text, "\"NONSENSE\" is no cipher list"));
	snprintf(other_cert, sizeof other_cert, "%s/other.pem", directory);
	snprintf(other_key, sizeof other_key, "%s/other.key", directory);
	assert_int_equal(tls_self_signed("x.example", NULL, 0, other_cert, other_key, &info),
	                 ERR_OK);
	assert_int_equal(tls_context_new(cert_path, other_key, "1.2", "", &c, &info), ERR_INVALID);
	assert_non_null(
		strstr(info.text, "other.key: this key does not belong to the certificate in"));
	assert_null(c);
	unlink(other_cert);
	unlink(other_key);
	assert_int_equal(tls_self_signed("a,b", NULL, 0, other_cert, other_key, &info),
	                 ERR_INVALID);
	assert_int_equal(tls_self_signed("a", NULL, 0, "/nowhere/c", "/nowhere/k", &info), ERR_IO);
}

static void test_tls_context_lives_as_long_as_its_sessions(void **state)
{
	struct tls_context *c = server_context(), *held = tls_context_ref(c);
	int64_t left = tls_context_expires(c) - (int64_t)time(NULL);

	(void)state;
	assert_true(left > 3649 * 86400LL && left < 3651 * 86400LL);
	tls_context_unref(&c);
	assert_null(c);
	tls_context_unref(&held);
	tls_context_unref(&held);
}

static void test_tls_ticket_resumes_in_another_process(void **state)
{
	unsigned char secret[TLS_TICKET_KEY] = { 1, 2, 3 };
	SSL_SESSION *session = NULL;
	char octet;

	(void)state;
	/* A fresh context with the same secret stands for the other process. */
	for (int round = 0; round < 2; round++) {
		struct tls_context *ctx = server_context();
		int peer;
		struct stream *s = open_pair(&peer);
		struct client c = client_new(peer, TLS1_3_VERSION, "localhost");

		tls_context_set_ticket_key(ctx, secret);
		if (session)
			SSL_set_session(c.ssl, session);
		assert_int_equal(stream_start_tls(s, ctx), ERR_OK);
		shake_hands(s, &c);
		stream_write_c(s, "x");
		assert_int_equal(stream_flush(s), ERR_OK);
		assert_int_equal(SSL_read(c.ssl, &octet, 1), 1);
		assert_int_equal(SSL_session_reused(c.ssl), round);
		SSL_SESSION_free(session);
		session = SSL_get1_session(c.ssl);
		stream_close(&s);
		SSL_shutdown(c.ssl);
		client_free(&c);
		tls_context_unref(&ctx);
	}
	SSL_SESSION_free(session);
}

/* ---------------------------------------------------------------- size */

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
enum {
	IDLE_SESSIONS = 1000
};

static void test_tls_idle_session_is_small(void **state)
{
	struct rlimit files = { 0 };
	struct tls_context *ctx = server_context();
	struct stream **streams = calloc(IDLE_SESSIONS, sizeof(struct stream *));
	int *peers = calloc(IDLE_SESSIONS, sizeof *peers);
	size_t count, before, bytes;
	struct str line;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	count = files.rlim_cur > 2 * IDLE_SESSIONS + 100 ? IDLE_SESSIONS : 200;
	before = mallinfo2().uordblks;
	for (size_t i = 0; i < count; i++) {
		struct client c;

		streams[i] = open_pair(&peers[i]);
		c = client_new(peers[i], TLS1_3_VERSION, "localhost");
		assert_int_equal(stream_start_tls(streams[i], ctx), ERR_OK);
		shake_hands(streams[i], &c);
		say(&c, "a1 IDLE\r\n");
		assert_int_equal(next_line(streams[i], &line), STREAM_GOT);
		stream_write_c(streams[i], "+ idling\r\n");
		assert_int_equal(stream_flush(streams[i]), ERR_OK);
		assert_int_equal(stream_line(streams[i], 100, STREAM_CRLF_ONLY, &line),
		                 STREAM_MORE);
		/* Only the server's side is measured. */
		SSL_set_quiet_shutdown(c.ssl, 1);
		c.fd = -1;
		client_free(&c);
	}
	bytes = (mallinfo2().uordblks - before) / count;
	print_message("an idle TLS session holds %zu bytes of heap\n", bytes);
	assert_true(bytes < 20 * 1024);
	for (size_t i = 0; i < count; i++) {
		stream_close(&streams[i]);
		close(peers[i]);
	}
	free(streams);
	free(peers);
	tls_context_unref(&ctx);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tls_speaks_1_2_and_1_3),
		cmocka_unit_test(test_tls_begins_behind_a_proxy_header),
		cmocka_unit_test(test_tls_waits_for_whole_records),
		cmocka_unit_test(test_tls_refuses_old_versions_and_foreign_protocols),
		cmocka_unit_test(test_tls_garbage_and_sudden_end),
		cmocka_unit_test(test_tls_refuses_plain_text_before_it),
		cmocka_unit_test(test_tls_moves_large_amounts_both_ways),
		cmocka_unit_test(test_tls_context_names_the_file_that_is_wrong),
		cmocka_unit_test(test_tls_context_lives_as_long_as_its_sessions),
		cmocka_unit_test(test_tls_ticket_resumes_in_another_process),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
		cmocka_unit_test(test_tls_idle_session_is_small),
#endif
	};

	signal(SIGPIPE, SIG_IGN); /* of the client's side */
	return cmocka_run_group_tests_name("net/tls", tests, make_certificate, remove_certificate);
}
