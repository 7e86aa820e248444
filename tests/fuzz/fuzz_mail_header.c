/*
 * Header blocks: the fields are the block, values decode to UTF-8, what is encoded comes back.
 */
#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/mail/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	MAX = 5000
};

static void check_params(struct arena *a, struct str value)
{
	struct mail_header_param *first;
	size_t count = 0;

	mail_header_params(a, value, &first);
	for (struct mail_header_param *p = first; p; p = p->next) {
		struct str found;

		must(++count <= 100 && p->name.n > 0);
		if (mail_header_param_find(a, first, p->name, &found))
			must(str_is_utf8(found));
	}
}

/* A control character or a value that is not trimmed comes back as something else. */
static bool is_clean(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' || text.p[i] == 0x7f)
			return false;
	return str_is_utf8(text) && str_eq(text, str_trim(text));
}

static void check_value(struct arena *a, struct str value)
{
	struct str text = mail_header_decode(a, value, MAX), field;

	must(text.n <= MAX && str_is_utf8(text));
	text = mail_header_unfold(a, text);
	must(str_find(text, '\n') < 0 && str_find(text, '\r') < 0);
	field = mail_header_encode(a, text, 9);
	must(str_is_ascii(field));
	if (is_clean(text) && str_find(text, 0x1b) < 0)
		must(str_eq(mail_header_decode(a, field, MAX), text));
	check_params(a, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(NULL);
	struct str bytes = str_make(data, size);
	struct mail_header_iter iter = { .rest = str_first(bytes, mail_header_size(bytes)) };
	const unsigned char *at = data;
	struct mail_header_field field, found;

	while (mail_header_next(&iter, &field)) {
		must(field.raw.p == at && field.raw.n > 0);
		at += field.raw.n;
		if (field.name.n)
			must(mail_header_find(bytes, field.name, &found) &&
			     found.raw.p <= field.raw.p);
		if (at - data < MAX)
			check_value(a, field.value);
	}
	/* What remains is the blank line, if there is one. */
	must((size_t)(data + mail_header_size(bytes) - at) <= 2);
	arena_free(&a);
	return 0;
}
