/*
 * What the store's verbs cost: store_bench [DIRECTORY [SECONDS]]
 *
 * Messages to local recipients, from 1, 20 and 100 callers, in-process and over the socket, every
 * one durable before it is answered. Prints messages a second, the mean and the 99th percentile of
 * the time to the answer, and processor time a message: of the whole process in-process, of the
 * store's process over the socket. Then what clients do with a large mailbox
 * (store_bench_mailbox.c). TAYORI_BENCH_POSTGRES (a libpq connection string) takes PostgreSQL
 * instead of SQLite.
 */
#include "tests/bench/store_bench.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/base/random.h"
#include "src/store/server.h"
#include "src/store/store.h"

enum {
	MESSAGE_MAX = 50 * 1024,
	RCPTS_MAX = 50,
	ACCOUNTS = 200,
	CALLERS_MAX = 100,
	SAMPLES = 1 << 20
};

static struct store_options options = {
	.engine = STR("sqlite"),
	.lanes = 8,
	.readers = 4,
	.undelete_ms = 604800000,
	.accept_log_ms = 604800000,
	.zstd_level = 3,
	.message_max_bytes = 64 << 20,
	.argon2_memory_kib = 64,
	.argon2_passes = 1,
	.auth_threads = 1,
};
static char socket_path[108];
static uint64_t accounts[ACCOUNTS];
static _Atomic bool must_end;

struct load {
	unsigned callers;
	size_t size;
	unsigned rcpts;
};

static const struct load loads[] = {
	{ 1, 4096, 1 },         { 20, 4096, 1 },         { 100, 4096, 1 },
	{ 20, MESSAGE_MAX, 1 }, { 20, 4096, RCPTS_MAX },
};

struct caller {
	struct store_engine *engine; /* NULL: over the socket */
	pthread_t thread;
	const struct load *load;
	uint64_t number, done;
	uint32_t *samples_us;
};

