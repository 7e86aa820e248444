#include "src/mail/address.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>
#include <unicode/uidna.h>

#include "src/base/arena.h"
#include "src/mail/charset.h"
#include "src/mail/text_priv.h"

enum {
	LABEL_MAX = 63,
	LITERAL_MAX = 100
};

/* Reads a path; `at` moves over `text`. */
struct reader {
	struct arena *a;
	struct str text;
	size_t at;
	unsigned flags;
};

static int peek(const struct reader *r)
{
	return r->at < r->text.n ? r->text.p[r->at] : -1;
}

static bool take(struct reader *r, unsigned char c)
{
	if (peek(r) != c)
		return false;
	r->at++;
	return true;
}

/* An octet that may stand in an atom or a domain: `ascii` says so, or it is UTF-8 and that is
 * allowed. */
static bool is_text(const struct reader *r, int c, bool (*ascii)(unsigned char))
{
	if (c >= 0x80)
		return r->flags & MAIL_ADDRESS_UTF8;
	return c >= 0 && ascii((unsigned char)c);
}

static bool is_domain_char(unsigned char c)
{
	return is_alnum(c) || c == '-' || c == '_';
}

/*
 * Dot-string = Atom *("." Atom) (RFC 5321 section 4.1.2), but with dots anywhere: addresses like
 * `a..b@` and `.a.@` exist by the million.
 */
static enum err read_dot_string(struct reader *r, struct mail_address *addr)
{
	size_t begin = r->at;
	bool was_dot = true;

	while (is_text(r, peek(r), is_atext) || peek(r) == '.') {
		bool is_dot = peek(r) == '.';

		addr->is_odd |= is_dot && was_dot;
		was_dot = is_dot;
		r->at++;
	}
	addr->is_odd |= was_dot;
	addr->local = str_make(r->text.p + begin, r->at - begin);
	return addr->local.n ? ERR_OK : ERR_INVALID;
}

/* Quoted-string = DQUOTE *QcontentSMTP DQUOTE; the content without quoting goes to `addr`. */
static enum err read_quoted(struct reader *r, struct mail_address *addr)
{
	struct str rest = str_from(r->text, ++r->at);
	unsigned char *out;
	size_t n = 0;

	/* Longer than any limit is refused before it costs memory. */
	out = arena_alloc(r->a, rest.n < 1024 ? rest.n : 1024);
	for (;;) {
		int c = peek(r);

		if (n == 1024)
			return ERR_LIMIT;
		r->at++;
		if (c == '"')
			break;
		if (c == '\\') {
			c = peek(r);
			r->at++;
		}
		if (c < ' ' || c == 0x7f || (c >= 0x80 && !(r->flags & MAIL_ADDRESS_UTF8)))
			return ERR_INVALID;
		out[n++] = (unsigned char)c;
	}
	addr->local = str_make(out, n);
	return ERR_OK;
}

static enum err read_local(struct reader *r, struct mail_address *addr)
{
	enum err e = peek(r) == '"' ? read_quoted(r, addr) : read_dot_string(r, addr);

	if (e)
		return e;
	if (addr->local.n > MAIL_ADDRESS_LOCAL_MAX && !(r->flags & MAIL_ADDRESS_LONG))
		return ERR_LIMIT;
	return ERR_OK;
}

/* Copy of a short text with a NUL, for inet_pton. */
static bool parse_ip(int family, struct str text, unsigned char octets[16])
{
	char c[INET6_ADDRSTRLEN];

	if (text.n == 0 || text.n >= sizeof c || memchr(text.p, 0, text.n))
		return false;
	memcpy(c, text.p, text.n);
	c[text.n] = '\0';
	return inet_pton(family, c, octets) == 1;
}

/* The inside of "[...]": IPv4, IPv6, or a tag and content (RFC 5321 section 4.1.3). */
static bool is_literal(struct str inside)
{
	unsigned char octets[16];
	ptrdiff_t colon = str_find(inside, ':');

	if (str_istarts(inside, STR("IPv6:")))
		return parse_ip(AF_INET6, str_from(inside, 5), octets);
	if (colon < 0)
		return parse_ip(AF_INET, inside, octets);
	if (colon == 0 || inside.n > LITERAL_MAX || (size_t)colon + 1 == inside.n)
		return false;
	for (size_t i = 0; i < inside.n; i++) {
		unsigned char c = inside.p[i];

		/* dcontent would allow more; no tag in use needs it, and "@" must split only once.
		 */
		if (i < (size_t)colon ? !is_alnum(c) && c != '-'
		                      : !is_alnum(c) && c != ':' && c != '.')
			return false;
	}
	return true;
}

