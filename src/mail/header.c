#include "src/mail/header.h"

#include <string.h>

#include "src/base/arena.h"
#include "src/mail/charset.h"
#include "src/mail/header_priv.h"
#include "src/mail/text_priv.h"
#include "src/mail/transfer.h"

enum {
	WORD_MAX = 75,   /* an encoded-word, RFC 2047 section 2 */
	LINE_LIMIT = 76, /* a line that has one */
	CHARSET_MAX = 60,
};

size_t header_line_end(struct str s)
{
	if (s.n && s.p[0] == '\n')
		return 1;
	return s.n > 1 && s.p[0] == '\r' && s.p[1] == '\n' ? 2 : 0;
}

/* `line` up to its colon when that is a field name (RFC 5322 section 2.2), otherwise empty. */
static struct str field_name(struct str line)
{
	ptrdiff_t colon = str_find(line, ':');
	struct str name;

	if (colon <= 0)
		return str_make(line.p, 0);
	name = str_first(line, (size_t)colon);
	/* Blanks before the colon: section 4.5.8. */
	while (name.n && is_wsp(name.p[name.n - 1]))
		name.n--;
	if (str_find(name, ' ') >= 0 || str_find(name, '\t') >= 0)
		return str_make(line.p, 0);
	return name;
}

bool header_is_line(struct str line)
{
	if (line.n == 0 || header_line_end(line))
		return false;
	if (is_wsp(line.p[0]) || field_name(line).n)
		return true;
	return str_starts(line, STR("From ")) || str_starts(line, STR(">From "));
}

/* The line that `s` begins with. */
static struct str first_line(struct str s)
{
	const unsigned char *eol = s.n ? memchr(s.p, '\n', s.n) : NULL;

	return eol ? str_first(s, (size_t)(eol - s.p) + 1) : s;
}

bool mail_header_next(struct mail_header_iter *iter, struct mail_header_field *field_r)
{
	struct str s = iter->rest, line = first_line(s);
	size_t n = line.n;

	if (!header_is_line(line))
		return false;
	while (n < s.n && is_wsp(s.p[n]))
		n += first_line(str_from(s, n)).n;
	field_r->raw = str_first(s, n);
	field_r->name = field_name(line);
	iter->rest = str_from(s, n);
	field_r->value = field_r->raw;
	if (field_r->name.n)
		field_r->value = str_from(field_r->raw, (size_t)str_find(field_r->raw, ':') + 1);
	if (field_r->value.n && field_r->value.p[field_r->value.n - 1] == '\n')
		field_r->value.n--;
	if (field_r->value.n && field_r->value.p[field_r->value.n - 1] == '\r')
		field_r->value.n--;
	return true;
}

size_t mail_header_size(struct str message)
{
	struct str rest = message, line;

	while (rest.n) {
		line = first_line(rest);
		if (!header_is_line(line))
			return (size_t)(rest.p - message.p) + header_line_end(rest);
		rest = str_from(rest, line.n);
	}
	return message.n;
}

bool mail_header_find(struct str block, struct str name, struct mail_header_field *field_r)
{
	struct mail_header_iter iter = { .rest = block };
	struct mail_header_field field;

	while (mail_header_next(&iter, &field)) {
		if (!str_ieq(field.name, name))
			continue;
		*field_r = field;
		return true;
	}
	return false;
}

struct str mail_header_unfold(struct arena *a, struct str value)
{
	unsigned char *out;
	size_t n = 0;

	value = str_trim(value);
	if (str_find(value, '\n') < 0 && str_find(value, '\r') < 0 && str_find(value, '\0') < 0)
		return value;
	out = arena_alloc(a, value.n);
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = value.p[i];
		size_t end = header_line_end(str_from(value, i));

		if (end && i + end < value.n && is_wsp(value.p[i + end]))
			i += end - 1;
		else
			out[n++] = c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
	}
	return str_trim(str_make(out, n));
}

/* =?charset*language?encoding?text?= */
struct word {
	struct str charset;
	struct str text;
	char encoding;
	size_t size;
};

/* The encoded-word that `s` begins with. `*has_end` false: no "?=" is ahead, do not look again. */
static bool read_word(struct str s, struct word *word_r, bool *has_end)
{
	ptrdiff_t mark, end;
	struct str rest;

	if (!*has_end || !str_starts(s, STR("=?")))
		return false;
	rest = str_from(s, 2);
	mark = str_find(str_first(rest, CHARSET_MAX), '?');
	if (mark <= 0 || (size_t)mark + 2 >= rest.n || rest.p[mark + 2] != '?')
		return false;
	word_r->charset = str_first(rest, (size_t)mark);
	word_r->encoding = (char)(rest.p[mark + 1] | 0x20);
	if (word_r->encoding != 'b' && word_r->encoding != 'q')
		return false;
	rest = str_from(rest, (size_t)mark + 3);
	end = str_search(rest, STR("?="));
	if (end < 0) {
		*has_end = false;
		return false;
	}
	word_r->text = str_first(rest, (size_t)end);
	word_r->size = (size_t)(rest.p - s.p) + (size_t)end + 2;
	return true;
}

