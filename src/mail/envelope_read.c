#include "src/base/arena.h"
#include "src/mail/envelope.h"
#include "src/mail/header.h"
#include "src/mail/message.h"
#include "src/mail/text_priv.h"

enum {
	NAME_MAX = 65536
};

/* Octets of the quoted string at the start of `s`, its quotes included; 0 when it does not end. */
static size_t quoted_size(struct str s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return 0;
}

/* The octets of the literal at the start of `s`; false when it is none. */
static bool read_literal(struct str s, struct str *octets_r, size_t *size_r)
{
	struct str rest = str_from(s, 1), digits;
	uint64_t n;

	if (!str_cut(&rest, '}', &digits) || !str_to_u64(digits, s.n, &n) ||
	    !str_starts(rest, STR("\r\n")) || rest.n - 2 < n)
		return false;
	*octets_r = str_first(str_from(rest, 2), (size_t)n);
	*size_r = (size_t)(octets_r->p - s.p) + (size_t)n;
	return true;
}

/* Octets of the string or NIL at the start of `s`, or 0. */
static size_t string_size(struct str s)
{
	struct str octets;
	size_t n = 0;

	if (s.n && s.p[0] == '"')
		return quoted_size(s);
	if (s.n && s.p[0] == '{')
		return read_literal(s, &octets, &n) ? n : 0;
	return str_starts(s, STR("NIL")) ? 3 : 0;
}

/* Octets of the list of addresses at the start of `s`, or 0. */
static size_t list_size(struct str s)
{
	size_t i = 0, depth = 0;

	while (i < s.n) {
		size_t n = 1;

		if (s.p[i] == '(') {
			depth++;
		} else if (s.p[i] == ')') {
			if (--depth == 0)
				return i + 1;
		} else if (s.p[i] != ' ') {
			n = string_size(str_from(s, i));
			if (!n)
				return 0;
		}
		i += n;
	}
	return 0;
}

static size_t field_size(struct str s)
{
	return s.n && s.p[0] == '(' ? list_size(s) : string_size(s);
}

bool mail_envelope_split(struct str text, struct mail_envelope *e_r)
{
	struct mail_envelope e;

	if (!text.n || text.p[0] != '(')
		return false;
	text = str_from(text, 1);
	for (size_t i = 0; i < MAIL_ENVELOPE_FIELDS; i++) {
		size_t n = field_size(text);
		unsigned char end = i + 1 < MAIL_ENVELOPE_FIELDS ? ' ' : ')';

		if (!n || n >= text.n || text.p[n] != end)
			return false;
		e.field[i] = str_first(text, n);
		text = str_from(text, n + 1);
	}
	*e_r = e;
	return true;
}

const char *mail_envelope_name(enum mail_envelope_field field)
{
	static const char *const names[MAIL_ENVELOPE_FIELDS] = {
		"Date", "Subject", "From", "Sender",      "Reply-To",
		"To",   "Cc",      "Bcc",  "In-Reply-To", "Message-ID",
	};

	return names[field];
}

bool mail_envelope_is_cut(uint64_t hdr_size)
{
	return hdr_size > mail_limits_default.max_header_bytes;
}

bool mail_envelope_is_nil(struct str field)
{
	return field.n == 0 || field.p[0] == 'N';
}

bool mail_envelope_is_list(enum mail_envelope_field field)
{
	return field >= MAIL_ENVELOPE_FROM && field <= MAIL_ENVELOPE_BCC;
}

/* The text of a string of `size` octets at the start of `s`. */
static struct str read_string(struct arena *a, struct str s, size_t size)
{
	struct str inside;
	unsigned char *copy;
	size_t n = 0;

	if (s.p[0] == '{')
		return read_literal(s, &inside, &n) ? inside : STR("");
	if (s.p[0] != '"')
		return STR("");
	inside = str_make(s.p + 1, size - 2);
	if (str_find(inside, '\\') < 0)
		return inside;
	copy = arena_alloc(a, inside.n);
	for (size_t i = 0; i < inside.n; i++) {
		if (inside.p[i] == '\\' && i + 1 < inside.n)
			i++;
		copy[n++] = inside.p[i];
	}
	return str_make(copy, n);
}

struct str mail_envelope_text(struct arena *a, struct str field)
{
	size_t n = string_size(field);

	return n ? read_string(a, field, n) : STR("");
}

/* One of the four strings of an address, and the octet behind it. */
static bool take_string(struct arena *a, struct str *rest, struct str *text_r, bool *is_there_r)
{
	size_t n = string_size(*rest);

	if (!n || n >= rest->n)
		return false;
	*is_there_r = !mail_envelope_is_nil(*rest);
	*text_r = read_string(a, *rest, n);
	*rest = str_from(*rest, n + 1);
	return true;
}

bool mail_envelope_next(struct arena *a, struct str *rest, struct mail_envelope_address *address_r)
{
	struct mail_envelope_address x;
	bool is_there;

	/* "((" begins the list, "(" the next address; a bare NIL is an empty list. */
	if (!str_starts(*rest, STR("(")))
		return false;
	while (str_starts(*rest, STR("(")))
		*rest = str_from(*rest, 1);
	if (!take_string(a, rest, &x.name, &is_there) ||
	    !take_string(a, rest, &x.route, &is_there) ||
	    !take_string(a, rest, &x.mailbox, &x.has_mailbox) ||
	    !take_string(a, rest, &x.host, &x.has_host))
		return false;
	*address_r = x;
	return true;
}

static void put_box(struct buf *b, const struct mail_envelope_address *x, bool has_name)
{
	if (has_name)
		put(b, STR(" <"));
	put(b, x->mailbox);
	put_byte(b, '@');
	put(b, x->host);
	if (has_name)
		put_byte(b, '>');
}

struct str mail_envelope_people(struct arena *a, struct str field, size_t max)
{
	/* Room for one address beyond the cap, whose parts are no longer than the field. */
	struct buf b = buf_in(a, max + 3 * NAME_MAX + 2 * field.n + 16);
	struct mail_envelope_address x;
	bool is_first = true;

	while (b.n < max && mail_envelope_next(a, &field, &x)) {
		if (!x.has_mailbox) {
			put_byte(&b, ';');
			continue;
		}
		if (!is_first)
			put(&b, STR(", "));
		is_first = !x.has_host;
		if (!x.has_host) {
			put(&b, mail_header_decode(a, x.mailbox, NAME_MAX));
			put(&b, STR(": "));
			continue;
		}
		put(&b, mail_header_decode(a, x.name, NAME_MAX));
		put_box(&b, &x, x.name.n > 0);
	}
	return str_first(buf_str(&b), max);
}
