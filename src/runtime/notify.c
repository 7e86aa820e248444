#include "src/runtime/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/clock.h"

void runtime_notify_open(struct runtime_notify *n)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t length = path ? strlen(path) : 0;

	*n = (struct runtime_notify){ .fd = -1, .address = { .sun_family = AF_UNIX } };
	/* "@" stands for an abstract name, which begins with a NUL and has no end. */
	if (length < 2 || length >= sizeof n->address.sun_path || (*path != '/' && *path != '@'))
		return;
	memcpy(n->address.sun_path, path, length);
	if (*path == '@')
		n->address.sun_path[0] = '\0';
	n->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	(void)unsetenv("NOTIFY_SOCKET");
}

static void tell(const struct runtime_notify *n, const char *text)
{
	if (n->fd >= 0)
		(void)sendto(n->fd, text, strlen(text), MSG_NOSIGNAL,
		             (const struct sockaddr *)&n->address, n->size);
}

void runtime_notify_ready(const struct runtime_notify *n, const char *status)
{
	char text[300];

	snprintf(text, sizeof text, "READY=1\nSTATUS=%s", status);
	/* One line: what follows would be taken for another variable. */
	for (char *p = strstr(text, "STATUS="); *p; p++)
		if (*p == '\n')
			*p = ' ';
	tell(n, text);
}

void runtime_notify_reloading(const struct runtime_notify *n)
{
	char text[100];

	snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
	         (long long)clock_mono_ms() * 1000);
	tell(n, text);
}

void runtime_notify_stopping(const struct runtime_notify *n)
{
	tell(n, "STOPPING=1\nSTATUS=Sessions come to an end");
}
