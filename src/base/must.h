/*
 * Assertions that stay in every build.
 *
 * `must(cond)` states what the code believes; when it is wrong the process aborts with the place
 * and the condition, and the supervisor restarts the role. It is for bugs, never for bad input.
 */
#ifndef TAYORI_BASE_MUST_H
#define TAYORI_BASE_MUST_H

#ifdef __cppcheck__
/* It follows an if and abort(), not the form below. */
#include <stdlib.h>
#define must(cond)               \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)
#else
#define must(cond) \
	(__builtin_expect(!(cond), 0) ? must_failed(__FILE__, __LINE__, __func__, #cond) : (void)0)
#endif

/* Print the place to stderr and abort. Does not return. */
void must_failed(const char *file, int line, const char *func, const char *cond)
	__attribute__((noreturn, cold));

#endif
