/*
 * Messages of a set, in slices of bounded size.
 */
#include <string.h>

#include "src/base/arena.h"
#include "src/store/flag_block.h"
#include "src/store/map.h"
#include "src/store/op_mail_priv.h"

enum {
	FETCH_MAX = 10000,
	FETCH_BYTES = 160 * 1024, /* stays in a processor's cache on its way */
	HEADER_MAX_BYTES = 1024 * 1024
};

/* Fields that need more than the entry row, and such that need not even that. */
enum {
	FIELDS_MSG = STORE_FETCH_SIZE | STORE_FETCH_ENVELOPE | STORE_FETCH_BODYSTRUCTURE |
	             STORE_FETCH_BODY | STORE_FETCH_PARTS | STORE_FETCH_PREVIEW |
	             STORE_FETCH_HEADER | STORE_FETCH_OCTETS | STORE_FETCH_IDS,
	FIELDS_BODY = STORE_FETCH_HEADER | STORE_FETCH_OCTETS,
	FIELDS_FLAGS = STORE_FETCH_FLAGS | STORE_FETCH_MODSEQ
};

/* Where the octets of a message are, for when the statement has ended. */
struct place {
	struct op_body_place body;
	struct str prefix;
};

struct fetch {
	struct op *op;
	const struct store_fetch_req *q;
	const struct op_mailbox *mailbox;
	struct op_view view;
	struct op_keywords keywords;
	struct store_message *messages;
	struct place *places; /* with FIELDS_BODY */
	size_t n, room, max;
	uint64_t total; /* messages, those that are joined counted */
	size_t bytes;
	bool is_cut; /* there are more than were looked at */
	bool has_more;
};

static const char light_sql[] =
	"SELECT uid, msg_id, internaldate, saved, size, uidl FROM entry "
	"WHERE mailbox_id = ?1 AND uid >= ?2 AND uid <= ?3 ORDER BY uid LIMIT ?4";

/* Columns that nobody asked for are not read, because they may lie on pages of their own. */
static const char full_sql[] =
	"SELECT e.uid, e.msg_id, e.internaldate, e.saved, e.size, e.uidl, "
	"e.prefix, m.hdr_size, m.lines, m.size, m.slice0, COALESCE(m.thread_id, m.id), "
	"CASE WHEN (?5 & 8) <> 0 THEN m.envelope END, "
	"CASE WHEN (?5 & 16) <> 0 THEN m.bodystructure END, "
	"CASE WHEN (?5 & 32) <> 0 THEN m.body END, "
	"CASE WHEN (?5 & 64) <> 0 THEN m.parts END, "
	"CASE WHEN (?5 & 128) <> 0 THEN m.preview END "
	"FROM entry e JOIN msg m ON m.id = e.msg_id "
	"WHERE e.mailbox_id = ?1 AND e.uid >= ?2 AND e.uid <= ?3 "
	"ORDER BY e.uid LIMIT ?4";

static struct store_message *add_message(struct fetch *f)
{
	if (f->n == f->room) {
		size_t room = f->room ? f->room * 2 : 32;

		f->messages = arena_grow(f->op->a, f->messages, f->room * sizeof(*f->messages),
		                         room * sizeof(*f->messages));
		if (f->q->fields & FIELDS_BODY)
			f->places = arena_grow(f->op->scratch, f->places,
			                       f->room * sizeof(*f->places),
			                       room * sizeof(*f->places));
		f->room = room;
	}
	return &f->messages[f->n++];
}

/* What makes the answer long is counted where it is taken. */
static struct str take(struct fetch *f, struct db_stmt *s, int column)
{
	struct str text = op_col_dup(f->op->a, s, column);

	f->bytes += text.n;
	return text;
}

static void set_number(struct fetch *f, struct store_message *message)
{
	message->seq = map_count_below(f->view.map, message->uid) + 1;
	f->bytes += sizeof(*message);
}

static enum err set_flags(struct fetch *f, const struct flag_run *run,
                          struct store_message *message)
{
	message->modseq = run->modseq;
	message->flags = run->flags;
	if (message->uid >= f->mailbox->recent_uid)
		message->flags |= STORE_FLAG_RECENT;
	return op_keywords_names(f->op, &f->keywords, run->kw, &message->keywords,
	                         &message->n_keywords);
}

static enum err read_entry(struct fetch *f, struct db_stmt *s, struct op_flags *flags,
                           struct store_message *message)
{
	const struct flag_run *run;

	*message = (struct store_message){
		.uid = db_col_u64(s, 0),
		.msg_id = db_col_u64(s, 1),
		.internaldate_ms = db_col_i64(s, 2),
		.saved_ms = db_col_i64(s, 3),
		.size = db_col_u64(s, 4),
	};
	set_number(f, message);
	if (f->q->fields & STORE_FETCH_UIDL) {
		message->uidl = op_col_dup(f->op->a, s, 5);
		if (!message->uidl.n)
			message->uidl = str_printf(f->op->a, "%llu.%llu",
			                           (unsigned long long)f->mailbox->uidvalidity,
			                           (unsigned long long)message->uid);
	}
	OP_TRY(op_flags_at(flags, message->uid, &run));
	return set_flags(f, run, message);
}

