/*
 * Tells the service manager how the server stands, by the datagrams of sd_notify(3): with
 * Type=notify, systemd waits for the first READY before it starts what comes after us, and knows
 * while we reload.
 */
#ifndef TAYORI_RUNTIME_NOTIFY_H
#define TAYORI_RUNTIME_NOTIFY_H

#include <sys/socket.h>
#include <sys/un.h>

/* Where to tell; `fd` -1: nobody asked. */
struct runtime_notify {
	int fd;
	struct sockaddr_un address;
	socklen_t size;
};

/* Take $NOTIFY_SOCKET out of the environment, so that no role inherits it. */
void runtime_notify_open(struct runtime_notify *n);

/* Each tells it, as far as somebody asked. Nothing depends on it being heard. */
void runtime_notify_ready(const struct runtime_notify *n, const char *status);
void runtime_notify_reloading(const struct runtime_notify *n);
void runtime_notify_stopping(const struct runtime_notify *n);

#endif
