/*
 * Modified UTF-7: what decodes is the only spelling of its meaning, what encodes comes back.
 */
#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/mail/utf7.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(NULL);
	struct str in = str_make(data, size), mid, out;

	if (mail_utf7_decode(a, in, &mid) == ERR_OK) {
		must(str_is_utf8(mid));
		must(mail_utf7_encode(a, mid, &out) == ERR_OK);
		must(str_eq(in, out));
	}
	if (mail_utf7_encode(a, in, &mid) == ERR_OK) {
		must(str_is_utf8(in));
		must(mail_utf7_decode(a, mid, &out) == ERR_OK);
		must(str_eq(in, out));
	} else {
		must(!str_is_utf8(in));
	}
	arena_free(&a);
	return 0;
}
