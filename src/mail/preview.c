#include "src/base/arena.h"
#include "src/mail/charset.h"
#include "src/mail/html_priv.h"
#include "src/mail/message_priv.h"
#include "src/mail/text_priv.h"
#include "src/mail/transfer.h"

/*
 * The preview (RFC 8970): the first words of a message, on one line.
 */

enum {
	PREVIEW_CHARS = 256,
	PLAIN_FIRST = 1024, /* octets of a text/plain body looked at */
	PLAIN_LOOK = 16384, /* when those were not enough */
	HTML_LOOK = 131072, /* of a text/html body: styles come first, and they are long */
};

/* The line as it grows. */
struct line {
	struct buf b;
	size_t chars;
	bool has_gap; /* white space waits for the next character */
	bool is_full;
};

/* White space of Unicode, controls included. */
static bool is_white(uint32_t c)
{
	if (c > 0x20 && c < 0x7f)
		return false;
	return c <= 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
	       c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* Without a shape: soft hyphens, zero-width fillers of advertising, marks that turn the direction.
 */
static bool is_invisible(uint32_t c)
{
	if (c < 0xad)
		return false;
	return c == 0xad || c == 0x34f || c == 0x61c || c == 0x180e ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* Add a character; false when the line is full. */
static bool add_char(void *context, uint32_t c)
{
	struct line *line = context;

	if (is_white(c)) {
		line->has_gap = true;
		return true;
	}
	if (is_invisible(c))
		return true;
	/* A space at the very end would be no use. */
	line->is_full = line->has_gap && line->chars + 2 > PREVIEW_CHARS;
	if (line->is_full)
		return false;
	if (line->has_gap && line->chars) {
		put_byte(&line->b, ' ');
		line->chars++;
	}
	line->has_gap = false;
	put_utf8(&line->b, c);
	line->chars++;
	line->is_full = line->chars == PREVIEW_CHARS;
	return !line->is_full;
}

static void add_plain(struct line *line, struct str text)
{
	size_t i = 0;

	line->b.n = line->chars = 0;
	line->has_gap = line->is_full = false;
	while (i < text.n) {
		uint32_t c = 0xfffd;
		size_t n = next_utf8(text.p + i, text.n - i, &c);

		if (!add_char(line, c))
			return;
		i += n ? n : 1;
	}
}

/* The decoded text of a part, as far as `max` octets of its body go. */
static struct str part_text(const struct parser *p, const struct part *part, size_t max)
{
	struct str body = str_make(p->bytes.p + part->body_off, part->end - part->body_off);

	body = str_first(body, max);
	body = mail_transfer_decode(p->scratch, part->encoding, body, max);
	return mail_charset_to_utf8(p->scratch, part->charset, body, max * 3);
}

struct str preview_make(struct arena *a, const struct parser *p)
{
	struct line line = { .b = buf_in(p->scratch, (PREVIEW_CHARS + 1) * 4) };

	must(buf_reserve(&line.b, PREVIEW_CHARS + 4));
	if (p->plain)
		add_plain(&line, part_text(p, p->plain, PLAIN_FIRST));
	if (p->plain && !line.is_full && p->plain->end - p->plain->body_off > PLAIN_FIRST)
		add_plain(&line, part_text(p, p->plain, PLAIN_LOOK));
	if (line.chars == 0 && p->html)
		html_to_text(part_text(p, p->html, HTML_LOOK), add_char, &line);
	return str_dup(a, buf_str(&line.b));
}
