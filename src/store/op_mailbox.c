/*
 * Mailboxes: rows, list, create, subscribe. Delete and rename are in op_rename.c.
 */
#include "src/base/arena.h"
#include "src/store/op_mail_priv.h"

#define UID_MAX UINT32_MAX

/* ---------------------------------------------------------------- rows */

#define MAILBOX_COLUMNS                                                                            \
	"SELECT id, account_id, uidvalidity, uidnext, modseq, change_floor, epoch, msgs, unseen, " \
	"deleted, bytes, recent_uid, special, noselect, name FROM mailbox "

static enum err read_mailbox(struct op *op, struct db_stmt *s, struct op_mailbox *mailbox_r)
{
	OP_TRY(op_row(op, s));
	*mailbox_r = (struct op_mailbox){
		.id = db_col_u64(s, 0),
		.account_id = db_col_u64(s, 1),
		.uidvalidity = db_col_u64(s, 2),
		.uidnext = db_col_u64(s, 3),
		.modseq = db_col_u64(s, 4),
		.change_floor = db_col_u64(s, 5),
		.epoch = db_col_u64(s, 6),
		.msgs = db_col_u64(s, 7),
		.unseen = db_col_u64(s, 8),
		.deleted = db_col_u64(s, 9),
		.bytes = db_col_u64(s, 10),
		.recent_uid = db_col_u64(s, 11),
		.special = (uint32_t)db_col_u64(s, 12),
		.is_noselect = db_col_i64(s, 13) != 0,
		.name = op_col_dup(op->scratch, s, 14),
	};
	db_done(s);
	return ERR_OK;
}

enum err op_mailbox_load(struct op *op, uint64_t account_id, uint64_t mailbox_id,
                         struct op_mailbox *mailbox_r)
{
	struct db_stmt *s = db_prepare(op->db, MAILBOX_COLUMNS
	                               "WHERE id = ?1 AND account_id = ?2 AND state = 0");

	op_bind_u64(s, 1, mailbox_id);
	op_bind_u64(s, 2, account_id);
	return read_mailbox(op, s, mailbox_r);
}

enum err op_mailbox_find(struct op *op, uint64_t account_id, struct str name,
                         struct op_mailbox *mailbox_r)
{
	struct db_stmt *s = db_prepare(op->db, MAILBOX_COLUMNS
	                               "WHERE account_id = ?1 AND name = ?2 AND state = 0");
	struct str normal;

	/* A name that cannot be made is one that is not there. */
	if (op_name_normal(op, name, &normal))
		return ERR_NOTFOUND;
	op_bind_u64(s, 1, account_id);
	db_bind_text(s, 2, normal);
	return read_mailbox(op, s, mailbox_r);
}

enum err op_mailbox_take_uids(struct op *op, struct op_mailbox *mailbox, uint64_t count,
                              uint64_t *first_r)
{
	uint64_t first = mailbox->uidnext;

	if (mailbox->epoch < op->epoch)
		first += OP_EPOCH_GAP_UIDS;
	if (first > UID_MAX || count > UID_MAX - first)
		return err_set(op->info, ERR_LIMIT, "mailbox %llu has used up its UIDs",
		               (unsigned long long)mailbox->id);
	if (mailbox->epoch < op->epoch)
		mailbox->epoch = op->epoch;
	mailbox->uidnext = first + count;
	*first_r = first;
	return ERR_OK;
}

enum err op_mailbox_save(struct op *op, const struct op_mailbox *mailbox)
{
	struct db_stmt *s = db_prepare(
		op->db,
		"UPDATE mailbox SET uidnext = ?2, modseq = ?3, epoch = ?4, msgs = ?5, unseen = ?6, "
		"deleted = ?7, bytes = ?8, recent_uid = ?9 WHERE id = ?1");

	op_bind_u64(s, 1, mailbox->id);
	op_bind_u64(s, 2, mailbox->uidnext);
	op_bind_u64(s, 3, mailbox->modseq);
	op_bind_u64(s, 4, mailbox->epoch);
	op_bind_u64(s, 5, mailbox->msgs);
	op_bind_u64(s, 6, mailbox->unseen);
	op_bind_u64(s, 7, mailbox->deleted);
	op_bind_u64(s, 8, mailbox->bytes);
	op_bind_u64(s, 9, mailbox->recent_uid);
	return op_run(op, s);
}

