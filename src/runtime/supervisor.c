#include "src/runtime/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/must.h"
#include "src/base/random.h"
#include "src/config/config.h"
#include "src/config/option.h"
#include "src/runtime/child.h"
#include "src/runtime/control.h"
#include "src/runtime/notify.h"
#include "src/runtime/places.h"
#include "src/runtime/setup.h"
#include "src/runtime/snapshot.h"
#include "src/runtime/sockets.h"
#include "src/runtime/status.h"

enum {
	EXIT_FAILED = 1,
	EXIT_CONFIG = 6,
	STORE_SOCKETS = 3, /* session, delivery, admin: in the order of enum store_caller */
	CHILDREN_MAX = 1 + 1024 + 1,
	SESSION_GRACE_MS = 2000, /* beyond the drain time, before a session role is killed */
	STORE_PATIENCE_MS = 20000
};

struct supervisor {
	struct arena *arena;
	const char *config_path;
	struct runtime_snapshot now;
	struct runtime_fixed fixed;
	int store_bundle; /* as of the start: what the store is opened with needs a restart to
	                     change */
	int store_sockets[STORE_SOCKETS];
	struct str run_directory;
	int signal_fd, lock_fd;
	struct runtime_notify notify;
	struct runtime_status status;
	struct runtime_child *children; /* the store first, then the sessions, then the web */
	size_t n_children;
	bool is_ready; /* all have served once */
	bool is_stopping;
	int exit_code;
};

/* --- roles */

/* Each role is given the sockets of its own protocols, in the order of the listeners. */
static bool is_for(const struct runtime_child *c, const struct config_listener *l)
{
	return (l->protocol == CONFIG_PROTOCOL_HTTP) == (c->role == RUNTIME_ROLE_WEB);
}

/* The web role exists from the first listener of HTTP on. */
static void want_web(struct supervisor *v)
{
	bool is_wanted = false;

	for (size_t i = 0; i < v->now.config->n_listeners; i++)
		if (v->now.config->listeners[i].protocol == CONFIG_PROTOCOL_HTTP)
			is_wanted = true;
	if (is_wanted && v->children[v->n_children - 1].role != RUNTIME_ROLE_WEB)
		v->children[v->n_children++] = (struct runtime_child){ .role = RUNTIME_ROLE_WEB,
			                                               .control = -1 };
}

static enum err hand_over(struct supervisor *v, struct runtime_child *c)
{
	int fds[RUNTIME_CONTROL_FDS_MAX];
	struct runtime_control m = { .type = RUNTIME_CONTROL_SETUP, .n_fds = 1 };

	if (c->role == RUNTIME_ROLE_STORE) {
		fds[0] = v->store_bundle;
		for (int i = 0; i < STORE_SOCKETS; i++)
			fds[m.n_fds++] = v->store_sockets[i];
	} else {
		fds[0] = v->now.bundle;
		for (size_t i = 0; i < v->now.sockets->n; i++)
			if (is_for(c, &v->now.config->listeners[i]))
				fds[m.n_fds++] = v->now.sockets->sockets[i].fds[c->number];
	}
	return runtime_control_send(c->control, &m, fds);
}

static void start_child(struct supervisor *v, struct runtime_child *c)
{
	int64_t now = clock_mono_ms();
	struct errinfo info = { 0 };

	if (runtime_child_start(c, now, &info)) {
		log_event(LOG_LEVEL_ERROR, "role.start_failed", LOG_C("error", info.text));
		c->due_ms = now + 1000;
		return;
	}
	/* When it cannot be told it is dead already, and will be reaped. */
	(void)!hand_over(v, c);
	log_event(LOG_LEVEL_INFO, "role.started", LOG_C("role", runtime_child_role_name(c->role)),
	          LOG_I("role_pid", c->pid));
}

static void end_sessions(struct supervisor *v, uint64_t patience_ms, uint64_t grace_ms)
{
	for (size_t i = 1; i < v->n_children; i++)
		runtime_child_end(&v->children[i], clock_mono_ms(), patience_ms, grace_ms);
}

static bool have_sessions_ended(const struct supervisor *v)
{
	for (size_t i = 1; i < v->n_children; i++)
		if (v->children[i].state != RUNTIME_CHILD_ENDED)
			return false;
	return true;
}

/* Sessions first; a second wish to stop does not wait for them. */
static void stop(struct supervisor *v, const char *why)
{
	bool is_second = v->is_stopping;

	log_event(LOG_LEVEL_INFO, "serve.stopping", LOG_C("reason", why));
	v->is_stopping = true;
	runtime_places_forget_ports(v->now.config);
	runtime_notify_stopping(&v->notify);
	if (!is_second) {
		end_sessions(v, v->now.config->server.drain_ms, SESSION_GRACE_MS);
		return;
	}
	for (size_t i = 1; i < v->n_children; i++)
		if (v->children[i].state == RUNTIME_CHILD_ENDING)
			v->children[i].due_ms = clock_mono_ms();
}

