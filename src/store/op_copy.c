#include "src/base/arena.h"
#include "src/store/map.h"
#include "src/store/op_mail_priv.h"

/*
 * A message that another session has expunged still has a number here, so the whole command fails
 * (RFC 5530 EXPUNGEISSUED). UIDs that are not there are ignored (RFC 3501 section 6.4.8).
 */
static enum err check_all_there(struct op *op, const struct op_view *view,
                                const struct store_set *set, const struct ranges *spans)
{
	struct ranges in_view, there;

	if (set->is_uid || view->map == view->existing)
		return ERR_OK;
	in_view = op_view_within(op, view->map, spans);
	there = op_view_within(op, view->existing, spans);
	if (ranges_count(&in_view) != ranges_count(&there))
		return err_set(op->info, ERR_CANCELLED, "some of the messages have been expunged");
	return ERR_OK;
}

static enum err save(struct op *op, const struct op_account *account, const struct op_mailbox *from,
                     const struct op_mailbox *to, bool is_move)
{
	if (is_move && from != to)
		OP_TRY(op_mailbox_save(op, from));
	OP_TRY(op_mailbox_save(op, to));
	return op_account_save(op, account);
}

/* That it is gone says nothing of the target. */
static enum err load_source(struct op *op, uint64_t account_id, uint64_t mailbox_id,
                            struct op_mailbox *mailbox_r)
{
	enum err e = op_mailbox_load(op, account_id, mailbox_id, mailbox_r);

	return e == ERR_NOTFOUND ? err_set(op->info, ERR_CANCELLED, "the mailbox has been deleted")
	                         : e;
}

enum err op_copy(struct op *op, const struct store_copy_req *q, struct store_copy_res *r)
{
	struct ranges spans = ranges_in(op->scratch);
	struct op_copied copied = { .from_uids = ranges_in(op->a) };
	struct op_mailbox mailbox, other;
	struct op_mailbox *target = &other;
	struct op_account account;
	struct op_view view;
	struct store_range *to_uids;

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_WAIT, &account));
	OP_TRY(load_source(op, account.id, q->mailbox_id, &mailbox));
	OP_TRY(op_mailbox_find(op, account.id, q->target, &other));
	if (other.is_noselect)
		return err_set(op->info, ERR_NOTFOUND, "the target is a mere level");
	if (other.id == mailbox.id)
		target = &mailbox;
	OP_TRY(op_view_open(op, &mailbox, &q->view, &view));
	OP_TRY(op_view_spans(op, &view, &q->set, &spans));
	OP_TRY(check_all_there(op, &view, &q->set, &spans));
	OP_TRY(op_entry_copy(op, &account, &mailbox, target, &spans, q->is_move, &copied));
	if (copied.from_uids.n)
		OP_TRY(save(op, &account, &mailbox, target, q->is_move));
	to_uids = ARENA_NEW(op->a, struct store_range);
	*to_uids = (struct store_range){ copied.first,
		                         copied.first + ranges_count(&copied.from_uids) - 1 };
	*r = (struct store_copy_res){
		.target_id = target->id,
		.target_uidvalidity = target->uidvalidity,
		.from_uids = copied.from_uids.v,
		.n_from_uids = copied.from_uids.n,
		.to_uids = to_uids,
		.n_to_uids = copied.from_uids.n ? 1 : 0,
		.modseq = q->is_move ? copied.modseq : 0,
	};
	return ERR_OK;
}
