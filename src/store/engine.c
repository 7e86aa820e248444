#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/codec.h"
#include "src/base/must.h"
#include "src/base/random.h"
#include "src/store/auth_priv.h"
#include "src/store/db_priv.h"
#include "src/store/engine/sqlite_priv.h"
#include "src/store/engine_priv.h"
#include "src/store/engine_state_priv.h"
#include "src/store/map.h"
#include "src/store/schema_priv.h"

#define READER_WAIT_S 30
#define NODE_NAME_BYTES 16
#define CLAIM_TRIES 10
#define MAP_CACHE_BYTES ((size_t)64 * 1024 * 1024)

/* ---------------------------------------------------------------- one process a store */

static enum err take_lock(struct store_engine *engine, struct errinfo *info)
{
	const char *path = (const char *)str_printf(engine->a, "%.*s/tayori.lock",
	                                            STR_ARG(engine->options.path))
	                           .p;
	engine->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (engine->lock_fd < 0)
		return err_set_errno(info, ERR_IO, "store: %s", path);
	char pid[32] = "";
	if (flock(engine->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return err_set_errno(info, ERR_IO, "store: lock %s", path);
		ssize_t n = pread(engine->lock_fd, pid, sizeof(pid) - 1, 0);
		pid[n > 0 ? n : 0] = '\0';
		pid[strcspn(pid, " \n")] = '\0';
		return err_set(info, ERR_BUSY, "store: process %s is using %.*s already",
		               *pid ? pid : "(unknown)", STR_ARG(engine->options.path));
	}
	/* The first 32 octets are the pid, what follows is the node's name. */
	int len = snprintf(pid, sizeof(pid), "%-30ld\n", (long)getpid());
	if (pwrite(engine->lock_fd, pid, (size_t)len, 0) != len)
		return err_set_errno(info, errno == ENOSPC ? ERR_TEMP : ERR_IO, "store: %s", path);
	return ERR_OK;
}

/*
 * Who this node is among those of a PostgreSQL store: a random name beside the lock, so that a
 * restarted process takes its old slot back at once.
 */
static enum err node_name(struct store_engine *engine, struct str *name_r, struct errinfo *info)
{
	if (engine->kind == DB_SQLITE) {
		*name_r = STR("local");
		return ERR_OK;
	}
	char text[2 * NODE_NAME_BYTES + 1] = "";
	ssize_t n = pread(engine->lock_fd, text, 2 * NODE_NAME_BYTES, 32);
	if (n != 2 * NODE_NAME_BYTES) {
		unsigned char octets[NODE_NAME_BYTES];
		random_fill(octets, sizeof(octets));
		*name_r = codec_hex_encode(engine->a, str_make(octets, sizeof(octets)));
		if (pwrite(engine->lock_fd, name_r->p, name_r->n, 32) != (ssize_t)name_r->n ||
		    fsync(engine->lock_fd) < 0)
			return err_set_errno(info, ERR_IO, "store: cannot write the node's name");
		return ERR_OK;
	}
	*name_r = str_dup(engine->a, str_make(text, (size_t)n));
	return ERR_OK;
}

/* ---------------------------------------------------------------- opening */

static void copy_options(struct store_engine *engine, const struct store_options *o)
{
	engine->options = *o;
	engine->options.engine = str_dup(engine->a, o->engine);
	engine->options.path = str_dup(engine->a, o->path);
	engine->options.conninfo = str_dup(engine->a, o->conninfo);
	engine->kind = str_eq(o->engine, STR("postgres")) ? DB_POSTGRES : DB_SQLITE;
	uint32_t lanes = engine->kind == DB_SQLITE ? 1 : o->lanes;
	engine->options.lanes = lanes < 1 ? 1 : lanes > ENGINE_LANES_MAX ? ENGINE_LANES_MAX : lanes;
	uint32_t readers = o->readers;
	engine->options.readers = readers < 1                    ? 1
	                          : readers > ENGINE_READERS_MAX ? ENGINE_READERS_MAX
	                                                         : readers;
}

static enum err load_meta(struct store_engine *engine, struct db *db, struct errinfo *info)
{
	struct str hex = { 0 }, key = { 0 };
	uint64_t epoch = 0;
	enum err err = schema_meta_get_u64(db, STR("epoch"), &epoch);
	if (!err)
		err = schema_meta_get(db, engine->a, STR("grant_key"), &hex);
	if (!err)
		err = codec_hex_decode(engine->a, hex, &key);
	if (!err && key.n != ENGINE_KEY_BYTES)
		err = ERR_CORRUPT;
	if (err)
		return err_set(info, ERR_CORRUPT, "store: epoch or key are missing in meta");
	memcpy(engine->key, key.p, ENGINE_KEY_BYTES);
	atomic_store(&engine->epoch, epoch);
	return ERR_OK;
}

static enum err claim_once(struct store_engine *engine, struct db *db, struct str name,
                           struct errinfo *info)
{
	*info = (struct errinfo){ 0 };
	enum err err = db_begin(db, true);
	if (!err)
		err = load_meta(engine, db, info);
	if (!err)
		err = ids_claim(&engine->ids, db, name, info);
	if (!err)
		err = db_commit(db);
	if (err) {
		if (!info->kind)
			err_set(info, err, "store: claim a node slot: %s", db_errinfo(db)->text);
		db_rollback(db);
	}
	return err;
}

/* Several nodes may start at once and find the same slot free: the next attempt sees who took it.
 */
static enum err claim_node(struct store_engine *engine, struct db *db, struct errinfo *info)
{
	struct str name = { 0 };
	enum err err = node_name(engine, &name, info);
	if (err)
		return err;
	err = claim_once(engine, db, name, info);
	for (int i = 0; i < CLAIM_TRIES && (err == ERR_EXISTS || err == ERR_BUSY); i++)
		err = claim_once(engine, db, name, info);
	return err;
}

static enum err open_all(struct store_engine *engine, struct errinfo *info)
{
	/* The directory of a postgres engine only holds the lock and the node's name. */
	const char *path =
		(const char *)str_printf(engine->a, "%.*s", STR_ARG(engine->options.path)).p;
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_set_errno(info, ERR_IO, "store: %s", path);
	enum err err = take_lock(engine, info);
	if (err)
		return err;
	engine->lanes = arena_array(engine->a, engine->options.lanes, sizeof(*engine->lanes));
	for (uint32_t i = 0; i < engine->options.lanes; i++) {
		err = lane_init(&engine->lanes[i], engine, info);
		engine->n_lanes++;
		if (err)
			return err;
		bool is_new = false;
		if (i == 0)
			err = schema_open(engine->lanes[0].db, &is_new, info);
		if (err)
			return err;
	}
	return claim_node(engine, engine->lanes[0].db, info);
}

enum err store_engine_open(const struct store_options *o, struct store_engine **engine_r,
                           struct errinfo *info)
{
	struct errinfo own = { 0 };
	struct store_engine *engine = calloc(1, sizeof(*engine));
	must(engine != NULL);
	engine->a = arena_new(NULL);
	engine->lock_fd = -1;
	pthread_mutex_init(&engine->readers_lock, NULL);
	pthread_cond_init(&engine->readers_free, NULL);
	pthread_mutex_init(&engine->slot_lock, NULL);
	pthread_mutex_init(&engine->ids.lock, NULL);
	watch_hub_init(&engine->hub);
	presence_init(&engine->presence);
	engine->maps = map_cache_new(MAP_CACHE_BYTES);
	copy_options(engine, o);
	enum err err = open_all(engine, &own);
	if (err) {
		err_set(info, err, "%s", own.text);
		store_engine_close(&engine);
		return err;
	}
	*engine_r = engine;
	return ERR_OK;
}

static void close_readers(struct store_engine *engine)
{
	while (engine->readers) {
		struct reader *reader = engine->readers;
		engine->readers = reader->next;
		db_close(&reader->db);
		arena_free(&reader->scratch);
		free(reader);
		engine->readers_open--;
	}
	/* Nobody may still be reading. */
	must(engine->readers_open == 0);
}

void store_engine_close(struct store_engine **engine_p)
{
	struct store_engine *engine = *engine_p;
	if (!engine)
		return;
	*engine_p = NULL;
	if (engine->slot_destroy && engine->slot)
		engine->slot_destroy(engine->slot);
	close_readers(engine);
	/* What is in the log goes into the file, so that a copy of the file alone is whole. */
	struct db *db = engine->n_lanes ? engine->lanes[0].db : NULL;
	if (db && engine->kind == DB_SQLITE && db_sqlite_checkpoint(db, false, NULL))
		db_clear_failure(db);
	for (uint32_t i = 0; i < engine->n_lanes; i++)
		lane_clear(&engine->lanes[i]);
	watch_hub_clear(&engine->hub);
	presence_clear(&engine->presence);
	map_cache_free(&engine->maps);
	pthread_mutex_destroy(&engine->readers_lock);
	pthread_cond_destroy(&engine->readers_free);
	pthread_mutex_destroy(&engine->slot_lock);
	pthread_mutex_destroy(&engine->ids.lock);
	if (engine->lock_fd >= 0)
		close(engine->lock_fd);
	explicit_bzero(engine->key, sizeof(engine->key));
	arena_free(&engine->a);
	free(engine);
}

const struct store_options *engine_options(const struct store_engine *engine)
{
	return &engine->options;
}

void *engine_auth_slot(struct store_engine *engine, void *(*make)(struct store_engine *engine),
                       void (*destroy)(void *slot))
{
	pthread_mutex_lock(&engine->slot_lock);
	if (!engine->slot) {
		engine->slot = make(engine);
		engine->slot_destroy = destroy;
	}
	void *slot = engine->slot;
	pthread_mutex_unlock(&engine->slot_lock);
	return slot;
}

void engine_stats_get(const struct store_engine *engine, struct engine_stats *stats_r)
{
	*stats_r = (struct engine_stats){
		.batches = atomic_load(&engine->batches),
		.ops = atomic_load(&engine->ops),
		.failed_ops = atomic_load(&engine->failed_ops),
		.reruns = atomic_load(&engine->reruns),
		.commits_failed = atomic_load(&engine->commits_failed),
		.checkpoints = atomic_load(&engine->checkpoints),
	};
}

void engine_want_upkeep(struct store_engine *engine)
{
	atomic_store_explicit(&engine->wants_upkeep, true, memory_order_relaxed);
}

bool engine_take_upkeep(struct store_engine *engine)
{
	return atomic_exchange_explicit(&engine->wants_upkeep, false, memory_order_relaxed);
}

/* ---------------------------------------------------------------- reading */

void engine_op_fill(struct running_op *r, struct store_engine *engine, struct db *db,
                    struct arena *a, struct arena *scratch)
{
	r->op.engine = engine;
	r->op.db = db;
	r->op.a = a ? a : scratch;
	r->op.scratch = scratch;
	r->op.now_ms = clock_wall_ms();
	r->op.epoch = atomic_load_explicit(&engine->epoch, memory_order_relaxed);
	r->op.options = &engine->options;
	r->op.maps = engine->maps;
}

static enum err reader_new(struct store_engine *engine, struct reader **reader_r,
                           struct errinfo *info)
{
	struct db *db = NULL;
	enum err err = db_open(&engine->options, true, &db, info);
	if (err) {
		pthread_mutex_lock(&engine->readers_lock);
		engine->readers_open--;
		pthread_cond_signal(&engine->readers_free);
		pthread_mutex_unlock(&engine->readers_lock);
		return ERR_TEMP;
	}
	struct reader *reader = calloc(1, sizeof(*reader));
	must(reader != NULL);
	reader->db = db;
	reader->scratch = arena_new(NULL);
	*reader_r = reader;
	return ERR_OK;
}

static enum err take_reader(struct store_engine *engine, struct reader **reader_r,
                            struct errinfo *info)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += READER_WAIT_S;
	pthread_mutex_lock(&engine->readers_lock);
	int rc = 0;
	while (!engine->readers && engine->readers_open >= engine->options.readers && !rc)
		rc = pthread_cond_timedwait(&engine->readers_free, &engine->readers_lock, &until);
	struct reader *reader = engine->readers;
	if (reader)
		engine->readers = reader->next;
	bool may_open = !reader && engine->readers_open < engine->options.readers;
	if (may_open)
		engine->readers_open++;
	pthread_mutex_unlock(&engine->readers_lock);
	if (may_open)
		return reader_new(engine, reader_r, info);
	if (!reader)
		return err_set(info, ERR_TEMP, "store: all readers are busy");
	*reader_r = reader;
	return ERR_OK;
}

