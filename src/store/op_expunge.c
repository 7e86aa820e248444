#include "src/store/op_mail_priv.h"

/* Others wait for the lane meanwhile. */
enum {
	AT_ONCE = 5000
};

enum err op_expunge(struct op *op, const struct store_expunge_req *q, struct store_expunge_res *r)
{
	struct ranges spans = ranges_in(op->scratch);
	struct ranges gone = ranges_in(op->scratch);
	struct op_account account;
	struct op_mailbox mailbox;
	bool has_more;

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_WAIT, &account));
	OP_TRY(op_mailbox_load(op, account.id, q->mailbox_id, &mailbox));
	if (q->has_set) {
		struct op_view view;

		OP_TRY(op_view_open(op, &mailbox, &q->view, &view));
		OP_TRY(op_view_spans(op, &view, &q->set, &spans));
	} else if (mailbox.deleted) {
		ranges_add(&spans, 1, mailbox.uidnext);
	}
	OP_TRY(op_entry_expunge(op, &account, &mailbox, &spans, true, AT_ONCE, &gone, &has_more));
	*r = (struct store_expunge_res){ .count = ranges_count(&gone),
		                         .modseq = gone.n ? mailbox.modseq : 0,
		                         .has_more = has_more };
	if (!gone.n)
		return ERR_OK;
	OP_TRY(op_mailbox_save(op, &mailbox));
	return op_account_save(op, &account);
}
