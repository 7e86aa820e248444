#include <argon2.h>
#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/codec.h"
#include "src/base/must.h"
#include "src/directory/password.h"
#include "src/directory/scheme_priv.h"
#include "src/directory/scram.h"

enum {
	ARGON2_MEMORY_MAX_KIB = 1024 * 1024, /* a foreign secret must not take the machine down */
	ARGON2_PASSES_MAX = 100,
	ARGON2_LANES_MAX = 16,
	PBKDF2_ROUNDS_MAX = 10000000,
	PBKDF2_KEY_BYTES = 20
};

#define DIGEST(name_, shown_, digest_, n_, salted_)                                             \
	{                                                                                       \
		.name = (name_), .shown = (shown_), .kind = SCHEME_DIGEST, .digest = (digest_), \
		.digest_n = (n_), .is_salted = (salted_)                                        \
	}

/* Names as Dovecot, Cyrus (through auxprop) and OpenLDAP write them. "MD5" is settled in
 * scheme_split. */
static const struct scheme schemes[] = {
	{ .name = "PLAIN", .shown = "plain", .kind = SCHEME_PLAIN },
	{ .name = "CLEARTEXT", .shown = "plain", .kind = SCHEME_PLAIN },
	{ .name = "CLEAR", .shown = "plain", .kind = SCHEME_PLAIN },
	{ .name = "CRYPT", .kind = SCHEME_CRYPT },
	{ .name = "DES-CRYPT", .kind = SCHEME_CRYPT },
	{ .name = "MD5-CRYPT", .kind = SCHEME_CRYPT },
	{ .name = "SHA256-CRYPT", .kind = SCHEME_CRYPT },
	{ .name = "SHA512-CRYPT", .kind = SCHEME_CRYPT },
	{ .name = "BLF-CRYPT", .kind = SCHEME_CRYPT },
	{ .name = "ARGON2I", .shown = "argon2i", .kind = SCHEME_ARGON2 },
	{ .name = "ARGON2ID", .shown = "argon2id", .kind = SCHEME_ARGON2 },
	{ .name = "ARGON2", .kind = SCHEME_ARGON2 },
	{ .name = "PBKDF2", .shown = "pbkdf2", .kind = SCHEME_PBKDF2 },
	{ .name = "SCRAM-SHA-256", .shown = "scram-sha-256", .kind = SCHEME_SCRAM },
	DIGEST("SHA", "sha1", "SHA1", 20, false),
	DIGEST("SHA1", "sha1", "SHA1", 20, false),
	DIGEST("SSHA", "salted-sha1", "SHA1", 20, true),
	DIGEST("SHA256", "sha256", "SHA256", 32, false),
	DIGEST("SSHA256", "salted-sha256", "SHA256", 32, true),
	DIGEST("SHA512", "sha512", "SHA512", 64, false),
	DIGEST("SSHA512", "salted-sha512", "SHA512", 64, true),
	DIGEST("MD5", "md5", "MD5", 16, false),
	DIGEST("PLAIN-MD5", "md5", "MD5", 16, false),
	DIGEST("LDAP-MD5", "md5", "MD5", 16, false),
	DIGEST("SMD5", "salted-md5", "MD5", 16, true),
};

static const struct scheme bare_crypt = { .name = "CRYPT", .kind = SCHEME_CRYPT };
static const struct scheme bare_argon2 = { .name = "ARGON2", .kind = SCHEME_ARGON2 };
static const struct scheme bare_scram = { .name = "SCRAM-SHA-256",
	                                  .shown = "scram-sha-256",
	                                  .kind = SCHEME_SCRAM };

/* ---------------------------------------------------------------- taking apart */

/* "{SSHA.b64}": false when the suffix is none we know. */
static bool take_encoding(struct str *name, enum scheme_encoding *encoding_r)
{
	ptrdiff_t dot = str_find(*name, '.');
	struct str suffix;

	*encoding_r = SCHEME_ENCODING_NONE;
	if (dot < 0)
		return true;
	suffix = str_from(*name, (size_t)dot + 1);
	*name = str_first(*name, (size_t)dot);
	if (str_ieq(suffix, STR("B64")) || str_ieq(suffix, STR("BASE64")))
		*encoding_r = SCHEME_ENCODING_BASE64;
	else if (str_ieq(suffix, STR("HEX")))
		*encoding_r = SCHEME_ENCODING_HEX;
	else
		return false;
	return true;
}

