#include "src/mail/downgrade.h"

#include <string.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/codec.h"
#include "src/base/must.h"

enum {
	FIELD_MAX = 64 * 1024,
	OUT_MAX = 16 * FIELD_MAX, /* an octet becomes less than sixteen */
	WORD_OCTETS =
		45 /* of UTF-8 in one encoded word: 75 characters at most (RFC 2047 section 2) */
};

#define INVALID_ADDRESS "<invalid@internationalized-address.invalid>"

struct mail_downgrade {
	void (*write)(void *context, struct str octets);
	void *context;
	struct arena *arena; /* of one field */
	struct buf field;    /* the current field, with its continuation lines */
	size_t line_at;      /* where its last line begins */
	bool is_plain;       /* nothing more to look at */
};

struct mail_downgrade *mail_downgrade_new(struct arena *a,
                                          void (*write)(void *context, struct str octets),
                                          void *context)
{
	struct mail_downgrade *d = ARENA_NEW(a, struct mail_downgrade);

	d->write = write;
	d->context = context;
	d->arena = arena_new(a);
	d->field = buf_in(a, FIELD_MAX);
	return d;
}

/* Into a buffer whose cap cannot be reached. */
static void put(struct buf *out, struct str s)
{
	must(!buf_add(out, s));
}

/* ---------------------------------------------------------------- encoded words */

static bool is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* `text` as encoded words, each on a line of its own after the first; folds in it are undone first.
 */
static void put_words(struct arena *a, struct buf *out, struct str text)
{
	struct buf flat = buf_in(a, FIELD_MAX);
	struct str rest;

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '\r' && text.p[i] != '\n')
			must(!buf_add_byte(&flat, text.p[i]));
	rest = buf_str(&flat);
	while (rest.n) {
		size_t n = rest.n < WORD_OCTETS ? rest.n : WORD_OCTETS;

		/* A character is never cut (RFC 2047 section 5). */
		while (n < rest.n && (rest.p[n] & 0xc0) == 0x80)
			n--;
		put(out, STR("=?utf-8?B?"));
		put(out, codec_base64_encode(a, str_first(rest, n)));
		put(out, STR("?="));
		rest = str_from(rest, n);
		if (rest.n)
			put(out, STR("\r\n "));
	}
}

static size_t token_length(struct str s, const char *stops)
{
	size_t n = 0;

	while (n < s.n && !is_blank(s.p[n]) && !(s.p[n] < 0x80 && s.p[n] && strchr(stops, s.p[n])))
		n++;
	return n;
}

static size_t blank_length(struct str s)
{
	size_t n = 0;

	while (n < s.n && is_blank(s.p[n]))
		n++;
	return n;
}

/* Length of the words from here that need encoding, with the blanks between them: one run, or the
 * blanks would go. */
static size_t run_length(struct str s, const char *stops)
{
	size_t n = 0, next = 0;

	for (;;) {
		size_t token = token_length(str_from(s, next), stops);

		if (!token || str_is_ascii(str_first(str_from(s, next), token)))
			return n;
		n = next + token;
		next = n + blank_length(str_from(s, n));
	}
}

/* ---------------------------------------------------------------- values of fields */

static void put_text(struct arena *a, struct buf *out, struct str value)
{
	while (value.n) {
		size_t n = run_length(value, "");

		if (n) {
			put_words(a, out, str_first(value, n));
		} else {
			n = token_length(value, "");
			n = n ? n : blank_length(value);
			put(out, str_first(value, n));
		}
		value = str_from(value, n);
	}
}

/* Length of a quoted string, comment or <address> up to and with its closing octet. */
static size_t closed_length(struct str s, unsigned char closing)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] < 0x80)
			i++;
		else if (s.p[i] == closing)
			return i + 1;
	}
	return s.n;
}

/* What stands between the delimiters, without the backslashes of quoted pairs. */
static struct str inner(struct arena *a, struct str s)
{
	unsigned char *out = arena_alloc(a, s.n + 1);
	size_t n = 0, end = s.n > 1 ? s.n - 1 : s.n;

