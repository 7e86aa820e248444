/*
 * The ledger: what became of each accepted recipient.
 *
 * The accept row packs what was known at once: for each recipient one octet of event, two of
 * length, the recipient, and for a delivery 8 + 8 octets of mailbox and UID (for a duplicate the
 * first message's id and 0), big-endian.
 */
#include <string.h>

#include "src/base/arena.h"
#include "src/store/op_mail_priv.h"

const char *op_event_name(enum op_event event)
{
	switch (event) {
	case OP_EVENT_ACCEPTED:
		return "accepted";
	case OP_EVENT_DELIVERED:
		return "delivered";
	case OP_EVENT_QUEUED:
		return "queued";
	case OP_EVENT_RELAYED:
		return "relayed";
	case OP_EVENT_BOUNCED:
		return "bounced";
	case OP_EVENT_DISCARDED:
		return "discarded";
	case OP_EVENT_EXPIRED:
		return "expired";
	case OP_EVENT_DUPLICATE:
		return "duplicate";
	}
	return "unknown";
}

static void put_number(unsigned char *p, uint64_t value)
{
	for (size_t i = 0; i < 8; i++)
		p[i] = (unsigned char)(value >> (56 - 8 * i));
}

static uint64_t get_number(const unsigned char *p)
{
	uint64_t value = 0;

	for (size_t i = 0; i < 8; i++)
		value = value << 8 | p[i];
	return value;
}

static bool has_place(enum op_event event)
{
	return event == OP_EVENT_DELIVERED || event == OP_EVENT_DUPLICATE;
}

struct str op_fates_pack(struct arena *a, const struct op_fate *fates, size_t n)
{
	unsigned char *octets;
	size_t size = 0;

	for (size_t i = 0; i < n; i++)
		size += 3 + fates[i].rcpt.n + (has_place(fates[i].event) ? 16 : 0);
	octets = arena_alloc(a, size ? size : 1);
	size = 0;
	for (size_t i = 0; i < n; i++) {
		const struct op_fate *fate = &fates[i];

		octets[size] = (unsigned char)fate->event;
		octets[size + 1] = (unsigned char)(fate->rcpt.n >> 8);
		octets[size + 2] = (unsigned char)fate->rcpt.n;
		if (fate->rcpt.n)
			memcpy(octets + size + 3, fate->rcpt.p, fate->rcpt.n);
		size += 3 + fate->rcpt.n;
		if (has_place(fate->event)) {
			put_number(octets + size, fate->mailbox_id);
			put_number(octets + size + 8, fate->uid);
			size += 16;
		}
	}
	return str_make(octets, size);
}

enum err op_fates_unpack(struct arena *a, struct str octets, struct op_fate **fates_r, size_t *n_r)
{
	struct op_fate *fates = NULL;
	size_t n = 0, room = 0;

	while (octets.n) {
		struct op_fate fate;
		size_t len;

		if (octets.n < 3)
			return ERR_CORRUPT;
		len = (size_t)octets.p[1] << 8 | octets.p[2];
		fate = (struct op_fate){ .event = (enum op_event)octets.p[0] };
		octets = str_from(octets, 3);
		if (octets.n < len + (has_place(fate.event) ? 16 : 0))
			return ERR_CORRUPT;
		fate.rcpt = str_dup(a, str_first(octets, len));
		octets = str_from(octets, len);
		if (has_place(fate.event)) {
			fate.mailbox_id = get_number(octets.p);
			fate.uid = get_number(octets.p + 8);
			octets = str_from(octets, 16);
		}
		if (n == room) {
			size_t more = room ? room * 2 : 4;

			fates = arena_grow(a, fates, room * sizeof(*fates), more * sizeof(*fates));
			room = more;
		}
		fates[n++] = fate;
	}
	*fates_r = fates;
	*n_r = n;
	return ERR_OK;
}

struct row {
	uint64_t n;
	enum op_event event;
	size_t n_rcpts, n_final;
	struct str addr, detail, fates;
};

static enum err insert(struct op *op, uint64_t msg_id, const struct row *row)
{
	struct db_stmt *s = db_prepare(
		op->db,
		"INSERT INTO ledger (msg_id, n, at, event, n_rcpts, n_final, addr, detail, fates) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");

	op_bind_u64(s, 1, msg_id);
	op_bind_u64(s, 2, row->n);
	db_bind_i64(s, 3, op->now_ms);
	db_bind_i64(s, 4, (int64_t)row->event);
	op_bind_u64(s, 5, row->n_rcpts);
	op_bind_u64(s, 6, row->n_final);
	db_bind_text(s, 7, row->addr);
	db_bind_text(s, 8, row->detail);
	op_bind_blob_or_null(s, 9, row->fates);
	return op_run(op, s);
}

enum err op_ledger_accept(struct op *op, uint64_t msg_id, struct str sender, struct str detail,
                          const struct op_fate *fates, size_t n)
{
	struct row row = {
		.event = OP_EVENT_ACCEPTED,
		.n_rcpts = n,
		.addr = sender,
		.detail = detail,
		.fates = op_fates_pack(op->scratch, fates, n),
	};

	for (size_t i = 0; i < n; i++)
		row.n_final += fates[i].event != OP_EVENT_QUEUED;
	return insert(op, msg_id, &row);
}

enum err op_ledger_final(struct op *op, uint64_t msg_id, uint64_t queue_rcpt_id,
                         enum op_event event, struct str rcpt, struct str detail)
{
	struct row row = {
		.n = queue_rcpt_id,
		.event = event,
		.n_final = 1,
		.addr = rcpt,
		.detail = detail,
	};

	return insert(op, msg_id, &row);
}
