#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/must.h"
#include "src/store/engine/sqlite_map_priv.h"
#include "src/store/engine/sqlite_vfs_priv.h"

/* Of a larger file the rest is read with system calls. */
#define MAP_BYTES ((size_t)1 << 30)

/* Address space is reserved behind the end of the file, too: what is written there later is seen.
 */
struct sqlite_map {
	dev_t dev;
	ino_t ino;
	unsigned refs;
	unsigned char *around; /* a page that is missing comes with those around it */
	unsigned char *alone;
	struct sqlite_map *next;
};

static struct {
	pthread_mutex_t lock;
	struct sqlite_map *first;
} maps = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* With the lock held. */
static struct sqlite_map **find(const struct stat *st)
{
	struct sqlite_map **m = &maps.first;

	while (*m && ((*m)->dev != st->st_dev || (*m)->ino != st->st_ino))
		m = &(*m)->next;
	return m;
}

static unsigned char *map_file(int fd)
{
	void *p = mmap(NULL, MAP_BYTES, PROT_READ, MAP_SHARED | MAP_NORESERVE, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

static struct sqlite_map *make(const char *file, const struct stat *st)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct sqlite_map *m;

	if (fd < 0)
		return NULL;
	m = calloc(1, sizeof *m);
	must(m);
	m->dev = st->st_dev;
	m->ino = st->st_ino;
	m->around = map_file(fd);
	m->alone = map_file(fd);
	close(fd);
	if (m->alone && madvise(m->alone, MAP_BYTES, MADV_RANDOM) == 0 && m->around)
		return m;
	if (m->around)
		munmap(m->around, MAP_BYTES);
	if (m->alone)
		munmap(m->alone, MAP_BYTES);
	free(m);
	return NULL;
}

struct sqlite_map *sqlite_map_enter(const char *file)
{
	struct sqlite_map *m;
	struct stat st;

	if (stat(file, &st) != 0)
		return NULL;
	pthread_mutex_lock(&maps.lock);
	m = *find(&st);
	if (!m) {
		m = make(file, &st);
		if (m) {
			m->next = maps.first;
			maps.first = m;
		}
	}
	if (m)
		m->refs++;
	pthread_mutex_unlock(&maps.lock);
	return m;
}

void sqlite_map_leave(struct sqlite_map **pointer)
{
	struct sqlite_map *m = *pointer, **link = &maps.first;

	if (!m)
		return;
	*pointer = NULL;
	pthread_mutex_lock(&maps.lock);
	if (--m->refs == 0) {
		while (*link != m)
			link = &(*link)->next;
		*link = m->next;
		munmap(m->around, MAP_BYTES);
		munmap(m->alone, MAP_BYTES);
		free(m);
	}
	pthread_mutex_unlock(&maps.lock);
}

/* ---------------------------------------------------------------- the VFS */

/* What we keep of an open file, behind what SQLite keeps of it. */
struct mapped {
	const struct sqlite_map *map; /* whoever opened the connection holds it */
	sqlite3_int64 size;           /* of the file, when it was last looked at */
	bool is_little;
};

static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	pthread_mutex_t lock;
	const sqlite3_io_methods *known; /* of the system's files */
	sqlite3_io_methods methods;      /* the same but for the mapping */
} shim = { .lock = PTHREAD_MUTEX_INITIALIZER };

#define ALIGN 16

static size_t own_offset(void)
{
	return ((size_t)shim.real->szOsFile + ALIGN - 1) / ALIGN * ALIGN;
}

static struct mapped *mapped_of(sqlite3_file *file)
{
	return (struct mapped *)(void *)((char *)file + own_offset());
}

static int map_fetch(sqlite3_file *file, sqlite3_int64 at, int n, void **page_r)
{
	struct mapped *m = mapped_of(file);

	*page_r = NULL;
	if (at + n > (sqlite3_int64)MAP_BYTES)
		return SQLITE_OK;
	if (at + n > m->size) {
		int rc = file->pMethods->xFileSize(file, &m->size);

		if (rc || at + n > m->size)
			return rc;
	}
	*page_r = (m->is_little ? m->map->alone : m->map->around) + at;
	return SQLITE_OK;
}

static int map_unfetch(sqlite3_file *file, sqlite3_int64 at, void *page)
{
	(void)file;
	(void)at;
	(void)page;
	return SQLITE_OK;
}

/* SQLite makes no mapping of its own. */
static int map_control(sqlite3_file *file, int what, void *arg)
{
	if (what != SQLITE_FCNTL_MMAP_SIZE)
		return shim.known->xFileControl(file, what, arg);
	*(sqlite3_int64 *)arg = (sqlite3_int64)MAP_BYTES;
	return SQLITE_OK;
}

/* True when the file's functions may be replaced by ours. */
static bool know_methods(const sqlite3_io_methods *methods)
{
	bool are_known;

	pthread_mutex_lock(&shim.lock);
	if (!shim.known && methods->iVersion >= 3) {
		shim.methods = *methods;
		shim.methods.xFetch = map_fetch;
		shim.methods.xUnfetch = map_unfetch;
		shim.methods.xFileControl = map_control;
		shim.known = methods;
	}
	are_known = shim.known == methods;
	pthread_mutex_unlock(&shim.lock);
	return are_known;
}

/* The mapping that whoever opens the connection has entered. */
static const struct sqlite_map *entered(const char *name)
{
	const struct sqlite_map *m = NULL;
	struct stat st;

	if (stat(name, &st) != 0)
		return NULL;
	pthread_mutex_lock(&maps.lock);
	m = *find(&st);
	pthread_mutex_unlock(&maps.lock);
	return m;
}

static int open_file(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                     int *flags_r)
{
	int rc = shim.real->xOpen(shim.real, name, file, flags, flags_r);
	const struct sqlite_map *map;

	(void)vfs;
	if (rc || !(flags & SQLITE_OPEN_MAIN_DB))
		return rc;
	map = entered(name);
	if (!map || !know_methods(file->pMethods))
		return SQLITE_OK;
	*mapped_of(file) = (struct mapped){ .map = map };
	file->pMethods = &shim.methods;
	return SQLITE_OK;
}

static void register_vfs(void)
{
	shim.real = sqlite_vfs_derive(&shim.vfs, "tayori-map", ALIGN - 1 + sizeof(struct mapped),
	                              open_file);
}

const char *sqlite_map_vfs(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, register_vfs);
	return shim.vfs.zName;
}

void sqlite_map_expect_little(struct sqlite3 *conn, bool is_little)
{
	sqlite3_file *file = NULL;

	if (sqlite3_file_control(conn, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK &&
	    file && file->pMethods == &shim.methods)
		mapped_of(file)->is_little = is_little;
}
