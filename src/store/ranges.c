#include "src/store/ranges.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/must.h"

void ranges_add(struct ranges *r, uint64_t first, uint64_t last)
{
	struct store_range *end = r->n ? &r->v[r->n - 1] : NULL;

	if (end && first >= end->first && first <= end->last + 1) {
		if (last > end->last)
			end->last = last;
		return;
	}
	if (r->n == r->room) {
		size_t room = r->room ? r->room * 2 : 16;

		r->v = arena_grow(r->arena, r->v, r->room * sizeof(*r->v), room * sizeof(*r->v));
		r->room = room;
	}
	must(r->v);
	r->v[r->n++] = (struct store_range){ first, last };
}

static int compare(const void *x, const void *y)
{
	const struct store_range *a = x;
	const struct store_range *b = y;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->last < b->last ? -1 : a->last > b->last;
}

void ranges_sort(struct ranges *r)
{
	size_t n = r->n;
	bool is_sorted = true;

	for (size_t i = 1; is_sorted && i < n; i++)
		is_sorted = r->v[i - 1].last < r->v[i].first &&
		            r->v[i - 1].last + 1 < r->v[i].first;
	if (is_sorted)
		return;
	qsort(r->v, n, sizeof(*r->v), compare);
	r->n = 0;
	for (size_t i = 0; i < n; i++)
		ranges_add(r, r->v[i].first, r->v[i].last);
}

uint64_t ranges_count(const struct ranges *r)
{
	uint64_t count = 0;

	for (size_t i = 0; i < r->n; i++)
		count += r->v[i].last - r->v[i].first + 1;
	return count;
}

bool ranges_has(const struct ranges *r, uint64_t number)
{
	size_t lo = 0, hi = r->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (r->v[mid].last < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < r->n && r->v[lo].first <= number;
}

/* Decimal digits of `value` at `p`; the octets written. */
static size_t put_number(unsigned char *p, uint64_t value)
{
	unsigned char digits[20];
	size_t n = 0;

	do {
		digits[n++] = (unsigned char)('0' + value % 10);
		value /= 10;
	} while (value);
	for (size_t i = 0; i < n; i++)
		p[i] = digits[n - 1 - i];
	return n;
}

struct str ranges_text(const struct ranges *r, struct arena *a)
{
	unsigned char *text = arena_alloc(a, r->n * 42 + 1);
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		if (i)
			text[n++] = ',';
		n += put_number(text + n, r->v[i].first);
		if (r->v[i].last != r->v[i].first) {
			text[n++] = ':';
			n += put_number(text + n, r->v[i].last);
		}
	}
	return str_make(text, n);
}

enum err ranges_parse(struct ranges *r, struct str text)
{
	struct str item;

	while (text.n) {
		struct str first_text;
		uint64_t first, last;

		str_cut(&text, ',', &item);
		if (str_cut(&item, ':', &first_text)) {
			if (!str_to_u64(item, UINT64_MAX - 1, &last))
				return ERR_CORRUPT;
		} else if (!str_to_u64(first_text, UINT64_MAX - 1, &last)) {
			return ERR_CORRUPT;
		}
		if (!str_to_u64(first_text, last, &first))
			return ERR_CORRUPT;
		ranges_add(r, first, last);
	}
	return ERR_OK;
}

void ranges_and(struct ranges *both, const struct ranges *x, const struct ranges *y)
{
	size_t i = 0, k = 0;

	while (i < x->n && k < y->n) {
		uint64_t first = x->v[i].first > y->v[k].first ? x->v[i].first : y->v[k].first;
		uint64_t last = x->v[i].last < y->v[k].last ? x->v[i].last : y->v[k].last;

		if (first <= last)
			ranges_add(both, first, last);
		if (x->v[i].last < y->v[k].last)
			i++;
		else
			k++;
	}
}
