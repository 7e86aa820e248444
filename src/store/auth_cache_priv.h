/*
 * Remembers passwords that were right, so that a client which logs in every minute costs a digest
 * and not an argon2.
 *
 * What is kept is HMAC-SHA256 of account, stored secret and password under a random key of this
 * process: of no use outside it, and void as soon as the stored secret changes. Entries last ten
 * minutes; a full set loses the entry that was used least recently. Any thread.
 */
#ifndef TAYORI_STORE_AUTH_CACHE_PRIV_H
#define TAYORI_STORE_AUTH_CACHE_PRIV_H

#include "src/base/str.h"

struct auth_cache;

/* Returns owned: auth_cache_free. */
struct auth_cache *auth_cache_new(void);
void auth_cache_free(struct auth_cache **cache);

/* Has this password been right for this account and stored secret lately? */
bool auth_cache_has(struct auth_cache *cache, uint64_t account_id, struct str secret,
                    struct str password);

/* It was right just now. */
void auth_cache_add(struct auth_cache *cache, uint64_t account_id, struct str secret,
                    struct str password);

#endif
