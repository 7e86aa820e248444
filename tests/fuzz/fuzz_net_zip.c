/*
 * The compressed stream: any octets, and what zlib makes of any octets, give the same lines however
 * they come in and wherever the stream rests; and what is written can be read.
 *
 * The first octets choose the size of pieces, how the peer flushes, and which of both is played.
 */
#include <string.h>
#include <zlib.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/must.h"
#include "src/net/stream.h"

enum {
	LINE = 200,
	OUTPUT_MAX = 1 << 24,
	LINES_MAX = 2000, /* of a bomb */
	HELD_MAX = 400000
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note(struct buf *log, enum stream_got got, struct str line)
{
	must(buf_add_u64(log, got) == ERR_OK);
	if (got == STREAM_GOT)
		must(buf_add(log, line) == ERR_OK);
}

/* All lines, and how it ended. */
static struct buf read_lines(struct str input, size_t piece, bool rests)
{
	struct buf log = buf_in(NULL, OUTPUT_MAX * 4);
	struct stream *s = stream_open_memory();
	struct str line = { 0 };
	size_t at = 0, n = 0;

	must(!stream_start_compression(s, 1));
	while (n < LINES_MAX) {
		enum stream_got got = stream_line(s, LINE, STREAM_LF_TOO, &line);

		must(stream_bytes(s) < HELD_MAX + input.n * 2);
		if (got == STREAM_EOF || got == STREAM_FAILED)
			break;
		if (got != STREAM_MORE) {
			note(&log, got, line);
			n++;
			continue;
		}
		must(!stream_has_input(s));
		if (rests)
			stream_rest(s, at % 2);
		piece = piece < input.n - at ? piece : input.n - at;
		stream_memory_feed(s, str_make(input.p + at, piece), at + piece == input.n);
		at += piece;
	}
	stream_close(&s);
	return log;
}

/* What zlib makes of `text`, flushed after every `step` octets. */
static struct str squeeze(struct arena *a, struct str text, size_t step, uint8_t how)
{
	static const int flushes[] = { Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH };
	size_t room = text.n * 2 + text.n / step * 20 + 1000;
	unsigned char *out = arena_alloc(a, room);
	z_stream z = { 0 };

	must(deflateInit2(&z, how % 10, Z_DEFLATED, -9 - how % 7, 1 + how % 9,
	                  Z_DEFAULT_STRATEGY) == Z_OK);
	z.next_out = out;
	z.avail_out = (uInt)room;
	for (size_t at = 0; at < text.n; at += step) {
		struct str part = str_first(str_from(text, at), step);

		z.next_in = (unsigned char *)(uintptr_t)part.p;
		z.avail_in = (uInt)part.n;
		must(deflate(&z, flushes[(how >> 4) % 4]) == Z_OK && z.avail_in == 0);
	}
	(void)deflate(&z, how & 128 ? Z_FINISH : Z_SYNC_FLUSH);
	must(z.avail_out > 0);
	deflateEnd(&z);
	return str_make(out, room - z.avail_out);
}

/* The lines of `text` as they are. */
static struct buf plain_lines(struct str text)
{
	struct buf log = buf_in(NULL, OUTPUT_MAX);
	struct stream *s = stream_open_memory();
	struct str line = { 0 };
	enum stream_got got;

	stream_memory_feed(s, text, true);
	while ((got = stream_line(s, LINE, STREAM_LF_TOO, &line)) != STREAM_EOF)
		note(&log, got, line);
	stream_close(&s);
	return log;
}

/* Write `text` in pieces; what comes out inflates to it. */
static void write_and_read(struct arena *a, struct str text, size_t step, uint8_t how)
{
	struct stream *s = stream_open_memory();
	unsigned char *back = arena_alloc(a, text.n + 1);
	z_stream z = { .next_out = back, .avail_out = (uInt)text.n + 1 };
	struct str out;

	must(!stream_start_compression(s, 1 + how % 9));
	for (size_t at = 0; at < text.n; at += step) {
		stream_write(s, str_first(str_from(text, at), step));
		if (how & 32)
			must(!stream_flush(s));
		if (how & 64)
			stream_rest(s, true);
	}
	out = stream_memory_take(s, a);
	must(inflateInit2(&z, -15) == Z_OK);
	z.next_in = (unsigned char *)(uintptr_t)out.p;
	z.avail_in = (uInt)out.n;
	(void)inflate(&z, Z_SYNC_FLUSH);
	must(z.avail_in == 0 && str_eq(str_make(back, text.n + 1 - z.avail_out), text));
	inflateEnd(&z);
	stream_close(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a;
	struct buf whole, split, plain;
	struct str input, text;
	size_t piece;

	if (size < 4)
		return 0;
	a = arena_new(NULL);
	piece = data[0] + 1U;
	text = input = str_make(data + 3, size - 3);
	if (data[2] & 1)
		input = squeeze(a, text, data[1] + 1U, data[1]);
	whole = read_lines(input, input.n, false);
	split = read_lines(input, piece, true);
	must(str_eq(buf_str(&whole), buf_str(&split)));
	if (data[2] & 1) {
		plain = plain_lines(text);
		must(str_eq(buf_str(&whole), buf_str(&plain)));
		buf_clear(&plain);
		write_and_read(a, text, piece, data[1]);
	}
	buf_clear(&whole);
	buf_clear(&split);
	arena_free(&a);
	return 0;
}
