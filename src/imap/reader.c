#include <string.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/imap/reader_priv.h"
#include "src/imap/spool_priv.h"
#include "src/net/stream.h"

enum {
	FILL_BYTES = 16384,
	FILL_BYTES_MESSAGE = 65536
};

void imap_reader_reset(struct imap_reader *r)
{
	r->text = (struct buf){ 0 };
	r->spool = NULL;
	r->refusal = (struct imap_refusal){ 0 };
	r->mode = IMAP_READER_LINE;
	r->left = 0;
	r->literal_bytes = 0;
	r->line_from = 0;
	r->tail_n = 0;
}

bool imap_reader_is_idle(const struct imap_reader *r)
{
	return r->mode == IMAP_READER_LINE && r->text.n == 0;
}

/* "{n}" or "{n+}" at the end of a line: RFC 3501 section 4.3, RFC 7888. */
static bool find_literal(struct str line, uint64_t *size_r, bool *is_sync_r)
{
	ptrdiff_t open;
	struct str inside;

	/* "~{n}" (RFC 3516) counts its octets in the same way. */
	if (!str_ends(line, STR("}")))
		return false;
	open = str_rfind(line, '{');
	if (open < 0)
		return false;
	inside = str_from(str_first(line, line.n - 1), (size_t)open + 1);
	*is_sync_r = !str_ends(inside, STR("+"));
	if (!*is_sync_r)
		inside = str_first(inside, inside.n - 1);
	return str_to_u64(inside, INT64_MAX, size_r);
}

/* Refuse the command from here on; a literal that comes without being asked for is thrown away. */
static enum imap_read refuse_literal(struct imap_reader *r, uint64_t size, bool is_sync)
{
	if (is_sync)
		return IMAP_READ_REFUSED;
	if (size > r->skip_max)
		return IMAP_READ_BYE;
	r->left = size;
	r->mode = IMAP_READER_SKIP_LITERAL;
	return IMAP_READ_MORE;
}

static enum imap_read begin_literal(struct imap_reader *r, struct stream *stream, uint64_t size,
                                    bool is_sync)
{
	switch (r->announce(r->context, r, size, is_sync)) {
	case IMAP_LITERAL_REFUSE:
		return refuse_literal(r, size, is_sync);
	case IMAP_LITERAL_BYE:
		return IMAP_READ_BYE;
	case IMAP_LITERAL_MESSAGE:
		r->mode = IMAP_READER_MESSAGE;
		break;
	case IMAP_LITERAL_TAKE:
		if (size > r->literal_max - r->literal_bytes) {
			r->refusal = (struct imap_refusal){ "TOOBIG", "The literal is too large." };
			return refuse_literal(r, size, is_sync);
		}
		r->literal_bytes += size;
		r->mode = IMAP_READER_LITERAL;
		break;
	}
	must(buf_add(&r->text, STR("\r\n")) == ERR_OK);
	r->left = size;
	if (is_sync)
		stream_write(stream, STR("+ Ready for the literal.\r\n"));
	return IMAP_READ_MORE;
}

/* What stands behind the last literal: octets of a literal must never be read as an announcement.
 */
static struct str this_line(const struct imap_reader *r)
{
	return str_from(buf_str(&r->text), r->line_from);
}

/* The end of a line of the command has been reached. */
static enum imap_read end_line(struct imap_reader *r, struct stream *stream)
{
	uint64_t size;
	bool is_sync;

	r->text.n--;
	if (str_ends(this_line(r), STR("\r")))
		r->text.n--;
	if (r->is_raw || !find_literal(this_line(r), &size, &is_sync))
		return IMAP_READ_COMMAND;
	return begin_literal(r, stream, size, is_sync);
}

/* The last octets of a line in SKIP_LINE mode, enough to see a literal announced by them. */
static void keep_tail(struct imap_reader *r, struct str s)
{
	size_t keep = s.n < sizeof r->tail ? sizeof r->tail - s.n : 0;

	if (r->tail_n > keep) {
		memmove(r->tail, r->tail + r->tail_n - keep, keep);
		r->tail_n = keep;
	}
	if (s.n > sizeof r->tail)
		s = str_from(s, s.n - sizeof r->tail);
	memcpy(r->tail + r->tail_n, s.p, s.n);
	r->tail_n += s.n;
}

