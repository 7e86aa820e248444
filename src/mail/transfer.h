/*
 * Content-Transfer-Encoding (RFC 2045 section 6), decoded tolerantly: what real mail holds, not
 * what it should hold. Nothing fails.
 */
#ifndef TAYORI_MAIL_TRANSFER_H
#define TAYORI_MAIL_TRANSFER_H

#include "src/base/str.h"

struct arena;

/*
 * Decode `bytes`. `encoding` is 'b' (base64: other octets skipped, missing padding accepted,
 * decoding goes on after padding), 'q' (quoted-printable: soft breaks, blanks before a line end
 * dropped, a stray "=" kept) or anything else (as they stand). At most `max` octets come back,
 * decoding stops there. Points into `bytes` when there is nothing to decode.
 */
struct str mail_transfer_decode(struct arena *a, char encoding, struct str bytes, size_t max);

/* The letter for a Content-Transfer-Encoding value: '7', 'q', 'b', or 'u' for one we do not know.
 */
char mail_transfer_encoding(struct str token);

/* `bytes` in base64 lines of 76 with CRLF (RFC 2045 section 6.8), in `a`. */
struct str mail_transfer_base64(struct arena *a, struct str bytes);

/* `text` as quoted-printable in lines of at most 76; line ends become CRLF (section 6.7), in `a`.
 */
struct str mail_transfer_quoted(struct arena *a, struct str text);

#endif
