#include <stddef.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/log.h"
#include "src/base/must.h"
#include "src/store/auth_priv.h"
#include "src/store/verb_priv.h"

#define TRACE_MAX 4096

/* ---------------------------------------------------------------- verbs in a transaction */

/* clang-format off */

/*
 * One function of one type for each operation: op_VERB(op, const struct store_VERB_req *, struct
 * store_VERB_res *).
 */
#define RUN(verb, kind, callers, grant) RUN_##kind(verb)
#define RUN_VOID(verb, kind, callers, grant) RUN_VOID_##kind(verb)
#define RUN_WIRE_SIDE(verb)
#define RUN_WIRE_LOCAL(verb)
#define RUN_VOID_WIRE_SIDE(verb)
#define RUN_WIRE_READ(verb) \
	static enum err run_##verb(struct op *op, const void *q, void *r) \
	{ \
		return op_##verb(op, q, r); \
	}
#define RUN_WIRE_WRITE(verb) RUN_WIRE_READ(verb)
#define RUN_WIRE_READ_FIRST(verb) RUN_WIRE_READ(verb)
#define RUN_VOID_WIRE_WRITE(verb) \
	static enum err run_##verb(struct op *op, const void *q, void *r) \
	{ \
		(void)r; \
		return op_##verb(op, q); \
	}

WIRE_VERBS(RUN, RUN_VOID)
RUN_WIRE_WRITE(account_add)
RUN_VOID_WIRE_WRITE(account_set)

#define ENTRY(verb, kind, callers, grant) ENTRY_##kind(verb)
#define ENTRY_WIRE_SIDE(verb)
#define ENTRY_WIRE_LOCAL(verb)
#define ENTRY_WIRE_READ(verb) [WIRE_VERB_##verb] = run_##verb,
#define ENTRY_WIRE_WRITE(verb) ENTRY_WIRE_READ(verb)
#define ENTRY_WIRE_READ_FIRST(verb) ENTRY_WIRE_READ(verb)

static enum err (*const runs[WIRE_VERB_COUNT])(struct op *op, const void *q, void *r) = {
	WIRE_VERBS(ENTRY, ENTRY)
	[WIRE_VERB_account_add] = run_account_add,
	[WIRE_VERB_account_set] = run_account_set,
};

/* clang-format on */

/* The grant is checked here for every verb that has one, so that no operation can forget it. */
static enum err check_grant(struct op *op, const struct verb_call *c)
{
	uint64_t account_id = 0;
	const struct store_grant *grant = c->req;
	enum wire_grant need = wire_verbs[c->verb].grant;
	if (need == WIRE_NO_GRANT || (need == WIRE_GRANT_OPTIONAL && !grant->account_id))
		return ERR_OK;
	return op_check_grant(op, grant, &account_id);
}

/* A recipient whose account was locked waits in the queue, but not for long. */
static void look_for_pending(struct op *op, const struct store_accept_req *q,
                             const struct store_accept_res *r)
{
	for (size_t i = 0; i < r->n_results && i < q->n_rcpts; i++) {
		if (r->results[i].fate == STORE_FATE_QUEUED &&
		    q->rcpts[i].kind == STORE_ROUTE_LOCAL)
			engine_want_upkeep(op->engine);
	}
}

static enum err run_in_transaction(struct op *op, void *ctx)
{
	struct verb_call *c = ctx;
	enum err err = check_grant(op, c);
	if (err)
		return err;
	op->prepared = c->prepared;
	/* It may run again: what a first run left in the result must not be seen. */
	if (c->res)
		memset(c->res, 0, wire_verbs[c->verb].res->size);
	err = runs[c->verb](op, c->req, c->res);
	if (!err && c->verb == WIRE_VERB_accept && c->res)
		look_for_pending(op, c->req, c->res);
	return err;
}

/* ---------------------------------------------------------------- verbs on the side pool */

static enum err run_in_lane(struct verb_call *c);

