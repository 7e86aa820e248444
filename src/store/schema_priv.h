/*
 * The tables: made in an empty database, brought up to date in an older one, refused in a newer
 * one.
 */
#ifndef TAYORI_STORE_SCHEMA_PRIV_H
#define TAYORI_STORE_SCHEMA_PRIV_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;
struct db;

/* What this program writes; meta.schema_version. */
#define STORE_SCHEMA_VERSION 4

/* schema.sql, built in. */
extern const char store_schema_sql[];

/*
 * Make or migrate the tables, all in one transaction; a new store gets its id, epoch and key in
 * `meta`. `*is_new_r`: it was empty. Fails with: ERR_CORRUPT (newer than this program, or a foreign
 * database).
 */
enum err schema_open(struct db *db, bool *is_new_r, struct errinfo *info) MUST_USE;

/* One value of `meta`, in `a`. Fails with: ERR_NOTFOUND. In a transaction. */
enum err schema_meta_get(struct db *db, struct arena *a, struct str key,
                         struct str *value_r) MUST_USE;
enum err schema_meta_get_u64(struct db *db, struct str key, uint64_t *value_r) MUST_USE;

/* Write one value of `meta`. In a writing transaction. */
enum err schema_meta_set(struct db *db, struct str key, struct str value) MUST_USE;
enum err schema_meta_set_u64(struct db *db, struct str key, uint64_t value) MUST_USE;

/* A number as text for `meta`: at least 21 octets of room. */
struct str schema_u64_text(char room[24], uint64_t value);

#endif
