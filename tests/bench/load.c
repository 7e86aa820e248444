/*
 * Load for mail servers on loopback. Bounded in count; prints one JSON object.
 *
 *	load smtp   PORT SENDERS COUNT SIZE RCPTS DOMAIN USERS
 *		a new connection a message, RCPTS recipients each, one command at a time
 *	load mta    PORT SENDERS COUNT SIZE RCPTS DOMAIN USERS
 *		the same, MAIL, RCPT and DATA at once, as mail servers send
 *	load login  PORT CLIENTS COUNT TLS DOMAIN USERS PASSWORD
 *		connect, LOGIN, LOGOUT over IMAP
 *	load idle   PORT SESSIONS TLS DOMAIN USERS PASSWORD
 *		log in, SELECT, IDLE; holds until its input ends
 *	load append PORT CLIENTS COUNT SIZE AT_ONCE MAILBOX DOMAIN FIRST USERS PASSWORD
 *		client n appends as user FIRST + n % USERS, AT_ONCE messages a command
 *	load run    PORT DOMAIN USER PASSWORD COMMAND...
 *		IMAP commands one after the other; a list of their times and octets
 *	load push   PORT COUNT SIZE DOMAIN USER PASSWORD
 *		from an APPEND's last octet to its news in another session's IDLE
 *	load ping   PORT MILLISECONDS DOMAIN USER PASSWORD
 *		small commands of one user again and again
 *	load pop3   PORT CLIENTS COUNT RETR DOMAIN FIRST USERS PASSWORD
 *		connect, USER, PASS, STAT, UIDL, RETR of the first messages, QUIT
 *
 * Users are u0001@DOMAIN and so on. Latency of smtp is from sending the final dot to reading its
 * reply.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/peer.h"

enum {
	PINGS_MAX = 1000000
};

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

static bool is_mode(int argc, char **argv, const char *mode, int words)
{
	return argc == words + 2 && strcmp(argv[1], mode) == 0;
}

static int usage(void)
{
	fputs("usage: load smtp|login|idle|append|run|push|ping|pop3 ...; see the head of "
	      "load.c\n",
	      stderr);
	return 2;
}

static int run_counted(struct plan *plan, void *(*worker)(void *))
{
	plan->latency = calloc((size_t)plan->count, sizeof *plan->latency);
	run_workers(plan, worker);
	return plan->failures ? 1 : 0;
}

static int load_smtp(struct plan *plan, char **words)
{
	plan->workers = number(words[0]);
	plan->count = number(words[1]);
	plan->size = number(words[2]);
	plan->rcpts = number(words[3]);
	plan->domain = words[4];
	plan->users = number(words[5]);
	return load_messages(plan);
}

/* CLIENTS COUNT X DOMAIN USERS PASSWORD; X is a number. */
static int load_sessions(struct plan *plan, char **words)
{
	plan->workers = number(words[0]);
	plan->count = number(words[1]);
	plan->domain = words[3];
	plan->users = number(words[4]);
	plan->password = words[5];
	return number(words[2]);
}

/* DOMAIN USER PASSWORD */
static void one_user(struct plan *plan, char **words)
{
	plan->domain = words[0];
	plan->first_user = number(words[1]);
	plan->users = 1;
	plan->password = words[2];
}

int main(int argc, char **argv)
{
	struct plan plan = { .tls = SSL_CTX_new(TLS_client_method()), .first_user = 1, .multi = 1 };
	struct rlimit files = { 65536, 65536 };

	setrlimit(RLIMIT_NOFILE, &files);
	if (argc < 3)
		return usage();
	plan.port = number(argv[2]);
	plan.is_pipelined = is_mode(argc, argv, "mta", 7);
	if (plan.is_pipelined || is_mode(argc, argv, "smtp", 7))
		return load_smtp(&plan, argv + 3);
	if (is_mode(argc, argv, "login", 7)) {
		plan.is_tls = load_sessions(&plan, argv + 3) != 0;
		return run_counted(&plan, login_worker);
	}
	if (is_mode(argc, argv, "pop3", 8)) {
		plan.workers = number(argv[3]);
		plan.count = number(argv[4]);
		plan.multi = number(argv[5]);
		plan.domain = argv[6];
		plan.first_user = number(argv[7]);
		plan.users = number(argv[8]);
		plan.password = argv[9];
		return load_pop3(&plan);
	}
	if (is_mode(argc, argv, "idle", 6)) {
		plan.workers = number(argv[3]);
		plan.is_tls = number(argv[4]) != 0;
		plan.domain = argv[5];
		plan.users = number(argv[6]);
		plan.password = argv[7];
		return hold_idle(&plan);
	}
	if (is_mode(argc, argv, "append", 10)) {
		plan.workers = number(argv[3]);
		plan.count = number(argv[4]);
		plan.size = number(argv[5]);
		plan.multi = number(argv[6]);
		plan.mailbox = argv[7];
		plan.domain = argv[8];
		plan.first_user = number(argv[9]);
		plan.users = number(argv[10]);
		plan.password = argv[11];
		return load_append(&plan);
	}
	if (is_mode(argc, argv, "push", 6)) {
		plan.count = number(argv[3]);
		plan.size = number(argv[4]);
		one_user(&plan, argv + 5);
		return load_push(&plan);
	}
	if (is_mode(argc, argv, "ping", 5)) {
		plan.count = PINGS_MAX;
		one_user(&plan, argv + 4);
		return load_ping(&plan, number(argv[3]));
	}
	if (argc >= 7 && strcmp(argv[1], "run") == 0) {
		one_user(&plan, argv + 3);
		return load_commands(&plan, argv + 6, argc - 6);
	}
	return usage();
}
