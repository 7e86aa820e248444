#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/random.h"
#include "src/base/unit.h"
#include "src/store/store.h"
#include "src/store/wire.h"

enum {
	ROUNDS = 20,
	FILE_SIZE = 100
};

struct fixture {
	struct arena *a;
	int file; /* sealed, FILE_SIZE octets */
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	f->a = arena_new(NULL);
	char octets[FILE_SIZE];
	memset(octets, 'x', sizeof(octets));
	struct errinfo info;
	assert_int_equal(wire_body_seal(str_make(octets, FILE_SIZE), &f->file, &info), ERR_OK);
	random_test_seed(4711);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	random_test_seed(0);
	close(f->file);
	arena_free(&f->a);
	free(f);
	return 0;
}

/*
 * ---------------------------------------------------------------- random objects, made from the
 * table
 */

static struct str random_text(struct arena *a, uint32_t max)
{
	size_t n = random_u64() % 4 ? random_u64() % 20 : 0;
	if (n > max)
		n = max;
	unsigned char *p = arena_alloc(a, n + 1);
	random_fill(p, n);
	return n ? str_make(p, n) : (struct str){ 0 };
}

static void fill_struct(struct fixture *f, const struct wire_struct *s, char *object, int depth);

static void fill_list(struct fixture *f, const struct wire_field *field, char *object, int depth)
{
	size_t n = random_u64() % 4;
	char *p = n ? arena_array(f->a, n, field->sub->size) : NULL;
	for (size_t i = 0; i < n; i++)
		fill_struct(f, field->sub, p + i * field->sub->size, depth + 1);
	memcpy(object + field->offset, &p, sizeof(p));
	memcpy(object + field->count_offset, &n, sizeof(n));
}

static void fill_body(struct fixture *f, const struct wire_field *field, char *object)
{
	struct str octets = { 0 };
	int fd = -1;
	uint64_t size = 0;
	if (random_u64() % 2) {
		fd = f->file;
		size = random_u64() % FILE_SIZE;
	} else {
		octets = random_text(f->a, field->max);
		size = octets.n;
	}
	memcpy(object + field->offset, &octets, sizeof(octets));
	memcpy(object + field->count_offset, &fd, sizeof(fd));
	memcpy(object + field->size_offset, &size, sizeof(size));
}

static void fill_struct(struct fixture *f, const struct wire_struct *s, char *object, int depth)
{
	for (size_t i = 0; i < s->n_fields; i++) {
		const struct wire_field *field = &s->fields[i];
		uint64_t value = random_u64();
		bool flag = value & 1;
		struct str text;
		switch (field->type) {
		case WIRE_BOOL:
			memcpy(object + field->offset, &flag, sizeof(flag));
			break;
		case WIRE_U32:
			memcpy(object + field->offset, &value, sizeof(uint32_t));
			break;
		case WIRE_U64:
		case WIRE_I64:
			memcpy(object + field->offset, &value, sizeof(value));
			break;
		case WIRE_TEXT:
			text = random_text(f->a, field->max);
			memcpy(object + field->offset, &text, sizeof(text));
			break;
		case WIRE_STRUCT:
			fill_struct(f, field->sub, object + field->offset, depth + 1);
			break;
		case WIRE_LIST:
			fill_list(f, field, object, depth);
			break;
		case WIRE_BODY:
			fill_body(f, field, object);
			break;
		default:
			fail();
		}
	}
}

/* ---------------------------------------------------------------- tests */

static struct str encode(struct fixture *f, const struct wire_struct *s, const void *object,
                         int *fd_r)
{
	struct buf b = buf_in(f->a, WIRE_REQUEST_MAX);
	struct errinfo info = { 0 };
	enum err err = wire_encode(&b, s, object, fd_r, &info);
	if (err)
		print_error("%s: %s\n", s->name, info.text);
	assert_int_equal(err, ERR_OK);
	return buf_str(&b);
}

/*
 * The file must come exactly when it is spoken of; every truncation, and one octet more, is
 * refused.
 */
static void check_damage(struct fixture *f, const struct wire_struct *s, struct str octets, int fd)
{
	void *object = arena_alloc(f->a, s->size);
	struct errinfo info;
	for (size_t n = 0; n < octets.n; n++) {
		/* A copy of the exact size, so that a sanitizer sees a read beyond it. */
		unsigned char *cut = malloc(n ? n : 1);
		assert_non_null(cut);
		memcpy(cut, octets.p, n);
		enum err err = wire_decode(f->a, s, str_make(cut, n), fd, object, &info);
		free(cut);
		if (err != ERR_PROTO && err != ERR_INVALID)
			print_error("%s: accepted %zu of %zu octets\n", s->name, n, octets.n);
		assert_true(err == ERR_PROTO || err == ERR_INVALID);
	}
	unsigned char *more = arena_alloc(f->a, octets.n + 1);
	memcpy(more, octets.p, octets.n);
	assert_int_equal(wire_decode(f->a, s, str_make(more, octets.n + 1), fd, object, &info),
	                 ERR_PROTO);
	int other = fd < 0 ? f->file : -1;
	assert_int_equal(wire_decode(f->a, s, octets, other, object, &info), ERR_PROTO);
}

