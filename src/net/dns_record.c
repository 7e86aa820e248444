#include <stdio.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/net/address.h"
#include "src/net/dns_priv.h"

enum err dns_result_judge(const struct ub_result *r)
{
	if (r->bogus)
		return ERR_CORRUPT;
	if (r->havedata)
		return ERR_OK;
	if (r->nxdomain || r->rcode == 0)
		return ERR_NOTFOUND;
	return ERR_TEMP;
}

static bool is_plain(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

/*
 * A name in wire form (RFC 1035 section 3.1), uncompressed, that fills all of `s`. False also for
 * octets that have no place in a host name, for such names end in headers and logs.
 */
static bool read_name(struct arena *a, struct str s, struct str *name_r)
{
	unsigned char text[DNS_NAME_MAX + 1];
	size_t at = 0, n = 0, label;

	if (s.n == 0 || s.n > DNS_NAME_MAX)
		return false;
	while (at < s.n && (label = s.p[at++]) > 0) {
		if (label > 63 || label >= s.n - at)
			return false;
		if (n)
			text[n++] = '.';
		for (size_t i = 0; i < label; i++) {
			if (!is_plain(s.p[at + i]))
				return false;
			text[n++] = s.p[at + i];
		}
		at += label;
	}
	if (at != s.n)
		return false;
	*name_r = str_lower(a, str_make(text, n));
	return true;
}

/* RFC 1035 section 3.3.14: strings of a length and as many octets, joined as RFC 7208 section 3.3
 * does. */
static bool read_text(struct arena *a, struct str s, struct str *text_r)
{
	unsigned char *text = arena_alloc(a, s.n + 1);
	size_t at = 0, n = 0, length;

	while (at < s.n) {
		length = s.p[at++];
		if (length > s.n - at)
			return false;
		memcpy(text + n, s.p + at, length);
		n += length;
		at += length;
	}
	*text_r = str_make(text, n);
	return true;
}

static bool read_record(struct arena *a, int type, struct str s, struct dns_record *record)
{
	switch (type) {
	case DNS_A:
		record->address[10] = record->address[11] = 0xff;
		if (s.n == 4)
			memcpy(record->address + 12, s.p, 4);
		return s.n == 4;
	case DNS_AAAA:
		if (s.n == 16)
			memcpy(record->address, s.p, 16);
		return s.n == 16;
	case DNS_MX:
		if (s.n < 3)
			return false;
		record->preference = (uint16_t)(s.p[0] << 8 | s.p[1]);
		return read_name(a, str_from(s, 2), &record->name);
	case DNS_PTR:
		return read_name(a, s, &record->name);
	case DNS_TXT:
		return read_text(a, s, &record->text);
	default:
		record->text = str_dup(a, s);
		return true;
	}
}

enum err dns_result_read(const struct ub_result *r, struct arena *a, struct dns_answer *answer_r)
{
	struct dns_record *records;
	struct str name = str_c(r->canonname ? r->canonname : r->qname);
	size_t n = 0, have = 0;

	while (have < DNS_RECORDS_MAX && r->data[have])
		have++;
	records = arena_array(a, have + 1, sizeof *records);
	for (size_t i = 0; i < have; i++) {
		struct dns_record one = { 0 };

		if (r->len[i] >= 0 &&
		    read_record(a, r->qtype, str_make(r->data[i], (size_t)r->len[i]), &one))
			records[n++] = one;
	}
	if (n == 0)
		return ERR_NOTFOUND;
	if (str_ends(name, STR(".")))
		name.n--;
	*answer_r = (struct dns_answer){
		.security = r->secure ? DNS_SECURE : DNS_UNCHECKED,
		.canonical = str_lower(a, name),
		.ttl_s = r->ttl > 0 ? (uint32_t)r->ttl : 0,
		.records = records,
		.n = n,
	};
	return ERR_OK;
}

void dns_reverse_name(const uint8_t address[16], char name_r[80])
{
	static const char digits[] = "0123456789abcdef";
	char *p = name_r;

	if (net_address_is_v4(address)) {
		snprintf(name_r, 80, "%u.%u.%u.%u.in-addr.arpa.", address[15], address[14],
		         address[13], address[12]);
		return;
	}
	/* RFC 3596 section 2.5: nibbles, last first. */
	for (size_t i = 16; i-- > 0;) {
		*p++ = digits[address[i] & 15];
		*p++ = '.';
		*p++ = digits[address[i] >> 4];
		*p++ = '.';
	}
	memcpy(p, "ip6.arpa.", 10);
}

bool dns_name_is_valid(struct str name)
{
	struct str label;
	bool more = true;

	if (str_ends(name, STR(".")))
		name.n--;
	if (name.n == 0 || name.n > 253)
		return false;
	while (more) {
		more = str_cut(&name, '.', &label);
		if (label.n == 0 || label.n > 63)
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (!is_plain(label.p[i]))
				return false;
	}
	return true;
}