static enum err split_named(struct str stored, struct scheme_secret *secret_r)
{
	struct scheme_secret secret = { 0 };
	ptrdiff_t end = str_find(stored, '}');
	struct str name;

	if (end < 0)
		return ERR_INVALID;
	name = str_first(str_from(stored, 1), (size_t)end - 1);
	secret.data = str_from(stored, (size_t)end + 1);
	if (!take_encoding(&name, &secret.encoding))
		return ERR_INVALID;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (str_ieq(name, str_c(schemes[i].name)))
			secret.scheme = &schemes[i];
	if (!secret.scheme)
		return ERR_INVALID;
	/* Dovecot's {MD5} is MD5-CRYPT when it looks so; {CRYPT} may hold argon2 as well. */
	if (str_starts(secret.data, STR("$argon2")) && secret.scheme->kind == SCHEME_CRYPT)
		secret.scheme = &bare_argon2;
	else if (str_ieq(name, STR("MD5")) && str_starts(secret.data, STR("$1$")))
		secret.scheme = &bare_crypt;
	*secret_r = secret;
	return ERR_OK;
}

static bool is_crypt_letter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '.' && c <= '9');
}

/* Traditional DES is 13 of 64 letters, BSDi's extended form an underscore and 19. */
static bool looks_like_des(struct str s)
{
	size_t from = s.n == 20 && s.p[0] == '_' ? 1 : 0;

	if (s.n != 13 && !from)
		return false;
	for (size_t i = from; i < s.n; i++)
		if (!is_crypt_letter(s.p[i]))
			return false;
	return true;
}

enum err scheme_split(struct str stored, struct scheme_secret *secret_r)
{
	const struct scheme *scheme;

	if (!stored.n || stored.n > SCHEME_STORED_MAX_BYTES)
		return ERR_INVALID;
	if (stored.p[0] == '{')
		return split_named(stored, secret_r);
	if (str_starts(stored, STR("$argon2")))
		scheme = &bare_argon2;
	else if (str_istarts(stored, STR("SCRAM-SHA-256$")))
		scheme = &bare_scram;
	else if (stored.p[0] == '$' || looks_like_des(stored))
		scheme = &bare_crypt;
	else
		return ERR_INVALID;
	*secret_r = (struct scheme_secret){ .scheme = scheme, .data = stored };
	return ERR_OK;
}

/* The octets that the data stands for. Digests without a suffix are base64, or hex when their
 * length says so. */
static enum err decode_data(struct arena *a, const struct scheme_secret *secret, struct str *data_r)
{
	enum scheme_encoding encoding = secret->encoding;

	if (secret->scheme->kind == SCHEME_DIGEST && encoding == SCHEME_ENCODING_NONE) {
		encoding = SCHEME_ENCODING_BASE64;
		if (!secret->scheme->is_salted && secret->data.n == 2 * secret->scheme->digest_n)
			encoding = SCHEME_ENCODING_HEX;
	}
	if (encoding == SCHEME_ENCODING_BASE64)
		return codec_base64_decode(a, secret->data, data_r);
	if (encoding == SCHEME_ENCODING_HEX)
		return codec_hex_decode(a, secret->data, data_r);
	*data_r = secret->data;
	return ERR_OK;
}

/* ---------------------------------------------------------------- crypt(3) */

