/*
 * A writing lane: one connection, one queue, one transaction at a time, led by whichever thread
 * came when nobody did.
 *
 * What can happen to an operation, and what becomes of it:
 *	it fails, having written      the batch is rolled back and run again, a savepoint each
 *	it fails otherwise            the others go on
 *	the database is busy          (deadlock, lock time-out) it is run alone after the batch
 *	the transaction is lost       (connection, disk) each operation is run again alone
 *	COMMIT fails                  all of the batch fail with ERR_TEMP
 *	COMMIT's outcome is unknown   repeatable ones are run again and made to wait for
 *	                              replication; others get ERR_IO
 */
#include <string.h>
#include <time.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/store/db_priv.h"
#include "src/store/engine/postgres_priv.h"
#include "src/store/engine/sqlite_priv.h"
#include "src/store/engine_state_priv.h"
#include "src/store/schema_priv.h"

#define BATCH_OPS_MAX 200
#define BATCH_WEIGHT_MAX (8u << 20)
#define RUNS_MAX 4
#define BATCHES_A_LEADER 50
#define RETRY_PAUSE_MS 50
/* How long an op that set no deadline waits for a database that does not answer. */
#define PATIENCE_MS 30000
/* What the writer itself copies of the log at most, while upkeep keeps up with it; */
#define CHECKPOINT_SMALL_BYTES ((uint64_t)1 << 20)
/* and how long the log may become when upkeep does not. */
#define CHECKPOINT_LATE_BYTES ((uint64_t)256 << 20)
#define CHECKPOINT_STEP_BYTES ((uint64_t)16 << 20)

enum outcome {
	RAN,     /* it ended, well or not; the transaction goes on */
	BUSY,    /* the database was busy; undone, the transaction goes on */
	SPOILED, /* it cannot be undone alone */
	LOST,    /* the transaction is gone */
};

/*
 * How an operation stands in its transaction. A savepoint costs copies of all pages that it
 * touches, and few operations fail after they have written anything; so a batch is run without any
 * first.
 */
enum guard {
	ALONE,     /* it is the only one */
	BARE,      /* one of several, without a savepoint */
	SAVEPOINT, /* one of several, with one */
};

struct batch {
	struct engine_op *ops[BATCH_OPS_MAX];
	size_t n;
};

/* ---------------------------------------------------------------- life */

enum err lane_init(struct lane *lane, struct store_engine *engine, struct errinfo *info)
{
	lane->engine = engine;
	pthread_mutex_init(&lane->lock, NULL);
	pthread_cond_init(&lane->keeper_called, NULL);
	lane->scratch = arena_new(NULL);
	lane->changes = arena_new(NULL);
	lane->checkpoint_at = LANE_CHECKPOINT_BYTES;
	return db_open(&engine->options, false, &lane->db, info);
}

void lane_clear(struct lane *lane)
{
	if (!lane->engine)
		return;
	must(!lane->is_led && !lane->first && !lane->has_keeper);
	db_close(&lane->db);
	arena_free(&lane->scratch);
	arena_free(&lane->changes);
	pthread_mutex_destroy(&lane->lock);
	pthread_cond_destroy(&lane->keeper_called);
}

/* ---------------------------------------------------------------- queue */

bool lane_enqueue(struct lane *lane, struct engine_op *op)
{
	op->next = NULL;
	op->runs = 0;
	op->err = ERR_OK;
	op->changes = NULL;
	op->n_changes = 0;
	op->info = (struct errinfo){ 0 };
	if (!op->deadline_mono_ms)
		op->deadline_mono_ms = clock_mono_ms() + PATIENCE_MS;
	pthread_mutex_lock(&lane->lock);
	if (lane->last)
		lane->last->next = op;
	else
		lane->first = op;
	lane->last = op;
	lane->queued++;
	bool must_lead = !lane->is_led;
	lane->is_led = true;
	pthread_mutex_unlock(&lane->lock);
	return must_lead;
}

