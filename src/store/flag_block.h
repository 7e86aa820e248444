/*
 * Flags, keywords and MODSEQs of messages with neighbouring UIDs, as runs: what follows each other
 * and has the same is said once. One row of the table flag_block has those of FLAG_BLOCK_UIDS UIDs
 * from a multiple of that number on, or of the first of them.
 *
 * Expunged UIDs are in a run of their neighbours; what a run says of them means nothing.
 *
 * The octets of a row, run by run:
 *	octet: flags (STORE_FLAG_SYSTEM); 0x20: keywords follow; 0x40: of more than one UID
 *	octet, with 0x40: UIDs - 1
 *	number: difference to the MODSEQ of the run before (at first to 0), 2n or -2n - 1
 *	number and as many octets, with 0x20: keywords, as in entry.kw
 */
#ifndef TAYORI_STORE_FLAG_BLOCK_H
#define TAYORI_STORE_FLAG_BLOCK_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;

enum {
	FLAG_BLOCK_UIDS = 256
};

/* The first UID of the row that has the flags of `uid`, and the last one. */
static inline uint64_t flag_block_first(uint64_t uid)
{
	return uid & ~(uint64_t)(FLAG_BLOCK_UIDS - 1);
}
static inline uint64_t flag_block_last(uint64_t uid)
{
	return uid | (FLAG_BLOCK_UIDS - 1);
}

/* UIDs `first` to `last` have this. */
struct flag_run {
	uint64_t first, last;
	uint64_t modseq;
	uint32_t flags;
	struct str kw; /* as in entry.kw */
};

/* A list of runs, ascending; begin with { .arena = a }. */
struct flag_runs {
	struct flag_run *v;
	size_t n, room;
	struct arena *arena;
	bool is_any_modseq; /* runs are joined whatever their MODSEQs, and have that of the first */
};

/* Add a run behind the last one (its keywords are borrowed); one that goes on with the same is
 * joined with it. */
void flag_runs_add(struct flag_runs *runs, const struct flag_run *run);

/* The octets of a row that begins with the UID `first`, from runs of it that leave gaps only where
 * no message is. Owned by the runs' arena. */
struct str flag_block_text(const struct flag_runs *runs, uint64_t first);

/* Add the runs of a row (whose octets are borrowed). Fails with: ERR_CORRUPT. */
enum err flag_block_parse(struct flag_runs *runs, uint64_t first, struct str octets) MUST_USE;

#endif
