/*
 * Searching what entry rows and ENVELOPE can tell, a stretch of the mailbox at a time, so that no
 * reader is held for long. What a whole condition of the filter says about flags and dates is
 * looked at first; a set at the top narrows what is read at all.
 */
#include "src/base/arena.h"
#include "src/mail/date.h"
#include "src/mail/envelope.h"
#include "src/store/flag_block.h"
#include "src/store/map.h"
#include "src/store/op_mail_priv.h"

enum {
	STEPS_MAX = 4096,
	DEPTH_MAX = 64,
	STRETCH_LIGHT = 65536, /* messages looked at in one call, from their entry rows */
	STRETCH_FULL = 8192,   /* the same with their ENVELOPEs */
	PEOPLE_MAX = 65536
};

enum verdict {
	VERDICT_NO,
	VERDICT_MAYBE,
	VERDICT_YES
};

/* A step made ready. */
struct step {
	const struct store_filter *f;
	size_t end; /* the step behind this one and its operands */
	struct ranges spans;
	size_t bit; /* of a keyword */
	bool is_known;
	bool is_ascii;
	bool is_word; /* ASCII that stands in an ENVELOPE as it is */
};

struct search {
	struct op *op;
	const struct store_search_req *q;
	struct op_mailbox mailbox;
	struct op_view view;
	struct step *steps;
	size_t n;
	bool is_full;  /* needs the message's row */
	bool is_plain; /* spans say it all */
	bool is_exact; /* flags and MODSEQs say it all */
	uint64_t flags_mask, flags_value;
	int64_t date_from, date_to;
	uint64_t modseq_from;
	struct ranges spans;
	struct ranges yes, maybe;
	uint64_t max_modseq;
	struct arena *row_arena;
	/* the row */
	struct db_stmt *row;
	const struct flag_run *flags;
	struct mail_envelope envelope;
	bool is_split, is_envelope;
};

/* ---------------------------------------------------------------- making ready */

static enum err refuse(struct search *x, const char *what)
{
	return err_set(x->op->info, ERR_INVALID, "a filter %s", what);
}

static enum err prepare_keyword(struct search *x, struct step *s)
{
	struct op_keywords k = op_keywords_in(x->op->scratch, x->mailbox.account_id);

	OP_TRY(op_keywords_load(x->op, &k));
	for (size_t i = 0; i < k.n && !s->is_known; i++) {
		s->is_known = k.names[i].name.n > 0 && str_ieq(k.names[i].name, s->f->text);
		s->bit = i;
	}
	return ERR_OK;
}

static bool is_word(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] >= 0x80 || text.p[i] < ' ' ||
		    str_find(STR("\"\\<>@,:;"), text.p[i]) >= 0)
			return false;
	}
	return text.n > 0;
}

static enum err prepare_step(struct search *x, struct step *s)
{
	const struct store_filter *f = s->f;

	switch ((enum store_filter_op)f->op) {
	case STORE_FILTER_SET:
		s->spans = ranges_in(x->op->scratch);
		return op_view_spans(x->op, &x->view, &f->set, &s->spans);
	case STORE_FILTER_KEYWORD:
		return prepare_keyword(x, s);
	case STORE_FILTER_ENVELOPE:
		if (f->n >= MAIL_ENVELOPE_FIELDS)
			return refuse(x, "asks for a field that ENVELOPE does not have");
		s->is_ascii = str_is_ascii(f->text);
		s->is_word = is_word(f->text);
		x->is_full = true;
		return ERR_OK;
	case STORE_FILTER_SENT:
	case STORE_FILTER_THREAD:
		x->is_full = true;
		return ERR_OK;
	case STORE_FILTER_ALL:
	case STORE_FILTER_MAYBE:
	case STORE_FILTER_AND:
	case STORE_FILTER_OR:
	case STORE_FILTER_NOT:
	case STORE_FILTER_FLAGS:
	case STORE_FILTER_SIZE:
	case STORE_FILTER_MODSEQ:
	case STORE_FILTER_DATE:
	case STORE_FILTER_SAVED:
	case STORE_FILTER_MSG:
		return ERR_OK;
	}
	return refuse(x, "with an unknown step");
}

