#include "src/store/op_mail_priv.h"

void op_count_message(struct op_count *count, uint32_t flags, uint64_t size)
{
	count->msgs++;
	count->unseen += !(flags & STORE_FLAG_SEEN);
	count->deleted += (flags & STORE_FLAG_DELETED) != 0;
	count->bytes += size;
}

/* Counters never wrap: when one is wrong already, `tayori store check` finds it. */
static uint64_t less(uint64_t value, uint64_t by)
{
	return value > by ? value - by : 0;
}

void op_mailbox_count_in(struct op_mailbox *mailbox, const struct op_count *count)
{
	mailbox->msgs += count->msgs;
	mailbox->unseen += count->unseen;
	mailbox->deleted += count->deleted;
	mailbox->bytes += count->bytes;
}

void op_mailbox_count_out(struct op_mailbox *mailbox, const struct op_count *count)
{
	mailbox->msgs = less(mailbox->msgs, count->msgs);
	mailbox->unseen = less(mailbox->unseen, count->unseen);
	mailbox->deleted = less(mailbox->deleted, count->deleted);
	mailbox->bytes = less(mailbox->bytes, count->bytes);
}

void op_account_count_in(struct op_account *account, const struct op_count *count)
{
	account->used_msgs += count->msgs;
	account->used_bytes += count->bytes;
}

void op_account_count_out(struct op_account *account, const struct op_count *count)
{
	account->used_msgs = less(account->used_msgs, count->msgs);
	account->used_bytes = less(account->used_bytes, count->bytes);
}
