/*
 * Who wants to hear of which account.
 *
 * A `struct watch_set` is one listener: the accounts it watches, counted, and those of them that
 * have changed since it last looked, each once with the newest MODSEQ. A hub tells all its sets.
 * Any thread may call any function.
 */
#ifndef TAYORI_STORE_WATCH_PRIV_H
#define TAYORI_STORE_WATCH_PRIV_H

#include <pthread.h>

#include "src/store/store.h"

struct engine_change;
struct watch_hub;

/* More accounts than this in one set are answered with "everything may have changed". */
#define WATCH_ACCOUNTS_MAX (1u << 20)

struct watch_entry {
	uint64_t account_id; /* 0: free */
	uint64_t modseq;
	uint32_t count;
	bool is_pending;
};

struct watch_set {
	pthread_mutex_t lock;
	struct watch_entry *table;
	size_t room, used; /* room is a power of two */
	uint64_t *pending; /* accounts, oldest first */
	size_t n_pending, pending_room;
	bool is_all_pending;
	bool is_overflowing;     /* watches more than fits: told of everything */
	void (*wake)(void *ctx); /* called when something becomes pending and nothing was */
	void *ctx;
	struct watch_hub *hub;
	struct watch_set *next;
};

struct watch_hub {
	pthread_mutex_t lock;
	struct watch_set *sets;
};

void watch_hub_init(struct watch_hub *hub);
void watch_hub_clear(struct watch_hub *hub);

/* A set in `hub` (may be NULL: fed by watch_set_note only). */
void watch_set_init(struct watch_set *set, struct watch_hub *hub, void (*wake)(void *ctx),
                    void *ctx);
void watch_set_clear(struct watch_set *set);

/* One more or one less who watches; true when it is the first or the last. */
bool watch_set_add(struct watch_set *set, uint64_t account_id);
bool watch_set_remove(struct watch_set *set, uint64_t account_id);

/* An account of this set has changed; ignored when it is not watched. Account 0: everything. */
void watch_set_note(struct watch_set *set, uint64_t account_id, uint64_t modseq);

/* Every watched account may have changed. */
void watch_set_note_all(struct watch_set *set);

/* Up to `max` events, and whether more wait. */
size_t watch_set_read(struct watch_set *set, struct store_event *events, size_t max,
                      bool *has_more_r);

/* The watched accounts, on the heap; the number of them. */
size_t watch_set_accounts(struct watch_set *set, uint64_t **accounts_r);

/*
 * All accounts that any set of a hub watches, on the heap, each perhaps several times; the number
 * of them.
 */
size_t watch_hub_accounts(struct watch_hub *hub, uint64_t **accounts_r);

/* Tell those sets which have not been told of `modseq`. */
void watch_hub_note_newer(struct watch_hub *hub, uint64_t account_id, uint64_t modseq);

/* Tell all sets of a hub. */
void watch_hub_note(struct watch_hub *hub, const struct engine_change *changes, size_t n);
void watch_hub_note_all(struct watch_hub *hub);

#endif
