/*
 * Addresses: paths in SMTP commands (RFC 5321 section 4.1.2, RFC 6531), and address lists in header
 * fields (RFC 5322 section 3.4 with the obsolete syntax of section 4.4).
 *
 * A struct mail_address holds the local part *without* its quoting, so `"ann"@x` and `ann@x` are
 *the same address, and the domain as it was written. mail_address_format quotes again where RFC
 *5321 wants it. Paths are read tolerantly where real mail needs it: dots at the ends of or doubled
 *in a local part (Japanese carriers hand out `a..b@` and `.a.@`), underscores and odd hyphens in a
 *domain.
 *
 *	struct mail_address from;
 *	size_t used;
 *	enum err e = mail_address_parse_path(a, text, MAIL_ADDRESS_NULL | MAIL_ADDRESS_UTF8, &from,
 *&used);
 */
#ifndef TAYORI_MAIL_ADDRESS_H
#define TAYORI_MAIL_ADDRESS_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;

enum {
	MAIL_ADDRESS_LOCAL_MAX = 64,   /* octets, RFC 5321 section 4.5.3.1.1 */
	MAIL_ADDRESS_DOMAIN_MAX = 255, /* section 4.5.3.1.2 */
	MAIL_ADDRESS_MAX = 254, /* local@domain: a path of 256 less its brackets, 4.5.3.1.3 */
};

/* What a parser accepts beyond local@domain; or-ed together. */
enum mail_address_flag {
	MAIL_ADDRESS_NULL = 1,       /* the null path, "<>" */
	MAIL_ADDRESS_UTF8 = 2,       /* UTF-8 in local part and domain (RFC 6531) */
	MAIL_ADDRESS_POSTMASTER = 4, /* "postmaster" without a domain (RFC 5321 section 4.1.1.3) */
	MAIL_ADDRESS_BARE = 8,       /* a path without its angle brackets */
	MAIL_ADDRESS_LONG =
		16, /* a local part above 64 octets (bounce addresses of list senders) */
};

struct mail_address {
	struct str local;  /* unquoted; any octet but NUL, CR, LF; empty for the null path */
	struct str domain; /* as written; "[...]" is an address literal; empty for null and
	                      postmaster */
	bool is_utf8;      /* has octets above 0x7f: can be sent under SMTPUTF8 only */
	bool is_odd;       /* the local part was a dot-string that RFC 5321 does not allow */
};

/*
 * Parse the path that `text` begins with: "<ann@example.org>", "<@relay:ann@example.org>" (the
 * source route is ignored). `*used_r` is the number of octets it took; what follows is the
 * caller's. Results point into `text` or `a`. Fails with: ERR_INVALID (no such path), ERR_LIMIT (an
 * RFC 5321 length limit).
 */
enum err mail_address_parse_path(struct arena *a, struct str text, unsigned flags,
                                 struct mail_address *address_r, size_t *used_r) MUST_USE;

/* Parse all of `text` as local@domain, without brackets (configuration, command line, SASL). */
enum err mail_address_parse(struct arena *a, struct str text, unsigned flags,
                            struct mail_address *address_r) MUST_USE;

/*
 * Split at the last "@" that is not inside quotes, without looking further: for text that was valid
 * when it was stored. False, and all of `text` as the local part, when there is none.
 */
bool mail_address_split(struct str text, struct str *local_r, struct str *domain_r);

/* `local` as it is sent: itself when it is a dot-string, otherwise a quoted string in `a`. */
struct str mail_address_format_local(struct arena *a, struct str local);

/* "local@domain", quoted where needed; "" for the null path, "postmaster" without a domain. */
struct str mail_address_format(struct arena *a, const struct mail_address *address);

/*
 * A domain in its form for comparison: lower-case A-labels (UTS #46, not transitional), canonical
 * text for address literals, no trailing dot. Fails with: ERR_INVALID (no domain at all, or IDNA
 * refuses).
 */
enum err mail_address_normal_domain(struct arena *a, struct str domain,
                                    struct str *normal_r) MUST_USE;

/*
 * The address in its form for comparison: the local part octet for octet (quoted only where needed;
 * in NFC when it is UTF-8), the domain as by mail_address_normal_domain. Letter case of the local
 * part is kept: whether it matters is the directory's decision. Fails with: ERR_INVALID.
 */
enum err mail_address_normal(struct arena *a, const struct mail_address *address,
                             struct str *normal_r) MUST_USE;

/* True when `domain` is a syntactically valid host name or address literal. */
bool mail_address_is_domain(struct str domain, bool is_utf8_ok);

/* One entry of an address list as ENVELOPE shows it (RFC 3501 section 7.4.2). */
enum mail_address_kind {
	MAIL_ADDRESS_KIND_BOX,       /* name, route, local, domain; any of them may be empty */
	MAIL_ADDRESS_KIND_GROUP,     /* a group begins; `name` is its name */
	MAIL_ADDRESS_KIND_GROUP_END, /* and ends */
};

struct mail_address_item {
	struct mail_address_item *next;
	enum mail_address_kind kind;
	struct str name;  /* phrase or trailing comment, unquoted, encoded-words left as they are */
	struct str route; /* "@a,@b" of the obsolete syntax */
	struct str local; /* unquoted */
	struct str domain; /* without comments and blanks */
};

/*
 * Parse the (folded or unfolded) value of an address field. Never fails: what cannot be understood
 * becomes an item with what was found, and parsing goes on after the next comma. At most `max`
 * items are made. Returns their number; results point into `value` or `a`.
 */
size_t mail_address_list_parse(struct arena *a, struct str value, size_t max,
                               struct mail_address_item **first_r);

#endif