/* --- readiness */

static enum err add_port(struct buf *b, const struct runtime_socket *s)
{
	return buf_printf(b, "%s%s=%s%s%s:%d", b->n ? " " : "", s->name,
	                  strchr(s->address, ':') ? "[" : "", s->address,
	                  strchr(s->address, ':') ? "]" : "", (int)s->real_port);
}

static void announce(struct supervisor *v)
{
	struct buf ports = buf_in(NULL, 65536);
	struct errinfo info = { 0 };

	for (size_t i = 0; i < v->now.sockets->n; i++)
		if (add_port(&ports, &v->now.sockets->sockets[i]))
			break;
	if (runtime_places_tell_ports(v->now.config, v->now.sockets, &info))
		log_event(LOG_LEVEL_WARN, "serve.ports_unwritten", LOG_C("error", info.text));
	log_event(LOG_LEVEL_INFO, "serve.ready", LOG_S("listeners", buf_str(&ports)),
	          LOG_C("version", TAYORI_VERSION));
	runtime_notify_ready(&v->notify, "Serving");
	buf_clear(&ports);
}

static void note_ready(struct supervisor *v)
{
	for (size_t i = 0; i < v->n_children; i++)
		if (v->children[i].state != RUNTIME_CHILD_UP)
			return;
	if (!v->is_ready)
		announce(v);
	v->is_ready = true;
}

static void hear_child(struct supervisor *v, struct runtime_child *c)
{
	int fds[RUNTIME_CONTROL_FDS_MAX];
	struct runtime_control m;

	while (c->control >= 0 && runtime_control_receive(c->control, &m, fds) == ERR_OK) {
		while (m.n_fds)
			close(fds[--m.n_fds]); /* roles have nothing to give */
		if (m.type == RUNTIME_CONTROL_REFUSED)
			log_event(LOG_LEVEL_ERROR, "serve.reload_failed", LOG_I("role_pid", c->pid),
			          LOG_C("error", "a role keeps the setup it had"));
		if (m.type == RUNTIME_CONTROL_COUNTS) {
			c->counts = m.counts;
			c->is_asked = false;
		}
		if (m.type != RUNTIME_CONTROL_READY)
			continue;
		c->generation = m.value;
		if (c->state == RUNTIME_CHILD_STARTING)
			runtime_child_move(c, RUNTIME_CHILD_UP);
		note_ready(v);
	}
}

/* --- reload */

static bool is_changed(const struct option *o, const struct config *a, const struct config *b)
{
	struct buf one = buf_in(NULL, 65536), two = buf_in(NULL, 65536);
	bool differs = option_format(o, a, &one) || option_format(o, b, &two) ||
	               !str_eq(buf_str(&one), buf_str(&two));

	buf_clear(&one);
	buf_clear(&two);
	return differs;
}

static void name_what_needs_restart(const struct config *old, const struct config *new)
{
	char name[100];

	for (const struct option *o = option_first(); o; o = option_next(o)) {
		if (!o->needs_restart || !is_changed(o, old, new))
			continue;
		snprintf(name, sizeof name, "%s.%s", o->section, o->name);
		log_event(LOG_LEVEL_WARN, "serve.needs_restart", LOG_C("option", name));
	}
}

static void reload(struct supervisor *v)
{
	struct runtime_snapshot fresh = { .bundle = -1, .generation = v->now.generation + 1 };
	struct errinfo info = { 0 };
	char status[sizeof info.text + 32];

	if (v->is_stopping)
		return;
	runtime_notify_reloading(&v->notify);
	if (runtime_snapshot_make(&fresh, &v->fixed, v->config_path, v->now.sockets, &info)) {
		log_event(LOG_LEVEL_ERROR, "serve.reload_failed", LOG_C("error", info.text));
		snprintf(status, sizeof status, "The reload failed: %s", info.text);
		runtime_notify_ready(&v->notify, status);
		return;
	}
	name_what_needs_restart(v->now.config, fresh.config);
	runtime_snapshot_clear(&v->now);
	v->now = fresh;
	log_setup("supervisor", v->now.config->log.level, v->now.config->log.target,
	          v->now.config->log.is_json);
	for (size_t i = 1; i < v->n_children; i++)
		if (v->children[i].pid && hand_over(v, &v->children[i]))
			log_event(LOG_LEVEL_ERROR, "serve.reload_failed",
			          LOG_I("role_pid", v->children[i].pid));
	want_web(v);
	log_event(LOG_LEVEL_INFO, "serve.reloaded", LOG_U("generation", v->now.generation));
	if (v->is_ready)
		announce(v);
}

/* --- the loop */

