#include <string.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/pop3/maildrop_priv.h"
#include "src/sasl/pack.h"
#include "src/store/store.h"

enum {
	BLOCK = 64,            /* entries between two marks */
	ENTRIES_MAX = 1 << 30, /* octets of packed entries */
	UIDL_MAX = 70          /* RFC 1939 section 7 */
};

struct block {
	uint64_t uid_before; /* UID of the entry before the block */
	size_t offset;
};

struct pop3_maildrop {
	struct arena *arena;
	uint64_t n;
	struct pop3_totals all, live;
	struct str uidl_prefix;
	struct str entries; /* for each: UID difference * 2 + has_own_uidl, size */
	struct block *blocks;
	unsigned char *deleted; /* a bit each; NULL while nothing is marked */
};

static size_t bitmap_size(const struct pop3_maildrop *d)
{
	return (size_t)(d->n + 7) / 8;
}

static bool is_marked(const struct pop3_maildrop *d, uint64_t number)
{
	return d->deleted && (d->deleted[(number - 1) / 8] >> ((number - 1) % 8) & 1);
}

/* ---------------------------------------------------------------- reading */

void pop3_maildrop_iter_init(struct pop3_iter *it, const struct pop3_maildrop *d)
{
	*it = (struct pop3_iter){ .drop = d };
}

/* The entry at the iterator, without its mark; false when the octets are not well-formed. */
static bool read_entry(struct pop3_iter *it, struct pop3_entry *e_r)
{
	struct str rest = str_from(it->drop->entries, it->offset);
	uint64_t step, size;

	if (!sasl_pack_take_u64(&rest, &step) || !sasl_pack_take_u64(&rest, &size))
		return false;
	it->offset = it->drop->entries.n - rest.n;
	it->uid += step >> 1;
	it->number++;
	*e_r = (struct pop3_entry){
		.number = it->number,
		.uid = it->uid,
		.size = size,
		.has_own_uidl = step & 1,
	};
	return true;
}

bool pop3_maildrop_iter_next(struct pop3_iter *it, struct pop3_entry *e_r)
{
	if (it->number >= it->drop->n)
		return false;
	must(read_entry(it, e_r));
	e_r->is_deleted = is_marked(it->drop, e_r->number);
	return true;
}

bool pop3_maildrop_get(const struct pop3_maildrop *d, uint64_t number, struct pop3_entry *e_r)
{
	struct pop3_iter it;

	if (!number || number > d->n)
		return false;
	it = (struct pop3_iter){
		.drop = d,
		.number = (number - 1) / BLOCK * BLOCK,
		.uid = d->blocks[(number - 1) / BLOCK].uid_before,
		.offset = d->blocks[(number - 1) / BLOCK].offset,
	};
	while (it.number < number)
		must(pop3_maildrop_iter_next(&it, e_r));
	return true;
}

uint64_t pop3_maildrop_count(const struct pop3_maildrop *d)
{
	return d->n;
}

struct pop3_totals pop3_maildrop_totals(const struct pop3_maildrop *d)
{
	return d->live;
}

struct str pop3_maildrop_uidl_prefix(const struct pop3_maildrop *d)
{
	return d->uidl_prefix;
}

/* ---------------------------------------------------------------- making */

/* Walk the packed entries once: marks, sums. False when they are damaged. */
static bool index_entries(struct pop3_maildrop *d)
{
	struct pop3_iter it;
	struct pop3_entry e;

	d->blocks = arena_array(d->arena, (size_t)d->n / BLOCK + 1, sizeof(*d->blocks));
	pop3_maildrop_iter_init(&it, d);
	while (it.number < d->n) {
		if (it.number % BLOCK == 0)
			d->blocks[it.number / BLOCK] = (struct block){ it.uid, it.offset };
		if (!read_entry(&it, &e))
			return false;
		d->all.messages++;
		d->all.bytes += e.size;
	}
	d->live = d->all;
	return it.offset == d->entries.n;
}

static struct str own_uidl(struct str prefix, uint64_t uid, char room[UIDL_MAX + 32])
{
	struct buf b = { .p = (unsigned char *)room, .room = UIDL_MAX + 32, .max = UIDL_MAX + 32 };

	must(!buf_add(&b, prefix) && !buf_add_u64(&b, uid));
	return buf_str(&b);
}

/* The first UIDL that ends with its UID shows the form. */
static struct str find_prefix(struct arena *a, const struct store_pop_message *messages, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str uidl = messages[i].uidl;
		char room[UIDL_MAX + 32];
		struct str digits = own_uidl(STR(""), messages[i].uid, room);

		if (uidl.n <= UIDL_MAX && str_ends(uidl, digits))
			return str_dup(a, str_first(uidl, uidl.n - digits.n));
	}
	return STR("");
}

