/*
 * The engine inside the store: readers, lanes, ids, watchers, and running functions in
 * transactions.
 *
 * A writing function is queued to a lane as a `struct engine_op`. The thread that queues becomes
 * the lane's leader if the lane has none, otherwise it returns at once: the leader takes everything
 * that is queued, runs it in one transaction (a savepoint each), commits once, and then calls every
 * op's `done` from its own thread. While it waits for the disk the next batch collects: group
 * commit without a timer.
 *
 * Invariants. `done` is called exactly once for every submitted op, never before its outcome is
 * known to be durable, and never with a lock of the engine held. Functions may run several times
 * before that; only the last run counts.
 */
#ifndef TAYORI_STORE_ENGINE_PRIV_H
#define TAYORI_STORE_ENGINE_PRIV_H

#include "src/store/op_priv.h"
#include "src/store/store.h"

struct engine_waiter;

/* What runs inside a transaction; see op_priv.h for its duties. */
typedef enum err engine_fn(struct op *op, void *ctx);

/* --- synchronous helpers: code outside of lanes (log-in, upkeep) */

/*
 * Run `fn` on a reader, in one snapshot. May wait for a reader. Fails with what `fn` returned,
 * ERR_TEMP, ERR_IO.
 */
enum err engine_read(struct store_engine *engine, engine_fn *fn, void *ctx,
                     struct errinfo *info) MUST_USE;

/* Run `fn` in a lane and wait until it is committed. Never call this from inside a lane. */
enum err engine_write(struct store_engine *engine, engine_fn *fn, void *ctx,
                      struct errinfo *info) MUST_USE;

/* The options the engine was opened with; texts live as long as the engine. */
const struct store_options *engine_options(const struct store_engine *engine);

/* --- asynchronous writing */

struct engine_op {
	/* set by the submitter, kept until `done` */
	engine_fn *fn;
	void *ctx;
	void (*done)(struct engine_op *op, enum err err);
	struct arena *a; /* results; may be NULL when fn makes none */
	enum store_caller caller;
	uint64_t caller_process;
	size_t weight;  /* octets it brings, for the size of a batch */
	uint64_t order; /* within a batch, lower ones run first: rows are then written side by side
	                 */
	uint64_t affinity; /* the account it changes: ops of one account go to one lane; 0: none */
	int64_t deadline_mono_ms; /* not begun after this: ERR_TIMEOUT; 0: none */
	bool is_repeatable; /* repeating it after an unknown COMMIT is harmless (accept_key) */
	bool can_lead;      /* a thread waits for this op and may be made leader */
	/* why it failed; valid in `done` */
	struct errinfo info;
	/* the lane's own */
	struct engine_op *next;
	struct engine_change *changes;
	size_t n_changes;
	struct engine_waiter *waiter;
	enum err err;
	unsigned runs;
};

/* "Account is now at modseq", kept until after the commit. */
struct engine_change {
	uint64_t account_id;
	uint64_t modseq;
};

/* Queue `op` (keeps: until done). `done` may be called before this returns. */
void engine_submit(struct store_engine *engine, struct engine_op *op);

/*
 * Give every lane a thread of its own that takes the lead over when the queue does not become
 * empty, so that whoever submits is free again after one batch. For servers; end it before the
 * engine is closed.
 */
void engine_keep(struct store_engine *engine);
void engine_unkeep(struct store_engine *engine);

/* Queue `op` and wait; uses `op->done` itself. */
enum err engine_run(struct store_engine *engine, struct engine_op *op) MUST_USE;

/* Run `fn` with a caller's identity on a reader; results in `a`. */
enum err engine_run_read(struct store_engine *engine, engine_fn *fn, void *ctx, struct arena *a,
                         enum store_caller caller, uint64_t caller_process,
                         struct errinfo *info) MUST_USE;

/*
 * Fresh ids, `count` in a row (at most 1024); waits for a lane when the committed range is used up.
 */
enum err engine_ids(struct store_engine *engine, uint32_t count, uint64_t *first_r,
                    struct errinfo *info) MUST_USE;

/*
 * This store process among those of one database, to be written beside what a caller's process
 * holds; and whether a holder's process has certainly ended, which only its own store process can
 * tell.
 */
uint64_t engine_node(const struct store_engine *engine);
bool engine_is_process_gone(struct store_engine *engine, uint64_t node, uint64_t process);

/* There is work for upkeep (mail that could not be delivered at once): do it soon. Any thread. */
void engine_want_upkeep(struct store_engine *engine);
bool engine_take_upkeep(struct store_engine *engine);

/* --- numbers for tests, status and metrics */
struct engine_stats {
	uint64_t batches; /* transactions that were committed */
	uint64_t ops;     /* operations that ended, failed ones included */
	uint64_t failed_ops, reruns, commits_failed, checkpoints;
};
void engine_stats_get(const struct store_engine *engine, struct engine_stats *stats_r);

#endif
