/*
 * How often each key is present: connections by address, log-ins by account.
 *
 * Room for a fixed number of different keys is taken at birth, so a flood of keys cannot make it
 * grow. A key is any number but 0. Thread-safe.
 */
#ifndef TAYORI_RUNTIME_TALLY_H
#define TAYORI_RUNTIME_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct runtime_tally;

/* Room for `max_keys` keys at once. Returns owned: runtime_tally_free. */
struct runtime_tally *runtime_tally_new(size_t max_keys);
void runtime_tally_free(struct runtime_tally **t);

/* Count `key` once more, unless it stands at `max` already (0: no limit) or there is no room:
 * false. */
bool runtime_tally_enter(struct runtime_tally *t, uint64_t key, uint32_t max);

/* Count `key` once less; it must be present. */
void runtime_tally_leave(struct runtime_tally *t, uint64_t key);

/* How often `key` is present now. */
uint32_t runtime_tally_count(struct runtime_tally *t, uint64_t key);

#endif
