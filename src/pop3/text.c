#include <string.h>

#include "src/net/stream.h"
#include "src/pop3/text_priv.h"

void pop3_text_write(struct pop3_text *t, struct str octets)
{
	const unsigned char *end = octets.p + octets.n, *from = octets.p, *line = octets.p;

	if (!octets.n)
		return;
	/* Octets from `from` on are not written yet; only where something is put in between they
	 * are. */
	while (line < end) {
		const unsigned char *lf = memchr(line, '\n', (size_t)(end - line));
		bool has_cr;

		if (!t->is_in_line && *line == '.') {
			stream_write(t->out, str_make(from, (size_t)(line - from)));
			stream_write(t->out, STR("."));
			from = line;
		}
		if (!lf) {
			t->is_in_line = true;
			t->is_after_cr = end[-1] == '\r';
			break;
		}
		has_cr = lf > line ? lf[-1] == '\r' : t->is_in_line && t->is_after_cr;
		if (!has_cr) {
			stream_write(t->out, str_make(from, (size_t)(lf - from)));
			stream_write(t->out, STR("\r"));
			from = lf;
		}
		t->is_in_line = false;
		line = lf + 1;
	}
	stream_write(t->out, str_make(from, (size_t)(end - from)));
}

void pop3_text_end(struct pop3_text *t)
{
	if (t->is_in_line)
		stream_write_c(t->out, t->is_after_cr ? "\n" : "\r\n");
	t->is_in_line = false;
	stream_write_c(t->out, ".\r\n");
}

/* True when the octets before a line feed are nothing but an optional CR. */
static bool is_blank(const unsigned char *line, const unsigned char *lf)
{
	return line == lf || (lf - line == 1 && *line == '\r');
}

struct str pop3_text_cut(struct pop3_top *top, struct str octets)
{
	const unsigned char *end = octets.p + octets.n, *line = octets.p;

	while (!top->is_done && line < end) {
		const unsigned char *lf = memchr(line, '\n', (size_t)(end - line));

		if (!lf) {
			/* A CR at the very end of a piece may belong to an empty line. */
			top->is_in_line = top->is_in_line || !is_blank(line, end);
			return octets;
		}
		if (top->is_in_body)
			top->lines_left--;
		else if (!top->is_in_line && is_blank(line, lf))
			top->is_in_body = true;
		top->is_in_line = false;
		top->is_done = top->is_in_body && !top->lines_left;
		line = lf + 1;
	}
	return str_make(octets.p, (size_t)(line - octets.p));
}
