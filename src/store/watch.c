#include <stdlib.h>
#include <string.h>

#include "src/base/must.h"
#include "src/store/engine_priv.h"
#include "src/store/watch_priv.h"

#define TABLE_ROOM_MIN 64u

/*
 * ---------------------------------------------------------------- table: open addressing, linear
 * probing
 */

static size_t place_of(const struct watch_set *set, uint64_t account_id)
{
	return (size_t)((account_id * 0x9e3779b97f4a7c15u) >> 20) & (set->room - 1);
}

static struct watch_entry *find(struct watch_set *set, uint64_t account_id)
{
	if (!set->room)
		return NULL;
	size_t i = place_of(set, account_id);
	while (set->table[i].account_id) {
		if (set->table[i].account_id == account_id)
			return &set->table[i];
		i = (i + 1) & (set->room - 1);
	}
	return NULL;
}

static void put(struct watch_set *set, struct watch_entry entry)
{
	size_t i = place_of(set, entry.account_id);
	while (set->table[i].account_id)
		i = (i + 1) & (set->room - 1);
	set->table[i] = entry;
}

static void grow(struct watch_set *set)
{
	struct watch_entry *old = set->table;
	size_t old_room = set->room;
	set->room = old_room ? old_room * 2 : TABLE_ROOM_MIN;
	set->table = calloc(set->room, sizeof(*set->table));
	must(set->table != NULL);
	for (size_t i = 0; i < old_room; i++) {
		if (old[i].account_id)
			put(set, old[i]);
	}
	free(old);
}

/* Take an entry out and put what stood behind it where a search finds it. */
static void take_out(struct watch_set *set, struct watch_entry *entry)
{
	size_t i = (size_t)(entry - set->table);
	*entry = (struct watch_entry){ 0 };
	set->used--;
	for (i = (i + 1) & (set->room - 1); set->table[i].account_id;
	     i = (i + 1) & (set->room - 1)) {
		struct watch_entry moved = set->table[i];
		set->table[i] = (struct watch_entry){ 0 };
		put(set, moved);
	}
}

/* ---------------------------------------------------------------- one set */

void watch_set_init(struct watch_set *set, struct watch_hub *hub, void (*wake)(void *ctx),
                    void *ctx)
{
	*set = (struct watch_set){ .wake = wake, .ctx = ctx, .hub = hub };
	pthread_mutex_init(&set->lock, NULL);
	if (!hub)
		return;
	pthread_mutex_lock(&hub->lock);
	set->next = hub->sets;
	hub->sets = set;
	pthread_mutex_unlock(&hub->lock);
}

void watch_set_clear(struct watch_set *set)
{
	if (set->hub) {
		pthread_mutex_lock(&set->hub->lock);
		struct watch_set **at = &set->hub->sets;
		while (*at != set)
			at = &(*at)->next;
		*at = set->next;
		pthread_mutex_unlock(&set->hub->lock);
	}
	pthread_mutex_destroy(&set->lock);
	free(set->table);
	free(set->pending);
}

bool watch_set_add(struct watch_set *set, uint64_t account_id)
{
	must(account_id != 0);
	bool is_first = false;
	pthread_mutex_lock(&set->lock);
	struct watch_entry *entry = find(set, account_id);
	if (entry) {
		entry->count++;
	} else if (set->used >= WATCH_ACCOUNTS_MAX) {
		set->is_overflowing = true;
	} else {
		if (set->used * 2 >= set->room)
			grow(set);
		put(set, (struct watch_entry){ .account_id = account_id, .count = 1 });
		set->used++;
		is_first = true;
	}
	pthread_mutex_unlock(&set->lock);
	return is_first;
}

bool watch_set_remove(struct watch_set *set, uint64_t account_id)
{
	bool is_last = false;
	pthread_mutex_lock(&set->lock);
	struct watch_entry *entry = find(set, account_id);
	if (entry && --entry->count == 0) {
		take_out(set, entry);
		is_last = true;
	}
	pthread_mutex_unlock(&set->lock);
	return is_last;
}

static bool is_idle(const struct watch_set *set)
{
	return !set->n_pending && !set->is_all_pending;
}

static void add_pending(struct watch_set *set, uint64_t account_id)
{
	if (set->n_pending == set->pending_room) {
		set->pending_room = set->pending_room ? set->pending_room * 2 : 64;
		set->pending = realloc(set->pending, set->pending_room * sizeof(*set->pending));
		must(set->pending != NULL);
	}
	set->pending[set->n_pending++] = account_id;
}

