/*
 * Load for mail servers on loopback: mail in, log-ins, idle sessions. Bounded in count; prints one
 *JSON object.
 *
 *	load smtp  PORT SENDERS COUNT SIZE RCPTS DOMAIN USERS   a new connection a message, RCPTS
 *recipients each load login PORT CLIENTS COUNT TLS DOMAIN USERS PASSWORD connect, LOGIN, LOGOUT
 *over IMAP load idle  PORT SESSIONS TLS DOMAIN USERS PASSWORD      log in, SELECT, IDLE; holds
 *until its input ends
 *
 * Users are u0001@DOMAIN and so on. Latency is from sending the final dot to reading its reply.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	REPLY_SIZE = 8192,
	TIMEOUT_SECONDS = 60,
	LINE_OCTETS = 76
};

struct peer {
	int fd;
	SSL *ssl;
	size_t n;
	char text[REPLY_SIZE];
};

struct plan {
	int port, workers, count, size, rcpts, users;
	bool is_tls;
	const char *domain, *password;
	char *body; /* ends with CRLF . CRLF */
	SSL_CTX *tls;
	atomic_int next, failures;
	double *latency;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void hang_up(struct peer *p)
{
	if (p->ssl)
		SSL_free(p->ssl);
	if (p->fd >= 0)
		close(p->fd);
	p->ssl = NULL;
	p->fd = -1;
	p->n = 0;
}

static bool dial(struct peer *p, const struct plan *plan, bool is_tls)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)plan->port) };
	struct timeval limit = { TIMEOUT_SECONDS, 0 };
	int one = 1;

	p->n = 0;
	p->ssl = NULL;
	p->fd = socket(AF_INET, SOCK_STREAM, 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(p->fd, (struct sockaddr *)&to, sizeof to) != 0) {
		hang_up(p);
		return false;
	}
	if (!is_tls)
		return true;
	p->ssl = SSL_new(plan->tls);
	SSL_set_fd(p->ssl, p->fd);
	if (SSL_connect(p->ssl) == 1)
		return true;
	hang_up(p);
	return false;
}

static bool put(struct peer *p, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t done = p->ssl ? SSL_write(p->ssl, text, (int)n)
		                      : send(p->fd, text, n, MSG_NOSIGNAL);

		if (done <= 0)
			return false;
		text += done;
		n -= (size_t)done;
	}
	return true;
}

static bool more(struct peer *p)
{
	ssize_t got;

	if (p->n == sizeof p->text)
		return false;
	got = p->ssl ? SSL_read(p->ssl, p->text + p->n, (int)(sizeof p->text - p->n))
	             : recv(p->fd, p->text + p->n, sizeof p->text - p->n, 0);
	if (got <= 0)
		return false;
	p->n += (size_t)got;
	return true;
}

/* Take one line (without the rest) into `line`; false when the peer is gone. */
static bool take_line(struct peer *p, char *line, size_t size)
{
	char *end;

	while (!(end = memchr(p->text, '\n', p->n)))
		if (!more(p))
			return false;
	snprintf(line, size, "%.*s", (int)(end - p->text), p->text);
	p->n -= (size_t)(end + 1 - p->text);
	memmove(p->text, end + 1, p->n);
	return true;
}

