#include "tests/bench/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	TIMEOUT_SECONDS = 120,
	TAIL_BYTES = 1024
};

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void hang_up(struct peer *p)
{
	if (p->ssl)
		SSL_free(p->ssl);
	if (p->fd >= 0)
		close(p->fd);
	free(p->bulk);
	p->bulk = NULL;
	p->ssl = NULL;
	p->fd = -1;
	p->n = 0;
}

bool dial(struct peer *p, const struct plan *plan, bool is_tls)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)plan->port) };
	struct timeval limit = { TIMEOUT_SECONDS, 0 };
	int one = 1;

	p->n = 0;
	p->ssl = NULL;
	p->bulk = NULL;
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

bool put(struct peer *p, const char *text, size_t n)
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

static ssize_t receive(struct peer *p, char *to, size_t room)
{
	return p->ssl ? SSL_read(p->ssl, to, (int)room) : recv(p->fd, to, room, 0);
}

bool more(struct peer *p)
{
	ssize_t got;

	if (p->n == sizeof p->text)
		return false;
	got = receive(p, p->text + p->n, sizeof p->text - p->n);
	if (got <= 0)
		return false;
	p->n += (size_t)got;
	return true;
}

int whole_reply(struct peer *p)
{
	size_t at = 0;

	for (;;) {
		const char *line = p->text + at;
		const char *end = memchr(line, '\n', p->n - at);
		int code;

		if (!end)
			return 0;
		if (end - line < 4)
			return -1;
		at = (size_t)(end + 1 - p->text);
		if (line[3] == '-')
			continue;
		code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
		p->n -= at;
		memmove(p->text, p->text + at, p->n);
		return code;
	}
}

bool take_line(struct peer *p, char *line, size_t size)
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

bool tagged(struct peer *p, const char *tag)
{
	char line[1024];

	do {
		if (!take_line(p, line, sizeof line))
			return false;
	} while (strncmp(line, tag, strlen(tag)) != 0);
	return tag[0] == '+' || tag[0] == '*' || strncmp(line + strlen(tag), " OK", 3) == 0;
}

/* The beginning of the last line in `tail`, which ends with a line feed. */
static char *last_line(char *tail, size_t n)
{
	char *line = tail + n - 1;

	while (line > tail && line[-1] != '\n')
		line--;
	return line;
}

bool drain(struct peer *p, const char *tag, unsigned long long *octets_r, char *line, size_t size)
{
	char tail[TAIL_BYTES + 1];
	size_t n = 0;

	if (!p->bulk)
		p->bulk = malloc(PEER_BULK_BYTES);
	*octets_r = 0;
	for (;;) {
		ssize_t got = receive(p, p->bulk, PEER_BULK_BYTES);
		size_t keep = got > TAIL_BYTES ? TAIL_BYTES : (size_t)got;

		if (got <= 0)
			return false;
		*octets_r += (unsigned long long)got;
		if (n + keep > TAIL_BYTES) {
			size_t drop = n + keep - TAIL_BYTES;

			memmove(tail, tail + drop, n - drop);
			n -= drop;
		}
		memcpy(tail + n, p->bulk + got - keep, keep);
		n += keep;
		tail[n] = '\0';
		if (tail[n - 1] != '\n' || strncmp(last_line(tail, n), tag, strlen(tag)) != 0)
			continue;
		snprintf(line, size, "%s", last_line(tail, n));
		line[strcspn(line, "\r\n")] = '\0';
		return true;
	}
}

bool log_in(struct peer *p, struct plan *plan, int i)
{
	char text[512];

	if (!dial(p, plan, plan->is_tls) || !tagged(p, "* OK"))
		return false;
	snprintf(text, sizeof text, "a LOGIN u%04d@%s %s\r\n", plan->first_user + i % plan->users,
	         plan->domain, plan->password);
	return put(p, text, strlen(text)) && tagged(p, "a");
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int sort_latencies(double *latency, int count)
{
	int n = 0;

	for (int i = 0; i < count; i++)
		if (latency[i] >= 0)
			latency[n++] = latency[i];
	qsort(latency, (size_t)n, sizeof *latency, by_value);
	return n;
}

void run_measured(struct plan *plan, void (*work)(struct plan *plan))
{
	double started = now(), took;
	struct rusage use;
	int n;

	work(plan);
	took = now() - started;
	n = sort_latencies(plan->latency, plan->count);
	getrusage(RUSAGE_SELF, &use);
	printf("{\"done\":%d,\"failed\":%d,\"seconds\":%.4f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_"
	       "ms\":%.3f,"
	       "\"client_cpu_ms\":%.1f}\n",
	       n, (int)plan->failures, took, n ? plan->latency[n / 2] * 1e3 : 0,
	       n ? plan->latency[(int)(n * 0.99)] * 1e3 : 0, n ? plan->latency[n - 1] * 1e3 : 0,
	       (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e3 +
	               (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e3);
}

static void work_in_threads(struct plan *plan)
{
	pthread_t *threads = calloc((size_t)plan->workers, sizeof *threads);

	for (int i = 0; i < plan->workers; i++)
		pthread_create(&threads[i], NULL, plan->worker, plan);
	for (int i = 0; i < plan->workers; i++)
		pthread_join(threads[i], NULL);
	free(threads);
}

void run_workers(struct plan *plan, void *(*worker)(void *))
{
	plan->worker = worker;
	run_measured(plan, work_in_threads);
}

void make_body(struct plan *plan)
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