/* Under the lock. */
static void note(struct watch_set *set, uint64_t account_id, uint64_t modseq)
{
	struct watch_entry *entry = find(set, account_id);
	if (!entry) {
		if (set->is_overflowing)
			set->is_all_pending = true;
		return;
	}
	if (modseq > entry->modseq)
		entry->modseq = modseq;
	/*
	 * Accounts that were watched, forgotten and watched again may stand twice in the list; that
	 * is harmless.
	 */
	if (!entry->is_pending)
		add_pending(set, account_id);
	entry->is_pending = true;
}

void watch_set_note(struct watch_set *set, uint64_t account_id, uint64_t modseq)
{
	pthread_mutex_lock(&set->lock);
	bool was_idle = is_idle(set);
	if (account_id)
		note(set, account_id, modseq);
	else
		set->is_all_pending = true;
	bool must_wake = was_idle && !is_idle(set);
	pthread_mutex_unlock(&set->lock);
	if (must_wake)
		set->wake(set->ctx);
}

void watch_set_note_all(struct watch_set *set)
{
	watch_set_note(set, 0, 0);
}

size_t watch_set_read(struct watch_set *set, struct store_event *events, size_t max,
                      bool *has_more_r)
{
	size_t n = 0, taken = 0;
	pthread_mutex_lock(&set->lock);
	if (set->is_all_pending && n < max) {
		set->is_all_pending = false;
		events[n++] = (struct store_event){ 0 };
	}
	while (n < max && taken < set->n_pending) {
		struct watch_entry *entry = find(set, set->pending[taken++]);
		if (!entry || !entry->is_pending)
			continue;
		entry->is_pending = false;
		events[n++] = (struct store_event){ entry->account_id, entry->modseq };
	}
	set->n_pending -= taken;
	if (taken)
		memmove(set->pending, set->pending + taken, set->n_pending * sizeof(*set->pending));
	*has_more_r = !is_idle(set);
	pthread_mutex_unlock(&set->lock);
	return n;
}

size_t watch_set_accounts(struct watch_set *set, uint64_t **accounts_r)
{
	pthread_mutex_lock(&set->lock);
	uint64_t *accounts = calloc(set->used + 1, sizeof(*accounts));
	must(accounts != NULL);
	size_t n = 0;
	for (size_t i = 0; i < set->room; i++) {
		if (set->table[i].account_id)
			accounts[n++] = set->table[i].account_id;
	}
	pthread_mutex_unlock(&set->lock);
	*accounts_r = accounts;
	return n;
}

/* ---------------------------------------------------------------- all sets */

void watch_hub_init(struct watch_hub *hub)
{
	hub->sets = NULL;
	pthread_mutex_init(&hub->lock, NULL);
}

void watch_hub_clear(struct watch_hub *hub)
{
	must(hub->sets == NULL);
	pthread_mutex_destroy(&hub->lock);
}

void watch_hub_note(struct watch_hub *hub, const struct engine_change *changes, size_t n)
{
	pthread_mutex_lock(&hub->lock);
	for (struct watch_set *set = hub->sets; set; set = set->next) {
		for (size_t i = 0; i < n; i++)
			watch_set_note(set, changes[i].account_id, changes[i].modseq);
	}
	pthread_mutex_unlock(&hub->lock);
}

void watch_hub_note_all(struct watch_hub *hub)
{
	pthread_mutex_lock(&hub->lock);
	for (struct watch_set *set = hub->sets; set; set = set->next)
		watch_set_note_all(set);
	pthread_mutex_unlock(&hub->lock);
}

size_t watch_hub_accounts(struct watch_hub *hub, uint64_t **accounts_r)
{
	uint64_t *all = NULL;
	size_t n = 0;
	pthread_mutex_lock(&hub->lock);
	for (struct watch_set *set = hub->sets; set; set = set->next) {
		uint64_t *accounts = NULL;
		size_t more = watch_set_accounts(set, &accounts);
		all = realloc(all, (n + more + 1) * sizeof(*all));
		must(all != NULL);
		memcpy(all + n, accounts, more * sizeof(*all));
		n += more;
		free(accounts);
	}
	pthread_mutex_unlock(&hub->lock);
	*accounts_r = all;
	return n;
}

static bool is_news(struct watch_set *set, uint64_t account_id, uint64_t modseq)
{
	pthread_mutex_lock(&set->lock);
	const struct watch_entry *entry = find(set, account_id);
	bool is_new = entry && modseq > entry->modseq;
	pthread_mutex_unlock(&set->lock);
	return is_new;
}

void watch_hub_note_newer(struct watch_hub *hub, uint64_t account_id, uint64_t modseq)
{
	pthread_mutex_lock(&hub->lock);
	for (struct watch_set *set = hub->sets; set; set = set->next) {
		if (is_news(set, account_id, modseq))
			watch_set_note(set, account_id, modseq);
	}
	pthread_mutex_unlock(&hub->lock);
}