	for (size_t i = 1; i < end; i++) {
		if (s.p[i] == '\\' && i + 1 < end)
			i++;
		out[n++] = s.p[i];
	}
	return str_make(out, n);
}

static size_t put_closed(struct arena *a, struct buf *out, struct str value)
{
	unsigned char closing = value.p[0] == '"' ? '"' : value.p[0] == '(' ? ')' : '>';
	size_t n = closed_length(value, closing);
	struct str s = str_first(value, n);

	if (str_is_ascii(s)) {
		put(out, s);
	} else if (closing == '>') {
		put(out, STR(INVALID_ADDRESS));
	} else {
		put(out, closing == ')' ? STR("(") : STR(""));
		put_words(a, out, inner(a, s));
		put(out, closing == ')' ? STR(")") : STR(""));
	}
	return n;
}

/* A list of addresses (RFC 5322 section 3.4). */
static void put_addresses(struct arena *a, struct buf *out, struct str value)
{
	static const char specials[] = "\"(<,:;";

	while (value.n) {
		size_t n;

		if (value.p[0] == '"' || value.p[0] == '(' || value.p[0] == '<') {
			n = put_closed(a, out, value);
		} else {
			n = run_length(value, specials);
			if (n) {
				put_words(a, out, str_first(value, n));
				if (str_find(str_first(value, n), '@') >= 0)
					put(out, STR(" " INVALID_ADDRESS));
			} else {
				n = token_length(value, specials);
				n = n ? n : 1;
				put(out, str_first(value, n));
			}
		}
		value = str_from(value, n);
	}
}

/* attribute*=utf-8''%E4... (RFC 2231 section 4) */
static void put_parameter(struct arena *a, struct buf *out, struct str name, struct str value)
{
	static const char hex[] = "0123456789ABCDEF";

	if (value.n && value.p[0] == '"')
		value = inner(a, value);
	put(out, name);
	put(out, STR("*=utf-8''"));
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = value.p[i];
		bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		                (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
		const unsigned char escaped[3] = { '%', (unsigned char)hex[c >> 4],
			                           (unsigned char)hex[c & 15] };

		if (c != '\r' && c != '\n')
			put(out, is_plain ? str_make(&c, 1) : str_make(escaped, 3));
	}
}

/* Length of one parameter, up to the semicolon that ends it. */
static size_t parameter_length(struct str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != ';')
		n += s.p[n] == '"' ? closed_length(str_from(s, n), '"') : 1;
	return n;
}

/* Content-Type and Content-Disposition: a value and its parameters (RFC 2045 section 5.1). */
static void put_parameters(struct arena *a, struct buf *out, struct str value)
{
	while (value.n) {
		size_t n = parameter_length(value), blanks = blank_length(value);
		struct str part = str_first(value, n), name;

		if (str_is_ascii(part)) {
			put(out, part);
		} else {
			part = str_from(part, blanks);
			put(out, str_first(value, blanks));
			if (str_cut(&part, '=', &name) && str_is_ascii(name))
				put_parameter(a, out, str_trim(name), str_trim(part));
			/* What is no parameter is left out (RFC 6858 section 2.2). */
		}
		if (n < value.n)
			put(out, STR(";"));
		value = str_from(value, n + 1);
	}
}

/* ---------------------------------------------------------------- fields */

enum shape {
	SHAPE_TEXT,
	SHAPE_ADDRESSES,
	SHAPE_PARAMETERS,
	SHAPE_DROPPED
};

