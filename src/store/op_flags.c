/*
 * STORE: flags and keywords (RFC 3501 section 6.4.6), UNCHANGEDSINCE (RFC 7162).
 *
 * Each span is looked over once: that makes the answer and the counters. Without keywords one
 * UPDATE a span does the rest; with them, one for each run of neighbours that come to have the same
 * flags and keywords.
 */
#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/store/map.h"
#include "src/store/op_mail_priv.h"

/* Neighbours with the same new state. */
struct run {
	uint64_t first, last;
	uint32_t flags;
	struct str kw;
};

struct change {
	struct op *op;
	const struct store_store_flags_req *q;
	const struct op_mailbox *mailbox;
	struct op_view view;
	struct op_keywords keywords;
	struct str bits;         /* of the request */
	uint64_t limit;          /* UNCHANGEDSINCE */
	struct ranges modified;  /* in the numbers of the set */
	struct ranges uids;      /* really changed */
	int64_t unseen, deleted; /* how much more */
	struct store_flags_change *v;
	bool *is_new; /* of each of `v`: gets the MODSEQ of this change */
	size_t n, room;
	struct run *runs;
	size_t n_runs, runs_room;
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

static void add_run(struct change *c, uint64_t uid, uint32_t flags, struct str kw, bool is_next)
{
	struct run *last = c->n_runs ? &c->runs[c->n_runs - 1] : NULL;

	if (last && is_next && last->flags == flags && str_eq(last->kw, kw)) {
		last->last = uid;
		return;
	}
	if (c->n_runs == c->runs_room) {
		size_t room = c->runs_room ? c->runs_room * 2 : 16;

		c->runs = arena_grow(c->op->scratch, c->runs, c->runs_room * sizeof(*c->runs),
		                     room * sizeof(*c->runs));
		c->runs_room = room;
	}
	must(c->runs);
	c->runs[c->n_runs++] = (struct run){ uid, uid, flags, str_dup(c->op->scratch, kw) };
}

static struct store_flags_change *add_answer(struct change *c)
{
	if (c->n == c->room) {
		size_t room = c->room ? c->room * 2 : 32;

		c->v = arena_grow(c->op->a, c->v, c->room * sizeof(*c->v), room * sizeof(*c->v));
		c->is_new = arena_grow(c->op->scratch, c->is_new, c->room * sizeof(*c->is_new),
		                       room * sizeof(*c->is_new));
		c->room = room;
	}
	return &c->v[c->n++];
}

/* One message of the set; `is_next`: the one before it in the mailbox was changed, too. */
static enum err look_at(struct change *c, struct db_stmt *s, bool *is_next)
{
	uint64_t uid = db_col_u64(s, 0);
	uint64_t modseq = db_col_u64(s, 1);
	uint32_t flags = (uint32_t)db_col_u64(s, 2);
	struct str kw = db_col_is_null(s, 3) ? STR("") : db_col_str(s, 3);
	uint64_t seq = map_count_below(c->view.map, uid) + 1;
	struct store_flags_change *answer;
	uint32_t flags_now;
	struct str kw_now;
	bool is_changed;

	if (modseq > c->limit) {
		uint64_t number = c->q->set.is_uid ? uid : seq;

		ranges_add(&c->modified, number, number);
		*is_next = false;
		return ERR_OK;
	}
	flags_now = new_flags(c->q, flags);
	kw_now = new_kw(c, kw);
	is_changed = flags_now != flags || !str_eq(kw_now, kw);
	answer = add_answer(c);
	*answer = (struct store_flags_change){
		.seq = seq, .uid = uid, .modseq = modseq, .flags = flags_now
	};
	c->is_new[c->n - 1] = is_changed;
	if (is_changed) {
		ranges_add(&c->uids, uid, uid);
		c->unseen += (int)!(flags_now & STORE_FLAG_SEEN) - (int)!(flags & STORE_FLAG_SEEN);
		c->deleted += (int)!!(flags_now & STORE_FLAG_DELETED) -
		              (int)!!(flags & STORE_FLAG_DELETED);
		if (c->q->n_keywords)
			add_run(c, uid, flags_now, kw_now, *is_next);
	}
	*is_next = is_changed;
	return op_keywords_names(c->op, &c->keywords, kw_now, &answer->keywords,
	                         &answer->n_keywords);
}

static enum err look_over(struct change *c, const struct store_range *span)
{
	struct db_stmt *s = db_prepare(c->op->db, "SELECT uid, modseq, flags, kw FROM entry WHERE "
	                                          "mailbox_id = ?1 AND uid >= ?2 AND uid <= ?3 "
	                                          "ORDER BY uid");
	bool is_next = false;
	bool has_row;

