/*
 * A keyed hash for tables whose keys a peer may choose: SipHash-2-4 with a key made at process
 * start.
 */
#ifndef TAYORI_RUNTIME_HASH_H
#define TAYORI_RUNTIME_HASH_H

#include "src/base/str.h"

struct runtime_hash_key {
	uint64_t k0, k1;
};

/* A fresh unpredictable key. */
struct runtime_hash_key runtime_hash_key_new(void);

/* Hash of `s`; never 0, so that tables can use 0 for "empty". */
uint64_t runtime_hash(const struct runtime_hash_key *key, struct str s);

#endif