bool mail_address_is_domain(struct str domain, bool is_utf8_ok)
{
	struct str rest = domain, label;
	bool is_more;

	if (domain.n > MAIL_ADDRESS_DOMAIN_MAX || domain.n == 0)
		return false;
	if (domain.p[0] == '[')
		return domain.n > 2 && domain.p[domain.n - 1] == ']' &&
		       is_literal(str_make(domain.p + 1, domain.n - 2));
	if (!str_is_ascii(domain) && (!is_utf8_ok || !str_is_utf8(domain)))
		return false;
	do {
		is_more = str_cut(&rest, '.', &label);
		/* The limit of 63 is for A-labels; a U-label is measured by IDNA. */
		if (label.n == 0 || (label.n > LABEL_MAX && str_is_ascii(label)))
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (label.p[i] < 0x80 && !is_domain_char(label.p[i]))
				return false;
	} while (is_more);
	return true;
}

static enum err read_domain(struct reader *r, struct str *domain_r)
{
	size_t begin = r->at;
	struct str domain;

	if (peek(r) == '[') {
		while (peek(r) >= 0 && peek(r) != ']')
			r->at++;
		if (!take(r, ']'))
			return ERR_INVALID;
	} else {
		while (is_text(r, peek(r), is_domain_char) || peek(r) == '.')
			r->at++;
	}
	domain = str_make(r->text.p + begin, r->at - begin);
	if (domain.n > MAIL_ADDRESS_DOMAIN_MAX)
		return ERR_LIMIT;
	if (!mail_address_is_domain(domain, r->flags & MAIL_ADDRESS_UTF8))
		return ERR_INVALID;
	*domain_r = domain;
	return ERR_OK;
}

/* A-d-l ":", which must be accepted and should be ignored (RFC 5321 section 4.1.1.3). */
static enum err skip_route(struct reader *r)
{
	struct str domain;
	enum err e;

	if (peek(r) != '@')
		return ERR_OK;
	do {
		if (!take(r, '@'))
			return ERR_INVALID;
		e = read_domain(r, &domain);
		if (e)
			return e;
	} while (take(r, ','));
	return take(r, ':') ? ERR_OK : ERR_INVALID;
}

static enum err read_mailbox(struct reader *r, struct mail_address *addr)
{
	size_t begin = r->at;
	enum err e = read_local(r, addr);

	if (e)
		return e;
	if (take(r, '@')) {
		e = read_domain(r, &addr->domain);
		if (e)
			return e;
	} else if (!(r->flags & MAIL_ADDRESS_POSTMASTER) ||
	           !str_ieq(addr->local, STR("postmaster"))) {
		return ERR_INVALID;
	}
	if (r->at - begin > MAIL_ADDRESS_MAX)
		return ERR_LIMIT;
	addr->is_utf8 = !str_is_ascii(addr->local) || !str_is_ascii(addr->domain);
	if (addr->is_utf8 && !str_is_utf8(addr->local))
		return ERR_INVALID;
	return ERR_OK;
}

enum err mail_address_parse_path(struct arena *a, struct str text, unsigned flags,
                                 struct mail_address *address_r, size_t *used_r)
{
	struct reader r = { .a = a, .text = text, .flags = flags };
	struct mail_address addr = { 0 };
	bool has_bracket = take(&r, '<');
	enum err e;

	if (!has_bracket && !(flags & MAIL_ADDRESS_BARE))
		return ERR_INVALID;
	if (has_bracket && (flags & MAIL_ADDRESS_NULL) && take(&r, '>')) {
		*address_r = addr;
		*used_r = r.at;
		return ERR_OK;
	}
	e = skip_route(&r);
	if (!e)
		e = read_mailbox(&r, &addr);
	if (e)
		return e;
	if (has_bracket && !take(&r, '>'))
		return ERR_INVALID;
	/* A bare path ends at a blank; a bracketed one ends itself. */
	if (!has_bracket && peek(&r) >= 0 && peek(&r) != ' ')
		return ERR_INVALID;
	*address_r = addr;
	*used_r = r.at;
	return ERR_OK;
}

enum err mail_address_parse(struct arena *a, struct str text, unsigned flags,
                            struct mail_address *address_r)
{
	struct reader r = { .a = a, .text = text, .flags = flags };
	struct mail_address addr = { 0 };
	enum err e = read_mailbox(&r, &addr);

	if (e)
		return e;
	if (r.at != text.n)
		return ERR_INVALID;
	*address_r = addr;
	return ERR_OK;
}

bool mail_address_split(struct str text, struct str *local_r, struct str *domain_r)
{
	ptrdiff_t at = str_rfind(text, '@');
	ptrdiff_t quote = str_rfind(text, '"');

	/* Only a quoted local part can hold an "@", and then the last quote is its end. */
	if (at < 0 || (quote > at && text.p[0] == '"')) {
		*local_r = text;
		*domain_r = str_from(text, text.n);
		return false;
	}
	*local_r = str_first(text, (size_t)at);
	*domain_r = str_from(text, (size_t)at + 1);
	return true;
}

