/*
 * Compression of a stream (RFC 4978): raw deflate (RFC 1951) both ways.
 *
 * While a thread works for the session zlib's states exist; when the stream rests, they go. A
 * deflate stream that has been flushed may be continued by a fresh one: its blocks only do not
 * refer to what was before. The peer's blocks may refer to its last 32 KiB, which are therefore
 * kept, and the bits that it has left over of an octet.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "src/base/must.h"
#include "src/net/stream.h"
#include "src/net/stream_priv.h"

enum {
	RAW_BYTES = 4096,     /* read at a time */
	BLOCK_BYTES = 8192,   /* of output at a time */
	WINDOW_BITS = -15,    /* raw deflate */
	WINDOW_BYTES = 32768, /* how far back the peer may refer */
	MEMORY_LEVEL = 8,
	PACK_FROM = 4096, /* a smaller window is not worth packing */
};

struct stream_zip {
	int level;
	bool is_in_up, is_out_up;
	bool is_bad;             /* the peer's octets are damaged */
	bool is_open;            /* deflated octets have not been flushed yet */
	bool has_more;           /* inflate has stopped for want of room */
	bool is_end;             /* the peer has ended its deflate stream */
	unsigned char last;      /* octet that inflate has taken last */
	unsigned char bits;      /* of it, that inflate has not used, while resting */
	struct stream_space raw; /* compressed octets that have been read */
	unsigned char *window;   /* while resting */
	size_t window_n;
	size_t packed_n; /* octets at `window` when it is packed, else 0 */
	size_t held;     /* by zlib */
	z_stream in, out;
};

/* ---------------------------------------------------------------- memory */

static void *zip_alloc(void *opaque, unsigned items, unsigned size)
{
	struct stream_zip *z = opaque;
	void *p = calloc(items, size);

	must(p && "out of memory");
	z->held += malloc_usable_size(p);
	return p;
}

static void zip_release(void *opaque, void *p)
{
	struct stream_zip *z = opaque;

	z->held -= malloc_usable_size(p);
	free(p);
}

static void end_in(struct stream_zip *z)
{
	if (z->is_in_up)
		inflateEnd(&z->in);
	z->is_in_up = false;
}

static void end_out(struct stream_zip *z)
{
	if (z->is_out_up)
		deflateEnd(&z->out);
	z->is_out_up = false;
}

static void forget_window(struct stream_zip *z)
{
	free(z->window);
	z->window = NULL;
	z->window_n = z->packed_n = 0;
}

size_t stream_zip_bytes(const struct stream *s)
{
	const struct stream_zip *z = s->zip;

	if (!z)
		return 0;
	return sizeof(*z) + z->held + z->raw.room + (z->packed_n ? z->packed_n : z->window_n);
}

void stream_zip_free(struct stream *s)
{
	struct stream_zip *z = s->zip;

	if (!z)
		return;
	end_in(z);
	end_out(z);
	forget_window(z);
	free(z->raw.p);
	free(z);
	s->zip = NULL;
}

enum err stream_start_compression(struct stream *s, int level)
{
	struct stream_zip *z;
	enum err e;

	if (s->zip)
		return ERR_EXISTS;
	must(level >= 1 && level <= 9);
	e = stream_flush(s);
	if (e)
		return e;
	z = calloc(1, sizeof *z);
	must(z && "out of memory");
	z->level = level;
	z->raw = s->in;
	s->in = (struct stream_space){ 0 };
	s->scanned = 0;
	s->is_fresh = s->is_drained = false;
	s->zip = z;
	return ERR_OK;
}

bool stream_is_compressed(const struct stream *s)
{
	return s->zip;
}

/* ---------------------------------------------------------------- the peer's octets */

/* The window as it was before it was packed, in `plain`. */
static void unpack_window(struct stream_zip *z, unsigned char plain[WINDOW_BYTES])
{
	uLongf n = WINDOW_BYTES;

	must(uncompress(plain, &n, z->window, z->packed_n) == Z_OK && n == z->window_n);
}

/* Begin, or go on where the stream has rested. */
static void begin_in(struct stream_zip *z)
{
	unsigned char plain[WINDOW_BYTES];

	z->in = (z_stream){ .zalloc = zip_alloc, .zfree = zip_release, .opaque = z };
	must(inflateInit2(&z->in, WINDOW_BITS) == Z_OK);
	z->is_in_up = true;
	if (z->packed_n)
		unpack_window(z, plain);
	if (z->window_n)
		must(inflateSetDictionary(&z->in, z->packed_n ? plain : z->window,
		                          (uInt)z->window_n) == Z_OK);
	if (z->bits)
		must(inflatePrime(&z->in, z->bits, z->last >> (8 - z->bits)) == Z_OK);
	forget_window(z);
	z->bits = 0;
}

