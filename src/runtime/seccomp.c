#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/runtime/seccomp_priv.h"

/*
 * The lists. A call that is on none of them kills the process: execve, fork, ptrace, mount, listen,
 * io_uring, bpf, keyctl, process_vm_*, userfaultfd ... What a call may do is narrowed further in
 * add_narrowed.
 */

/* Memory, threads, time, waiting: what glibc, OpenSSL and the allocator need in every role. */
static const int every_role[] = {
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(readv),
	SCMP_SYS(writev),
	SCMP_SYS(pread64),
	SCMP_SYS(pwrite64),
	SCMP_SYS(close),
	SCMP_SYS(fstat),
	SCMP_SYS(lseek),
	SCMP_SYS(ftruncate),
	SCMP_SYS(fcntl),
	SCMP_SYS(dup),
	SCMP_SYS(memfd_create),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(brk),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(get_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(membarrier),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_setscheduler),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(getcpu),
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(gettid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(uname),
	SCMP_SYS(sysinfo),
	SCMP_SYS(getrusage),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(signalfd4),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(getrandom),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(select),
	SCMP_SYS(pselect6),
	SCMP_SYS(eventfd2),
	SCMP_SYS(timerfd_create),
	SCMP_SYS(timerfd_settime),
	SCMP_SYS(pipe2),
	/* Sockets that exist already, and those that `socket` below lets be made. */
	SCMP_SYS(sendto),
	SCMP_SYS(recvfrom),
	SCMP_SYS(sendmsg),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(recvmmsg),
	SCMP_SYS(accept4),
	SCMP_SYS(connect),
	SCMP_SYS(bind),
	SCMP_SYS(shutdown),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),
};

/* Files by name, for the role that keeps them; Landlock says which. */
static const int file_calls[] = {
	SCMP_SYS(open),       SCMP_SYS(openat),    SCMP_SYS(stat),       SCMP_SYS(lstat),
	SCMP_SYS(newfstatat), SCMP_SYS(statx),     SCMP_SYS(access),     SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(readlink),  SCMP_SYS(readlinkat), SCMP_SYS(getcwd),
	SCMP_SYS(getdents64), SCMP_SYS(statfs),    SCMP_SYS(fstatfs),    SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),   SCMP_SYS(rename),    SCMP_SYS(renameat),   SCMP_SYS(renameat2),
	SCMP_SYS(link),       SCMP_SYS(linkat),    SCMP_SYS(mkdir),      SCMP_SYS(mkdirat),
	SCMP_SYS(rmdir),      SCMP_SYS(fsync),     SCMP_SYS(fdatasync),  SCMP_SYS(sync_file_range),
	SCMP_SYS(fallocate),  SCMP_SYS(fadvise64), SCMP_SYS(flock),      SCMP_SYS(fchmod),
	SCMP_SYS(fchown),     SCMP_SYS(utimensat), SCMP_SYS(umask),      SCMP_SYS(copy_file_range),
	SCMP_SYS(sendfile),
};

/* Tried by libraries in good faith (locale, gconv, /proc/sys/vm): "no" is an answer, not a crime.
 */
static const int refused_calls[] = {
	SCMP_SYS(open),      SCMP_SYS(openat),     SCMP_SYS(openat2),  SCMP_SYS(creat),
	SCMP_SYS(stat),      SCMP_SYS(lstat),      SCMP_SYS(statx),    SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
	SCMP_SYS(getcwd),    SCMP_SYS(unlink),     SCMP_SYS(unlinkat), SCMP_SYS(rename),
	SCMP_SYS(mkdir),     SCMP_SYS(statfs),
};

/* A sanitizer reads /proc and its own executable for its report; Landlock still guards the rest. */
static const int sanitizer_calls[] = {
	SCMP_SYS(open),       SCMP_SYS(openat), SCMP_SYS(stat),        SCMP_SYS(lstat),
	SCMP_SYS(newfstatat), SCMP_SYS(access), SCMP_SYS(readlink),    SCMP_SYS(readlinkat),
	SCMP_SYS(getcwd),     SCMP_SYS(prctl),  SCMP_SYS(personality), SCMP_SYS(getrlimit),
	SCMP_SYS(mprotect),
};

static int add_list(scmp_filter_ctx ctx, uint32_t action, const int *calls, size_t n)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = seccomp_rule_add(ctx, action, calls[i], 0);
	return rc;
}
#define ADD_LIST(ctx, action, calls) \
	add_list((ctx), (action), (calls), sizeof(calls) / sizeof *(calls))

