/*
 * What a search answers: SEARCH and SORT lists, ESEARCH (RFC 4731, RFC 5267 section 3, RFC 9051
 * section 7.3.4, RFC 9394), and what is kept as "$" (RFC 5182).
 */
#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/imap/search_priv.h"

enum {
	NUMBERS_SLICE = 100000 /* messages whose numbers are asked for at a time */
};

/* ---------------------------------------------------------------- RETURN */

/* A position of PARTIAL: 5 or -5. */
static bool parse_position(struct imap_parser *p, bool is_back, int64_t *position_r)
{
	uint64_t n;

	if (is_back != imap_parser_try(p, '-'))
		return imap_parser_fail(p, "two positions from the same end, 1:500 or -1:-500");
	if (!imap_parser_number(p, 1, UINT32_MAX, &n))
		return false;
	*position_r = is_back ? -(int64_t)n : (int64_t)n;
	return true;
}

bool imap_partial_parse(struct imap_parser *p, int64_t *first_r, int64_t *last_r)
{
	bool is_back = imap_parser_peek(p, '-');

	return parse_position(p, is_back, first_r) &&
	       imap_parser_byte(p, ':', "a range of positions such as 1:500") &&
	       parse_position(p, is_back, last_r);
}

static bool parse_option(struct imap_parser *p, struct imap_return *wanted)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} options[] = {
		{ "MIN", IMAP_RETURN_MIN },   { "MAX", IMAP_RETURN_MAX },
		{ "ALL", IMAP_RETURN_ALL },   { "COUNT", IMAP_RETURN_COUNT },
		{ "SAVE", IMAP_RETURN_SAVE }, { "PARTIAL", IMAP_RETURN_PARTIAL },
	};

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		if (!imap_parser_try_word(p, options[i].name))
			continue;
		wanted->options |= options[i].bit;
		return options[i].bit != IMAP_RETURN_PARTIAL ||
		       (imap_parser_space(p) &&
		        imap_partial_parse(p, &wanted->first, &wanted->last));
	}
	return imap_parser_fail(p, "MIN, MAX, ALL, COUNT, SAVE or PARTIAL");
}

bool imap_return_parse(struct imap_cmd *c, struct imap_return *wanted_r)
{
	struct imap_parser *p = &c->in;
	struct imap_return wanted = { .is_extended = c->state->enabled & IMAP_ENABLED_REV2,
		                      .options = IMAP_RETURN_ALL };

	if (!imap_parser_space(p))
		return false;
	if (imap_parser_try_word(p, "RETURN")) {
		wanted = (struct imap_return){ .is_extended = true };
		if (!imap_parser_space(p) ||
		    !imap_parser_byte(p, '(', "return options in parentheses"))
			return false;
		while (!imap_parser_try(p, ')')) {
			if (!parse_option(p, &wanted))
				return false;
			if (!imap_parser_peek(p, ')') && !imap_parser_space(p))
				return false;
		}
		/* RFC 9394 section 3.1. */
		if ((wanted.options & IMAP_RETURN_PARTIAL) && (wanted.options & IMAP_RETURN_ALL))
			return imap_parser_fail(p, "either ALL or PARTIAL");
		/* RFC 4731 section 3.1. */
		if (!wanted.options)
			wanted.options = IMAP_RETURN_ALL;
		if (!imap_parser_space(p))
			return false;
	}
	*wanted_r = wanted;
	return true;
}

/* ---------------------------------------------------------------- numbers */

static void add_ranges(struct arena *a, struct imap_numbers *numbers, size_t *room,
                       const struct store_range *ranges, size_t n)
{
	if (numbers->n + n > *room) {
		size_t wanted = 2 * (numbers->n + n);

		numbers->ranges = arena_grow(a, numbers->ranges, *room * sizeof *ranges,
		                             wanted * sizeof *ranges);
		*room = wanted;
	}
	for (size_t i = 0; i < n; i++) {
		struct store_range *last = &numbers->ranges[numbers->n];

		if (numbers->n > 0 && last[-1].last + 1 == ranges[i].first)
			last[-1].last = ranges[i].last;
		else
			numbers->ranges[numbers->n++] = ranges[i];
	}
}

enum err imap_search_number(struct imap_cmd *c, const struct imap_found *found,
                            struct imap_numbers *numbers_r)
{
	struct imap_set_slices slices = {
		.all = { .is_uid = true, .ranges = found->uids, .n_ranges = found->n }
	};
	struct store_numbers_req q = {
		.grant = c->state->grant,
		.mailbox_id = c->state->mailbox.id,
		.view = c->state->mailbox.view,
	};
	struct imap_numbers numbers = { .ranges = found->uids, .n = found->n };
	struct arena *slice;
	size_t room = 0;
	enum err e = ERR_OK;