	op_bind_u64(s, 1, c->mailbox->id);
	op_bind_u64(s, 2, span->first);
	op_bind_u64(s, 3, span->last);
	for (;;) {
		OP_TRY(op_step(c->op, s, &has_row));
		if (!has_row)
			return ERR_OK;
		OP_TRY(look_at(c, s, &is_next));
	}
}

/* ---------------------------------------------------------------- writing */

static const char set_sql[] =
	"UPDATE entry SET flags = ?4, kw = NULL, modseq = ?5 WHERE mailbox_id = ?1 AND uid >= ?2 "
	"AND uid <= ?3 AND (flags <> ?4 OR kw IS NOT NULL) AND modseq <= ?6";
static const char add_sql[] =
	"UPDATE entry SET flags = flags | ?4, modseq = ?5 WHERE mailbox_id = ?1 AND uid >= ?2 "
	"AND uid <= ?3 AND (flags & ?4) <> ?4 AND modseq <= ?6";
static const char remove_sql[] =
	"UPDATE entry SET flags = flags & ~?4, modseq = ?5 WHERE mailbox_id = ?1 AND uid >= ?2 "
	"AND uid <= ?3 AND (flags & ?4) <> 0 AND modseq <= ?6";

static enum err write_span(struct change *c, const struct store_range *span, uint64_t modseq,
                           uint64_t *changed_r)
{
	struct db_stmt *s = db_prepare(c->op->db, c->q->op == STORE_FLAGS_ADD      ? add_sql
	                                          : c->q->op == STORE_FLAGS_REMOVE ? remove_sql
	                                                                           : set_sql);

	op_bind_u64(s, 1, c->mailbox->id);
	op_bind_u64(s, 2, span->first);
	op_bind_u64(s, 3, span->last);
	op_bind_u64(s, 4, c->q->flags);
	op_bind_u64(s, 5, modseq);
	op_bind_u64(s, 6, c->limit);
	return op_run_count(c->op, s, changed_r);
}

static enum err write_run(struct change *c, const struct run *run, uint64_t modseq)
{
	struct db_stmt *s = db_prepare(c->op->db,
	                               "UPDATE entry SET flags = ?4, modseq = ?5, kw = ?6 "
	                               "WHERE mailbox_id = ?1 AND uid >= ?2 AND uid <= ?3");

	op_bind_u64(s, 1, c->mailbox->id);
	op_bind_u64(s, 2, run->first);
	op_bind_u64(s, 3, run->last);
	op_bind_u64(s, 4, run->flags);
	op_bind_u64(s, 5, modseq);
	op_bind_blob_or_null(s, 6, run->kw);
	return op_run(c->op, s);
}

static uint64_t moved_by(uint64_t value, int64_t by)
{
	if (by < 0 && value < (uint64_t)-by)
		return 0;
	return value + (uint64_t)by;
}

static enum err log_change(struct change *c, struct op_account *account, struct op_mailbox *mailbox,
                           uint64_t modseq)
{
	mailbox->modseq = modseq;
	mailbox->unseen = moved_by(mailbox->unseen, c->unseen);
	mailbox->deleted = moved_by(mailbox->deleted, c->deleted);
	OP_TRY(op_change_add(c->op, mailbox->id, modseq, OP_CHANGE_FLAGS,
	                     ranges_text(&c->uids, c->op->scratch)));
	OP_TRY(op_mailbox_save(c->op, mailbox));
	return op_account_save(c->op, account);
}

static enum err write_all(struct change *c, const struct ranges *spans, struct op_account *account,
                          struct op_mailbox *mailbox)
{
	uint64_t modseq = op_account_modseq(c->op, account);
	uint64_t changed;