static void read_msg(struct fetch *f, struct db_stmt *s, struct store_message *message)
{
	struct str prefix = db_col_str(s, 6);

	message->prefix_size = (uint32_t)prefix.n;
	message->hdr_size = (uint32_t)db_col_u64(s, 7);
	message->lines = (uint32_t)db_col_u64(s, 8);
	message->thread_id = db_col_u64(s, 11);
	message->envelope = take(f, s, 12);
	message->bodystructure = take(f, s, 13);
	message->body = take(f, s, 14);
	message->parts = take(f, s, 15);
	message->preview = take(f, s, 16);
	if (!(f->q->fields & FIELDS_BODY))
		return;
	f->places[f->n - 1] = (struct place){
		.body = { .msg_id = message->msg_id,
		          .size = db_col_u64(s, 9),
		          .slice0 = db_col_u64(s, 10) },
		.prefix = str_dup(f->op->scratch, prefix),
	};
	if (f->q->fields & STORE_FETCH_HEADER)
		f->bytes += prefix.n + message->hdr_size;
	if (f->q->fields & STORE_FETCH_OCTETS && message->size <= STORE_FETCH_OCTETS_MAX)
		f->bytes += message->size;
}

/* ---------------------------------------------------------------- without rows of messages */

/*
 * Messages that follow each other and differ in nothing that is asked for; as many of them as there
 * is room for.
 */
static enum err add_alike(struct fetch *f, const struct flag_run *run)
{
	uint64_t n;

	for (uint64_t uid = run->first; uid <= run->last; uid += n) {
		struct store_message *message;

		if (f->total >= f->max || f->bytes >= FETCH_BYTES) {
			f->has_more = true;
			return ERR_OK;
		}
		n = f->q->can_join ? run->last - uid + 1 : 1;
		if (n > f->max - f->total)
			n = f->max - f->total;
		message = add_message(f);
		*message = (struct store_message){ .uid = uid, .n_alike = n - 1 };
		f->total += n;
		set_number(f, message);
		if (f->q->fields)
			OP_TRY(set_flags(f, run, message));
	}
	return ERR_OK;
}

/* UIDs and numbers are in the map. */
static enum err fetch_numbers(struct fetch *f, const struct ranges *uids)
{
	for (size_t i = 0; i < uids->n && !f->has_more; i++) {
		struct flag_run run = { .first = uids->v[i].first, .last = uids->v[i].last };

		OP_TRY(add_alike(f, &run));
	}
	return ERR_OK;
}

/* \Recent begins somewhere. */
static enum err add_flags(struct fetch *f, struct flag_run *run)
{
	uint64_t recent = f->mailbox->recent_uid;

	if (run->first < recent && run->last >= recent) {
		struct flag_run old = *run;

		old.last = recent - 1;
		run->first = recent;
		OP_TRY(add_alike(f, &old));
	}
	return f->has_more ? ERR_OK : add_alike(f, run);
}

/* As many as there may be in one answer: a walk joins what is alike, however long. */
static void cut_off(struct fetch *f, struct ranges *uids)
{
	uint64_t left = f->max;
	size_t i = 0;

	while (i < uids->n && uids->v[i].last - uids->v[i].first + 1 <= left) {
		left -= uids->v[i].last - uids->v[i].first + 1;
		i++;
	}
	if (i == uids->n)
		return;
	uids->v[i].last = uids->v[i].first + left - 1;
	uids->n = i + (left > 0);
	f->is_cut = true;
}

/* Flags and MODSEQs are in blocks. */
static enum err fetch_flags(struct fetch *f, struct ranges *uids)
{
	bool wants_modseq = f->q->fields & STORE_FETCH_MODSEQ || f->q->changedsince;
	struct op_flags *flags;
	struct flag_run run;
	bool has_run = true;

	/* What has not changed does not count. */
	if (!f->q->changedsince)
		cut_off(f, uids);
	flags = op_flags_walk(f->op, f->mailbox->id, uids,
	                      wants_modseq ? OP_FLAGS_ALL : OP_FLAGS_ALIKE);
	/* Blocks lie far from each other. */
	db_expect_little(f->op->db);
	while (!f->has_more) {
		OP_TRY(op_flags_next(flags, &run, &has_run));
		if (!has_run)
			break;
		if (run.modseq > f->q->changedsince)
			OP_TRY(add_flags(f, &run));
	}
	f->has_more |= f->is_cut;
	return ERR_OK;
}

/* ---------------------------------------------------------------- with them */

static enum err fetch_span(struct fetch *f, const struct store_range *span, struct op_flags *flags)
{
	bool is_full = (f->q->fields & FIELDS_MSG) != 0;
	struct db_stmt *s = db_prepare(f->op->db, is_full ? full_sql : light_sql);
	bool has_row;

