/*
 * Sockets that wait for clients.
 */
#ifndef TAYORI_NET_LISTENER_H
#define TAYORI_NET_LISTENER_H

#include "src/base/err.h"
#include "src/base/str.h"
#include "src/net/session.h"

/*
 * Bind and listen on an address ("127.0.0.1", "::1", or "*" for IPv6 and IPv4 in one socket, and
 * for IPv4 alone where there is no IPv6). Port 0 takes any free one; `port_r` says which. The
 * socket does not block and is closed on exec. Fails with: ERR_INVALID (no address), ERR_EXISTS
 * (somebody has the port), ERR_DENIED, ERR_IO.
 */
enum err listener_open(const char *address, uint16_t port, int *fd_r, uint16_t *port_r,
                       struct errinfo *info) MUST_USE;

/* The port a listening socket is bound to; 0 when it is none. */
uint16_t listener_port(int fd);

/*
 * Take the next client without waiting: its socket (not blocking, closed on exec, no delay of small
 * writes, keepalive) and who it is. Fails with: ERR_NOTFOUND (nobody waits), ERR_LIMIT (no
 * descriptors or memory are left: leave it for a while), ERR_IO (the socket is no good).
 */
enum err listener_accept(int listener, int *fd_r, struct session_peer *peer_r) MUST_USE;

/* Fill in a peer's address, port and their text, as after the PROXY protocol or XCLIENT. */
void listener_peer_set(struct session_peer *peer, const uint8_t address[16], uint16_t port);

#endif
