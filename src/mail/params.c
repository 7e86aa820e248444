#include <string.h>

#include "src/base/arena.h"
#include "src/mail/charset.h"
#include "src/mail/header.h"
#include "src/mail/text_priv.h"

/*
 * Parameters of structured fields: RFC 2045 section 5.1, RFC 2231. The functions are declared in
 * header.h; they have a file of their own because of their size.
 */

enum {
	PARAMS_MAX = 100,
	SEGMENT_MAX = 999,
	VALUE_MAX = 65536
};

/* Past blanks and comments. */
static struct str skip_cfws(struct str s)
{
	size_t depth = 0, i = 0;

	for (; i < s.n; i++) {
		unsigned char c = s.p[i];

		if (c == '(')
			depth++;
		else if (c == ')' && depth)
			depth--;
		else if (c == '\\' && depth)
			i++;
		else if (depth == 0 && !is_space(c))
			break;
	}
	return str_from(s, i < s.n ? i : s.n);
}

/* Take a quoted string; without its closing quote all the rest is in it. */
static struct str take_quoted(struct arena *a, struct str *rest)
{
	unsigned char *out = NULL;
	size_t n = 0, i = 1;

	while (i < rest->n && rest->p[i] != '"' && rest->p[i] != '\\' && rest->p[i] != '\r' &&
	       rest->p[i] != '\n')
		i++;
	if (i < rest->n && rest->p[i] == '"') {
		struct str plain = str_make(rest->p + 1, i - 1);

		*rest = str_from(*rest, i + 1);
		return plain;
	}
	out = arena_alloc(a, rest->n);
	for (i = 1; i < rest->n && rest->p[i] != '"'; i++) {
		if (rest->p[i] == '\\' && i + 1 < rest->n)
			i++;
		if (rest->p[i] != '\r' && rest->p[i] != '\n')
			out[n++] = rest->p[i];
	}
	*rest = str_from(*rest, i < rest->n ? i + 1 : rest->n);
	return str_make(out, n);
}

/* Take what stands before the next ";": careless senders leave out the quotes around blanks. */
static struct str take_bare(struct arena *a, struct str *rest)
{
	struct str bare = { rest->p, 0 };

	while (bare.n < rest->n && rest->p[bare.n] != ';' &&
	       !(rest->p[bare.n] == '(' && bare.n && is_space(rest->p[bare.n - 1])))
		bare.n++;
	*rest = skip_cfws(str_from(*rest, bare.n));
	return mail_header_unfold(a, bare);
}

static struct str take_name(struct str *rest)
{
	struct str name = { rest->p, 0 };

	while (name.n < rest->n && rest->p[name.n] != '=' && rest->p[name.n] != ';' &&
	       !is_space(rest->p[name.n]))
		name.n++;
	*rest = skip_cfws(str_from(*rest, name.n));
	return name;
}

/* One name=value as it stands. */
struct raw_param {
	struct str name; /* without the RFC 2231 section */
	struct str value;
	int segment;      /* number of the section, or -1 */
	bool is_extended; /* name ended in "*" */
	bool is_done;
};

/* Split "name*12*" into its parts. */
static void split_name(struct raw_param *raw, struct str name)
{
	struct str head = name, digits;
	ptrdiff_t star;
	uint64_t number;

	raw->segment = -1;
	raw->name = name;
	raw->is_extended = head.n > 1 && head.p[head.n - 1] == '*';
	if (raw->is_extended)
		raw->name.n = --head.n;
	star = str_rfind(head, '*');
	if (star <= 0)
		return;
	digits = str_from(head, (size_t)star + 1);
	if (!str_to_u64(digits, SEGMENT_MAX, &number))
		return;
	raw->segment = (int)number;
	raw->name = str_first(head, (size_t)star);
}

static bool take_raw(struct arena *a, struct str *rest, struct raw_param *raw_r)
{
	struct str name;

	do {
		*rest = skip_cfws(*rest);
		while (rest->n && rest->p[0] == ';')
			*rest = skip_cfws(str_from(*rest, 1));
		if (rest->n == 0)
			return false;
		name = take_name(rest);
		if (rest->n && rest->p[0] == '=')
			break;
		/* A word without a value says nothing. */
		while (rest->n && rest->p[0] != ';' && rest->p[0] != '=')
			*rest = str_from(*rest, 1);
		if (rest->n && rest->p[0] == '=')
			break;
	} while (true);
	*rest = skip_cfws(str_from(*rest, 1));
	*raw_r = (struct raw_param){ 0 };
	split_name(raw_r, name);
	if (rest->n && rest->p[0] == '"') {
		raw_r->value = take_quoted(a, rest);
		/* Anything between the quote and ";" is an accident. */
		while (rest->n && rest->p[0] != ';')
			*rest = str_from(*rest, 1);
	} else {
		raw_r->value = take_bare(a, rest);
	}
	return true;
}

/* attribute-char of RFC 2231 section 7; all others are percent-encoded. */
static bool is_attribute_char(unsigned char c)
{
	return is_atext(c) && c != '*' && c != '\'' && c != '%';
}

