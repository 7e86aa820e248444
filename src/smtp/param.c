#include "src/base/buf.h"
#include "src/smtp/smtp_priv.h"

static bool is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-") */
static bool is_keyword(struct str s)
{
	if (!s.n || !is_alnum(s.p[0]))
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '-')
			return false;
	return true;
}

/* esmtp-value = 1*(%d33-60 / %d62-126), and UTF-8 under SMTPUTF8 (RFC 6531 section 3.3) */
static bool is_value(struct str s, bool is_utf8)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] == '=' || s.p[i] == 0x7f || (s.p[i] > 0x7f && !is_utf8))
			return false;
	return s.n > 0 && (!is_utf8 || str_is_utf8(s));
}

enum err smtp_param_next(struct str *rest, bool is_utf8, struct smtp_param *param_r)
{
	struct smtp_param param = { 0 };
	struct str word;

	do {
		if (!rest->n)
			return ERR_NOTFOUND;
		str_cut(rest, ' ', &word);
	} while (!word.n);
	param.value = word;
	param.has_value = str_cut(&param.value, '=', &param.name);
	if (!is_keyword(param.name) || (param.has_value && !is_value(param.value, is_utf8)))
		return ERR_INVALID;
	*param_r = param;
	return ERR_OK;
}

/* hexchar = ASCII "+" immediately followed by two upper case hexadecimal digits */
static int hex_upper(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum err smtp_param_xtext(struct arena *a, struct str xtext, size_t max, struct str *text_r)
{
	struct buf out = buf_in(a, max);

	for (size_t i = 0; i < xtext.n; i++) {
		unsigned char c = xtext.p[i];

		if (c == '+') {
			int high = i + 1 < xtext.n ? hex_upper(xtext.p[i + 1]) : -1;
			int low = i + 2 < xtext.n ? hex_upper(xtext.p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return ERR_INVALID;
			c = (unsigned char)(high << 4 | low);
			i += 2;
		} else if (c < '!' || c == '=' || c == 0x7f) {
			return ERR_INVALID;
		}
		if (buf_add_byte(&out, c))
			return ERR_LIMIT;
	}
	*text_r = buf_str(&out);
	return ERR_OK;
}

enum err smtp_param_path(struct arena *a, struct str args, struct str keyword, unsigned flags,
                         struct mail_address *address_r, struct str *rest_r)
{
	struct str text;
	size_t used;
	enum err e;

	if (!str_istarts(args, keyword))
		return ERR_PROTO;
	if (!str_is_utf8(args))
		return ERR_INVALID;
	text = str_trim(str_from(args, keyword.n));
	e = mail_address_parse_path(a, text, flags | MAIL_ADDRESS_BARE, address_r, &used);
	if (e)
		return e;
	text = str_from(text, used);
	if (text.n && text.p[0] != ' ')
		return ERR_INVALID;
	*rest_r = text;
	return ERR_OK;
}
