/*
 * The maildrop of a session: what store_pop_open gave, frozen, and which messages are marked as
 * deleted.
 *
 * Two hundred thousand messages must not cost megabytes for each session, so an entry is packed
 * into about four octets (difference of UID to the one before, size), with a mark every 64 entries
 * for random access. UIDLs are not kept: most are a constant prefix with the UID behind it; the
 * others (kept from another server) are asked for when wanted.
 */
#ifndef TAYORI_POP3_MAILDROP_PRIV_H
#define TAYORI_POP3_MAILDROP_PRIV_H

#include "src/base/buf.h"
#include "src/base/err.h"
#include "src/base/str.h"

struct arena;
struct pop3_maildrop;
struct store_pop_message;
struct store_range;

struct pop3_entry {
	uint64_t number; /* from 1 */
	uint64_t uid, size;
	bool has_own_uidl; /* not prefix and UID */
	bool is_deleted;
};

/* Numbers as STAT tells them: without those marked as deleted. */
struct pop3_totals {
	uint64_t messages, bytes;
};

/* Freeze a list in ascending order of UIDs. Lives in `a`. */
struct pop3_maildrop *pop3_maildrop_new(struct arena *a, const struct store_pop_message *messages,
                                        size_t n);

/* Count with the deleted ones: message numbers go from 1 to this. */
uint64_t pop3_maildrop_count(const struct pop3_maildrop *d);

struct pop3_totals pop3_maildrop_totals(const struct pop3_maildrop *d);

/* Entry `number`; false when there is none. */
bool pop3_maildrop_get(const struct pop3_maildrop *d, uint64_t number, struct pop3_entry *e_r);

/* All entries in order, deleted ones too. */
struct pop3_iter {
	const struct pop3_maildrop *drop;
	uint64_t number, uid;
	size_t offset;
};
void pop3_maildrop_iter_init(struct pop3_iter *it, const struct pop3_maildrop *d);
bool pop3_maildrop_iter_next(struct pop3_iter *it, struct pop3_entry *e_r);

/* What stands before the UID in the UIDLs that are not a message's own. */
struct str pop3_maildrop_uidl_prefix(const struct pop3_maildrop *d);

/* Mark as deleted, and unmark all. */
void pop3_maildrop_delete(struct pop3_maildrop *d, const struct pop3_entry *e);
void pop3_maildrop_reset(struct pop3_maildrop *d);

/* UIDs of the marked messages, as ranges in `a`. A range may span UIDs that are not in the maildrop
 * only where none was when it was frozen. */
struct store_range *pop3_maildrop_deleted(const struct pop3_maildrop *d, struct arena *a,
                                          size_t *n_r);

/* Append to a saved session / take from it. Fail with: ERR_LIMIT; ERR_CORRUPT. */
enum err pop3_maildrop_save(const struct pop3_maildrop *d, struct buf *out) MUST_USE;
enum err pop3_maildrop_restore(struct arena *a, struct str *rest,
                               struct pop3_maildrop **d_r) MUST_USE;

/* Heap held, for tests. */
size_t pop3_maildrop_bytes(const struct pop3_maildrop *d);

#endif
