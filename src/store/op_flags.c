/*
 * STORE: flags and keywords (RFC 3501 section 6.4.6), UNCHANGEDSINCE (RFC 7162).
 *
 * Flags are in runs (op_flag_block.c): each block that has messages of the set is walked over run
 * by run, made anew with what has changed, and written once.
 */
#include "src/base/arena.h"
#include "src/store/flag_block.h"
#include "src/store/map.h"
#include "src/store/op_mail_priv.h"

struct change {
	struct op *op;
	const struct store_store_flags_req *q;
	struct op_account *account;
	struct op_mailbox *mailbox;
	struct op_view view;
	struct ranges existing; /* of the set */
	size_t range;           /* of them, not behind what is walked over */
	struct op_keywords keywords;
	struct str bits;         /* of the request */
	uint64_t limit;          /* UNCHANGEDSINCE */
	uint64_t modseq;         /* of this change; 0 before anything has changed */
	struct ranges modified;  /* in the numbers of the set */
	struct ranges uids;      /* really changed */
	int64_t unseen, deleted; /* how much more */
	struct store_flags_change *v;
	size_t n, room;

	struct flag_runs block; /* as it will be */
	uint64_t block_first;
	bool is_block_changed;
};

static uint32_t new_flags(const struct store_store_flags_req *q, uint32_t flags)
{
	switch (q->op) {
	case STORE_FLAGS_ADD:
		return flags | q->flags;
	case STORE_FLAGS_REMOVE:
		return flags & ~q->flags;
	default:
		return q->flags;
	}
}

static struct str new_kw(struct change *c, struct str kw)
{
	switch (c->q->op) {
	case STORE_FLAGS_ADD:
		return op_keywords_or(c->op->scratch, kw, c->bits);
	case STORE_FLAGS_REMOVE:
		return op_keywords_without(c->op->scratch, kw, c->bits);
	default:
		return c->bits;
	}
}

static struct store_flags_change *add_answer(struct change *c)
{
	if (c->n == c->room) {
		size_t room = c->room ? c->room * 2 : 32;

		c->v = arena_grow(c->op->a, c->v, c->room * sizeof(*c->v), room * sizeof(*c->v));
		c->room = room;
	}
	return &c->v[c->n++];
}

/* What messages that follow each other have now. */
static enum err answer(struct change *c, const struct flag_run *run)
{
	struct store_flags_change *a;

	if (c->q->is_silent)
		return ERR_OK;
	a = add_answer(c);
	*a = (struct store_flags_change){
		.seq = map_count_below(c->view.map, run->first) + 1,
		.uid = run->first,
		.n_alike = run->last - run->first,
		.modseq = run->modseq,
		.flags = run->flags,
	};
	return op_keywords_names(c->op, &c->keywords, run->kw, &a->keywords, &a->n_keywords);
}

static void refuse(struct change *c, const struct flag_run *run)
{
	uint64_t first = c->q->set.is_uid ? run->first
	                                  : map_count_below(c->view.map, run->first) + 1;

	ranges_add(&c->modified, first, first + (run->last - run->first));
}

static void count(struct change *c, const struct flag_run *run, uint32_t flags_now)
{
	int64_t n = (int64_t)(run->last - run->first + 1);

	c->unseen += n *
	             ((int)!(flags_now & STORE_FLAG_SEEN) - (int)!(run->flags & STORE_FLAG_SEEN));
	c->deleted += n * ((int)!!(flags_now & STORE_FLAG_DELETED) -
	                   (int)!!(run->flags & STORE_FLAG_DELETED));
}

/* Messages of the set that follow each other and have the same. */
static enum err change_run(struct change *c, struct flag_run *run)
{
	uint32_t flags_now;
	struct str kw_now;

	if (run->modseq > c->limit) {
		refuse(c, run);
		return ERR_OK;
	}
	flags_now = new_flags(c->q, run->flags);
	kw_now = new_kw(c, run->kw);
	if (flags_now != run->flags || !str_eq(kw_now, run->kw)) {
		if (!c->modseq)
			c->modseq = op_account_modseq(c->op, c->account);
		count(c, run, flags_now);
		ranges_add(&c->uids, run->first, run->last);
		run->flags = flags_now;
		run->kw = kw_now;
		run->modseq = c->modseq;
		c->is_block_changed = true;
	}
	return answer(c, run);
}

/* A run of the block as it is: what of it is in the set may change. */
static enum err change_within(struct change *c, struct flag_run run)
{
	while (c->range < c->existing.n && c->existing.v[c->range].first <= run.last) {
		const struct store_range *there = &c->existing.v[c->range];
		struct flag_run part = run;

		if (there->last < run.first) {
			c->range++;
			continue;
		}
		if (there->first > run.first) {
			part.last = there->first - 1;
			flag_runs_add(&c->block, &part);
			part = run;
			part.first = there->first;
		}
		if (there->last < part.last)
			part.last = there->last;
		OP_TRY(change_run(c, &part));
		flag_runs_add(&c->block, &part);
		if (part.last == run.last)
			return ERR_OK;
		run.first = part.last + 1;
	}
	flag_runs_add(&c->block, &run);
	return ERR_OK;
}

