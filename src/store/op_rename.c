/*
 * Mailboxes: delete and rename.
 */
#include "src/base/arena.h"
#include "src/store/op_mail_priv.h"

/* ---------------------------------------------------------------- delete */

enum err op_mailbox_remove(struct op *op, struct op_account *account, struct op_mailbox *mailbox)
{
	struct db_stmt *s = db_prepare(
		op->db, "UPDATE mailbox SET state = 1, name = ?2, modseq = ?3 WHERE id = ?1");
	struct op_count count = { .msgs = mailbox->msgs, .bytes = mailbox->bytes };
	/* A name that op_name_normal lets nobody make. */
	struct str name = str_printf(op->scratch, "\x01%llu/%.*s", (unsigned long long)mailbox->id,
	                             STR_ARG(mailbox->name));

	op_bind_u64(s, 1, mailbox->id);
	db_bind_text(s, 2, name);
	op_bind_u64(s, 3, account->modseq);
	OP_TRY(op_run(op, s));
	op_account_count_out(account, &count);
	return op_change_add(op, mailbox->id, account->modseq, OP_CHANGE_MAILBOX, STR(""));
}

enum err op_mailbox_delete(struct op *op, const struct store_mailbox_delete_req *q)
{
	struct store_mailbox told;
	struct op_mailbox mailbox;
	struct op_account account;

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_WAIT, &account));
	OP_TRY(op_mailbox_find(op, account.id, q->name, &mailbox));
	if (mailbox.id == account.inbox_id)
		return err_set(op->info, ERR_DENIED, "INBOX cannot be deleted");
	OP_TRY(op_mailbox_told(op, mailbox.id, false, &told));
	if (mailbox.is_noselect && told.has_children)
		return err_set(op->info, ERR_EXISTS, "the mailbox has children");
	op_account_modseq(op, &account);
	OP_TRY(op_mailbox_remove(op, &account, &mailbox));
	/* RFC 3501 section 6.3.4: the name stays as long as there are inferior ones. */
	if (told.has_children) {
		uint64_t id = op_new_id(op);

		OP_TRY(op_mailbox_insert(op, &account, id, mailbox.name, 0, true, account.modseq));
		OP_TRY(op_change_add(op, id, account.modseq, OP_CHANGE_MAILBOX, STR("")));
	}
	return op_account_save(op, &account);
}

/* ---------------------------------------------------------------- rename */

/* Bind account, old name, and the ends of the range of names below it. */
static void bind_below(struct op *op, struct db_stmt *s, uint64_t account_id, struct str from)
{
	op_bind_u64(s, 1, account_id);
	db_bind_text(s, 2, from);
	db_bind_text(s, 3, str_printf(op->scratch, "%.*s/", STR_ARG(from)));
	db_bind_text(s, 4, str_printf(op->scratch, "%.*s0", STR_ARG(from)));
}

/* No child may come to have a name that could not be made directly. */
static enum err check_children(struct op *op, uint64_t account_id, struct str from, struct str to)
{
	struct db_stmt *s = db_prepare(
		op->db, "SELECT name FROM mailbox WHERE account_id = ?1 AND (name = ?2 OR "
			"(name > ?3 AND name < ?4)) AND state = 0");
	bool has_row;

	bind_below(op, s, account_id, from);
	for (;;) {
		struct str made, normal;
		enum err err;

		OP_TRY(op_step(op, s, &has_row));
		if (!has_row)
			return ERR_OK;
		made = str_printf(op->scratch, "%.*s%.*s", STR_ARG(to),
		                  STR_ARG(str_from(db_col_str(s, 0), from.n)));
		err = op_name_new(op, made, &normal);
		if (err) {
			db_done(s);
			return err;
		}
	}
}

static enum err rename_rows(struct op *op, struct op_account *account, struct str from,
                            struct str to)
{
	struct db_stmt *s = db_prepare(
		op->db,
		"INSERT INTO change (mailbox_id, modseq, kind, uids, at) "
		"SELECT id, ?5, ?6, '', ?7 FROM mailbox WHERE account_id = ?1 AND (name = ?2 OR "
		"(name > ?3 AND name < ?4)) AND state = 0");

	bind_below(op, s, account->id, from);
	op_bind_u64(s, 5, account->modseq);
	db_bind_i64(s, 6, OP_CHANGE_MAILBOX);
	db_bind_i64(s, 7, op->now_ms);
	OP_TRY(op_run(op, s));
	s = db_prepare(
		op->db,
		"UPDATE mailbox SET name = CAST(?5 AS TEXT) || substr(name, length(CAST(?2 AS "
		"TEXT)) + 1), "
		"modseq = ?6 WHERE account_id = ?1 AND (name = ?2 OR (name > ?3 AND name < ?4)) "
		"AND state = 0");
	bind_below(op, s, account->id, from);
	db_bind_text(s, 5, to);
	op_bind_u64(s, 6, account->modseq);
	return op_run(op, s);
}

/* RFC 3501 section 6.3.5: the messages go, INBOX stays and its children, too. */
static enum err rename_inbox(struct op *op, struct op_account *account, struct op_mailbox *inbox,
                             struct str to)
{
	struct ranges all = ranges_in(op->scratch);
	struct op_copied moved = { .from_uids = ranges_in(op->scratch) };
	struct op_mailbox target;
	uint64_t id = op_new_id(op);
	uint64_t modseq = op_account_modseq(op, account);

	OP_TRY(op_mailbox_insert(op, account, id, to, 0, false, modseq));
	OP_TRY(op_change_add(op, id, modseq, OP_CHANGE_MAILBOX, STR("")));
	OP_TRY(op_mailbox_load(op, account->id, id, &target));
	ranges_add(&all, 1, inbox->uidnext);
	OP_TRY(op_entry_copy(op, account, inbox, &target, &all, true, &moved));
	OP_TRY(op_mailbox_save(op, inbox));
	OP_TRY(op_mailbox_save(op, &target));
	return op_account_save(op, account);
}

enum err op_mailbox_rename(struct op *op, const struct store_mailbox_rename_req *q)
{
	struct op_mailbox mailbox, there;
	struct op_account account;
	struct str to;
	enum err err;

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_WAIT, &account));
	OP_TRY(op_mailbox_find(op, account.id, q->from, &mailbox));
	OP_TRY(op_name_new(op, q->to, &to));
	err = op_mailbox_find(op, account.id, to, &there);
	if (!err)
		return err_set(op->info, ERR_EXISTS, "the new name is taken");
	if (err != ERR_NOTFOUND)
		return err;
	if (mailbox.id != account.inbox_id && str_starts(to, mailbox.name) &&
	    to.p[mailbox.name.n] == '/')
		return err_set(op->info, ERR_INVALID, "a mailbox cannot go below itself");
	if (mailbox.id != account.inbox_id)
		OP_TRY(check_children(op, account.id, mailbox.name, to));
	op_account_modseq(op, &account);
	OP_TRY(op_mailbox_make_levels(op, &account, to, mailbox.id == account.inbox_id,
	                              account.modseq));
	if (mailbox.id == account.inbox_id)
		return rename_inbox(op, &account, &mailbox, to);
	OP_TRY(rename_rows(op, &account, mailbox.name, to));
	return op_account_save(op, &account);
}
