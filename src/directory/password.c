#include "src/directory/password.h"

#include <argon2.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/base/random.h"
#include "src/directory/scheme_priv.h"

enum {
	SALT_BYTES = 16,
	HASH_BYTES = 32,
	LANES = 1, /* one core a log-in: many log-ins run side by side */
	ENCODED_MAX = 256
};

static bool is_length_valid(struct str password)
{
	return password.n && password.n <= DIRECTORY_PASSWORD_MAX_BYTES;
}

enum err directory_password_hash(struct arena *a, struct str password, uint32_t memory_kib,
                                 uint32_t passes, struct str *stored_r)
{
	unsigned char salt[SALT_BYTES];
	char encoded[ENCODED_MAX];
	int rc;

	if (!is_length_valid(password))
		return ERR_INVALID;
	random_fill(salt, sizeof(salt));
	rc = argon2id_hash_encoded(passes, memory_kib, LANES, password.p, password.n, salt,
	                           sizeof(salt), HASH_BYTES, encoded, sizeof(encoded));
	if (rc == ARGON2_MEMORY_ALLOCATION_ERROR)
		return ERR_LIMIT;
	if (rc != ARGON2_OK)
		return ERR_INVALID;
	*stored_r = str_dup(a, str_c(encoded));
	return ERR_OK;
}

/* Other than what we make now, or weaker. Stronger argon2id is left alone. */
static bool is_weaker(const struct scheme_secret *secret, uint32_t memory_kib, uint32_t passes)
{
	struct scheme_argon2 cost;

	if (secret->scheme->kind != SCHEME_ARGON2 || secret->encoding != SCHEME_ENCODING_NONE)
		return true;
	if (!scheme_argon2_parse(secret->data, &cost) || !cost.is_id)
		return true;
	return cost.memory_kib < memory_kib || cost.passes < passes;
}

enum err directory_password_verify(struct str password, struct str stored, uint32_t memory_kib,
                                   uint32_t passes, bool *wants_rehash_r)
{
	struct scheme_secret secret;
	struct arena *a;
	enum err err;

	if (scheme_split(stored, &secret))
		return ERR_INVALID;
	if (!is_length_valid(password))
		return ERR_AUTH;
	a = arena_new(NULL);
	err = scheme_check(a, password, &secret);
	arena_free(&a);
	if (!err)
		*wants_rehash_r = is_weaker(&secret, memory_kib, passes);
	return err;
}

void directory_password_waste(struct str password, uint32_t memory_kib, uint32_t passes)
{
	static const unsigned char salt[SALT_BYTES];
	unsigned char hash[HASH_BYTES];

	/* A password of a forbidden length costs nothing for users that exist either. */
	if (!is_length_valid(password))
		return;
	(void)argon2id_hash_raw(passes, memory_kib, LANES, password.p, password.n, salt,
	                        sizeof(salt), hash, sizeof(hash));
	OPENSSL_cleanse(hash, sizeof(hash));
}

const char *directory_password_scheme(struct str stored)
{
	struct scheme_secret secret;

	if (!stored.n)
		return "none";
	if (scheme_split(stored, &secret))
		return "unknown";
	if (secret.scheme->shown)
		return secret.scheme->shown;
	if (secret.scheme->kind == SCHEME_ARGON2)
		return str_starts(secret.data, STR("$argon2id$"))  ? "argon2id"
		       : str_starts(secret.data, STR("$argon2i$")) ? "argon2i"
		                                                   : "argon2d";
	return secret.encoding == SCHEME_ENCODING_NONE ? scheme_crypt_name(secret.data) : "crypt";
}

bool directory_password_is_known(struct str stored)
{
	struct scheme_secret secret;
	struct arena *a;
	bool is_known;

	if (scheme_split(stored, &secret))
		return false;
	a = arena_new(NULL);
	is_known = scheme_is_usable(a, &secret);
	arena_free(&a);
	return is_known;
}
