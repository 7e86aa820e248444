#include "src/store/flag_block.h"

#include <string.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/base/varint.h"
#include "src/store/store.h"

enum {
	HAS_KEYWORDS = 0x20,
	IS_LONG = 0x40,
	RUN_OCTETS_MAX = 2 + 2 * VARINT_MAX /* without the keywords */
};

_Static_assert((int)STORE_FLAG_SYSTEM < (int)HAS_KEYWORDS, "flags beside the marks of a run");

void flag_runs_add(struct flag_runs *runs, const struct flag_run *run)
{
	struct flag_run *last = runs->n ? &runs->v[runs->n - 1] : NULL;

	if (last && last->flags == run->flags && last->last + 1 == run->first &&
	    (last->modseq == run->modseq || runs->is_any_modseq) && str_eq(last->kw, run->kw)) {
		last->last = run->last;
		return;
	}
	if (runs->n == runs->room) {
		size_t room = runs->room ? runs->room * 2 : 32;

		runs->v = arena_grow(runs->arena, runs->v, runs->room * sizeof *runs->v,
		                     room * sizeof *runs->v);
		runs->room = room;
	}
	must(runs->v);
	runs->v[runs->n++] = *run;
}

static uint64_t to_zigzag(uint64_t difference)
{
	return difference << 1 ^ -(difference >> 63);
}

static uint64_t from_zigzag(uint64_t number)
{
	return number >> 1 ^ -(number & 1);
}

struct str flag_block_text(const struct flag_runs *runs, uint64_t first)
{
	size_t room = runs->n * RUN_OCTETS_MAX + 1;
	unsigned char *octets, *p;
	uint64_t modseq = 0;

	for (size_t i = 0; i < runs->n; i++)
		room += runs->v[i].kw.n;
	octets = p = arena_room(runs->arena, room);
	for (size_t i = 0; i < runs->n; i++) {
		const struct flag_run *run = &runs->v[i];
		uint64_t more = run->last - first;

		must(run->last >= first && more < FLAG_BLOCK_UIDS);
		*p++ = (unsigned char)(run->flags | (run->kw.n ? HAS_KEYWORDS : 0) |
		                       (more ? IS_LONG : 0));
		if (more)
			*p++ = (unsigned char)more;
		p = varint_put(p, to_zigzag(run->modseq - modseq));
		if (run->kw.n) {
			p = varint_put(p, run->kw.n);
			memcpy(p, run->kw.p, run->kw.n);
			p += run->kw.n;
		}
		modseq = run->modseq;
		first = run->last + 1;
	}
	return str_make(octets, (size_t)(p - octets));
}

static bool take_octet(struct str *rest, unsigned char *c_r)
{
	if (!rest->n)
		return false;
	*c_r = *rest->p++;
	rest->n--;
	return true;
}

/* The run that `*rest` begins with; run->first and the MODSEQ before it are set. */
static bool take_run(struct str *rest, struct flag_run *run)
{
	unsigned char head, more = 0;
	uint64_t number;

	if (!take_octet(rest, &head) || head & ~(STORE_FLAG_SYSTEM | HAS_KEYWORDS | IS_LONG))
		return false;
	if (head & IS_LONG && !take_octet(rest, &more))
		return false;
	run->last = run->first + more;
	run->flags = head & STORE_FLAG_SYSTEM;
	if (!varint_take(rest, &number))
		return false;
	run->modseq += from_zigzag(number);
	run->kw = (struct str){ 0 };
	if (!(head & HAS_KEYWORDS))
		return true;
	if (!varint_take(rest, &number) || number > rest->n)
		return false;
	run->kw = str_first(*rest, number);
	*rest = str_from(*rest, number);
	return true;
}

enum err flag_block_parse(struct flag_runs *runs, uint64_t first, struct str octets)
{
	uint64_t end = flag_block_last(first);
	struct flag_run run = { .first = first };

	while (octets.n) {
		if (run.first > end || !take_run(&octets, &run) || run.last > end ||
		    run.modseq > INT64_MAX)
			return ERR_CORRUPT;
		flag_runs_add(runs, &run);
		run.first = run.last + 1;
	}
	return ERR_OK;
}
