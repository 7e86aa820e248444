#include "src/base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/must.h"

#if defined(__clang__)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#endif

#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum {
	ALIGN = 16,
	CHUNK_MIN = 512,   /* an idle session must stay small */
	CHUNK_MAX = 65536, /* above this a chunk is made to measure */
};

struct chunk {
	struct chunk *next;
	size_t size;
	size_t used;
	_Alignas(ALIGN) unsigned char data[];
};

struct cleanup {
	struct cleanup *next;
	void (*fn)(void *object);
	void *object;
};

struct arena {
	struct arena *parent;
	struct arena *child; /* newest first */
	struct arena *next;  /* siblings */
	struct arena *prev;
	struct chunk *chunks; /* newest first */
	struct cleanup *cleanups;
	size_t next_size;
};

static void *need(void *p)
{
	must(p && "out of memory");
	return p;
}

struct arena *arena_new(struct arena *parent)
{
	struct arena *a = need(calloc(1, sizeof *a));

	a->next_size = CHUNK_MIN;
	a->parent = parent;
	if (parent) {
		a->next = parent->child;
		if (a->next)
			a->next->prev = a;
		parent->child = a;
	}
	return a;
}

static size_t round_up(size_t size)
{
	must(size < SIZE_MAX / 2);
	return (size + ALIGN - 1) / ALIGN * ALIGN;
}

static struct chunk *add_chunk(struct arena *a, size_t size)
{
	size_t want = size > a->next_size ? size : a->next_size;
	struct chunk *c = need(malloc(sizeof *c + want));

	c->size = want;
	c->used = 0;
	c->next = a->chunks;
	a->chunks = c;
	if (a->next_size < CHUNK_MAX)
		a->next_size *= 2;
	ASAN_POISON_MEMORY_REGION(c->data, want);
	return c;
}

void *arena_room(struct arena *a, size_t size)
{
	size_t want = round_up(size ? size : 1);
	struct chunk *c = a->chunks;
	unsigned char *p;

	if (!c || c->size - c->used < want)
		c = add_chunk(a, want);
	p = c->data + c->used;
	c->used += want;
	ASAN_UNPOISON_MEMORY_REGION(p, size);
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return memset(arena_room(a, size), 0, size);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	must(size == 0 || count <= SIZE_MAX / 2 / size);
	return arena_alloc(a, count * size);
}

void *arena_grow(struct arena *a, void *p, size_t old_size, size_t new_size)
{
	struct chunk *c = a->chunks;
	size_t old_want = round_up(old_size ? old_size : 1);
	size_t new_want = round_up(new_size ? new_size : 1);
	void *copy;

	must(new_size >= old_size);
	if (p && c && (unsigned char *)p + old_want == c->data + c->used &&
	    c->size - c->used >= new_want - old_want) {
		c->used += new_want - old_want;
		ASAN_UNPOISON_MEMORY_REGION(p, new_size);
		memset((unsigned char *)p + old_size, 0, new_size - old_size);
		return p;
	}
	copy = arena_alloc(a, new_size);
	if (p && old_size)
		memcpy(copy, p, old_size);
	return copy;
}

void arena_defer(struct arena *a, void (*fn)(void *object), void *object)
{
	struct cleanup *c = arena_alloc(a, sizeof *c);

	c->fn = fn;
	c->object = object;
	c->next = a->cleanups;
	a->cleanups = c;
}

static void free_chunks(struct arena *a)
{
	while (a->chunks) {
		struct chunk *c = a->chunks;

		a->chunks = c->next;
		ASAN_UNPOISON_MEMORY_REGION(c->data, c->size);
		free(c);
	}
}

void arena_reset(struct arena *a)
{
	while (a->child) {
		struct arena *child = a->child;

		/* Taken out here, where it is plain to see that nothing leads to it any more. */
		a->child = child->next;
		child->parent = NULL;
		arena_free(&child);
	}
	while (a->cleanups) {
		struct cleanup *c = a->cleanups;

		a->cleanups = c->next;
		c->fn(c->object);
	}
	free_chunks(a);
	a->next_size = CHUNK_MIN;
}

void arena_free(struct arena **pointer)
{
	struct arena *a = *pointer;

	if (!a)
		return;
	*pointer = NULL;
	arena_reset(a);
	if (a->prev)
		a->prev->next = a->next;
	else if (a->parent)
		a->parent->child = a->next;
	if (a->next)
		a->next->prev = a->prev;
	free(a);
}

size_t arena_bytes(const struct arena *a)
{
	size_t total = sizeof *a;

	for (const struct chunk *c = a->chunks; c; c = c->next)
		total += sizeof *c + c->size;
	for (const struct arena *child = a->child; child; child = child->next)
		total += arena_bytes(child);
	return total;
}
