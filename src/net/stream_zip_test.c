#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/random.h"
#include "src/base/unit.h"
#include "src/net/stream.h"

/* The peer: zlib, used as a client would. */
struct peer {
	struct arena *a;
	struct stream *s;
	z_stream in, out;
};

/* In place: zlib remembers where its streams stand. */
static void peer_open(struct peer *p, int level)
{
	*p = (struct peer){ .a = arena_new(NULL), .s = stream_open_memory() };
	assert_int_equal(deflateInit2(&p->out, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY),
	                 Z_OK);
	assert_int_equal(inflateInit2(&p->in, -15), Z_OK);
}

static void peer_free(struct peer *p)
{
	deflateEnd(&p->out);
	inflateEnd(&p->in);
	stream_close(&p->s);
	arena_free(&p->a);
}

/* `text` deflated. */
static struct str squeeze(struct peer *p, struct str text, int flush)
{
	size_t room = text.n + 1000;
	unsigned char *octets = arena_alloc(p->a, room);

	p->out.next_in = (unsigned char *)(uintptr_t)text.p;
	p->out.avail_in = (uInt)text.n;
	p->out.next_out = octets;
	p->out.avail_out = (uInt)room;
	assert_int_equal(deflate(&p->out, flush), flush == Z_FINISH ? Z_STREAM_END : Z_OK);
	assert_int_equal(p->out.avail_in, 0);
	return str_make(octets, room - p->out.avail_out);
}

/* What the stream has said, inflated. */
static struct str hear(struct peer *p, size_t room)
{
	struct str said = stream_memory_take(p->s, p->a);
	unsigned char *text = arena_alloc(p->a, room);
	int result;

	p->in.next_in = (unsigned char *)(uintptr_t)said.p;
	p->in.avail_in = (uInt)said.n;
	p->in.next_out = text;
	p->in.avail_out = (uInt)room;
	result = inflate(&p->in, Z_SYNC_FLUSH);
	assert_true(result == Z_OK || result == Z_BUF_ERROR);
	assert_int_equal(p->in.avail_in, 0);
	return str_make(text, room - p->in.avail_out);
}

static struct str noise(struct arena *a, size_t n)
{
	unsigned char *p = arena_alloc(a, n);

	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)('a' + random_u64() % 16);
	return str_make(p, n);
}

/* --- what comes in */

static void expect_line(struct peer *p, const char *want)
{
	struct str line;

	assert_int_equal(stream_line(p->s, 100000, STREAM_CRLF_ONLY, &line), STREAM_GOT);
	assert_str(line, want);
}

static void test_zip_what_is_buffered_is_compressed_already(void **state)
{
	struct peer p;
	struct str line;

	(void)state;
	peer_open(&p, 6);
	stream_memory_feed(p.s, STR("COMPRESS\r\n"), false);
	stream_memory_feed(p.s, squeeze(&p, STR("NOOP\r\nNO"), Z_SYNC_FLUSH), false);
	expect_line(&p, "COMPRESS");
	assert_int_equal(stream_start_compression(p.s, 4), ERR_OK);
	assert_true(stream_is_compressed(p.s));
	assert_int_equal(stream_start_compression(p.s, 4), ERR_EXISTS);
	assert_true(stream_has_input(p.s));
	expect_line(&p, "NOOP");
	assert_int_equal(stream_line(p.s, 100, STREAM_CRLF_ONLY, &line), STREAM_MORE);
	assert_false(stream_has_input(p.s));
	stream_memory_feed(p.s, squeeze(&p, STR("OP\r\n"), Z_SYNC_FLUSH), false);
	expect_line(&p, "NOOP");
	peer_free(&p);
}

/* Each octet alone, resting before each: the bits left over of an octet are kept as well. */
static void check_rests(int level, int flush, bool is_long)
{
	struct peer p;
	struct str line, text, octets;

	peer_open(&p, level);
	assert_int_equal(stream_start_compression(p.s, 4), ERR_OK);
	for (int i = 0; i < 100; i++) {
		size_t n = 0;

		text = str_printf(p.a, "a%d UID FETCH %d:* (FLAGS)\r\n", i, i * i);
		octets = squeeze(&p, text, flush);
		for (size_t k = 0; k < octets.n; k++) {
			stream_memory_feed(p.s, str_make(octets.p + k, 1), false);
			stream_rest(p.s, is_long);
			while (stream_line(p.s, 1000, STREAM_CRLF_ONLY, &line) == STREAM_GOT) {
				assert_true(str_eq(line, str_first(text, text.n - 2)));
				n++;
			}
			stream_rest(p.s, is_long);
		}
		assert_int_equal(n, 1);
	}
	peer_free(&p);
}