/* Prepare the step at `i` with its operands. */
static enum err prepare(struct search *x, size_t i, unsigned depth)
{
	struct step *s;
	uint64_t operands = 0;

	if (i >= x->n)
		return refuse(x, "that lacks operands");
	if (depth == DEPTH_MAX)
		return refuse(x, "that is too deep");
	s = &x->steps[i];
	s->f = &x->q->filter[i];
	s->end = i + 1;
	if (s->f->op == STORE_FILTER_AND || s->f->op == STORE_FILTER_OR)
		operands = s->f->n;
	else if (s->f->op == STORE_FILTER_NOT)
		operands = 1;
	OP_TRY(prepare_step(x, s));
	for (; operands > 0; operands--) {
		OP_TRY(prepare(x, s->end, depth + 1));
		s->end = x->steps[s->end].end;
	}
	return ERR_OK;
}

/* What a condition that must hold lets us leave out. */
static void narrow(struct search *x, const struct step *s)
{
	const struct store_filter *f = s->f;
	const struct store_filter *inner;
	struct ranges both;

	switch ((int)f->op) {
	case STORE_FILTER_ALL:
		return;
	case STORE_FILTER_SET:
		both = ranges_in(x->op->scratch);
		ranges_and(&both, &x->spans, &s->spans);
		x->spans = both;
		return;
	case STORE_FILTER_FLAGS:
		/* Set, and not set by another condition: the whole filter tells. */
		x->is_exact &= !(x->flags_mask & ~x->flags_value & f->n);
		x->flags_mask |= f->n;
		x->flags_value |= f->n;
		break;
	case STORE_FILTER_NOT:
		/* Not set, when it is about a single flag. */
		inner = f + 1;
		if (inner->op == STORE_FILTER_FLAGS && inner->n && !(inner->n & (inner->n - 1)) &&
		    !(x->flags_mask & inner->n))
			x->flags_mask |= inner->n;
		else
			x->is_exact = false;
		break;
	case STORE_FILTER_DATE:
		x->date_from = f->from > x->date_from ? f->from : x->date_from;
		x->date_to = f->to < x->date_to ? f->to : x->date_to;
		x->is_exact = false;
		break;
	case STORE_FILTER_MODSEQ:
		x->modseq_from = f->n > x->modseq_from ? f->n : x->modseq_from;
		break;
	default:
		x->is_exact = false;
		break;
	}
	x->is_plain = false;
}

static void narrow_all(struct search *x)
{
	x->is_plain = true;
	x->is_exact = true;
	x->date_from = INT64_MIN;
	x->date_to = INT64_MAX;
	if (x->steps[0].f->op != STORE_FILTER_AND) {
		narrow(x, &x->steps[0]);
		return;
	}
	for (size_t i = 1; i < x->steps[0].end; i = x->steps[i].end)
		narrow(x, &x->steps[i]);
}

/* ---------------------------------------------------------------- one row */

/* Columns of both statements. */
enum column {
	COLUMN_UID,
	COLUMN_MSG,
	COLUMN_DATE,
	COLUMN_SAVED,
	COLUMN_SIZE,
	COLUMN_THREAD,
	COLUMN_ENVELOPE,
	COLUMN_HDR_SIZE
};

static bool has_envelope(struct search *x)
{
	if (!x->is_split) {
		x->is_split = true;
		x->is_envelope = mail_envelope_split(db_col_str(x->row, COLUMN_ENVELOPE),
		                                     &x->envelope);
	}
	return x->is_envelope;
}

/* What must be decoded before anything can be said: 8-bit octets and encoded-words. */
static bool is_simple(struct str raw)
{
	return str_is_ascii(raw) && str_search(raw, STR("=?")) < 0;
}

