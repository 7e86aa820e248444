/*
 * What flags, keywords and MODSEQs messages have now: in their flag block as far as it goes, in
 * their entries, as they came, behind that.
 */
#include "src/base/arena.h"
#include "src/store/flag_block.h"
#include "src/store/op_mail_priv.h"

enum {
	/* read at once: few at first, because many want no more */
	BLOCKS_MIN = 4,
	BLOCKS_MAX = 64,
	ENTRIES_MIN = 64,
	ENTRIES_MAX = 4096
};

struct block {
	uint64_t first;
	struct str octets;
};

struct op_flags {
	struct op *op;
	uint64_t mailbox_id;
	const struct ranges *uids;
	enum op_flags_kind kind;
	size_t range;  /* of `uids`, not told to its end */
	uint64_t from; /* all before it has been told */
	uint64_t next; /* all of `uids` before it is in `runs` or has been told */

	struct block *blocks; /* read ahead */
	size_t n_blocks, block, blocks_at_once;
	uint64_t blocks_end; /* all that begin before it have been read */
	uint32_t n_entries;  /* to be read at once */

	struct flag_runs runs;
	size_t run;
	struct flag_run now;  /* of op_flags_at */
	struct flag_run then; /* of next_alike: read, not told */
	bool has_then;
};

/* ---------------------------------------------------------------- walking */

struct op_flags *op_flags_walk(struct op *op, uint64_t mailbox_id, const struct ranges *uids,
                               enum op_flags_kind kind)
{
	struct op_flags *w = ARENA_NEW(op->scratch, struct op_flags);

	*w = (struct op_flags){
		.op = op,
		.mailbox_id = mailbox_id,
		.uids = uids,
		.kind = kind,
		.blocks_at_once = BLOCKS_MIN,
		.n_entries = ENTRIES_MIN,
		.runs = { .arena = op->scratch, .is_any_modseq = kind == OP_FLAGS_ALIKE },
	};
	return w;
}

static uint64_t end_of(const struct op_flags *w)
{
	return w->uids->v[w->uids->n - 1].last;
}

/* Blocks from the one of `next` on. */
static enum err read_blocks(struct op_flags *w)
{
	struct db_stmt *s = db_prepare(w->op->db, "SELECT uid, data FROM flag_block WHERE "
	                                          "mailbox_id = ?1 AND uid >= ?2 AND uid <= ?3 "
	                                          "ORDER BY uid LIMIT ?4");
	bool has_row;

	if (!w->blocks)
		w->blocks = arena_array(w->op->scratch, BLOCKS_MAX, sizeof *w->blocks);
	w->n_blocks = w->block = 0;
	op_bind_u64(s, 1, w->mailbox_id);
	op_bind_u64(s, 2, flag_block_first(w->next));
	op_bind_u64(s, 3, end_of(w));
	op_bind_u64(s, 4, w->blocks_at_once);
	for (;;) {
		OP_TRY(op_step(w->op, s, &has_row));
		if (!has_row)
			break;
		w->blocks[w->n_blocks++] = (struct block){ db_col_u64(s, 0),
			                                   op_col_dup(w->op->scratch, s, 1) };
	}
	w->blocks_end = UINT64_MAX;
	if (w->n_blocks == w->blocks_at_once)
		w->blocks_end = w->blocks[w->n_blocks - 1].first + FLAG_BLOCK_UIDS;
	if (w->blocks_at_once < BLOCKS_MAX)
		w->blocks_at_once *= 2;
	return ERR_OK;
}

static enum err take_block(struct op_flags *w, const struct block *b)
{
	if (flag_block_parse(&w->runs, b->first, b->octets))
		return err_set(w->op->info, ERR_CORRUPT,
		               "mailbox %llu: the flags of UIDs from %llu cannot be read",
		               (unsigned long long)w->mailbox_id, (unsigned long long)b->first);
	if (w->runs.n && w->runs.v[w->runs.n - 1].last >= w->next)
		w->next = w->runs.v[w->runs.n - 1].last + 1;
	return ERR_OK;
}

/* From `next` up to `last`, where no block says anything. */
static enum err take_entries(struct op_flags *w, uint64_t last)
{
	struct db_stmt *s = db_prepare(w->op->db, "SELECT uid, modseq, flags, kw FROM entry WHERE "
	                                          "mailbox_id = ?1 AND uid >= ?2 AND uid <= ?3 "
	                                          "ORDER BY uid LIMIT ?4");
	struct flag_run run = { 0 };
	uint32_t n = 0;
	bool has_row;

