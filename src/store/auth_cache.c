#include <endian.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/base/random.h"
#include "src/directory/password.h"
#include "src/store/auth_cache_priv.h"

enum {
	SETS = 16384, /* a power of two; with WAYS, the most accounts that are remembered */
	WAYS = 4,
	LIFE_MS = 10 * 60 * 1000,
	MAC_BYTES = 32,
	PASSWORD_MAX = DIRECTORY_PASSWORD_MAX_BYTES
};

struct entry {
	uint64_t account_id; /* 0: free */
	int64_t until_ms, used_ms;
	unsigned char mac[MAC_BYTES];
};

struct auth_cache {
	pthread_mutex_t lock;
	unsigned char key[MAC_BYTES];
	struct entry entries[SETS][WAYS];
};

struct auth_cache *auth_cache_new(void)
{
	/* Pages that are never used are never there. */
	struct auth_cache *cache = calloc(1, sizeof(*cache));

	must(cache && "out of memory");
	must(!pthread_mutex_init(&cache->lock, NULL));
	random_fill(cache->key, sizeof(cache->key));
	return cache;
}

void auth_cache_free(struct auth_cache **cache)
{
	if (!*cache)
		return;
	pthread_mutex_destroy(&(*cache)->lock);
	OPENSSL_cleanse((*cache)->key, sizeof((*cache)->key));
	free(*cache);
	*cache = NULL;
}

/* HMAC(key, HMAC(key, account and secret) | password): no way to shift octets from one field to the
 * other. */
static void make_mac(const struct auth_cache *cache, uint64_t account_id, struct str secret,
                     struct str password, unsigned char mac_r[MAC_BYTES])
{
	unsigned char text[MAC_BYTES + PASSWORD_MAX];
	uint64_t id = htole64(account_id);
	unsigned char head[MAC_BYTES];
	unsigned int n = MAC_BYTES;
	size_t size = sizeof(id) + secret.n;
	unsigned char *named = malloc(size);

	must(named && "out of memory" && password.n <= sizeof(text) - MAC_BYTES);
	memcpy(named, &id, sizeof(id));
	memcpy(named + sizeof(id), secret.p, secret.n);
	must(HMAC(EVP_sha256(), cache->key, sizeof(cache->key), named, size, head, &n));
	free(named);
	memcpy(text, head, MAC_BYTES);
	memcpy(text + MAC_BYTES, password.p, password.n);
	must(HMAC(EVP_sha256(), cache->key, sizeof(cache->key), text, MAC_BYTES + password.n, mac_r,
	          &n));
	OPENSSL_cleanse(text, sizeof(text));
}

/* Ids hold the time in their upper bits and a counter below; multiply to spread them. */
static struct entry *find_set(struct auth_cache *cache, uint64_t account_id)
{
	return cache->entries[(account_id * 0x9e3779b97f4a7c15ULL) >> 32 & (SETS - 1)];
}

bool auth_cache_has(struct auth_cache *cache, uint64_t account_id, struct str secret,
                    struct str password)
{
	struct entry *set = find_set(cache, account_id);
	int64_t now = clock_mono_ms();
	unsigned char mac[MAC_BYTES];
	bool is_known = false;

	if (!password.n || password.n > PASSWORD_MAX)
		return false;
	make_mac(cache, account_id, secret, password, mac);
	pthread_mutex_lock(&cache->lock);
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].account_id != account_id || set[i].until_ms <= now)
			continue;
		if (str_eq_secret(str_make(set[i].mac, MAC_BYTES), str_make(mac, MAC_BYTES))) {
			set[i].used_ms = now;
			is_known = true;
		}
	}
	pthread_mutex_unlock(&cache->lock);
	return is_known;
}

/* The account's own entry, else a free or expired one, else the one not used for longest. */
static struct entry *choose(struct entry *set, uint64_t account_id, int64_t now)
{
	struct entry *oldest = &set[0];

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].account_id == account_id)
			return &set[i];
	for (size_t i = 0; i < WAYS; i++) {
		if (!set[i].account_id || set[i].until_ms <= now)
			return &set[i];
		if (set[i].used_ms < oldest->used_ms)
			oldest = &set[i];
	}
	return oldest;
}

void auth_cache_add(struct auth_cache *cache, uint64_t account_id, struct str secret,
                    struct str password)
{
	int64_t now = clock_mono_ms();
	struct entry e = { .account_id = account_id, .until_ms = now + LIFE_MS, .used_ms = now };

	if (!password.n || password.n > PASSWORD_MAX)
		return;
	make_mac(cache, account_id, secret, password, e.mac);
	pthread_mutex_lock(&cache->lock);
	*choose(find_set(cache, account_id), account_id, now) = e;
	pthread_mutex_unlock(&cache->lock);
}
