/*
 * A consistent copy of a working store, made in slices; one at a time.
 */
#ifndef TAYORI_STORE_BACKUP_PRIV_H
#define TAYORI_STORE_BACKUP_PRIV_H

#include "src/store/store.h"

/*
 * The verb backup: cursor 0 begins, each call copies a few megabytes and gives the cursor of the
 * next. Fails with: ERR_EXISTS (there is a copy in the directory), ERR_BUSY (another backup is
 * running), ERR_NOTFOUND (unknown cursor: it was given up after five minutes without a call),
 * ERR_PERM (postgres: its own tools do this).
 */
enum err backup_step(struct store_engine *engine, const struct store_backup_req *q,
                     struct store_backup_res *r, struct errinfo *info) MUST_USE;

#endif