/* Few and nearly sorted: insertion. */
static void sort_batch(struct batch *b)
{
	for (size_t i = 1; i < b->n; i++) {
		struct engine_op *op = b->ops[i];
		size_t at = i;
		for (; at > 0 && b->ops[at - 1]->order > op->order; at--)
			b->ops[at] = b->ops[at - 1];
		b->ops[at] = op;
	}
}

/* The next batch; when there is none, the lane has no leader any more. */
static void take_batch(struct lane *lane, struct batch *b)
{
	size_t weight = 0;
	b->n = 0;
	pthread_mutex_lock(&lane->lock);
	while (lane->first && b->n < BATCH_OPS_MAX) {
		struct engine_op *op = lane->first;
		weight += op->weight;
		if (b->n && weight > BATCH_WEIGHT_MAX)
			break;
		lane->first = op->next;
		lane->queued--;
		b->ops[b->n++] = op;
	}
	if (!lane->first)
		lane->last = NULL;
	if (!b->n)
		lane->is_led = false;
	pthread_mutex_unlock(&lane->lock);
	sort_batch(b);
}

/* ---------------------------------------------------------------- one operation */

static void finish(struct lane *lane, struct engine_op *op, enum err err)
{
	struct store_engine *engine = lane->engine;
	atomic_fetch_add_explicit(&engine->ops, 1, memory_order_relaxed);
	if (err)
		atomic_fetch_add_explicit(&engine->failed_ops, 1, memory_order_relaxed);
	op->done(op, err);
}

/*
 * What a failure means to the caller. What went wrong between us and the database is our own
 * trouble; the operation is known not to have happened.
 */
static enum err translate(struct lane *lane, struct engine_op *op, enum err err)
{
	const struct errinfo *db = db_errinfo(lane->db);
	if (!db->kind)
		return err;
	if (!op->info.kind)
		op->info = *db;
	if (err != db->kind || !db_is_own_trouble(err))
		return err;
	op->info.kind = ERR_TEMP;
	return ERR_TEMP;
}

static enum outcome undo(struct lane *lane, enum guard guard, bool has_written)
{
	if (db_is_lost(lane->db) || !db_in_transaction(lane->db))
		return LOST;
	if (guard == ALONE) {
		db_rollback(lane->db);
		return RAN;
	}
	/* After a failed statement PostgreSQL wants a savepoint, whatever it was. */
	if (guard == BARE)
		return has_written || db_errinfo(lane->db)->kind ? SPOILED : RAN;
	return db_savepoint_rollback(lane->db) ? LOST : RAN;
}

static enum outcome run_one(struct lane *lane, struct engine_op *op, enum guard guard)
{
	op->err = ERR_OK;
	op->info = (struct errinfo){ 0 };
	op->n_changes = 0;
	op->runs++;
	db_clear_failure(lane->db);
	if (guard == SAVEPOINT && db_savepoint(lane->db))
		return LOST;
	struct running_op r = { .queued = op, .changes = lane->changes };
	engine_op_fill(&r, lane->engine, lane->db, op->a, lane->scratch);
	r.op.info = &op->info;
	r.op.caller = op->caller;
	r.op.caller_process = op->caller_process;
	uint64_t written = db_written(lane->db);
	enum err err = op->fn(&r.op, op->ctx);
	arena_reset(lane->scratch);
	if (!err && guard == SAVEPOINT && db_savepoint_release(lane->db))
		err = db_errinfo(lane->db)->kind;
	if (!err)
		return RAN;

	bool is_busy = err == ERR_BUSY && db_errinfo(lane->db)->kind == ERR_BUSY;
	op->err = translate(lane, op, err);
	op->n_changes = 0;
	enum outcome outcome = undo(lane, guard, db_written(lane->db) != written);
	return outcome == RAN && is_busy ? BUSY : outcome;
}

