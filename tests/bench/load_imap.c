/*
 * What clients do that read mail: APPEND, commands with their time, IDLE, POP3.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/bench/peer.h"

enum {
	APPEND_MANY_MAX = 1000,
	MESSAGE_MAX = 1 << 20,
	NEWS_SECONDS = 5 /* no news in this time never comes */
};

/* ---------------------------------------------------------------- APPEND */

/* Message number `i` of plan->size octets at `to`; they differ in their header. */
static void make_message(const struct plan *plan, int i, char *to)
{
	int n = snprintf(to, (size_t)plan->size,
	                 "From: Sender Name <s%d@load.test>\r\nTo: Reader <u@%s>\r\n"
	                 "Subject: append message %d of bench\r\nMessage-ID: <%d.%d@load.test>\r\n"
	                 "Date: Sun, 22 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
	                 "Content-Type: text/plain; charset=utf-8\r\n\r\n",
	                 i, plan->domain, i, i, (int)getpid());

	if (n >= plan->size)
		n = plan->size - 2;
	memcpy(to + n, plan->body, (size_t)(plan->size - n));
	memcpy(to + plan->size - 2, "\r\n", 2);
}

/* One APPEND command with `n` messages from number `first` (RFC 3502 when there are several). */
static bool append(struct peer *p, const struct plan *plan, int first, int n, char *message)
{
	char text[600];
	int len = snprintf(text, sizeof text, "c APPEND %s", plan->mailbox);

	for (int i = 0; i < n; i++) {
		len += snprintf(text + len, sizeof text - (size_t)len, " {%d+}\r\n", plan->size);
		make_message(plan, first + i, message);
		if (!put(p, text, (size_t)len) || !put(p, message, (size_t)plan->size))
			return false;
		len = 0;
	}
	return put(p, "\r\n", 2) && tagged(p, "c");
}

static void *append_worker(void *arg)
{
	struct plan *plan = arg;
	struct peer p = { .fd = -1 };
	char *message = malloc((size_t)plan->size + 1);
	static atomic_int worker;
	bool is_in = log_in(&p, plan, atomic_fetch_add(&worker, 1));
	int i;

	while ((i = atomic_fetch_add(&plan->next, plan->multi)) < plan->count) {
		int n = plan->count - i < plan->multi ? plan->count - i : plan->multi;
		double started = now();
		bool is_done = is_in && append(&p, plan, i, n, message);

		for (int k = 0; k < n; k++)
			plan->latency[i + k] = is_done ? now() - started : -1;
		if (!is_done)
			atomic_fetch_add(&plan->failures, n);
	}
	hang_up(&p);
	free(message);
	return NULL;
}

int load_append(struct plan *plan)
{
	if (plan->size < 2 || plan->size > MESSAGE_MAX || plan->multi < 1 ||
	    plan->multi > APPEND_MANY_MAX) {
		fputs("load: append takes 2 octets to 1 MiB, 1 to 1000 at a time\n", stderr);
		return 2;
	}
	make_body(plan);
	plan->latency = calloc((size_t)plan->count, sizeof *plan->latency);
	run_workers(plan, append_worker);
	return plan->failures ? 1 : 0;
}

/* ---------------------------------------------------------------- commands one after the other */

int load_commands(struct plan *plan, char **commands, int n)
{
	struct peer p = { .fd = -1 };
	char line[1024];

	if (!log_in(&p, plan, 0)) {
		fputs("load: no log-in\n", stderr);
		return 1;
	}
	printf("[");
	for (int i = 0; i < n; i++) {
		unsigned long long octets = 0;
		double started = now();

		snprintf(line, sizeof line, "t%d %s\r\n", i, commands[i]);
		if (!put(&p, line, strlen(line)))
			return 1;
		snprintf(line, sizeof line, "t%d ", i);
		if (!drain(&p, line, &octets, line, sizeof line))
			return 1;
		printf("%s{\"ms\":%.3f,\"octets\":%llu,\"ok\":%s}", i ? "," : "",
		       (now() - started) * 1e3, octets,
		       strncmp(strchr(line, ' ') + 1, "OK", 2) == 0 ? "true" : "false");
		if (strncmp(strchr(line, ' ') + 1, "OK", 2) != 0)
			fprintf(stderr, "load: %s: %s\n", commands[i], line);
	}
	printf("]\n");
	hang_up(&p);
	return 0;
}

/* ---------------------------------------------------------------- IDLE */

static void print_times(double *latency, int count, int failures)
{
	int n = sort_latencies(latency, count);

	printf("{\"done\":%d,\"failed\":%d,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f}\n", n,
	       failures, n ? latency[n / 2] * 1e3 : 0, n ? latency[(int)(n * 0.99)] * 1e3 : 0,
	       n ? latency[n - 1] * 1e3 : 0);
}

