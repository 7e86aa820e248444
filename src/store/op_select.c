/*
 * SELECT and EXAMINE: everything a session is told at once, from one snapshot.
 */
#include "src/base/arena.h"
#include "src/store/flag_block.h"
#include "src/store/map.h"
#include "src/store/op_mail_priv.h"

enum {
	CHANGED_SPANS_MAX = 1000
};

/* The first unseen message within spans; 0 when there is none. */
static enum err search_spans(struct op *op, const struct op_mailbox *mailbox, const struct map *map,
                             const struct ranges *spans, uint64_t *uid_r)
{
	struct ranges there = op_view_within(op, map, spans);
	struct op_flags *flags = op_flags_walk(op, mailbox->id, &there, OP_FLAGS_ALL);
	struct flag_run run;
	bool has_run;

	*uid_r = 0;
	do {
		OP_TRY(op_flags_next(flags, &run, &has_run));
		if (has_run && !(run.flags & STORE_FLAG_SEEN))
			*uid_r = run.first;
	} while (has_run && !*uid_r);
	return ERR_OK;
}

/* Among what has changed since all messages below `below` were seen. */
static enum err search_changed(struct op *op, const struct op_mailbox *mailbox,
                               const struct map *map, uint64_t since, uint64_t below,
                               bool *is_known_r, uint64_t *uid_r)
{
	struct store_range before = { 1, below - 1 };
	struct ranges changed = ranges_in(op->scratch);
	struct ranges some = ranges_in(op->scratch);

	*uid_r = 0;
	OP_TRY(op_view_changed(op, mailbox, since, is_known_r, &changed));
	*is_known_r = *is_known_r && changed.n <= CHANGED_SPANS_MAX;
	if (!*is_known_r || below <= 1)
		return ERR_OK;
	ranges_and(&some, &changed, &(struct ranges){ .v = &before, .n = 1 });
	return search_spans(op, mailbox, map, &some, uid_r);
}

/*
 * In a mailbox of many messages that have all been seen but the newest, looking at each of them
 * would be most of the work of a SELECT; so where the last search ended is remembered.
 */
static enum err first_unseen(struct op *op, const struct op_mailbox *mailbox, const struct map *map,
                             uint64_t *uid_r)
{
	struct store_range rest = { 1, mailbox->uidnext };
	uint64_t below, since, uid = 0;
	bool is_known = false;

	if (mailbox->unseen && op->maps &&
	    map_cache_seen_get(op->maps, op->epoch, mailbox->id, mailbox->modseq, &below, &since)) {
		OP_TRY(search_changed(op, mailbox, map, since, below, &is_known, &uid));
		if (is_known)
			rest.first = below;
	}
	if (mailbox->unseen && !uid)
		OP_TRY(search_spans(op, mailbox, map, &(struct ranges){ .v = &rest, .n = 1 },
		                    &uid));
	if (op->maps && op->is_reader)
		map_cache_seen_put(op->maps, op->epoch, mailbox->id, mailbox->modseq,
		                   uid ? uid : mailbox->uidnext);
	*uid_r = uid;
	return ERR_OK;
}

/*
 * \Recent belongs to one session (RFC 3501 section 2.3.2): the first that selects the mailbox. Only
 * when there is something to take is anything written.
 */
static enum err take_recent(struct op *op, const struct op_mailbox *mailbox)
{
	struct db_stmt *s;

	if (mailbox->recent_uid >= mailbox->uidnext)
		return ERR_OK;
	if (op->is_reader)
		return ERR_BUSY;
	s = db_prepare(op->db, "UPDATE mailbox SET recent_uid = uidnext WHERE id = ?1");
	op_bind_u64(s, 1, mailbox->id);
	return op_run(op, s);
}

/* The next process then need not read the entries. */
static enum err keep_map(struct op *op, const struct op_mailbox *mailbox, const struct map *map,
                         uint64_t first_unseen_uid)
{
	bool is_due;

	OP_TRY(op_keep_is_due(op, mailbox, map, &is_due));
	if (!is_due)
		return ERR_OK;
	if (op->is_reader)
		return ERR_BUSY;
	return op_keep_save(op, mailbox, map,
	                    first_unseen_uid ? first_unseen_uid : mailbox->uidnext);
}

enum err op_select(struct op *op, const struct store_select_req *q, struct store_select_res *r)
{
	enum op_lock lock = op->is_reader || q->is_examine ? OP_LOCK_NONE : OP_LOCK_WAIT;
	struct store_select_res told = { 0 };
	struct op_account account;
	struct op_mailbox mailbox;
	struct op_keywords keywords;
	struct map *map;

	db_expect_little(op->db);
	OP_TRY(op_account_enter(op, &q->grant, lock, &account));
	OP_TRY(op_mailbox_find(op, account.id, q->name, &mailbox));
	if (mailbox.is_noselect)
		return err_set(op->info, ERR_NOTFOUND, "the mailbox is a mere level");
	OP_TRY(op_mailbox_told(op, mailbox.id, false, &told.mailbox));
	OP_TRY(op_view_map(op, &mailbox, &map));
	OP_TRY(first_unseen(op, &mailbox, map, &told.mailbox.first_unseen_uid));
	/* After the work that a reader can remember for the lane. */
	if (!q->is_examine)
		OP_TRY(take_recent(op, &mailbox));
	if (!q->is_examine)
		OP_TRY(keep_map(op, &mailbox, map, told.mailbox.first_unseen_uid));
	keywords = op_keywords_in(op->a, account.id);
	OP_TRY(op_keywords_list(op, &keywords, &told.keywords, &told.n_keywords,
	                        &told.keywords_told));
	told.view = (struct store_view){ .uidnext = mailbox.uidnext, .expunged = mailbox.modseq };
	told.exists = map->total;
	told.recent_from = mailbox.recent_uid < mailbox.uidnext ? mailbox.recent_uid
	                                                        : mailbox.uidnext;
	if (told.mailbox.first_unseen_uid)
		told.first_unseen_seq = map_count_below(map, told.mailbox.first_unseen_uid) + 1;
	*r = told;
	return ERR_OK;
}

enum err op_quota(struct op *op, const struct store_quota_req *q, struct store_quota_res *r)
{
	/* As op_mailbox_create counts: deleted ones until they are removed. */
	struct db_stmt *s = db_prepare(op->db,
	                               "SELECT COUNT(*) FROM mailbox WHERE account_id = ?1");
	struct op_account account;
	uint64_t mailboxes;

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_NONE, &account));
	op_bind_u64(s, 1, account.id);
	OP_TRY(op_number(op, s, &mailboxes));
	*r = (struct store_quota_res){
		.limit_bytes = op_account_limit(op, &account),
		.used_bytes = account.used_bytes,
		.limit_msgs = op_account_limit_msgs(op, &account),
		.used_msgs = account.used_msgs,
		.limit_mailboxes = op_limit_get(op, OP_LIMIT_MAILBOXES),
		.used_mailboxes = mailboxes,
	};
	return ERR_OK;
}
