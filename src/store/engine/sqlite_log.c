#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/must.h"
#include "src/store/engine/sqlite_log_priv.h"
#include "src/store/engine/sqlite_vfs_priv.h"

/*
 * What is collected before it is written; a larger commit is written in several pieces. SQLite's
 * own file takes less than 128 KiB at a time.
 */
#define COLLECT_BYTES (120 << 10)

/* The file as SQLite knows it; the file of the system's VFS lies behind it. */
struct log_file {
	sqlite3_file base;
	sqlite3_file *real;
	unsigned char *collected;
	int n;            /* octets in `collected` */
	sqlite3_int64 at; /* where they belong */
};

static struct log_file *log_of(sqlite3_file *file)
{
	return (struct log_file *)file;
}

/* Write what was collected. It is gone afterwards in any case: SQLite gives the transaction up. */
static int write_out(struct log_file *f)
{
	int n = f->n;

	f->n = 0;
	return n ? f->real->pMethods->xWrite(f->real, f->collected, n, f->at) : SQLITE_OK;
}

static int log_close(sqlite3_file *file)
{
	struct log_file *f = log_of(file);
	int rc = write_out(f);
	int closed = f->real->pMethods->xClose(f->real);

	free(f->collected);
	f->collected = NULL;
	return rc ? rc : closed;
}

static int log_read(sqlite3_file *file, void *p, int n, sqlite3_int64 at)
{
	struct log_file *f = log_of(file);
	int rc = write_out(f);

	return rc ? rc : f->real->pMethods->xRead(f->real, p, n, at);
}

static int log_write(sqlite3_file *file, const void *p, int n, sqlite3_int64 at)
{
	struct log_file *f = log_of(file);
	int rc;

	if (f->n && (at != f->at + f->n || n > COLLECT_BYTES - f->n)) {
		rc = write_out(f);
		if (rc)
			return rc;
	}
	if (n > COLLECT_BYTES)
		return f->real->pMethods->xWrite(f->real, p, n, at);
	if (!f->n)
		f->at = at;
	memcpy(f->collected + f->n, p, (size_t)n);
	f->n += n;
	return SQLITE_OK;
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct log_file *f = log_of(file);
	int rc = write_out(f);

	return rc ? rc : f->real->pMethods->xTruncate(f->real, size);
}

static int log_sync(sqlite3_file *file, int flags)
{
	struct log_file *f = log_of(file);
	int rc = write_out(f);

	return rc ? rc : f->real->pMethods->xSync(f->real, flags);
}

static int log_size(sqlite3_file *file, sqlite3_int64 *size_r)
{
	struct log_file *f = log_of(file);
	int rc = write_out(f);

	return rc ? rc : f->real->pMethods->xFileSize(f->real, size_r);
}

/* One process and one connection write a log; SQLite never locks it. */
static int log_lock(sqlite3_file *file, int level)
{
	struct log_file *f = log_of(file);

	return f->real->pMethods->xLock(f->real, level);
}

static int log_unlock(sqlite3_file *file, int level)
{
	struct log_file *f = log_of(file);

	return f->real->pMethods->xUnlock(f->real, level);
}

static int log_is_reserved(sqlite3_file *file, int *is_reserved_r)
{
	struct log_file *f = log_of(file);

	return f->real->pMethods->xCheckReservedLock(f->real, is_reserved_r);
}

static int log_control(sqlite3_file *file, int what, void *arg)
{
	struct log_file *f = log_of(file);

	return f->real->pMethods->xFileControl(f->real, what, arg);
}

static int log_sector(sqlite3_file *file)
{
	struct log_file *f = log_of(file);

	return f->real->pMethods->xSectorSize(f->real);
}

static int log_character(sqlite3_file *file)
{
	struct log_file *f = log_of(file);

	return f->real->pMethods->xDeviceCharacteristics(f->real);
}

static const sqlite3_io_methods log_methods = {
	.iVersion = 1,
	.xClose = log_close,
	.xRead = log_read,
	.xWrite = log_write,
	.xTruncate = log_truncate,
	.xSync = log_sync,
	.xFileSize = log_size,
	.xLock = log_lock,
	.xUnlock = log_unlock,
	.xCheckReservedLock = log_is_reserved,
	.xFileControl = log_control,
	.xSectorSize = log_sector,
	.xDeviceCharacteristics = log_character,
};

/* ---------------------------------------------------------------- the VFS */

/* Where the system's file begins: behind ours, aligned for anything. */
#define OWN_BYTES ((sizeof(struct log_file) + 15) / 16 * 16)

static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
} shim;

static int open_file(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                     int *flags_r)
{
	struct log_file *f = log_of(file);
	int rc;

	(void)vfs;
	if (!(flags & SQLITE_OPEN_WAL))
		return shim.real->xOpen(shim.real, name, file, flags, flags_r);
	*f = (struct log_file){ .real = (sqlite3_file *)(void *)((char *)file + OWN_BYTES) };
	rc = shim.real->xOpen(shim.real, name, f->real, flags, flags_r);
	if (rc)
		return rc;
	f->collected = malloc(COLLECT_BYTES);
	must(f->collected != NULL);
	f->base.pMethods = &log_methods;
	return SQLITE_OK;
}

static void register_vfs(void)
{
	shim.real = sqlite_vfs_derive(&shim.vfs, "tayori", OWN_BYTES, open_file);
}

const char *sqlite_log_vfs(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, register_vfs);
	return shim.vfs.zName;
}
