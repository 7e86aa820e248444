#include "src/base/arena.h"
#include "src/store/op_mail_priv.h"

enum err op_queue_list(struct op *op, const struct store_queue_list_req *q,
                       struct store_queue_list_res *r)
{
	uint32_t max = q->max && q->max < OP_LIST_MAX ? q->max : OP_LIST_MAX;
	struct store_queue_item *items = arena_array(op->a, max, sizeof(*items));
	struct db_stmt *s;
	bool has_row;
	size_t n = 0;

	if (!op_is_text(q->dest, OP_TEXT_MAX_BYTES))
		return err_set(op->info, ERR_INVALID, "no destination");
	s = db_prepare(op->db,
	               "SELECT r.id, q.msg_id, q.sender, r.rcpt, r.dest, r.last_reply, r.kind, "
	               "r.attempts, m.size, "
	               "q.created, r.next_at, q.expires, r.lease_until FROM queue_rcpt r "
	               "JOIN queue_msg q ON q.id = r.qmsg_id JOIN msg m ON m.id = q.msg_id "
	               "WHERE r.id > ?1 AND (?2 = '' OR r.dest = ?2) ORDER BY r.id LIMIT ?3");
	op_bind_u64(s, 1, q->after);
	db_bind_text(s, 2, str_lower(op->scratch, q->dest));
	db_bind_i64(s, 3, (int64_t)max + 1);
	for (;;) {
		OP_TRY(op_step(op, s, &has_row));
		if (!has_row || n == max)
			break;
		items[n++] = (struct store_queue_item){
			.rcpt_id = db_col_u64(s, 0),
			.msg_id = db_col_u64(s, 1),
			.sender = op_col_dup(op->a, s, 2),
			.rcpt = op_col_dup(op->a, s, 3),
			.dest = op_col_dup(op->a, s, 4),
			.last_reply = op_col_dup(op->a, s, 5),
			.kind = (uint32_t)db_col_u64(s, 6),
			.attempts = (uint32_t)db_col_u64(s, 7),
			.size = db_col_u64(s, 8),
			.created_ms = db_col_i64(s, 9),
			.next_ms = db_col_i64(s, 10),
			.expires_ms = db_col_i64(s, 11),
			.is_leased = db_col_i64(s, 12) > op->now_ms,
		};
	}
	db_done(s);
	*r = (struct store_queue_list_res){ .items = items, .n_items = n, .has_more = has_row };
	return ERR_OK;
}