	*numbers_r = numbers;
	if (c->is_uid)
		return ERR_OK;
	numbers = (struct imap_numbers){ 0 };
	slice = arena_new(c->a);
	while (!e && imap_set_slices_next(&slices, slice, NUMBERS_SLICE, &q.set)) {
		struct store_numbers_res r;

		e = store_numbers(c->store, slice, &q, &r);
		if (!e)
			add_ranges(c->a, &numbers, &room, r.seqs, r.n_seqs);
		arena_reset(slice);
	}
	arena_free(&slice);
	*numbers_r = numbers;
	return e;
}

uint32_t *imap_numbers_expand(struct arena *a, const struct imap_numbers *numbers)
{
	struct imap_found all = { .uids = numbers->ranges, .n = numbers->n };
	uint32_t *v = arena_array(a, imap_found_count(&all) + 1, sizeof *v);
	size_t n = 0;

	for (size_t i = 0; i < numbers->n; i++) {
		for (uint64_t x = numbers->ranges[i].first; x <= numbers->ranges[i].last; x++)
			v[n++] = (uint32_t)x;
	}
	return v;
}

/* ---------------------------------------------------------------- results in their order */

/* What was found, in the order of the answer: ascending, or as SORT has put it. */
struct result {
	struct imap_cmd *c;
	const struct imap_return *wanted;
	const struct imap_found *found;
	struct imap_numbers numbers;
	uint64_t count;
	/* SORT */
	const uint32_t *order;
	const uint32_t *names;
	/* PARTIAL, as positions from 0; `to` is behind the last one */
	uint64_t from, to;
};

/* The number at a position of ascending ranges. */
static uint64_t number_at(const struct store_range *ranges, uint64_t position)
{
	must(ranges);
	while (position > ranges->last - ranges->first) {
		position -= ranges->last - ranges->first + 1;
		ranges++;
	}
	return ranges->first + position;
}

/* The k-th message of the answer, by its place among those found. */
static uint64_t place_at(const struct result *x, uint64_t k)
{
	return x->order ? x->order[k] : k;
}

static uint64_t name_at(const struct result *x, uint64_t k)
{
	return x->order ? x->names[x->order[k]] : number_at(x->numbers.ranges, k);
}

static uint64_t magnitude(int64_t n)
{
	return (uint64_t)(n < 0 ? -n : n);
}

void imap_partial_find(int64_t first, int64_t last, uint64_t count, uint64_t *from_r,
                       uint64_t *to_r)
{
	uint64_t one = magnitude(first), two = magnitude(last);
	uint64_t from = (one < two ? one : two) - 1;
	uint64_t to = one < two ? two : one;

	from = from < count ? from : count;
	to = to < count ? to : count;
	*from_r = first < 0 ? count - to : from;
	*to_r = first < 0 ? count - from : to;
}

/* Numbers at positions from ... to as a sequence set, in their order: only ascending runs are
 * ranges. */
static void write_set(struct result *x, uint64_t from, uint64_t to)
{
	struct imap_out *out = &x->c->out;

	for (uint64_t k = from; k < to;) {
		uint64_t first = name_at(x, k), n = 1;

		while (k + n < to && name_at(x, k + n) == first + n)
			n++;
		if (k > from)
			imap_out_byte(out, ',');
		imap_out_u64(out, first);
		if (n > 1) {
			imap_out_byte(out, ':');
			imap_out_u64(out, first + n - 1);
		}
		k += n;
	}
}

struct imap_numbers imap_numbers_cut(struct arena *a, const struct store_range *ranges, size_t n,
                                     uint64_t from, uint64_t to)
{
	struct imap_numbers part = { .ranges = arena_array(a, n + 1, sizeof *ranges) };
	uint64_t at = 0;

	for (size_t i = 0; i < n && at < to; i++) {
		uint64_t size = ranges[i].last - ranges[i].first + 1;
		uint64_t skip = from > at ? from - at : 0;
		uint64_t end = to - at < size ? to - at : size;

		if (skip < end)
			part.ranges[part.n++] = (struct store_range){ ranges[i].first + skip,
				                                      ranges[i].first + end - 1 };
		at += size;
	}
	return part;
}

/* ---------------------------------------------------------------- "$" */

/* The UIDs at some positions of the answer, put into their ascending order. */
static struct imap_numbers pick_uids(struct result *x, const uint64_t *positions, size_t n)
{
	struct imap_numbers picked = { .ranges = arena_array(x->c->a, n + 1, sizeof *picked.ranges),
		                       .n = n };

