#include "src/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/must.h"

unsigned char *buf_reserve(struct buf *b, size_t n)
{
	size_t want, room;

	if (n > b->max || b->n > b->max - n)
		return NULL;
	want = b->n + n;
	if (want <= b->room)
		return b->p + b->n;
	room = b->room ? b->room * 2 : 64;
	if (room < want)
		room = want;
	if (room > b->max)
		room = b->max;
	if (b->arena)
		b->p = arena_grow(b->arena, b->p, b->room, room);
	else
		b->p = realloc(b->p, room);
	must(b->p && "out of memory");
	b->room = room;
	return b->p + b->n;
}

enum err buf_add(struct buf *b, struct str s)
{
	unsigned char *p;

	if (s.n == 0)
		return ERR_OK;
	p = buf_reserve(b, s.n);
	if (!p)
		return ERR_LIMIT;
	memcpy(p, s.p, s.n);
	b->n += s.n;
	return ERR_OK;
}

enum err buf_add_c(struct buf *b, const char *s)
{
	return buf_add(b, str_c(s));
}

enum err buf_add_byte(struct buf *b, unsigned char c)
{
	return buf_add(b, str_make(&c, 1));
}

enum err buf_add_u64(struct buf *b, uint64_t value)
{
	unsigned char digits[20];
	size_t at = sizeof digits;

	do {
		digits[--at] = (unsigned char)('0' + value % 10);
		value /= 10;
	} while (value);
	return buf_add(b, str_make(digits + at, sizeof digits - at));
}

enum err buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	char small[256], *big;
	enum err e;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(small, sizeof small, format, args);
	must(n >= 0);
	if ((size_t)n < sizeof small) {
		e = buf_add(b, str_make(small, (size_t)n));
	} else {
		big = malloc((size_t)n + 1);
		must(big && "out of memory");
		vsnprintf(big, (size_t)n + 1, format, again);
		e = buf_add(b, str_make(big, (size_t)n));
		free(big);
	}
	va_end(again);
	va_end(args);
	return e;
}

void buf_drop(struct buf *b, size_t n)
{
	must(n <= b->n);
	b->n -= n;
	if (b->n)
		memmove(b->p, b->p + n, b->n);
}

void buf_clear(struct buf *b)
{
	if (!b->arena)
		free(b->p);
	b->p = NULL;
	b->n = b->room = 0;
}