	op_bind_u64(s, 1, w->mailbox_id);
	op_bind_u64(s, 2, w->next);
	op_bind_u64(s, 3, last);
	op_bind_u64(s, 4, w->n_entries);
	for (;; n++) {
		struct str kw;

		OP_TRY(op_step(w->op, s, &has_row));
		if (!has_row)
			break;
		kw = db_col_str(s, 3);
		run.first = run.last = db_col_u64(s, 0);
		run.modseq = db_col_u64(s, 1);
		run.flags = (uint32_t)db_col_u64(s, 2);
		if (!str_eq(run.kw, kw))
			run.kw = str_dup(w->op->scratch, kw);
		flag_runs_add(&w->runs, &run);
	}
	w->next = n == w->n_entries ? run.last + 1 : last + 1;
	if (w->n_entries < ENTRIES_MAX)
		w->n_entries *= 2;
	return ERR_OK;
}

/* More runs, from `next` on; perhaps none of the range that is wanted. */
static enum err read_more(struct op_flags *w)
{
	uint64_t last = end_of(w);

	w->runs.n = w->run = 0;
	if (w->next < w->uids->v[w->range].first) {
		w->next = w->uids->v[w->range].first;
		w->n_entries = ENTRIES_MIN;
	}
	while (w->block < w->n_blocks && flag_block_last(w->blocks[w->block].first) < w->next)
		w->block++;
	if (w->block == w->n_blocks && flag_block_first(w->next) >= w->blocks_end)
		OP_TRY(read_blocks(w));
	if (w->block < w->n_blocks && w->blocks[w->block].first <= w->next)
		return take_block(w, &w->blocks[w->block++]);
	if (w->block < w->n_blocks && w->blocks[w->block].first <= last)
		last = w->blocks[w->block].first - 1;
	if (last >= w->blocks_end)
		last = w->blocks_end - 1;
	return take_entries(w, last);
}

static enum err next_run(struct op_flags *w, struct flag_run *run_r, bool *has_run_r)
{
	*has_run_r = false;
	while (!*has_run_r && w->range < w->uids->n) {
		const struct store_range *wanted = &w->uids->v[w->range];
		const struct flag_run *run = &w->runs.v[w->run];

		if (w->from < wanted->first)
			w->from = wanted->first;
		if (w->from > wanted->last) {
			w->range++;
		} else if (w->run < w->runs.n && run->last < w->from) {
			w->run++;
		} else if (w->run < w->runs.n && run->first > w->from) {
			w->from = run->first;
		} else if (w->run < w->runs.n) {
			*run_r = *run;
			run_r->first = w->from;
			if (run->last > wanted->last)
				run_r->last = wanted->last;
			if (w->kind == OP_FLAGS_BY_BLOCK && run_r->last > flag_block_last(w->from))
				run_r->last = flag_block_last(w->from);
			w->from = run_r->last + 1;
			*has_run_r = true;
		} else if (w->next > wanted->last) {
			w->range++;
		} else {
			OP_TRY(read_more(w));
		}
	}
	return ERR_OK;
}

static enum err next_alike(struct op_flags *w, struct flag_run *run_r, bool *has_run_r)
{
	bool is_alike = true;
	size_t range;

	if (!w->has_then)
		OP_TRY(next_run(w, &w->then, &w->has_then));
	*run_r = w->then;
	*has_run_r = w->has_then;
	while (w->has_then && is_alike) {
		run_r->last = w->then.last;
		range = w->range;
		OP_TRY(next_run(w, &w->then, &w->has_then));
		is_alike = w->range == range && w->then.flags == run_r->flags &&
		           str_eq(w->then.kw, run_r->kw);
	}
	return ERR_OK;
}

enum err op_flags_next(struct op_flags *w, struct flag_run *run_r, bool *has_run_r)
{
	return w->kind == OP_FLAGS_ALIKE ? next_alike(w, run_r, has_run_r)
	                                 : next_run(w, run_r, has_run_r);
}

enum err op_flags_at(struct op_flags *w, uint64_t uid, const struct flag_run **run_r)
{
	bool has_run = true;

	while (has_run && (!w->now.last || w->now.last < uid))
		OP_TRY(op_flags_next(w, &w->now, &has_run));
	if (!has_run || w->now.first > uid)
		return err_set(w->op->info, ERR_CORRUPT, "mailbox %llu: no flags of UID %llu",
		               (unsigned long long)w->mailbox_id, (unsigned long long)uid);
	*run_r = &w->now;
	return ERR_OK;
}

