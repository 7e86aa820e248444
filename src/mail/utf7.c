#include "src/mail/utf7.h"

#include "src/base/arena.h"
#include "src/base/codec.h"
#include "src/mail/text_priv.h"

/* Modified base64: "," in place of "/" (RFC 3501 section 5.1.3). */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static int base64_value(unsigned char c)
{
	return c == ',' ? 63 : c == '/' ? -1 : codec_base64_digit(c);
}

/* One UTF-16 unit of a shifted run; `*high` holds a surrogate that waits for its other half. */
static enum err add_unit(struct buf *b, uint32_t unit, uint32_t *high)
{
	if (*high) {
		if (unit < 0xdc00 || unit > 0xdfff)
			return ERR_INVALID;
		put_utf8(b, 0x10000 + ((*high - 0xd800) << 10) + (unit - 0xdc00));
		*high = 0;
		return ERR_OK;
	}
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return ERR_INVALID;
	/* What can stand for itself must: RFC 3501 calls the other spelling an error. */
	if (unit >= 0x20 && unit <= 0x7e)
		return ERR_INVALID;
	if (unit >= 0xd800 && unit <= 0xdbff)
		*high = unit;
	else
		put_utf8(b, unit);
	return ERR_OK;
}

/* The run between "&" and "-": whole units, zero bits at the end, at least one unit. */
static enum err decode_run(struct buf *b, struct str run)
{
	uint32_t v = 0, high = 0;
	unsigned bits = 0;
	enum err e;

	for (size_t i = 0; i < run.n; i++) {
		int digit = base64_value(run.p[i]);

		if (digit < 0)
			return ERR_INVALID;
		v = v << 6 | (uint32_t)digit;
		bits += 6;
		if (bits < 16)
			continue;
		bits -= 16;
		e = add_unit(b, v >> bits & 0xffff, &high);
		if (e)
			return e;
		v &= (1U << bits) - 1;
	}
	return high || bits >= 6 || v ? ERR_INVALID : ERR_OK;
}

enum err mail_utf7_decode(struct arena *a, struct str utf7, struct str *utf8_r)
{
	/* Eight octets of a run hold three units of three octets each. */
	struct buf b = buf_in(a, utf7.n * 2 + 8);
	struct str rest = utf7;
	bool was_run = false;
	enum err e;

	for (size_t i = 0; i < utf7.n; i++)
		if (utf7.p[i] < 0x20 || utf7.p[i] > 0x7e)
			return ERR_INVALID;
	if (str_find(utf7, '&') < 0) {
		*utf8_r = utf7;
		return ERR_OK;
	}
	while (rest.n) {
		struct str plain, run;
		bool has_run = str_cut(&rest, '&', &plain);

		put(&b, plain);
		if (!has_run)
			break;
		if (!str_cut(&rest, '-', &run))
			return ERR_INVALID;
		if (run.n == 0) {
			put_byte(&b, '&');
			was_run = false;
			continue;
		}
		/* Two runs side by side have a shorter spelling as one. */
		if (was_run && plain.n == 0)
			return ERR_INVALID;
		e = decode_run(&b, run);
		if (e)
			return e;
		was_run = true;
	}
	*utf8_r = buf_str(&b);
	return ERR_OK;
}

struct run_writer {
	struct buf *b;
	uint32_t v;
	unsigned bits;
	bool is_open;
};

static void write_unit(struct run_writer *w, uint32_t unit)
{
	if (!w->is_open)
		put_byte(w->b, '&');
	w->is_open = true;
	w->v = w->v << 16 | unit;
	w->bits += 16;
	while (w->bits >= 6) {
		w->bits -= 6;
		put_byte(w->b, (unsigned char)alphabet[w->v >> w->bits & 63]);
	}
	w->v &= (1U << w->bits) - 1;
}

static void close_run(struct run_writer *w)
{
	if (!w->is_open)
		return;
	if (w->bits)
		put_byte(w->b, (unsigned char)alphabet[w->v << (6 - w->bits) & 63]);
	put_byte(w->b, '-');
	*w = (struct run_writer){ .b = w->b };
}

enum err mail_utf7_encode(struct arena *a, struct str utf8, struct str *utf7_r)
{
	/* The worst is a control character between printable ones: "&AAE-". */
	struct buf b = buf_in(a, utf8.n * 6 + 8);
	struct run_writer w = { .b = &b };
	size_t i = 0;

	if (!str_is_utf8(utf8))
		return ERR_INVALID;
	while (i < utf8.n) {
		uint32_t c = 0;

		i += next_utf8(utf8.p + i, utf8.n - i, &c);
		if (c >= 0x20 && c <= 0x7e) {
			close_run(&w);
			put_byte(&b, (unsigned char)c);
			if (c == '&')
				put_byte(&b, '-');
		} else if (c >= 0x10000) {
			write_unit(&w, 0xd800 + ((c - 0x10000) >> 10));
			write_unit(&w, 0xdc00 + ((c - 0x10000) & 0x3ff));
		} else {
			write_unit(&w, c);
		}
	}
	close_run(&w);
	*utf7_r = buf_str(&b);
	return ERR_OK;
}