/* From the last octet of an APPEND until another session, which is in IDLE, has heard of it. */
int load_push(struct plan *plan)
{
	struct peer reader = { .fd = -1 }, writer = { .fd = -1 };
	struct timeval patience = { NEWS_SECONDS, 0 };
	char text[128], line[1024];
	int failures = 0;

	make_body(plan);
	plan->latency = calloc((size_t)plan->count, sizeof *plan->latency);
	if (!log_in(&reader, plan, 0) || !log_in(&writer, plan, 0) ||
	    !put(&reader, "b SELECT INBOX\r\n", 16) || !tagged(&reader, "b") ||
	    !put(&reader, "c IDLE\r\n", 8) || !tagged(&reader, "+"))
		return 1;
	setsockopt(reader.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	for (int i = 0; i < plan->count; i++) {
		double started;
		char *message = malloc((size_t)plan->size + 2);
		bool is_heard = false;

		make_message(plan, i, message);
		memcpy(message + plan->size, "\r\n", 2);
		snprintf(text, sizeof text, "d APPEND INBOX {%d+}\r\n", plan->size);
		started = put(&writer, text, strlen(text)) &&
		                          put(&writer, message, (size_t)plan->size + 2)
		                  ? now()
		                  : 0;
		while (!is_heard && take_line(&reader, line, sizeof line))
			is_heard = strstr(line, "EXISTS") != NULL;
		plan->latency[i] = is_heard && started > 0 ? now() - started : -1;
		failures += plan->latency[i] < 0 || !tagged(&writer, "d");
		free(message);
		/* Clients do not come in step; some servers gather what comes closely together. */
		usleep(20000);
	}
	hang_up(&reader);
	hang_up(&writer);
	print_times(plan->latency, plan->count, failures);
	return failures ? 1 : 0;
}

/* ---------------------------------------------------------------- somebody with a small mailbox */

/* What a client does all day; the time of each command, while others do what they like. */
int load_ping(struct plan *plan, int milliseconds)
{
	static const char *const commands[] = {
		"SELECT INBOX", "FETCH 1:* (FLAGS ENVELOPE)", "STORE 1 +FLAGS (\\Flagged)",
		"NOOP",         "STORE 1 -FLAGS (\\Flagged)", "SEARCH UNSEEN",
	};
	enum {
		KINDS = sizeof commands / sizeof commands[0]
	};
	struct peer p = { .fd = -1 };
	double end = now() + milliseconds / 1e3;
	char line[1024];
	int n = 0;

	plan->latency = calloc((size_t)plan->count, sizeof *plan->latency);
	if (!log_in(&p, plan, 0))
		return 1;
	while (n < plan->count && now() < end) {
		unsigned long long octets;
		double started = now();

		snprintf(line, sizeof line, "c %s\r\n", commands[n % KINDS]);
		if (!put(&p, line, strlen(line)) || !drain(&p, "c ", &octets, line, sizeof line))
			return 1;
		plan->latency[n++] = now() - started;
		usleep(2000);
	}
	hang_up(&p);
	print_times(plan->latency, n, 0);
	return 0;
}

/* ---------------------------------------------------------------- POP3 */

/* A line, or with `is_multi` lines until a dot; false for -ERR. */
static bool pop3_reply(struct peer *p, bool is_multi)
{
	char line[1024];

	if (!take_line(p, line, sizeof line) || strncmp(line, "+OK", 3) != 0)
		return false;
	while (is_multi) {
		if (!take_line(p, line, sizeof line))
			return false;
		if (strcmp(line, ".\r") == 0)
			break;
	}
	return true;
}

static bool pop3_command(struct peer *p, const char *text, bool is_multi)
{
	return put(p, text, strlen(text)) && pop3_reply(p, is_multi);
}

static bool pop3_session(struct peer *p, struct plan *plan, int i)
{
	char text[256];
	bool ok = dial(p, plan, plan->is_tls) && pop3_reply(p, false);

	snprintf(text, sizeof text, "USER u%04d@%s\r\n", plan->first_user + i % plan->users,
	         plan->domain);
	ok = ok && pop3_command(p, text, false);
	snprintf(text, sizeof text, "PASS %s\r\n", plan->password);
	ok = ok && pop3_command(p, text, false) && pop3_command(p, "STAT\r\n", false) &&
	     pop3_command(p, "UIDL\r\n", true);
	for (int k = 1; k <= plan->multi && ok; k++) {
		snprintf(text, sizeof text, "RETR %d\r\n", k);
		ok = pop3_command(p, text, true);
	}
	return ok && pop3_command(p, "QUIT\r\n", false);
}

static void *pop3_worker(void *arg)
{
	struct plan *plan = arg;
	struct peer p = { .fd = -1 };
	int i;

	while ((i = atomic_fetch_add(&plan->next, 1)) < plan->count) {
		double started = now();

		plan->latency[i] = pop3_session(&p, plan, i) ? now() - started : -1;
		if (plan->latency[i] < 0)
			atomic_fetch_add(&plan->failures, 1);
		hang_up(&p);
	}
	return NULL;
}

int load_pop3(struct plan *plan)
{
	plan->latency = calloc((size_t)plan->count, sizeof *plan->latency);
	run_workers(plan, pop3_worker);
	return plan->failures ? 1 : 0;
}
