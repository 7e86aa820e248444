#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/store/socket_priv.h"

#define FILES_MAX 4

int socket_connect(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	if (len >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(addr.sun_path, path, len + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0) {
		int saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

bool socket_wait(int fd, short events, int64_t deadline_mono_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	for (;;) {
		int64_t left = deadline_mono_ms - clock_mono_ms();
		if (left <= 0)
			return false;
		int n = poll(&p, 1, left > 1000000 ? 1000000 : (int)left);
		if (n > 0)
			return true;
		must(n == 0 || errno == EINTR || errno == ENOMEM);
	}
}

ssize_t socket_send(int fd, struct str octets, int file)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)octets.p, octets.n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	if (file >= 0) {
		msg.msg_control = control.room;
		msg.msg_controllen = sizeof(control.room);
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &file, sizeof(file));
	}
	ssize_t n;
	do {
		n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	return n;
}

/* Take the files that came; the number of them. The first is kept, the others are closed. */
static size_t take_files(struct msghdr *msg, int *file_r)
{
	size_t n = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++, n++) {
			int file;
			memcpy(&file, CMSG_DATA(c) + i * sizeof(int), sizeof(file));
			if (n)
				close(file);
			else
				*file_r = file;
		}
	}
	return n;
}

ssize_t socket_recv(int fd, unsigned char *p, size_t n, int *file_r)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(FILES_MAX * sizeof(int))];
	} control;
	struct iovec iov = { p, n };
	struct msghdr msg = { .msg_iov = &iov,
		              .msg_iovlen = 1,
		              .msg_control = control.room,
		              .msg_controllen = sizeof(control.room) };
	ssize_t got;
	do {
		got = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return got;
	int file = -1;
	size_t files = take_files(&msg, &file);
	if (files > 1 || msg.msg_flags & MSG_CTRUNC) {
		if (file >= 0)
			close(file);
		errno = EPROTO;
		return -1;
	}
	if (files)
		*file_r = file;
	return got;
}

/*
 * When the process began, in clock ticks: field 22 of its stat line, behind a name that may hold
 * anything.
 */
static uint64_t start_of(pid_t pid)
{
	char path[64];
	char line[1024];
	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	struct str rest = str_make(line, (size_t)n);
	rest = str_from(rest, (size_t)(str_rfind(rest, ')') + 2));
	struct str field = { 0 };
	for (int i = 3; i <= 22; i++)
		str_cut(&rest, ' ', &field);
	uint64_t start = 0;
	return str_to_u64(field, UINT64_MAX, &start) ? start : 0;
}

bool socket_peer(int fd, uid_t *uid_r, uint64_t *process_r)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return false;
	*uid_r = cred.uid;
	/* Pids come round again, a pair of pid and beginning does not. */
	*process_r = (uint64_t)(uint32_t)cred.pid | start_of(cred.pid) << 32;
	return true;
}