/* Hash first, outside of the lane; the operation takes what is hashed. */
static enum err account_add(struct verb_call *c)
{
	struct store_account_add_req *q = c->req;
	enum err err = auth_password_prepare(c->engine, c->a, q->password, q->is_hashed,
	                                     &q->password, &c->info);
	if (err)
		return err;
	q->is_hashed = true;
	return run_in_lane(c);
}

static enum err account_set(struct verb_call *c)
{
	struct store_account_set_req *q = c->req;
	if (q->set & STORE_ACCOUNT_PASSWORD) {
		enum err err = auth_password_prepare(c->engine, c->a, q->password, q->is_hashed,
		                                     &q->password, &c->info);
		if (err)
			return err;
		q->is_hashed = true;
	}
	return run_in_lane(c);
}

enum err verb_side(struct verb_call *c)
{
	switch ((unsigned)c->verb) {
	case WIRE_VERB_account_add:
		return account_add(c);
	case WIRE_VERB_account_set:
		return account_set(c);
	case WIRE_VERB_login:
		return auth_login(c->engine, c->process, c->a, c->req, c->res, &c->info);
	case WIRE_VERB_scram_begin:
		return auth_scram_begin(c->engine, c->process, c->a, c->req, c->res, &c->info);
	case WIRE_VERB_scram_finish:
		return auth_scram_finish(c->engine, c->process, c->a, c->req, c->res, &c->info);
	case WIRE_VERB_apop:
		return auth_apop(c->engine, c->process, c->a, c->req, c->res, &c->info);
	default:
		must(false && "a verb of the side pool");
	}
}

/* ---------------------------------------------------------------- the way of a call */

static void trace(const struct verb_call *c)
{
	if (!log_is_on(LOG_LEVEL_DEBUG))
		return;
	struct arena *a = arena_new(NULL);
	struct buf b = buf_in(a, TRACE_MAX);
	wire_trace(&b, wire_verbs[c->verb].req, c->req);
	log_event(LOG_LEVEL_DEBUG, "store.call", LOG_C("verb", wire_verbs[c->verb].name),
	          LOG_S("request", buf_str(&b)));
	arena_free(&a);
}

/*
 * Hash and pack a message now, so that the lane, which all writers share, has only rows to write.
 */
static enum err prepare_body(struct verb_call *c, struct str body)
{
	if (c->verb == WIRE_VERB_append)
		return op_append_prepare(c->a, engine_options(c->engine), c->req, body,
		                         &c->prepared, &c->info);
	uint32_t hdr_size = ((const struct store_accept_req *)c->req)->meta.hdr_size;
	return op_body_prepare(c->a, engine_options(c->engine), body, hdr_size, NULL, &c->prepared,
	                       &c->info);
}

enum err verb_begin(struct verb_call *c)
{
	static const uint32_t callers[] = {
		[STORE_CALLER_SESSION] = WIRE_FOR_SESSION,
		[STORE_CALLER_DELIVERY] = WIRE_FOR_DELIVERY,
		[STORE_CALLER_ADMIN] = WIRE_FOR_ADMIN,
	};

	const struct wire_verb_info *v = &wire_verbs[c->verb];
	trace(c);
	if (!(v->callers & callers[c->caller]))
		return err_set(&c->info, ERR_DENIED, "%s: not for this caller", v->name);
	const struct wire_field *f = wire_body_field(v->req);
	if (!f)
		return ERR_OK;
	/* Operations see every body in memory. */
	char *req = c->req;
	int fd = -1, none = -1;
	uint64_t size = 0;
	struct str body = { 0 };
	memcpy(&fd, req + f->count_offset, sizeof(fd));
	memcpy(&size, req + f->size_offset, sizeof(size));
	memcpy(&body, req + f->offset, sizeof(body));
	if (fd > 0) {
		enum err err = wire_body_map(c->a, fd, size, &body, &c->info);
		if (err)
			return err;
	}
	size = body.n;
	memcpy(req + f->offset, &body, sizeof(body));
	memcpy(req + f->count_offset, &none, sizeof(none));
	memcpy(req + f->size_offset, &size, sizeof(size));
	return prepare_body(c, body);
}