/* The "Q" encoding (RFC 2047 section 4.2), appended to `b`. */
static void decode_q(struct buf *b, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		int high = i + 2 < text.n ? hex_digit(text.p[i + 1]) : -1;
		int low = i + 2 < text.n ? hex_digit(text.p[i + 2]) : -1;

		if (text.p[i] == '=' && high >= 0 && low >= 0) {
			put_byte(b, (unsigned char)(high << 4 | low));
			i += 2;
		} else {
			put_byte(b, text.p[i] == '_' ? ' ' : text.p[i]);
		}
	}
}

struct decoder {
	struct arena *a;
	struct buf out;
	struct buf octets; /* of adjacent words in one charset, not yet converted */
	struct str charset;
	size_t max;
};

static void add_text(struct decoder *d, struct str charset, struct str bytes)
{
	size_t room = d->max - d->out.n;

	put(&d->out, mail_charset_to_utf8(d->a, charset, bytes, room));
}

static void flush_octets(struct decoder *d)
{
	add_text(d, d->charset, buf_str(&d->octets));
	d->octets = buf_in(d->a, d->octets.max);
}

static void add_word(struct decoder *d, const struct word *word)
{
	if (d->octets.n && !str_ieq(d->charset, word->charset))
		flush_octets(d);
	d->charset = word->charset;
	if (word->encoding == 'q')
		decode_q(&d->octets, word->text);
	else
		put(&d->octets, mail_transfer_decode(d->a, 'b', word->text, word->text.n));
}

/* Octets before the next "=?" in `s`, at least one. */
static size_t plain_run(struct str s)
{
	ptrdiff_t at = s.n ? str_search(str_from(s, 1), STR("=?")) : -1;

	return at < 0 ? s.n : (size_t)at + 1;
}

static bool is_blank(struct str s)
{
	return str_trim(s).n == 0;
}

struct str mail_header_decode(struct arena *a, struct str value, size_t max)
{
	struct decoder d = { .a = a, .max = max };
	struct str rest = mail_header_unfold(a, value);
	bool has_end = true, was_word = false;

	if (str_search(rest, STR("=?")) < 0)
		return mail_charset_to_utf8(a, STR(""), rest, max);
	d.out = buf_in(a, max);
	d.octets = buf_in(a, rest.n);
	while (rest.n && d.out.n < max) {
		struct str plain = str_first(rest, 0);
		struct word word = { 0 };

		if (!read_word(rest, &word, &has_end))
			plain = str_first(rest, plain_run(rest));
		/* Blanks between two words belong to neither (RFC 2047 section 6.2). */
		if (plain.n && was_word && is_blank(plain) &&
		    read_word(str_from(rest, plain.n), &word, &has_end)) {
			rest = str_from(rest, plain.n);
			plain.n = 0;
		}
		was_word = plain.n == 0;
		if (was_word) {
			add_word(&d, &word);
			rest = str_from(rest, word.size);
			continue;
		}
		flush_octets(&d);
		add_text(&d, STR(""), plain);
		rest = str_from(rest, plain.n);
	}
	flush_octets(&d);
	return buf_str(&d.out);
}

static bool needs_encoding(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' || text.p[i] > 0x7e)
			return true;
	return str_search(text, STR("=?")) >= 0;
}

struct str mail_header_encode(struct arena *a, struct str utf8, size_t column)
{
	static const char head[] = "=?UTF-8?B?";
	const size_t frame = sizeof head - 1 + 2;
	unsigned char *clean;
	struct buf b;
	size_t at = 0;

	if (!needs_encoding(utf8))
		return utf8;
	clean = arena_alloc(a, utf8.n);
	for (size_t i = 0; i < utf8.n; i++)
		clean[i] = utf8.p[i] < ' ' || utf8.p[i] == 0x7f ? ' ' : utf8.p[i];
	utf8 = mail_charset_to_utf8(a, STR("utf-8"), str_make(clean, utf8.n), utf8.n * 3);
	b = buf_in(a, utf8.n * 16 + 64);
	/* A first line with no room for a few characters is left empty but for the field name. */
	if (column + frame + 16 > LINE_LIMIT) {
		put(&b, STR("\r\n "));
		column = 1;
	}
	while (at < utf8.n) {
		size_t room = LINE_LIMIT - column < WORD_MAX ? LINE_LIMIT - column : WORD_MAX;
		struct str piece = mail_charset_first(str_from(utf8, at), (room - frame) / 4 * 3);

		put(&b, str_make(head, sizeof head - 1));
		put(&b, str_trim(mail_transfer_base64(a, piece)));
		put(&b, STR("?="));
		at += piece.n;
		if (at < utf8.n)
			put(&b, STR("\r\n "));
		column = 1;
	}
	return buf_str(&b);
}
