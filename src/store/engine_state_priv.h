/*
 * What an engine is made of; only for the files that make up the engine.
 */
#ifndef TAYORI_STORE_ENGINE_STATE_PRIV_H
#define TAYORI_STORE_ENGINE_STATE_PRIV_H

#include <pthread.h>
#include <stdatomic.h>

#include "src/store/engine_priv.h"
#include "src/store/id_priv.h"
#include "src/store/presence_priv.h"
#include "src/store/watch_priv.h"

#define ENGINE_LANES_MAX 64
#define ENGINE_READERS_MAX 256
#define ENGINE_KEY_BYTES 32
/* From this length on the write-ahead log begins anew when it can. */
#define LANE_CHECKPOINT_BYTES ((uint64_t)64 << 20)

/* An operation that is running: what op_* functions see, and whose it is. */
struct running_op {
	struct op op;
	struct engine_op *queued; /* NULL on a reader */
	struct arena *changes;
};

struct lane {
	struct store_engine *engine;
	/* of the leader */
	struct db *db;
	uint64_t seen_generation;
	struct arena *scratch;
	struct arena *changes;
	uint64_t checkpoint_at; /* size of the log at which the next attempt is made */
	/* under `lock` */
	pthread_mutex_t lock;
	struct engine_op *first, *last;
	size_t queued;
	bool is_led;
	/* a thread that leads when the others have better things to do; see engine_keep */
	pthread_t keeper;
	pthread_cond_t keeper_called;
	bool has_keeper, must_keep, is_keeper_closing;
	/* anybody may read: the length of the log, and how much of it is in the file */
	_Atomic uint64_t wal_bytes, copied_bytes;
};

struct reader {
	struct db *db;
	struct arena *scratch;
	struct reader *next;
};

struct store_engine {
	struct arena *a;
	struct store_options options;
	enum db_engine kind;
	int lock_fd;
	struct lane *lanes;
	uint32_t n_lanes;
	_Atomic uint32_t next_lane;

	pthread_mutex_t readers_lock;
	pthread_cond_t readers_free;
	struct reader *readers; /* idle ones */
	uint32_t readers_open;

	struct ids ids;
	_Atomic uint64_t epoch;
	atomic_bool wants_upkeep;
	unsigned char key[ENGINE_KEY_BYTES];
	struct watch_hub hub;
	struct map_cache *maps;
	struct presence presence;

	pthread_mutex_t slot_lock;
	void *slot;
	void (*slot_destroy)(void *slot);

	_Atomic uint64_t batches, ops, failed_ops, reruns, commits_failed, checkpoints;
};

/* --- lane.c */

enum err lane_init(struct lane *lane, struct store_engine *engine, struct errinfo *info) MUST_USE;
void lane_clear(struct lane *lane);

/* Add to the queue; true when the caller has become the leader and must call lane_lead. */
bool lane_enqueue(struct lane *lane, struct engine_op *op) MUST_USE;

/*
 * Run what is queued until nothing is; with `own`, until that is done and another waiting thread
 * can go on.
 */
void lane_lead(struct lane *lane, const struct engine_op *own);

/* Start and end the lane's keeper. */
void lane_keep(struct lane *lane);
void lane_unkeep(struct lane *lane);

/* The log has been copied up to here. Any thread. */
void lane_note_copied(struct lane *lane, uint64_t bytes);

/* --- engine.c */

/* Fill what a running operation sees. */
void engine_op_fill(struct running_op *r, struct store_engine *engine, struct db *db,
                    struct arena *a, struct arena *scratch);

#endif
