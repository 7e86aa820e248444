/*
 * How readers see SQLite's database file: mapped into memory, once for all connections of the
 * process, for as long as any is open.
 *
 * SQLite's own mapping belongs to a connection and is made anew whenever somebody has written: each
 * reader then meets its pages again, one fault at a time. And a page that is not in memory brings
 * the disk's whole read-ahead along, megabytes on some machines, also where one page was wanted. So
 * the file is mapped twice, with read-ahead and without, and a connection says which it wants.
 *
 * The file must not get shorter while it is open: nothing here vacuums.
 */
#ifndef TAYORI_STORE_ENGINE_SQLITE_MAP_PRIV_H
#define TAYORI_STORE_ENGINE_SQLITE_MAP_PRIV_H

#include <stdbool.h>

struct sqlite3;
struct sqlite_map;

/*
 * The mapping of a file, made when it is the first; NULL when it cannot be mapped: everything works
 * without. Call it before SQLite opens the file: closing any descriptor of a file that is in use
 * drops SQLite's locks on it. Returns counted: sqlite_map_leave, after SQLite has closed it. Any
 * thread.
 */
struct sqlite_map *sqlite_map_enter(const char *file);
void sqlite_map_leave(struct sqlite_map **map);

/* Name of the VFS that reads through the mapping, for sqlite3_open_v2. Any thread. */
const char *sqlite_map_vfs(void);

/* What a connection that was opened through the VFS reads from now on is far apart (or is not). */
void sqlite_map_expect_little(struct sqlite3 *conn, bool is_little);

#endif
