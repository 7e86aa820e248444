#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/net/session.h"
#include "src/smtp/body_priv.h"

/* Spool is taken in steps, so that counting it costs nothing. */
enum {
	SPOOL_STEP = 262144
};

static void clear(void *object)
{
	smtp_body_drop(object);
}

void smtp_body_init(struct smtp_body *b, struct arena *a, const struct session_host *host,
                    uint64_t expected)
{
	*b = (struct smtp_body){ .host = host, .fd = -1, .room = SMTP_BODY_MEMORY_MIN };
	while (b->room < expected && b->room < SMTP_BODY_MEMORY_MAX)
		b->room *= 2;
	arena_defer(a, clear, b);
}

void smtp_body_drop(struct smtp_body *b)
{
	if (b->fd >= 0) {
		if (b->is_sealed && b->p)
			munmap(b->p, (size_t)b->n);
		close(b->fd);
	} else {
		free(b->p);
	}
	if (b->reserved)
		b->host->spool_release(b->host->context, b->reserved);
	b->p = NULL;
	b->fd = -1;
	b->is_sealed = false;
	b->n = b->reserved = 0;
	b->room = SMTP_BODY_MEMORY_MIN;
}

static bool reserve(struct smtp_body *b, uint64_t total)
{
	uint64_t more;

	if (total <= b->reserved)
		return true;
	more = total - b->reserved;
	if (b->fd >= 0 && more < SPOOL_STEP)
		more = SPOOL_STEP;
	if (!b->host->spool_reserve(b->host->context, more))
		return false;
	b->reserved += more;
	return true;
}

static enum err write_all(int fd, struct str octets)
{
	while (octets.n) {
		ssize_t n = write(fd, octets.p, octets.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		octets = str_from(octets, (size_t)n);
	}
	return ERR_OK;
}

/* Too large for memory: what is there goes to a memfd, and everything after it. */
static enum err move_to_file(struct smtp_body *b)
{
	int fd = memfd_create("tayori-message", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return ERR_IO;
	if (b->n && write_all(fd, str_make(b->p, (size_t)b->n))) {
		close(fd);
		return ERR_IO;
	}
	free(b->p);
	b->p = NULL;
	b->fd = fd;
	return ERR_OK;
}

enum err smtp_body_add(struct smtp_body *b, struct str octets)
{
	uint64_t total = b->n + octets.n;
	enum err e = ERR_OK;

	must(!b->is_sealed);
	if (b->fd < 0 && (!b->p || total > b->room) && total <= SMTP_BODY_MEMORY_MAX) {
		while (b->room < total)
			b->room *= 2;
		if (!reserve(b, b->room))
			return ERR_TEMP;
		b->p = realloc(b->p, b->room);
		must(b->p); /* out of memory ends the process */
	}
	if (b->fd < 0 && total > SMTP_BODY_MEMORY_MAX)
		e = reserve(b, total) ? move_to_file(b) : ERR_TEMP;
	if (e)
		return e;
	if (b->fd >= 0) {
		e = reserve(b, total) ? write_all(b->fd, octets) : ERR_TEMP;
		if (e)
			return e;
	} else if (octets.n) {
		memcpy(b->p + b->n, octets.p, octets.n);
	}
	b->n = total;
	return ERR_OK;
}

enum err smtp_body_seal(struct smtp_body *b, struct str *octets_r)
{
	void *map;

	if (b->fd >= 0 && !b->is_sealed) {
		if (fcntl(b->fd, F_ADD_SEALS,
		          F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
			return ERR_IO;
		map = mmap(NULL, (size_t)b->n, PROT_READ, MAP_PRIVATE, b->fd, 0);
		if (map == MAP_FAILED)
			return ERR_IO;
		b->p = map;
	}
	b->is_sealed = true;
	*octets_r = str_make(b->p, (size_t)b->n);
	return ERR_OK;
}
