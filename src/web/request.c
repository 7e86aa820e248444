#include "src/base/arena.h"
#include "src/web/request_priv.h"

enum {
	PARAM_MAX = 1000 /* octets of a parameter, decoded */
};

/* ---------------------------------------------------------------- characters */

/* RFC 9110 section 5.6.2. */
static bool is_token(struct str s)
{
	const struct str signs = STR("!#$%&'*+-.^_`|~");

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      str_find(signs, c) >= 0))
			return false;
	}
	return s.n > 0;
}

/* Visible octets of ASCII: what a request target is made of (RFC 3986 allows fewer). */
static bool is_visible(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f)
			return false;
	return s.n > 0;
}

/* RFC 9110 section 5.5; controls other than HTAB would be somebody's trick. */
static bool is_field_value(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((s.p[i] < ' ' && s.p[i] != '\t') || s.p[i] == 0x7f)
			return false;
	return true;
}

static struct str trim_blanks(struct str s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = str_from(s, 1);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* ---------------------------------------------------------------- request line */

static unsigned take_version(struct str version, struct web_request *r)
{
	if (str_eq(version, STR("HTTP/1.0")))
		r->is_old = r->wants_close = true;
	else if (!str_eq(version, STR("HTTP/1.1")))
		return version.n == 8 && str_starts(version, STR("HTTP/")) ? 505 : 400;
	return 0;
}

/* A name or address with an optional port, as in Host (RFC 9110 section 7.2). */
static bool take_host(struct arena *a, struct str value, struct str *host_r)
{
	ptrdiff_t colon = str_rfind(value, ':'), bracket = str_rfind(value, ']');
	uint64_t port;

	if (colon > bracket) {
		struct str digits = str_from(value, (size_t)colon + 1);

		if (digits.n && !str_to_u64(digits, UINT16_MAX, &port))
			return false;
		value = str_first(value, (size_t)colon);
	}
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] <= ' ' || value.p[i] >= 0x7f ||
		    str_find(STR("/?#@\\"), value.p[i]) >= 0)
			return false;
	if (value.n > 1 && value.p[value.n - 1] == '.')
		value.n--;
	*host_r = str_lower(a, value);
	return value.n > 0 && value.n <= 255;
}

/* Origin form, or absolute form, whose host counts more than the field (RFC 9112 section 3.2.2). */
static unsigned take_target(struct arena *a, struct str target, struct web_request *r)
{
	struct str rest = target, scheme;

	if (!is_visible(target))
		return 400;
	if (target.p[0] != '/') {
		ptrdiff_t slash;

		if (!str_cut(&rest, ':', &scheme) ||
		    !(str_ieq(scheme, STR("http")) || str_ieq(scheme, STR("https"))) ||
		    !str_starts(rest, STR("//")))
			return 400;
		rest = str_from(rest, 2);
		slash = str_find(rest, '/');
		if (!take_host(a, slash < 0 ? rest : str_first(rest, (size_t)slash), &r->host))
			return 400;
		target = slash < 0 ? STR("/") : str_from(rest, (size_t)slash);
	}
	str_cut(&target, '?', &r->path);
	r->query = target;
	return 0;
}

static unsigned take_request_line(struct arena *a, struct str line, struct web_request *r)
{
	struct str rest = line, target;
	unsigned status;

	if (!str_cut(&rest, ' ', &r->method_name) || !str_cut(&rest, ' ', &target) ||
	    !is_token(r->method_name))
		return 400;
	status = take_version(rest, r);
	if (status)
		return status;
	r->method = str_eq(r->method_name, STR("GET"))    ? WEB_GET
	            : str_eq(r->method_name, STR("HEAD")) ? WEB_HEAD
	            : str_eq(r->method_name, STR("POST")) ? WEB_POST
	                                                  : WEB_OTHER;
	return take_target(a, target, r);
}

/* ---------------------------------------------------------------- fields */

/* What has been met; each of these twice is an error. */
struct seen {
	bool host, length, language, expect;
};

static unsigned take_length(struct str value, uint32_t body_max, struct web_request *r)
{
	uint64_t n;

	if (!str_to_u64(value, UINT64_MAX, &n))
		return 400;
	if (n > body_max)
		return 413;
	r->body_size = (size_t)n;
	return 0;
}

static void take_connection(struct str value, struct web_request *r)
{
	struct str option;

	while (value.n) {
		str_cut(&value, ',', &option);
		if (str_ieq(trim_blanks(option), STR("close")))
			r->wants_close = true;
	}
}

static unsigned take_field(struct arena *a, struct str name, struct str value, uint32_t body_max,
                           struct seen *seen, struct web_request *r)
{
	struct str host;

