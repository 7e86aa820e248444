#include "src/runtime/role.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/log.h"
#include "src/base/pace.h"
#include "src/config/config.h"
#include "src/runtime/role_priv.h"
#include "src/runtime/sandbox.h"

enum {
	START_TIMEOUT_MS = 30000
};

static const struct {
	const char *name;
	const char *process_name;
	int (*run)(const struct role_start *start);
} roles[RUNTIME_ROLE_COUNT] = {
	[RUNTIME_ROLE_STORE] = { "store", "tayori-store", role_store_run },
	[RUNTIME_ROLE_SESSION] = { "session", "tayori-session", role_session_run },
	[RUNTIME_ROLE_WEB] = { "web", "tayori-web", role_web_run },
};

bool role_receive(int timeout_ms, struct runtime_control *m_r, int *fds_r)
{
	struct pollfd p = { .fd = RUNTIME_ROLE_CONTROL_FD, .events = POLLIN };
	enum err e;

	if (poll(&p, 1, timeout_ms) <= 0)
		return false;
	e = runtime_control_receive(RUNTIME_ROLE_CONTROL_FD, m_r, fds_r);
	if (e == ERR_CANCELLED || e == ERR_IO) {
		log_event(LOG_LEVEL_ERROR, "role.orphaned",
		          LOG_C("reason", "the supervisor is gone"));
		_exit(RUNTIME_ROLE_EXIT_ORPHAN);
	}
	return e == ERR_OK;
}

void role_tell(enum runtime_control_type type, uint64_t value)
{
	struct runtime_control m = { .type = type, .value = value };

	/* If it cannot hear us it is gone, which role_receive will find. */
	(void)!runtime_control_send(RUNTIME_ROLE_CONTROL_FD, &m, NULL);
}

void role_tell_counts(const struct runtime_counts *counts)
{
	struct runtime_control m = { .type = RUNTIME_CONTROL_COUNTS, .counts = *counts };

	(void)!runtime_control_send(RUNTIME_ROLE_CONTROL_FD, &m, NULL);
}

void role_setup_log(const char *role, const struct config *config)
{
	log_setup(role, config->log.level, config->log.target, config->log.is_json);
}

/* The terminal's and the service manager's signals are for the supervisor, who will tell us. */
static void ignore_signals(void)
{
	static const int ignored[] = {
		SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2
	};

	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		(void)signal(ignored[i], SIG_IGN);
}

static bool is_control_socket(void)
{
	int type = 0;
	socklen_t size = sizeof type;

	return getsockopt(RUNTIME_ROLE_CONTROL_FD, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
	       type == SOCK_SEQPACKET;
}

/* The first message, then the role. Its memory lives as long as the process. */
static int begin(int role)
{
	static int fds[RUNTIME_CONTROL_FDS_MAX];
	static struct runtime_bundle bundle;
	struct arena *a = arena_new(NULL);
	struct runtime_control m;
	struct errinfo info = { 0 };
	enum err e;

	if (!role_receive(START_TIMEOUT_MS, &m, fds) || m.type != RUNTIME_CONTROL_SETUP ||
	    m.n_fds < 1) {
		log_event(LOG_LEVEL_ERROR, "role.start_failed",
		          LOG_C("error", "no setup from the supervisor"));
		return RUNTIME_ROLE_EXIT_FAILED;
	}
	e = runtime_bundle_read(a, fds[0], &bundle, &info);
	close(fds[0]);
	if (e) {
		log_event(LOG_LEVEL_ERROR, "role.start_failed", LOG_C("error", info.text));
		return RUNTIME_ROLE_EXIT_FAILED;
	}
	return roles[role].run(&(struct role_start){ &bundle, fds + 1, m.n_fds - 1 });
}

int runtime_role_main(int argc, char **argv)
{
	int role = -1;

	for (int i = 0; i < RUNTIME_ROLE_COUNT && argc == 3; i++)
		if (strcmp(argv[2], roles[i].name) == 0)
			role = i;
	if (role < 0 || !is_control_socket()) {
		fprintf(stderr, "tayori: roles are started by \"tayori serve\"\n");
		return RUNTIME_ROLE_EXIT_FAILED;
	}
	log_setup(roles[role].name, LOG_LEVEL_INFO, LOG_TARGET_STDERR, false);
	(void)prctl(PR_SET_NAME, roles[role].process_name);
	ignore_signals();
	pace_start();
	umask(0077);
	tzset(); /* reads a file, which is not possible later */
	/* Nothing is left to tidy up that the kernel does not; exit handlers of libraries may not
	 * run here. */
	_exit(begin(role));
}
