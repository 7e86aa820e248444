/*
 * Ids: 41 bits of milliseconds since 2020, 10 bits of node slot, 12 bits of counter.
 *
 * They never go back: a row of `node` says until when this slot's ids are valid, and no id is given
 * out beyond what that row, committed, allows. After a restart ids begin where the row ends,
 * whatever the clock says.
 */
#ifndef TAYORI_STORE_ID_PRIV_H
#define TAYORI_STORE_ID_PRIV_H

#include <pthread.h>

#include "src/base/err.h"
#include "src/base/str.h"

struct db;
struct store_engine;

#define ID_COUNT_MAX 1024

struct ids {
	pthread_mutex_t lock;
	uint64_t last_ms;  /* since 2020 */
	uint64_t limit_ms; /* committed */
	uint32_t counter;  /* next in last_ms */
	uint32_t slot;
	uint64_t generation;
};

/*
 * Take a node slot for this process, in a writing transaction. `name` tells this node from others.
 */
enum err ids_claim(struct ids *ids, struct db *db, struct str name, struct errinfo *info) MUST_USE;

/* Whether the range should be extended now. */
bool ids_want_more(struct ids *ids);

/* Extend the range, in a writing transaction of its own; ids_extended after its commit. */
enum err ids_extend(struct ids *ids, struct db *db, uint64_t *limit_r) MUST_USE;
void ids_extended(struct ids *ids, uint64_t limit);

/* `count` ids in a row; false when the range does not reach. */
bool ids_take(struct ids *ids, uint32_t count, uint64_t *first_r) MUST_USE;

#endif
