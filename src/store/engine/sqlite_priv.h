/*
 * Services that only SQLite has: its write-ahead log, online backup, integrity check.
 */
#ifndef TAYORI_STORE_ENGINE_SQLITE_PRIV_H
#define TAYORI_STORE_ENGINE_SQLITE_PRIV_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;
struct db;
struct sqlite3;

/* Size of the write-ahead log after the last commit of this connection. */
uint64_t db_sqlite_wal_bytes(const struct db *db);

/*
 * Copy the log into the database file. Passive: never waits for anybody. Otherwise waits for
 * readers and empties the log. `*left_r`: octets that stayed in the log only.
 */
enum err db_sqlite_checkpoint(struct db *db, bool is_passive, uint64_t *left_r) MUST_USE;

/*
 * Bring to the disk what checkpoints have written to the database file. A checkpoint that copies
 * the last of the log does it by itself, and has little to wait for when it was done before.
 */
enum err db_sqlite_flush_file(struct db *db) MUST_USE;

/* The connection itself, for the backup interface; is a SQLite db. */
struct sqlite3 *db_sqlite_handle(struct db *db);

/* Path of the database file in `directory`, in `a`, NUL behind it. */
char *db_sqlite_file(struct arena *a, struct str directory);

#endif