static enum shape shape_of(struct str name)
{
	static const struct {
		const char *name;
		enum shape shape;
	} shapes[] = {
		{ "From", SHAPE_ADDRESSES },
		{ "Sender", SHAPE_ADDRESSES },
		{ "To", SHAPE_ADDRESSES },
		{ "Cc", SHAPE_ADDRESSES },
		{ "Bcc", SHAPE_ADDRESSES },
		{ "Reply-To", SHAPE_ADDRESSES },
		{ "Resent-From", SHAPE_ADDRESSES },
		{ "Resent-Sender", SHAPE_ADDRESSES },
		{ "Resent-To", SHAPE_ADDRESSES },
		{ "Resent-Cc", SHAPE_ADDRESSES },
		{ "Resent-Bcc", SHAPE_ADDRESSES },
		{ "Return-Path", SHAPE_ADDRESSES },
		{ "Delivered-To", SHAPE_ADDRESSES },
		{ "Content-Type", SHAPE_PARAMETERS },
		{ "Content-Disposition", SHAPE_PARAMETERS },
		/* Encoded words are not allowed in these, and nobody reads them. */
		{ "Received", SHAPE_DROPPED },
		{ "Message-ID", SHAPE_DROPPED },
		{ "In-Reply-To", SHAPE_DROPPED },
		{ "References", SHAPE_DROPPED },
		{ "Content-ID", SHAPE_DROPPED },
	};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		if (str_ieq(name, str_c(shapes[i].name)))
			return shapes[i].shape;
	return SHAPE_TEXT;
}

/* One field with the end of its last line. */
static void write_field(struct mail_downgrade *d, struct str field)
{
	struct str value = field, name, line_end;
	struct buf made = buf_in(d->arena, OUT_MAX);

	if (str_is_ascii(field) || !str_is_utf8(field) || !str_cut(&value, ':', &name) ||
	    !str_is_ascii(name)) {
		d->write(d->context, field);
		return;
	}
	line_end = str_from(value, str_trim(value).n ? (size_t)(str_trim(value).p - value.p) +
	                                                       str_trim(value).n
	                                             : 0);
	value = str_first(value, value.n - line_end.n);
	put(&made, name);
	put(&made, STR(":"));
	switch (shape_of(str_trim(name))) {
	case SHAPE_TEXT:
		put_text(d->arena, &made, value);
		break;
	case SHAPE_ADDRESSES:
		put_addresses(d->arena, &made, value);
		break;
	case SHAPE_PARAMETERS:
		put_parameters(d->arena, &made, value);
		break;
	case SHAPE_DROPPED:
		arena_reset(d->arena);
		return;
	}
	put(&made, line_end);
	d->write(d->context, buf_str(&made));
	arena_reset(d->arena);
}

/* A line has come to its end: does it begin a field, continue one, or end the header? */
static void end_line(struct mail_downgrade *d)
{
	struct str all = buf_str(&d->field), line = str_from(all, d->line_at);
	bool continues = d->line_at && (line.p[0] == ' ' || line.p[0] == '\t');

	if (!continues && d->line_at) {
		write_field(d, str_first(all, d->line_at));
		buf_drop(&d->field, d->line_at);
	}
	if (!str_trim(buf_str(&d->field)).n) {
		d->write(d->context, buf_str(&d->field));
		buf_drop(&d->field, d->field.n);
		d->is_plain = true;
	}
	d->line_at = d->field.n;
}

void mail_downgrade_write(struct mail_downgrade *d, struct str octets)
{
	while (octets.n && !d->is_plain) {
		ptrdiff_t lf = str_find(octets, '\n');
		struct str piece = str_first(octets, lf < 0 ? octets.n : (size_t)lf + 1);

		if (buf_add(&d->field, piece)) {
			/* A field of this length is not for people: from here on all is as it is.
			 */
			d->write(d->context, buf_str(&d->field));
			d->is_plain = true;
			break;
		}
		octets = str_from(octets, piece.n);
		if (lf >= 0)
			end_line(d);
	}
	d->write(d->context, octets);
}

void mail_downgrade_end(struct mail_downgrade *d)
{
	if (!d->is_plain && d->field.n)
		write_field(d, buf_str(&d->field));
	d->is_plain = true;
}

/* What becomes of a header: it may grow beyond `max`, and is cut then. */
static void collect(void *context, struct str octets)
{
	struct buf *out = context;

	(void)!buf_add(out, str_first(octets, out->max - out->n));
}

struct str mail_downgrade_header(struct arena *a, struct str header, size_t max)
{
	struct buf out = buf_in(a, max);
	struct mail_downgrade *d = mail_downgrade_new(a, collect, &out);

	mail_downgrade_write(d, header);
	mail_downgrade_end(d);
	return buf_str(&out);
}
