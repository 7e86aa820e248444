#include "src/runtime/control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/must.h"

union space {
	char bytes[CMSG_SPACE(RUNTIME_CONTROL_FDS_MAX * sizeof(int))];
	struct cmsghdr align;
};

enum err runtime_control_send(int socket, const struct runtime_control *m, const int *fds)
{
	struct runtime_control copy = *m;
	struct iovec iov = { .iov_base = &copy, .iov_len = sizeof copy };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	union space space;
	struct cmsghdr *c;

	must(m->n_fds <= RUNTIME_CONTROL_FDS_MAX);
	if (m->n_fds) {
		memset(&space, 0, sizeof space);
		msg.msg_control = space.bytes;
		msg.msg_controllen = CMSG_SPACE(m->n_fds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(m->n_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, m->n_fds * sizeof(int));
	}
	while (sendmsg(socket, &msg, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return ERR_IO;
	return ERR_OK;
}

/* Take the descriptors out; their number. */
static uint32_t take_fds(struct msghdr *msg, int *fds)
{
	uint32_t n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t bytes = c->cmsg_len - CMSG_LEN(0);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(int) <= bytes; at += sizeof(int))
			memcpy(&fds[n++], CMSG_DATA(c) + at, sizeof(int));
	}
	return n;
}

enum err runtime_control_receive(int socket, struct runtime_control *m_r,
                                 int fds_r[RUNTIME_CONTROL_FDS_MAX])
{
	struct runtime_control m;
	struct iovec iov = { .iov_base = &m, .iov_len = sizeof m };
	union space space;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = space.bytes,
		.msg_controllen = sizeof space.bytes,
	};
	uint32_t n_fds;
	ssize_t n;

	do
		n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return ERR_NOTFOUND;
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return ERR_CANCELLED;
	if (n < 0)
		return ERR_IO;
	n_fds = take_fds(&msg, fds_r);
	if (n != sizeof m || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || n_fds != m.n_fds) {
		while (n_fds)
			close(fds_r[--n_fds]);
		return ERR_PROTO;
	}
	*m_r = m;
	return ERR_OK;
}
