#include <string.h>

#include "src/base/arena.h"
#include "src/base/random.h"
#include "src/base/unit.h"
#include "src/mail/decoder.h"
#include "src/mail/transfer.h"

static void check(struct arena *a, char encoding, struct str in, size_t piece)
{
	struct str want = mail_transfer_decode(a, encoding, in, SIZE_MAX / 2);
	struct mail_decoder d = mail_decoder_for(encoding);
	unsigned char *out = arena_alloc(a, in.n + MAIL_DECODER_SPARE);
	size_t n = 0;

	for (size_t at = 0; at < in.n || at == 0; at += piece) {
		struct str part = str_first(str_from(in, at), piece);
		unsigned char *room = arena_alloc(a, part.n + MAIL_DECODER_SPARE);
		size_t made = mail_decoder_feed(&d, part, at + piece >= in.n, room);

		assert_true(made <= part.n + MAIL_DECODER_SPARE && n + made <= in.n);
		memcpy(out + n, room, made);
		n += made;
		if (in.n == 0)
			break;
	}
	assert_int_equal(n, want.n);
	assert_true(str_eq(str_make(out, n), want));
}

static void test_decoder_is_the_same_however_split(void **state)
{
	static const char *const texts[] = {
		"",           "=",         "a =",      "=3D",         "=3d=C3=A9", "=3",
		"=x",         "=\r\n",     "a=\nb",    "a= \t\r\nb",  "a=  b",     "a= \rb",
		"a=\r",       "a \r\nb",   "a \rb",    "a  ",         "a \t=20\n", "= =\r\nx",
		"=4=41",      "==41",      "a = \n b", "QUJD",        "QUI=QUI=Q", "Q U\r\nJ D",
		"QUJD=\r\nQ", "====",      "Q",        "QU=JD",       "\r\r\n",    " \r\r\n",
		"=\r\r\n",    "= \r\r\nx", "=4\r\n",   "a\n \n=\n\n",
	};
	struct arena *a = arena_new(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		for (size_t piece = 1; piece < 12; piece++) {
			check(a, 'q', str_c(texts[i]), piece);
			check(a, 'b', str_c(texts[i]), piece);
			check(a, '7', str_c(texts[i]), piece);
			arena_reset(a);
		}
	arena_free(&a);
}

static void test_decoder_takes_anything(void **state)
{
	static const char some[] = "==  \t\r\n\n41aFxAQ+/";
	struct arena *a = arena_new(NULL);

	(void)state;
	for (int round = 0; round < 20000; round++) {
		unsigned char text[60];
		size_t n = random_u64() % sizeof text;

		for (size_t i = 0; i < n; i++)
			text[i] = (unsigned char)some[random_u64() % (sizeof some - 1)];
		check(a, round % 2 ? 'q' : 'b', str_make(text, n), 1 + random_u64() % 20);
		arena_reset(a);
	}
	arena_free(&a);
}

static void test_decoder_keeps_endless_blanks(void **state)
{
	struct mail_decoder d = mail_decoder_for('q');
	unsigned char blanks[10000], out[10000 + MAIL_DECODER_SPARE];
	size_t n = 0;

	(void)state;
	memset(blanks, ' ', sizeof blanks);
	blanks[0] = '=';
	for (int i = 0; i < 10; i++) {
		size_t made = mail_decoder_feed(&d, str_make(blanks, sizeof blanks), false, out);

		assert_true(made <= sizeof blanks + MAIL_DECODER_SPARE);
		n += made;
	}
	assert_true(n > 90000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decoder_is_the_same_however_split),
		cmocka_unit_test(test_decoder_takes_anything),
		cmocka_unit_test(test_decoder_keeps_endless_blanks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
