#include <string.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/unit.h"
#include "src/mail/binary.h"
#include "src/mail/message.h"

static bool put(void *context, struct str octets)
{
	return !buf_add(context, octets);
}

static enum err encode(struct arena *a, struct str bytes, struct str *out_r)
{
	struct buf out = buf_in(a, 1 << 20);
	struct mail_message m;
	enum err e;

	mail_message_parse(a, bytes, NULL, &m);
	e = mail_binary_encode(a, bytes, m.parts, put, &out);
	*out_r = buf_str(&out);
	return e;
}

#define BYTES(text) str_make(text, sizeof(text) - 1)

static void expect(struct str bytes, const char *want)
{
	struct arena *a = arena_new(NULL);
	struct str out;

	assert_int_equal(encode(a, bytes, &out), ERR_OK);
	assert_str(out, want);
	arena_free(&a);
}

static void test_encode_single_part(void **state)
{
	(void)state;
	expect(BYTES("Subject: x\r\nContent-Transfer-Encoding: binary\r\n"
	             "Content-Type: a/b\r\n\r\n\0\1\2"),
	       "Subject: x\r\nContent-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	       "AAEC\r\n");
	expect(BYTES("Subject: x\r\n\r\nplain\r\n"), "Subject: x\r\n\r\nplain\r\n");
}

static void test_encode_only_the_parts_that_need_it(void **state)
{
	(void)state;
	expect(BYTES("Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n"
	             "\r\ntext\r\n--b\r\nContent-Type: a/b\r\n\r\nx\0y\r\n--b\r\n"
	             "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n"
	             "Content-Transfer-Encoding: BINARY\r\n\r\n\0\0\0\r\n--b--\r\nend\r\n"),
	       "Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n"
	       "\r\ntext\r\n--b\r\nContent-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	       "eAB5\r\n--b\r\n"
	       "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n"
	       "Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\nend\r\n");
}

static void test_encode_refuses_what_has_no_encoding(void **state)
{
	static const struct {
		const char *text;
		size_t n;
	} bad[] = {
#define BAD(text)                 \
	{                         \
		text,             \
		sizeof(text) - 1, \
	}
		BAD("Subject: x\0y\r\n\r\nbody\r\n"),
		BAD("Content-Transfer-Encoding: base64\r\n\r\nAAA\0\r\n"),
		BAD("Content-Type: multipart/mixed; "
		    "boundary=b\r\n\r\n\0\r\n--b\r\n\r\nx\r\n--b--\r\n"),
		BAD("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n\0"),
		BAD("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX: "
		    "\0\r\n\r\n\0\r\n--b--"),
	};
	struct arena *a = arena_new(NULL);
	struct str out;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(encode(a, str_make(bad[i].text, bad[i].n), &out), ERR_INVALID);
	arena_free(&a);
}

static void test_encode_much(void **state)
{
	struct arena *a = arena_new(NULL);
	struct str head = STR("Content-Type: a/b\r\n\r\n"), out;
	unsigned char *bytes = arena_alloc(a, head.n + 200000);
	struct mail_message m;

	(void)state;
	memcpy(bytes, head.p, head.n);
	assert_int_equal(encode(a, str_make(bytes, head.n + 200000), &out), ERR_OK);
	mail_message_parse(a, out, NULL, &m);
	assert_false(m.has_nul);
	assert_int_equal(out.n, m.hdr_size + (200000 + 2) / 3 * 4 + (200000 + 56) / 57 * 2);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encode_single_part),
		cmocka_unit_test(test_encode_only_the_parts_that_need_it),
		cmocka_unit_test(test_encode_refuses_what_has_no_encoding),
		cmocka_unit_test(test_encode_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
