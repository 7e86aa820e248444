#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/imap/fetch_priv.h"

static struct arena *a;

static bool parse(const char *text, struct imap_fetch *f)
{
	struct imap_parser p = { .rest = str_c(text), .arena = a };

	*f = (struct imap_fetch){ 0 };
	return imap_fetch_parse(&p, f) && imap_parser_end(&p);
}

static void test_items(void **state)
{
	struct imap_fetch f;

	(void)state;
	assert_true(parse("all", &f));
	assert_int_equal(f.items, IMAP_FETCH_FLAGS | IMAP_FETCH_INTERNALDATE | IMAP_FETCH_SIZE |
	                                  IMAP_FETCH_ENVELOPE);
	assert_true(parse("(UID BODY BODYSTRUCTURE)", &f));
	assert_int_equal(f.items, IMAP_FETCH_UID | IMAP_FETCH_BODY | IMAP_FETCH_BODYSTRUCTURE);
	assert_null(f.bodies);
	assert_true(parse("RFC822", &f));
	assert_true(f.sets_seen);
	assert_true(parse("(RFC822.HEADER RFC822.SIZE)", &f));
	assert_false(f.sets_seen);
}

static void test_sections(void **state)
{
	static const struct {
		const char *text, *label;
		bool sets_seen;
	} rows[] = {
		{ "body[]", "BODY[]", true },
		{ "BODY.PEEK[]<5.10>", "BODY[]<5>", false },
		{ "BODY[1.2]", "BODY[1.2]", true },
		{ "body.peek[1.2.mime]", "BODY[1.2.MIME]", false },
		{ "BODY[TEXT]<0.1>", "BODY[TEXT]<0>", true },
		{ "BODY.PEEK[3.header.fields.not (to From)]", "BODY[3.HEADER.FIELDS.NOT (to From)]",
		  false },
		{ "BODY[HEADER.FIELDS (\"a b\" \"x\")]", "BODY[HEADER.FIELDS ({3}\r\na b x)]",
		  true },
	};
	static const char *const bad[] = {
		"BODY[",
		"BODY[1.]",
		"BODY[.1]",
		"BODY[0]",
		"BODY[MIME]",
		"BODY[1TEXT]",
		"BODY[]<1>",
		"BODY[]<1.0>",
		"BODY[HEADER.FIELDS]",
		"BODY[HEADER.FIELDS ()]",
		"(FLAGS",
		"()",
		"(ALL)",
		"FOO",
		"BODY.PEEK",
		"FLAGS UID",
		"BODY[HEADER.X]",
		"BODY[TEXT.1]",
		"(FLAGS  UID)",
	};
	struct imap_fetch f;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_true(parse(rows[i].text, &f));
		assert_str(f.bodies->label, rows[i].label);
		assert_int_equal(f.sets_seen, rows[i].sets_seen);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (parse(bad[i], &f))
			fail_msg("%s", bad[i]);
	}
}

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_sections),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
