/*
 * SASLprep (RFC 4013): the form of a password in which SCRAM compares it.
 *
 * Passwords are octets here, and most are ASCII, which SASLprep leaves alone. Where the profile
 * cannot be applied (octets that are no UTF-8, prohibited characters, mixed directions) the octets
 * stay as they are: both the making and the checking of keys come through this one function, so
 * they agree.
 */
#ifndef TAYORI_DIRECTORY_SASLPREP_H
#define TAYORI_DIRECTORY_SASLPREP_H

#include "src/base/str.h"

/* Room that the prepared form of the longest password can need; NFKC may lengthen a text. */
enum {
	DIRECTORY_SASLPREP_MAX_BYTES = 24576
};

/*
 * Prepare `octets` (at most 1024) into `room`, DIRECTORY_SASLPREP_MAX_BYTES long and wiped by the
 * caller; a view of the result, in `room` or of `octets` itself. Unassigned characters are let
 * through (RFC 3454, "query").
 */
struct str directory_saslprep_apply(struct str octets, unsigned char *room)
	__attribute__((nonnull));

#endif
