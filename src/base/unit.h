/*
 * What a unit test includes: cmocka, and helpers that every room's tests share. Tests only.
 */
#ifndef TAYORI_BASE_UNIT_H
#define TAYORI_BASE_UNIT_H

/* cmocka's header wants these before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
/* clang-format on */

#include "src/base/arena.h"
#include "src/base/str.h"

/* Fail unless `got` holds exactly the octets of the C string `want`. */
#define assert_str(got, want) unit_assert_str((got), str_c(want), __FILE__, __LINE__)

static inline void unit_assert_str(struct str got, struct str want, const char *file, int line)
{
	if (str_eq(got, want))
		return;
	print_error("got \"%.*s\"\nnot \"%.*s\"\n", STR_ARG(got), STR_ARG(want));
	_fail(file, line);
}

/* The set-up and tear-down of tests whose state is an arena. */
static inline int unit_arena_new(void **state)
{
	*state = arena_new(NULL);
	return 0;
}

static inline int unit_arena_free(void **state)
{
	struct arena *a = *state;

	arena_free(&a);
	return 0;
}

#endif
