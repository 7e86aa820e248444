/*
 * The listening sockets, which the supervisor opens once and keeps, so that clients queue while a
 * role starts again.
 *
 * Each session process has a socket of its own for every listener (SO_REUSEPORT), among which the
 * kernel spreads new connections evenly; one socket that all wait on would give nearly everything
 * to the first that waits.
 */
#ifndef TAYORI_RUNTIME_SOCKETS_H
#define TAYORI_RUNTIME_SOCKETS_H

#include <sys/types.h>

#include "src/base/err.h"

struct config;

struct runtime_socket {
	char *name, *address;
	uint16_t port; /* as configured; 0: any */
	uint16_t real_port;
	int *fds; /* one for each session process */
};

struct runtime_sockets {
	size_t n, n_processes;
	struct runtime_socket *sockets; /* in the order of the configuration */
};

/*
 * Open all listeners of `config`; those that `old` (may be NULL) has are shared with it. Returns
 * owned: runtime_sockets_free. The text names the listener. Fails with: ERR_EXISTS, ERR_DENIED,
 * ERR_INVALID, ERR_IO.
 */
enum err runtime_sockets_open(const struct config *config, size_t n_processes,
                              const struct runtime_sockets *old, struct runtime_sockets **sockets_r,
                              struct errinfo *info) MUST_USE;
void runtime_sockets_free(struct runtime_sockets **sockets);

/* A Unix socket that listens at `path`, in place of what a dead server left there. Fails with:
 * ERR_INVALID, ERR_IO. */
enum err runtime_sockets_open_unix(const char *path, mode_t mode, uid_t uid, gid_t gid, int *fd_r,
                                   struct errinfo *info) MUST_USE;

#endif
