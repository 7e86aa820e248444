#include "src/base/must.h"
#include "src/store/engine/sqlite_vfs_priv.h"

sqlite3_vfs *sqlite_vfs_derive(sqlite3_vfs *vfs, const char *name, size_t own_bytes,
                               int (*open)(sqlite3_vfs *vfs, const char *name, sqlite3_file *file,
                                           int flags, int *flags_r))
{
	sqlite3_vfs *real = sqlite3_vfs_find(NULL);

	must(real != NULL);
	/* All but opening is the system's: its functions do not care which of the two is passed. */
	*vfs = *real;
	vfs->pNext = NULL;
	vfs->zName = name;
	vfs->szOsFile = real->szOsFile + (int)own_bytes;
	vfs->xOpen = open;
	must(sqlite3_vfs_register(vfs, 0) == SQLITE_OK);
	return real;
}
