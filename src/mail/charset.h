/*
 * Charsets: anything to UTF-8, and folding for searches.
 *
 * ICU does the tables; ASCII and UTF-8 never reach it. Converters are kept per thread. Nothing
 * fails: what has no meaning becomes U+FFFD. Labels are read as mail really uses them: windows-1252
 * for iso-8859-1, windows-31j for Shift_JIS and for the JIS X 0208 rows in ISO-2022-JP and EUC-JP
 * (NEC and IBM extensions, half-width kana), gb18030 for gb2312, windows-949 for ks_c_5601-1987.
 */
#ifndef TAYORI_MAIL_CHARSET_H
#define TAYORI_MAIL_CHARSET_H

#include "src/base/str.h"

struct arena;

/*
 * `bytes` in the charset `label` as well-formed UTF-8 of at most `max` octets, cut between
 * characters. An empty, unknown or "us-ascii" label with 8-bit octets is guessed: UTF-8, then
 * ISO-2022-JP, EUC-JP, Shift_JIS, then windows-1252. Points into `bytes` when they are the answer.
 */
struct str mail_charset_to_utf8(struct arena *a, struct str label, struct str bytes, size_t max);

/* True when the label names a charset that we can convert (IMAP SEARCH CHARSET). */
bool mail_charset_is_known(struct str label);

/*
 * Text folded for comparison and substring search: NFKC_Casefold of Unicode, so that full-width and
 * half-width, composed and decomposed, upper and lower case are alike. Ill-formed octets become
 * U+FFFD. ASCII without capitals comes back as it is.
 */
struct str mail_charset_fold(struct arena *a, struct str utf8);

/* True when UTF-8 text, folded, holds `folded`, which is. Nothing is copied where it is ASCII. */
bool mail_charset_holds(struct arena *a, struct str utf8, struct str folded);

/* Text as i;unicode-casemap compares it, octet by octet (RFC 5051): titlecase, decomposed. */
struct str mail_charset_casemap(struct arena *a, struct str utf8);

/* UTF-8 in Unicode normal form C; ill-formed octets become U+FFFD. */
struct str mail_charset_nfc(struct arena *a, struct str utf8);

/* At most `n` octets of well-formed UTF-8, cut between characters. */
struct str mail_charset_first(struct str utf8, size_t n);

#endif
