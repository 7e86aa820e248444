/*
 * What recipients resolved to a moment ago, shared by the sessions of a process.
 *
 * Only good answers are kept (local, available, with room), so that a new user or alias counts at
 * once; a removed one is seen when the entry expires, and the store checks each account again when
 * the message is accepted. A pure saving: with the option smtp.recipient_cache_time at 0 nothing is
 * kept. Any thread.
 */
#ifndef TAYORI_SMTP_ROUTE_CACHE_H
#define TAYORI_SMTP_ROUTE_CACHE_H

#include "src/base/str.h"

struct arena;
struct store_resolve_res;

/*
 * The answer for an address, copied into `a`; false when none is known that is younger than
 * `max_age_ms` and was good for a message of `size` octets.
 */
bool smtp_route_cache_get(struct arena *a, struct str address, uint64_t size, int64_t max_age_ms,
                          struct store_resolve_res *res_r);

/* Keep an answer of the store, if it is one that may be kept. */
void smtp_route_cache_put(struct str address, uint64_t size, const struct store_resolve_res *res);

/* Forget everything (tests). */
void smtp_route_cache_clear(void);

#endif