static void give_back(struct store_engine *engine, struct reader *reader)
{
	pthread_mutex_lock(&engine->readers_lock);
	reader->next = engine->readers;
	engine->readers = reader;
	pthread_cond_signal(&engine->readers_free);
	pthread_mutex_unlock(&engine->readers_lock);
}

/* What failed between us and the database is our own trouble; see lane.c. */
static enum err translate(const struct db *db, struct errinfo *info, enum err err)
{
	const struct errinfo *why = db_errinfo(db);
	if (!err || err != why->kind)
		return err;
	if (!db_is_own_trouble(err))
		return err;
	return err_set(info, ERR_TEMP, "%s", why->text);
}

static enum err read_once(struct reader *reader, struct running_op *r, engine_fn *fn, void *ctx)
{
	db_clear_failure(reader->db);
	db_set_deadline(reader->db, clock_mono_ms() + READER_WAIT_S * 1000);
	enum err err = db_begin(reader->db, false);
	if (!err) {
		err = fn(&r->op, ctx);
		/* Nothing was written; ending a snapshot cannot fail in a way that matters. */
		db_rollback(reader->db);
	}
	arena_reset(reader->scratch);
	return err;
}

enum err engine_run_read(struct store_engine *engine, engine_fn *fn, void *ctx, struct arena *a,
                         enum store_caller caller, uint64_t caller_process, struct errinfo *info)
{
	struct reader *reader = NULL;
	enum err err = take_reader(engine, &reader, info);
	if (err)
		return err;
	must(reader);
	struct running_op r = { 0 };
	engine_op_fill(&r, engine, reader->db, a, reader->scratch);
	r.op.info = info;
	r.op.caller = caller;
	r.op.caller_process = caller_process;
	r.op.is_reader = true;
	err = read_once(reader, &r, fn, ctx);
	/* A connection lost while idle, or with the primary: reading again is harmless. */
	if (err && db_is_lost(reader->db))
		err = read_once(reader, &r, fn, ctx);
	err = translate(reader->db, info, err);
	give_back(engine, reader);
	return err;
}