	if (str_ieq(name, STR("Host"))) {
		if (seen->host || !take_host(a, value, &host))
			return 400;
		seen->host = true;
		if (!r->host.n)
			r->host = host;
	} else if (str_ieq(name, STR("Content-Length"))) {
		if (seen->length)
			return 400;
		seen->length = true;
		return take_length(value, body_max, r);
	} else if (str_ieq(name, STR("Transfer-Encoding"))) {
		/* RFC 9110 section 15.5.12: a server may want a length; then there is one way only
		 * to say where a request ends. */
		return 411;
	} else if (str_ieq(name, STR("Connection"))) {
		take_connection(value, r);
	} else if (str_ieq(name, STR("Expect"))) {
		if (seen->expect || !str_ieq(value, STR("100-continue")))
			return 417;
		seen->expect = true;
		r->expects_continue = !r->is_old;
	} else if (str_ieq(name, STR("Accept-Language"))) {
		if (!seen->language)
			r->accept_language = value;
		seen->language = true;
	}
	return 0;
}

/* No folding, no blank before the colon (RFC 9112 section 5.1 and 5.2). */
static unsigned take_field_line(struct arena *a, struct str line, uint32_t body_max,
                                struct seen *seen, struct web_request *r)
{
	struct str rest = line, name;

	if (!str_cut(&rest, ':', &name) || !is_token(name) || !is_field_value(rest))
		return 400;
	return take_field(a, name, trim_blanks(rest), body_max, seen, r);
}

/* ---------------------------------------------------------------- the head */

size_t web_request_head_size(struct str buffered, size_t from)
{
	ptrdiff_t at;

	from = from > 3 ? from - 3 : 0;
	at = str_search(str_from(buffered, from), STR("\r\n\r\n"));
	return at < 0 ? 0 : from + (size_t)at + 4;
}

/* The next line; false when its end is not CRLF, or a CR stands inside. */
static bool take_line(struct str *rest, struct str *line_r)
{
	struct str line;

	if (!str_cut(rest, '\n', &line) || !line.n || line.p[line.n - 1] != '\r')
		return false;
	line.n--;
	*line_r = line;
	return str_find(line, '\r') < 0;
}

unsigned web_request_parse(struct arena *a, struct str head, uint32_t body_max,
                           struct web_request *r)
{
	struct seen seen = { 0 };
	struct str line;
	unsigned status;

	*r = (struct web_request){ .method = WEB_OTHER };
	if (!take_line(&head, &line))
		return 400;
	status = take_request_line(a, line, r);
	while (!status) {
		if (!take_line(&head, &line))
			return 400;
		if (!line.n)
			break;
		status = take_field_line(a, line, body_max, &seen, r);
	}
	if (!status && !seen.host && (!r->is_old || !r->host.n))
		status = 400;
	return status;
}

/* ---------------------------------------------------------------- parts of a request */

static int hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool percent_decode(struct arena *a, struct str s, struct str *decoded_r)
{
	unsigned char *p;
	size_t n = 0;

	if (s.n > 3 * PARAM_MAX)
		return false;
	p = arena_alloc(a, s.n + 1);
	for (size_t i = 0; i < s.n; i++) {
		int high, low;

		if (s.p[i] != '%') {
			p[n++] = s.p[i];
			continue;
		}
		high = s.n - i > 2 ? hex_digit(s.p[i + 1]) : -1;
		low = s.n - i > 2 ? hex_digit(s.p[i + 2]) : -1;
		if (high < 0 || low < 0)
			return false;
		p[n++] = (unsigned char)(high << 4 | low);
		i += 2;
	}
	*decoded_r = str_make(p, n);
	return n <= PARAM_MAX && str_find(*decoded_r, 0) < 0;
}

bool web_request_param(struct arena *a, struct str query, struct str name, struct str *value_r)
{
	bool is_found = false;
	struct str pair, key;

	while (query.n) {
		str_cut(&query, '&', &pair);
		str_cut(&pair, '=', &key);
		if (!str_ieq(key, name))
			continue;
		if (is_found || !percent_decode(a, pair, value_r))
			return false;
		is_found = true;
	}
	return is_found;
}

/* "0.8" in thousandths; 1000 for what is not understood. */
static unsigned quality(struct str params)
{
	struct str param;
	unsigned value = 0, place = 1000;

	while (params.n) {
		str_cut(&params, ';', &param);
		param = trim_blanks(param);
		if (!str_istarts(param, STR("q=")) || param.n < 3)
			continue;
		if (param.p[2] != '0')
			return 1000;
		for (size_t i = 4; i < param.n && place > 1; i++) {
			if (param.p[i] < '0' || param.p[i] > '9')
				return 1000;
			place /= 10;
			value += (unsigned)(param.p[i] - '0') * place;
		}
		return value;
	}
	return 1000;
}

bool web_request_wants_japanese(struct str accept_language)
{
	unsigned english = 1, japanese = 0; /* English, as long as nobody asks for Japanese */
	struct str range, tag;

	while (accept_language.n) {
		unsigned q;

		str_cut(&accept_language, ',', &range);
		str_cut(&range, ';', &tag);
		tag = trim_blanks(tag);
		q = quality(range);
		if (str_ieq(str_first(tag, 2), STR("ja")) && q > japanese)
			japanese = q;
		else if (str_ieq(str_first(tag, 2), STR("en")) && q > english)
			english = q;
	}
	return japanese > english;
}
