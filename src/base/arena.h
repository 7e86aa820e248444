/*
 * Memory by lifetime.
 *
 * An arena hands out zeroed memory that is given back all at once. Arenas form a tree: process,
 * session, transaction, command. Freeing or resetting one frees its children and runs the clean-ups
 * registered in it, newest first. Ending a lifetime is dropping its arena; nothing in it is freed
 * by hand. Running out of memory ends the process, so every size that input can influence needs a
 * cap before it comes here. An arena belongs to one thread at a time. Under AddressSanitizer the
 * memory of a reset arena is poisoned.
 */
#ifndef TAYORI_BASE_ARENA_H
#define TAYORI_BASE_ARENA_H

#include <stddef.h>

struct arena;

/* A child of `parent`, or the root of a new tree when it is NULL. Returns owned: arena_free. */
struct arena *arena_new(struct arena *parent) __attribute__((returns_nonnull));

/* `size` zeroed bytes, aligned for any type; valid until the arena is reset or freed. */
void *arena_alloc(struct arena *a, size_t size)
	__attribute__((returns_nonnull, nonnull, malloc, alloc_size(2)));

/* The same without zeroes, for octets that are about to be written. */
void *arena_room(struct arena *a, size_t size)
	__attribute__((returns_nonnull, nonnull, malloc, alloc_size(2)));

/* `count` zeroed elements of `size` bytes; an overflowing product is a bug. */
void *arena_array(struct arena *a, size_t count, size_t size)
	__attribute__((returns_nonnull, nonnull, malloc, alloc_size(2, 3)));

/* One zeroed object of a type. */
#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))

/*
 * Make the newest allocation `p` of `old_size` bytes `new_size` bytes long, in place when it fits;
 * otherwise a copy. The added bytes are zero.
 */
void *arena_grow(struct arena *a, void *p, size_t old_size, size_t new_size)
	__attribute__((returns_nonnull, nonnull(1)));

/* Call `fn(object)` when `a` is reset or freed; newest first. */
void arena_defer(struct arena *a, void (*fn)(void *object), void *object)
	__attribute__((nonnull(1, 2)));

/* Free the children and everything allocated, run the clean-ups; `a` itself stays usable. */
void arena_reset(struct arena *a) __attribute__((nonnull));

/* Reset, then free the arena itself; sets the pointer to NULL. Accepts a pointer to NULL. */
void arena_free(struct arena **a) __attribute__((nonnull));

/* Bytes of memory held, children included. */
size_t arena_bytes(const struct arena *a) __attribute__((nonnull));

#endif