void op_note_change(struct op *op, uint64_t account_id, uint64_t modseq)
{
	struct running_op *r = (struct running_op *)op;
	struct engine_op *q = r->queued;
	must(q != NULL);
	for (size_t i = 0; i < q->n_changes; i++) {
		if (q->changes[i].account_id == account_id) {
			if (modseq > q->changes[i].modseq)
				q->changes[i].modseq = modseq;
			return;
		}
	}
	/* Grows by doubling: room is the power of two at or above the number. */
	size_t n = q->n_changes;
	if ((n & (n - 1)) == 0 && n != 1) {
		struct engine_change *wider = arena_array(r->changes, n ? n * 2 : 2,
		                                          sizeof(*wider));
		if (n)
			memcpy(wider, q->changes, n * sizeof(*wider));
		q->changes = wider;
	}
	q->changes[q->n_changes++] = (struct engine_change){ account_id, modseq };
}

/* ---------------------------------------------------------------- beginning */

/*
 * A primary that this process has not seen before may have lost commits that clients know of: a new
 * epoch makes every mailbox skip numbers (STORE epoch gap). Its identity is kept beside the epoch,
 * so that several nodes bump it once.
 */
static enum err greet_primary(struct lane *lane)
{
	struct store_engine *engine = lane->engine;
	struct db *db = lane->db;
	struct str identity = { 0 }, known = { 0 };
	uint64_t epoch = 0;
	enum err err = db_begin(db, true);
	if (err)
		return err;
	err = db_run(db_prepare(db, "SELECT v FROM meta WHERE k = 'epoch' @LOCK@"), NULL);
	if (!err)
		err = db_postgres_identity(db, lane->scratch, &identity);
	if (!err)
		err = schema_meta_get_u64(db, STR("epoch"), &epoch);
	if (!err) {
		err = schema_meta_get(db, lane->scratch, STR("primary"), &known);
		if (err == ERR_NOTFOUND)
			err = ERR_OK;
	}
	uint64_t seen = atomic_load(&engine->epoch);
	bool is_other = known.n && !str_eq(known, identity);
	if (!err && (is_other || seen > epoch))
		epoch = (seen > epoch ? seen : epoch) + 1;
	if (!err)
		err = schema_meta_set_u64(db, STR("epoch"), epoch);
	if (!err)
		err = schema_meta_set(db, STR("primary"), identity);
	if (!err)
		err = db_commit(db);
	if (err) {
		db_rollback(db);
		return err;
	}
	while (seen < epoch && !atomic_compare_exchange_weak(&engine->epoch, &seen, epoch))
		;
	lane->seen_generation = db_generation(db);
	return ERR_OK;
}

static enum err extend_ids(struct lane *lane)
{
	struct ids *ids = &lane->engine->ids;
	uint64_t limit = 0;
	enum err err = db_begin(lane->db, true);
	if (err)
		return err;
	err = ids_extend(ids, lane->db, &limit);
	/* Somebody has taken our slot because we slept for a day: only a fresh start is safe. */
	must(err != ERR_DENIED);
	if (!err)
		err = db_commit(lane->db);
	else
		db_rollback(lane->db);
	if (!err)
		ids_extended(ids, limit);
	return err;
}

/* BEGIN, on a database that is the one we know, with ids enough. */
static enum err begin(struct lane *lane)
{
	enum err err = ERR_OK;
	db_clear_failure(lane->db);
	for (int tries = 0; tries < 3; tries++) {
		if (lane->engine->kind == DB_POSTGRES &&
		    (db_is_lost(lane->db) || db_generation(lane->db) != lane->seen_generation)) {
			err = greet_primary(lane);
			arena_reset(lane->scratch);
			if (err)
				continue;
		}
		if (ids_want_more(&lane->engine->ids)) {
			err = extend_ids(lane);
			if (err)
				return err;
		}
		err = db_begin(lane->db, true);
		if (err)
			return err;
		if (lane->engine->kind != DB_POSTGRES ||
		    db_generation(lane->db) == lane->seen_generation)
			return ERR_OK;
		/* It connected anew while beginning. */
		db_rollback(lane->db);
		err = ERR_IO;
	}
	return err;
}

