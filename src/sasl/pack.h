/*
 * Numbers and texts one behind the other, for saved sessions: seven bits an octet, least first, and
 * texts with their length before them. Nothing names the fields: writer and reader agree on the
 * order, and a version stands first.
 */
#ifndef TAYORI_SASL_PACK_H
#define TAYORI_SASL_PACK_H

#include "src/base/buf.h"
#include "src/base/err.h"
#include "src/base/str.h"

/* Append. Fails with: ERR_LIMIT. */
enum err sasl_pack_add_u64(struct buf *out, uint64_t value) MUST_USE;
enum err sasl_pack_add_str(struct buf *out, struct str s) MUST_USE;

/* Take from the front of `rest`; false (and `rest` of no further use) when it is not there whole.
 */
bool sasl_pack_take_u64(struct str *rest, uint64_t *value_r) MUST_USE;
bool sasl_pack_take_str(struct str *rest, struct str *s_r) MUST_USE;

#endif
