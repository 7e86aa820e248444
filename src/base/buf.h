/*
 * A growing byte buffer with a hard cap.
 *
 * The cap is given at birth, not at each append: an append beyond it fails with ERR_LIMIT and
 *leaves the content unchanged. Content may hold NUL. Memory comes from an arena, or from the heap
 *when the arena is NULL; only a heap buffer needs buf_clear.
 *
 *	struct buf b = buf_in(arena, 4096);
 *	if (buf_add(&b, STR("hello ")) || buf_printf(&b, "%d", 7))
 *		return ERR_LIMIT;
 */
#ifndef TAYORI_BASE_BUF_H
#define TAYORI_BASE_BUF_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;

struct buf {
	unsigned char *p;
	size_t n;
	size_t room;
	size_t max;
	struct arena *arena;
};

/* Empty buffer of at most `max` bytes in `a` (keeps: until the arena is reset), or on the heap. */
static inline struct buf buf_in(struct arena *a, size_t max)
{
	return (struct buf){ .max = max, .arena = a };
}

/* Append. Fails with: ERR_LIMIT. */
enum err buf_add(struct buf *b, struct str s) MUST_USE;
enum err buf_add_c(struct buf *b, const char *s) MUST_USE;
enum err buf_add_byte(struct buf *b, unsigned char c) MUST_USE;
enum err buf_add_u64(struct buf *b, uint64_t value) MUST_USE;
enum err buf_printf(struct buf *b, const char *format, ...) MUST_USE
	__attribute__((format(printf, 2, 3)));

/* Room for `n` more bytes; the caller fills them and adds to `b->n`. NULL beyond the cap. */
unsigned char *buf_reserve(struct buf *b, size_t n) MUST_USE;

/* Drop the first `n` bytes. */
void buf_drop(struct buf *b, size_t n);

/* Content so far; valid until the next change of `b`. */
static inline struct str buf_str(const struct buf *b)
{
	return str_make(b->p, b->n);
}

/* Empty it and free the memory of a heap buffer. */
void buf_clear(struct buf *b);

#endif