static void pause_ms(long ms)
{
	struct timespec t = { .tv_nsec = ms * 1000000 };
	nanosleep(&t, NULL);
}

/* Take ops whose time is over out of a batch. */
static void expire(struct lane *lane, struct batch *b, const char *why)
{
	int64_t now = clock_mono_ms();
	size_t kept = 0;
	for (size_t i = 0; i < b->n; i++) {
		struct engine_op *op = b->ops[i];
		if (op->deadline_mono_ms > now) {
			b->ops[kept++] = op;
			continue;
		}
		err_set(&op->info, ERR_TEMP, "the store could not write in time: %s", why);
		finish(lane, op, ERR_TEMP);
	}
	b->n = kept;
}

/*
 * The same for those that still wait, so that nobody waits behind a database that does not answer.
 */
static void expire_queued(struct lane *lane, const char *why)
{
	int64_t now = clock_mono_ms();
	struct engine_op *late = NULL, **late_end = &late;
	pthread_mutex_lock(&lane->lock);
	struct engine_op **at = &lane->first;
	lane->last = NULL;
	while (*at) {
		struct engine_op *op = *at;
		if (op->deadline_mono_ms > now) {
			lane->last = op;
			at = &op->next;
			continue;
		}
		*at = op->next;
		lane->queued--;
		op->next = NULL;
		*late_end = op;
		late_end = &op->next;
	}
	pthread_mutex_unlock(&lane->lock);
	while (late) {
		struct engine_op *op = late;
		late = op->next;
		err_set(&op->info, ERR_TEMP, "the store could not write in time: %s", why);
		finish(lane, op, ERR_TEMP);
	}
}

/*
 * The server may take as long as somebody in the batch has time, and a little more for those that
 * came late.
 */
static void set_deadline(struct lane *lane, const struct batch *b)
{
	int64_t deadline = clock_mono_ms() + 1000;
	for (size_t i = 0; i < b->n; i++) {
		if (b->ops[i]->deadline_mono_ms > deadline)
			deadline = b->ops[i]->deadline_mono_ms;
	}
	db_set_deadline(lane->db, deadline);
}

/*
 * Begin, waiting for the database as long as somebody in the batch has time; false when nobody has.
 */
static bool begin_patiently(struct lane *lane, struct batch *b)
{
	set_deadline(lane, b);
	for (;;) {
		enum err err = begin(lane);
		if (!err) {
			/* Those that came too late are not run at all. */
			expire(lane, b, "too many were waiting");
			if (b->n)
				return true;
			db_rollback(lane->db);
			return false;
		}
		db_rollback(lane->db);
		const char *why = db_errinfo(lane->db)->text;
		expire(lane, b, why);
		expire_queued(lane, why);
		if (!b->n)
			return false;
		pause_ms(RETRY_PAUSE_MS);
	}
}

/* ---------------------------------------------------------------- batches */

static void run_alone(struct lane *lane, struct engine_op *op);

static void count_batch(struct lane *lane)
{
	atomic_fetch_add_explicit(&lane->engine->batches, 1, memory_order_relaxed);
	if (lane->engine->kind == DB_SQLITE)
		atomic_store_explicit(&lane->wal_bytes, db_sqlite_wal_bytes(lane->db),
		                      memory_order_relaxed);
}

static void tell_all(struct lane *lane, struct engine_op *const *ops, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!ops[i]->err && ops[i]->n_changes)
			watch_hub_note(&lane->engine->hub, ops[i]->changes, ops[i]->n_changes);
	}
	for (size_t i = 0; i < n; i++)
		finish(lane, ops[i], ops[i]->err);
}

/* COMMIT failed. `op` had run without failing. */
static void finish_uncommitted(struct lane *lane, struct engine_op *op, const struct errinfo *why,
                               bool is_unknown)
{
	if (is_unknown && op->is_repeatable && op->runs < RUNS_MAX) {
		run_alone(lane, op);
		return;
	}
	enum err err = is_unknown ? ERR_IO : ERR_TEMP;
	err_set(&op->info, err, "%s: %s",
	        is_unknown ? "it is unknown whether it was committed" : "could not commit",
	        why->text);
	finish(lane, op, err);
}

