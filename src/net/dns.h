/*
 * Names and addresses from the DNS, over libunbound.
 *
 * One resolver serves all threads of a process. It has a thread of its own that talks to libunbound
 * and keeps the deadlines; callers either wait for an answer, which is bounded, or leave a function
 * to be called. Answers are cached by libunbound. A resolver that does not answer is left alone for
 * a while, so that its absence costs no session more than a moment. Nothing is read from files
 * after dns_new, and no thread is started before the first question: a process may lock itself in
 * between.
 */
#ifndef TAYORI_NET_DNS_H
#define TAYORI_NET_DNS_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;
struct dns;

struct dns_options {
	const char *address; /* of the resolver to ask; empty: those of /etc/resolv.conf */
	uint16_t port;
	int64_t timeout_ms;       /* for one question of a caller */
	const char *trust_anchor; /* file with the DS or DNSKEY of the root; empty: no DNSSEC
	                             validation */
	bool has_private_names;   /* dns_peer_name asks for private addresses as well */
};

/* Numbers of RFC 1035, 3596 and 6698. */
enum dns_type {
	DNS_A = 1,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_TLSA = 52
};

enum dns_security {
	DNS_UNCHECKED, /* not signed, or not validated here */
	DNS_SECURE     /* validated from the trust anchor down (RFC 4035) */
};

struct dns_record {
	uint8_t address[16]; /* A (IPv4 mapped), AAAA */
	uint16_t preference; /* MX */
	struct str name;     /* MX, PTR: without the last dot, empty for the root; in lower case */
	struct str text;     /* TXT: its strings joined; TLSA: the octets of the record */
};

struct dns_answer {
	enum dns_security security;
	struct str canonical; /* the name at the end of the CNAMEs */
	uint32_t ttl_s;
	const struct dns_record *records; /* in the order in which they came */
	size_t n;
};

/* Returns owned: dns_free. Fails with: ERR_INVALID, ERR_IO. */
enum err dns_new(const struct dns_options *options, struct dns **dns_r,
                 struct errinfo *info) MUST_USE;

/* Ends what is being asked with ERR_CANCELLED. Sets the pointer to NULL; accepts NULL. */
void dns_free(struct dns **dns);

/*
 * Ask and wait, at most as long as the options say. Fails with: ERR_NOTFOUND (no such name or no
 * such record), ERR_TEMP (the resolver has trouble), ERR_TIMEOUT, ERR_CORRUPT (signatures are
 * wrong), ERR_INVALID (no domain name), ERR_LIMIT (too many questions at once), ERR_CANCELLED.
 */
enum err dns_lookup(struct dns *d, struct arena *a, struct str name, enum dns_type type,
                    struct dns_answer *answer_r) MUST_USE;

/*
 * The name of an address whose own address is this one again (RFC 8601 calls that iprev). Waits;
 * see dns_lookup for how it fails. Private addresses are ERR_NOTFOUND at once.
 */
enum err dns_peer_name(struct dns *d, struct arena *a, const uint8_t address[16],
                       struct str *name_r) MUST_USE;

/*
 * The same without waiting: `done` is called once, from another thread or before this returns;
 * `name` is empty unless e is ERR_OK, and borrowed. It may not wait, nor free the resolver.
 */
void dns_peer_name_start(struct dns *d, const uint8_t address[16],
                         void (*done)(void *user, enum err e, struct str name), void *user);

#endif
