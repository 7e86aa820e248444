#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/mail/envelope.h"
#include "src/mail/message.h"

static struct arena *a;

static int set_up(void **state)
{
	(void)state;
	a = arena_new(NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&a);
	return 0;
}

static void assert_text(struct str is, const char *wanted)
{
	assert_string_equal(str_dup_c(a, is), wanted);
}

static struct mail_envelope split(const char *header)
{
	struct mail_message m;
	struct mail_envelope e;

	mail_message_parse(a, str_c(header), NULL, &m);
	assert_true(mail_envelope_split(m.envelope, &e));
	return e;
}

static void test_split_finds_all_fields(void **state)
{
	struct mail_envelope e = split("Date: Mon, 23 Nov 2026 12:34:56 +0900\r\n"
	                               "Subject: a \"quoted\" \\ word\r\n"
	                               "From: \"Doe, John\" <john@example.org>\r\n"
	                               "Cc: =?utf-8?q?J=C3=BCrgen?= <j@example.net>, x@y\r\n"
	                               "In-Reply-To: <1@a>\r\nMessage-ID: <2@a>\r\n\r\n");

	(void)state;
	assert_text(mail_envelope_text(a, e.field[MAIL_ENVELOPE_DATE]),
	            "Mon, 23 Nov 2026 12:34:56 +0900");
	assert_text(mail_envelope_text(a, e.field[MAIL_ENVELOPE_SUBJECT]), "a \"quoted\" \\ word");
	assert_text(mail_envelope_people(a, e.field[MAIL_ENVELOPE_FROM], 1000),
	            "Doe, John <john@example.org>");
	assert_text(mail_envelope_people(a, e.field[MAIL_ENVELOPE_SENDER], 1000),
	            "Doe, John <john@example.org>");
	assert_text(mail_envelope_people(a, e.field[MAIL_ENVELOPE_CC], 1000),
	            "J\xc3\xbcrgen <j@example.net>, x@y");
	assert_true(mail_envelope_is_nil(e.field[MAIL_ENVELOPE_TO]));
	assert_text(mail_envelope_people(a, e.field[MAIL_ENVELOPE_TO], 1000), "");
	assert_text(mail_envelope_text(a, e.field[MAIL_ENVELOPE_IN_REPLY_TO]), "<1@a>");
	assert_text(mail_envelope_text(a, e.field[MAIL_ENVELOPE_MESSAGE_ID]), "<2@a>");
}

static void test_split_reads_literals_and_groups(void **state)
{
	struct mail_envelope e = split("Subject: caf\xe9 (\r\nTo: Friends: a@b, c@d;, e@f\r\n\r\n");
	struct str list = e.field[MAIL_ENVELOPE_TO];
	struct mail_envelope_address x;

	(void)state;
	assert_text(mail_envelope_text(a, e.field[MAIL_ENVELOPE_SUBJECT]), "caf\xe9 (");
	assert_text(mail_envelope_people(a, list, 1000), "Friends: a@b, c@d;, e@f");
	assert_text(mail_envelope_people(a, list, 10), "Friends: a");
	assert_true(mail_envelope_next(a, &list, &x));
	assert_true(x.has_mailbox && !x.has_host);
	assert_text(x.mailbox, "Friends");
	assert_true(mail_envelope_next(a, &list, &x));
	assert_true(x.has_mailbox && x.has_host);
	assert_text(x.host, "b");
}

static void test_split_refuses_what_is_none(void **state)
{
	static const char *const bad[] = {
		"",
		"(",
		"()",
		"NIL",
		"(NIL NIL)",
		"(\"a NIL NIL NIL NIL NIL NIL NIL NIL NIL)",
		"({9}\r\nab NIL NIL NIL NIL NIL NIL NIL NIL NIL)",
		"(NIL NIL ((NIL NIL NIL NIL) NIL NIL NIL NIL NIL NIL NIL)",
		"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)",
	};
	struct mail_envelope e;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(mail_envelope_split(str_c(bad[i]), &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_split_finds_all_fields, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_split_reads_literals_and_groups, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(test_split_refuses_what_is_none, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
