/*
 * An id as people see it: in Received fields, in replies, in `tayori trace`, in logs.
 *
 * Thirteen characters of Crockford's base 32 in lower case: no confusion of 0 and o, 1, i and l;
 * they sort as the ids do. Reading takes either case and the look-alikes.
 */
#ifndef TAYORI_BASE_IDTEXT_H
#define TAYORI_BASE_IDTEXT_H

#include "src/base/str.h"

enum {
	IDTEXT_SIZE = 14
};

/* Thirteen characters and NUL. */
void idtext_format(uint64_t id, char text_r[IDTEXT_SIZE]);

/* The id of exactly thirteen characters; false when `s` is none. */
bool idtext_parse(struct str s, uint64_t *id_r);

#endif
