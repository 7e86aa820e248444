/*
 * The store's wire: whatever octets claim to be a request or a result.
 *
 * The first two octets choose the verb and the direction. What is decoded must be encoded as the
 * same octets again, and must be traceable. A third octet says whether a file came along. Headers
 * are tried as well.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/store/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int sealed_file(void)
{
	static int file = -1;
	struct errinfo info;
	if (file < 0)
		must(wire_body_seal(STR("Subject: x\r\n\r\nbody\r\n"), &file, &info) == ERR_OK);
	return file;
}

static void try_struct(const struct wire_struct *s, struct str octets, int file)
{
	struct arena *a = arena_new(NULL);
	void *object = arena_alloc(a, s->size);
	struct errinfo info = { 0 };
	enum err err = wire_decode(a, s, octets, file, object, &info);
	if (!err) {
		struct buf again = buf_in(a, octets.n);
		int file_again = -1;
		must(wire_encode(&again, s, object, &file_again, &info) == ERR_OK);
		must(str_eq(buf_str(&again), octets));
		must(file_again == file);
		struct buf line = buf_in(a, 300);
		wire_trace(&line, s, object);
	} else {
		must(err == ERR_PROTO || err == ERR_INVALID);
	}
	/* No input takes much more memory than it has octets. */
	must(arena_bytes(a) < ((size_t)1 << 20) + octets.n * 64);
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_header h;
	if (size >= WIRE_HEADER_BYTES && !wire_header_get(data, WIRE_REQUEST_MAX, &h)) {
		unsigned char again[WIRE_HEADER_BYTES];
		wire_header_put(again, &h);
		must(memcmp(again, data, WIRE_HEADER_BYTES) == 0);
	}
	if (size < 3)
		return 0;
	const struct wire_verb_info *v = &wire_verbs[data[0] % WIRE_VERB_COUNT];
	const struct wire_struct *s = data[1] % 2 && v->res ? v->res : v->req;
	try_struct(s, str_make(data + 3, size - 3), data[2] % 2 ? sealed_file() : -1);
	return 0;
}
