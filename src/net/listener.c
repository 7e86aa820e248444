#include "src/net/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/net/address.h"

enum {
	BACKLOG = 4096
}; /* the kernel cuts it to net.core.somaxconn */

static void set_flag(int fd, int level, int name, int value)
{
	/* None of these is worth failing for. */
	(void)setsockopt(fd, level, name, &value, sizeof value);
}

static enum err bind_error(struct errinfo *info, const char *address, uint16_t port)
{
	if (errno == EADDRINUSE)
		return err_set_errno(info, ERR_EXISTS,
		                     "%s port %u cannot be listened on; stop the program that "
		                     "has it, or write another port",
		                     address, port);
	if (errno == EACCES || errno == EPERM)
		return err_set_errno(info, ERR_DENIED,
		                     "%s port %u cannot be listened on; start as root, or "
		                     "write a port above 1023",
		                     address, port);
	if (errno == EADDRNOTAVAIL)
		return err_set_errno(info, ERR_INVALID,
		                     "%s is no address of this machine; write one that is, "
		                     "or \"*\"",
		                     address);
	return err_set_errno(info, ERR_IO, "%s port %u cannot be listened on", address, port);
}

static enum err open_one(const struct sockaddr_storage *sa, socklen_t n, bool is_dual, int *fd_r)
{
	int fd = socket(sa->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return ERR_IO;
	set_flag(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	/* Linux hands these on to the sockets that are accepted. */
	set_flag(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_flag(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	if (sa->ss_family == AF_INET6)
		set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, !is_dual);
	if (bind(fd, (const struct sockaddr *)sa, n) != 0 || listen(fd, BACKLOG) != 0) {
		error = errno;
		close(fd);
		errno = error;
		return ERR_IO;
	}
	*fd_r = fd;
	return ERR_OK;
}

enum err listener_open(const char *address, uint16_t port, int *fd_r, uint16_t *port_r,
                       struct errinfo *info)
{
	static const uint8_t any_v4[16] = { [10] = 0xff, [11] = 0xff };
	bool is_dual = strcmp(address, "*") == 0;
	struct sockaddr_storage sa;
	uint8_t octets[16] = { 0 };
	socklen_t n;
	enum err e;

	if (!is_dual && !net_address_parse(str_c(address), octets))
		return err_set(info, ERR_INVALID,
		               "\"%.80s\" is no address; write one such as \"127.0.0.1\", "
		               "\"::1\" or \"*\"",
		               address);
	n = net_address_to_sockaddr(octets, port, &sa);
	e = open_one(&sa, n, is_dual, fd_r);
	if (e && is_dual && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
		n = net_address_to_sockaddr(any_v4, port, &sa);
		e = open_one(&sa, n, false, fd_r);
	}
	if (e)
		return bind_error(info, address, port);
	*port_r = listener_port(*fd_r);
	return ERR_OK;
}

uint16_t listener_port(int fd)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t n = sizeof sa;
	uint8_t octets[16];
	uint16_t port;

	if (getsockname(fd, (struct sockaddr *)&sa, &n) != 0)
		return 0;
	net_address_from_sockaddr(&sa, octets, &port);
	return port;
}

void listener_peer_set(struct session_peer *peer, const uint8_t address[16], uint16_t port)
{
	memcpy(peer->address, address, sizeof peer->address);
	peer->port = port;
	net_address_format(address, peer->text);
}

static enum err accept_error(void)
{
	switch (errno) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		return ERR_LIMIT;
	case EBADF:
	case EINVAL:
	case ENOTSOCK:
	case EOPNOTSUPP:
	case EFAULT:
		return ERR_IO;
	default:
		return ERR_NOTFOUND;
	}
}

/* accept(2): errors of the network that are pending on the new socket are reported as well; try the
 * next. */
static bool is_passing(int error)
{
	return error == EINTR || error == ECONNABORTED || error == ENETDOWN || error == EPROTO ||
	       error == ENOPROTOOPT || error == EHOSTDOWN || error == ENONET ||
	       error == EHOSTUNREACH || error == ENETUNREACH;
}

enum err listener_accept(int listener, int *fd_r, struct session_peer *peer_r)
{
	struct session_peer peer = { 0 };
	struct sockaddr_storage sa;
	uint8_t octets[16];
	uint16_t port;
	socklen_t n;
	int fd;

	do {
		n = sizeof sa;
		memset(&sa, 0, sizeof sa);
		fd = accept4(listener, (struct sockaddr *)&sa, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
	} while (fd < 0 && is_passing(errno));
	if (fd < 0)
		return accept_error();
	net_address_from_sockaddr(&sa, octets, &port);
	listener_peer_set(&peer, octets, port);
	n = sizeof sa;
	if (getsockname(fd, (struct sockaddr *)&sa, &n) == 0)
		net_address_from_sockaddr(&sa, peer.local_address, &peer.local_port);
	*fd_r = fd;
	*peer_r = peer;
	return ERR_OK;
}
