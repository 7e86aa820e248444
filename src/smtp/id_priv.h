/*
 * Message ids, taken from the store in blocks, so that most messages cost no call for theirs.
 */
#ifndef TAYORI_SMTP_ID_PRIV_H
#define TAYORI_SMTP_ID_PRIV_H

#include "src/base/err.h"

struct arena;
struct store;

/* The next id. May wait for the store. Fails with: as store_ids. */
enum err smtp_id_take(struct store *st, struct arena *a, uint64_t *id_r) MUST_USE;

#endif
