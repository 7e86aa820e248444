/*
 * What became of a message: the ledger, read for people.
 *
 * By id and by Message-ID there are indexes. By address the ledger is read from its newest end,
 * because an index on recipients would cost every message that is accepted something for a question
 * that is asked rarely.
 */
#include "src/base/arena.h"
#include "src/base/idtext.h"
#include "src/store/op_mail_priv.h"

enum {
	TRACE_MAX = 10000,
	TRACE_PAGE = 2000,
	TRACE_ROWS_MAX = 2000000,
	TRACE_MSGIDS_MAX = 100
};

struct trace {
	struct op *op;
	struct str address; /* only what concerns it; empty: everything */
	struct store_trace_event *v;
	size_t n, room, max;
	size_t rows;
};

static void add_event(struct trace *t, uint64_t msg_id, int64_t at_ms, enum op_event event,
                      struct str rcpt, struct str detail)
{
	if (t->n == t->max)
		return;
	if (t->n == t->room) {
		size_t room = t->room ? t->room * 2 : 16;

		t->v = arena_grow(t->op->a, t->v, t->room * sizeof(*t->v), room * sizeof(*t->v));
		t->room = room;
	}
	t->v[t->n++] = (struct store_trace_event){
		.msg_id = msg_id,
		.at_ms = at_ms,
		.event = str_c(op_event_name(event)),
		.rcpt = str_dup(t->op->a, rcpt),
		.detail = detail,
	};
}

static bool is_wanted(const struct trace *t, struct str address)
{
	return !t->address.n || str_ieq(t->address, address);
}

static struct str fate_detail(struct trace *t, const struct op_fate *fate)
{
	char id[IDTEXT_SIZE];

	switch (fate->event) {
	case OP_EVENT_DELIVERED:
		return str_printf(t->op->a, "mailbox %llu uid %llu",
		                  (unsigned long long)fate->mailbox_id,
		                  (unsigned long long)fate->uid);
	case OP_EVENT_DUPLICATE:
		idtext_format(fate->mailbox_id, id);
		return str_printf(t->op->a, "of %s", id);
	case OP_EVENT_ACCEPTED:
	case OP_EVENT_QUEUED:
	case OP_EVENT_RELAYED:
	case OP_EVENT_BOUNCED:
	case OP_EVENT_DISCARDED:
	case OP_EVENT_EXPIRED:
		break;
	}
	return STR("");
}

/* The row of the acceptance, newest first: fates, then the acceptance itself. */
static enum err add_accept(struct trace *t, struct db_stmt *s, uint64_t msg_id, int64_t at_ms)
{
	struct str sender = op_col_dup(t->op->scratch, s, 4);
	struct str detail = op_col_dup(t->op->scratch, s, 5);
	struct op_fate *fates;
	bool is_any;
	size_t n;

	OP_TRY(op_fates_unpack(t->op->scratch, db_col_str(s, 6), &fates, &n));
	is_any = is_wanted(t, sender);
	for (size_t i = n; i-- > 0;) {
		if (!is_wanted(t, fates[i].rcpt) && !is_wanted(t, sender))
			continue;
		is_any = true;
		add_event(t, msg_id, at_ms, fates[i].event, fates[i].rcpt,
		          fate_detail(t, &fates[i]));
	}
	if (is_any)
		add_event(t, msg_id, at_ms, OP_EVENT_ACCEPTED, STR(""),
		          str_printf(t->op->a, "from <%.*s>, %.*s", STR_ARG(sender),
		                     STR_ARG(detail)));
	return ERR_OK;
}

#define LEDGER_COLUMNS "SELECT msg_id, n, at, event, addr, detail, fates FROM ledger "

static enum err add_rows(struct trace *t, struct db_stmt *s, uint64_t *last_msg_r,
                         uint64_t *last_n_r, size_t *rows_r)
{
	bool has_row;

	*rows_r = 0;
	for (;;) {
		uint64_t msg_id;

		OP_TRY(op_step(t->op, s, &has_row));
		if (!has_row)
			return ERR_OK;
		++*rows_r;
		*last_msg_r = msg_id = db_col_u64(s, 0);
		*last_n_r = db_col_u64(s, 1);
		if (*last_n_r == 0)
			OP_TRY(add_accept(t, s, msg_id, db_col_i64(s, 2)));
		else if (is_wanted(t, db_col_str(s, 4)))
			add_event(t, msg_id, db_col_i64(s, 2), (enum op_event)db_col_i64(s, 3),
			          db_col_str(s, 4), op_col_dup(t->op->a, s, 5));
	}
}

static enum err trace_id(struct trace *t, uint64_t msg_id)
{
	struct db_stmt *s = db_prepare(t->op->db,
	                               LEDGER_COLUMNS "WHERE msg_id = ?1 ORDER BY n DESC");
	uint64_t last_msg, last_n;
	size_t rows;

	op_bind_u64(s, 1, msg_id);
	return add_rows(t, s, &last_msg, &last_n, &rows);
}

static enum err trace_message_id(struct trace *t, struct str message_id)
{
	struct db_stmt *s = db_prepare(
		t->op->db, "SELECT id FROM msg WHERE msgid_hash = ?1 ORDER BY id DESC LIMIT ?2");
	uint64_t ids[TRACE_MSGIDS_MAX];
	size_t n = 0;
	bool has_row;

	op_bind_u64(s, 1, op_body_msgid_hash(message_id));
	db_bind_i64(s, 2, TRACE_MSGIDS_MAX);
	for (;;) {
		OP_TRY(op_step(t->op, s, &has_row));
		if (!has_row)
			break;
		ids[n++] = db_col_u64(s, 0);
	}
	for (size_t i = 0; i < n; i++)
		OP_TRY(trace_id(t, ids[i]));
	return ERR_OK;
}

static enum err trace_address(struct trace *t, struct str address)
{
	uint64_t last_msg = INT64_MAX, last_n = 0;
	size_t rows = TRACE_PAGE;

	t->address = address;
	while (rows == TRACE_PAGE && t->n < t->max && t->rows < TRACE_ROWS_MAX) {
		struct db_stmt *s = db_prepare(t->op->db, LEDGER_COLUMNS
		                               "WHERE (msg_id, n) < (?1, ?2) "
		                               "ORDER BY msg_id DESC, n DESC LIMIT ?3");

		op_bind_u64(s, 1, last_msg);
		op_bind_u64(s, 2, last_n);
		db_bind_i64(s, 3, TRACE_PAGE);
		OP_TRY(add_rows(t, s, &last_msg, &last_n, &rows));
		t->rows += rows;
	}
	return ERR_OK;
}

enum err op_trace(struct op *op, const struct store_trace_req *q, struct store_trace_res *r)
{
	struct trace t = { .op = op, .max = q->max && q->max < TRACE_MAX ? q->max : TRACE_MAX };
	struct str what = str_trim(q->what);
	uint64_t id;

	if (!what.n || !op_is_text(what, OP_TEXT_MAX_BYTES))
		return err_set(op->info, ERR_INVALID,
		               "give a message id, a Message-ID or an address");
	if (idtext_parse(what, &id) || str_to_u64(what, INT64_MAX, &id)) {
		OP_TRY(trace_id(&t, id));
	} else if (what.p[0] == '<') {
		OP_TRY(trace_message_id(&t, what));
	} else {
		OP_TRY(trace_address(&t, what));
		if (!t.n)
			OP_TRY(trace_message_id(&t,
			                        str_printf(op->scratch, "<%.*s>", STR_ARG(what))));
	}
	*r = (struct store_trace_res){ .events = t.v, .n_events = t.n };
	return ERR_OK;
}