enum err op_mailbox_insert(struct op *op, struct op_account *account, uint64_t id, struct str name,
                           uint32_t special, bool is_noselect, uint64_t modseq)
{
	struct db_stmt *s = db_prepare(
		op->db,
		"INSERT INTO mailbox (id, account_id, name, special, noselect, uidvalidity, "
		"modseq, "
		"change_floor, epoch, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");

	op_bind_u64(s, 1, id);
	op_bind_u64(s, 2, account->id);
	db_bind_text(s, 3, name);
	op_bind_u64(s, 4, special);
	db_bind_i64(s, 5, is_noselect);
	op_bind_u64(s, 6, op_account_uidvalidity(op, account));
	op_bind_u64(s, 7, modseq);
	op_bind_u64(s, 8, modseq);
	op_bind_u64(s, 9, op->epoch);
	db_bind_i64(s, 10, op->now_ms);
	return op_run(op, s);
}

enum err op_change_add(struct op *op, uint64_t mailbox_id, uint64_t modseq, enum op_change kind,
                       struct str uids)
{
	struct db_stmt *s = db_prepare(op->db, "INSERT INTO change (mailbox_id, modseq, kind, "
	                                       "uids, at) VALUES (?1, ?2, ?3, ?4, ?5)");

	op_bind_u64(s, 1, mailbox_id);
	op_bind_u64(s, 2, modseq);
	db_bind_i64(s, 3, (int64_t)kind);
	db_bind_text(s, 4, uids);
	db_bind_i64(s, 5, op->now_ms);
	return op_run(op, s);
}

/* ---------------------------------------------------------------- what clients are told */

/* Messages that no session was told of: all of them when nobody ever looked, so that nothing is
 * counted then. */
#define RECENT_COUNT                                                                           \
	"(CASE WHEN m.recent_uid >= m.uidnext THEN 0 WHEN m.recent_uid <= 1 THEN m.msgs ELSE " \
	"(SELECT COUNT(*) FROM entry e WHERE e.mailbox_id = m.id AND e.uid >= m.recent_uid) END) "

/* "0" is the character after "/": all names that begin with this one and "/". */
#define HAS_CHILDREN                                                                            \
	"(CASE WHEN EXISTS (SELECT 1 FROM mailbox c WHERE c.account_id = m.account_id "         \
	"AND c.name > m.name || '/' AND c.name < m.name || '0' AND c.state = 0) THEN 1 ELSE 0 " \
	"END) "

#define IS_SUBSCRIBED                                                                        \
	"(CASE WHEN EXISTS (SELECT 1 FROM subscription s WHERE s.account_id = m.account_id " \
	"AND s.name = m.name) THEN 1 ELSE 0 END) "

#define TOLD_COLUMNS                                                                               \
	"SELECT m.id, m.uidvalidity, m.uidnext, m.modseq, m.name, m.special, m.noselect, m.msgs, " \
	"m.unseen, m.deleted, m.bytes, "

#define MAILBOX_TOLD \
	TOLD_COLUMNS RECENT_COUNT ", " HAS_CHILDREN ", " IS_SUBSCRIBED "FROM mailbox m "

/* Many at once, for whoever can do without what each row would have to look up. */
#define MAILBOX_TOLD_SHORT TOLD_COLUMNS "0, 0, 0 FROM mailbox m "

#define OF_ACCOUNT \
	"WHERE m.account_id = ?1 AND m.name > ?2 AND m.state = 0 ORDER BY m.name LIMIT ?3"

static struct store_mailbox read_told(struct op *op, struct db_stmt *s)
{
	return (struct store_mailbox){
		.id = db_col_u64(s, 0),
		.uidvalidity = db_col_u64(s, 1),
		.uidnext = db_col_u64(s, 2),
		.modseq = db_col_u64(s, 3),
		.name = op_col_dup(op->a, s, 4),
		.special = (uint32_t)db_col_u64(s, 5),
		.is_noselect = db_col_i64(s, 6) != 0,
		.msgs = db_col_u64(s, 7),
		.unseen = db_col_u64(s, 8),
		.deleted = db_col_u64(s, 9),
		.bytes = db_col_u64(s, 10),
		.recent = db_col_u64(s, 11),
		.has_children = db_col_i64(s, 12) != 0,
		.is_subscribed = db_col_i64(s, 13) != 0,
	};
}

/* Octets of the messages with \Deleted. */
static enum err count_deleted(struct op *op, struct store_mailbox *told)
{
	struct store_range all = { 1, told->uidnext };
	struct ranges deleted = ranges_in(op->scratch);

	if (!told->deleted)
		return ERR_OK;
	OP_TRY(op_flags_find(op, told->id, &(struct ranges){ .v = &all, .n = 1 },
	                     STORE_FLAG_DELETED, 0, &deleted));
	for (size_t i = 0; i < deleted.n; i++) {
		struct db_stmt *s = db_prepare(
			op->db, "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM entry WHERE "
				"mailbox_id = ?1 AND uid >= ?2 AND uid <= ?3");
		uint64_t bytes;

		op_bind_u64(s, 1, told->id);
		op_bind_u64(s, 2, deleted.v[i].first);
		op_bind_u64(s, 3, deleted.v[i].last);
		OP_TRY(op_number(op, s, &bytes));
		told->deleted_bytes += bytes;
	}
	return ERR_OK;
}

