/*
 * The tree of keys as a filter of the store: the same tree in prefix order. What the store cannot
 * answer is left open.
 */
#include "src/base/arena.h"
#include "src/imap/search_priv.h"

enum {
	STEPS_MAX = 4000,
	RANGES_MAX = 200000
};

struct writer {
	struct arena *a;
	struct store_filter *steps;
	size_t n, room;
	size_t ranges;
};

static struct store_filter *add_step(struct writer *w, enum store_filter_op op)
{
	if (w->n == w->room) {
		size_t room = w->room ? w->room * 2 : 16;

		w->steps = arena_grow(w->a, w->steps, w->room * sizeof *w->steps,
		                      room * sizeof *w->steps);
		w->room = room;
	}
	w->steps[w->n] = (struct store_filter){ .op = op };
	return &w->steps[w->n++];
}

static enum store_filter_op find_op(enum imap_search_kind kind)
{
	switch (kind) {
	case IMAP_SEARCH_ALL:
		return STORE_FILTER_ALL;
	case IMAP_SEARCH_AND:
		return STORE_FILTER_AND;
	case IMAP_SEARCH_OR:
		return STORE_FILTER_OR;
	case IMAP_SEARCH_NOT:
		return STORE_FILTER_NOT;
	case IMAP_SEARCH_SET:
		return STORE_FILTER_SET;
	case IMAP_SEARCH_FLAG:
		return STORE_FILTER_FLAGS;
	case IMAP_SEARCH_KEYWORD:
		return STORE_FILTER_KEYWORD;
	case IMAP_SEARCH_DATE:
		return STORE_FILTER_DATE;
	case IMAP_SEARCH_SAVED:
		return STORE_FILTER_SAVED;
	case IMAP_SEARCH_SIZE:
		return STORE_FILTER_SIZE;
	case IMAP_SEARCH_MODSEQ:
		return STORE_FILTER_MODSEQ;
	case IMAP_SEARCH_EMAILID:
		return STORE_FILTER_MSG;
	case IMAP_SEARCH_THREADID:
		return STORE_FILTER_THREAD;
	case IMAP_SEARCH_SENT:
		return STORE_FILTER_SENT;
	case IMAP_SEARCH_ENVELOPE:
		return STORE_FILTER_ENVELOPE;
	case IMAP_SEARCH_HEADER:
	case IMAP_SEARCH_BODY:
	case IMAP_SEARCH_TEXT:
		break;
	}
	return STORE_FILTER_MAYBE;
}

static void write_key(struct writer *w, const struct imap_search_key *key)
{
	struct store_filter *step = add_step(w, find_op(key->kind));
	size_t at = w->n - 1;
	uint64_t inside = 0;

	step->n = key->kind == IMAP_SEARCH_FLAG ? key->flags : key->number;
	step->from = key->from;
	step->to = key->to;
	step->set = key->set;
	if (key->kind == IMAP_SEARCH_KEYWORD)
		step->text = key->name;
	else if (key->kind == IMAP_SEARCH_ENVELOPE)
		step->text = key->text;
	w->ranges += key->set.n_ranges;
	for (key = key->first; key && w->n < STEPS_MAX; key = key->next) {
		write_key(w, key);
		inside++;
	}
	if (inside)
		w->steps[at].n = inside;
}

bool imap_search_filter(struct arena *a, const struct imap_search_key *root,
                        struct store_filter **filter_r, size_t *n_r)
{
	struct writer w = { .a = a };

	write_key(&w, root);
	*filter_r = w.steps;
	*n_r = w.n;
	return w.n < STEPS_MAX && w.ranges <= RANGES_MAX;
}
