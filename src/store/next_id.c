/* Message ids one by one, though the store gives them in blocks. */
#include <pthread.h>

#include "src/store/socket_priv.h"
#include "src/store/store.h"

enum {
	BLOCK = 64
};

/*
 * One block for all threads of the process: what is accepted at the same time has ids beside each
 * other, so the rows are written at the right edge of their tables. `path_hash` tells stores apart;
 * what is left of a block when the process ends is lost, ids are not scarce.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t path_hash, next, left;

static bool take(uint64_t hash, uint64_t *id_r)
{
	bool is_taken;

	pthread_mutex_lock(&lock);
	is_taken = path_hash == hash && left > 0;
	if (is_taken) {
		*id_r = next++;
		left--;
	}
	pthread_mutex_unlock(&lock);
	return is_taken;
}

/* Keep what is left of a block, unless somebody else was faster. */
static void keep(uint64_t hash, uint64_t first, uint64_t count)
{
	pthread_mutex_lock(&lock);
	if (path_hash != hash || left == 0) {
		path_hash = hash;
		next = first;
		left = count;
	}
	pthread_mutex_unlock(&lock);
}

enum err store_next_id(struct store *st, struct arena *a, uint64_t *id_r)
{
	uint64_t hash = store_path_hash(st);
	struct store_ids_req q = { .count = hash ? BLOCK : 1 };
	struct store_ids_res r;
	enum err e;

	if (hash && take(hash, id_r))
		return ERR_OK;
	e = store_ids(st, a, &q, &r);
	if (e)
		return e;
	*id_r = r.first;
	if (hash)
		keep(hash, r.first + 1, BLOCK - 1);
	return ERR_OK;
}
