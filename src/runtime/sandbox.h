/*
 * What each role may do, and the act of giving up the rest.
 *
 * One profile for each role on one screen of sandbox.c: limits, user, Landlock paths, seccomp list,
 * sockets. A role enters its sandbox after it has taken its sockets and opened what it needs,
 * before it reads a byte from the network and before it starts a thread. There is no way out.
 * Forbidden calls end the process, except opening files and the like, which fails with EACCES
 * because libraries try that in good faith.
 */
#ifndef TAYORI_RUNTIME_SANDBOX_H
#define TAYORI_RUNTIME_SANDBOX_H

#include "src/base/err.h"

enum runtime_role_kind {
	RUNTIME_ROLE_STORE,
	RUNTIME_ROLE_SESSION,
	RUNTIME_ROLE_WEB,
	RUNTIME_ROLE_COUNT
};

struct runtime_sandbox {
	const char *user;           /* become this user when we are root; empty: stay who we are */
	const char *data_directory; /* store: the only place where it may touch files */
	bool is_network_store;      /* store: the engine is reached over a socket */
	uint16_t dns_port;          /* session: TCP to this port only; 0: 53 */
	uint64_t max_memory;        /* RLIMIT_DATA, octets; 0: as it is */
	uint32_t max_fds;           /* RLIMIT_NOFILE, as far as the hard limit allows */
};

/*
 * Enter the sandbox of a role for good. What the kernel lacks is logged ("sandbox.partial") and
 * does not fail; anything that is there and refuses does. Fails with: ERR_NOTFOUND (a directory is
 * missing), ERR_DENIED, ERR_IO.
 */
enum err runtime_sandbox_enter(enum runtime_role_kind role, const struct runtime_sandbox *s,
                               struct errinfo *info) MUST_USE;

/* Become `user` when we are root; stay who we are otherwise, or when there is no such user. Fails
 * with: ERR_DENIED. */
enum err runtime_sandbox_become(const char *user, struct errinfo *info) MUST_USE;

#endif