/*
 * Tests only: promise first, commit later. Whoever is killed in between has lied, and the crash
 * checker must notice.
 */
static void commit_unsafely(struct lane *lane, struct engine_op *const *ops, size_t n)
{
	tell_all(lane, ops, n);
	pause_ms(RETRY_PAUSE_MS);
	if (db_commit(lane->db))
		db_rollback(lane->db);
	count_batch(lane);
}

static void commit(struct lane *lane, struct engine_op *const *ops, size_t n)
{
	if (lane->engine->options.unsafe_early_answer) {
		commit_unsafely(lane, ops, n);
		return;
	}
	db_clear_failure(lane->db);
	enum err err = db_commit(lane->db);
	if (!err) {
		count_batch(lane);
		tell_all(lane, ops, n);
		return;
	}
	atomic_fetch_add_explicit(&lane->engine->commits_failed, 1, memory_order_relaxed);
	struct errinfo why = *db_errinfo(lane->db);
	bool is_unknown = db_is_commit_unknown(lane->db);
	for (size_t i = 0; i < n; i++) {
		if (ops[i]->err)
			finish(lane, ops[i], ops[i]->err);
		else
			finish_uncommitted(lane, ops[i], &why, is_unknown);
	}
}

/* An operation in a transaction of its own, again and again while that may help. */
static void run_alone(struct lane *lane, struct engine_op *op)
{
	bool is_retry = op->runs > 0;
	for (;;) {
		if (op->runs)
			atomic_fetch_add_explicit(&lane->engine->reruns, 1, memory_order_relaxed);
		struct batch b = { .ops = { op }, .n = 1 };
		if (!begin_patiently(lane, &b))
			return;
		enum outcome outcome = run_one(lane, op, ALONE);
		if (outcome == RAN && !op->err && is_retry && lane->engine->kind == DB_POSTGRES &&
		    db_postgres_force_wal(lane->db))
			outcome = LOST;
		if (outcome == RAN && !op->err) {
			commit(lane, &op, 1);
			return;
		}
		db_rollback(lane->db);
		/* A full disk ends the transaction, too, but trying again at once does not help. */
		bool is_hopeless = outcome == LOST && !db_is_lost(lane->db);
		if (outcome == RAN || is_hopeless || op->runs >= RUNS_MAX) {
			enum err err = op->err ? op->err : ERR_TEMP;
			if (!op->info.kind)
				op->info = *db_errinfo(lane->db);
			finish(lane, op, err);
			return;
		}
		pause_ms(10 * op->runs);
	}
}

/* What became of the operations of a batch in one transaction. */
struct run {
	struct engine_op *ran[BATCH_OPS_MAX], *again[BATCH_OPS_MAX];
	size_t n_ran, n_again;
};

/* RAN: all of them ran. Otherwise the transaction is to be rolled back. */
static enum outcome run_all(struct lane *lane, struct batch *b, enum guard guard, struct run *run)
{
	run->n_ran = run->n_again = 0;
	for (size_t i = 0; i < b->n; i++) {
		enum outcome outcome = run_one(lane, b->ops[i], guard);
		if (outcome == LOST || outcome == SPOILED)
			return outcome;
		if (outcome == BUSY)
			run->again[run->n_again++] = b->ops[i];
		else
			run->ran[run->n_ran++] = b->ops[i];
	}
	return RAN;
}

