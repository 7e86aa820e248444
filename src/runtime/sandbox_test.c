/*
 * Each case enters a role's sandbox in a child and tries one thing. What is forbidden must end in
 * death by the filter or in a refusal; what a role lives by must work.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/log.h"
#include "src/base/unit.h"
#include "src/config/config.h"
#include "src/net/dns.h"
#include "src/runtime/sandbox.h"
#include "src/runtime/seccomp_priv.h"
#include "src/store/options.h"
#include "src/store/store.h"

static char data_directory[64];
static char outside[80];

enum {
	REFUSED = 10,
	HAPPENED = 11,
	NO_SANDBOX = 12,
	WORKED = 13,
	BROKEN = 14
};

static uint64_t max_memory;

/* Run `act` in the sandbox: the exit status, or the signal + 128. */
static int run_in(enum runtime_role_kind role, int (*act)(void))
{
	struct runtime_sandbox box = { .user = "",
		                       .data_directory = data_directory,
		                       .max_memory = max_memory,
		                       .max_fds = 200 };
	struct errinfo info = { 0 };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		log_setup("test", LOG_LEVEL_ERROR, LOG_TARGET_STDERR, false);
		if (runtime_sandbox_enter(role, &box, &info)) {
			fprintf(stderr, "%s\n", info.text);
			_exit(NO_SANDBOX);
		}
		_exit(act());
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int verdict(long rc)
{
	return rc >= 0                                                      ? HAPPENED
	       : errno == EACCES || errno == EPERM || errno == EAFNOSUPPORT ? REFUSED
	                                                                    : BROKEN;
}

static int try_open_read(void)
{
	return verdict(open(outside, O_RDONLY | O_CLOEXEC));
}

static int try_open_passwd(void)
{
	return verdict(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int try_create(void)
{
	return verdict(open("/tmp/tayori-sandbox-escape", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

static int try_unlink(void)
{
	return verdict(unlink(outside));
}

static int try_exec(void)
{
	char *const args[] = { (char[]){ "true" }, NULL };

	return verdict(execv("/bin/true", args));
}

static int try_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return verdict(pid);
}

static int try_vfork_call(void)
{
	return verdict(syscall(SYS_unshare, 0));
}

static int try_ptrace(void)
{
	return verdict(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int try_ptrace_parent(void)
{
	return verdict(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int try_kill_parent(void)
{
	return verdict(kill(getppid(), 0));
}

static int try_connect_tcp(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(25) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return verdict(connect(fd, (struct sockaddr *)&to, sizeof to));
}

static int try_connect_dns(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(53) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return verdict(connect(fd, (struct sockaddr *)&to, sizeof to));
}

static int try_listen(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return verdict(listen(fd, 5));
}

static int try_packet_socket(void)
{
	return verdict(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int try_executable_memory(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
	               -1, 0);

	return verdict(p == MAP_FAILED ? -1 : 0);
}

static int try_raise_limit(void)
{
	struct rlimit files = { 100000, 100000 };

	return verdict(setrlimit(RLIMIT_NOFILE, &files));
}

static int try_much_memory(void)
{
	void *p = mmap(NULL, 512 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED ? HAPPENED : errno == ENOMEM ? REFUSED : BROKEN;
}

static int try_setuid(void)
{
	return verdict(setuid(0));
}

static int try_mount(void)
{
	return verdict(syscall(SYS_mount, "none", "/mnt", "tmpfs", 0, NULL));
}

static int try_bpf(void)
{
	return verdict(syscall(SYS_bpf, 0, NULL, 0));
}

static int try_io_uring(void)
{
	return verdict(syscall(SYS_io_uring_setup, 1, NULL));
}

struct attempt {
	const char *name;
	int (*act)(void);
	bool needs_landlock; /* nothing else guards it */
};

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 4;
}

static void expect_no(enum runtime_role_kind role, const struct attempt *attempts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int got;

		if (attempts[i].needs_landlock && !has_landlock())
			continue;
		got = run_in(role, attempts[i].act);
		if (got != REFUSED && got != 128 + SIGSYS)
			print_error("%s: ended with %d\n", attempts[i].name, got);
		assert_true(got == REFUSED || got == 128 + SIGSYS);
	}
}

static const struct attempt forbidden_to_all[] = {
	{ "exec", try_exec, false },
	{ "fork", try_fork, false },
	{ "unshare", try_vfork_call, false },
	{ "ptrace", try_ptrace, false },
	{ "ptrace the parent", try_ptrace_parent, false },
	{ "kill the parent", try_kill_parent, false },
	{ "connect to a TCP port", try_connect_tcp, true },
	{ "listen", try_listen, false },
	{ "packet socket", try_packet_socket, false },
	{ "executable memory", try_executable_memory, false },
	{ "raise a limit", try_raise_limit, false },
	{ "setuid", try_setuid, false },
	{ "mount", try_mount, false },
	{ "bpf", try_bpf, false },
	{ "io_uring", try_io_uring, false },
};

static void test_sandbox_session_forbids(void **state)
{
	static const struct attempt files[] = {
		{ "read a file", try_open_read, RUNTIME_HAS_SANITIZER },
		{ "read /etc/passwd", try_open_passwd, RUNTIME_HAS_SANITIZER },
		{ "create a file", try_create, RUNTIME_HAS_SANITIZER },
		{ "unlink a file", try_unlink, RUNTIME_HAS_SANITIZER },
	};

	(void)state;
	expect_no(RUNTIME_ROLE_SESSION, forbidden_to_all,
	          sizeof forbidden_to_all / sizeof *forbidden_to_all);
	expect_no(RUNTIME_ROLE_SESSION, files, sizeof files / sizeof *files);
}

static void test_sandbox_store_forbids(void **state)
{
	static const struct attempt files[] = {
		{ "read a file", try_open_read, true },
		{ "read /etc/passwd", try_open_passwd, true },
		{ "create a file", try_create, true },
		{ "unlink a file", try_unlink, true },
	};

	(void)state;
	expect_no(RUNTIME_ROLE_STORE, forbidden_to_all,
	          sizeof forbidden_to_all / sizeof *forbidden_to_all);
	expect_no(RUNTIME_ROLE_STORE, files, sizeof files / sizeof *files);
}

static void *allocate(void *arg)
{
	char *volatile block = malloc(1 << 22);

	memset(block, 1, 1 << 22);
	free(block);
	return arg;
}

static bool threads_work(void)
{
	pthread_t threads[8];
	bool is_fine = true;

	for (int i = 0; i < 8; i++)
		is_fine = is_fine && pthread_create(&threads[i], NULL, allocate, NULL) == 0;
	for (int i = 0; i < 8 && is_fine; i++)
		is_fine = pthread_join(threads[i], NULL) == 0;
	return is_fine;
}

/* What every session does: threads, memory, randomness, a sealed memfd passed over a Unix socket.
 */
static int do_session_work(void)
{
	unsigned char random[32];
	int fd = memfd_create("body", MFD_CLOEXEC | MFD_ALLOW_SEALING), pair[2];
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int un = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (!threads_work() || RAND_bytes(random, sizeof random) != 1)
		return BROKEN;
	if (fd < 0 || write(fd, "x", 1) != 1 || fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) != 0 ||
	    fstat(fd, &st) != 0)
		return BROKEN;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0 ||
	    write(pair[0], "x", 1) != 1)
		return BROKEN;
	snprintf(to.sun_path, sizeof to.sun_path, "%s/none.sock", data_directory);
	if (un < 0 || connect(un, (struct sockaddr *)&to, sizeof to) == 0 || errno != ENOENT)
		return BROKEN;
	return prctl(PR_GET_NAME, random) == 0 ? WORKED : BROKEN;
}

static int do_session_work_without_prctl(void)
{
	if (!RUNTIME_HAS_SANITIZER)
		prctl(PR_SET_NAME, "session");
	return WORKED;
}

/* A resolver made before: its thread, its sockets and its libraries must live on the list. Nobody
 * answers. */
static struct dns *resolver;

static int do_dns_work(void)
{
	struct arena *a = arena_new(NULL);
	struct dns_answer answer;
	enum err e = dns_lookup(resolver, a, STR("host.example"), DNS_A, &answer);

	dns_free(&resolver);
	arena_free(&a);
	return e == ERR_TIMEOUT || e == ERR_TEMP ? WORKED : BROKEN;
}

/* A sanitizer has terabytes of its own. */
static void test_sandbox_limits_memory(void **state)
{
	(void)state;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	max_memory = 256 << 20;
	assert_int_equal(run_in(RUNTIME_ROLE_SESSION, try_much_memory), REFUSED);
	assert_int_equal(run_in(RUNTIME_ROLE_STORE, try_much_memory), REFUSED);
	max_memory = 0;
#endif
	assert_int_equal(run_in(RUNTIME_ROLE_SESSION, try_much_memory), HAPPENED);
}

static void test_sandbox_session_asks_the_dns(void **state)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t size = sizeof sa;
	struct dns_options o = { .address = "127.0.0.1", .timeout_ms = 300, .trust_anchor = "" };
	struct errinfo info = { 0 };
	struct pollfd p = { .events = POLLIN };

	(void)state;
	p.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(p.fd, (struct sockaddr *)&sa, sizeof sa), 0);
	assert_int_equal(getsockname(p.fd, (struct sockaddr *)&sa, &size), 0);
	o.port = ntohs(sa.sin_port);
	assert_int_equal(dns_new(&o, &resolver, &info), ERR_OK);
	assert_int_equal(run_in(RUNTIME_ROLE_SESSION, do_dns_work), WORKED);
	assert_int_equal(poll(&p, 1, 0), 1); /* it has been asked */
	dns_free(&resolver);
	close(p.fd);
}

static int do_abort(void)
{
	abort();
}

static void test_sandbox_session_works(void **state)
{
	int got = run_in(RUNTIME_ROLE_SESSION, do_session_work);

	(void)state;
	/* Reading the name is not on the list: the last step must kill, and only that. */
	assert_int_equal(got, RUNTIME_HAS_SANITIZER ? WORKED : 128 + SIGSYS);
	assert_int_equal(run_in(RUNTIME_ROLE_SESSION, do_session_work_without_prctl), WORKED);
	assert_int_equal(run_in(RUNTIME_ROLE_SESSION, do_abort), 128 + SIGABRT);
}

/* It lives by what a session lives by, has no files either, and reaches nobody over TCP, be it DNS.
 */
static void test_sandbox_web_forbids_and_works(void **state)
{
	static const struct attempt more[] = {
		{ "read a file", try_open_read, RUNTIME_HAS_SANITIZER },
		{ "read /etc/passwd", try_open_passwd, RUNTIME_HAS_SANITIZER },
		{ "create a file", try_create, RUNTIME_HAS_SANITIZER },
		{ "unlink a file", try_unlink, RUNTIME_HAS_SANITIZER },
		{ "connect to the DNS port", try_connect_dns, true },
	};

	(void)state;
	expect_no(RUNTIME_ROLE_WEB, forbidden_to_all,
	          sizeof forbidden_to_all / sizeof *forbidden_to_all);
	expect_no(RUNTIME_ROLE_WEB, more, sizeof more / sizeof *more);
	assert_int_equal(run_in(RUNTIME_ROLE_WEB, do_session_work_without_prctl), WORKED);
	assert_int_equal(run_in(RUNTIME_ROLE_WEB, do_abort), 128 + SIGABRT);
}

/* The engine makes its files, hashes a password on a thread of its own, and ends tidily. */
static int do_store_work(void)
{
	const struct config *config = config_defaults();
	struct arena *a = arena_new(NULL);
	struct errinfo info = { 0 };
	struct store_engine *engine;
	struct store_options o;
	struct store *st;
	enum err e;

	store_options_from_config(&o, config);
	o.path = str_c(data_directory);
	if (store_engine_open(&o, &engine, &info)) {
		fprintf(stderr, "%s\n", info.text);
		return BROKEN;
	}
	st = store_open_local(engine, STORE_CALLER_ADMIN);
	e = store_domain_add(st, a, &(struct store_domain_add_req){ .name = STR("example.org") },
	                     &(struct store_domain_add_res){ 0 });
	if (!e)
		e = store_account_add(
			st, a,
			&(struct store_account_add_req){ .address = STR("ann@example.org"),
		                                         .password = STR("secret") },
			&(struct store_account_add_res){ 0 });
	store_close(&st);
	store_engine_close(&engine);
	arena_free(&a);
	config_unref(&config);
	return !e && threads_work() ? WORKED : BROKEN;
}

static void test_sandbox_store_works(void **state)
{
	(void)state;
	assert_int_equal(run_in(RUNTIME_ROLE_STORE, do_store_work), WORKED);
}

static int become_nobody(void)
{
	struct errinfo info = { 0 };

	if (runtime_sandbox_become("nobody", &info) || geteuid() == 0 || getegid() == 0)
		return BROKEN;
	return setuid(0) == 0 ? HAPPENED : WORKED;
}

static void test_sandbox_becomes_the_user(void **state)
{
	struct errinfo info = { 0 };
	uid_t me = geteuid();
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(runtime_sandbox_become("no-such-user-here", &info), ERR_OK);
	assert_int_equal(geteuid(), me);
	if (me != 0)
		skip();
	pid = fork();
	if (pid == 0)
		_exit(become_nobody());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), WORKED);
}

static int make_places(void **state)
{
	(void)state;
	snprintf(data_directory, sizeof data_directory, "/tmp/tayori-sandbox-XXXXXX");
	if (!mkdtemp(data_directory))
		return -1;
	snprintf(outside, sizeof outside, "/tmp/tayori-outside-XXXXXX");
	close(mkstemp(outside));
	return 0;
}

static int remove_places(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", data_directory);
	return unlink(outside) || system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sandbox_session_forbids),
		cmocka_unit_test(test_sandbox_web_forbids_and_works),
		cmocka_unit_test(test_sandbox_store_forbids),
		cmocka_unit_test(test_sandbox_limits_memory),
		cmocka_unit_test(test_sandbox_session_works),
		cmocka_unit_test(test_sandbox_session_asks_the_dns),
		cmocka_unit_test(test_sandbox_store_works),
		cmocka_unit_test(test_sandbox_becomes_the_user),
	};

	return cmocka_run_group_tests(tests, make_places, remove_places);
}