const char *scheme_crypt_name(struct str text)
{
	static const struct {
		const char *prefix, *name;
	} names[] = {
		{ "$1$", "md5-crypt" },     { "$2", "bcrypt" },          { "$3$", "nt" },
		{ "$5$", "sha256-crypt" },  { "$6$", "sha512-crypt" },   { "$7$", "scrypt" },
		{ "$y$", "yescrypt" },      { "$gy$", "gost-yescrypt" }, { "$md5", "sun-md5" },
		{ "$sha1$", "sha1-crypt" }, { "_", "bsdi-des-crypt" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_starts(text, str_c(names[i].prefix)))
			return names[i].name;
	return text.n && text.p[0] == '$' ? "crypt" : "des-crypt";
}

static bool is_crypt_setting(struct arena *a, struct str data)
{
	char *text = data.n ? str_dup_c(a, data) : NULL;
	int verdict;

	if (!text)
		return false;
	/* Weak methods are accepted, they are what people move away from. */
	verdict = crypt_checksalt(text);
	return verdict == CRYPT_SALT_OK || verdict == CRYPT_SALT_METHOD_LEGACY ||
	       verdict == CRYPT_SALT_TOO_CHEAP;
}

static enum err check_crypt(struct arena *a, struct str password, struct str data)
{
	char phrase[DIRECTORY_PASSWORD_MAX_BYTES + 1];
	enum err err = ERR_AUTH;
	struct crypt_data *work;
	const char *made;

	if (!is_crypt_setting(a, data))
		return ERR_INVALID;
	/* crypt(3) takes C strings of at most 511 octets: other passwords can never have been set
	 * in such a form. */
	if (str_find(password, 0) >= 0 || password.n >= CRYPT_MAX_PASSPHRASE_SIZE)
		return ERR_AUTH;
	memcpy(phrase, password.p, password.n);
	phrase[password.n] = 0;
	work = calloc(1, sizeof(*work));
	must(work && "out of memory");
	made = crypt_r(phrase, str_dup_c(a, data), work);
	if (made && made[0] != '*' && str_eq_secret(str_c(made), data))
		err = ERR_OK;
	OPENSSL_cleanse(phrase, sizeof(phrase));
	OPENSSL_cleanse(work, sizeof(*work));
	free(work);
	return err;
}

/* ---------------------------------------------------------------- argon2 */

static bool take_number(struct str *rest, struct str name, unsigned char end, uint64_t *value_r)
{
	struct str part;

	if (!str_cut(rest, end, &part) || !str_starts(part, name))
		return false;
	return str_to_u64(str_from(part, name.n), UINT32_MAX, value_r);
}

bool scheme_argon2_parse(struct str text, struct scheme_argon2 *r)
{
	struct scheme_argon2 got = { 0 };
	struct str rest = text, part;
	uint64_t version;

	if (!str_cut(&rest, '$', &part) || part.n || !str_cut(&rest, '$', &part))
		return false;
	if (!str_eq(part, STR("argon2id")) && !str_eq(part, STR("argon2i")) &&
	    !str_eq(part, STR("argon2d")))
		return false;
	got.is_id = str_eq(part, STR("argon2id"));
	/* Texts of version 16 (1.0) carry no "v=". */
	if (str_starts(rest, STR("v=")) && !take_number(&rest, STR("v="), '$', &version))
		return false;
	if (!take_number(&rest, STR("m="), ',', &got.memory_kib) ||
	    !take_number(&rest, STR("t="), ',', &got.passes) ||
	    !take_number(&rest, STR("p="), '$', &got.lanes))
		return false;
	*r = got;
	return true;
}

static bool is_argon2_usable(struct str data)
{
	struct scheme_argon2 cost;

	return scheme_argon2_parse(data, &cost) && cost.memory_kib <= ARGON2_MEMORY_MAX_KIB &&
	       cost.passes <= ARGON2_PASSES_MAX && cost.lanes && cost.lanes <= ARGON2_LANES_MAX;
}

static enum err check_argon2(struct arena *a, struct str password, struct str data)
{
	char *text = str_dup_c(a, data);
	argon2_type type = Argon2_id;
	int rc;

	if (!text || !is_argon2_usable(data))
		return ERR_INVALID;
	if (str_starts(data, STR("$argon2i$")))
		type = Argon2_i;
	else if (str_starts(data, STR("$argon2d$")))
		type = Argon2_d;
	rc = argon2_verify(text, password.p, password.n, type);
	if (rc == ARGON2_OK)
		return ERR_OK;
	if (rc == ARGON2_MEMORY_ALLOCATION_ERROR || rc == ARGON2_THREAD_FAIL)
		return ERR_LIMIT;
	return rc == ARGON2_VERIFY_MISMATCH ? ERR_AUTH : ERR_INVALID;
}

/* ---------------------------------------------------------------- digests */

static enum err check_digest(struct str password, const struct scheme *scheme, struct str data)
{
	unsigned char made[EVP_MAX_MD_SIZE];
	unsigned int made_n = 0;
	EVP_MD_CTX *ctx;
	int ok;

	if (scheme->is_salted ? data.n < scheme->digest_n : data.n != scheme->digest_n)
		return ERR_INVALID;
	ctx = EVP_MD_CTX_new();
	must(ctx && "out of memory");
	ok = EVP_DigestInit_ex(ctx, EVP_get_digestbyname(scheme->digest), NULL) &&
	     EVP_DigestUpdate(ctx, password.p, password.n) &&
	     EVP_DigestUpdate(ctx, data.p + scheme->digest_n, data.n - scheme->digest_n) &&
	     EVP_DigestFinal_ex(ctx, made, &made_n);
	EVP_MD_CTX_free(ctx);
	if (!ok || made_n != scheme->digest_n)
		return ERR_INVALID;
	return str_eq_secret(str_make(made, made_n), str_first(data, made_n)) ? ERR_OK : ERR_AUTH;
}

/* Dovecot's form: "$1$" salt "$" rounds "$" hexadecimal key; PBKDF2 with HMAC-SHA1, the salt as it
 * is written. */
struct pbkdf2 {
	struct str salt;
	uint64_t rounds;
	unsigned char key[PBKDF2_KEY_BYTES];
};

static bool parse_pbkdf2(struct arena *a, struct str data, struct pbkdf2 *r)
{
	struct str rounds, key;

	if (!str_starts(data, STR("$1$")))
		return false;
	data = str_from(data, 3);
	if (!str_cut(&data, '$', &r->salt) || !r->salt.n || !str_cut(&data, '$', &rounds))
		return false;
	if (!str_to_u64(rounds, PBKDF2_ROUNDS_MAX, &r->rounds) || !r->rounds)
		return false;
	if (codec_hex_decode(a, data, &key) || key.n != sizeof(r->key))
		return false;
	memcpy(r->key, key.p, key.n);
	return true;
}

static enum err check_pbkdf2(struct arena *a, struct str password, struct str data)
{
	unsigned char made[PBKDF2_KEY_BYTES];
	struct pbkdf2 want;

	if (!parse_pbkdf2(a, data, &want))
		return ERR_INVALID;
	must(PKCS5_PBKDF2_HMAC((const char *)password.p, (int)password.n, want.salt.p,
	                       (int)want.salt.n, (int)want.rounds, EVP_sha1(), sizeof(made),
	                       made) == 1);
	return str_eq_secret(str_make(made, sizeof(made)), str_make(want.key, sizeof(want.key)))
	               ? ERR_OK
	               : ERR_AUTH;
}

static enum err check_scram(struct str password, struct str data)
{
	struct directory_scram_keys keys;

	if (directory_scram_parse(data, &keys))
		return ERR_INVALID;
	return directory_scram_fits(password, &keys) ? ERR_OK : ERR_AUTH;
}

/* ---------------------------------------------------------------- all of them */

bool scheme_is_usable(struct arena *a, const struct scheme_secret *secret)
{
	struct directory_scram_keys keys;
	struct pbkdf2 pbkdf2;
	struct str data;

	if (decode_data(a, secret, &data) || !data.n)
		return false;
	switch (secret->scheme->kind) {
	case SCHEME_PLAIN:
		return data.n <= DIRECTORY_PASSWORD_MAX_BYTES;
	case SCHEME_CRYPT:
		return is_crypt_setting(a, data);
	case SCHEME_ARGON2:
		return is_argon2_usable(data);
	case SCHEME_DIGEST:
		return secret->scheme->is_salted ? data.n >= secret->scheme->digest_n
		                                 : data.n == secret->scheme->digest_n;
	case SCHEME_PBKDF2:
		return parse_pbkdf2(a, data, &pbkdf2);
	case SCHEME_SCRAM:
		return !directory_scram_parse(data, &keys);
	}
	return false;
}

enum err scheme_check(struct arena *a, struct str password, const struct scheme_secret *secret)
{
	struct str data;

	if (decode_data(a, secret, &data) || !data.n)
		return ERR_INVALID;
	switch (secret->scheme->kind) {
	case SCHEME_PLAIN:
		return str_eq_secret(password, data) ? ERR_OK : ERR_AUTH;
	case SCHEME_CRYPT:
		return check_crypt(a, password, data);
	case SCHEME_ARGON2:
		return check_argon2(a, password, data);
	case SCHEME_DIGEST:
		return check_digest(password, secret->scheme, data);
	case SCHEME_PBKDF2:
		return check_pbkdf2(a, password, data);
	case SCHEME_SCRAM:
		return check_scram(password, data);
	}
	return ERR_INVALID;
}
