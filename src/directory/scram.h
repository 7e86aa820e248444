/*
 * SCRAM-SHA-256, the server's side (RFC 5802, RFC 7677): keys, their stored form, and the four
 *messages.
 *
 * Pure functions; who asks for which user, and where the state of an exchange is kept, is the
 *caller's matter. What is stored per user does not allow to log in elsewhere: it holds neither the
 *password nor the ClientKey.
 *
 *	client-first:  n,,n=user,r=cnonce               directory_scram_first_parse
 *	server-first:  r=cnonce+snonce,s=salt,i=count   directory_scram_first_answer
 *	client-final:  c=biws,r=...,p=proof             directory_scram_final_check
 *	server-final:  v=signature                      ... its result
 */
#ifndef TAYORI_DIRECTORY_SCRAM_H
#define TAYORI_DIRECTORY_SCRAM_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;

enum {
	DIRECTORY_SCRAM_KEY_BYTES = 32,
	DIRECTORY_SCRAM_SALT_MAX = 64,
	DIRECTORY_SCRAM_ITERATIONS =
		10000, /* of keys we make; RFC 7677 section 4 asks for 4096 at least */
	DIRECTORY_SCRAM_ITERATIONS_MAX = 10000000, /* of keys we take over from elsewhere */
	DIRECTORY_SCRAM_MESSAGE_MAX = 4096         /* octets of one message of a client */
};

struct directory_scram_keys {
	uint32_t iterations;
	uint32_t salt_n;
	unsigned char salt[DIRECTORY_SCRAM_SALT_MAX];
	unsigned char stored_key[DIRECTORY_SCRAM_KEY_BYTES];
	unsigned char server_key[DIRECTORY_SCRAM_KEY_BYTES];
};

/*
 * Keys of a password (1 to 1024 octets, SASLprep where it applies) with a fresh salt and our
 * iteration count. Costs milliseconds. Fails with: ERR_INVALID (length).
 */
enum err directory_scram_derive(struct str password, struct directory_scram_keys *keys_r) MUST_USE;

/* The same for a given salt and count: for checking a password against keys, and for tests. */
enum err directory_scram_derive_with(struct str password, struct str salt, uint32_t iterations,
                                     struct directory_scram_keys *keys_r) MUST_USE;

/* True when `password` has these keys. Costs what deriving costs; constant-time compare. */
bool directory_scram_fits(struct str password, const struct directory_scram_keys *keys);

/*
 * Keys for a user that does not exist: the same answer each time for the same name under the same
 * `secret`, so that names cannot be told apart (RFC 5802 section 9); no password fits them.
 */
void directory_scram_fake(struct str secret, struct str user, struct directory_scram_keys *keys_r);

/* "{SCRAM-SHA-256}10000,<salt>,<stored key>,<server key>", the form that Dovecot keeps. */
struct str directory_scram_format(struct arena *a, const struct directory_scram_keys *keys);

/*
 * Read that form, or "SCRAM-SHA-256$count:salt$stored:server" (RFC 5803, PostgreSQL), with or
 * without
 * "{SCRAM-SHA-256}" before it. Fails with: ERR_INVALID.
 */
enum err directory_scram_parse(struct str stored, struct directory_scram_keys *keys_r) MUST_USE;

/* What client-first says; views into the message or into the arena. */
struct directory_scram_first {
	char binding; /* 'n' not supported, 'y' supported but not offered to it, 'p' used */
	struct str binding_type;  /* 'p': "tls-exporter" ... */
	struct str gs2_header;    /* up to and with its second comma */
	struct str bare;          /* the message without gs2_header */
	struct str authzid, user; /* with "=2C" and "=3D" decoded */
	struct str nonce;         /* the client's */
};

/* Fails with: ERR_PROTO (malformed, an extension that we must know, too long). */
enum err directory_scram_first_parse(struct arena *a, struct str message,
                                     struct directory_scram_first *first_r) MUST_USE;

/* server-first, with a fresh nonce behind the client's. */
struct str directory_scram_first_answer(struct arena *a, const struct directory_scram_first *first,
                                        const struct directory_scram_keys *keys);

/*
 * Check client-final against what was said before. `binding` is the channel's data when
 * client-first said 'p', else empty. ERR_OK: *server_final_r proves to the client that we know the
 * keys. Fails with: ERR_AUTH (wrong proof or wrong channel), ERR_PROTO (malformed, wrong nonce).
 */
enum err directory_scram_final_check(struct arena *a, const struct directory_scram_first *first,
                                     struct str server_first, struct str message,
                                     struct str binding, const struct directory_scram_keys *keys,
                                     struct str *server_final_r) MUST_USE;

#endif
