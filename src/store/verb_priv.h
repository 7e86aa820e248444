/*
 * Running a verb: from its number and its request to the function that does it, with the rights of
 * its caller.
 */
#ifndef TAYORI_STORE_VERB_PRIV_H
#define TAYORI_STORE_VERB_PRIV_H

#include "src/store/engine_priv.h"
#include "src/store/wire.h"

/* One verb on its way. The caller fills the first group and keeps it all until the end. */
struct verb_call {
	struct store_engine *engine;
	enum wire_verb verb;
	enum store_caller caller;
	uint64_t process; /* of the caller: what grants are bound to */
	struct arena *a;  /* request, result and everything between */
	void *req;
	void *res; /* room for the result, or NULL when there is none */
	int64_t deadline_mono_ms;

	const struct op_body *prepared; /* a message hashed and packed before the lane */
	struct errinfo info;            /* why it failed */
	struct engine_op op;            /* for a lane */
	void *owner;                    /* the caller's own */
};

/*
 * May this caller use this verb, and is its message body readable? Maps a body that came as a file.
 * First step. Fails with: ERR_DENIED, ERR_INVALID, ERR_TEMP.
 */
enum err verb_begin(struct verb_call *c) MUST_USE;

/* How this call is to be run. */
enum wire_kind verb_kind(const struct verb_call *c);

/*
 * On this thread, in a snapshot: READ, LOCAL, READ_FIRST. `*must_write_r`: it has to be queued
 * after all.
 */
enum err verb_read(struct verb_call *c, bool *must_write_r) MUST_USE;

/*
 * Queue to a lane; `done` is called with &c->op, see verb_of. WRITE, and READ_FIRST that must
 * write.
 */
void verb_queue(struct verb_call *c, void (*done)(struct engine_op *op, enum err err));

/* On this thread, which may be busy or wait for long: SIDE. */
enum err verb_side(struct verb_call *c) MUST_USE;

/* All of it, on this thread. */
enum err verb_run(struct verb_call *c) MUST_USE;

/* The call that an op belongs to. */
struct verb_call *verb_of(struct engine_op *op);

#endif