enum err op_mailbox_told(struct op *op, uint64_t mailbox_id, bool wants_deleted_bytes,
                         struct store_mailbox *told_r)
{
	struct db_stmt *s = db_prepare(op->db, MAILBOX_TOLD "WHERE m.id = ?1");

	op_bind_u64(s, 1, mailbox_id);
	OP_TRY(op_row(op, s));
	*told_r = read_told(op, s);
	db_done(s);
	return wants_deleted_bytes ? count_deleted(op, told_r) : ERR_OK;
}

enum err op_mailbox_list(struct op *op, const struct store_mailbox_list_req *q,
                         struct store_mailbox_list_res *r)
{
	uint32_t max = q->max && q->max < OP_NAMES_MAX ? q->max : OP_NAMES_MAX;
	struct store_mailbox *list = NULL;
	size_t n = 0, room = 0;
	struct op_account account;
	struct db_stmt *s;
	bool has_row;

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_NONE, &account));
	if (!op_is_text(q->after, OP_NAME_MAX_BYTES))
		return err_set(op->info, ERR_INVALID, "no mailbox name to go on after");
	s = db_prepare(op->db,
	               q->is_short ? MAILBOX_TOLD_SHORT OF_ACCOUNT : MAILBOX_TOLD OF_ACCOUNT);
	op_bind_u64(s, 1, account.id);
	db_bind_text(s, 2, q->after);
	db_bind_i64(s, 3, (int64_t)max + 1);
	for (;;) {
		OP_TRY(op_step(op, s, &has_row));
		if (!has_row || n == max)
			break;
		if (n == room) {
			size_t more = room ? room * 2 : 16;

			list = arena_grow(op->a, list, room * sizeof(*list), more * sizeof(*list));
			room = more;
		}
		list[n++] = read_told(op, s);
	}
	db_done(s);
	for (size_t i = 0; q->wants_deleted_bytes && i < n; i++)
		OP_TRY(count_deleted(op, &list[i]));
	*r = (struct store_mailbox_list_res){ .mailboxes = list,
		                              .n_mailboxes = n,
		                              .has_more = has_row };
	return ERR_OK;
}

enum err op_mailbox_get(struct op *op, const struct store_mailbox_get_req *q,
                        struct store_mailbox_get_res *r)
{
	struct op_mailbox mailbox;
	struct op_account account;

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_NONE, &account));
	if (q->mailbox_id)
		OP_TRY(op_mailbox_load(op, account.id, q->mailbox_id, &mailbox));
	else
		OP_TRY(op_mailbox_find(op, account.id, q->name, &mailbox));
	return op_mailbox_told(op, mailbox.id, q->wants_deleted_bytes, &r->mailbox);
}

/* ---------------------------------------------------------------- create */

static enum err refuse_more(struct op *op)
{
	return err_set(op->info, ERR_LIMIT, "an account has at most %u mailboxes",
	               op_limit_get(op, OP_LIMIT_MAILBOXES));
}

enum err op_mailbox_make_levels(struct op *op, struct op_account *account, struct str name,
                                uint64_t wanted, uint64_t modseq)
{
	/* Deleted ones count until they are removed, so that the index alone has the answer. */
	struct db_stmt *s = db_prepare(op->db,
	                               "SELECT COUNT(*) FROM mailbox WHERE account_id = ?1");
	uint32_t max = op_limit_get(op, OP_LIMIT_MAILBOXES);
	uint64_t have;

	op_bind_u64(s, 1, account->id);
	OP_TRY(op_number(op, s, &have));
	have += wanted;
	if (wanted && have > max)
		return refuse_more(op);
	for (size_t i = 1; i < name.n; i++) {
		struct op_mailbox above;
		uint64_t id;
		enum err err;

		if (name.p[i] != '/')
			continue;
		err = op_mailbox_find(op, account->id, str_first(name, i), &above);
		if (!err)
			continue;
		if (err != ERR_NOTFOUND)
			return err;
		if (++have > max)
			return refuse_more(op);
		id = op_new_id(op);
		OP_TRY(op_mailbox_insert(op, account, id, str_first(name, i), 0, true, modseq));
		OP_TRY(op_change_add(op, id, modseq, OP_CHANGE_MAILBOX, STR("")));
	}
	return ERR_OK;
}

/* A level without messages of its own becomes a mailbox. */
static enum err make_selectable(struct op *op, struct op_account *account, uint64_t mailbox_id,
                                uint32_t special, uint64_t modseq)
{
	struct db_stmt *s = db_prepare(
		op->db,
		"UPDATE mailbox SET noselect = 0, special = ?2, uidvalidity = ?3, modseq = ?4 "
		"WHERE id = ?1");

	op_bind_u64(s, 1, mailbox_id);
	op_bind_u64(s, 2, special);
	op_bind_u64(s, 3, op_account_uidvalidity(op, account));
	op_bind_u64(s, 4, modseq);
	return op_run(op, s);
}

