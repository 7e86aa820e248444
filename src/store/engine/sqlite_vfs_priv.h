/*
 * A VFS of our own: that of the system, with another way to open files.
 */
#ifndef TAYORI_STORE_ENGINE_SQLITE_VFS_PRIV_H
#define TAYORI_STORE_ENGINE_SQLITE_VFS_PRIV_H

#include <sqlite3.h>
#include <stddef.h>

/*
 * Register `vfs` (which must stay) under `name`, with files that have `own_bytes` more than the
 * system's. Returns the system's VFS, which `open` calls.
 */
sqlite3_vfs *sqlite_vfs_derive(sqlite3_vfs *vfs, const char *name, size_t own_bytes,
                               int (*open)(sqlite3_vfs *vfs, const char *name, sqlite3_file *file,
                                           int flags, int *flags_r));

#endif
