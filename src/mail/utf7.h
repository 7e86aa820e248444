/*
 * Mailbox names in IMAP4rev1: modified UTF-7 (RFC 3501 section 5.1.3) and UTF-8.
 *
 * Each name has exactly one modified UTF-7 form, and only that one is accepted, so no mailbox can
 * be reached under two spellings.
 */
#ifndef TAYORI_MAIL_UTF7_H
#define TAYORI_MAIL_UTF7_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;

/*
 * Modified UTF-7 to UTF-8. Points into `utf7` when there is no "&" in it.
 * Fails with: ERR_INVALID (octets outside 0x20..0x7e, not the canonical form, lone surrogates).
 */
enum err mail_utf7_decode(struct arena *a, struct str utf7, struct str *utf8_r) MUST_USE;

/* UTF-8 to modified UTF-7. Fails with: ERR_INVALID (not well-formed UTF-8). */
enum err mail_utf7_encode(struct arena *a, struct str utf8, struct str *utf7_r) MUST_USE;

#endif
