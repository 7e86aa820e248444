/*
 * Fresh stores for tests, on SQLite or on the PostgreSQL that TAYORI_TEST_POSTGRES names. Tests
 * only.
 */
#ifndef TAYORI_STORE_TESTING_H
#define TAYORI_STORE_TESTING_H

#include "src/store/store.h"

struct store_testing {
	struct store_options options; /* small and fast: few threads, cheap hashing, no fsync */
	char directory[64];
	char database[64];
	char conninfo[512];
};

/*
 * Options for a new empty store: PostgreSQL when TAYORI_TEST_POSTGRES is set, otherwise SQLite in a
 * new directory. A failure ends the process. End with store_testing_clear.
 */
void store_testing_init(struct store_testing *t);

/* Remove what store_testing_init made. */
void store_testing_clear(struct store_testing *t);

/* Whether this run is on PostgreSQL. */
bool store_testing_is_postgres(void);

#endif
