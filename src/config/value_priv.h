/*
 * Text to value and back, for one option.
 */
#ifndef TAYORI_CONFIG_VALUE_PRIV_H
#define TAYORI_CONFIG_VALUE_PRIV_H

#include "src/base/err.h"
#include "src/base/str.h"
#include "src/config/option.h"

struct arena;
struct buf;
struct config_net;

/* The field of an OPTION_NETS: a pointer and, right after it, a count. */
struct option_nets {
	const struct config_net *nets;
	size_t n;
};

/* Longest complaint that option_value_parse writes. */
enum {
	OPTION_WHY_MAX = 400
};

/*
 * Read `text` as a value of `o` into its field in `base`; copies go to `a`. On failure `why` says
 * what is wrong and what to write instead. Not for OPTION_NETS. Fails with: ERR_INVALID.
 */
enum err option_value_parse(const struct option *o, void *base, struct arena *a, const char *text,
                            char why[OPTION_WHY_MAX]) MUST_USE;

/* The field of `o` in `base` as the file would have it. Fails with: ERR_LIMIT. */
enum err option_value_format(const struct option *o, const void *base, struct buf *out) MUST_USE;

#endif
