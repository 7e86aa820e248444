/*
 * The digest of APOP (RFC 1939 section 7): MD5 of a timestamp and a secret that both sides know.
 */
#ifndef TAYORI_DIRECTORY_APOP_H
#define TAYORI_DIRECTORY_APOP_H

#include "src/base/str.h"

enum {
	DIRECTORY_APOP_DIGEST_CHARS = 32
};

/* In lower-case hexadecimal, as it is sent, and a NUL. */
void directory_apop_digest(struct str timestamp, struct str secret,
                           char digest_r[DIRECTORY_APOP_DIGEST_CHARS + 1]);

#endif