static void put_percent(struct buf *b, struct str value)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = value.p[i];

		if (is_attribute_char(c)) {
			put_byte(b, c);
			continue;
		}
		put_byte(b, '%');
		put_byte(b, (unsigned char)hex[c >> 4]);
		put_byte(b, (unsigned char)hex[c & 15]);
	}
}

/* The section `number` of `name`, or NULL. */
static struct raw_param *find_segment(struct raw_param *raw, size_t count, struct str name,
                                      int number)
{
	for (size_t i = 0; i < count; i++)
		if (!raw[i].is_done && raw[i].segment == number && str_ieq(raw[i].name, name))
			return &raw[i];
	return NULL;
}

static struct str joined_name(struct arena *a, struct str name, bool is_extended)
{
	return is_extended ? str_printf(a, "%.*s*", STR_ARG(name)) : name;
}

/* Join the sections that begin with `first`; marks them done. */
static void join(struct arena *a, struct raw_param *raw, size_t count, struct raw_param *first,
                 struct mail_header_param *param_r)
{
	struct raw_param *parts[PARAMS_MAX];
	bool is_extended = false;
	size_t n = 0, size = 2;
	struct buf b;

	for (struct raw_param *p = first; p; p = find_segment(raw, count, first->name, (int)n)) {
		p->is_done = true;
		is_extended |= p->is_extended;
		size += p->value.n * 3;
		parts[n++] = p;
	}
	b = buf_in(a, size);
	/* Without a charset on its first section the rest has none. */
	if (is_extended && !first->is_extended)
		put(&b, STR("''"));
	for (size_t i = 0; i < n; i++) {
		if (is_extended && !parts[i]->is_extended)
			put_percent(&b, parts[i]->value);
		else
			put(&b, parts[i]->value);
	}
	param_r->name = joined_name(a, first->name, is_extended);
	param_r->value = buf_str(&b);
}

static struct mail_header_param *make_list(struct arena *a, struct raw_param *raw, size_t count)
{
	struct mail_header_param *first = NULL, **last = &first;

	for (size_t i = 0; i < count; i++) {
		struct mail_header_param *param;
		struct raw_param *begin = &raw[i];

		if (raw[i].is_done)
			continue;
		if (raw[i].segment > 0)
			begin = find_segment(raw, count, raw[i].name, 0);
		if (!begin)
			begin = &raw[i];
		param = ARENA_NEW(a, struct mail_header_param);
		if (begin->segment == 0) {
			join(a, raw, count, begin, param);
			i -= !raw[i].is_done; /* a stray section that the join did not reach */
		} else {
			begin->is_done = true;
			param->name = joined_name(a, begin->name, begin->is_extended);
			param->value = begin->value;
		}
		*last = param;
		last = &param->next;
	}
	return first;
}

struct str mail_header_params(struct arena *a, struct str value, struct mail_header_param **first_r)
{
	struct raw_param raw[PARAMS_MAX];
	struct str head, rest = skip_cfws(value);
	size_t count = 0, n = 0;

	while (n < rest.n && rest.p[n] != ';' && rest.p[n] != '(')
		n++;
	head = mail_header_unfold(a, str_first(rest, n));
	rest = skip_cfws(str_from(rest, n));
	/* Words behind a comment belong to nothing. */
	while (rest.n && rest.p[0] != ';')
		rest = str_from(rest, 1);
	while (count < PARAMS_MAX && take_raw(a, &rest, &raw[count]))
		count += raw[count].name.n > 0;
	*first_r = make_list(a, raw, count);
	return head;
}

/* charset'language'percent-encoded (RFC 2231 section 4) in UTF-8. */
static struct str decode_extended(struct arena *a, struct str value)
{
	struct str charset = { 0 }, language, rest = value;
	unsigned char *out;
	size_t n = 0;

	if (!str_cut(&rest, '\'', &charset) || !str_cut(&rest, '\'', &language)) {
		charset = str_first(value, 0);
		rest = value;
	}
	out = arena_alloc(a, rest.n);
	for (size_t i = 0; i < rest.n; i++) {
		int high = i + 2 < rest.n ? hex_digit(rest.p[i + 1]) : -1;
		int low = i + 2 < rest.n ? hex_digit(rest.p[i + 2]) : -1;

		if (rest.p[i] == '%' && high >= 0 && low >= 0) {
			out[n++] = (unsigned char)(high << 4 | low);
			i += 2;
		} else {
			out[n++] = rest.p[i];
		}
	}
	return mail_charset_to_utf8(a, charset, str_make(out, n), VALUE_MAX);
}

bool mail_header_param_find(struct arena *a, const struct mail_header_param *first, struct str name,
                            struct str *value_r)
{
	const struct mail_header_param *plain = NULL;

	for (const struct mail_header_param *p = first; p; p = p->next) {
		struct str base = p->name;

		if (!plain && str_ieq(base, name))
			plain = p;
		if (base.n == 0 || base.p[base.n - 1] != '*')
			continue;
		base.n--;
		/* RFC 5987 section 4.2 says it for HTTP: the extended form is the better one. */
		if (!str_ieq(base, name))
			continue;
		*value_r = decode_extended(a, p->value);
		return true;
	}
	if (!plain)
		return false;
	*value_r = mail_header_decode(a, plain->value, VALUE_MAX);
	return true;
}