static enum err end_block(struct change *c)
{
	if (c->is_block_changed)
		OP_TRY(op_flags_save(c->op, c->mailbox->id, c->block_first, c->mailbox->uidnext - 1,
		                     &c->block));
	c->is_block_changed = false;
	c->block.n = 0;
	return ERR_OK;
}

/* Whole blocks that have messages of the set. */
static struct ranges find_blocks(struct change *c)
{
	struct ranges blocks = ranges_in(c->op->scratch);

	for (size_t i = 0; i < c->existing.n; i++) {
		uint64_t last = flag_block_last(c->existing.v[i].last);

		ranges_add(&blocks, flag_block_first(c->existing.v[i].first),
		           last < c->mailbox->uidnext ? last : c->mailbox->uidnext - 1);
	}
	return blocks;
}

static enum err change_all(struct change *c)
{
	struct ranges blocks = find_blocks(c);
	struct op_flags *flags = op_flags_walk(c->op, c->mailbox->id, &blocks, OP_FLAGS_BY_BLOCK);
	struct flag_run run;
	bool has_run;

	for (;;) {
		OP_TRY(op_flags_next(flags, &run, &has_run));
		if (!has_run || flag_block_first(run.first) != c->block_first)
			OP_TRY(end_block(c));
		if (!has_run)
			return ERR_OK;
		c->block_first = flag_block_first(run.first);
		OP_TRY(change_within(c, run));
	}
}

static uint64_t moved_by(uint64_t value, int64_t by)
{
	if (by < 0 && value < (uint64_t)-by)
		return 0;
	return value + (uint64_t)by;
}

static enum err log_change(struct change *c)
{
	c->mailbox->modseq = c->modseq;
	c->mailbox->unseen = moved_by(c->mailbox->unseen, c->unseen);
	c->mailbox->deleted = moved_by(c->mailbox->deleted, c->deleted);
	OP_TRY(op_change_add(c->op, c->mailbox->id, c->modseq, OP_CHANGE_FLAGS,
	                     ranges_text(&c->uids, c->op->scratch)));
	OP_TRY(op_mailbox_save(c->op, c->mailbox));
	return op_account_save(c->op, c->account);
}

/* ---------------------------------------------------------------- the operation */

static uint64_t count_within(const struct map *map, const struct ranges *spans)
{
	uint64_t count = 0;

	for (size_t i = 0; i < spans->n; i++)
		count += map_count_below(map, spans->v[i].last + 1) -
		         map_count_below(map, spans->v[i].first);
	return count;
}

static enum err check_request(struct op *op, const struct store_store_flags_req *q)
{
	if (q->op > STORE_FLAGS_REMOVE || q->flags & ~(uint32_t)STORE_FLAG_SYSTEM)
		return err_set(op->info, ERR_INVALID, "no such operation or flag");
	if (q->n_keywords > OP_KEYWORDS_MAX)
		return err_set(op->info, ERR_LIMIT, "too many keywords at once");
	return ERR_OK;
}

enum err op_store_flags(struct op *op, const struct store_store_flags_req *q,
                        struct store_store_flags_res *r)
{
	struct ranges spans = ranges_in(op->scratch);
	struct op_account account;
	struct op_mailbox mailbox;
	uint64_t modseq_before;
	struct change c = {
		.op = op,
		.q = q,
		.account = &account,
		.mailbox = &mailbox,
		.block = { .arena = op->scratch },
		.limit = q->has_unchangedsince && q->unchangedsince < INT64_MAX ? q->unchangedsince
		                                                                : INT64_MAX,
		.modified = ranges_in(op->a),
		.uids = ranges_in(op->scratch),
	};

	OP_TRY(check_request(op, q));
	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_WAIT, &account));
	OP_TRY(op_mailbox_load(op, account.id, q->mailbox_id, &mailbox));
	OP_TRY(op_view_open(op, &mailbox, &q->view, &c.view));
	OP_TRY(op_view_spans(op, &c.view, &q->set, &spans));
	c.keywords = op_keywords_in(op->a, account.id);
	OP_TRY(op_keywords_bits(op, &c.keywords, q->keywords, q->n_keywords,
	                        q->op != STORE_FLAGS_REMOVE, &c.bits));
	c.existing = op_view_within(op, c.view.existing, &spans);
	modseq_before = mailbox.modseq;
	OP_TRY(change_all(&c));
	if (c.modseq)
		OP_TRY(log_change(&c));
	*r = (struct store_store_flags_res){
		.modseq = c.modseq,
		.modseq_before = modseq_before,
		.changed = c.v,
		.n_changed = c.n,
		.modified = c.modified.v,
		.n_modified = c.modified.n,
		.has_expunged = count_within(c.view.map, &spans) !=
		                count_within(c.view.existing, &spans),
	};
	return op_keywords_younger(op, &c.keywords, q->keywords_told, &r->keywords, &r->n_keywords,
	                           &r->keywords_told);
}
