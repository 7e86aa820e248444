#include "src/runtime/sandbox.h"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/base/log.h"
#include "src/runtime/seccomp_priv.h"

/* clang-format off */
/*
 * The profiles.
 *
 * role     user         files                 sockets                         system calls
 * store    server.user  data_directory;       accepts on its Unix sockets;    every_role
 *                       /etc read-only when   connects when the engine is     + file_calls
 *                       the engine is remote  remote
 * session  server.user  none                  accepts clients; connects to    every_role; opening
 *                                             Unix sockets and the DNS port   a file gets EACCES
 * web      server.user  none                  accepts clients; connects to    as session
 *                                             Unix sockets only
 *
 * All: no core files, not dumpable, no new privileges, no capabilities, no programs, no processes, no
 * memory that can be executed, no signals to others, death with the supervisor. The lists stand in
 * seccomp.c, the paths in landlock.c.
 */
/* clang-format on */

enum err runtime_sandbox_become(const char *user, struct errinfo *info)
{
	const struct passwd *pw;

	if (!user || !*user || geteuid() != 0)
		return ERR_OK;
	pw = getpwnam(user);
	if (!pw)
		return ERR_OK; /* the supervisor has warned; what remains of root has no
		                  capabilities */
	if (setgroups(0, NULL) != 0 || setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) != 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) != 0)
		return err_set_errno(info, ERR_DENIED, "server.user: cannot become \"%s\"", user);
	return ERR_OK;
}

static enum err limit_memory(uint64_t max, struct errinfo *info)
{
	struct rlimit data = { max, max };

	if (max == 0 || setrlimit(RLIMIT_DATA, &data) == 0)
		return ERR_OK;
	return err_set_errno(info, ERR_IO, "cannot set the limit of memory");
}

static enum err limit_resources(uint32_t max_fds, struct errinfo *info)
{
	struct rlimit none = { 0, 0 }, files;

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return err_set_errno(info, ERR_IO, "cannot forbid core files");
	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return err_set_errno(info, ERR_IO, "cannot read the limit of open files");
	if (max_fds == 0)
		return ERR_OK;
	if (files.rlim_max < max_fds) {
		struct rlimit raised = { max_fds, max_fds };

		if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
			return ERR_OK;
		log_event(LOG_LEVEL_WARN, "sandbox.fd_limit", LOG_U("wanted", max_fds),
		          LOG_U("allowed", files.rlim_max));
		max_fds = (uint32_t)files.rlim_max;
	}
	files.rlim_cur = max_fds;
	files.rlim_max = max_fds;
	if (setrlimit(RLIMIT_NOFILE, &files) != 0)
		return err_set_errno(info, ERR_IO, "cannot set the limit of open files");
	return ERR_OK;
}

/* Without these even user 0 is nobody special. */
static enum err drop_capabilities(struct errinfo *info)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2];

	memset(none, 0, sizeof none);
	for (unsigned long cap = 0; cap < 64; cap++)
		(void)prctl(PR_CAPBSET_DROP, cap, 0, 0,
		            0); /* EINVAL past the last, EPERM when not root */
	if (syscall(SYS_capset, &header, none) != 0)
		return err_set_errno(info, ERR_DENIED, "cannot drop capabilities");
	return ERR_OK;
}

static enum err set_process_flags(struct errinfo *info)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_set_errno(info, ERR_IO, "cannot set no_new_privs");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_set_errno(info, ERR_IO, "cannot make the process undumpable");
	/* Again, because a change of user has cleared it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return err_set_errno(info, ERR_IO, "cannot bind our life to the supervisor's");
	return ERR_OK;
}

enum err runtime_sandbox_enter(enum runtime_role_kind role, const struct runtime_sandbox *s,
                               struct errinfo *info)
{
	enum err e = limit_resources(s->max_fds, info);

	if (!e)
		e = limit_memory(s->max_memory, info);
	if (!e)
		e = runtime_sandbox_become(s->user, info);
	if (!e)
		e = drop_capabilities(info);
	if (!e)
		e = set_process_flags(info);
	if (!e)
		e = runtime_landlock_load(role, s, info);
	if (!e)
		e = runtime_seccomp_load(role, info);
	if (!e && geteuid() == 0)
		log_event(LOG_LEVEL_WARN, "sandbox.partial", LOG_C("missing", "unprivileged user"),
		          LOG_C("hint", "set server.user"));
	return e;
}