static void run_batch(struct lane *lane, struct batch *b)
{
	struct run run;
	if (b->n == 1) {
		run_alone(lane, b->ops[0]);
		return;
	}
	if (!begin_patiently(lane, b))
		return;
	enum outcome outcome = run_all(lane, b, BARE, &run);
	if (outcome == SPOILED) {
		db_rollback(lane->db);
		if (!begin_patiently(lane, b))
			return;
		outcome = run_all(lane, b, SAVEPOINT, &run);
	}
	if (outcome != RAN) {
		db_rollback(lane->db);
		for (size_t i = 0; i < b->n; i++)
			run_alone(lane, b->ops[i]);
		return;
	}
	commit(lane, run.ran, run.n_ran);
	for (size_t i = 0; i < run.n_again; i++)
		run_alone(lane, run.again[i]);
}

/* ---------------------------------------------------------------- leading */

void lane_note_copied(struct lane *lane, uint64_t bytes)
{
	atomic_store_explicit(&lane->copied_bytes, bytes, memory_order_relaxed);
}

/*
 * Only its writer can begin the log anew, when all of it is in the file. Upkeep copies it in the
 * background, so that little is left to do here; when it cannot keep up the writer waits.
 */
static bool checkpoint_is_due(struct lane *lane)
{
	if (lane->engine->kind != DB_SQLITE)
		return false;
	uint64_t size = db_sqlite_wal_bytes(lane->db);
	uint64_t copied = atomic_load_explicit(&lane->copied_bytes, memory_order_relaxed);
	if (size < LANE_CHECKPOINT_BYTES) {
		lane->checkpoint_at = LANE_CHECKPOINT_BYTES;
		return false;
	}
	return size >= lane->checkpoint_at &&
	       (size >= CHECKPOINT_LATE_BYTES || size <= copied + CHECKPOINT_SMALL_BYTES);
}

static void checkpoint(struct lane *lane)
{
	if (!checkpoint_is_due(lane))
		return;
	uint64_t size = db_sqlite_wal_bytes(lane->db);
	uint64_t left = 0;
	enum err err = db_sqlite_checkpoint(lane->db, true, &left);
	atomic_fetch_add_explicit(&lane->engine->checkpoints, 1, memory_order_relaxed);
	if (!err)
		lane_note_copied(lane, size - left);
	/*
	 * Upkeep was at it: soon again. Otherwise the next transaction begins the log anew, unless
	 * somebody reads it: then it grows some more first.
	 */
	if (err != ERR_BUSY)
		lane->checkpoint_at = size + CHECKPOINT_STEP_BYTES;
}

static bool hand_over(struct lane *lane);

static void lead(struct lane *lane, const struct engine_op *own, bool is_keeper)
{
	struct batch b;
	bool may_stop = !own && !is_keeper;
	unsigned batches = 0;
	for (;;) {
		take_batch(lane, &b);
		if (!b.n)
			return;
		for (size_t i = 0; own && i < b.n; i++)
			may_stop |= b.ops[i] == own;
		run_batch(lane, &b);
		checkpoint(lane);
		arena_reset(lane->changes);
		/* A thread that nothing waits for goes on for a while: waking another one takes
		 * time. */
		if (may_stop && (own || ++batches >= BATCHES_A_LEADER) && hand_over(lane))
			return;
	}
}

void lane_lead(struct lane *lane, const struct engine_op *own)
{
	lead(lane, own, false);
}

/* ---------------------------------------------------------------- keepers */

static void *run_keeper(void *arg)
{
	struct lane *lane = arg;
	pthread_mutex_lock(&lane->lock);
	while (!lane->is_keeper_closing || lane->must_keep) {
		if (!lane->must_keep) {
			pthread_cond_wait(&lane->keeper_called, &lane->lock);
			continue;
		}
		lane->must_keep = false;
		pthread_mutex_unlock(&lane->lock);
		lead(lane, NULL, true);
		pthread_mutex_lock(&lane->lock);
	}
	pthread_mutex_unlock(&lane->lock);
	return NULL;
}

void lane_keep(struct lane *lane)
{
	must(!lane->has_keeper);
	lane->is_keeper_closing = false;
	must(pthread_create(&lane->keeper, NULL, run_keeper, lane) == 0);
	pthread_mutex_lock(&lane->lock);
	lane->has_keeper = true;
	pthread_mutex_unlock(&lane->lock);
}

