/*
 * The octets of one message while it is received: in memory while it is small, in a sealed memfd
 * when it is not.
 *
 * Memory doubles up to SMTP_BODY_MEMORY_MAX, then everything goes to a memfd. All of it is reserved
 * with the process's spool first (limits.spool_max_bytes), so that many large messages at once
 * cannot use up the machine.
 */
#ifndef TAYORI_SMTP_BODY_PRIV_H
#define TAYORI_SMTP_BODY_PRIV_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;
struct session_host;

enum {
	SMTP_BODY_MEMORY_MIN = 8192,
	SMTP_BODY_MEMORY_MAX = 262144
};

struct smtp_body {
	const struct session_host *host;
	unsigned char *p; /* in memory: the octets; sealed memfd: its mapping */
	size_t room;
	int fd; /* -1: in memory */
	bool is_sealed;
	uint64_t n; /* octets */
	uint64_t reserved;
};

/* Empty; what it will hold is given back when `a` ends. `expected` octets, 0: unknown. */
void smtp_body_init(struct smtp_body *b, struct arena *a, const struct session_host *host,
                    uint64_t expected);

/* Append. Fails with: ERR_TEMP (the spool is full), ERR_IO. */
enum err smtp_body_add(struct smtp_body *b, struct str octets) MUST_USE;

/* No more comes: seals a memfd and maps it. The octets are valid until the arena ends. Fails with:
 * ERR_IO. */
enum err smtp_body_seal(struct smtp_body *b, struct str *octets_r) MUST_USE;

/* Throw the octets away now; the body stays usable, empty. */
void smtp_body_drop(struct smtp_body *b);

#endif
