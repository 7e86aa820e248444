#include "src/base/unit.h"
#include "src/mail/date.h"

static void test_date_parse(void **state)
{
	static const struct {
		const char *value;
		int64_t seconds;
		int zone;
	} table[] = {
		{ "Mon, 23 Nov 2026 03:04:05 +0900", 1795370645, 540 },
		{ "23 Nov 2026 03:04:05 +0900", 1795370645, 540 },
		{ "Thu, 01 Jan 1970 00:00:00 +0000", 0, 0 },
		{ "Fri, 21 Nov 1997 09:55:06 -0600", 880127706, -360 },
		{ "Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n"
		  "               -0330 (Newfoundland Time)",
		  -27723480, -210 },
		{ "21 Nov 97 09:55:06 GMT", 880106106, 0 },
		{ "Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", 880127706, -360 },
		{ "Tue, 1 Jul 2003 10:52:37 EST", 1057074757, -300 },
		{ "Tue, 1 Jul 03 10:52:37 JST", 1057024357, 540 },
		{ "Tue Jul  1 10:52:37 2003", 1057056757, 0 },
		{ "Tue, Jul 1 2003 10:52:37 +09:00", 1057024357, 540 },
		{ "1-Jul-2003 10:52:37 +0900", 1057024357, 540 },
		{ "2003-07-01T10:52:37+09:00", 1057024357, 540 },
		{ "2003-07-01 10:52:37.123 +0000", 1057056757, 0 },
		{ "1 July 2003 10:52:37 PM", 1057099957, 0 },
		{ "1 Jul 2003", 1057017600, 0 },
		{ "Sat, 31 Dec 2016 23:59:60 +0000", 1483228800, 0 },
		{ "Tue, 1 Jul 103 10:52:37 Z", 1057056757, 0 },
		{ "Tue, 1 Jul 2003 10:52:37 +9999", 1057056757, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		int64_t ms;
		int zone;

		assert_int_equal(mail_date_parse(str_c(table[i].value), &ms, &zone), ERR_OK);
		assert_int_equal(ms, table[i].seconds * 1000);
		assert_int_equal(zone, table[i].zone);
	}
}

static void test_date_parse_refuses(void **state)
{
	static const char *const table[] = { "",
		                             "yesterday",
		                             "32 Jan 2003 00:00:00 +0000",
		                             "29 Feb 2003",
		                             "1 Jan 2003 25:00:00",
		                             "1 Foo 2003",
		                             "99999999999999 Jan 1",
		                             "(((((",
		                             "1 Jan",
		                             "-1 -1 -1",
		                             "0 Jan 2003" };
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		assert_int_equal(mail_date_parse(str_c(table[i]), &ms, NULL), ERR_INVALID);
}

static void test_date_format(void **state)
{
	assert_str(mail_date_format(*state, INT64_C(1795370645000), 540),
	           "Mon, 23 Nov 2026 03:04:05 +0900");
	assert_str(mail_date_format(*state, INT64_C(1795370645999), -210),
	           "Sun, 22 Nov 2026 14:34:05 -0330");
	assert_str(mail_date_format(*state, 0, 0), "Thu, 1 Jan 1970 00:00:00 +0000");
	assert_str(mail_date_format(*state, -1, 0), "Wed, 31 Dec 1969 23:59:59 +0000");
	assert_str(mail_date_format(*state, INT64_MAX, 540), "Fri, 31 Dec 9999 23:59:59 +0900");
	assert_str(mail_date_format(*state, INT64_MIN, -540), "Sat, 1 Jan 0000 00:00:00 -0900");
}

static void test_date_imap(void **state)
{
	static const char *const bad[] = { "",
		                           "17-Jul-1996",
		                           "17-Jul-96 02:44:25 -0700",
		                           "17-Jul-1996 02:44:25",
		                           "31-Feb-1996 02:44:25 -0700",
		                           "17-Jul-1996 02:44:25 -0700 ",
		                           "17-Jul-1996 2:44:25 -0700",
		                           "17-Jul-1996 02:44:25 0700",
		                           "17-Jul-1996 02:44:25 -0799",
		                           "17-Foo-1996 02:44:25 -0700",
		                           "  1-Jul-1996 02:44:25 -0700" };
	int64_t ms, day;
	int zone;

	assert_int_equal(mail_date_parse_imap(STR("17-Jul-1996 02:44:25 -0700"), &ms, &zone),
	                 ERR_OK);
	assert_int_equal(ms, INT64_C(837596665000));
	assert_int_equal(zone, -420);
	assert_str(mail_date_format_imap(*state, ms, zone), "17-Jul-1996 02:44:25 -0700");
	assert_int_equal(mail_date_parse_imap(STR(" 1-jul-1996 02:44:25 -0700"), &ms, NULL),
	                 ERR_OK);
	assert_str(mail_date_format_imap(*state, ms, -420), " 1-Jul-1996 02:44:25 -0700");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(mail_date_parse_imap(str_c(bad[i]), &ms, NULL), ERR_INVALID);
	assert_int_equal(mail_date_parse_day(STR("1-Feb-1970"), &day), ERR_OK);
	assert_int_equal(day, 31);
	assert_int_equal(mail_date_parse_day(STR("01-Feb-1970"), &day), ERR_OK);
	assert_int_equal(mail_date_parse_day(STR("1-Feb-1970 "), &day), ERR_INVALID);
	assert_int_equal(mail_date_day(-1, 0), -1);
	assert_int_equal(mail_date_day(-1, 1), 0);
}

static void test_date_round_trip(void **state)
{
	/* Every 26 hours and a bit from the year 0 to 9999. */
	for (int64_t ms = -INT64_C(62167219200000); ms < INT64_C(253402300799999);
	     ms += 937000000000) {
		int64_t back;

		assert_int_equal(mail_date_parse(mail_date_format(*state, ms, 0), &back, NULL),
		                 ERR_OK);
		assert_int_equal(back, ms / 1000 * 1000);
		assert_int_equal(
			mail_date_parse_imap(mail_date_format_imap(*state, ms, 0), &back, NULL),
			ERR_OK);
		assert_int_equal(back, ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_date_parse, unit_arena_new, unit_arena_free),
		cmocka_unit_test_setup_teardown(test_date_parse_refuses, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_date_format, unit_arena_new, unit_arena_free),
		cmocka_unit_test_setup_teardown(test_date_imap, unit_arena_new, unit_arena_free),
		cmocka_unit_test_setup_teardown(test_date_round_trip, unit_arena_new,
		                                unit_arena_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
