/*
 * Everything that a reload of the server replaces, all of it or nothing: configuration,
 * certificates, listeners.
 */
#ifndef TAYORI_RUNTIME_SNAPSHOT_H
#define TAYORI_RUNTIME_SNAPSHOT_H

#include "src/base/err.h"
#include "src/net/tls.h"

struct arena;
struct config;
struct runtime_sockets;

struct runtime_snapshot {
	const struct config *config;
	struct runtime_sockets *sockets;
	int bundle; /* for the session roles; -1: none */
	uint64_t generation;
};

/* What stays as it was at the start. */
struct runtime_fixed {
	struct str data_directory, store_socket;
	size_t n_sessions;
	unsigned char ticket_key[TLS_TICKET_KEY];
};

/*
 * Read the file into a snapshot and its text in `a`. Returns owned: config_unref. Fails with:
 * ERR_NOTFOUND, ERR_INVALID.
 */
enum err runtime_snapshot_load(struct arena *a, const char *path, const struct config **config_r,
                               struct str *text_r, struct errinfo *info) MUST_USE;

/*
 * Read configuration, certificates and keys, prove that a role can use them, and open the
 * listeners, those of `old` (may be NULL) again. `s->generation` is given; the rest is set. Returns
 * owned: runtime_snapshot_clear. Fails as its parts do.
 */
enum err runtime_snapshot_make(struct runtime_snapshot *s, const struct runtime_fixed *fixed,
                               const char *path, const struct runtime_sockets *old,
                               struct errinfo *info) MUST_USE;
void runtime_snapshot_clear(struct runtime_snapshot *s);

/* The bundle for the store: no certificates. Returns owned: close. Fails with: ERR_IO, ERR_LIMIT.
 */
enum err runtime_snapshot_store_bundle(const struct runtime_fixed *fixed,
                                       const struct config *config, struct str text, int *fd_r,
                                       struct errinfo *info) MUST_USE;

#endif
