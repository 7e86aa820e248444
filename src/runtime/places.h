/*
 * The directories the server works in, and the files it leaves there for people and tests.
 */
#ifndef TAYORI_RUNTIME_PLACES_H
#define TAYORI_RUNTIME_PLACES_H

#include <sys/types.h>

#include "src/base/err.h"

struct config;
struct runtime_sockets;

/* Who the roles are: the configured user when we are root and it exists, else ourselves. */
struct runtime_owner {
	uid_t uid;
	gid_t gid;
	bool is_other; /* not us */
};
struct runtime_owner runtime_places_owner(const struct config *config);

/*
 * Make the data and run directories if they are missing, and check that the data belongs to `owner`
 * and the run directory to us. Fails with: ERR_DENIED, ERR_NOTFOUND (a parent is missing), ERR_IO;
 * the text says what to do.
 */
enum err runtime_places_make(const struct config *config, const struct runtime_owner *owner,
                             struct errinfo *info) MUST_USE;

/*
 * Lock the run directory for this server, with our process id in DIRECTORY/tayori.pid, until the
 * descriptor is closed. Fails with: ERR_BUSY (another server runs there), ERR_IO.
 */
enum err runtime_places_lock(const char *run_directory, int *fd_r, struct errinfo *info) MUST_USE;

/* Write which listener has which port to DIRECTORY/ports.json, all at once. Fails with: ERR_IO. */
enum err runtime_places_tell_ports(const struct config *config,
                                   const struct runtime_sockets *sockets,
                                   struct errinfo *info) MUST_USE;

/* Remove it. */
void runtime_places_forget_ports(const struct config *config);

#endif
