/*
 * What the parts of store_bench share.
 */
#ifndef TAYORI_BENCH_STORE_BENCH_H
#define TAYORI_BENCH_STORE_BENCH_H

#include <time.h>

#include "src/store/store.h"

double seconds_now(clockid_t clock);

/* End with the store's text when a verb has failed. */
void bench_check(struct store *st, enum err err);

/* `size` octets that compress as mail does, and what the parser would say of them. */
void make_message(unsigned char *p, size_t size, uint64_t number);
struct store_meta make_meta(struct str body);

/* What clients do with a mailbox of 100,000 messages; in the domain example.org, in-process. */
void bench_mailbox(struct store_engine *engine);

#endif