/* TAYORI_CORPUS=DIRECTORY: the corpus of fuzz_store_wire, one file a struct. */
static void write_corpus(int verb, bool is_result, struct str octets, int fd)
{
	const char *directory = getenv("TAYORI_CORPUS");
	if (!directory)
		return;
	char path[500];
	snprintf(path, sizeof(path), "%s/%s_%s", directory, wire_verbs[verb].name,
	         is_result ? "res" : "req");
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	unsigned char head[3] = { (unsigned char)verb, is_result, fd >= 0 };
	fwrite(head, 1, sizeof(head), file);
	fwrite(octets.p, 1, octets.n, file);
	assert_int_equal(fclose(file), 0);
}

static void check_struct(struct fixture *f, int verb, bool is_result)
{
	const struct wire_struct *s = is_result ? wire_verbs[verb].res : wire_verbs[verb].req;
	for (int round = 0; round < ROUNDS; round++) {
		char *object = arena_alloc(f->a, s->size);
		fill_struct(f, s, object, 0);
		int fd = -1;
		struct str octets = encode(f, s, object, &fd);
		char *back = arena_alloc(f->a, s->size);
		struct errinfo info = { 0 };
		enum err err = wire_decode(f->a, s, octets, fd, back, &info);
		if (err)
			print_error("%s: %s\n", s->name, info.text);
		assert_int_equal(err, ERR_OK);
		/* What was read is written as the same octets. */
		int again_fd = -1;
		struct str again = encode(f, s, back, &again_fd);
		assert_true(str_eq(octets, again));
		assert_int_equal(fd, again_fd);
		struct buf line = buf_in(f->a, 500);
		wire_trace(&line, s, back);
		check_damage(f, s, octets, fd);
		write_corpus(verb, is_result, octets, fd);
		arena_reset(f->a);
	}
}

static void test_every_verb_round_trips(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < WIRE_VERB_COUNT; i++) {
		check_struct(f, i, false);
		if (wire_verbs[i].res)
			check_struct(f, i, true);
	}
}

/* --- the table names every field of store.h: between two fields there is room for padding only */

struct extent {
	size_t from, to;
};

static int by_place(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;
	return x->from < y->from ? -1 : x->from > y->from;
}

static size_t size_of(const struct wire_field *f)
{
	switch (f->type) {
	case WIRE_BOOL:
		return sizeof(bool);
	case WIRE_U32:
		return sizeof(uint32_t);
	case WIRE_U64:
	case WIRE_I64:
		return sizeof(uint64_t);
	case WIRE_TEXT:
	case WIRE_BODY:
		return sizeof(struct str);
	case WIRE_LIST:
		return sizeof(void *);
	case WIRE_STRUCT:
		return f->sub->size;
	default:
		fail();
		return 0;
	}
}

static void check_complete(const struct wire_struct *s)
{
	struct extent extents[64] = { 0 };
	size_t n = 0;
	for (size_t i = 0; i < s->n_fields; i++) {
		const struct wire_field *f = &s->fields[i];
		extents[n++] = (struct extent){ f->offset, f->offset + size_of(f) };
		if (f->type == WIRE_LIST)
			extents[n++] = (struct extent){ f->count_offset,
				                        f->count_offset + sizeof(size_t) };
		if (f->type == WIRE_BODY) {
			extents[n++] = (struct extent){ f->count_offset,
				                        f->count_offset + sizeof(int) };
			extents[n++] = (struct extent){ f->size_offset,
				                        f->size_offset + sizeof(uint64_t) };
		}
		assert_true(n + 2 < sizeof(extents) / sizeof(extents[0]));
		if (f->sub)
			check_complete(f->sub);
	}
	qsort(extents, n, sizeof(extents[0]), by_place);
	size_t end = 0;
	for (size_t i = 0; i <= n; i++) {
		size_t from = i < n ? extents[i].from : s->size;
		size_t align = from % 8 == 0 ? 8 : 4;
		if (from < end || from - end >= align)
			print_error("%s: octets %zu to %zu are in no field or in two\n", s->name,
			            end, from);
		assert_true(from >= end && from - end < align);
		end = i < n ? extents[i].to : from;
	}
}