	for (size_t i = 0; i < n; i++) {
		uint64_t uid = number_at(x->found->uids, place_at(x, positions[i]));

		picked.ranges[i] = (struct store_range){ uid, uid };
	}
	imap_set_normalise(picked.ranges, &picked.n);
	return picked;
}

/* What SAVE keeps depends on what else is returned (RFC 5182 section 2.4, RFC 9394 section 3.2). */
static bool save(struct result *x)
{
	uint32_t options = x->wanted->options;
	uint64_t n = x->to - x->from;
	struct imap_numbers kept = { .ranges = x->found->uids, .n = x->found->n };
	uint64_t *positions;
	size_t picked = 0;

	if (x->count == 0 || (options & (IMAP_RETURN_ALL | IMAP_RETURN_COUNT)) ||
	    !(options & (IMAP_RETURN_MIN | IMAP_RETURN_MAX | IMAP_RETURN_PARTIAL)))
		return imap_saved_put(x->c, kept.ranges, kept.n);
	positions = arena_array(x->c->a, n + 2, sizeof *positions);
	if (options & IMAP_RETURN_MIN)
		positions[picked++] = 0;
	if (options & IMAP_RETURN_MAX)
		positions[picked++] = x->count - 1;
	if ((options & IMAP_RETURN_PARTIAL) && !x->order && picked == 0) {
		kept = imap_numbers_cut(x->c->a, x->found->uids, x->found->n, x->from, x->to);
		return imap_saved_put(x->c, kept.ranges, kept.n);
	}
	for (uint64_t k = x->from; k < x->to; k++)
		positions[picked++] = k;
	kept = pick_uids(x, positions, picked);
	return imap_saved_put(x->c, kept.ranges, kept.n);
}

/* ---------------------------------------------------------------- ESEARCH */

static void write_item(struct imap_cmd *c, const char *name, uint64_t value)
{
	imap_out_c(&c->out, name);
	imap_out_u64(&c->out, value);
}

/* The MODSEQ of single messages of the answer, the highest (RFC 7162 section 3.1.10). */
static enum err find_modseq(struct result *x, uint64_t *modseq_r)
{
	uint32_t options = x->wanted->options;
	struct store_fetch_req q = {
		.grant = x->c->state->grant,
		.mailbox_id = x->c->state->mailbox.id,
		.view = x->c->state->mailbox.view,
		.set.is_uid = true,
		.fields = STORE_FETCH_MODSEQ,
	};
	struct store_fetch_res r;
	struct imap_numbers picked;
	uint64_t positions[2];
	size_t n = 0;
	enum err e;

	*modseq_r = x->found->max_modseq;
	if (options & ~(uint32_t)(IMAP_RETURN_MIN | IMAP_RETURN_MAX | IMAP_RETURN_SAVE))
		return ERR_OK;
	if (options & IMAP_RETURN_MIN)
		positions[n++] = 0;
	if (options & IMAP_RETURN_MAX)
		positions[n++] = x->count - 1;
	picked = pick_uids(x, positions, n);
	q.set.ranges = picked.ranges;
	q.set.n_ranges = picked.n;
	e = store_fetch(x->c->store, x->c->a, &q, &r);
	for (size_t i = 0; !e && i < r.n_messages; i++) {
		if (i == 0 || r.messages[i].modseq > *modseq_r)
			*modseq_r = r.messages[i].modseq;
	}
	return e;
}

static void write_partial(struct result *x)
{
	struct imap_out *out = &x->c->out;
	const char *sign = x->wanted->first < 0 ? "-" : "";

	imap_out_c(out, " PARTIAL (");
	imap_out_c(out, sign);
	imap_out_u64(out, magnitude(x->wanted->first));
	imap_out_byte(out, ':');
	imap_out_c(out, sign);
	imap_out_u64(out, magnitude(x->wanted->last));
	imap_out_byte(out, ' ');
	if (x->from < x->to && x->order) {
		write_set(x, x->from, x->to);
	} else if (x->from < x->to) {
		struct imap_numbers part = imap_numbers_cut(x->c->a, x->numbers.ranges,
		                                            x->numbers.n, x->from, x->to);

		imap_out_ranges(out, part.ranges, part.n);
	} else {
		imap_out_c(out, "NIL");
	}
	imap_out_byte(out, ')');
}

