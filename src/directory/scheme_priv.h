/*
 * The schemes a stored password may be written in, as one table; private to this room.
 *
 * scheme_split takes the "{NAME.encoding}" from the front of a stored secret, or recognises a form
 * that names itself
 * ("$6$...", "$argon2id$...", traditional DES), and scheme_check compares a password with what is
 * left.
 */
#ifndef TAYORI_DIRECTORY_SCHEME_PRIV_H
#define TAYORI_DIRECTORY_SCHEME_PRIV_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;

enum {
	SCHEME_STORED_MAX_BYTES = 4096
};

enum scheme_kind {
	SCHEME_PLAIN,
	SCHEME_CRYPT,
	SCHEME_ARGON2,
	SCHEME_DIGEST,
	SCHEME_PBKDF2,
	SCHEME_SCRAM
};

enum scheme_encoding {
	SCHEME_ENCODING_NONE,
	SCHEME_ENCODING_BASE64,
	SCHEME_ENCODING_HEX
};

struct scheme {
	const char *name;  /* as written between braces */
	const char *shown; /* for people; NULL: found from the secret itself */
	enum scheme_kind kind;
	const char *digest; /* SCHEME_DIGEST: OpenSSL's name */
	size_t digest_n;
	bool is_salted; /* SCHEME_DIGEST: octets behind the digest are the salt */
};

/* A stored secret taken apart; `data` is a view into it. */
struct scheme_secret {
	const struct scheme *scheme;
	enum scheme_encoding encoding;
	struct str data;
};

/* Fails with: ERR_INVALID (no scheme of ours). */
enum err scheme_split(struct str stored, struct scheme_secret *secret_r) MUST_USE;

/* True when the secret is one that scheme_check can compare with. */
bool scheme_is_usable(struct arena *a, const struct scheme_secret *secret);

/* Fails with: ERR_AUTH (wrong), ERR_INVALID (the secret is malformed), ERR_LIMIT (no memory for
 * it). */
enum err scheme_check(struct arena *a, struct str password,
                      const struct scheme_secret *secret) MUST_USE;

/* Cost parameters of an argon2 text ("$argon2id$v=19$m=...,t=...,p=...$..."); false when it is
 * malformed. */
struct scheme_argon2 {
	bool is_id;
	uint64_t memory_kib, passes, lanes;
};
bool scheme_argon2_parse(struct str text, struct scheme_argon2 *r);

/* What a crypt(3) text is called by people ("sha512-crypt"). */
const char *scheme_crypt_name(struct str text);

#endif
