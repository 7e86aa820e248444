#include "src/mail/trace.h"

#include "src/base/arena.h"
#include "src/mail/charset.h"
#include "src/mail/date.h"
#include "src/mail/text_priv.h"

enum {
	LINE_AIM = 78,   /* RFC 5322 section 2.1.1 */
	VALUE_MAX = 300, /* of one value; keeps every line under 998 octets */
};

/* Where a value goes, for what may stand in it. */
enum place {
	PLACE_WORD,    /* a domain, an id: no blanks, nothing with a meaning in structured fields */
	PLACE_COMMENT, /* the same, but blanks may stay */
	PLACE_ADDRESS, /* between "<" and ">": a quoted local part keeps its quotes and blanks */
};

static bool is_harmful(unsigned char c, enum place place)
{
	if (c < ' ' || c == 0x7f || c == '<' || c == '>')
		return true;
	if (place == PLACE_ADDRESS)
		return false;
	return c == '(' || c == ')' || c == '\\' || c == '"' || c == ';' ||
	       (c == ' ' && place == PLACE_WORD);
}

/* A value with "?" for what would do harm; 8-bit only as UTF-8 and where that is allowed. */
static struct str harmless(struct arena *a, struct str value, enum place place, bool is_utf8_ok)
{
	bool is_8bit_ok = is_utf8_ok && str_is_utf8(value);
	unsigned char *out;

	value = mail_charset_first(value, VALUE_MAX);
	out = arena_alloc(a, value.n);
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = value.p[i];

		out[i] = is_harmful(c, place) || (c >= 0x80 && !is_8bit_ok) ? '?' : c;
	}
	return str_make(out, value.n);
}

struct str mail_trace_with(const struct mail_trace *trace)
{
	/* RFC 3848, RFC 6531 section 4.3; the index has one bit for TLS and one for AUTH. */
	static const char *const names[2][2][4] = {
		{ { "ESMTP", "ESMTPS", "ESMTPA", "ESMTPSA" },
		  { "UTF8SMTP", "UTF8SMTPS", "UTF8SMTPA", "UTF8SMTPSA" } },
		{ { "LMTP", "LMTPS", "LMTPA", "LMTPSA" },
		  { "UTF8LMTP", "UTF8LMTPS", "UTF8LMTPA", "UTF8LMTPSA" } },
	};
	unsigned bits = (trace->tls.n > 0) | (trace->is_auth ? 2U : 0);

	if (!trace->is_lmtp && !trace->is_esmtp)
		return STR("SMTP");
	return str_c(names[trace->is_lmtp][trace->is_utf8][bits]);
}

/* Builds a field of words that are folded between each other. */
struct folder {
	struct buf b;
	size_t column;
};

static void put_word(struct folder *f, struct str word)
{
	if (f->column + 1 + word.n > LINE_AIM) {
		put(&f->b, STR("\r\n\t"));
		f->column = 8;
	} else {
		put_byte(&f->b, ' ');
		f->column++;
	}
	put(&f->b, word);
	f->column += word.n;
}

/* "from helo (name [ip])" (RFC 5321 section 4.4), and what TLS there was. */
static void put_from(struct arena *a, struct folder *f, const struct mail_trace *t)
{
	struct str helo = t->helo.n ? t->helo : STR("unknown");
	struct str name = t->client_name.n ? t->client_name : STR("unknown");
	const char *tag = str_find(t->client_ip, ':') >= 0 ? "IPv6:" : "";

	helo = harmless(a, helo, PLACE_WORD, t->is_utf8);
	put_word(f, str_printf(a, "from %.*s", STR_ARG(helo)));
	if (t->client_ip.n) {
		struct str ip = harmless(a, t->client_ip, PLACE_WORD, false);

		name = harmless(a, name, PLACE_WORD, t->is_utf8);
		put_word(f, str_printf(a, "(%.*s [%s%.*s])", STR_ARG(name), tag, STR_ARG(ip)));
	}
	if (t->tls.n) {
		struct str tls = harmless(a, t->tls, PLACE_COMMENT, false);

		put_word(f, str_printf(a, "(using %.*s)", STR_ARG(tls)));
	}
}

/* A clause of a keyword and a value. */
static void put_clause(struct arena *a, struct folder *f, const char *keyword, struct str value)
{
	put_word(f, str_printf(a, "%s %.*s", keyword, STR_ARG(value)));
}

struct str mail_trace_received(struct arena *a, const struct mail_trace *trace)
{
	struct folder f = { .b = buf_in(a, 16384), .column = 9 };

	put(&f.b, STR("Received:"));
	put_from(a, &f, trace);
	put_clause(a, &f, "by", harmless(a, trace->by, PLACE_WORD, trace->is_utf8));
	put_clause(a, &f, "with", mail_trace_with(trace));
	if (trace->id.n)
		put_clause(a, &f, "id", harmless(a, trace->id, PLACE_WORD, false));
	if (trace->rcpt.n) {
		struct str rcpt = harmless(a, trace->rcpt, PLACE_ADDRESS, trace->is_utf8);

		put_word(&f, str_printf(a, "for <%.*s>", STR_ARG(rcpt)));
	}
	put_byte(&f.b, ';');
	f.column++;
	put_word(&f, mail_date_format(a, trace->when_ms, trace->zone_min));
	put(&f.b, STR("\r\n"));
	return buf_str(&f.b);
}

struct str mail_trace_return_path(struct arena *a, struct str path)
{
	struct str text = harmless(a, path, PLACE_ADDRESS, true);

	return str_printf(a, "Return-Path: <%.*s>\r\n", STR_ARG(text));
}

struct str mail_trace_delivered_to(struct arena *a, struct str address)
{
	struct str text = harmless(a, address, PLACE_ADDRESS, true);

	return str_printf(a, "Delivered-To: %.*s\r\n", STR_ARG(text));
}
