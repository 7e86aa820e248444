/*
 * What a role needs to know, in a sealed memfd: the configuration's text, paths, certificates and
 * keys.
 *
 * The supervisor reads the files, the roles never do. A bundle cannot be changed once it is made,
 * and lives as long as somebody has its descriptor.
 */
#ifndef TAYORI_RUNTIME_BUNDLE_H
#define TAYORI_RUNTIME_BUNDLE_H

#include "src/base/err.h"

struct arena;
struct config;
struct runtime_setup;

struct runtime_bundle {
	uint64_t generation;
	struct str config_name, config_text;
	struct str store_socket; /* path of the store's socket for sessions */
	struct str data_directory;
	struct str ticket_key;   /* TLS_TICKET_KEY octets, shared by all session processes */
	struct str certificates; /* see runtime_bundle_read_certificates; empty: none */
};

/*
 * Read the certificates and keys that the listeners of `config` name into one text in `a`, for a
 * bundle. Fails with: ERR_NOTFOUND, ERR_INVALID; the text names the file.
 */
enum err runtime_bundle_read_certificates(struct arena *a, const struct config *config,
                                          struct str *text_r, struct errinfo *info) MUST_USE;

/* Write it into a sealed memfd. Returns owned: close. Fails with: ERR_IO, ERR_LIMIT. */
enum err runtime_bundle_write(const struct runtime_bundle *b, int *fd_r,
                              struct errinfo *info) MUST_USE;

/* Read it back, texts in `a`. Fails with: ERR_IO, ERR_CORRUPT. */
enum err runtime_bundle_read(struct arena *a, int fd, struct runtime_bundle *b_r,
                             struct errinfo *info) MUST_USE;

/*
 * Configuration snapshot and TLS contexts from a bundle. Returns owned: runtime_setup_unref. Fails
 * with: ERR_INVALID.
 */
enum err runtime_bundle_setup(const struct runtime_bundle *b, struct runtime_setup **setup_r,
                              struct errinfo *info) MUST_USE;

#endif
