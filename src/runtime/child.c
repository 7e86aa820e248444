#include "src/runtime/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/log.h"
#include "src/base/must.h"
#include "src/runtime/control.h"
#include "src/runtime/role.h"

#define TO(state) (1u << RUNTIME_CHILD_##state)

static const struct {
	const char *name;
	unsigned next;    /* states it may move to */
	bool has_process; /* what is true in it */
} states[RUNTIME_CHILD_STATES] = {
	[RUNTIME_CHILD_DOWN] = { "down", TO(STARTING) | TO(ENDED), false },
	[RUNTIME_CHILD_STARTING] = { "starting", TO(UP) | TO(DOWN) | TO(ENDING), true },
	[RUNTIME_CHILD_UP] = { "up", TO(DOWN) | TO(ENDING), true },
	[RUNTIME_CHILD_ENDING] = { "ending", TO(KILLED) | TO(ENDED), true },
	[RUNTIME_CHILD_KILLED] = { "killed", TO(ENDED), true },
	[RUNTIME_CHILD_ENDED] = { "ended", 0, false },
};

enum {
	GOOD_LIFE_MS = 10000,
	BACKOFF_FIRST_MS = 100,
	BACKOFF_KILLED_MS = 250
};

const char *runtime_child_role_name(enum runtime_role_kind role)
{
	static const char *const names[RUNTIME_ROLE_COUNT] = {
		[RUNTIME_ROLE_STORE] = "store",
		[RUNTIME_ROLE_SESSION] = "session",
		[RUNTIME_ROLE_WEB] = "web",
	};

	must(role < RUNTIME_ROLE_COUNT);
	return names[role];
}

void runtime_child_move(struct runtime_child *c, enum runtime_child_state to)
{
	enum runtime_child_state from = c->state;

	must(to < RUNTIME_CHILD_STATES && states[from].next & 1u << to);
	c->state = to;
	must(states[to].has_process == (c->pid > 0));
	log_event(LOG_LEVEL_DEBUG, "role.state", LOG_C("role", runtime_child_role_name(c->role)),
	          LOG_U("number", c->number), LOG_C("from", states[from].name),
	          LOG_C("to", states[to].name));
}

/* 1 stands for "died quickly once": no wait yet. */
uint64_t runtime_child_backoff(uint64_t lived_ms, uint64_t last_ms, uint64_t max_ms,
                               bool was_killed)
{
	uint64_t wait;

	if (lived_ms >= GOOD_LIFE_MS)
		return 0;
	if (last_ms == 0)
		return 1;
	wait = last_ms == 1 ? BACKOFF_FIRST_MS : last_ms * 2;
	if (was_killed && wait > BACKOFF_KILLED_MS)
		wait = BACKOFF_KILLED_MS;
	return wait < max_ms ? wait : max_ms;
}

/* In the new process: nothing but the control socket is handed on. */
static void become_role(int control, enum runtime_role_kind role, pid_t parent)
{
	char program[] = "tayori", verb[] = RUNTIME_ROLE_VERB, name[16];
	char *const args[] = { program, verb, name, NULL };
	sigset_t none;

	snprintf(name, sizeof name, "%s", runtime_child_role_name(role));
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Before the check, so that a parent that dies in between is noticed. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(1);
	if (control == RUNTIME_ROLE_CONTROL_FD ? fcntl(control, F_SETFD, 0) < 0
	                                       : dup2(control, RUNTIME_ROLE_CONTROL_FD) < 0)
		_exit(1);
	execv("/proc/self/exe", args);
	_exit(127);
}

enum err runtime_child_start(struct runtime_child *c, int64_t now_ms, struct errinfo *info)
{
	pid_t parent = getpid(), pid;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
		return err_set_errno(info, ERR_IO, "cannot make a control socket");
	pid = fork();
	if (pid == 0)
		become_role(pair[1], c->role, parent);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return err_set_errno(info, ERR_IO, "cannot start a process");
	}
	c->pid = pid;
	c->control = pair[0];
	c->started_ms = now_ms;
	c->due_ms = 0;
	c->generation = 0;
	runtime_child_move(c, RUNTIME_CHILD_STARTING);
	return ERR_OK;
}

static void log_end(const struct runtime_child *c, int status, bool is_wanted)
{
	log_event(is_wanted ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR, "role.ended",
	          LOG_C("role", runtime_child_role_name(c->role)), LOG_I("role_pid", c->pid),
	          LOG_I("exit", WIFEXITED(status) ? WEXITSTATUS(status) : -1),
	          LOG_I("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0));
}

void runtime_child_reap(struct runtime_child *c, int status, int64_t now_ms,
                        uint64_t backoff_max_ms)
{
	bool is_wanted = c->state == RUNTIME_CHILD_ENDING || c->state == RUNTIME_CHILD_KILLED;
	bool was_killed = c->state == RUNTIME_CHILD_UP && WIFSIGNALED(status) &&
	                  WTERMSIG(status) == SIGKILL;

	log_end(c, status, is_wanted);
	close(c->control);
	c->control = -1;
	c->pid = 0;
	c->due_ms = 0;
	if (is_wanted) {
		runtime_child_move(c, RUNTIME_CHILD_ENDED);
		return;
	}
	c->backoff_ms = runtime_child_backoff((uint64_t)(now_ms - c->started_ms), c->backoff_ms,
	                                      backoff_max_ms, was_killed);
	c->due_ms = now_ms + (c->backoff_ms > 1 ? (int64_t)c->backoff_ms : 0);
	runtime_child_move(c, RUNTIME_CHILD_DOWN);
}

void runtime_child_end(struct runtime_child *c, int64_t now_ms, uint64_t patience_ms,
                       uint64_t grace_ms)
{
	struct runtime_control m = { .type = RUNTIME_CONTROL_DRAIN, .value = patience_ms };

	if (c->state == RUNTIME_CHILD_DOWN) {
		runtime_child_move(c, RUNTIME_CHILD_ENDED);
		return;
	}
	if (c->state != RUNTIME_CHILD_STARTING && c->state != RUNTIME_CHILD_UP)
		return;
	/* When it cannot be told, the deadline ends it. */
	(void)!runtime_control_send(c->control, &m, NULL);
	c->due_ms = now_ms + (int64_t)(patience_ms + grace_ms);
	runtime_child_move(c, RUNTIME_CHILD_ENDING);
}