/*
 * A look at the whole ENVELOPE first: most hold nothing that must be decoded, and not the text
 * either. Text with what stands between the parts of an address, or is escaped, tells nothing so.
 */
static bool is_out_of_question(struct search *x, const struct step *s)
{
	struct str raw = db_col_str(x->row, COLUMN_ENVELOPE);

	return s->is_word && raw.n > 0 && is_simple(raw) && str_isearch(raw, s->f->text) < 0 &&
	       !mail_envelope_is_cut(db_col_u64(x->row, COLUMN_HDR_SIZE));
}

static enum verdict match_envelope(struct search *x, const struct step *s)
{
	struct str raw, text;

	if (!x->is_split && is_out_of_question(x, s))
		return VERDICT_NO;
	if (!has_envelope(x))
		return VERDICT_MAYBE;
	raw = x->envelope.field[s->f->n];
	if (mail_envelope_is_nil(raw))
		return mail_envelope_is_cut(db_col_u64(x->row, COLUMN_HDR_SIZE)) ? VERDICT_MAYBE
		                                                                 : VERDICT_NO;
	if (!s->f->text.n)
		return VERDICT_YES;
	if (!is_simple(raw))
		return VERDICT_MAYBE;
	if (!s->is_ascii)
		return VERDICT_NO;
	if (mail_envelope_is_list((enum mail_envelope_field)s->f->n))
		text = mail_envelope_people(x->row_arena, raw, PEOPLE_MAX);
	else
		text = mail_envelope_text(x->row_arena, raw);
	return str_isearch(text, s->f->text) >= 0 ? VERDICT_YES : VERDICT_NO;
}

/* "Disregarding time and timezone": the day as the sender wrote it (RFC 3501 section 6.4.4). */
static enum verdict match_sent(struct search *x, const struct store_filter *f)
{
	int64_t ms, day;
	int zone;

	if (!has_envelope(x))
		return VERDICT_MAYBE;
	if (mail_date_parse(mail_envelope_text(x->row_arena, x->envelope.field[MAIL_ENVELOPE_DATE]),
	                    &ms, &zone))
		return VERDICT_NO;
	day = mail_date_day(ms, zone);
	return day >= f->from && day <= f->to ? VERDICT_YES : VERDICT_NO;
}

static enum verdict match_keyword(struct search *x, const struct step *s)
{
	struct str kw = x->flags->kw;

	return s->is_known && s->bit / 8 < kw.n && (kw.p[s->bit / 8] >> s->bit % 8 & 1)
	               ? VERDICT_YES
	               : VERDICT_NO;
}

static enum verdict between(struct search *x, const struct store_filter *f, enum column column)
{
	int64_t value = db_col_i64(x->row, (int)column);

	return value >= f->from && value <= f->to ? VERDICT_YES : VERDICT_NO;
}

static enum verdict yes_if(bool is)
{
	return is ? VERDICT_YES : VERDICT_NO;
}

static enum verdict match_leaf(struct search *x, const struct step *s)
{
	const struct store_filter *f = s->f;

	switch ((int)f->op) {
	case STORE_FILTER_ALL:
		return VERDICT_YES;
	case STORE_FILTER_SET:
		return yes_if(ranges_has(&s->spans, db_col_u64(x->row, COLUMN_UID)));
	case STORE_FILTER_FLAGS:
		return yes_if((x->flags->flags & f->n) == f->n);
	case STORE_FILTER_KEYWORD:
		return match_keyword(x, s);
	case STORE_FILTER_SIZE:
		return between(x, f, COLUMN_SIZE);
	case STORE_FILTER_MODSEQ:
		return yes_if(x->flags->modseq >= f->n);
	case STORE_FILTER_DATE:
		return between(x, f, COLUMN_DATE);
	case STORE_FILTER_SAVED:
		return between(x, f, COLUMN_SAVED);
	case STORE_FILTER_SENT:
		return match_sent(x, f);
	case STORE_FILTER_MSG:
		return yes_if(db_col_u64(x->row, COLUMN_MSG) == f->n);
	case STORE_FILTER_THREAD:
		return yes_if(db_col_u64(x->row, COLUMN_THREAD) == f->n);
	case STORE_FILTER_ENVELOPE:
		return match_envelope(x, s);
	default:
		return VERDICT_MAYBE;
	}
}