/* Allow `call` when argument `arg` masked is `value`. */
static int add_masked(scmp_filter_ctx ctx, int call, unsigned arg, uint64_t mask, uint64_t value)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1,
	                        SCMP_CMP64(arg, SCMP_CMP_MASKED_EQ, mask, value));
}

/* Allow `call` when the low 32 bits of argument `arg`, which are all the kernel looks at, are
 * `value`. */
static int add_equal(scmp_filter_ctx ctx, int call, unsigned arg, uint64_t value)
{
	return add_masked(ctx, call, arg, UINT32_MAX, value);
}

/* Calls that are harmless only with certain arguments, in every role. */
static int add_narrowed(scmp_filter_ctx ctx)
{
	int rc;

	/* No memory that can be executed is ever made: code that was injected has nowhere to stand.
	 */
	rc = add_masked(ctx, SCMP_SYS(mmap), 2, PROT_EXEC, 0);
	if (rc == 0 && !RUNTIME_HAS_SANITIZER)
		rc = add_masked(ctx, SCMP_SYS(mprotect), 2, PROT_EXEC, 0);
	/* Threads, no processes. The flags of clone3 lie in memory: without it glibc falls back to
	 * clone. */
	if (rc == 0)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (rc == 0)
		rc = add_masked(ctx, SCMP_SYS(clone), 0, CLONE_THREAD | CLONE_VM,
		                CLONE_THREAD | CLONE_VM);
	if (rc == 0) /* abort() */
		rc = add_equal(ctx, SCMP_SYS(tgkill), 0, (uint64_t)getpid());
	if (rc == 0) /* read a limit, do not set one */
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1,
		                      SCMP_CMP64(2, SCMP_CMP_EQ, 0));
	if (rc == 0 && !RUNTIME_HAS_SANITIZER)
		rc = add_equal(ctx, SCMP_SYS(prctl), 0, PR_SET_NAME);
	/* fstat() of glibc is newfstatat(fd, "", AT_EMPTY_PATH). */
	if (rc == 0)
		rc = add_masked(ctx, SCMP_SYS(newfstatat), 3, AT_EMPTY_PATH, AT_EMPTY_PATH);
	if (rc == 0)
		rc = add_equal(ctx, SCMP_SYS(ioctl), 1, FIONREAD);
	if (rc == 0)
		rc = add_equal(ctx, SCMP_SYS(ioctl), 1, FIONBIO);
	if (rc == 0)
		rc = add_equal(ctx, SCMP_SYS(ioctl), 1, SIOCOUTQ);
	if (rc == 0) /* isatty() of stdio */
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 1,
		                      SCMP_A1_32(SCMP_CMP_EQ, TCGETS));
	return rc;
}

/* Families of sockets a role may make; any other is "not supported". */
static int add_sockets(scmp_filter_ctx ctx)
{
	static const int families[] = { AF_UNIX, AF_INET, AF_INET6 };
	int rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
	                          SCMP_A0_32(SCMP_CMP_GT, AF_INET6));

	for (size_t i = 0; i < sizeof families / sizeof *families && rc == 0; i++)
		rc = add_equal(ctx, SCMP_SYS(socket), 0, (uint64_t)families[i]);
	if (rc == 0)
		rc = add_equal(ctx, SCMP_SYS(socketpair), 0, AF_UNIX);
	return rc;
}

static int add_rules(scmp_filter_ctx ctx, enum runtime_role_kind role)
{
	int rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);

	if (rc == 0)
		rc = ADD_LIST(ctx, SCMP_ACT_ALLOW, every_role);
	if (rc == 0)
		rc = add_narrowed(ctx);
	if (rc == 0)
		rc = add_sockets(ctx);
	if (rc == 0 && RUNTIME_HAS_SANITIZER)
		rc = ADD_LIST(ctx, SCMP_ACT_ALLOW, sanitizer_calls);
	if (rc == 0 && role == RUNTIME_ROLE_STORE)
		rc = ADD_LIST(ctx, SCMP_ACT_ALLOW, file_calls);
	if (rc == 0 && role != RUNTIME_ROLE_STORE && !RUNTIME_HAS_SANITIZER)
		rc = ADD_LIST(ctx, SCMP_ACT_ERRNO(EACCES), refused_calls);
	return rc;
}

enum err runtime_seccomp_load(enum runtime_role_kind role, struct errinfo *info)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc;

	if (!ctx)
		return err_set(info, ERR_IO, "seccomp: cannot make a filter");
	rc = add_rules(ctx, role);
	if (rc == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	if (rc == 0)
		return ERR_OK;
	errno = -rc;
	return err_set_errno(info, ERR_IO, "seccomp: the kernel refused the filter");
}
