#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/mail/date.h"
#include "src/net/session.h"
#include "src/net/stream.h"
#include "src/web/reply_priv.h"
#include "src/web/request_priv.h"

static const struct {
	unsigned status;
	const char *phrase;
} phrases[] = {
	{ 200, "OK" },
	{ 400, "Bad Request" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 411, "Length Required" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 417, "Expectation Failed" },
	{ 421, "Misdirected Request" },
	{ 431, "Request Header Fields Too Large" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
};

static const char *phrase_of(unsigned status)
{
	for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Error";
}

void web_reply_fail(struct web_reply *r, unsigned status, const char *text)
{
	r->status = status;
	r->type = "text/plain; charset=utf-8";
	r->body = str_c(text);
	r->is_page = false;
	r->file_name = NULL;
}

/* RFC 9110 section 5.6.7: the zone is always GMT. */
static void write_date(struct session *s)
{
	struct str date = mail_date_format(s->scratch, clock_wall_ms(), 0);

	stream_printf(s->stream, "Date: %.*sGMT\r\n", (int)(date.n - 5), (const char *)date.p);
}

static void write_allow(struct session *s, unsigned allow)
{
	stream_printf(s->stream, "Allow: %s\r\n", allow & WEB_POST ? "POST" : "GET, HEAD");
}

void web_reply_write(struct session *s, const struct web_reply *r)
{
	stream_printf(s->stream, "HTTP/1.1 %u %s\r\n", r->status, phrase_of(r->status));
	write_date(s);
	stream_printf(s->stream, "Content-Type: %s\r\nContent-Length: %zu\r\n", r->type, r->body.n);
	stream_write_c(s->stream, "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
	if (r->is_page)
		stream_write_c(s->stream,
		               "Content-Security-Policy: default-src 'none'; style-src 'self'; "
		               "form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
		               "Referrer-Policy: no-referrer\r\n");
	if (r->varies)
		stream_write_c(s->stream, "Vary: Accept-Language\r\n");
	if (r->file_name)
		stream_printf(s->stream, "Content-Disposition: attachment; filename=\"%s\"\r\n",
		              r->file_name);
	if (r->status == 405)
		write_allow(s, r->allow);
	if (r->status == 503)
		stream_write_c(s->stream, "Retry-After: 10\r\n");
	if (r->is_close)
		stream_write_c(s->stream, "Connection: close\r\n");
	stream_write_c(s->stream, "\r\n");
	if (!r->is_head)
		stream_write(s->stream, r->body);
}

/* ---------------------------------------------------------------- text */

enum err web_reply_add_text(struct buf *b, struct str text)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < text.n && !e; i++) {
		unsigned char c = text.p[i];

		if (c == '&')
			e = buf_add_c(b, "&amp;");
		else if (c == '<')
			e = buf_add_c(b, "&lt;");
		else if (c == '>')
			e = buf_add_c(b, "&gt;");
		else if (c == '"')
			e = buf_add_c(b, "&quot;");
		else if (c == '\'')
			e = buf_add_c(b, "&#39;");
		else if ((c < ' ' && c != '\t' && c != '\n') || c == 0x7f)
			e = buf_add_byte(b, '?');
		else
			e = buf_add_byte(b, c);
	}
	return e;
}

enum err web_reply_add_element(struct buf *b, const char *name, struct str text)
{
	if (buf_printf(b, "<%s>", name) || web_reply_add_text(b, text))
		return ERR_LIMIT;
	return buf_printf(b, "</%s>\n", name);
}
