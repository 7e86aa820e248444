#include "src/directory/scram.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/codec.h"
#include "src/base/must.h"
#include "src/base/random.h"
#include "src/directory/password.h"
#include "src/directory/saslprep.h"

enum {
	KEY = DIRECTORY_SCRAM_KEY_BYTES,
	SALT_BYTES = 16,
	NONCE_BYTES = 18, /* 24 characters of base64, no padding */
	NONCE_MAX = 512,
	STORED_MAX = 512
};

static struct str key_str(const unsigned char key[KEY])
{
	return str_make(key, KEY);
}

static void hmac(struct str key, struct str data, unsigned char out[KEY])
{
	unsigned int n = KEY;

	must(HMAC(EVP_sha256(), key.p ? key.p : (const unsigned char *)"", (int)key.n, data.p,
	          data.n, out, &n));
	must(n == KEY);
}

/* RFC 5802 section 3: SaltedPassword, ClientKey, StoredKey, ServerKey. */
enum err directory_scram_derive_with(struct str password, struct str salt, uint32_t iterations,
                                     struct directory_scram_keys *keys_r)
{
	unsigned char salted[KEY], client_key[KEY];
	unsigned char *room;
	struct str prepared;

	if (!password.n || password.n > DIRECTORY_PASSWORD_MAX_BYTES)
		return ERR_INVALID;
	if (!salt.n || salt.n > DIRECTORY_SCRAM_SALT_MAX || !iterations ||
	    iterations > DIRECTORY_SCRAM_ITERATIONS_MAX)
		return ERR_INVALID;
	room = malloc(DIRECTORY_SASLPREP_MAX_BYTES);
	must(room && "out of memory");
	prepared = directory_saslprep_apply(password, room);
	must(PKCS5_PBKDF2_HMAC((const char *)prepared.p, (int)prepared.n, salt.p, (int)salt.n,
	                       (int)iterations, EVP_sha256(), KEY, salted) == 1);
	OPENSSL_cleanse(room, DIRECTORY_SASLPREP_MAX_BYTES);
	free(room);

	hmac(key_str(salted), STR("Client Key"), client_key);
	*keys_r = (struct directory_scram_keys){ .iterations = iterations,
		                                 .salt_n = (uint32_t)salt.n };
	memcpy(keys_r->salt, salt.p, salt.n);
	SHA256(client_key, KEY, keys_r->stored_key);
	hmac(key_str(salted), STR("Server Key"), keys_r->server_key);
	OPENSSL_cleanse(salted, sizeof(salted));
	OPENSSL_cleanse(client_key, sizeof(client_key));
	return ERR_OK;
}

enum err directory_scram_derive(struct str password, struct directory_scram_keys *keys_r)
{
	unsigned char salt[SALT_BYTES];

	random_fill(salt, sizeof(salt));
	return directory_scram_derive_with(password, str_make(salt, sizeof(salt)),
	                                   DIRECTORY_SCRAM_ITERATIONS, keys_r);
}

bool directory_scram_fits(struct str password, const struct directory_scram_keys *keys)
{
	struct directory_scram_keys mine;
	bool is_equal;

	if (directory_scram_derive_with(password, str_make(keys->salt, keys->salt_n),
	                                keys->iterations, &mine))
		return false;
	is_equal = str_eq_secret(key_str(mine.stored_key), key_str(keys->stored_key));
	OPENSSL_cleanse(&mine, sizeof(mine));
	return is_equal;
}

void directory_scram_fake(struct str secret, struct str user, struct directory_scram_keys *keys_r)
{
	unsigned char named[KEY], salt[KEY];

	hmac(secret, user, named);
	hmac(key_str(named), STR("salt"), salt);
	*keys_r = (struct directory_scram_keys){ .iterations = DIRECTORY_SCRAM_ITERATIONS,
		                                 .salt_n = SALT_BYTES };
	memcpy(keys_r->salt, salt, SALT_BYTES);
	/* Hash values nobody knows a pre-image of. */
	hmac(key_str(named), STR("stored"), keys_r->stored_key);
	hmac(key_str(named), STR("server"), keys_r->server_key);
}

struct str directory_scram_format(struct arena *a, const struct directory_scram_keys *keys)
{
	struct str salt = codec_base64_encode(a, str_make(keys->salt, keys->salt_n));
	struct str stored = codec_base64_encode(a, key_str(keys->stored_key));
	struct str server = codec_base64_encode(a, key_str(keys->server_key));

