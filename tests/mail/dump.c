/*
 * Print what the message parser makes of files, one JSON object a line, for comparison with other
 * parsers. Octets of texts are given as the code points of the same number.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/mail/header.h"
#include "src/mail/invariants_test.h"
#include "src/mail/message.h"

enum {
	FILE_MAX = 64 * 1024 * 1024,
	DEPTH = 300
};

static struct str read_file(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "rb");
	unsigned char *p;
	long size;

	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0 || size > FILE_MAX) {
		perror(path);
		exit(1);
	}
	rewind(f);
	p = arena_alloc(a, (size_t)size + 1);
	must(fread(p, 1, (size_t)size, f) == (size_t)size);
	fclose(f);
	return str_make(p, (size_t)size);
}

static json_t *text(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.n * 2 + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] >= 0x80) {
			out[n++] = (char)(0xc0 | s.p[i] >> 6);
			out[n++] = (char)(0x80 | (s.p[i] & 63));
		} else {
			out[n++] = (char)s.p[i];
		}
	}
	return json_stringn(out, n);
}

/* [offset, size, encoding] of all parts, under the names that IMAP gives them. */
static void add_parts(struct arena *a, struct str parts, uint32_t *path, size_t depth,
                      struct str prefix, json_t *out)
{
	for (path[depth] = 1; depth < DEPTH; path[depth]++) {
		struct mail_part_range r;
		struct str name = str_printf(a, "%.*s%s%u", STR_ARG(prefix), depth ? "." : "",
		                             path[depth]);

		if (mail_part_find(parts, path, depth + 1, MAIL_PART_BODY, &r))
			return;
		json_object_set_new(out, (const char *)name.p,
		                    json_pack("[I,I,s#]", (json_int_t)r.offset, (json_int_t)r.size,
		                              &r.encoding, 1));
		add_parts(a, parts, path, depth + 1, name, out);
	}
}

static void dump(const char *path)
{
	struct arena *a = arena_new(NULL);
	struct str bytes = read_file(a, path), subject = STR("");
	struct mail_header_field field;
	uint32_t numbers[DEPTH + 1];
	json_t *o = json_object(), *parts = json_object();
	struct mail_message m;

	mail_message_parse(a, bytes, NULL, &m);
	invariants_check(bytes, &m);
	if (mail_header_find(str_first(bytes, m.hdr_size), STR("subject"), &field))
		subject = mail_header_decode(a, field.value, 10000);
	json_object_set_new(o, "hdr_size", json_integer(m.hdr_size));
	json_object_set_new(o, "lines", json_integer(m.lines));
	json_object_set_new(o, "envelope", text(a, m.envelope));
	json_object_set_new(o, "bodystructure", text(a, m.bodystructure));
	json_object_set_new(o, "body", text(a, m.body));
	json_object_set_new(o, "preview", text(a, m.preview));
	json_object_set_new(o, "subject", json_stringn((const char *)subject.p, subject.n));
	json_object_set_new(o, "message_id", text(a, m.message_id));
	json_object_set_new(o, "received", json_integer(m.received_count));
	add_parts(a, m.parts, numbers, 0, STR(""), parts);
	json_object_set_new(o, "parts", parts);
	must(json_dumpf(o, stdout, JSON_COMPACT) == 0);
	putchar('\n');
	json_decref(o);
	arena_free(&a);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		dump(argv[i]);
	return 0;
}