enum err op_flags_find(struct op *op, uint64_t mailbox_id, const struct ranges *uids,
                       uint32_t flags, uint64_t since, struct ranges *found)
{
	struct op_flags *w = op_flags_walk(op, mailbox_id, uids,
	                                   since ? OP_FLAGS_ALL : OP_FLAGS_ALIKE);
	struct flag_run run;
	bool has_run;

	for (;;) {
		OP_TRY(op_flags_next(w, &run, &has_run));
		if (!has_run)
			return ERR_OK;
		if ((run.flags & flags) == flags && run.modseq > since)
			ranges_add(found, run.first, run.last);
	}
}

/* ---------------------------------------------------------------- writing */

enum err op_flags_save(struct op *op, uint64_t mailbox_id, uint64_t first, uint64_t upto,
                       struct flag_runs *runs)
{
	uint64_t last = flag_block_last(first);
	struct db_stmt *s = db_prepare(op->db,
	                               "INSERT INTO flag_block (mailbox_id, uid, data) VALUES "
	                               "(?1, ?2, ?3) ON CONFLICT (mailbox_id, uid) DO UPDATE SET "
	                               "data = excluded.data");

	/* Where no message is, nobody has to look for one. */
	runs->v[runs->n - 1].last = upto < last ? upto : last;
	op_bind_u64(s, 1, mailbox_id);
	op_bind_u64(s, 2, first);
	op_bind_blob(s, 3, flag_block_text(runs, first));
	return op_run(op, s);
}

enum err op_flags_close(struct op *op, uint64_t mailbox_id, uint64_t from, uint64_t uidnext)
{
	struct store_range range = { flag_block_first(from), flag_block_first(uidnext) - 1 };
	struct ranges uids = { .v = &range, .n = 1 };
	struct flag_runs block = { .arena = op->scratch };
	struct op_flags *w;
	struct flag_run run;
	uint64_t first = 0;
	bool has_run = true;

	/* Mostly the next message is in the same block. */
	if (range.first == flag_block_first(uidnext))
		return ERR_OK;
	w = op_flags_walk(op, mailbox_id, &uids, OP_FLAGS_BY_BLOCK);
	while (has_run) {
		OP_TRY(op_flags_next(w, &run, &has_run));
		if (block.n && (!has_run || flag_block_first(run.first) != first)) {
			OP_TRY(op_flags_save(op, mailbox_id, first, range.last, &block));
			block.n = 0;
		}
		if (!has_run)
			break;
		first = flag_block_first(run.first);
		flag_runs_add(&block, &run);
	}
	return ERR_OK;
}

enum err op_flags_drop(struct op *op, uint64_t mailbox_id, const struct ranges *gone)
{
	struct db_stmt *s;

	if (!gone->n)
		return ERR_OK;
	s = db_prepare(op->db, "DELETE FROM flag_block WHERE mailbox_id = ?1 AND uid >= ?2 AND "
	                       "uid <= ?3 AND NOT EXISTS (SELECT 1 FROM entry e WHERE "
	                       "e.mailbox_id = ?1 AND e.uid >= flag_block.uid AND "
	                       "e.uid < flag_block.uid + ?4)");
	op_bind_u64(s, 1, mailbox_id);
	op_bind_u64(s, 2, flag_block_first(gone->v[0].first));
	op_bind_u64(s, 3, gone->v[gone->n - 1].last);
	db_bind_i64(s, 4, FLAG_BLOCK_UIDS);
	return op_run(op, s);
}

enum err op_flags_check(struct op *op, const struct op_mailbox *mailbox, struct ranges *bad)
{
	struct db_stmt *s = db_prepare(
		op->db, "SELECT uid, data FROM flag_block WHERE mailbox_id = ?1 ORDER BY uid");
	struct flag_runs runs = { .arena = op->scratch };
	bool has_row;

	op_bind_u64(s, 1, mailbox->id);
	for (;;) {
		uint64_t first;

		OP_TRY(op_step(op, s, &has_row));
		if (!has_row)
			return ERR_OK;
		first = db_col_u64(s, 0);
		runs.n = 0;
		if (first != flag_block_first(first) || first >= mailbox->uidnext ||
		    flag_block_parse(&runs, first, db_col_str(s, 1)))
			ranges_add(bad, first, first + FLAG_BLOCK_UIDS - 1);
	}
}
