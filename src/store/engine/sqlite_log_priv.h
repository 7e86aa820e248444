/*
 * SQLite's write-ahead log as a file that is written in large pieces.
 *
 * SQLite writes each frame of the log in two calls, some ten for a delivered message. Through this
 * VFS they are collected until the commit flushes the log, somebody reads it, or 120 KiB have come
 * together. A connection that never flushes (PRAGMA synchronous below FULL) must not use it:
 * nothing would tell that a commit has ended, and others would look for frames that are not there
 * yet.
 */
#ifndef TAYORI_STORE_ENGINE_SQLITE_LOG_PRIV_H
#define TAYORI_STORE_ENGINE_SQLITE_LOG_PRIV_H

/* Name of the VFS, for sqlite3_open_v2. Any thread. */
const char *sqlite_log_vfs(void);

#endif