/* Inflate into at most `room` octets; the number of them. */
static size_t inflate_some(struct stream *s, unsigned char *p, size_t room)
{
	struct stream_zip *z = s->zip;
	size_t taken;
	int result;

	if (!z->is_in_up)
		begin_in(z);
	z->in.next_in = z->raw.p ? z->raw.p + z->raw.at : NULL;
	z->in.avail_in = (uInt)z->raw.n;
	z->in.next_out = p;
	z->in.avail_out = (uInt)room;
	result = inflate(&z->in, Z_SYNC_FLUSH);
	taken = z->raw.n - z->in.avail_in;
	if (taken > 0)
		z->last = z->raw.p[z->raw.at + taken - 1];
	stream_space_drop(&z->raw, taken);
	if (z->raw.n == 0)
		stream_space_free(&z->raw);
	z->has_more = z->in.avail_out == 0;
	z->is_end = result == Z_STREAM_END;
	/* Z_BUF_ERROR is what zlib calls having nothing to do. */
	z->is_bad = result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END;
	return room - z->in.avail_out;
}

enum transport stream_zip_read(struct stream *s, unsigned char *p, size_t room, size_t *n_r)
{
	struct stream_zip *z = s->zip;
	enum transport t;
	size_t n;

	for (;;) {
		if (z->raw.n > 0 || z->has_more) {
			*n_r = z->is_end || z->is_bad ? 0 : inflate_some(s, p, room);
			if (*n_r > 0)
				return TRANSPORT_DONE;
		}
		/* What came before the damage has been read. */
		if (z->is_bad) {
			stream_fail(s, ERR_PROTO, "the peer's compressed octets are damaged");
			return TRANSPORT_FAILED;
		}
		/* Nothing can follow an end, and nothing says so but the end of the connection. */
		if (z->is_end)
			return TRANSPORT_END;
		if (z->raw.n > 0)
			continue;
		n = 0;
		t = stream_move_in(s, stream_space_reserve(&z->raw, RAW_BYTES), RAW_BYTES, &n);
		z->raw.n += n;
		if (z->raw.n == 0)
			stream_space_free(&z->raw);
		if (t != TRANSPORT_DONE)
			return t;
	}
}

bool stream_zip_has_pending(const struct stream *s)
{
	return s->zip->raw.n > 0 || s->zip->has_more;
}

/* ---------------------------------------------------------------- our octets */

void stream_zip_write(struct stream *s, const unsigned char *p, size_t n, bool is_end)
{
	struct stream_zip *z = s->zip;
	unsigned char block[BLOCK_BYTES];

	must(n <= UINT32_MAX);
	if (!z->is_out_up) {
		z->out = (z_stream){ .zalloc = zip_alloc, .zfree = zip_release, .opaque = z };
		must(deflateInit2(&z->out, z->level, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL,
		                  Z_DEFAULT_STRATEGY) == Z_OK);
		z->is_out_up = true;
	}
	z->out.next_in = (unsigned char *)(uintptr_t)p;
	z->out.avail_in = (uInt)n;
	do {
		size_t made;

		z->out.next_out = block;
		z->out.avail_out = sizeof block;
		(void)deflate(&z->out, is_end ? Z_SYNC_FLUSH : Z_NO_FLUSH);
		made = sizeof block - z->out.avail_out;
		if (made > 0)
			memcpy(stream_space_reserve(&s->wire, made), block, made);
		s->wire.n += made;
	} while (z->out.avail_out == 0);
	z->is_open = !is_end;
}

bool stream_zip_is_open(const struct stream *s)
{
	return s->zip->is_open;
}

/* ---------------------------------------------------------------- rest */

static void pack_window(struct stream_zip *z)
{
	uLongf n = compressBound(WINDOW_BYTES);
	unsigned char *packed;

	if (z->window_n < PACK_FROM || z->packed_n)
		return;
	packed = malloc(n);
	must(packed && "out of memory");
	must(compress2(packed, &n, z->window, z->window_n, 1) == Z_OK);
	if (n < z->window_n) {
		free(z->window);
		z->window = realloc(packed, n);
		must(z->window && "out of memory");
		z->packed_n = n;
	} else {
		free(packed);
	}
}

/* Between two blocks inflate's state is its window and less than an octet. */
static void rest_in(struct stream_zip *z)
{
	unsigned char plain[WINDOW_BYTES];
	uInt n = 0;

	if (z->raw.n > 0 || z->has_more || z->is_end || !(z->in.data_type & 128) ||
	    z->in.data_type & 64 || (z->in.data_type & 63) > 7)
		return;
	must(inflateGetDictionary(&z->in, plain, &n) == Z_OK && n <= sizeof plain);
	z->bits = (unsigned char)(z->in.data_type & 63);
	end_in(z);
	if (n == 0)
		return;
	z->window = malloc(n);
	must(z->window && "out of memory");
	memcpy(z->window, plain, n);
	z->window_n = n;
}

void stream_rest(struct stream *s, bool is_long)
{
	struct stream_zip *z = s->zip;

	if (!z || s->error || stream_pending(s) > 0)
		return;
	end_out(z);
	if (z->is_in_up)
		rest_in(z);
	if (is_long)
		pack_window(z);
}
