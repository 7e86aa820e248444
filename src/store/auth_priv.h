/*
 * Log-in: what auth.c provides and what it may use.
 *
 * The three functions below run on a thread of the side pool (auth_threads), never on a lane's or a
 * reader's thread, because hashing a password takes tens of milliseconds. Around the hashing they
 * look things up with engine_read and write with engine_write; neither may be held while hashing.
 */
#ifndef TAYORI_STORE_AUTH_PRIV_H
#define TAYORI_STORE_AUTH_PRIV_H

#include "src/store/engine_priv.h"
#include "src/store/store.h"

/*
 * The verbs login, scram_begin and scram_finish as store.h describes them. `caller_process` is what
 * the grant is bound to (engine_grant_make). Results come from `a`; `info` (never NULL) takes the
 * reason for the log.
 */
enum err auth_login(struct store_engine *engine, uint64_t caller_process, struct arena *a,
                    const struct store_login_req *q, struct store_login_res *r,
                    struct errinfo *info) MUST_USE;
enum err auth_scram_begin(struct store_engine *engine, uint64_t caller_process, struct arena *a,
                          const struct store_scram_begin_req *q, struct store_scram_begin_res *r,
                          struct errinfo *info) MUST_USE;
enum err auth_scram_finish(struct store_engine *engine, uint64_t caller_process, struct arena *a,
                           const struct store_scram_finish_req *q, struct store_scram_finish_res *r,
                           struct errinfo *info) MUST_USE;

/* The verb apop, likewise. */
enum err auth_apop(struct store_engine *engine, uint64_t caller_process, struct arena *a,
                   const struct store_apop_req *q, struct store_apop_res *r,
                   struct errinfo *info) MUST_USE;

/* What the secret of APOP is sealed for: the account. */
#define AUTH_APOP_LABEL "apop %llu"

/*
 * A password of account_add or account_set as op_account_add takes it (with is_hashed set): the
 * stored form, and the SCRAM keys behind a line end when they are known. Empty stays empty. Costs
 * what hashing costs: call it on the side pool. Fails with: ERR_INVALID (length, or a hashed form
 * of no known scheme), ERR_TEMP (no memory).
 */
enum err auth_password_prepare(struct store_engine *engine, struct arena *a, struct str password,
                               bool is_hashed, struct str *stored_r, struct errinfo *info) MUST_USE;

/*
 * The auth cache of an engine. The first call makes it with `make(engine)`; later calls return the
 * same object. `destroy` is called once when the engine closes, after all log-ins have ended. Any
 * thread.
 */
void *engine_auth_slot(struct store_engine *engine, void *(*make)(struct store_engine *engine),
                       void (*destroy)(void *slot));

/*
 * Seal opaque state for the way through a client and back: encrypted and authenticated
 * (AES-256-GCM) with a key of this store that is derived for `label`, so blobs of one use are
 * refused by another. Bounded by 64 KiB. engine_unseal fails with: ERR_AUTH (not ours, or changed).
 * Expiry, if wanted, goes into `plain`.
 */
struct str engine_seal(struct store_engine *engine, struct arena *a, struct str label,
                       struct str plain);
enum err engine_unseal(struct store_engine *engine, struct arena *a, struct str label,
                       struct str sealed, struct str *plain_r) MUST_USE;

/* 32 octets that never change for this store and `label`: keys for caches, salts for unknown users.
 */
void engine_derive_key(struct store_engine *engine, struct str label, unsigned char key_r[32]);

/* A grant for an account that has just proved who it is, bound to `caller_process`; memory from
 * `a`. */
struct store_grant engine_grant_make(struct store_engine *engine, struct arena *a,
                                     uint64_t account_id, uint64_t caller_process);

#endif
