/*
 * The last search result, "$" (RFC 5182): UIDs, packed as gaps and lengths, so that it can be kept
 * with the session. A UID is never used again, so what is expunged leaves the result by itself.
 */
#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/imap/session_priv.h"
#include "src/sasl/pack.h"

void imap_saved_clear(struct imap_cmd *c)
{
	c->state->mailbox.saved = STR("");
	arena_free(&c->im->saved);
}

bool imap_saved_put(struct imap_cmd *c, const struct store_range *uids, size_t n)
{
	struct buf packed = buf_in(c->a, IMAP_SAVED_MAX_BYTES);
	uint64_t next = 1;

	imap_saved_clear(c);
	for (size_t i = 0; i < n; i++) {
		if (sasl_pack_add_u64(&packed, uids[i].first - next) ||
		    sasl_pack_add_u64(&packed, uids[i].last - uids[i].first))
			return false;
		next = uids[i].last + 1;
	}
	if (!packed.n)
		return true;
	c->im->saved = arena_new(c->session->arena);
	c->state->mailbox.saved = str_dup(c->im->saved, buf_str(&packed));
	return true;
}

size_t imap_saved_get(struct imap_cmd *c, struct store_range **uids_r)
{
	struct str rest = c->state->mailbox.saved;
	/* A range has two octets at least. */
	struct store_range *uids = arena_array(c->a, rest.n / 2 + 1, sizeof *uids);
	uint64_t next = 1, gap, more;
	size_t n = 0;

	while (sasl_pack_take_u64(&rest, &gap) && sasl_pack_take_u64(&rest, &more) &&
	       gap <= UINT32_MAX && more <= UINT32_MAX) {
		uids[n].first = next + gap;
		uids[n].last = uids[n].first + more;
		next = uids[n++].last + 1;
	}
	*uids_r = uids;
	return n;
}
