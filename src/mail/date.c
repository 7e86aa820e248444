#include "src/mail/date.h"

#include "src/base/arena.h"
#include "src/mail/text_priv.h"

enum {
	UNSET = -1,
	YEAR_MAX = 9999
};

static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char weekdays[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

/* A date as its text has it, before the zone is taken off. */
struct civil {
	int year, month, day; /* month 1..12 */
	int hour, minute, second;
	int zone_min;
};

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar. */
static int64_t days_from_civil(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void civil_from_days(int64_t days, struct civil *c)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	c->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	c->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	c->year = (int)(yoe + era * 400 + (c->month <= 2));
}

static int days_in_month(int year, int month)
{
	static const int days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap);
}

static bool is_valid(const struct civil *c)
{
	return c->year >= 0 && c->year <= YEAR_MAX && c->month >= 1 && c->month <= 12 &&
	       c->day >= 1 && c->day <= days_in_month(c->year, c->month) && c->hour >= 0 &&
	       c->hour <= 23 && c->minute >= 0 && c->minute <= 59 && c->second >= 0 &&
	       c->second <= 60;
}

static int64_t to_ms(const struct civil *c)
{
	int64_t seconds = days_from_civil(c->year, c->month, c->day) * 86400;

	seconds += c->hour * 3600 + c->minute * 60 + c->second - c->zone_min * 60;
	return seconds * 1000;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static struct civil from_ms(int64_t ms, int zone_min)
{
	static const int64_t least = -62167219200000; /* 0000-01-01 */
	static const int64_t most = 253402300799999;  /* 9999-12-31 */
	struct civil c = { .zone_min = zone_min };
	int64_t day, second;

	ms = ms < least ? least : ms > most ? most : ms;
	ms += zone_min * INT64_C(60000);
	ms = ms < least ? least : ms > most ? most : ms;
	day = floor_div(ms, MAIL_DATE_DAY_MS);
	second = (ms - day * MAIL_DATE_DAY_MS) / 1000;
	civil_from_days(day, &c);
	c.hour = (int)(second / 3600);
	c.minute = (int)(second / 60 % 60);
	c.second = (int)(second % 60);
	return c;
}

/* Number of the month whose name `word` begins with, 1..12, or UNSET. */
static int find_month(struct str word)
{
	for (int i = 0; i < 12 && word.n >= 3; i++)
		if (str_istarts(word, str_make(months[i], 3)))
			return i + 1;
	return UNSET;
}

/* Zones by name: RFC 5322 section 4.3, and what else is seen. Military letters mean nothing. */
static bool find_zone(struct str word, int *zone_min_r)
{
	static const struct {
		const char *name;
		int hours;
	} zones[] = { { "GMT", 0 },  { "UT", 0 },   { "UTC", 0 },  { "Z", 0 },    { "JST", 9 },
		      { "EST", -5 }, { "EDT", -4 }, { "CST", -6 }, { "CDT", -5 }, { "MST", -7 },
		      { "MDT", -6 }, { "PST", -8 }, { "PDT", -7 }, { "BST", 1 },  { "CET", 1 },
		      { "CEST", 2 }, { "MET", 1 },  { "MEST", 2 }, { "EET", 2 },  { "EEST", 3 },
		      { "MSK", 3 },  { "KST", 9 } };

	for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
		if (!str_ieq(word, str_c(zones[i].name)))
			continue;
		*zone_min_r = zones[i].hours * 60;
		return true;
	}
	return false;
}

/* Reads a Date value from left to right and sorts what it meets. */
struct reader {
	struct str rest;
	struct civil c;
	bool has_time, has_zone;
};

static struct str take_while(struct str *rest, bool (*is)(unsigned char))
{
	struct str head = { rest->p, 0 };

	while (head.n < rest->n && is(rest->p[head.n]))
		head.n++;
	*rest = str_from(*rest, head.n);
	return head;
}

/* Digits as a number; anything with more than six is too large for a date and gives 1,000,000. */
static int take_number(struct str *rest, size_t *digits_r)
{
	struct str digits = take_while(rest, is_digit);
	int value = 0;

	for (size_t i = 0; i < digits.n; i++)
		value = value >= 100000 ? 1000000 : value * 10 + (digits.p[i] - '0');
	*digits_r = digits.n;
	return value;
}

