/*
 * Services that only PostgreSQL has: who the primary is, and making a retried commit wait for
 * replication.
 */
#ifndef TAYORI_STORE_ENGINE_POSTGRES_PRIV_H
#define TAYORI_STORE_ENGINE_POSTGRES_PRIV_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;
struct db;

/*
 * What tells this primary, in this life and on this timeline, from any other: system identifier,
 * timeline, start of the postmaster. In a transaction; text in `a`.
 */
enum err db_postgres_identity(struct db *db, struct arena *a, struct str *identity_r) MUST_USE;

/*
 * Make the current transaction write WAL, so that its COMMIT waits for the standby even when it
 * only found that its work had been committed before: the earlier commit may not be replicated yet.
 */
enum err db_postgres_force_wal(struct db *db) MUST_USE;

#endif
