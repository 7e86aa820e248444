/*
 * Grants and seals: what the store gives to its callers and recognises again without remembering
 * it.
 *
 * A grant is an HMAC-SHA256 over the account, the process it was given to and its end, with a key
 * that is kept in `meta`. Sealed blobs are AES-256-GCM with keys derived from the same one.
 */
#include <endian.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/base/random.h"
#include "src/store/auth_priv.h"
#include "src/store/engine_state_priv.h"

/* A session may last for weeks; the state of its account is checked on every verb anyway. */
#define GRANT_LIFE_MS ((uint64_t)30 * 86400 * 1000)
#define SEAL_MAC_BYTES 32
#define NONCE_BYTES 12
#define TAG_BYTES 16
#define SEALED_MAX (64u << 10)

static void hmac(const unsigned char key[ENGINE_KEY_BYTES], struct str s,
                 unsigned char out[SEAL_MAC_BYTES])
{
	unsigned int n = SEAL_MAC_BYTES;
	must(HMAC(EVP_sha256(), key, ENGINE_KEY_BYTES, s.p, s.n, out, &n) != NULL);
	must(n == SEAL_MAC_BYTES);
}

static void seal_grant(const struct store_engine *engine, const struct store_grant *grant,
                       uint64_t process, unsigned char out[SEAL_MAC_BYTES])
{
	struct {
		char use[8];
		uint64_t account_id, expires_ms, process;
	} text = { "grant 1", htole64(grant->account_id), htole64(grant->expires_ms),
		   htole64(process) };

	hmac(engine->key, str_make(&text, sizeof(text)), out);
}

struct store_grant engine_grant_make(struct store_engine *engine, struct arena *a,
                                     uint64_t account_id, uint64_t caller_process)
{
	must(account_id != 0);
	struct store_grant grant = {
		.account_id = account_id,
		.expires_ms = (uint64_t)clock_wall_ms() + GRANT_LIFE_MS,
	};
	unsigned char mac[SEAL_MAC_BYTES];
	seal_grant(engine, &grant, caller_process, mac);
	grant.seal = str_dup(a, str_make(mac, sizeof(mac)));
	return grant;
}

struct store_grant op_make_grant(struct op *op, uint64_t account_id)
{
	return engine_grant_make(op->engine, op->a, account_id, op->caller_process);
}

enum err op_check_grant(struct op *op, const struct store_grant *grant, uint64_t *account_id_r)
{
	if (!grant->account_id)
		return err_set(op->info, ERR_DENIED, "no grant");
	if (op->caller == STORE_CALLER_ADMIN && !grant->seal.n) {
		*account_id_r = grant->account_id;
		return ERR_OK;
	}
	unsigned char mac[SEAL_MAC_BYTES];
	seal_grant(op->engine, grant, op->caller_process, mac);
	if (!str_eq_secret(grant->seal, str_make(mac, sizeof(mac))))
		return err_set(op->info, ERR_DENIED, "not a grant of this store and process");
	if (grant->expires_ms < (uint64_t)op->now_ms)
		return err_set(op->info, ERR_DENIED, "the grant has expired");
	*account_id_r = grant->account_id;
	return ERR_OK;
}

/* ---------------------------------------------------------------- seals */

void engine_derive_key(struct store_engine *engine, struct str label, unsigned char key_r[32])
{
	struct arena *a = arena_new(NULL);
	hmac(engine->key, str_printf(a, "derive 1 %.*s", STR_ARG(label)), key_r);
	arena_free(&a);
}

struct str engine_seal(struct store_engine *engine, struct arena *a, struct str label,
                       struct str plain)
{
	must(plain.n <= SEALED_MAX);
	unsigned char key[32];
	engine_derive_key(engine, label, key);
	unsigned char *out = arena_alloc(a, NONCE_BYTES + plain.n + TAG_BYTES);
	random_fill(out, NONCE_BYTES);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	must(ctx != NULL);
	int n = 0, rest = 0;
	must(EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, out) == 1);
	if (plain.n)
		must(EVP_EncryptUpdate(ctx, out + NONCE_BYTES, &n, plain.p, (int)plain.n) == 1);
	must(EVP_EncryptFinal_ex(ctx, out + NONCE_BYTES + n, &rest) == 1);
	must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_BYTES,
	                         out + NONCE_BYTES + plain.n) == 1);
	EVP_CIPHER_CTX_free(ctx);
	explicit_bzero(key, sizeof(key));
	return str_make(out, NONCE_BYTES + plain.n + TAG_BYTES);
}

enum err engine_unseal(struct store_engine *engine, struct arena *a, struct str label,
                       struct str sealed, struct str *plain_r)
{
	if (sealed.n < NONCE_BYTES + TAG_BYTES || sealed.n > SEALED_MAX + NONCE_BYTES + TAG_BYTES)
		return ERR_AUTH;
	size_t len = sealed.n - NONCE_BYTES - TAG_BYTES;
	unsigned char key[32];
	unsigned char tag[TAG_BYTES];
	memcpy(tag, sealed.p + NONCE_BYTES + len, TAG_BYTES);
	engine_derive_key(engine, label, key);
	unsigned char *out = arena_alloc(a, len + 1);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	must(ctx != NULL);
	int n = 0, rest = 0;
	must(EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, sealed.p) == 1);
	if (len)
		must(EVP_DecryptUpdate(ctx, out, &n, sealed.p + NONCE_BYTES, (int)len) == 1);
	must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1);
	bool is_ours = EVP_DecryptFinal_ex(ctx, out + n, &rest) == 1;
	EVP_CIPHER_CTX_free(ctx);
	explicit_bzero(key, sizeof(key));
	if (!is_ours)
		return ERR_AUTH;
	*plain_r = str_make(out, len);
	return ERR_OK;
}
