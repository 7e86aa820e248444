#include "src/runtime/status.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "src/runtime/child.h"
#include "src/runtime/control.h"
#include "src/runtime/sockets.h"

enum {
	PATIENCE_MS = 500,
	TEXT_MAX_BYTES = 4096
};

static bool make_path(char *path, size_t size, struct str run_directory)
{
	int n = snprintf(path, size, "%.*s/status.sock", STR_ARG(run_directory));

	return n > 0 && (size_t)n < size;
}

enum err runtime_status_open(struct runtime_status *s, struct str run_directory,
                             struct errinfo *info)
{
	char path[sizeof((struct sockaddr_un *)0)->sun_path];

	if (!make_path(path, sizeof path, run_directory))
		return err_set(info, ERR_INVALID, "server.run_directory is too long");
	return runtime_sockets_open_unix(path, 0600, geteuid(), getegid(), &s->listen_fd, info);
}

struct pollfd runtime_status_poll(const struct runtime_status *s)
{
	return (struct pollfd){ .fd = s->caller < 0 ? s->listen_fd : -1, .events = POLLIN };
}

void runtime_status_ask(struct runtime_status *s, struct runtime_child *children, size_t n,
                        int64_t now_ms)
{
	const struct runtime_control ask = { .type = RUNTIME_CONTROL_COUNT };

	if (s->caller >= 0)
		return;
	s->caller = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (s->caller < 0)
		return;
	s->due_ms = now_ms + PATIENCE_MS;
	for (size_t i = 0; i < n; i++) {
		children[i].counts = (struct runtime_counts){ 0 };
		children[i].is_asked = children[i].state == RUNTIME_CHILD_UP &&
		                       !runtime_control_send(children[i].control, &ask, NULL);
	}
}

void runtime_status_answer(struct runtime_status *s, const struct runtime_child *children, size_t n,
                           int64_t now_ms)
{
	char text[TEXT_MAX_BYTES];
	int length = 0;

	if (s->caller < 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (children[i].is_asked && children[i].state == RUNTIME_CHILD_UP &&
		    now_ms < s->due_ms)
			return;
	for (int k = 0; k < RUNTIME_COUNTS; k++) {
		char name[RUNTIME_COUNT_NAME];
		unsigned long long sum = 0;

		runtime_count_name((enum runtime_count)k, name);
		for (size_t i = 0; i < n; i++)
			sum += children[i].counts.n[k];
		length += snprintf(text + length, sizeof text - (size_t)length, "%s %llu\n", name,
		                   sum);
	}
	/* It fits into the socket's buffer. A caller that has gone misses nothing. */
	(void)send(s->caller, text, (size_t)length, MSG_NOSIGNAL);
	close(s->caller);
	s->caller = -1;
	s->due_ms = 0;
}