	return str_printf(a, "{SCRAM-SHA-256}%u,%.*s,%.*s,%.*s", (unsigned int)keys->iterations,
	                  STR_ARG(salt), STR_ARG(stored), STR_ARG(server));
}

static bool read_key(struct arena *a, struct str text, unsigned char key_r[KEY])
{
	struct str octets;

	if (codec_base64_decode(a, text, &octets) || octets.n != KEY)
		return false;
	memcpy(key_r, octets.p, KEY);
	return true;
}

static enum err parse_stored(struct arena *a, struct str rest, struct directory_scram_keys *keys_r)
{
	struct directory_scram_keys keys = { 0 };
	struct str count, salt, stored, octets;
	unsigned char between = ',', inner = ',';
	uint64_t iterations;

	if (str_istarts(rest, STR("SCRAM-SHA-256$"))) {
		rest = str_from(rest, STR("SCRAM-SHA-256$").n);
		between = '$';
		inner = ':';
	}
	if (!str_cut(&rest, inner, &count) || !str_cut(&rest, between, &salt) ||
	    !str_cut(&rest, inner, &stored))
		return ERR_INVALID;
	if (!str_to_u64(count, DIRECTORY_SCRAM_ITERATIONS_MAX, &iterations) || !iterations)
		return ERR_INVALID;
	if (codec_base64_decode(a, salt, &octets) || !octets.n || octets.n > sizeof(keys.salt))
		return ERR_INVALID;
	keys.iterations = (uint32_t)iterations;
	keys.salt_n = (uint32_t)octets.n;
	memcpy(keys.salt, octets.p, octets.n);
	if (!read_key(a, stored, keys.stored_key) || !read_key(a, rest, keys.server_key))
		return ERR_INVALID;
	*keys_r = keys;
	return ERR_OK;
}

enum err directory_scram_parse(struct str stored, struct directory_scram_keys *keys_r)
{
	struct arena *a;
	enum err err;

	if (str_istarts(stored, STR("{SCRAM-SHA-256}")))
		stored = str_from(stored, STR("{SCRAM-SHA-256}").n);
	if (stored.n > STORED_MAX)
		return ERR_INVALID;
	a = arena_new(NULL);
	err = parse_stored(a, stored, keys_r);
	arena_free(&a);
	return err;
}

/* ---------------------------------------------------------------- messages */

/* RFC 5802 section 7: saslname, where "=2C" stands for a comma and "=3D" for an equals sign. */
static bool decode_name(struct arena *a, struct str text, struct str *name_r)
{
	unsigned char *out = arena_alloc(a, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != '=') {
			out[n++] = text.p[i];
			continue;
		}
		if (str_starts(str_from(text, i), STR("=2C")))
			out[n++] = ',';
		else if (str_starts(str_from(text, i), STR("=3D")))
			out[n++] = '=';
		else
			return false;
		i += 2;
	}
	*name_r = str_make(out, n);
	return n > 0;
}

/* printable = %x21-2B / %x2D-7E (anything but the comma). */
static bool is_printable(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x21 || s.p[i] > 0x7e || s.p[i] == ',')
			return false;
	return s.n > 0;
}

/* The value of the next attribute when its letter is `name`. */
static bool take_attribute(struct str *rest, char name, struct str *value_r)
{
	struct str part;

	str_cut(rest, ',', &part);
	if (part.n < 2 || part.p[0] != (unsigned char)name || part.p[1] != '=')
		return false;
	*value_r = str_from(part, 2);
	return true;
}

/* gs2-header = gs2-cbind-flag "," [ authzid ] "," */
static bool parse_gs2(struct arena *a, struct str *rest, struct directory_scram_first *first)
{
	struct str flag, authzid;

	if (!str_cut(rest, ',', &flag) || !str_cut(rest, ',', &authzid))
		return false;
	if (str_starts(flag, STR("p="))) {
		first->binding = 'p';
		first->binding_type = str_from(flag, 2);
		if (!is_printable(first->binding_type))
			return false;
	} else if (str_eq(flag, STR("n")) || str_eq(flag, STR("y"))) {
		first->binding = (char)flag.p[0];
	} else {
		return false;
	}
	if (!authzid.n)
		return true;
	return str_starts(authzid, STR("a=")) &&
	       decode_name(a, str_from(authzid, 2), &first->authzid);
}

enum err directory_scram_first_parse(struct arena *a, struct str message,
                                     struct directory_scram_first *first_r)
{
	struct directory_scram_first first = { 0 };
	struct str rest = message, user;