static void skip_comment(struct str *rest)
{
	size_t depth = 0, i = 0;

	for (; i < rest->n; i++) {
		if (rest->p[i] == '\\')
			i++;
		else if (rest->p[i] == '(')
			depth++;
		else if (rest->p[i] == ')' && --depth == 0)
			break;
	}
	*rest = str_from(*rest, i < rest->n ? i + 1 : rest->n);
}

static void read_word(struct reader *r)
{
	struct str word = take_while(&r->rest, is_alpha);
	int month = find_month(word);

	if (r->has_time && !r->has_zone && find_zone(word, &r->c.zone_min)) {
		r->has_zone = true;
	} else if (r->c.month == UNSET && month != UNSET) {
		r->c.month = month;
	} else if (r->has_time && word.n == 2 && (word.p[1] | 0x20) == 'm') {
		if ((word.p[0] | 0x20) == 'p' && r->c.hour < 12)
			r->c.hour += 12;
		else if ((word.p[0] | 0x20) == 'a' && r->c.hour == 12)
			r->c.hour = 0;
	}
}

/* Past blanks and comments, which may stand between any two tokens (RFC 5322 section 4.3). */
static struct str skip_cfws(struct str rest)
{
	while (rest.n && (is_space(rest.p[0]) || rest.p[0] == '(')) {
		if (rest.p[0] == '(')
			skip_comment(&rest);
		else
			rest = str_from(rest, 1);
	}
	return rest;
}

/* Past ":" when it and a digit follow. */
static bool take_colon(struct str *rest)
{
	struct str after = skip_cfws(*rest);

	if (after.n == 0 || after.p[0] != ':')
		return false;
	after = skip_cfws(str_from(after, 1));
	if (after.n == 0 || !is_digit(after.p[0]))
		return false;
	*rest = after;
	return true;
}

/* "hh:" was read. */
static void read_time(struct reader *r, int hour)
{
	size_t digits;

	r->has_time = true;
	r->c.hour = hour;
	r->c.minute = take_number(&r->rest, &digits);
	if (!take_colon(&r->rest))
		return;
	r->c.second = take_number(&r->rest, &digits);
	if (r->rest.n > 1 && r->rest.p[0] == '.' && is_digit(r->rest.p[1])) {
		r->rest = str_from(r->rest, 1);
		take_number(&r->rest, &digits);
	}
}

/* RFC 5322 section 4.3: two digits below 50 are this century, three count from 1900. */
static int full_year(int value, size_t digits)
{
	if (digits >= 4)
		return value;
	if (digits == 3)
		return value + 1900;
	return value < 50 ? value + 2000 : value + 1900;
}

static void read_digits(struct reader *r)
{
	size_t digits;
	int value = take_number(&r->rest, &digits);

	if (!r->has_time && take_colon(&r->rest))
		read_time(r, value);
	else if (digits >= 4 && r->c.year == UNSET)
		r->c.year = value;
	else if (r->c.year != UNSET && r->c.month == UNSET && r->c.day == UNSET)
		r->c.month = value; /* 2026-11-23 */
	else if (r->c.day == UNSET)
		r->c.day = value;
	else if (r->c.year == UNSET)
		r->c.year = full_year(value, digits);
}

/* "+0900", "+09:00", "-5"; a sign before the time is a dash of the date. */
static void read_sign(struct reader *r)
{
	int sign = r->rest.p[0] == '-' ? -1 : 1;
	size_t digits;
	int value, hours, minutes;

	r->rest = str_from(r->rest, 1);
	if (!r->has_time || r->has_zone || r->rest.n == 0 || !is_digit(r->rest.p[0]))
		return;
	value = take_number(&r->rest, &digits);
	hours = digits > 2 ? value / 100 : value;
	minutes = digits > 2 ? value % 100 : 0;
	if (digits <= 2 && r->rest.n > 1 && r->rest.p[0] == ':') {
		r->rest = str_from(r->rest, 1);
		minutes = take_number(&r->rest, &digits);
	}
	r->has_zone = true;
	if (hours <= 23 && minutes <= 59)
		r->c.zone_min = sign * (hours * 60 + minutes);
}

enum err mail_date_parse(struct str value, int64_t *ms_r, int *zone_min_r)
{
	struct reader r = {
		.rest = str_first(value, 1000),
		.c = { .year = UNSET, .month = UNSET, .day = UNSET },
	};