static bool is_dot_string(struct str local)
{
	bool was_dot = true;

	for (size_t i = 0; i < local.n; i++) {
		bool is_dot = local.p[i] == '.';

		if ((is_dot && was_dot) || (!is_dot && local.p[i] < 0x80 && !is_atext(local.p[i])))
			return false;
		was_dot = is_dot;
	}
	return !was_dot;
}

struct str mail_address_format_local(struct arena *a, struct str local)
{
	struct buf b;

	if (is_dot_string(local))
		return local;
	b = buf_in(a, local.n * 2 + 2);
	put_byte(&b, '"');
	for (size_t i = 0; i < local.n; i++) {
		if (local.p[i] == '"' || local.p[i] == '\\')
			put_byte(&b, '\\');
		put_byte(&b, local.p[i]);
	}
	put_byte(&b, '"');
	return buf_str(&b);
}

static struct str join(struct arena *a, struct str local, struct str domain)
{
	struct buf b = buf_in(a, local.n + domain.n + 1);

	put(&b, local);
	put_byte(&b, '@');
	put(&b, domain);
	return buf_str(&b);
}

struct str mail_address_format(struct arena *a, const struct mail_address *address)
{
	if (address->domain.n == 0)
		return address->local;
	return join(a, mail_address_format_local(a, address->local), address->domain);
}

static UIDNA *idna;
static pthread_once_t idna_once = PTHREAD_ONCE_INIT;

/* Immutable and shared by all threads for the life of the process. */
static void open_idna(void)
{
	UErrorCode e = U_ZERO_ERROR;

	idna = uidna_openUTS46(
		UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII, &e);
	must(U_SUCCESS(e));
}

static enum err to_a_labels(struct arena *a, struct str domain, struct str *normal_r)
{
	UIDNAInfo info = UIDNA_INFO_INITIALIZER;
	UErrorCode e = U_ZERO_ERROR;
	char out[MAIL_ADDRESS_DOMAIN_MAX + 1];
	int32_t n;

	must(pthread_once(&idna_once, open_idna) == 0);
	n = uidna_nameToASCII_UTF8(idna, (const char *)domain.p, (int32_t)domain.n, out, sizeof out,
	                           &info, &e);
	if (U_FAILURE(e) || info.errors || n <= 0 || n > MAIL_ADDRESS_DOMAIN_MAX)
		return ERR_INVALID;
	*normal_r = str_dup(a, str_make(out, (size_t)n));
	return ERR_OK;
}

/* RFC 5952 text for an address literal; others in lower case. */
static struct str normal_literal(struct arena *a, struct str domain)
{
	struct str inside = str_make(domain.p + 1, domain.n - 2);
	unsigned char octets[16];
	char text[INET6_ADDRSTRLEN];

	if (str_istarts(inside, STR("IPv6:")) && parse_ip(AF_INET6, str_from(inside, 5), octets)) {
		must(inet_ntop(AF_INET6, octets, text, sizeof text));
		return str_printf(a, "[ipv6:%s]", text);
	}
	return str_lower(a, domain);
}

static bool has_xn_label(struct str domain)
{
	struct str label, rest = domain;
	bool is_more;

	do {
		is_more = str_cut(&rest, '.', &label);
		if (str_istarts(label, STR("xn--")))
			return true;
	} while (is_more);
	return false;
}

enum err mail_address_normal_domain(struct arena *a, struct str domain, struct str *normal_r)
{
	if (domain.n > 1 && domain.p[domain.n - 1] == '.')
		domain.n--;
	if (!mail_address_is_domain(domain, true))
		return ERR_INVALID;
	if (domain.p[0] == '[') {
		*normal_r = normal_literal(a, domain);
		return ERR_OK;
	}
	/* ICU is for what needs it; an A-label may be a disguise for another one. */
	if (!str_is_ascii(domain) || has_xn_label(domain))
		return to_a_labels(a, domain, normal_r);
	*normal_r = str_lower(a, domain);
	return ERR_OK;
}

enum err mail_address_normal(struct arena *a, const struct mail_address *address,
                             struct str *normal_r)
{
	struct str local = address->local, domain;
	enum err e;

	if (!str_is_ascii(local))
		local = mail_charset_nfc(a, local);
	if (address->domain.n == 0) {
		*normal_r = local;
		return ERR_OK;
	}
	e = mail_address_normal_domain(a, address->domain, &domain);
	if (e)
		return e;
	*normal_r = join(a, mail_address_format_local(a, local), domain);
	return ERR_OK;
}