void lane_unkeep(struct lane *lane)
{
	pthread_mutex_lock(&lane->lock);
	lane->has_keeper = false;
	lane->is_keeper_closing = true;
	pthread_cond_signal(&lane->keeper_called);
	pthread_mutex_unlock(&lane->lock);
	pthread_join(lane->keeper, NULL);
}

/* ---------------------------------------------------------------- waiting threads */

/* A thread that waits for its op, and may be asked to lead meanwhile. */
struct engine_waiter {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool is_done, must_lead;
	enum err err;
};

static void wake_waiter(struct engine_op *op, enum err err)
{
	struct engine_waiter *w = op->waiter;
	pthread_mutex_lock(&w->lock);
	w->is_done = true;
	w->err = err;
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->lock);
}

/*
 * Give the lead to a thread that waits anyway, or to the keeper, so that nobody works for others
 * without end. The lane stays led; the op of a thread that waits is still queued, so it cannot go
 * away.
 */
static bool hand_over(struct lane *lane)
{
	pthread_mutex_lock(&lane->lock);
	bool is_given = lane->first && lane->has_keeper;
	if (is_given) {
		lane->must_keep = true;
		pthread_cond_signal(&lane->keeper_called);
	}
	struct engine_op *op = is_given ? NULL : lane->first;
	while (op && !op->can_lead)
		op = op->next;
	if (op) {
		pthread_mutex_lock(&op->waiter->lock);
		op->waiter->must_lead = true;
		pthread_cond_signal(&op->waiter->cond);
		pthread_mutex_unlock(&op->waiter->lock);
	}
	pthread_mutex_unlock(&lane->lock);
	return is_given || op;
}

/*
 * Ops of one account share a lane: there they follow each other in one transaction, in two lanes
 * one would wait for the other's commit, or find the account locked. All others go where the least
 * is waiting.
 */
static struct lane *pick_lane(struct store_engine *engine, uint64_t affinity)
{
	if (engine->n_lanes == 1)
		return &engine->lanes[0];
	if (affinity)
		return &engine->lanes[(affinity * 0x9e3779b97f4a7c15u >> 32) % engine->n_lanes];
	uint32_t first = atomic_fetch_add_explicit(&engine->next_lane, 1, memory_order_relaxed);
	struct lane *best = NULL;
	size_t best_load = SIZE_MAX;
	for (uint32_t i = 0; i < engine->n_lanes && best_load; i++) {
		struct lane *lane = &engine->lanes[(first + i) % engine->n_lanes];
		pthread_mutex_lock(&lane->lock);
		size_t load = lane->queued + lane->is_led;
		pthread_mutex_unlock(&lane->lock);
		if (load < best_load) {
			best = lane;
			best_load = load;
		}
	}
	return best;
}

void engine_submit(struct store_engine *engine, struct engine_op *op)
{
	struct lane *lane = pick_lane(engine, op->affinity);
	if (lane_enqueue(lane, op))
		lane_lead(lane, NULL);
}

enum err engine_run(struct store_engine *engine, struct engine_op *op)
{
	struct engine_waiter w = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.cond = PTHREAD_COND_INITIALIZER,
	};
	op->done = wake_waiter;
	op->waiter = &w;
	op->can_lead = true;
	struct lane *lane = pick_lane(engine, op->affinity);
	if (lane_enqueue(lane, op))
		lane_lead(lane, op);
	pthread_mutex_lock(&w.lock);
	while (!w.is_done) {
		if (w.must_lead) {
			w.must_lead = false;
			pthread_mutex_unlock(&w.lock);
			lane_lead(lane, op);
			pthread_mutex_lock(&w.lock);
			continue;
		}
		pthread_cond_wait(&w.cond, &w.lock);
	}
	pthread_mutex_unlock(&w.lock);
	pthread_cond_destroy(&w.cond);
	pthread_mutex_destroy(&w.lock);
	return w.err;
}