/* AND is the least of its operands, OR the greatest; the rest is not looked at once it is clear. */
static enum verdict match(struct search *x, size_t i)
{
	const struct step *s = &x->steps[i];
	bool is_and = s->f->op == STORE_FILTER_AND;
	enum verdict all = is_and ? VERDICT_YES : VERDICT_NO;

	if (s->f->op == STORE_FILTER_NOT)
		return (enum verdict)(VERDICT_YES - match(x, i + 1));
	if (!is_and && s->f->op != STORE_FILTER_OR)
		return match_leaf(x, s);
	for (size_t k = i + 1; k < s->end; k = x->steps[k].end) {
		enum verdict one = match(x, k);

		if (is_and ? one < all : one > all)
			all = one;
		if (all == (is_and ? VERDICT_NO : VERDICT_YES))
			break;
	}
	return all;
}

/* ---------------------------------------------------------------- rows */

static const char light_sql[] = "SELECT uid, msg_id, internaldate, saved, size FROM entry "
				"WHERE mailbox_id = ?1 AND uid >= ?2 AND uid <= ?3 "
				"AND internaldate >= ?4 AND internaldate <= ?5 ORDER BY uid";

static const char full_sql[] =
	"SELECT e.uid, e.msg_id, e.internaldate, e.saved, e.size, "
	"COALESCE(m.thread_id, m.id), m.envelope, m.hdr_size FROM entry e JOIN msg m ON m.id = "
	"e.msg_id "
	"WHERE e.mailbox_id = ?1 AND e.uid >= ?2 AND e.uid <= ?3 "
	"AND e.internaldate >= ?4 AND e.internaldate <= ?5 ORDER BY e.uid";

static bool have_flags(const struct search *x, const struct flag_run *run)
{
	return (run->flags & x->flags_mask) == x->flags_value && run->modseq >= x->modseq_from;
}

static void look_at_row(struct search *x)
{
	uint64_t uid = db_col_u64(x->row, COLUMN_UID);
	enum verdict verdict;

	x->is_split = false;
	verdict = match(x, 0);
	if (verdict == VERDICT_MAYBE)
		ranges_add(&x->maybe, uid, uid);
	if (verdict != VERDICT_YES)
		return;
	ranges_add(&x->yes, uid, uid);
	if (x->flags->modseq > x->max_modseq)
		x->max_modseq = x->flags->modseq;
}

static enum err look_at_span(struct search *x, struct op_flags *flags,
                             const struct store_range *span)
{
	bool has_row;

	x->row = db_prepare(x->op->db, x->is_full ? full_sql : light_sql);
	op_bind_u64(x->row, 1, x->mailbox.id);
	op_bind_u64(x->row, 2, span->first);
	op_bind_u64(x->row, 3, span->last);
	db_bind_i64(x->row, 4, x->date_from);
	db_bind_i64(x->row, 5, x->date_to);
	for (;;) {
		OP_TRY(op_step(x->op, x->row, &has_row));
		if (!has_row)
			return ERR_OK;
		OP_TRY(op_flags_at(flags, db_col_u64(x->row, COLUMN_UID), &x->flags));
		if (!have_flags(x, x->flags))
			continue;
		look_at_row(x);
		if (x->is_full)
			arena_reset(x->row_arena);
	}
}

static enum err look_at_rows(struct search *x)
{
	struct op_flags *flags = op_flags_walk(x->op, x->mailbox.id, &x->spans, OP_FLAGS_ALL);

	for (size_t i = 0; i < x->spans.n; i++)
		OP_TRY(look_at_span(x, flags, &x->spans.v[i]));
	return ERR_OK;
}

