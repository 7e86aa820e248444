#include "src/runtime/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "src/base/must.h"
#include "src/config/config.h"
#include "src/net/listener.h"

enum {
	BACKLOG = 4096
};

/* --- one port, many sockets */

/* Another socket on the port of `first`. -1 when the kernel does not want that. */
static int open_sibling(int first)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t size = sizeof sa, flag_size = sizeof(int);
	int on = 1, v6only = 0, fd;

	if (getsockname(first, (struct sockaddr *)&sa, &size) != 0)
		return -1;
	fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (sa.ss_family == AF_INET6 &&
	    (getsockopt(first, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, &flag_size) != 0 ||
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only) != 0))
		goto out;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0 &&
	    bind(fd, (struct sockaddr *)&sa, size) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
out:
	close(fd);
	return -1;
}

/*
 * The first socket is bound alone, so that a port that somebody else has is noticed; only then it
 * agrees to share the port, with sockets of the same user.
 */
static enum err open_all(struct runtime_socket *s, size_t n, struct errinfo *info)
{
	struct errinfo why = { 0 };
	enum err e = listener_open(s->address, s->port, &s->fds[0], &s->real_port, &why);
	int on = 1;

	if (e)
		return err_set(info, e, "listener \"%s\": %s", s->name, why.text);
	if (setsockopt(s->fds[0], SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
		on = 0;
	for (size_t i = 1; i < n; i++) {
		s->fds[i] = on ? open_sibling(s->fds[0]) : -1;
		/* Sharing one socket is less even, and works. */
		if (s->fds[i] < 0)
			s->fds[i] = fcntl(s->fds[0], F_DUPFD_CLOEXEC, 0);
		if (s->fds[i] < 0)
			return err_set_errno(info, ERR_IO, "listener \"%s\"", s->name);
	}
	return ERR_OK;
}

static enum err share_all(struct runtime_socket *s, const struct runtime_socket *old, size_t n,
                          struct errinfo *info)
{
	s->real_port = old->real_port;
	for (size_t i = 0; i < n; i++) {
		/* It was HTTP's, and so had one process only. */
		int fd = old->fds[i] >= 0 ? old->fds[i] : old->fds[0];

		s->fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (s->fds[i] < 0)
			return err_set_errno(info, ERR_IO, "listener \"%s\"", s->name);
	}
	return ERR_OK;
}

/* The same place; where any port will do, the same name as well. */
static const struct runtime_socket *find_old(const struct runtime_sockets *old,
                                             const struct config_listener *l)
{
	for (size_t i = 0; old && i < old->n; i++) {
		const struct runtime_socket *s = &old->sockets[i];

		if (s->port == l->port && strcmp(s->address, l->address) == 0 &&
		    (l->port || strcmp(s->name, l->name) == 0))
			return s;
	}
	return NULL;
}

static char *copy_text(const char *text)
{
	char *copy = strdup(text);

	must(copy && "out of memory");
	return copy;
}

enum err runtime_sockets_open(const struct config *config, size_t n_processes,
                              const struct runtime_sockets *old, struct runtime_sockets **sockets_r,
                              struct errinfo *info)
{
	struct runtime_sockets *all = calloc(1, sizeof *all);
	enum err e = ERR_OK;

	must(all && n_processes > 0 && (!old || old->n_processes == n_processes));
	all->n_processes = n_processes;
	all->sockets = calloc(config->n_listeners + 1, sizeof *all->sockets);
	must(all->sockets);
	for (size_t i = 0; i < config->n_listeners && !e; i++) {
		const struct config_listener *l = &config->listeners[i];
		const struct runtime_socket *known = find_old(old, l);
		struct runtime_socket *s = &all->sockets[all->n++];
		/* There is one web role; a socket that nobody accepts on would swallow clients. */
		size_t n = l->protocol == CONFIG_PROTOCOL_HTTP ? 1 : n_processes;

		s->name = copy_text(l->name);
		s->address = copy_text(l->address);
		s->port = l->port;
		s->fds = malloc(n_processes * sizeof(int));
		must(s->fds);
		for (size_t j = 0; j < n_processes; j++)
			s->fds[j] = -1;
		e = known ? share_all(s, known, n, info) : open_all(s, n, info);
	}
	if (e)
		runtime_sockets_free(&all);
	else
		*sockets_r = all;
	return e;
}

void runtime_sockets_free(struct runtime_sockets **pointer)
{
	struct runtime_sockets *all = *pointer;

	if (!all)
		return;
	*pointer = NULL;
	for (size_t i = 0; i < all->n; i++) {
		struct runtime_socket *s = &all->sockets[i];

		for (size_t j = 0; j < all->n_processes; j++)
			if (s->fds[j] >= 0)
				close(s->fds[j]);
		free(s->fds);
		free(s->name);
		free(s->address);
	}
	free(all->sockets);
	free(all);
}

enum err runtime_sockets_open_unix(const char *path, mode_t mode, uid_t uid, gid_t gid, int *fd_r,
                                   struct errinfo *info)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof sa.sun_path)
		return err_set(info, ERR_INVALID,
		               "server.run_directory: %s is too long for a socket, the limit is "
		               "%zu octets; choose a shorter directory",
		               path, sizeof sa.sun_path - 1);
	memcpy(sa.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set_errno(info, ERR_IO, "cannot make a socket");
	(void)unlink(path);
	/* Nobody can connect before listen(), so that rights may be set in between. */
	if (bind(fd, (struct sockaddr *)&sa, sizeof sa) != 0 || chmod(path, mode) != 0 ||
	    lchown(path, uid, gid) != 0 || listen(fd, BACKLOG) != 0) {
		enum err e = err_set_errno(info, ERR_IO, "cannot listen at %s", path);

		close(fd);
		return e;
	}
	*fd_r = fd;
	return ERR_OK;
}
