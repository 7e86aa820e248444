/*
 * What a store needs while nobody asks: garbage and expired rows go in small slices through a lane
 * like any other operation, the write-ahead log is copied into the file when it is quiet, and,
 * where other nodes write too, watched accounts are looked at every ten seconds.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/must.h"
#include "src/store/db_priv.h"
#include "src/store/engine/sqlite_priv.h"
#include "src/store/engine_state_priv.h"
#include "src/store/server_priv.h"

#define TICK_MS 500
/* The same while the log grows. */
#define BUSY_TICK_MS 20
#define ROUND_MS 10000
/* After a round that found work the next one comes soon, but writes in between come first. */
#define BUSY_ROUND_MS 200
#define POLL_MS 10000
#define ACCOUNTS_A_READ 500
/*
 * While mail flows the log is copied in the background in pieces of this size. Once it is long
 * enough for its writer to begin it anew, what is left is kept small, so that the writer waits
 * for the last of it only.
 */
#define CHECKPOINT_BYTES ((uint64_t)4 << 20)
#define CHECKPOINT_LAST_BYTES ((uint64_t)256 << 10)

struct upkeep {
	struct store_server *server;
	struct store_engine *engine;
	struct db *checkpointer;
	uint64_t seen_wal;  /* size of the log at the last tick */
	uint64_t tried_wal; /* and at the last attempt to copy it */
	int64_t next_round_ms, next_poll_ms;
	struct arena *a;
};

void server_upkeep_stop(struct store_server *server)
{
	pthread_mutex_lock(&server->upkeep_lock);
	server->is_upkeep_closing = true;
	pthread_cond_signal(&server->upkeep_wake);
	pthread_mutex_unlock(&server->upkeep_lock);
}

/* Sleep for a tick; false when it is time to end. */
static bool tick(struct store_server *server, long ms)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&server->upkeep_lock);
	int rc = 0;
	while (!server->is_upkeep_closing && !rc)
		rc = pthread_cond_timedwait(&server->upkeep_wake, &server->upkeep_lock, &until);
	bool goes_on = !server->is_upkeep_closing;
	pthread_mutex_unlock(&server->upkeep_lock);
	return goes_on;
}

/* ---------------------------------------------------------------- rounds */

static void report(const struct store_upkeep_res *r)
{
	if (r->damaged)
		log_event(LOG_LEVEL_ERROR, "store.damaged", LOG_U("bodies", r->damaged));
	if (r->removed_messages || r->folded_changes)
		log_event(LOG_LEVEL_DEBUG, "store.upkeep", LOG_U("messages", r->removed_messages),
		          LOG_U("bytes", r->removed_bytes), LOG_U("changes", r->folded_changes));
}

static void run_round(struct upkeep *u)
{
	struct store_upkeep_req q = { 0 };
	struct store_upkeep_res r = { 0 };
	struct verb_call c = {
		.engine = u->engine,
		.verb = WIRE_VERB_upkeep,
		.caller = STORE_CALLER_ADMIN,
		.a = u->a,
		.req = &q,
		.res = &r,
	};
	int64_t pause = ROUND_MS;
	enum err err = verb_run(&c);
	if (err)
		log_event(LOG_LEVEL_WARN, "store.upkeep_failed", LOG_C("why", c.info.text));
	else
		report(&r);
	if (!err && (r.removed_messages || r.folded_changes || r.scrubbed_bytes || r.delivered ||
	             r.purged_rows))
		pause = BUSY_ROUND_MS;
	u->next_round_ms = clock_mono_ms() + pause;
	arena_reset(u->a);
}

/* ---------------------------------------------------------------- the write-ahead log */