static void write_found(struct result *x)
{
	struct imap_cmd *c = x->c;
	uint32_t options = x->wanted->options;

	if (options & IMAP_RETURN_MIN)
		write_item(c, " MIN ", name_at(x, 0));
	if (options & IMAP_RETURN_MAX)
		write_item(c, " MAX ", name_at(x, x->count - 1));
	if (!(options & IMAP_RETURN_ALL))
		return;
	imap_out_c(&c->out, " ALL ");
	if (x->order)
		write_set(x, 0, x->count);
	else
		imap_out_ranges(&c->out, x->numbers.ranges, x->numbers.n);
}

static enum err write_esearch(struct result *x, const struct imap_search *s)
{
	struct imap_cmd *c = x->c;
	uint64_t modseq = 0;
	enum err e = ERR_OK;

	/* SAVE alone is answered by the tagged line (RFC 5182 section 2.2). */
	if (x->wanted->options == IMAP_RETURN_SAVE)
		return ERR_OK;
	if (s->has_modseq && x->count > 0)
		e = find_modseq(x, &modseq);
	if (e)
		return e;
	imap_out_c(&c->out, "* ESEARCH (TAG \"");
	imap_out_str(&c->out, c->tag);
	imap_out_c(&c->out, c->is_uid ? "\") UID" : "\")");
	if (x->count > 0)
		write_found(x);
	if (x->wanted->options & IMAP_RETURN_COUNT)
		write_item(c, " COUNT ", x->count);
	if (x->wanted->options & IMAP_RETURN_PARTIAL)
		write_partial(x);
	if (modseq)
		write_item(c, " MODSEQ ", modseq);
	imap_out_c(&c->out, "\r\n");
	return ERR_OK;
}

/* ---------------------------------------------------------------- lists */

static void write_list(struct result *x, const struct imap_search *s)
{
	struct imap_cmd *c = x->c;

	imap_out_c(&c->out, x->order ? "* SORT" : "* SEARCH");
	for (uint64_t k = 0; x->order && k < x->count; k++)
		write_item(c, " ", name_at(x, k));
	for (size_t i = 0; !x->order && i < x->numbers.n; i++) {
		for (uint64_t n = x->numbers.ranges[i].first; n <= x->numbers.ranges[i].last; n++)
			write_item(c, " ", n);
	}
	if (s->has_modseq && x->count > 0) {
		write_item(c, " (MODSEQ ", x->found->max_modseq);
		imap_out_byte(&c->out, ')');
	}
	imap_out_c(&c->out, "\r\n");
}

static enum imap_next answer(struct result *x, const struct imap_search *s)
{
	struct imap_cmd *c = x->c;
	enum err e = imap_search_number(c, x->found, &x->numbers);

	if (e)
		return imap_search_fail(c, x->wanted, e);
	x->count = imap_found_count(x->found);
	if (x->order)
		x->names = imap_numbers_expand(c->a, &x->numbers);
	if (x->wanted->options & IMAP_RETURN_PARTIAL)
		imap_partial_find(x->wanted->first, x->wanted->last, x->count, &x->from, &x->to);
	if (x->wanted->is_extended)
		e = write_esearch(x, s);
	else
		write_list(x, s);
	if (e)
		return imap_search_fail(c, x->wanted, e);
	if ((x->wanted->options & IMAP_RETURN_SAVE) && !save(x))
		return imap_reply_no(c, "NOTSAVED", "This result is too large to be kept.");
	return imap_reply_ok(c, NULL, x->order ? "SORT done." : "SEARCH done.");
}

enum imap_next imap_search_answer(struct imap_cmd *c, const struct imap_search *s,
                                  const struct imap_return *wanted, const struct imap_found *found)
{
	struct result x = { .c = c, .wanted = wanted, .found = found };

	return answer(&x, s);
}

enum imap_next imap_sort_answer(struct imap_cmd *c, const struct imap_search *s,
                                const struct imap_return *wanted, const struct imap_found *found,
                                const uint32_t *order)
{
	struct result x = { .c = c, .wanted = wanted, .found = found, .order = order };

	return answer(&x, s);
}

enum imap_next imap_search_fail(struct imap_cmd *c, const struct imap_return *wanted, enum err e)
{
	if (wanted->options & IMAP_RETURN_SAVE)
		imap_saved_clear(c);
	return imap_reply_err(c, e);
}

enum imap_next imap_search_no_charset(struct imap_cmd *c, const struct imap_return *wanted)
{
	if (wanted->options & IMAP_RETURN_SAVE)
		imap_saved_clear(c);
	return imap_reply_no(c, "BADCHARSET (UTF-8 US-ASCII ISO-2022-JP SHIFT_JIS EUC-JP)",
	                     "This charset is not known here.");
}