static enum imap_read skip_line(struct imap_reader *r, struct str taken, bool is_end)
{
	struct str tail;
	uint64_t size;
	bool is_sync;

	keep_tail(r, taken);
	if (!is_end)
		return IMAP_READ_MORE;
	tail = str_trim(str_make(r->tail, r->tail_n));
	r->tail_n = 0;
	if (!r->is_raw && find_literal(tail, &size, &is_sync))
		return refuse_literal(r, size, is_sync);
	return IMAP_READ_REFUSED;
}

static enum imap_read take_line(struct imap_reader *r, struct stream *stream, struct str taken,
                                bool is_end)
{
	/* Room for the line end, and for those put behind literals. */
	size_t have = r->text.n - (size_t)r->literal_bytes;

	if (have + taken.n > r->line_max + 2) {
		struct str first = str_first(taken, have < r->line_max ? r->line_max - have : 0);

		must(buf_add(&r->text, first) == ERR_OK);
		r->refusal = (struct imap_refusal){ NULL, "The command line is too long." };
		r->mode = IMAP_READER_SKIP_LINE;
		/* The tail begins in what has been collected. */
		keep_tail(r, this_line(r));
		return skip_line(r, str_from(taken, first.n), is_end);
	}
	must(buf_add(&r->text, taken) == ERR_OK);
	return is_end ? end_line(r, stream) : IMAP_READ_MORE;
}

static enum imap_read take_literal(struct imap_reader *r, struct str taken)
{
	r->left -= taken.n;
	if (r->mode == IMAP_READER_LITERAL)
		must(buf_add(&r->text, taken) == ERR_OK);
	if (r->mode == IMAP_READER_MESSAGE && imap_spool_write(r->spool, taken)) {
		r->refusal = (struct imap_refusal){ "UNAVAILABLE",
			                            "The message could not be kept." };
		r->mode = IMAP_READER_SKIP_LITERAL;
	}
	if (r->left > 0)
		return IMAP_READ_MORE;
	r->line_from = r->text.n;
	r->mode = r->mode == IMAP_READER_SKIP_LITERAL ? IMAP_READER_SKIP_LINE : IMAP_READER_LINE;
	return IMAP_READ_MORE;
}

enum imap_read imap_reader_next(struct imap_reader *r, struct stream *stream)
{
	enum imap_read result = IMAP_READ_MORE;

	if (!r->text.max)
		r->text = buf_in(r->arena, r->line_max + (size_t)r->literal_max + 16);
	while (result == IMAP_READ_MORE) {
		bool is_line = r->mode == IMAP_READER_LINE || r->mode == IMAP_READER_SKIP_LINE;
		struct str in = stream_buffered(stream);
		ptrdiff_t end;

		if (!is_line && r->left == 0) { /* an empty literal */
			take_literal(r, STR(""));
			continue;
		}
		if (in.n == 0) {
			enum stream_got got = stream_fill(stream, is_line ? FILL_BYTES
			                                                  : FILL_BYTES_MESSAGE);

			in = stream_buffered(stream);
			if (in.n == 0)
				return got == STREAM_EOF      ? IMAP_READ_EOF
				       : got == STREAM_FAILED ? IMAP_READ_FAILED
				                              : IMAP_READ_MORE;
		}
		if (!is_line) {
			in = str_first(in, r->left < in.n ? (size_t)r->left : in.n);
			result = take_literal(r, in);
		} else {
			end = str_find(in, '\n');
			if (end >= 0)
				in = str_first(in, (size_t)end + 1);
			result = r->mode == IMAP_READER_LINE ? take_line(r, stream, in, end >= 0)
			                                     : skip_line(r, in, end >= 0);
		}
		stream_consume(stream, in.n);
	}
	return result;
}