static void test_zip_rests_anywhere(void **state)
{
	static const int flushes[] = { Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH };

	(void)state;
	for (size_t i = 0; i < sizeof flushes / sizeof flushes[0]; i++)
		for (int level = 0; level <= 9; level += 3)
			check_rests(level, flushes[i], level == 3);
}

static void test_zip_resting_holds_the_window_only(void **state)
{
	struct peer p;
	struct str line, far;
	size_t resting;

	(void)state;
	peer_open(&p, 9);
	far = noise(p.a, 30000);
	assert_int_equal(stream_start_compression(p.s, 4), ERR_OK);
	stream_memory_feed(p.s, squeeze(&p, STR("a NOOP\r\n"), Z_SYNC_FLUSH), false);
	expect_line(&p, "a NOOP");
	stream_write_c(p.s, "a OK\r\n");
	assert_int_equal(stream_flush(p.s), ERR_OK);
	assert_str(hear(&p, 100), "a OK\r\n");
	assert_true(stream_bytes(p.s) > 200000);
	stream_rest(p.s, false);
	assert_int_equal(stream_line(p.s, 100, STREAM_CRLF_ONLY, &line), STREAM_MORE);
	stream_rest(p.s, false);
	assert_true(stream_bytes(p.s) < 1024);
	/* A client that has sent much and refers to it. */
	stream_memory_feed(p.s, squeeze(&p, far, Z_SYNC_FLUSH), false);
	stream_memory_feed(p.s, squeeze(&p, STR("\r\n"), Z_SYNC_FLUSH), false);
	assert_int_equal(stream_line(p.s, 40000, STREAM_CRLF_ONLY, &line), STREAM_GOT);
	assert_true(str_eq(line, far));
	assert_int_equal(stream_line(p.s, 100, STREAM_CRLF_ONLY, &line), STREAM_MORE);
	stream_rest(p.s, false);
	resting = stream_bytes(p.s);
	assert_true(resting > 30000 && resting < 34000);
	stream_rest(p.s, true);
	assert_true(stream_bytes(p.s) < resting * 2 / 3);
	stream_memory_feed(p.s, squeeze(&p, far, Z_SYNC_FLUSH), false);
	stream_memory_feed(p.s, squeeze(&p, STR("\r\n"), Z_SYNC_FLUSH), false);
	assert_int_equal(stream_line(p.s, 40000, STREAM_CRLF_ONLY, &line), STREAM_GOT);
	assert_true(str_eq(line, far));
	peer_free(&p);
}

static void test_zip_damaged_octets_break_the_stream(void **state)
{
	struct peer p;
	struct str line;

	(void)state;
	peer_open(&p, 6);
	assert_int_equal(stream_start_compression(p.s, 4), ERR_OK);
	stream_memory_feed(p.s, STR("a NOOP\r\n\xff\xff\xff\xff"), false);
	assert_int_equal(stream_line(p.s, 100, STREAM_CRLF_ONLY, &line), STREAM_FAILED);
	assert_string_equal(stream_error(p.s), "the peer's compressed octets are damaged");
	peer_free(&p);
}

static void test_zip_an_ended_stream_is_the_end(void **state)
{
	struct peer p;
	struct str line;

	(void)state;
	peer_open(&p, 6);
	assert_int_equal(stream_start_compression(p.s, 4), ERR_OK);
	stream_memory_feed(p.s, squeeze(&p, STR("a NOOP\r\n"), Z_FINISH), false);
	expect_line(&p, "a NOOP");
	assert_int_equal(stream_line(p.s, 100, STREAM_CRLF_ONLY, &line), STREAM_EOF);
	peer_free(&p);
}

