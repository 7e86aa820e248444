#include "src/base/unit.h"
#include "src/pop3/reply_priv.h"

/* Own trouble never looks like a wrong password (RFC 3206), and nothing is without words. */
static void test_codes(void **state)
{
	static const struct {
		enum pop3_doing doing;
		enum err err;
		const char *code;
	} rows[] = {
		{ POP3_DOING_LOGIN, ERR_AUTH, "AUTH" },
		{ POP3_DOING_LOGIN, ERR_DENIED, "AUTH" },
		{ POP3_DOING_LOGIN, ERR_LIMIT, "SYS/TEMP" },
		{ POP3_DOING_LOGIN, ERR_BUSY, "SYS/TEMP" },
		{ POP3_DOING_LOGIN, ERR_IO, "SYS/TEMP" },
		{ POP3_DOING_LOGIN, ERR_TIMEOUT, "SYS/TEMP" },
		{ POP3_DOING_OPEN, ERR_BUSY, "IN-USE" },
		{ POP3_DOING_OPEN, ERR_LIMIT, "LOGIN-DELAY" },
		{ POP3_DOING_OPEN, ERR_CORRUPT, "SYS/PERM" },
		{ POP3_DOING_OPEN, ERR_NOTFOUND, "SYS/PERM" },
		{ POP3_DOING_OPEN, ERR_TEMP, "SYS/TEMP" },
		{ POP3_DOING_READ, ERR_CORRUPT, "SYS/PERM" },
		{ POP3_DOING_READ, ERR_IO, "SYS/TEMP" },
		{ POP3_DOING_RENEW, ERR_BUSY, "SYS/TEMP" },
		{ POP3_DOING_QUIT, ERR_BUSY, "SYS/TEMP" },
		{ POP3_DOING_QUIT, ERR_IO, "SYS/TEMP" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(pop3_reply_find(rows[i].doing, rows[i].err).code, rows[i].code);
	for (enum err e = ERR_OK + 1; e < ERR_COUNT; e++) {
		const char *code = pop3_reply_find(POP3_DOING_LOGIN, e).code;

		if (e != ERR_AUTH && e != ERR_DENIED && code)
			assert_string_equal(code, "SYS/TEMP");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