static void test_table_names_every_field(void **state)
{
	(void)state;
	for (int i = 0; i < WIRE_VERB_COUNT; i++) {
		check_complete(wire_verbs[i].req);
		if (wire_verbs[i].res)
			check_complete(wire_verbs[i].res);
		if (wire_verbs[i].grant != WIRE_NO_GRANT)
			assert_string_equal(wire_verbs[i].req->fields[0].name, "grant");
	}
}

static void test_limits_hold_both_ways(void **state)
{
	struct fixture *f = *state;
	char *name = arena_alloc(f->a, 1025);
	memset(name, 'a', 1025);
	struct store_domain_del_req q = { .name = str_make(name, 1025) };
	const struct wire_struct *s = wire_verbs[WIRE_VERB_domain_del].req;
	struct buf b = buf_in(f->a, 4096);
	struct errinfo info = { 0 };
	assert_int_equal(wire_encode(&b, s, &q, NULL, &info), ERR_INVALID);
	unsigned char *octets = arena_alloc(f->a, 4 + 1025);
	octets[0] = 0x01;
	octets[1] = 0x04;
	assert_int_equal(wire_decode(f->a, s, str_make(octets, 4 + 1025), -1, &q, &info),
	                 ERR_INVALID);
	/* A list that claims more than is there takes no memory. */
	s = wire_verbs[WIRE_VERB_domain_list].res;
	unsigned char many[5] = { 0, 0, 0x10, 0, 0 };
	struct store_domain_list_res r;
	size_t before = arena_bytes(f->a);
	assert_int_equal(wire_decode(f->a, s, str_make(many, 5), -1, &r, &info), ERR_PROTO);
	assert_int_equal(arena_bytes(f->a), before);
	/* The cap of the frame. */
	struct buf small = buf_in(f->a, 16);
	q.name = str_make(name, 100);
	assert_int_equal(wire_encode(&small, wire_verbs[WIRE_VERB_domain_del].req, &q, NULL, &info),
	                 ERR_LIMIT);
}

static void test_trace_hides_secrets(void **state)
{
	struct fixture *f = *state;
	struct store_login_req q = { .user = STR("ann"), .password = STR("hunter2") };
	struct buf line = buf_in(f->a, 4096);
	wire_trace(&line, wire_verbs[WIRE_VERB_login].req, &q);
	assert_true(str_search(buf_str(&line), STR("ann")) >= 0);
	assert_true(str_search(buf_str(&line), STR("hunter2")) < 0);
	assert_true(str_search(buf_str(&line), STR("password=[7]")) >= 0);
}

static void test_body_files_must_be_sealed(void **state)
{
	struct fixture *f = *state;
	struct str body = { 0 };
	struct errinfo info;
	assert_int_equal(wire_body_map(f->a, f->file, FILE_SIZE, &body, &info), ERR_OK);
	assert_int_equal(body.n, FILE_SIZE);
	assert_int_equal(body.p[FILE_SIZE - 1], 'x');
	assert_int_equal(wire_body_map(f->a, f->file, FILE_SIZE + 1, &body, &info), ERR_INVALID);
	assert_int_equal(wire_body_map(f->a, f->file, UINT64_MAX, &body, &info), ERR_INVALID);
	int open_file = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_true(open_file >= 0);
	assert_int_equal(ftruncate(open_file, 10), 0);
	assert_int_equal(wire_body_map(f->a, open_file, 10, &body, &info), ERR_INVALID);
	assert_int_equal(fcntl(open_file, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	assert_int_equal(wire_body_map(f->a, open_file, 10, &body, &info), ERR_INVALID);
	close(open_file);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(wire_body_map(f->a, null, 0, &body, &info), ERR_INVALID);
	close(null);
}

static void test_headers_of_strangers_are_refused(void **state)
{
	(void)state;
	unsigned char p[WIRE_HEADER_BYTES];
	struct wire_header h = {
		.length = 10, .verb = 7, .err = 3, .seq = 99, .timeout_ms = 5, .has_fd = true
	};
	wire_header_put(p, &h);
	struct wire_header back;
	assert_int_equal(wire_header_get(p, 10, &back), ERR_OK);
	assert_int_equal(back.length, 10);
	assert_int_equal(back.verb, 7);
	assert_int_equal(back.err, 3);
	assert_int_equal(back.seq, 99);
	assert_int_equal(back.timeout_ms, 5);
	assert_true(back.has_fd);
	assert_int_equal(wire_header_get(p, 9, &back), ERR_PROTO);
	p[3]++; /* another version */
	assert_int_equal(wire_header_get(p, 10, &back), ERR_PROTO);
}

#define UNIT(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(test_every_verb_round_trips),    UNIT(test_table_names_every_field),
		UNIT(test_limits_hold_both_ways),     UNIT(test_trace_hides_secrets),
		UNIT(test_body_files_must_be_sealed), UNIT(test_headers_of_strangers_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
