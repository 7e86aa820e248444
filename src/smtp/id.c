#include "src/smtp/id_priv.h"
#include "src/store/store.h"

enum {
	BLOCK = 64
};

/*
 * One block a thread, and only for the handle it came by: a handle belongs to one thread, so
 * nothing is shared. What is left of a block when its thread ends is lost; ids are not scarce.
 */
static _Thread_local struct {
	const struct store *store;
	uint64_t next;
	uint32_t left;
} block;

enum err smtp_id_take(struct store *st, struct arena *a, uint64_t *id_r)
{
	struct store_ids_req q = { .count = BLOCK };
	struct store_ids_res r;

	if (block.store != st || !block.left) {
		enum err e = store_ids(st, a, &q, &r);

		if (e)
			return e;
		block.store = st;
		block.next = r.first;
		block.left = BLOCK;
	}
	block.left--;
	*id_r = block.next++;
	return ERR_OK;
}
