/*
 * Message ids, taken from the store in blocks, so that most messages cost no call for theirs.
 */
#ifndef TAYORI_SMTP_ID_PRIV_H
#define TAYORI_SMTP_ID_PRIV_H

#include "src/base/err.h"

struct arena;
struct store;

struct smtp_id {
	uint64_t id;
	uint64_t salt; /* random: with the id it makes an accept key that nobody else can have */
};

/* The next id. May wait for the store. Fails with: as store_ids. */
enum err smtp_id_take(struct store *st, struct arena *a, struct smtp_id *id_r) MUST_USE;

#endif