	while (r.rest.n) {
		unsigned char c = r.rest.p[0];

		if (is_alpha(c))
			read_word(&r);
		else if (is_digit(c))
			read_digits(&r);
		else if (c == '(')
			skip_comment(&r.rest);
		else if (c == '+' || c == '-')
			read_sign(&r);
		else
			r.rest = str_from(r.rest, 1);
	}
	if (!is_valid(&r.c))
		return ERR_INVALID;
	*ms_r = to_ms(&r.c);
	if (zone_min_r)
		*zone_min_r = r.c.zone_min;
	return ERR_OK;
}

static unsigned zone_digits(int zone_min)
{
	unsigned z = (unsigned)(zone_min < 0 ? -zone_min : zone_min) % 6000;

	return z / 60 * 100 + z % 60;
}

struct str mail_date_format(struct arena *a, int64_t ms, int zone_min)
{
	struct civil c = from_ms(ms, zone_min);
	int64_t days = days_from_civil(c.year, c.month, c.day);
	int64_t weekday = (days % 7 + 11) % 7; /* 1970-01-01 was a Thursday */

	return str_printf(a, "%s, %d %s %04d %02d:%02d:%02d %c%04u", weekdays[weekday], c.day,
	                  months[c.month - 1], c.year, c.hour, c.minute, c.second,
	                  zone_min < 0 ? '-' : '+', zone_digits(zone_min));
}

struct str mail_date_format_imap(struct arena *a, int64_t ms, int zone_min)
{
	struct civil c = from_ms(ms, zone_min);

	return str_printf(a, "%2d-%s-%04d %02d:%02d:%02d %c%04u", c.day, months[c.month - 1],
	                  c.year, c.hour, c.minute, c.second, zone_min < 0 ? '-' : '+',
	                  zone_digits(zone_min));
}

/* Exactly `n` digits, removed from `*rest`; false leaves the result alone. */
static bool take_digits(struct str *rest, size_t n, int *value_r)
{
	uint64_t value;

	if (rest->n < n || !str_to_u64(str_first(*rest, n), 9999, &value))
		return false;
	*rest = str_from(*rest, n);
	*value_r = (int)value;
	return true;
}

static bool take_byte(struct str *rest, unsigned char c)
{
	if (rest->n == 0 || rest->p[0] != c)
		return false;
	*rest = str_from(*rest, 1);
	return true;
}

/* date-day "-" date-month "-" date-year (RFC 3501 section 9). */
static bool take_day(struct str *rest, struct civil *c)
{
	size_t digits = rest->n > 1 && is_digit(rest->p[1]) ? 2 : 1;

	if (!take_digits(rest, digits, &c->day) || !take_byte(rest, '-') || rest->n < 3)
		return false;
	c->month = find_month(str_first(*rest, 3));
	*rest = str_from(*rest, 3);
	return take_byte(rest, '-') && take_digits(rest, 4, &c->year);
}

static bool take_zone(struct str *rest, struct civil *c)
{
	int sign = take_byte(rest, '-') ? -1 : 1;
	int hours, minutes;

	if (sign == 1 && !take_byte(rest, '+'))
		return false;
	if (!take_digits(rest, 2, &hours) || !take_digits(rest, 2, &minutes))
		return false;
	c->zone_min = sign * (hours * 60 + minutes);
	return hours <= 23 && minutes <= 59;
}

enum err mail_date_parse_imap(struct str text, int64_t *ms_r, int *zone_min_r)
{
	struct civil c = { 0 };

	/* date-day-fixed is two digits or a space and one. */
	if (text.n && text.p[0] == ' ')
		text = str_from(text, 1);
	if (!take_day(&text, &c) || !take_byte(&text, ' ') || !take_digits(&text, 2, &c.hour) ||
	    !take_byte(&text, ':') || !take_digits(&text, 2, &c.minute) || !take_byte(&text, ':') ||
	    !take_digits(&text, 2, &c.second) || !take_byte(&text, ' ') || !take_zone(&text, &c) ||
	    text.n || !is_valid(&c))
		return ERR_INVALID;
	*ms_r = to_ms(&c);
	if (zone_min_r)
		*zone_min_r = c.zone_min;
	return ERR_OK;
}

enum err mail_date_parse_day(struct str text, int64_t *day_r)
{
	struct civil c = { 0 };

	if (!take_day(&text, &c) || text.n || !is_valid(&c))
		return ERR_INVALID;
	*day_r = days_from_civil(c.year, c.month, c.day);
	return ERR_OK;
}

int64_t mail_date_day(int64_t ms, int zone_min)
{
	struct civil c = from_ms(ms, zone_min);

	return days_from_civil(c.year, c.month, c.day);
}
