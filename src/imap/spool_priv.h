/*
 * The messages of one APPEND while they arrive, one behind the other: in memory up to
 * IMAP_SPOOL_MEMORY octets, above that in a memfd that is sealed at the end, so that it can be
 * passed to the store without a copy. The size is reserved from the process's spool when it is
 * announced, and given back with the arena.
 */
#ifndef TAYORI_IMAP_SPOOL_PRIV_H
#define TAYORI_IMAP_SPOOL_PRIV_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;
struct imap_spool;
struct session_host;

enum {
	IMAP_SPOOL_MEMORY = 256 * 1024
};

/* Ready for `size` octets; lives as long as `a`. `host` NULL: not counted. Fails with: ERR_LIMIT
 * (spool full), ERR_IO. */
enum err imap_spool_open(struct arena *a, const struct session_host *host, uint64_t size,
                         struct imap_spool **spool_r) MUST_USE;

/* Room for `size` octets more. Fails with: ERR_LIMIT, ERR_IO. */
enum err imap_spool_extend(struct imap_spool *spool, uint64_t size) MUST_USE;

/* The next octets; never more in all than announced. Fails with: ERR_IO. */
enum err imap_spool_write(struct imap_spool *spool, struct str octets) MUST_USE;

/* All of it, readable as long as the arena lives; `*fd_r` is the sealed file or -1. Fails with:
 * ERR_IO. */
enum err imap_spool_finish(struct imap_spool *spool, struct str *octets_r, int *fd_r) MUST_USE;

#endif
