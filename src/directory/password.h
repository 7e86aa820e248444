/*
 * Password schemes: checking any stored form, making the one we prefer, and SCRAM keys.
 *
 * A stored secret is text: "$argon2id$...", any crypt(3) form ("$6$", "$y$", "$2b$", "$1$", DES
 * ...), or "{SCHEME}..." as other mail servers write it ({PLAIN}, {SSHA}, {SHA512-CRYPT},
 * {ARGON2ID}, {SCRAM-SHA-256} ...). Passwords are octets, 1 to 1024 of them, never normalised here.
 * Compares take constant time. Checking may take tens of milliseconds: never call it on a session's
 * or a lane's path.
 */
#ifndef TAYORI_DIRECTORY_PASSWORD_H
#define TAYORI_DIRECTORY_PASSWORD_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;

enum {
	DIRECTORY_PASSWORD_MAX_BYTES = 1024
};

/* Hash with argon2id (RFC 9106) and a fresh salt. Fails with: ERR_INVALID (length), ERR_LIMIT
 * (memory). */
enum err directory_password_hash(struct arena *a, struct str password, uint32_t memory_kib,
                                 uint32_t passes, struct str *stored_r) MUST_USE;

/*
 * Check `password` against `stored`. ERR_OK: right; *wants_rehash_r says whether `stored` is weaker
 * or other than what directory_password_hash with these parameters makes. Fails with: ERR_AUTH
 * (wrong), ERR_INVALID (unknown scheme).
 */
enum err directory_password_verify(struct str password, struct str stored, uint32_t memory_kib,
                                   uint32_t passes, bool *wants_rehash_r) MUST_USE;

/* Spend the time of one verification; for users that do not exist. */
void directory_password_waste(struct str password, uint32_t memory_kib, uint32_t passes);

/* Name of the scheme of a stored secret, for people ("argon2id", "sha512-crypt"); never the secret.
 */
const char *directory_password_scheme(struct str stored);

/* True when `stored` is of a scheme we can check. */
bool directory_password_is_known(struct str stored);

#endif
