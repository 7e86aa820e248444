#include <string.h>

#include "src/base/arena.h"
#include "src/store/op_mail_priv.h"

enum {
	READ_MAX_BYTES = 1024 * 1024
};

enum err op_read(struct op *op, const struct store_read_req *q, struct store_read_res *r)
{
	struct op_body_place place;
	struct op_account account;
	struct op_mailbox mailbox;
	struct db_stmt *s;
	struct str prefix, head, body;
	uint64_t size = q->size < READ_MAX_BYTES ? q->size : READ_MAX_BYTES;
	unsigned char *octets;

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_NONE, &account));
	OP_TRY(op_mailbox_load(op, account.id, q->mailbox_id, &mailbox));
	s = db_prepare(op->db,
	               "SELECT e.prefix, m.id, m.size, m.slice0 FROM entry e "
	               "JOIN msg m ON m.id = e.msg_id WHERE e.mailbox_id = ?1 AND e.uid = ?2");
	op_bind_u64(s, 1, mailbox.id);
	op_bind_u64(s, 2, q->uid < INT64_MAX ? q->uid : INT64_MAX);
	OP_TRY(op_row(op, s));
	prefix = op_col_dup(op->scratch, s, 0);
	place = (struct op_body_place){ .msg_id = db_col_u64(s, 1),
		                        .size = db_col_u64(s, 2),
		                        .slice0 = db_col_u64(s, 3) };
	db_done(s);

	/* The prefix stands before the stored octets, as one message. */
	head = str_first(str_from(prefix, q->offset), size);
	if (q->offset >= prefix.n) {
		OP_TRY(op_body_read(op, op->a, &place, q->offset - prefix.n, size, &body));
		r->octets = body;
	} else {
		size = size - head.n < place.size ? size - head.n : place.size;
		octets = arena_room(op->a, head.n + size + 1);
		memcpy(octets, head.p, head.n);
		OP_TRY(op_body_read_to(op, &place, 0, size, octets + head.n));
		r->octets = str_make(octets, head.n + size);
	}
	r->message_size = prefix.n + place.size;
	return ERR_OK;
}
