/*
 * Dates of mail: header fields (RFC 5322 section 3.3 and 4.3), INTERNALDATE and search keys of IMAP
 * (RFC 3501 section 9). Instants are milliseconds since 1970-01-01 UTC; zones are minutes east of
 * UTC.
 */
#ifndef TAYORI_MAIL_DATE_H
#define TAYORI_MAIL_DATE_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;

enum {
	MAIL_DATE_DAY_MS = 86400000
};

/*
 * Parse a Date field tolerantly: comments, missing weekday or seconds, two-digit years, obsolete
 * and missing zones, month before day, dashes. `zone_r` may be NULL. Fails with: ERR_INVALID.
 */
enum err mail_date_parse(struct str value, int64_t *ms_r, int *zone_min_r) MUST_USE;

/* "Mon, 23 Nov 2026 03:04:05 +0900". The year is kept within 0 and 9999. */
struct str mail_date_format(struct arena *a, int64_t ms, int zone_min);

/* IMAP date-time without its quotes, "23-Nov-2026 03:04:05 +0900" (" 3-Nov-..." for one digit). */
enum err mail_date_parse_imap(struct str text, int64_t *ms_r, int *zone_min_r) MUST_USE;
struct str mail_date_format_imap(struct arena *a, int64_t ms, int zone_min);

/* IMAP date of a search key without quotes, "3-Nov-2026": the day as its number since 1970-01-01.
 */
enum err mail_date_parse_day(struct str text, int64_t *day_r) MUST_USE;

/* The calendar day of an instant in a zone, as its number since 1970-01-01. */
int64_t mail_date_day(int64_t ms, int zone_min);

#endif
