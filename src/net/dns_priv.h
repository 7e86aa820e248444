/*
 * From the octets of libunbound to records.
 */
#ifndef TAYORI_NET_DNS_PRIV_H
#define TAYORI_NET_DNS_PRIV_H

#include <unbound.h>

#include "src/net/dns.h"

enum {
	DNS_NAME_MAX = 255,
	DNS_RECORDS_MAX = 256
};

/* Kind of an answer. */
enum err dns_result_judge(const struct ub_result *r);

/* An answer with data as records in `a`; malformed records are left out. Fails with: ERR_NOTFOUND.
 */
enum err dns_result_read(const struct ub_result *r, struct arena *a,
                         struct dns_answer *answer_r) MUST_USE;

/* The name to ask for the PTR of an address, with its NUL. */
void dns_reverse_name(const uint8_t address[16], char name_r[80]);

/* True for something that can be asked: 1 to 253 octets of labels of 1 to 63. */
bool dns_name_is_valid(struct str name);

#endif