/* A whole SMTP reply; its code, or -1. */
static int reply(struct peer *p)
{
	char line[1024];

	do {
		if (!take_line(p, line, sizeof line) || strlen(line) < 4)
			return -1;
	} while (line[3] == '-');
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

static int command(struct peer *p, const char *text)
{
	return put(p, text, strlen(text)) ? reply(p) : -1;
}

/* Lines of an IMAP response until one begins with `tag`; true when that is an OK (or a
 * continuation). */
static bool tagged(struct peer *p, const char *tag)
{
	char line[1024];

	do {
		if (!take_line(p, line, sizeof line))
			return false;
	} while (strncmp(line, tag, strlen(tag)) != 0);
	return tag[0] == '+' || tag[0] == '*' || strncmp(line + strlen(tag), " OK", 3) == 0;
}

static bool send_message(struct peer *p, struct plan *plan, int i)
{
	char text[1024];
	bool ok = dial(p, plan, false) && reply(p) == 220 &&
	          command(p, "EHLO load.test\r\n") == 250 &&
	          command(p, "MAIL FROM:<sender@load.test>\r\n") == 250;
	double started;
	int n;

	for (int k = 0; ok && k < plan->rcpts; k++) {
		snprintf(text, sizeof text, "RCPT TO:<u%04d@%s>\r\n",
		         (i * plan->rcpts + k) % plan->users + 1, plan->domain);
		ok = command(p, text) == 250;
	}
	if (!ok || command(p, "DATA\r\n") != 354)
		return false;
	n = snprintf(text, sizeof text,
	             "From: Sender Name <sender@load.test>\r\nTo: <u%04d@%s>\r\nSubject: load "
	             "message %d with a subject\r\n"
	             "Message-ID: <%d.%d.%ld@load.test>\r\nDate: Sun, 22 Nov 2026 10:00:00 "
	             "+0000\r\nMIME-Version: 1.0\r\n"
	             "Content-Type: text/plain; charset=utf-8\r\n\r\n",
	             i % plan->users + 1, plan->domain, i, i, (int)getpid(), (long)time(NULL));
	if (n >= plan->size)
		n = plan->size - 2;
	if (!put(p, text, (size_t)n) || !put(p, plan->body, (size_t)(plan->size - n)))
		return false;
	started = now();
	if (command(p, "\r\n.\r\n") != 250)
		return false;
	plan->latency[i] = now() - started;
	command(p, "QUIT\r\n");
	return true;
}

static bool log_in(struct peer *p, struct plan *plan, int i)
{
	char text[512];

	if (!dial(p, plan, plan->is_tls) || !tagged(p, "* OK"))
		return false;
	snprintf(text, sizeof text, "a LOGIN u%04d@%s %s\r\n", i % plan->users + 1, plan->domain,
	         plan->password);
	return put(p, text, strlen(text)) && tagged(p, "a");
}

static void *smtp_worker(void *arg)
{
	struct plan *plan = arg;
	struct peer p = { .fd = -1 };
	int i;

	while ((i = atomic_fetch_add(&plan->next, 1)) < plan->count) {
		plan->latency[i] = -1;
		if (!send_message(&p, plan, i))
			atomic_fetch_add(&plan->failures, 1);
		hang_up(&p);
	}
	return NULL;
}

static void *login_worker(void *arg)
{
	struct plan *plan = arg;
	struct peer p = { .fd = -1 };
	int i;

	while ((i = atomic_fetch_add(&plan->next, 1)) < plan->count) {
		double started = now();

		plan->latency[i] = -1;
		if (log_in(&p, plan, i) && put(&p, "b LOGOUT\r\n", 10) && tagged(&p, "b"))
			plan->latency[i] = now() - started;
		else
			atomic_fetch_add(&plan->failures, 1);
		hang_up(&p);
	}
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void run_workers(struct plan *plan, void *(*worker)(void *))
{
	pthread_t *threads = calloc((size_t)plan->workers, sizeof *threads);
	double started = now(), took;
	struct rusage use;
	int n = 0;

	for (int i = 0; i < plan->workers; i++)
		pthread_create(&threads[i], NULL, worker, plan);
	for (int i = 0; i < plan->workers; i++)
		pthread_join(threads[i], NULL);
	took = now() - started;
	for (int i = 0; i < plan->count; i++)
		if (plan->latency[i] >= 0)
			plan->latency[n++] = plan->latency[i];
	qsort(plan->latency, (size_t)n, sizeof *plan->latency, by_value);
	getrusage(RUSAGE_SELF, &use);
	printf("{\"done\":%d,\"failed\":%d,\"seconds\":%.4f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_"
	       "ms\":%.3f,"
	       "\"client_cpu_ms\":%.1f}\n",
	       n, (int)plan->failures, took, n ? plan->latency[n / 2] * 1e3 : 0,
	       n ? plan->latency[(int)(n * 0.99)] * 1e3 : 0, n ? plan->latency[n - 1] * 1e3 : 0,
	       (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e3 +
	               (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e3);
	free(threads);
}

static void make_body(struct plan *plan)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";
	unsigned state = 42;

	plan->body = malloc((size_t)plan->size + 8);
	for (int i = 0; i < plan->size; i++) {
		state = state * 1103515245u + 12345u;
		plan->body[i] = i % LINE_OCTETS == LINE_OCTETS - 2   ? '\r'
		                : i % LINE_OCTETS == LINE_OCTETS - 1 ? '\n'
		                                                     : letters[state >> 16 & 63];
	}
}

static int hold_idle(struct plan *plan)
{
	struct peer *peers = calloc((size_t)plan->workers, sizeof *peers);
	char byte;
	int n = 0;

	for (int i = 0; i < plan->workers; i++) {
		peers[i].fd = -1;
		if (log_in(&peers[i], plan, i) && put(&peers[i], "c SELECT INBOX\r\n", 16) &&
		    tagged(&peers[i], "c") && put(&peers[i], "d IDLE\r\n", 8) &&
		    tagged(&peers[i], "+"))
			n++;
	}
	printf("{\"idle\":%d,\"failed\":%d}\n", n, plan->workers - n);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	for (int i = 0; i < plan->workers; i++)
		hang_up(&peers[i]);
	free(peers);
	return n == plan->workers ? 0 : 1;
}

static int number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || value < 0 || value > 100000000) {
		fprintf(stderr, "load: \"%s\" is no number\n", text);
		exit(2);
	}
	return (int)value;
}

int main(int argc, char **argv)
{
	struct plan plan = { .tls = SSL_CTX_new(TLS_client_method()) };
	struct rlimit files = { 65536, 65536 };

	setrlimit(RLIMIT_NOFILE, &files);
	if (argc == 9 && strcmp(argv[1], "smtp") == 0) {
		plan.port = number(argv[2]);
		plan.workers = number(argv[3]);
		plan.count = number(argv[4]);
		plan.size = number(argv[5]);
		plan.rcpts = number(argv[6]);
		plan.domain = argv[7];
		plan.users = number(argv[8]);
		make_body(&plan);
	} else if (argc == 9 && strcmp(argv[1], "login") == 0) {
		plan.port = number(argv[2]);
		plan.workers = number(argv[3]);
		plan.count = number(argv[4]);
		plan.is_tls = number(argv[5]) != 0;
		plan.domain = argv[6];
		plan.users = number(argv[7]);
		plan.password = argv[8];
	} else if (argc == 8 && strcmp(argv[1], "idle") == 0) {
		plan.port = number(argv[2]);
		plan.workers = number(argv[3]);
		plan.is_tls = number(argv[4]) != 0;
		plan.domain = argv[5];
		plan.users = number(argv[6]);
		plan.password = argv[7];
		return hold_idle(&plan);
	} else {
		fputs("usage: load smtp|login|idle ...; see the head of load.c\n", stderr);
		return 2;
	}
	plan.latency = calloc((size_t)plan.count, sizeof *plan.latency);
	run_workers(&plan, argv[1][0] == 's' ? smtp_worker : login_worker);
	return plan.failures ? 1 : 0;
}
