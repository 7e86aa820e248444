/*
 * How an operation is written: a function from request to result inside a transaction that its lane
 * has begun.
 *
 * A writing operation runs in a savepoint of a lane's transaction, together with others; when it
 * returns an error its savepoint is rolled back and the others go on. It must not commit, wait for
 * anything but the database, or keep anything. It may be run again from the start (ERR_BUSY, or
 * after a lost connection before COMMIT), so it changes nothing outside the database except through
 * `op`. A reading operation runs in a snapshot on a reader.
 *
 * What others must hear after the commit is noted with op_note_change; the lane tells watchers once
 * it is durable.
 */
#ifndef TAYORI_STORE_OP_PRIV_H
#define TAYORI_STORE_OP_PRIV_H

#include "src/store/db.h"
#include "src/store/store.h"

struct map_cache;
struct op_body;
struct store_engine;

struct op {
	struct store_engine *engine;
	struct db *db;
	struct arena *a;       /* results */
	struct arena *scratch; /* emptied after the operation */
	struct errinfo *info;  /* text for the log when it fails; never NULL */
	int64_t now_ms;        /* the same for the whole operation */
	uint64_t epoch;        /* of this store now, see STORE epoch gap */
	enum store_caller caller;
	uint64_t caller_process; /* what grants are bound to */
	const struct store_options *options;
	/*
	 * True in a snapshot on a reader. The verb `select` runs there first, also when it is not
	 * an EXAMINE: one that then finds that it must write (to take \Recent) returns ERR_BUSY and
	 * is run again in a lane.
	 */
	bool is_reader;
	/* Sequence-number maps, one cache an engine (map.h: map_cache_new, map_cache_free); NULL:
	 * every map is read anew. */
	struct map_cache *maps;
	/*
	 * accept and append: what op_body_prepare made of the message before the operation was
	 * queued, of further ones behind `next`; NULL: the operation hashes and compresses in the
	 * lane.
	 */
	const struct op_body *prepared;
};

/*
 * The part of accept and append that needs no database, for the submitting thread: hash and
 * compress. Results are in `a` and must live as long as the operation. *prepared_r is NULL for a
 * message that is too large to be held twice; the operation then works on it slice by slice. `next`
 * is remembered in it. Fails with: ERR_LIMIT.
 */
enum err op_body_prepare(struct arena *a, const struct store_options *o, struct str body,
                         uint32_t hdr_size, const struct op_body *next,
                         const struct op_body **prepared_r, struct errinfo *info) MUST_USE;

/* The same for all messages of an append, whose octets are `body`. */
enum err op_append_prepare(struct arena *a, const struct store_options *o,
                           const struct store_append_req *q, struct str body,
                           const struct op_body **prepared_r, struct errinfo *info) MUST_USE;

/* After commit, tell watchers that `account_id` is now at `modseq`. */
void op_note_change(struct op *op, uint64_t account_id, uint64_t modseq);

/*
 * Check a grant; the account it names. A caller that is an administrator may name any account with
 * an empty seal. Fails with: ERR_DENIED.
 */
enum err op_check_grant(struct op *op, const struct store_grant *grant,
                        uint64_t *account_id_r) MUST_USE;

/* Seal a grant for an account. */
struct store_grant op_make_grant(struct op *op, uint64_t account_id);

/* A fresh id (STORE ids: time, node slot, counter). */
uint64_t op_new_id(struct op *op);

/* enum err op_VERB(struct op *op, const struct store_VERB_req *q, struct store_VERB_res *r), one
 * for each verb. */
#define OP_VERB(verb)                                                         \
	enum err op_##verb(struct op *op, const struct store_##verb##_req *q, \
	                   struct store_##verb##_res *r) MUST_USE
#define OP_VERB_VOID(verb) \
	enum err op_##verb(struct op *op, const struct store_##verb##_req *q) MUST_USE

OP_VERB(domain_add);
OP_VERB_VOID(domain_del);
OP_VERB(domain_list);
OP_VERB(account_add);
OP_VERB_VOID(account_set);
OP_VERB_VOID(account_del);
OP_VERB(account_list);
OP_VERB_VOID(alias_add);
OP_VERB_VOID(alias_del);
OP_VERB(alias_list);
OP_VERB(resolve);
OP_VERB(owns);
OP_VERB(accept);
OP_VERB(mailbox_list);
OP_VERB(mailbox_get);
OP_VERB(mailbox_create);
OP_VERB_VOID(mailbox_delete);
OP_VERB_VOID(mailbox_rename);
OP_VERB_VOID(mailbox_subscribe);
OP_VERB(subscriptions);
OP_VERB(select);
OP_VERB(sync);
OP_VERB(fetch);
OP_VERB(read);
OP_VERB(append);
OP_VERB(store_flags);
OP_VERB(copy);
OP_VERB(expunge);
OP_VERB(numbers);
OP_VERB(vanished);
OP_VERB(search);
OP_VERB(quota);
OP_VERB(pop_open);
OP_VERB_VOID(pop_renew);
OP_VERB_VOID(pop_close);
OP_VERB(queue_list);
OP_VERB(trace);
OP_VERB(status);
OP_VERB(check);
OP_VERB(upkeep);

#endif
