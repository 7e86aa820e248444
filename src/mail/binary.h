/*
 * Messages with NUL octets, made fit for protocols that cannot carry them.
 *
 * A part that holds NUL and has no encoding (RFC 2045 "binary", RFC 3030, RFC 3516) is written in
 * base64, with a Content-Transfer-Encoding field that says so; every other octet stays as it is.
 */
#ifndef TAYORI_MAIL_BINARY_H
#define TAYORI_MAIL_BINARY_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;

/*
 * Write `bytes`, whose index of parts mail_message_parse has made, to `put`, which takes the next
 * octets of the new message and returns false to stop. `a` is for scratch: a
 * few pieces of a message at a time. Fails with: ERR_INVALID (NUL where nothing can be encoded: in
 * a header, between parts, in a part that claims to be encoded already), ERR_LIMIT (`put` said
 * stop).
 */
enum err mail_binary_encode(struct arena *a, struct str bytes, struct str parts,
                            bool (*put)(void *context, struct str octets), void *context) MUST_USE;

#endif