	op_bind_u64(s, 1, f->mailbox->id);
	op_bind_u64(s, 2, span->first);
	op_bind_u64(s, 3, span->last);
	op_bind_u64(s, 4, f->max - f->n + 1);
	if (is_full)
		op_bind_u64(s, 5, f->q->fields);
	for (;;) {
		struct store_message *message;

		OP_TRY(op_step(f->op, s, &has_row));
		if (!has_row)
			return ERR_OK;
		if (f->n == f->max || f->bytes >= FETCH_BYTES) {
			f->has_more = true;
			db_done(s);
			return ERR_OK;
		}
		message = add_message(f);
		OP_TRY(read_entry(f, s, flags, message));
		if (is_full)
			read_msg(f, s, message);
	}
}

static enum err fetch_rows(struct fetch *f, const struct ranges *spans)
{
	struct op_flags *flags = op_flags_walk(f->op, f->mailbox->id, spans, OP_FLAGS_ALL);

	for (size_t i = 0; i < spans->n && !f->has_more; i++)
		OP_TRY(fetch_span(f, &spans->v[i], flags));
	return ERR_OK;
}

/* The first `size` octets of a message behind its prefix, of which at most `max` are taken. */
static enum err read_octets(struct fetch *f, const struct place *place, uint64_t size, uint64_t max,
                            struct str *octets_r)
{
	struct str prefix = str_first(place->prefix, max);
	unsigned char *octets;

	if (size > place->body.size)
		size = place->body.size;
	if (size > max - prefix.n)
		size = max - prefix.n;
	octets = arena_room(f->op->a, prefix.n + size + 1);
	if (prefix.n)
		memcpy(octets, prefix.p, prefix.n);
	OP_TRY(op_body_read_to(f->op, &place->body, 0, size, octets + prefix.n));
	*octets_r = str_make(octets, prefix.n + size);
	return ERR_OK;
}

static enum err read_bodies(struct fetch *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct store_message *message = &f->messages[i];

		if (f->q->fields & STORE_FETCH_OCTETS && message->size <= STORE_FETCH_OCTETS_MAX)
			OP_TRY(read_octets(f, &f->places[i], UINT64_MAX, STORE_FETCH_OCTETS_MAX,
			                   &message->octets));
		else if (f->q->fields & STORE_FETCH_HEADER)
			OP_TRY(read_octets(f, &f->places[i], message->hdr_size, HEADER_MAX_BYTES,
			                   &message->header));
	}
	return ERR_OK;
}

/* Only what lies behind `after_uid` and, by the change log, has changed since. */
static enum err narrow(struct fetch *f, struct ranges *spans)
{
	struct ranges rest = ranges_in(f->op->scratch);
	struct ranges changed = ranges_in(f->op->scratch);
	bool is_known = false;

	if (f->q->changedsince)
		OP_TRY(op_view_changed(f->op, f->mailbox, f->q->changedsince, &is_known, &changed));
	if (is_known) {
		ranges_and(&rest, spans, &changed);
		*spans = rest;
		rest = ranges_in(f->op->scratch);
	}
	for (size_t i = 0; i < spans->n; i++) {
		if (spans->v[i].last <= f->q->after_uid)
			continue;
		ranges_add(&rest,
		           spans->v[i].first > f->q->after_uid ? spans->v[i].first
		                                               : f->q->after_uid + 1,
		           spans->v[i].last);
	}
	*spans = rest;
	if (!f->q->changedsince || !(f->q->fields & ~(uint32_t)FIELDS_FLAGS))
		return ERR_OK;
	rest = ranges_in(f->op->scratch);
	OP_TRY(op_flags_find(f->op, f->mailbox->id, spans, 0, f->q->changedsince, &rest));
	*spans = rest;
	return ERR_OK;
}

enum err op_fetch(struct op *op, const struct store_fetch_req *q, struct store_fetch_res *r)
{
	struct ranges spans = ranges_in(op->scratch);
	struct op_account account;
	struct op_mailbox mailbox;
	struct fetch f = {
		.op = op,
		.q = q,
		.mailbox = &mailbox,
		.max = q->max && q->max < FETCH_MAX ? q->max : FETCH_MAX,
	};
	bool is_light = !(q->fields & ~(uint32_t)FIELDS_FLAGS);

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_NONE, &account));
	OP_TRY(op_mailbox_load(op, account.id, q->mailbox_id, &mailbox));
	OP_TRY(op_view_open(op, &mailbox, &q->view, &f.view));
	OP_TRY(op_view_spans(op, &f.view, &q->set, &spans));
	f.keywords = op_keywords_in(op->a, account.id);
	OP_TRY(narrow(&f, &spans));
	if (is_light)
		spans = op_view_within(op, f.view.existing, &spans);
	if (!q->fields && !q->changedsince)
		OP_TRY(fetch_numbers(&f, &spans));
	else if (is_light)
		OP_TRY(fetch_flags(&f, &spans));
	else
		OP_TRY(fetch_rows(&f, &spans));
	if (q->fields & FIELDS_BODY)
		OP_TRY(read_bodies(&f));
	*r = (struct store_fetch_res){ .messages = f.messages,
		                       .n_messages = f.n,
		                       .has_more = f.has_more };
	return ERR_OK;
}
