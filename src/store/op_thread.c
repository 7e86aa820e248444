/*
 * The conversation of a message (RFC 8474 section 5.2), found once, when it is stored: that of a
 * message with the same Message-ID (a copy in Sent and the one that came back), of the one it
 * answers, or of one that both refer to. A message is shared by the accounts that have it, so its
 * conversation is, too.
 */
#include "src/base/arena.h"
#include "src/mail/header.h"
#include "src/store/op_mail_priv.h"

enum {
	IDS_MAX = 5,          /* own, In-Reply-To, first, last and last but one of References */
	REFERENCES_MAX = 200, /* looked at */
	RELATIVES_MAX = 50,   /* rows looked at: a Message-ID may be anything but unique */
};

struct ids {
	uint64_t v[IDS_MAX];
	size_t n;
};

static void add_id(struct ids *ids, struct str id)
{
	uint64_t hash;

	if (id.n == 0 || ids->n == IDS_MAX)
		return;
	hash = op_body_msgid_hash(id);
	for (size_t i = 0; i < ids->n; i++) {
		if (ids->v[i] == hash)
			return;
	}
	ids->v[ids->n++] = hash;
}

/* The next "<...>" of a value; false at its end. */
static bool next_id(struct str *rest, struct str *id_r)
{
	ptrdiff_t from = str_find(*rest, '<'), size;

	if (from < 0)
		return false;
	*rest = str_from(*rest, (size_t)from);
	size = str_find(*rest, '>');
	if (size < 0)
		return false;
	*id_r = str_first(*rest, (size_t)size + 1);
	*rest = str_from(*rest, (size_t)size + 1);
	return true;
}

static void add_references(struct ids *ids, struct str value)
{
	struct str first = STR(""), before = STR(""), last = STR(""), id;

	for (size_t i = 0; i < REFERENCES_MAX && next_id(&value, &id); i++) {
		if (i == 0)
			first = id;
		before = last;
		last = id;
	}
	add_id(ids, last);
	add_id(ids, first);
	add_id(ids, before);
}

static void collect_ids(struct str header, struct str message_id, struct ids *ids)
{
	struct mail_header_field field;
	struct str value, id;

	add_id(ids, message_id);
	if (mail_header_find(header, STR("In-Reply-To"), &field)) {
		value = field.value;
		if (next_id(&value, &id))
			add_id(ids, id);
	}
	if (mail_header_find(header, STR("References"), &field))
		add_references(ids, field.value);
}

enum err op_thread_find(struct op *op, struct str header, struct str message_id,
                        uint64_t *thread_id_r)
{
	struct ids ids = { .n = 0 };
	uint64_t oldest = 0;
	struct db_stmt *s;
	bool has_row = true;

	*thread_id_r = 0;
	collect_ids(header, message_id, &ids);
	if (ids.n == 0)
		return ERR_OK;
	/* Without ORDER BY, so that no planner walks the messages by id instead. */
	s = db_prepare(op->db, "SELECT COALESCE(thread_id, id) FROM msg WHERE msgid_hash IN (?1, "
	                       "?2, ?3, ?4, ?5) LIMIT ?6");
	for (size_t i = 0; i < IDS_MAX; i++) {
		if (i < ids.n)
			op_bind_u64(s, (int)i + 1, ids.v[i]);
		else
			db_bind_null(s, (int)i + 1);
	}
	db_bind_i64(s, IDS_MAX + 1, RELATIVES_MAX);
	for (;;) {
		uint64_t id;

		OP_TRY(op_step(op, s, &has_row));
		if (!has_row)
			break;
		id = db_col_u64(s, 0);
		if (!oldest || id < oldest)
			oldest = id;
	}
	*thread_id_r = oldest;
	return ERR_OK;
}
