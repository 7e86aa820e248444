#include <string.h>

#include "src/smtp/scan_priv.h"

static void emit(struct smtp_scan *scan, const unsigned char *from, const unsigned char *to)
{
	if (to > from)
		scan->emit(scan->context, str_make(from, (size_t)(to - from)));
}

static void emit_c(struct smtp_scan *scan, const char *text)
{
	scan->emit(scan->context, str_c(text));
}

/*
 * Octets were held back at the end of the last window: decide what they are with the next octet
 * `c`. True when `c` was used; otherwise it is still to be read in the new state.
 */
static bool resolve(struct smtp_scan *scan, unsigned char c)
{
	switch (scan->at) {
	case SMTP_SCAN_CR:
		if (c == '\n') {
			emit_c(scan, "\r\n");
			scan->at = SMTP_SCAN_LINE_START;
			return true;
		}
		emit_c(scan, "\r");
		scan->seen |= SMTP_SCAN_BARE_CR;
		scan->at = SMTP_SCAN_IN_LINE;
		return false;
	case SMTP_SCAN_DOT:
		/* A leading dot is dropped, whatever follows (RFC 5321 section 4.5.2). */
		scan->at = c == '\r' ? SMTP_SCAN_DOT_CR : SMTP_SCAN_IN_LINE;
		return c == '\r';
	case SMTP_SCAN_DOT_CR:
		if (c == '\n') {
			scan->at = SMTP_SCAN_END;
			return true;
		}
		scan->at = SMTP_SCAN_CR;
		return false;
	case SMTP_SCAN_LINE_START:
	case SMTP_SCAN_IN_LINE:
	case SMTP_SCAN_END:
	default:
		return false;
	}
}

static bool is_holding(const struct smtp_scan *scan)
{
	return scan->at == SMTP_SCAN_CR || scan->at == SMTP_SCAN_DOT ||
	       scan->at == SMTP_SCAN_DOT_CR;
}

/*
 * Lines of a window from `p` on, which stands at a line's start or inside one. `run` is where
 * the octets begin that were not handed on yet. Returns where it stopped: at the end, or behind a
 * dot that begins a line.
 */
static const unsigned char *read_lines(struct smtp_scan *scan, const unsigned char *p,
                                       const unsigned char *end)
{
	const unsigned char *run = p;

	while (p < end) {
		const unsigned char *lf, *line_end;

		if (scan->has_dots && scan->at == SMTP_SCAN_LINE_START && *p == '.') {
			emit(scan, run, p);
			scan->at = SMTP_SCAN_DOT;
			return p + 1;
		}
		lf = memchr(p, '\n', (size_t)(end - p));
		line_end = lf ? lf : end;
		if (lf && lf > p && lf[-1] == '\r') {
			line_end--;
			scan->at = SMTP_SCAN_LINE_START;
		} else {
			scan->seen |= lf ? SMTP_SCAN_BARE_LF : 0;
			scan->at = SMTP_SCAN_IN_LINE;
		}
		if (!lf && line_end[-1] == '\r') {
			line_end--;
			scan->at = SMTP_SCAN_CR;
		}
		if (memchr(p, '\r', (size_t)(line_end - p)))
			scan->seen |= SMTP_SCAN_BARE_CR;
		p = lf ? lf + 1 : end;
	}
	emit(scan, run, scan->at == SMTP_SCAN_CR ? end - 1 : end);
	return end;
}

size_t smtp_scan_read(struct smtp_scan *scan, struct str window)
{
	const unsigned char *p = window.p, *end = window.p + window.n;

	while (p < end && scan->at != SMTP_SCAN_END) {
		if (is_holding(scan)) {
			if (resolve(scan, *p))
				p++;
			continue;
		}
		p = read_lines(scan, p, end);
	}
	if (p > window.p && memchr(window.p, '\0', (size_t)(p - window.p)))
		scan->seen |= SMTP_SCAN_NUL;
	return (size_t)(p - window.p);
}

void smtp_scan_finish(struct smtp_scan *scan)
{
	if (scan->at != SMTP_SCAN_CR)
		return;
	emit_c(scan, "\r");
	scan->seen |= SMTP_SCAN_BARE_CR;
	scan->at = SMTP_SCAN_IN_LINE;
}