enum err op_mailbox_create(struct op *op, const struct store_mailbox_create_req *q,
                           struct store_mailbox_create_res *r)
{
	struct op_mailbox there;
	struct op_account account;
	uint64_t id, modseq;
	struct str name;
	enum err err;

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_WAIT, &account));
	OP_TRY(op_name_new(op, q->name, &name));
	err = op_mailbox_find(op, account.id, name, &there);
	if (err && err != ERR_NOTFOUND)
		return err;
	if (!err && !there.is_noselect)
		return err_set(op->info, ERR_EXISTS, "the mailbox is there already");
	modseq = op_account_modseq(op, &account);
	if (!err) {
		id = there.id;
		OP_TRY(make_selectable(op, &account, id, q->special, modseq));
	} else {
		OP_TRY(op_mailbox_make_levels(op, &account, name, 1, modseq));
		id = op_new_id(op);
		OP_TRY(op_mailbox_insert(op, &account, id, name, q->special, false, modseq));
	}
	OP_TRY(op_change_add(op, id, modseq, OP_CHANGE_MAILBOX, STR("")));
	OP_TRY(op_account_save(op, &account));
	return op_mailbox_told(op, id, false, &r->mailbox);
}

/* ---------------------------------------------------------------- subscriptions */

enum err op_subscription_add(struct op *op, uint64_t account_id, struct str name)
{
	struct db_stmt *s = db_prepare(op->db, "INSERT INTO subscription (account_id, name) "
	                                       "VALUES (?1, ?2) ON CONFLICT DO NOTHING");

	op_bind_u64(s, 1, account_id);
	db_bind_text(s, 2, name);
	return op_run(op, s);
}

enum err op_mailbox_subscribe(struct op *op, const struct store_mailbox_subscribe_req *q)
{
	struct op_account account;
	struct db_stmt *s;
	uint64_t have;
	struct str name;

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_WAIT, &account));
	OP_TRY(op_name_normal(op, q->name, &name));
	if (!q->is_on) {
		s = db_prepare(op->db,
		               "DELETE FROM subscription WHERE account_id = ?1 AND name = ?2");
		op_bind_u64(s, 1, account.id);
		db_bind_text(s, 2, name);
		return op_run(op, s);
	}
	if (name.n > op_limit_get(op, OP_LIMIT_NAME_BYTES))
		return err_set(op->info, ERR_LIMIT, "a mailbox name has at most %u octets",
		               op_limit_get(op, OP_LIMIT_NAME_BYTES));
	s = db_prepare(op->db, "SELECT COUNT(*) FROM subscription WHERE account_id = ?1");
	op_bind_u64(s, 1, account.id);
	OP_TRY(op_number(op, s, &have));
	if (have >= op_limit_get(op, OP_LIMIT_SUBSCRIPTIONS))
		return err_set(op->info, ERR_LIMIT, "an account has at most %u subscriptions",
		               op_limit_get(op, OP_LIMIT_SUBSCRIPTIONS));
	return op_subscription_add(op, account.id, name);
}

enum err op_subscriptions(struct op *op, const struct store_subscriptions_req *q,
                          struct store_subscriptions_res *r)
{
	uint32_t max = q->max && q->max < OP_NAMES_MAX ? q->max : OP_NAMES_MAX;
	struct store_text *names = NULL;
	size_t n = 0, room = 0;
	struct op_account account;
	struct db_stmt *s;
	bool has_row;

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_NONE, &account));
	if (!op_is_text(q->after, OP_NAME_MAX_BYTES))
		return err_set(op->info, ERR_INVALID, "no mailbox name to go on after");
	s = db_prepare(op->db, "SELECT name FROM subscription WHERE account_id = ?1 AND name > ?2 "
	                       "ORDER BY name LIMIT ?3");
	op_bind_u64(s, 1, account.id);
	db_bind_text(s, 2, q->after);
	db_bind_i64(s, 3, (int64_t)max + 1);
	for (;;) {
		OP_TRY(op_step(op, s, &has_row));
		if (!has_row || n == max)
			break;
		if (n == room) {
			size_t more = room ? room * 2 : 16;

			names = arena_grow(op->a, names, room * sizeof(*names),
			                   more * sizeof(*names));
			room = more;
		}
		names[n++].text = op_col_dup(op->a, s, 0);
	}
	db_done(s);
	*r = (struct store_subscriptions_res){ .names = names, .n_names = n, .has_more = has_row };
	return ERR_OK;
}