double seconds_now(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void bench_check(struct store *st, enum err err)
{
	if (!err)
		return;
	fprintf(stderr, "%s: %s\n", err_name(err), store_errinfo(st)->text);
	exit(1);
}

/* Text that compresses like mail does. */
void make_message(unsigned char *p, size_t size, uint64_t number)
{
	int n = snprintf((char *)p, size,
	                 "Received: from a.example by b.example; Mon, 23 Nov 2026 "
	                 "03:04:05 +0000\r\nFrom: bob@example.net\r\nTo: ann@example.org\r\n"
	                 "Subject: number %llu\r\nMessage-ID: <%016llx@example.net>\r\n\r\n",
	                 (unsigned long long)number, (unsigned long long)random_u64());
	static const char words[] =
		"the mail that goes out in the morning is read at noon and answered ";
	for (size_t at = (size_t)n; at < size; at++)
		p[at] = at % 3 ? (unsigned char)words[(at * 7 + number) % (sizeof(words) - 1)]
		               : (unsigned char)('a' + random_u64() % 26);
}

struct store_meta make_meta(struct str body)
{
	return (struct store_meta){
		.hdr_size = (uint32_t)str_search(body, STR("\r\n\r\n")) + 4,
		.lines = 60,
		.envelope = STR("(\"Mon, 23 Nov 2026 03:04:05 +0000\" \"number\" ((NIL NIL \"bob\" "
		                "\"example.net\")) NIL NIL ((NIL NIL \"ann\" \"example.org\")) "
		                "NIL NIL NIL \"<1@example.net>\")"),
		.bodystructure = STR("(\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 4096 60 NIL NIL)"),
		.body = STR("(\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 4096 60)"),
		.parts = STR("1 0 200 4096"),
		.preview = STR("the mail that goes out in the morning"),
		.message_id = STR("<1@example.net>"),
	};
}

static void accept_one(struct store *st, struct arena *a, const struct load *load, uint64_t number,
                       const unsigned char *text)
{
	struct store_rcpt rcpts[RCPTS_MAX];
	struct str body = str_make(text, load->size);
	unsigned char key[16];
	random_fill(key, sizeof(key));
	struct store_ids_res ids = { 0 };
	bench_check(st, store_ids(st, a, &(struct store_ids_req){ .count = 1 }, &ids));
	for (unsigned i = 0; i < load->rcpts; i++)
		rcpts[i] = (struct store_rcpt){
			.rcpt = STR("ann@example.org"),
			.address = STR("ann@example.org"),
			.kind = STORE_ROUTE_LOCAL,
			.account_id = accounts[(number + i) % ACCOUNTS],
			.prefix = STR("Return-Path: <bob@example.net>\r\nDelivered-To: "
			              "ann@example.org\r\n"),
		};
	struct store_accept_req q = {
		.accept_key = str_make(key, sizeof(key)),
		.msg_id = ids.first,
		.sender = STR("bob@example.net"),
		.source = STR("192.0.2.1 a.example"),
		.meta = make_meta(body),
		.body = body,
		.body_fd = -1,
		.body_size = load->size,
		.rcpts = rcpts,
		.n_rcpts = load->rcpts,
	};
	struct store_accept_res r = { 0 };
	bench_check(st, store_accept(st, a, &q, &r));
}

static void *call_on(void *arg)
{
	struct caller *c = arg;
	struct store *st = c->engine ? store_open_local(c->engine, STORE_CALLER_SESSION)
	                             : store_open_socket(socket_path);
	struct arena *a = arena_new(NULL);
	unsigned char text[MESSAGE_MAX];
	make_message(text, c->load->size, c->number);
	while (!atomic_load(&must_end)) {
		double begin = seconds_now(CLOCK_MONOTONIC);
		accept_one(st, a, c->load, c->number * 1000003 + c->done, text);
		double took = seconds_now(CLOCK_MONOTONIC) - begin;
		if (c->done < SAMPLES / CALLERS_MAX)
			c->samples_us[c->done] = (uint32_t)(took * 1e6);
		c->done++;
		arena_reset(a);
	}
	arena_free(&a);
	store_close(&st);
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* Processor time of a process, from its stat line. */
static double cpu_of(pid_t pid)
{
	char path[64], line[1024] = "";
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return 0;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	struct str rest = str_c(line), field = { 0 };
	rest = str_from(rest, (size_t)(str_rfind(rest, ')') + 2));
	uint64_t sum = 0, ticks = 0;
	for (int i = 3; i <= 15; i++) {
		str_cut(&rest, ' ', &field);
		if (i >= 14 && str_to_u64(field, UINT64_MAX, &ticks))
			sum += ticks;
	}
	return (double)sum / (double)sysconf(_SC_CLK_TCK);
}

static void measure(struct store_engine *engine, pid_t store, const struct load *load,
                    unsigned seconds)
{
	unsigned n = load->callers;
	static struct caller callers[CALLERS_MAX];
	static uint32_t all[SAMPLES];
	atomic_store(&must_end, false);
	double cpu = cpu_of(store), begin = seconds_now(CLOCK_MONOTONIC);
	for (unsigned i = 0; i < n; i++) {
		callers[i] = (struct caller){ .engine = engine, .load = load, .number = i };
		callers[i].samples_us = all + i * (SAMPLES / CALLERS_MAX);
		must(pthread_create(&callers[i].thread, NULL, call_on, &callers[i]) == 0);
	}
	sleep(seconds);
	atomic_store(&must_end, true);
	uint64_t done = 0, sum = 0;
	size_t samples = 0;
	for (unsigned i = 0; i < n; i++) {
		pthread_join(callers[i].thread, NULL);
		uint64_t kept = callers[i].done < SAMPLES / CALLERS_MAX ? callers[i].done
		                                                        : SAMPLES / CALLERS_MAX;
		memmove(all + samples, callers[i].samples_us, kept * sizeof(*all));
		samples += kept;
		done += callers[i].done;
	}
	double took = seconds_now(CLOCK_MONOTONIC) - begin;
	cpu = cpu_of(store) - cpu;
	qsort(all, samples, sizeof(*all), by_value);
	for (size_t i = 0; i < samples; i++)
		sum += all[i];
	printf("%-10s %3u callers, %2zu KiB, %2u recipients: %7.0f messages/s, mean %6.0f us, "
	       "p99 %6u us, %5.0f us of processor a message\n",
	       engine ? "in-process" : "socket", n, load->size / 1024, load->rcpts,
	       (double)done / took, samples ? (double)sum / (double)samples : 0,
	       samples ? all[samples * 99 / 100] : 0, done ? cpu * 1e6 / (double)done : 0);
	fflush(stdout);
}

static struct store_engine *open_engine(void)
{
	struct store_engine *engine = NULL;
	struct errinfo info = { 0 };
	if (store_engine_open(&options, &engine, &info)) {
		fprintf(stderr, "%s\n", info.text);
		exit(1);
	}
	return engine;
}

static void make_accounts(struct store_engine *engine)
{
	struct store *st = store_open_local(engine, STORE_CALLER_ADMIN);
	struct arena *a = arena_new(NULL);
	struct store_domain_add_res d;
	bench_check(st, store_domain_add(
				st, a, &(struct store_domain_add_req){ .name = STR("example.org") },
				&d));
	for (unsigned i = 0; i < ACCOUNTS; i++) {
		struct store_account_add_req q = {
			.address = str_printf(a, "user%u@example.org", i),
			.quota_bytes = STORE_QUOTA_NONE,
			.language = STR("en"),
		};
		struct store_account_add_res r;
		bench_check(st, store_account_add(st, a, &q, &r));
		accounts[i] = r.account_id;
	}
	arena_free(&a);
	store_close(&st);
}

static struct store_server *running;

static void end_server(int sig)
{
	(void)sig;
	store_server_stop(running);
}

static void serve(int fd)
{
	struct store_engine *engine = open_engine();
	struct store_listener l = { fd, STORE_CALLER_SESSION };
	running = store_server_new(engine, &l, 1, 0);
	signal(SIGTERM, end_server);
	store_server_run(running);
	store_server_free(&running);
	store_engine_close(&engine);
	_exit(0);
}

static int listen_here(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	snprintf(socket_path, sizeof(socket_path), "%.*s/bench.sock", STR_ARG(options.path));
	memcpy(addr.sun_path, socket_path, sizeof(addr.sun_path));
	unlink(socket_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	must(fd >= 0 && bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
	     listen(fd, 200) == 0);
	return fd;
}

int main(int argc, char **argv)
{
	char made[] = "/tmp/tayori-bench.XXXXXX";
	const char *directory = argc > 1 ? argv[1] : mkdtemp(made);
	uint64_t seconds = 5;
	if (!directory || (argc > 2 && !str_to_u64(str_c(argv[2]), 3600, &seconds))) {
		fprintf(stderr, "usage: %s [DIRECTORY [SECONDS]]\n", argv[0]);
		return 2;
	}
	options.path = str_c(directory);
	const char *conninfo = getenv("TAYORI_BENCH_POSTGRES");
	if (conninfo) {
		options.engine = STR("postgres");
		options.conninfo = str_c(conninfo);
	}
	struct store_engine *engine = open_engine();
	make_accounts(engine);
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		measure(engine, getpid(), &loads[i], (unsigned)seconds);
	bench_mailbox(engine);
	store_engine_close(&engine);
	int fd = listen_here();
	pid_t store = fork();
	must(store >= 0);
	if (!store)
		serve(fd);
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		measure(NULL, store, &loads[i], (unsigned)seconds);
	kill(store, SIGTERM);
	waitpid(store, NULL, 0);
	return 0;
}
