/*
 * What can be known about charsets without tables: labels, guesses, and the arithmetic between the
 * encodings of JIS X 0208.
 */
#ifndef TAYORI_MAIL_CHARSET_PRIV_H
#define TAYORI_MAIL_CHARSET_PRIV_H

#include "src/base/str.h"

struct arena;

enum charset_kind {
	CHARSET_UNKNOWN,
	CHARSET_ASCII,
	CHARSET_UTF8,
	CHARSET_ISO2022JP,
	CHARSET_SJIS,
	CHARSET_EUCJP,
	CHARSET_ICU, /* by name */
};

/* A label without quotes, blanks, comments and other dirt around it. */
struct str charset_trim_label(struct str label);

/*
 * The meaning of a trimmed label in mail; `*name_r` is set for CHARSET_ICU. CHARSET_UNKNOWN means
 * only that this table does not have it.
 */
enum charset_kind charset_find_label(struct str label, const char **name_r);

/* What unlabelled octets probably are; CHARSET_UNKNOWN when they fit nothing. */
enum charset_kind charset_guess(struct str bytes);

/*
 * To Shift_JIS with the rows of windows-31j, in `a`. False when `bytes` use a set that it lacks
 * (JIS X 0212, GB 2312, KS C 5601): then ICU must do it.
 */
bool charset_iso2022jp_to_sjis(struct arena *a, struct str bytes, struct str *sjis_r);
bool charset_eucjp_to_sjis(struct arena *a, struct str bytes, struct str *sjis_r);

#endif