	for (size_t i = 0; !c->q->n_keywords && i < spans->n; i++)
		OP_TRY(write_span(c, &spans->v[i], modseq, &changed));
	for (size_t i = 0; i < c->n_runs; i++)
		OP_TRY(write_run(c, &c->runs[i], modseq));
	for (size_t i = 0; i < c->n; i++) {
		if (c->is_new[i])
			c->v[i].modseq = modseq;
	}
	return log_change(c, account, mailbox, modseq);
}

/* ---------------------------------------------------------------- silently */

/* Nothing has to be said of single messages, so no row comes out of the database. */
static bool is_silent(const struct store_store_flags_req *q)
{
	return q->is_silent && !q->n_keywords && !q->has_unchangedsince;
}

static bool counts_change(const struct store_store_flags_req *q)
{
	return q->op == STORE_FLAGS_SET || q->flags & (STORE_FLAG_SEEN | STORE_FLAG_DELETED);
}

static const char count_set_sql[] =
	"SELECT COUNT(*), SUM(CASE WHEN (flags & 1) = 0 THEN 1 ELSE 0 END), "
	"SUM(CASE WHEN (flags & 8) <> 0 THEN 1 ELSE 0 END) FROM entry WHERE mailbox_id = ?1 "
	"AND uid >= ?2 AND uid <= ?3 AND (flags <> ?4 OR kw IS NOT NULL)";
static const char count_add_sql[] =
	"SELECT COUNT(*), SUM(CASE WHEN (flags & 1) = 0 THEN 1 ELSE 0 END), "
	"SUM(CASE WHEN (flags & 8) <> 0 THEN 1 ELSE 0 END) FROM entry WHERE mailbox_id = ?1 "
	"AND uid >= ?2 AND uid <= ?3 AND (flags & ?4) <> ?4";
static const char count_remove_sql[] =
	"SELECT COUNT(*), SUM(CASE WHEN (flags & 1) = 0 THEN 1 ELSE 0 END), "
	"SUM(CASE WHEN (flags & 8) <> 0 THEN 1 ELSE 0 END) FROM entry WHERE mailbox_id = ?1 "
	"AND uid >= ?2 AND uid <= ?3 AND (flags & ?4) <> 0";

/* How many of those with `flag` there will be, when `n` messages change of which `had` had it. */
static int64_t count_after(const struct store_store_flags_req *q, uint32_t flag, int64_t n,
                           int64_t had)
{
	if (q->op == STORE_FLAGS_SET)
		return q->flags & flag ? n : 0;
	if (!(q->flags & flag))
		return had;
	return q->op == STORE_FLAGS_ADD ? n : 0;
}

/* Before the change: what it will do to the counters. */
static enum err count_span(struct change *c, const struct store_range *span)
{
	const struct store_store_flags_req *q = c->q;
	struct db_stmt *s = db_prepare(c->op->db, q->op == STORE_FLAGS_ADD      ? count_add_sql
	                                          : q->op == STORE_FLAGS_REMOVE ? count_remove_sql
	                                                                        : count_set_sql);
	int64_t n, unseen, deleted;

	op_bind_u64(s, 1, c->mailbox->id);
	op_bind_u64(s, 2, span->first);
	op_bind_u64(s, 3, span->last);
	op_bind_u64(s, 4, q->flags);
	OP_TRY(op_row(c->op, s));
	n = db_col_i64(s, 0);
	unseen = db_col_i64(s, 1);
	deleted = db_col_i64(s, 2);
	db_done(s);
	c->unseen += n - count_after(q, STORE_FLAG_SEEN, n, n - unseen) - unseen;
	c->deleted += count_after(q, STORE_FLAG_DELETED, n, deleted) - deleted;
	return ERR_OK;
}

/* The log names all of the spans: which of their messages changed, their MODSEQ tells. */
static enum err write_silently(struct change *c, const struct ranges *spans,
                               struct op_account *account, struct op_mailbox *mailbox)
{
	uint64_t modseq = op_account_modseq(c->op, account);
	uint64_t all = 0;

	for (size_t i = 0; i < spans->n; i++) {
		uint64_t changed;

		if (counts_change(c->q))
			OP_TRY(count_span(c, &spans->v[i]));
		OP_TRY(write_span(c, &spans->v[i], modseq, &changed));
		if (changed)
			ranges_add(&c->uids, spans->v[i].first, spans->v[i].last);
		all += changed;
	}
	return all ? log_change(c, account, mailbox, modseq) : ERR_OK;
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
	struct change c = {
		.op = op,
		.q = q,
		.mailbox = &mailbox,
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
	uint64_t modseq_before = mailbox.modseq;
	for (size_t i = 0; !is_silent(q) && i < spans.n; i++)
		OP_TRY(look_over(&c, &spans.v[i]));
	if (is_silent(q))
		OP_TRY(write_silently(&c, &spans, &account, &mailbox));
	else if (c.uids.n)
		OP_TRY(write_all(&c, &spans, &account, &mailbox));
	*r = (struct store_store_flags_res){
		.modseq = c.uids.n ? mailbox.modseq : 0,
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