/* Before everything has served once, a role that gives up has told why, and trying again would only
 * hide it. */
static void judge_start(struct supervisor *v, struct runtime_child *c, int status)
{
	if (v->is_ready || v->is_stopping || !WIFEXITED(status))
		return;
	log_event(LOG_LEVEL_ERROR, "serve.start_failed",
	          LOG_C("role", runtime_child_role_name(c->role)),
	          LOG_I("exit", WEXITSTATUS(status)));
	v->exit_code = EXIT_FAILED;
	runtime_child_end(c, clock_mono_ms(), 0, 0);
	stop(v, "a role cannot start");
}

static void reap(struct supervisor *v)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < v->n_children; i++) {
			struct runtime_child *c = &v->children[i];

			if (c->pid != pid)
				continue;
			hear_child(v, c);
			runtime_child_reap(c, status, clock_mono_ms(),
			                   v->now.config->server.restart_backoff_max_ms);
			judge_start(v, c, status);
		}
}

static void take_signals(struct supervisor *v)
{
	struct signalfd_siginfo s;

	while (read(v->signal_fd, &s, sizeof s) == (ssize_t)sizeof s) {
		if (s.ssi_signo == SIGCHLD)
			reap(v);
		else if (s.ssi_signo == SIGHUP)
			reload(v);
		else
			stop(v, s.ssi_signo == SIGINT ? "interrupt" : "terminate");
	}
}

/* What is due for one child. */
static void run_due(struct supervisor *v, struct runtime_child *c, int64_t now)
{
	if (c->state == RUNTIME_CHILD_DOWN && now >= c->due_ms) {
		start_child(v, c);
	} else if (c->state == RUNTIME_CHILD_ENDING && now >= c->due_ms) {
		log_event(LOG_LEVEL_WARN, "role.killed",
		          LOG_C("role", runtime_child_role_name(c->role)),
		          LOG_I("role_pid", c->pid));
		kill(c->pid, SIGKILL);
		c->due_ms = 0;
		runtime_child_move(c, RUNTIME_CHILD_KILLED);
	}
}

static void run_children(struct supervisor *v)
{
	int64_t now = clock_mono_ms();

	for (size_t i = 0; i < v->n_children; i++)
		run_due(v, &v->children[i], now);
	if (v->is_stopping && have_sessions_ended(v))
		runtime_child_end(&v->children[0], now, STORE_PATIENCE_MS, 0);
}

static int next_due(const struct supervisor *v)
{
	int64_t now = clock_mono_ms(), first = now + 60000;

	for (size_t i = 0; i < v->n_children; i++)
		if (v->children[i].due_ms && v->children[i].due_ms < first)
			first = v->children[i].due_ms;
	if (v->status.due_ms && v->status.due_ms < first)
		first = v->status.due_ms;
	return first > now ? (int)(first - now) : 0;
}

static void run(struct supervisor *v)
{
	/* The web role may be added by a reload. */
	struct pollfd *fds = arena_array(v->arena, v->n_children + 3, sizeof *fds);

	for (;;) {
		run_children(v);
		runtime_status_answer(&v->status, v->children, v->n_children, clock_mono_ms());
		if (v->is_stopping && have_sessions_ended(v) &&
		    v->children[0].state == RUNTIME_CHILD_ENDED)
			return;
		fds[0] = (struct pollfd){ .fd = v->signal_fd, .events = POLLIN };
		for (size_t i = 0; i < v->n_children; i++)
			fds[i + 1] = (struct pollfd){ .fd = v->children[i].control,
				                      .events = POLLIN };
		fds[v->n_children + 1] = runtime_status_poll(&v->status);
		if (poll(fds, v->n_children + 2, next_due(v)) < 0)
			continue;
		for (size_t i = 0; i < v->n_children; i++)
			if (fds[i + 1].revents & POLLIN)
				hear_child(v, &v->children[i]);
			else if (fds[i + 1].revents & (POLLHUP | POLLERR))
				reap(v);
		if (fds[v->n_children + 1].revents)
			runtime_status_ask(&v->status, v->children, v->n_children, clock_mono_ms());
		if (fds[0].revents)
			take_signals(v);
	}
}

/* --- start */

/*
 * Only the first is for roles of today. Who may connect to the others is whoever started us: a
 * session process that runs as another user cannot pass for the administrator.
 */
static enum err open_store_sockets(struct supervisor *v, const struct runtime_owner *owner,
                                   struct errinfo *info)
{
	static const char *const names[STORE_SOCKETS] = { "session.sock", "delivery.sock",
		                                          "admin.sock" };
	enum err e = ERR_OK;