	if (message.n > DIRECTORY_SCRAM_MESSAGE_MAX || !str_is_utf8(message) ||
	    str_find(message, 0) >= 0)
		return ERR_PROTO;
	if (!parse_gs2(a, &rest, &first))
		return ERR_PROTO;
	first.gs2_header = str_first(message, message.n - rest.n);
	first.bare = rest;
	/* "m=", an extension that must be understood, would stand here: it fails as it must. */
	if (!take_attribute(&rest, 'n', &user) || !decode_name(a, user, &first.user))
		return ERR_PROTO;
	if (!take_attribute(&rest, 'r', &first.nonce) || !is_printable(first.nonce) ||
	    first.nonce.n > NONCE_MAX)
		return ERR_PROTO;
	*first_r = first;
	return ERR_OK;
}

struct str directory_scram_first_answer(struct arena *a, const struct directory_scram_first *first,
                                        const struct directory_scram_keys *keys)
{
	unsigned char octets[NONCE_BYTES];
	struct str nonce, salt;

	random_fill(octets, sizeof(octets));
	nonce = codec_base64_encode(a, str_make(octets, sizeof(octets)));
	salt = codec_base64_encode(a, str_make(keys->salt, keys->salt_n));
	return str_printf(a, "r=%.*s%.*s,s=%.*s,i=%u", STR_ARG(first->nonce), STR_ARG(nonce),
	                  STR_ARG(salt), (unsigned int)keys->iterations);
}

static struct str join(struct arena *a, struct str one, struct str two)
{
	unsigned char *p = arena_alloc(a, one.n + two.n + 1);

	if (one.n)
		memcpy(p, one.p, one.n);
	if (two.n)
		memcpy(p + one.n, two.p, two.n);
	return str_make(p, one.n + two.n);
}

/* The proof is ClientKey XOR HMAC(StoredKey, AuthMessage); H(ClientKey) must be StoredKey. */
static bool proof_fits(struct str proof, struct str auth_message,
                       const struct directory_scram_keys *keys)
{
	unsigned char signature[KEY], client_key[KEY], hash[KEY];
	bool fits;

	if (proof.n != KEY)
		return false;
	hmac(key_str(keys->stored_key), auth_message, signature);
	for (size_t i = 0; i < KEY; i++)
		client_key[i] = proof.p[i] ^ signature[i];
	SHA256(client_key, KEY, hash);
	fits = str_eq_secret(key_str(hash), key_str(keys->stored_key));
	OPENSSL_cleanse(client_key, sizeof(client_key));
	return fits;
}

enum err directory_scram_final_check(struct arena *a, const struct directory_scram_first *first,
                                     struct str server_first, struct str message,
                                     struct str binding, const struct directory_scram_keys *keys,
                                     struct str *server_final_r)
{
	struct str rest = message, binding_text, nonce, want_nonce, proof, auth_message;
	ptrdiff_t at_proof = str_search(message, STR(",p="));
	unsigned char signature[KEY];

	if (message.n > DIRECTORY_SCRAM_MESSAGE_MAX || at_proof < 0)
		return ERR_PROTO;
	if (!take_attribute(&rest, 'c', &binding_text) || !take_attribute(&rest, 'r', &nonce))
		return ERR_PROTO;
	rest = server_first;
	must(take_attribute(&rest, 'r', &want_nonce));
	if (!str_eq_secret(nonce, want_nonce))
		return ERR_PROTO;
	/* Extensions may stand between the nonce and the proof, which is last. */
	if (codec_base64_decode(a, str_from(message, (size_t)at_proof + 3), &proof))
		return ERR_PROTO;

	auth_message = join(a, first->bare, STR(","));
	auth_message = join(a, auth_message, server_first);
	auth_message = join(a, auth_message, STR(","));
	auth_message = join(a, auth_message, str_first(message, (size_t)at_proof));
	if (!proof_fits(proof, auth_message, keys))
		return ERR_AUTH;
	/* RFC 5802 section 5.1: "c" repeats the GS2 header, and the channel's data after 'p'. */
	if (first->binding == 'p' && !binding.n)
		return ERR_AUTH;
	if (!str_eq_secret(binding_text,
	                   codec_base64_encode(a, join(a, first->gs2_header, binding))))
		return ERR_AUTH;
	hmac(key_str(keys->server_key), auth_message, signature);
	*server_final_r = str_printf(a, "v=%.*s",
	                             STR_ARG(codec_base64_encode(a, key_str(signature))));
	return ERR_OK;
}
