/*
 * Unix sockets as both ends of the wire use them: never blocking, files along with octets.
 */
#ifndef TAYORI_STORE_SOCKET_PRIV_H
#define TAYORI_STORE_SOCKET_PRIV_H

#include <sys/types.h>

#include "src/base/str.h"

/* A connected socket, or -1 with errno. Does not wait. Returns owned: close. */
int socket_connect(const char *path);

/* Wait for poll events until the deadline (monotonic ms); false when it has passed. */
bool socket_wait(int fd, short events, int64_t deadline_mono_ms);

/* Send what fits, with `file` unless it is -1. Octets sent, or -1 with errno (EAGAIN: full). */
ssize_t socket_send(int fd, struct str octets, int file);

/*
 * Read up to `n` octets, and a file when one came: `*file_r` (owned) is set only then. More files
 * than one are closed and reported as EPROTO. Octets, 0 at the end, or -1 with errno.
 */
ssize_t socket_recv(int fd, unsigned char *p, size_t n, int *file_r);

/*
 * Who is at the other end: user id, and a number for the process that another process will not
 * have.
 */
bool socket_peer(int fd, uid_t *uid_r, uint64_t *process_r);

struct store;

/* Tells stores behind different sockets apart; 0 for a handle of this process. */
uint64_t store_path_hash(const struct store *st);

#endif