	for (int i = 0; i < STORE_SOCKETS && !e; i++) {
		struct str path = str_printf(v->arena, "%.*s/%s", STR_ARG(v->run_directory),
		                             names[i]);

		e = runtime_sockets_open_unix(
			(const char *)path.p, 0600, i == 0 ? owner->uid : geteuid(),
			i == 0 ? owner->gid : getegid(), &v->store_sockets[i], info);
	}
	return e;
}

static void open_signals(struct supervisor *v)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	v->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	must(v->signal_fd >= 0);
}

/* Standard input is nobody's, and descriptors 0 to 2 are always open, so that no socket gets such a
 * number. */
static void tidy_descriptors(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	must(fd >= 0);
	while (fd >= 0 && fd <= STDERR_FILENO) {
		must(fcntl(fd, F_SETFD, 0) == 0);
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	}
	must(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
	close(fd);
}

/* As many descriptors as we may have, for ourselves and as the roles' limit; no core files, for the
 * keys in them. */
static void set_limits(void)
{
	struct rlimit files, none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

static void name_children(struct supervisor *v)
{
	v->n_children = 1 + v->fixed.n_sessions;
	must(v->n_children < CHILDREN_MAX);
	v->children = arena_array(v->arena, v->n_children + 1, sizeof *v->children);
	for (size_t i = 0; i < v->n_children; i++)
		v->children[i] = (struct runtime_child){
			.role = i == 0 ? RUNTIME_ROLE_STORE : RUNTIME_ROLE_SESSION,
			.number = i == 0 ? 0 : (uint32_t)i - 1,
			.control = -1,
		};
	want_web(v);
}

/* Directories, lock, Unix sockets: once for the life of the server. */
static enum err take_places(struct supervisor *v, const struct config *c, struct errinfo *info)
{
	struct runtime_owner owner = runtime_places_owner(c);
	enum err e;

	if (geteuid() == 0 && *c->server.user && !getpwnam(c->server.user))
		log_event(LOG_LEVEL_WARN, "serve.no_user", LOG_C("user", c->server.user),
		          LOG_C("hint", "make it with: adduser --system --group, so that the roles "
		                        "need not be "
		                        "root"));
	v->run_directory = str_dup(v->arena, str_c(c->server.run_directory));
	v->fixed.data_directory = str_dup(v->arena, str_c(c->server.data_directory));
	v->fixed.store_socket = str_printf(v->arena, "%s/session.sock", c->server.run_directory);
	e = runtime_places_make(c, &owner, info);
	if (!e)
		e = runtime_places_lock(c->server.run_directory, &v->lock_fd, info);
	if (!e)
		runtime_places_forget_ports(c);
	if (!e)
		e = open_store_sockets(v, &owner, info);
	return e ? e : runtime_status_open(&v->status, v->run_directory, info);
}

static enum err prepare(struct supervisor *v, struct errinfo *info)
{
	struct arena *a = arena_new(NULL);
	const struct config *c = NULL;
	struct str text = STR("");
	enum err e = runtime_snapshot_load(a, v->config_path, &c, &text, info);

	if (!e) {
		log_setup("supervisor", c->log.level, c->log.target, c->log.is_json);
		v->fixed.n_sessions = runtime_setup_session_processes(c);
		e = take_places(v, c, info);
	}
	if (!e)
		e = runtime_snapshot_store_bundle(&v->fixed, c, text, &v->store_bundle, info);
	config_unref(&c);
	arena_free(&a);
	if (!e)
		e = runtime_snapshot_make(&v->now, &v->fixed, v->config_path, NULL, info);
	return e;
}

int runtime_serve(const char *config_path)
{
	struct supervisor v = {
		.arena = arena_new(NULL),
		.config_path = config_path,
		.now = { .bundle = -1, .generation = 1 },
		.store_bundle = -1,
		.store_sockets = { -1, -1, -1 },
		.lock_fd = -1,
		.status = { .listen_fd = -1, .caller = -1 },
	};
	struct errinfo info = { 0 };
	enum err e;

	tidy_descriptors();
	umask(0077);
	log_setup("supervisor", LOG_LEVEL_INFO, LOG_TARGET_STDERR, false);
	set_limits();
	random_fill(v.fixed.ticket_key, sizeof v.fixed.ticket_key);
	open_signals(&v);
	runtime_notify_open(&v.notify);
	e = prepare(&v, &info);
	if (e) {
		/* On the terminal as well, whatever the log goes to. */
		fprintf(stderr, "tayori: %s\n", info.text);
		log_event(LOG_LEVEL_ERROR, "serve.start_failed", LOG_C("error", info.text));
		arena_free(&v.arena);
		return v.run_directory.n ? EXIT_FAILED : EXIT_CONFIG;
	}
	name_children(&v);
	run(&v);
	log_event(LOG_LEVEL_INFO, "serve.stopped", LOG_I("exit", v.exit_code));
	runtime_snapshot_clear(&v.now);
	arena_free(&v.arena);
	return v.exit_code;
}
