#include <inttypes.h>

#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/store/db.h"
#include "src/store/engine_state_priv.h"
#include "src/store/id_priv.h"

/* 2020-01-01 00:00 UTC in milliseconds since 1970. */
#define ID_EPOCH_MS 1577836800000
#define ID_SLOTS 1024u
#define ID_COUNTERS 4096u
/* How far ahead the range is committed, and when it is extended. */
#define ID_AHEAD_MS 60000u
#define ID_LOW_MS 30000u
/* A slot is free again when its range ended so long ago. */
#define ID_SLOT_FREE_MS (86400u * 1000u)

static uint64_t now_since_2020(void)
{
	int64_t now = clock_wall_ms() - ID_EPOCH_MS;
	return now > 0 ? (uint64_t)now : 0;
}

static uint64_t id_make(uint64_t ms, uint32_t slot, uint32_t counter)
{
	must(ms < (uint64_t)1 << 41);
	return ms << 22 | (uint64_t)slot << 12 | counter;
}

bool ids_take(struct ids *ids, uint32_t count, uint64_t *first_r)
{
	must(count > 0 && count <= ID_COUNT_MAX);
	pthread_mutex_lock(&ids->lock);
	uint64_t now = now_since_2020();
	/* A clock ahead of the range must not lead out of it. */
	uint64_t ms = now < ids->limit_ms ? now : ids->limit_ms;
	if (ms > ids->last_ms) {
		ids->last_ms = ms;
		ids->counter = 0;
	} else if (ids->counter + count > ID_COUNTERS) {
		ids->last_ms++;
		ids->counter = 0;
	}
	bool is_valid = ids->last_ms <= ids->limit_ms;
	if (is_valid) {
		*first_r = id_make(ids->last_ms, ids->slot, ids->counter);
		ids->counter += count;
	} else {
		ids->last_ms = ids->limit_ms;
		ids->counter = ID_COUNTERS;
	}
	pthread_mutex_unlock(&ids->lock);
	return is_valid;
}

bool ids_want_more(struct ids *ids)
{
	pthread_mutex_lock(&ids->lock);
	uint64_t now = now_since_2020();
	uint64_t at = ids->last_ms > now ? ids->last_ms : now;
	bool is_low = at + ID_LOW_MS > ids->limit_ms;
	pthread_mutex_unlock(&ids->lock);
	return is_low;
}

static uint64_t next_limit(struct ids *ids)
{
	pthread_mutex_lock(&ids->lock);
	uint64_t now = now_since_2020();
	uint64_t at = ids->last_ms > now ? ids->last_ms : now;
	pthread_mutex_unlock(&ids->lock);
	return at + ID_AHEAD_MS;
}

enum err ids_extend(struct ids *ids, struct db *db, uint64_t *limit_r)
{
	uint64_t limit = next_limit(ids);
	struct db_stmt *s = db_prepare(db, "UPDATE node SET heartbeat = ?1, version = ?4 "
	                                   "WHERE id = ?2 AND generation = ?3");
	db_bind_u64(s, 1, limit + ID_EPOCH_MS);
	db_bind_u64(s, 2, ids->slot);
	db_bind_u64(s, 3, ids->generation);
	db_bind_text(s, 4, STR(TAYORI_VERSION));
	uint64_t changed = 0;
	enum err err = db_run(s, &changed);
	if (err)
		return err;
	/* Another process has taken this slot, because it believed us dead. */
	if (changed != 1)
		return ERR_DENIED;
	*limit_r = limit;
	return ERR_OK;
}

void ids_extended(struct ids *ids, uint64_t limit)
{
	pthread_mutex_lock(&ids->lock);
	if (limit > ids->limit_ms)
		ids->limit_ms = limit;
	pthread_mutex_unlock(&ids->lock);
}

struct node_row {
	bool is_found;
	uint64_t id, generation, heartbeat;
};

static enum err read_node(struct db_stmt *s, struct node_row *row_r)
{
	bool has_row = false;
	enum err err = db_step(s, &has_row);
	if (err)
		return err;
	*row_r = (struct node_row){ .is_found = has_row };
	if (!has_row)
		return ERR_OK;
	row_r->id = db_col_u64(s, 0);
	row_r->generation = db_col_u64(s, 1);
	row_r->heartbeat = db_col_u64(s, 2);
	db_done(s);
	return ERR_OK;
}

/* The row of this name; else one that nobody has used for a day; else a new number. */
static enum err find_slot(struct db *db, struct str name, struct node_row *row_r)
{
	struct db_stmt *s = db_prepare(
		db, "SELECT id, generation, heartbeat FROM node WHERE name = ?1 @LOCK@");
	db_bind_text(s, 1, name);
	enum err err = read_node(s, row_r);
	if (err || row_r->is_found)
		return err;
	s = db_prepare(db, "SELECT id, generation, heartbeat FROM node WHERE heartbeat < ?1 "
	                   "ORDER BY id LIMIT 1 @LOCK@");
	db_bind_i64(s, 1, clock_wall_ms() - ID_SLOT_FREE_MS);
	err = read_node(s, row_r);
	if (err || row_r->is_found)
		return err;
	s = db_prepare(db, "SELECT coalesce(max(id) + 1, 0), 0, 0 FROM node");
	err = read_node(s, row_r);
	row_r->is_found = false;
	return err;
}

enum err ids_claim(struct ids *ids, struct db *db, struct str name, struct errinfo *info)
{
	struct node_row row = { 0 };
	enum err err = find_slot(db, name, &row);
	if (err)
		return err;
	if (row.id >= ID_SLOTS)
		return err_set(info, ERR_LIMIT, "all %u node slots are in use", ID_SLOTS);
	struct db_stmt *s = db_prepare(db, row.is_found
	                                           ? "UPDATE node SET name = ?2, generation = ?3, "
	                                             "state = 0, heartbeat = ?4, version = ?5 "
	                                             "WHERE id = ?1"
	                                           : "INSERT INTO node (id, name, addr, "
	                                             "generation, state, heartbeat, version) "
	                                             "VALUES (?1, ?2, '', ?3, 0, ?4, ?5)");
	uint64_t old = row.heartbeat > ID_EPOCH_MS ? row.heartbeat - ID_EPOCH_MS : 0;
	ids->slot = (uint32_t)row.id;
	ids->generation = row.generation + 1;
	/* Everything up to the old end may have been given out. */
	ids->last_ms = old;
	ids->counter = ID_COUNTERS;
	ids->limit_ms = 0;
	uint64_t limit = next_limit(ids);
	db_bind_u64(s, 1, row.id);
	db_bind_text(s, 2, name);
	db_bind_u64(s, 3, ids->generation);
	db_bind_u64(s, 4, limit + ID_EPOCH_MS);
	db_bind_text(s, 5, STR(TAYORI_VERSION));
	err = db_run(s, NULL);
	if (!err)
		ids->limit_ms = limit;
	return err;
}

uint64_t op_new_id(struct op *op)
{
	uint64_t id = 0;
	/* A lane makes sure of half a minute before each batch: 120 million ids. */
	must(ids_take(&op->engine->ids, 1, &id));
	return id;
}
