#include <string.h>

#include "src/base/unit.h"
#include "src/mail/trace.h"

static void test_trace_received(void **state)
{
	struct mail_trace t = {
		.helo = STR("mx.example.net"),
		.client_name = STR("mx.example.net"),
		.client_ip = STR("2001:db8::1"),
		.by = STR("mail.example.org"),
		.id = STR("5f3a9c"),
		.rcpt = STR("ann@example.org"),
		.tls = STR("TLSv1.3 with cipher TLS_AES_256_GCM_SHA384"),
		.is_esmtp = true,
		.when_ms = INT64_C(1795370645000),
		.zone_min = 540,
	};

	assert_str(mail_trace_received(*state, &t),
	           "Received: from mx.example.net (mx.example.net [IPv6:2001:db8::1])\r\n"
	           "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384) by mail.example.org\r\n"
	           "\twith ESMTPS id 5f3a9c for <ann@example.org>;\r\n"
	           "\tMon, 23 Nov 2026 03:04:05 +0900\r\n");
	assert_str(mail_trace_received(*state,
	                               &(struct mail_trace){ .by = STR("x"), .is_lmtp = true }),
	           "Received: from unknown by x with LMTP; Thu, 1 Jan 1970 00:00:00 +0000\r\n");
}

static void test_trace_with(void **state)
{
	(void)state;
	assert_str(mail_trace_with(&(struct mail_trace){ .tls = STR("x") }), "SMTP");
	assert_str(mail_trace_with(&(struct mail_trace){ .is_esmtp = true }), "ESMTP");
	assert_str(mail_trace_with(&(struct mail_trace){
			   .is_esmtp = true, .is_auth = true, .tls = STR("x") }),
	           "ESMTPSA");
	assert_str(mail_trace_with(&(struct mail_trace){
			   .is_esmtp = true, .is_utf8 = true, .is_auth = true }),
	           "UTF8SMTPA");
	assert_str(mail_trace_with(&(struct mail_trace){
			   .is_lmtp = true, .is_utf8 = true, .tls = STR("x") }),
	           "UTF8LMTPS");
}

/* Nothing a peer sends can end the field, a comment or a clause, or make a line too long. */
static void test_trace_hostile(void **state)
{
	char all[256], huge[5000];
	struct str evil, field;
	size_t line = 0;

	for (unsigned i = 0; i < 256; i++)
		all[i] = (char)i;
	memset(huge, 'x', sizeof huge);
	for (unsigned round = 0; round < 2; round++) {
		evil = round ? str_make(huge, sizeof huge) : str_make(all, sizeof all);
		field = mail_trace_received(*state, &(struct mail_trace){ .helo = evil,
		                                                          .client_name = evil,
		                                                          .client_ip = evil,
		                                                          .by = evil,
		                                                          .id = evil,
		                                                          .rcpt = evil,
		                                                          .tls = evil });
		assert_true(str_is_ascii(field));
		for (size_t i = 0; i < field.n; i++) {
			line = field.p[i] == '\n' ? 0 : line + 1;
			assert_true(line <= 998);
			assert_true(field.p[i] >= ' ' || strchr("\r\n\t", field.p[i]));
			if (field.p[i] == '\n' && i + 1 < field.n)
				assert_int_equal(field.p[i + 1], '\t');
		}
	}
	assert_str(mail_trace_return_path(*state, STR("a\r\nX: y>")),
	           "Return-Path: <a??X: y?>\r\n");
	assert_str(mail_trace_return_path(*state, STR("")), "Return-Path: <>\r\n");
	assert_str(mail_trace_delivered_to(*state, STR("ann@example.org")),
	           "Delivered-To: ann@example.org\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_trace_received, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test(test_trace_with),
		cmocka_unit_test_setup_teardown(test_trace_hostile, unit_arena_new,
		                                unit_arena_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