struct pop3_maildrop *pop3_maildrop_new(struct arena *a, const struct store_pop_message *messages,
                                        size_t n)
{
	struct pop3_maildrop *d = ARENA_NEW(a, struct pop3_maildrop);
	struct buf packed = buf_in(NULL, ENTRIES_MAX);
	char room[UIDL_MAX + 32];
	uint64_t before = 0;

	d->arena = a;
	d->n = n;
	d->uidl_prefix = find_prefix(a, messages, n);
	for (size_t i = 0; i < n; i++) {
		uint64_t step = messages[i].uid - before;
		bool is_own = !str_eq(messages[i].uidl,
		                      own_uidl(d->uidl_prefix, messages[i].uid, room));

		must(messages[i].uid > before && step < UINT64_MAX / 2);
		must(!sasl_pack_add_u64(&packed, step << 1 | is_own) &&
		     !sasl_pack_add_u64(&packed, messages[i].size));
		before = messages[i].uid;
	}
	d->entries = str_dup(a, buf_str(&packed));
	buf_clear(&packed);
	must(index_entries(d));
	return d;
}

/* ---------------------------------------------------------------- marks */

void pop3_maildrop_delete(struct pop3_maildrop *d, const struct pop3_entry *e)
{
	must(e->number && e->number <= d->n && !is_marked(d, e->number));
	if (!d->deleted)
		d->deleted = arena_alloc(d->arena, bitmap_size(d));
	d->deleted[(e->number - 1) / 8] |= (unsigned char)(1U << ((e->number - 1) % 8));
	d->live.messages--;
	d->live.bytes -= e->size;
}

void pop3_maildrop_reset(struct pop3_maildrop *d)
{
	if (d->deleted)
		memset(d->deleted, 0, bitmap_size(d));
	d->live = d->all;
}

struct store_range *pop3_maildrop_deleted(const struct pop3_maildrop *d, struct arena *a,
                                          size_t *n_r)
{
	struct store_range *ranges = NULL;
	bool is_open = false;
	struct pop3_iter it;
	struct pop3_entry e;
	size_t n = 0, room = 0;

	pop3_maildrop_iter_init(&it, d);
	while (d->live.messages < d->all.messages && pop3_maildrop_iter_next(&it, &e)) {
		if (!e.is_deleted) {
			is_open = false;
			continue;
		}
		if (is_open && e.uid == ranges[n - 1].last + 1) {
			ranges[n - 1].last = e.uid;
			continue;
		}
		if (n == room) {
			ranges = arena_grow(a, ranges, room * sizeof(*ranges),
			                    (room * 2 + 16) * sizeof(*ranges));
			room = room * 2 + 16;
		}
		ranges[n++] = (struct store_range){ e.uid, e.uid };
		is_open = true;
	}
	*n_r = n;
	return ranges;
}

/* ---------------------------------------------------------------- save and restore */

enum err pop3_maildrop_save(const struct pop3_maildrop *d, struct buf *out)
{
	struct str marks = str_make(d->deleted, d->deleted ? bitmap_size(d) : 0);

	if (sasl_pack_add_u64(out, d->n) || sasl_pack_add_str(out, d->uidl_prefix) ||
	    sasl_pack_add_str(out, d->entries) || sasl_pack_add_str(out, marks))
		return ERR_LIMIT;
	return ERR_OK;
}

static void restore_marks(struct pop3_maildrop *d, struct str marks)
{
	struct pop3_iter it;
	struct pop3_entry e;

	pop3_maildrop_iter_init(&it, d);
	while (pop3_maildrop_iter_next(&it, &e))
		if (marks.p[(e.number - 1) / 8] >> ((e.number - 1) % 8) & 1)
			pop3_maildrop_delete(d, &e);
}

enum err pop3_maildrop_restore(struct arena *a, struct str *rest, struct pop3_maildrop **d_r)
{
	struct pop3_maildrop *d = ARENA_NEW(a, struct pop3_maildrop);
	struct str prefix, entries, marks;

	if (!sasl_pack_take_u64(rest, &d->n) || !sasl_pack_take_str(rest, &prefix) ||
	    prefix.n > UIDL_MAX || !sasl_pack_take_str(rest, &entries) || d->n > entries.n ||
	    !sasl_pack_take_str(rest, &marks))
		return ERR_CORRUPT;
	d->arena = a;
	d->uidl_prefix = str_dup(a, prefix);
	d->entries = str_dup(a, entries);
	if (!index_entries(d) || (marks.n && marks.n != bitmap_size(d)))
		return ERR_CORRUPT;
	if (marks.n)
		restore_marks(d, marks);
	*d_r = d;
	return ERR_OK;
}

size_t pop3_maildrop_bytes(const struct pop3_maildrop *d)
{
	return sizeof(*d) + d->entries.n + ((size_t)d->n / BLOCK + 1) * sizeof(*d->blocks) +
	       (d->deleted ? bitmap_size(d) : 0);
}
