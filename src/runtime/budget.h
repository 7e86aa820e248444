/*
 * Token buckets by key: how much of something a key may still do this minute.
 *
 * A bucket holds at most one minute's worth and fills evenly. The table has a fixed size; when it
 * is full, the bucket of its set that was used longest ago makes room, which can only favour a key
 * that has been quiet. Keys may be chosen by peers: they are hashed with a secret. Thread-safe.
 */
#ifndef TAYORI_RUNTIME_BUDGET_H
#define TAYORI_RUNTIME_BUDGET_H

#include "src/base/str.h"

struct runtime_budget;

/* A table of about `max_keys` buckets. Returns owned: runtime_budget_free. */
struct runtime_budget *runtime_budget_new(size_t max_keys);
void runtime_budget_free(struct runtime_budget **b);

/* Take `n` from the bucket named by `kind` and `key`; false, taking nothing, when that is more than
 * it holds. */
bool runtime_budget_take(struct runtime_budget *b, const char *kind, struct str key, uint32_t n,
                         uint32_t per_minute);

/*
 * Take one even when the bucket is empty: how many more than it held have been taken, 0 while it
 * was not empty. The debt is paid back at the same rate, and never grows above 64.
 */
uint32_t runtime_budget_overdraw(struct runtime_budget *b, const char *kind, struct str key,
                                 uint32_t per_minute);

#endif