enum err engine_read(struct store_engine *engine, engine_fn *fn, void *ctx, struct errinfo *info)
{
	struct errinfo own = { 0 };
	return engine_run_read(engine, fn, ctx, NULL, STORE_CALLER_ADMIN, 0, info ? info : &own);
}

/* ---------------------------------------------------------------- writing */

enum err engine_write(struct store_engine *engine, engine_fn *fn, void *ctx, struct errinfo *info)
{
	struct engine_op op = { .fn = fn, .ctx = ctx, .caller = STORE_CALLER_ADMIN };
	enum err err = engine_run(engine, &op);
	if (err && info)
		*info = op.info;
	return err;
}

static enum err touch_nothing(struct op *op, void *ctx)
{
	(void)op;
	(void)ctx;
	return ERR_OK;
}

enum err engine_ids(struct store_engine *engine, uint32_t count, uint64_t *first_r,
                    struct errinfo *info)
{
	if (!count || count > ID_COUNT_MAX)
		return err_set(info, ERR_INVALID, "between 1 and %d ids at a time", ID_COUNT_MAX);
	for (int tries = 0; tries < 3; tries++) {
		if (ids_take(&engine->ids, count, first_r))
			return ERR_OK;
		/* Any transaction of a lane extends the range first. */
		enum err err = engine_write(engine, touch_nothing, NULL, info);
		if (err)
			return err;
	}
	return err_set(info, ERR_TEMP, "store: ids are used up for the moment");
}

void engine_keep(struct store_engine *engine)
{
	for (uint32_t i = 0; i < engine->n_lanes; i++)
		lane_keep(&engine->lanes[i]);
}

void engine_unkeep(struct store_engine *engine)
{
	for (uint32_t i = 0; i < engine->n_lanes; i++)
		lane_unkeep(&engine->lanes[i]);
}

/* ---------------------------------------------------------------- callers' processes */

uint64_t engine_node(const struct store_engine *engine)
{
	/* An embedded store has one process at a time, so what the last one wrote is ours. */
	return engine->kind == DB_SQLITE ? 0 : engine->ids.generation << 16 | engine->ids.slot;
}

bool engine_is_process_gone(struct store_engine *engine, uint64_t node, uint64_t process)
{
	return node == engine_node(engine) && presence_is_gone(&engine->presence, process);
}
