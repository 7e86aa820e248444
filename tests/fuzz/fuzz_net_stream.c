/*
 * Lines of a stream: the same however the octets were split.
 *
 * The first octets choose the longest line, the kind of line ends and the size of pieces.
 */
#include "src/base/buf.h"
#include "src/base/must.h"
#include "src/net/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note(struct buf *log, enum stream_got got, struct str line)
{
	must(buf_add_u64(log, got) == ERR_OK);
	if (got == STREAM_GOT)
		must(buf_add_u64(log, line.n) == ERR_OK && buf_add(log, line) == ERR_OK);
}

static struct buf read_lines(struct str input, size_t piece, size_t max, enum stream_eol eol)
{
	struct buf log = buf_in(NULL, 1 << 24);
	struct stream *s = stream_open_memory();
	struct str line = { 0 };
	enum stream_got got;
	size_t at = 0;

	for (;;) {
		got = stream_line(s, max, eol, &line);
		if (got == STREAM_EOF)
			break;
		if (got != STREAM_MORE) {
			must(got != STREAM_GOT || line.n <= max);
			note(&log, got, line);
			continue;
		}
		must(!stream_has_input(s));
		must(stream_bytes(s) <= 2 * (max + 2) + 3 * 4096 + piece);
		piece = piece < input.n - at ? piece : input.n - at;
		stream_memory_feed(s, str_make(input.p + at, piece), at + piece == input.n);
		at += piece;
	}
	stream_close(&s);
	return log;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, split;
	struct str input;
	enum stream_eol eol;
	size_t max, piece;

	if (size < 4)
		return 0;
	max = data[0];
	piece = data[1] + 1U;
	eol = data[2] & 1 ? STREAM_LF_TOO : STREAM_CRLF_ONLY;
	input = str_make(data + 3, size - 3);
	whole = read_lines(input, input.n, max, eol);
	split = read_lines(input, piece, max, eol);
	must(str_eq(buf_str(&whole), buf_str(&split)));
	buf_clear(&whole);
	buf_clear(&split);
	return 0;
}