static void test_zip_a_bomb_is_inflated_as_it_is_read(void **state)
{
	struct peer p;
	unsigned char *zeros;
	struct str line, bomb;

	(void)state;
	peer_open(&p, 9);
	zeros = arena_alloc(p.a, 10000000);
	bomb = squeeze(&p, str_make(zeros, 10000000), Z_SYNC_FLUSH);
	assert_true(bomb.n < 20000);
	assert_int_equal(stream_start_compression(p.s, 4), ERR_OK);
	stream_memory_feed(p.s, bomb, false);
	assert_int_equal(stream_fill(p.s, 5000), STREAM_GOT);
	assert_int_equal(stream_buffered(p.s).n, 5000);
	assert_true(stream_bytes(p.s) < 150000);
	assert_int_equal(stream_line(p.s, 100, STREAM_CRLF_ONLY, &line), STREAM_MORE);
	assert_true(stream_bytes(p.s) < 150000);
	stream_memory_feed(p.s, squeeze(&p, STR("\r\nok\r\n"), Z_SYNC_FLUSH), false);
	assert_int_equal(stream_line(p.s, 100, STREAM_CRLF_ONLY, &line), STREAM_TOO_LONG);
	expect_line(&p, "ok");
	peer_free(&p);
}

/* --- what goes out */

static void test_zip_output_is_whole_after_each_flush(void **state)
{
	struct peer p;
	struct str big, heard;

	(void)state;
	peer_open(&p, 6);
	big = noise(p.a, 500000);
	stream_write_c(p.s, "plain\r\n");
	assert_int_equal(stream_start_compression(p.s, 9), ERR_OK);
	assert_str(stream_memory_take(p.s, p.a), "plain\r\n");
	for (int i = 0; i < 20; i++) {
		stream_write_c(p.s, "* 1 FETCH (BODY[] {500000}\r\n");
		if (i % 5 == 0)
			stream_write(p.s, big);
		assert_true(stream_pending(p.s) > 0);
		assert_int_equal(stream_flush(p.s), ERR_OK);
		assert_int_equal(stream_pending(p.s), 0);
		heard = hear(&p, 600000);
		assert_true(str_starts(heard, STR("* 1 FETCH (BODY[] {500000}\r\n")));
		assert_int_equal(heard.n, 28 + (i % 5 == 0 ? 500000 : 0));
		if (i % 3 == 0)
			stream_rest(p.s, i % 2);
	}
	peer_free(&p);
}

/* --- a peer that does not read */

static void check_held(bool is_compressed)
{
	struct peer p;
	struct buf heard = buf_in(NULL, 1 << 24), said = buf_in(NULL, 1 << 24);

	peer_open(&p, 6);
	if (is_compressed)
		assert_int_equal(stream_start_compression(p.s, 1), ERR_OK);
	stream_memory_set_room(p.s, 3000);
	stream_hold_output(p.s, true);
	for (int i = 0; i < 40; i++) {
		struct str text = noise(p.a, i % 10 ? 5000 : 100000);

		stream_write(p.s, text);
		assert_int_equal(buf_add(&said, text), ERR_OK);
		while (stream_push(p.s) == STREAM_PUSH_WAIT) {
			struct str part = is_compressed ? hear(&p, 600000)
			                                : stream_memory_take(p.s, p.a);

			assert_true(stream_wants_write(p.s));
			assert_true(stream_push_due_ms(p.s) > 0);
			assert_true(stream_pending(p.s) > 0);
			assert_int_equal(buf_add(&heard, part), ERR_OK);
		}
		assert_int_equal(stream_pending(p.s), 0);
	}
	assert_int_equal(
		buf_add(&heard, is_compressed ? hear(&p, 600000) : stream_memory_take(p.s, p.a)),
		ERR_OK);
	assert_true(str_eq(buf_str(&heard), buf_str(&said)));
	buf_clear(&heard);
	buf_clear(&said);
	peer_free(&p);
}

static void test_held_output_goes_out_as_it_is_taken(void **state)
{
	(void)state;
	check_held(false);
	check_held(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zip_what_is_buffered_is_compressed_already),
		cmocka_unit_test(test_zip_rests_anywhere),
		cmocka_unit_test(test_zip_resting_holds_the_window_only),
		cmocka_unit_test(test_zip_damaged_octets_break_the_stream),
		cmocka_unit_test(test_zip_an_ended_stream_is_the_end),
		cmocka_unit_test(test_zip_a_bomb_is_inflated_as_it_is_read),
		cmocka_unit_test(test_zip_output_is_whole_after_each_flush),
		cmocka_unit_test(test_held_output_goes_out_as_it_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
