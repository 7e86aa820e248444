/*
 * Charsets and transfer encodings. The first line is the label and the encoding, the rest the
 * octets.
 */
#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/mail/charset.h"
#include "src/mail/transfer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_transfer(struct arena *a, char encoding, struct str bytes)
{
	struct str whole = mail_transfer_decode(a, encoding, bytes, SIZE_MAX);

	must(whole.n <= bytes.n);
	must(str_eq(mail_transfer_decode(a, encoding, bytes, 10), str_first(whole, 10)));
	must(str_eq(mail_transfer_decode(a, 'b', mail_transfer_base64(a, bytes), SIZE_MAX), bytes));
	if (str_find(bytes, '\n') < 0)
		must(str_eq(mail_transfer_decode(a, 'q', mail_transfer_quoted(a, bytes), SIZE_MAX),
		            bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(NULL);
	struct str rest = str_make(data, size), label, text, folded;

	str_cut(&rest, '\n', &label);
	text = mail_charset_to_utf8(a, label, rest, 100000);
	must(str_is_utf8(text) && text.n <= 100000);
	must(str_is_utf8(mail_charset_to_utf8(a, label, rest, 7)));
	folded = mail_charset_fold(a, text);
	must(str_is_utf8(folded));
	must(str_eq(mail_charset_fold(a, folded), folded));
	must(str_is_utf8(mail_charset_fold(a, rest)));
	check_transfer(a, label.n ? (char)label.p[label.n - 1] : 'q', rest);
	arena_free(&a);
	return 0;
}