/* Copy what is worth it; how long until the next look. */
static long checkpoint(struct upkeep *u)
{
	struct lane *lane = &u->engine->lanes[0];
	uint64_t wal = atomic_load_explicit(&lane->wal_bytes, memory_order_relaxed);
	bool is_idle = wal == u->seen_wal;
	/* A log that has begun anew is shorter than the old one; a reader may hold back the rest.
	 */
	uint64_t left = wal >= u->tried_wal ? wal - u->tried_wal : wal;
	uint64_t worth = wal < LANE_CHECKPOINT_BYTES ? CHECKPOINT_BYTES : CHECKPOINT_LAST_BYTES;
	u->seen_wal = wal;
	if (!left || (!is_idle && left < worth))
		return is_idle ? TICK_MS : BUSY_TICK_MS;
	enum err err = db_sqlite_checkpoint(u->checkpointer, true, &left);
	atomic_fetch_add_explicit(&u->engine->checkpoints, 1, memory_order_relaxed);
	if (!err)
		u->tried_wal = db_sqlite_wal_bytes(u->checkpointer);
	if (!err && left)
		err = db_sqlite_flush_file(u->checkpointer);
	if (!err)
		lane_note_copied(lane, u->tried_wal - left);
	/* Busy: the writer is doing it itself. */
	else if (err != ERR_BUSY)
		log_event(LOG_LEVEL_WARN, "store.checkpoint_failed",
		          LOG_C("why", db_errinfo(u->checkpointer)->text));
	return is_idle ? TICK_MS : BUSY_TICK_MS;
}

/* ---------------------------------------------------------------- writes of other nodes */

struct poll_slice {
	const uint64_t *accounts;
	size_t n;
	uint64_t *modseqs; /* 0: gone */
};

static enum err read_modseqs(struct op *op, void *ctx)
{
	struct poll_slice *p = ctx;
	for (size_t i = 0; i < p->n; i++) {
		struct db_stmt *s = db_prepare(op->db, "SELECT modseq FROM account WHERE id = ?1");
		db_bind_u64(s, 1, p->accounts[i]);
		bool has_row = false;
		enum err err = db_step(s, &has_row);
		if (err)
			return err;
		p->modseqs[i] = has_row ? db_col_u64(s, 0) : 0;
		db_done(s);
	}
	return ERR_OK;
}

static void poll_accounts(struct upkeep *u)
{
	u->next_poll_ms = clock_mono_ms() + POLL_MS;
	uint64_t *accounts = NULL;
	size_t n = watch_hub_accounts(&u->engine->hub, &accounts);
	for (size_t at = 0; at < n; at += ACCOUNTS_A_READ) {
		uint64_t modseqs[ACCOUNTS_A_READ];
		size_t now = n - at < ACCOUNTS_A_READ ? n - at : ACCOUNTS_A_READ;
		struct poll_slice p = { accounts + at, now, modseqs };
		struct errinfo info = { 0 };
		if (engine_read(u->engine, read_modseqs, &p, &info))
			break; /* the next round will do */
		for (size_t i = 0; i < now; i++)
			watch_hub_note_newer(&u->engine->hub, accounts[at + i], modseqs[i]);
	}
	free(accounts);
}

/* ---------------------------------------------------------------- the thread */

void *server_upkeep_run(void *arg)
{
	struct store_server *server = arg;
	struct upkeep u = {
		.server = server,
		.engine = server->engine,
		.a = arena_new(NULL),
		.next_round_ms = clock_mono_ms() + ROUND_MS,
		.next_poll_ms = clock_mono_ms() + POLL_MS,
	};
	bool is_sqlite = u.engine->kind == DB_SQLITE;
	struct errinfo info = { 0 };
	if (is_sqlite && db_open(&u.engine->options, false, &u.checkpointer, &info))
		log_event(LOG_LEVEL_WARN, "store.checkpoint_failed", LOG_C("why", info.text));
	long pause = TICK_MS;
	while (tick(server, pause)) {
		int64_t now = clock_mono_ms();
		if (u.checkpointer)
			pause = checkpoint(&u);
		if (now >= u.next_round_ms || engine_take_upkeep(u.engine))
			run_round(&u);
		if (!is_sqlite && now >= u.next_poll_ms)
			poll_accounts(&u);
	}
	db_close(&u.checkpointer);
	arena_free(&u.a);
	return NULL;
}