/* No row has to be read. */
static enum err look_at_flags(struct search *x)
{
	struct ranges there = op_view_within(x->op, x->view.existing, &x->spans);
	struct op_flags *flags = op_flags_walk(x->op, x->mailbox.id, &there, OP_FLAGS_ALL);
	struct flag_run run;
	bool has_run;

	for (;;) {
		OP_TRY(op_flags_next(flags, &run, &has_run));
		if (!has_run)
			return ERR_OK;
		if (!have_flags(x, &run))
			continue;
		ranges_add(&x->yes, run.first, run.last);
		if (run.modseq > x->max_modseq)
			x->max_modseq = run.modseq;
	}
}

/* Cut the spans to what one call looks at; false when all of them are left. */
static bool cut_stretch(struct search *x, uint64_t *last_r)
{
	uint64_t stretch = x->is_full ? STRETCH_FULL : STRETCH_LIGHT;
	struct ranges within = ranges_in(x->op->scratch);
	struct ranges rest = op_view_within(x->op, x->view.existing, &x->spans);
	uint64_t before, last;

	if (ranges_count(&rest) <= stretch)
		return false;
	before = 0;
	last = 0;
	for (size_t i = 0; i < rest.n && before < stretch; i++) {
		uint64_t n = rest.v[i].last - rest.v[i].first + 1;

		last = rest.v[i].first + (n < stretch - before ? n : stretch - before) - 1;
		before += n;
	}
	ranges_and(&within, &x->spans,
	           &(struct ranges){ .v = &(struct store_range){ 1, last }, .n = 1 });
	x->spans = within;
	*last_r = last;
	return true;
}

/* What lies behind `after_uid` of the set and below the view's end. */
static enum err find_spans(struct search *x)
{
	struct ranges set = ranges_in(x->op->scratch);
	struct store_range behind = { x->q->after_uid + 1, INT64_MAX };

	x->spans = ranges_in(x->op->scratch);
	OP_TRY(op_view_spans(x->op, &x->view, &x->q->set, &set));
	ranges_and(&x->spans, &set, &(struct ranges){ .v = &behind, .n = 1 });
	return ERR_OK;
}

static enum err run_filter(struct search *x, struct store_search_res *r)
{
	if (x->is_plain) {
		x->yes.v = map_within(x->view.existing, x->op->a, x->spans.v, x->spans.n, &x->yes.n,
		                      NULL);
		r->has_modseq = false;
		return ERR_OK;
	}
	r->has_more = cut_stretch(x, &r->after_uid);
	r->has_modseq = true;
	return x->is_exact ? look_at_flags(x) : look_at_rows(x);
}

enum err op_search(struct op *op, const struct store_search_req *q, struct store_search_res *r)
{
	struct op_account account;
	struct search x = {
		.op = op,
		.q = q,
		.n = q->n_filter,
		.yes = ranges_in(op->a),
		.maybe = ranges_in(op->a),
	};

	OP_TRY(op_account_enter(op, &q->grant, OP_LOCK_NONE, &account));
	OP_TRY(op_mailbox_load(op, account.id, q->mailbox_id, &x.mailbox));
	OP_TRY(op_view_open(op, &x.mailbox, &q->view, &x.view));
	if (!x.n || x.n > STEPS_MAX || q->after_uid >= INT64_MAX)
		return refuse(&x, "of no steps or too many");
	x.row_arena = arena_new(op->scratch);
	x.steps = arena_array(op->scratch, x.n, sizeof *x.steps);
	OP_TRY(prepare(&x, 0, 0));
	if (x.steps[0].end != x.n)
		return refuse(&x, "with steps that belong to nothing");
	OP_TRY(find_spans(&x));
	narrow_all(&x);
	OP_TRY(run_filter(&x, r));
	r->yes = x.yes.v;
	r->n_yes = x.yes.n;
	r->maybe = x.maybe.v;
	r->n_maybe = x.maybe.n;
	r->max_modseq = x.max_modseq;
	return ERR_OK;
}
