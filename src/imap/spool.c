#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/imap/spool_priv.h"
#include "src/net/session.h"

struct imap_spool {
	struct arena *arena;
	const struct session_host *host;
	uint64_t size;
	uint64_t written;
	int fd;
	unsigned char *memory; /* the octets, or the mapping of the file once it is complete */
};

static void close_spool(void *object)
{
	struct imap_spool *spool = object;

	if (spool->fd >= 0) {
		if (spool->memory)
			munmap(spool->memory, (size_t)spool->size);
		close(spool->fd);
	}
	if (spool->host)
		spool->host->spool_release(spool->host->context, spool->size);
}

static enum err open_file(struct imap_spool *spool)
{
	spool->fd = memfd_create("tayori-append", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return spool->fd < 0 ? ERR_IO : ERR_OK;
}

enum err imap_spool_open(struct arena *a, const struct session_host *host, uint64_t size,
                         struct imap_spool **spool_r)
{
	struct imap_spool *spool;

	if (host && !host->spool_reserve(host->context, size))
		return ERR_LIMIT;
	spool = ARENA_NEW(a, struct imap_spool);
	*spool = (struct imap_spool){ .arena = a, .host = host, .size = size, .fd = -1 };
	arena_defer(a, close_spool, spool);
	if (size <= IMAP_SPOOL_MEMORY)
		spool->memory = arena_alloc(a, (size_t)size);
	else if (open_file(spool))
		return ERR_IO;
	*spool_r = spool;
	return ERR_OK;
}

static enum err write_file(struct imap_spool *spool, struct str octets)
{
	while (octets.n > 0) {
		ssize_t n = write(spool->fd, octets.p, octets.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		octets = str_from(octets, (size_t)n);
	}
	return ERR_OK;
}

enum err imap_spool_extend(struct imap_spool *spool, uint64_t size)
{
	struct str so_far = str_make(spool->memory, (size_t)spool->written);

	if (spool->host && !spool->host->spool_reserve(spool->host->context, size))
		return ERR_LIMIT;
	spool->size += size;
	if (spool->fd >= 0)
		return ERR_OK;
	spool->memory = NULL;
	if (spool->size > IMAP_SPOOL_MEMORY)
		return open_file(spool) || write_file(spool, so_far) ? ERR_IO : ERR_OK;
	spool->memory = arena_alloc(spool->arena, (size_t)spool->size);
	if (so_far.n > 0)
		memcpy(spool->memory, so_far.p, so_far.n);
	return ERR_OK;
}

enum err imap_spool_write(struct imap_spool *spool, struct str octets)
{
	must(octets.n <= spool->size - spool->written);
	if (spool->fd < 0) {
		if (octets.n > 0)
			memcpy(spool->memory + spool->written, octets.p, octets.n);
		spool->written += octets.n;
		return ERR_OK;
	}
	spool->written += octets.n;
	return write_file(spool, octets);
}

enum err imap_spool_finish(struct imap_spool *spool, struct str *octets_r, int *fd_r)
{
	must(spool->written == spool->size);
	if (spool->fd >= 0) {
		void *map;

		if (fcntl(spool->fd, F_ADD_SEALS,
		          F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
			return ERR_IO;
		map = mmap(NULL, (size_t)spool->size, PROT_READ, MAP_PRIVATE, spool->fd, 0);
		if (map == MAP_FAILED)
			return ERR_IO;
		spool->memory = map;
	}
	*octets_r = str_make(spool->memory, (size_t)spool->size);
	*fd_r = spool->fd;
	return ERR_OK;
}