enum wire_kind verb_kind(const struct verb_call *c)
{
	if (c->verb == WIRE_VERB_check)
		return ((const struct store_check_req *)c->req)->wants_repair ? WIRE_WRITE
		                                                              : WIRE_READ;
	return wire_verbs[c->verb].kind;
}

static enum err take_ids(struct verb_call *c)
{
	const struct store_ids_req *q = c->req;
	struct store_ids_res *r = c->res;
	return engine_ids(c->engine, q->count, &r->first, &c->info);
}

enum err verb_read(struct verb_call *c, bool *must_write_r)
{
	*must_write_r = false;
	if (wire_verbs[c->verb].kind == WIRE_LOCAL)
		return take_ids(c);
	enum err err = engine_run_read(c->engine, run_in_transaction, c, c->a, c->caller,
	                               c->process, &c->info);
	*must_write_r = err == ERR_BUSY && wire_verbs[c->verb].kind == WIRE_READ_FIRST;
	return err;
}

/* A repeated accept or append finds its key and changes nothing. */
static bool is_repeatable(const struct verb_call *c)
{
	if (c->verb == WIRE_VERB_accept)
		return ((const struct store_accept_req *)c->req)->accept_key.n > 0;
	if (c->verb == WIRE_VERB_append)
		return ((const struct store_append_req *)c->req)->accept_key.n > 0;
	return false;
}

static size_t weight_of(const struct verb_call *c)
{
	const struct wire_field *f = wire_body_field(wire_verbs[c->verb].req);
	uint64_t size = 0;
	if (f)
		memcpy(&size, (const char *)c->req + f->size_offset, sizeof(size));
	return (size_t)size;
}

/* The account that a verb changes first. */
static uint64_t affinity_of(const struct verb_call *c)
{
	if (c->verb == WIRE_VERB_accept) {
		const struct store_accept_req *q = c->req;
		return q->n_rcpts ? q->rcpts[0].account_id : 0;
	}
	if (wire_verbs[c->verb].grant == WIRE_GRANT)
		return ((const struct store_grant *)c->req)->account_id;
	return 0;
}

/* New messages in the order of their ids, so that rows are added at the end of their tables. */
static uint64_t order_of(const struct verb_call *c)
{
	return c->verb == WIRE_VERB_accept ? ((const struct store_accept_req *)c->req)->msg_id : 0;
}

static void fill_op(struct verb_call *c)
{
	c->op = (struct engine_op){
		.fn = run_in_transaction,
		.ctx = c,
		.a = c->a,
		.caller = c->caller,
		.caller_process = c->process,
		.weight = weight_of(c),
		.order = order_of(c),
		.affinity = affinity_of(c),
		.deadline_mono_ms = c->deadline_mono_ms,
		.is_repeatable = is_repeatable(c),
	};
}

void verb_queue(struct verb_call *c, void (*done)(struct engine_op *op, enum err err))
{
	fill_op(c);
	c->op.done = done;
	engine_submit(c->engine, &c->op);
}

struct verb_call *verb_of(struct engine_op *op)
{
	return (struct verb_call *)((char *)op - offsetof(struct verb_call, op));
}

static enum err run_in_lane(struct verb_call *c)
{
	fill_op(c);
	enum err err = engine_run(c->engine, &c->op);
	if (err)
		c->info = c->op.info;
	return err;
}

enum err verb_run(struct verb_call *c)
{
	bool must_write = false;
	enum err err = verb_begin(c);
	if (err)
		return err;
	switch (verb_kind(c)) {
	case WIRE_SIDE:
		return verb_side(c);
	case WIRE_WRITE:
		return run_in_lane(c);
	case WIRE_READ:
	case WIRE_READ_FIRST:
	case WIRE_LOCAL:
		err = verb_read(c, &must_write);
		return must_write ? run_in_lane(c) : err;
	default:
		must(false && "a kind of verb");
	}
}
