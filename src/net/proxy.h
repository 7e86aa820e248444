/*
 * The PROXY protocol, versions 1 and 2: who the client of a proxy in front of us is.
 *
 * A pure, incremental parser. It is strict: whatever is not exactly a header is refused, so that a
 * wrong configuration shows at once, and it looks at no more than 107 octets of version 1 and at no
 * longer a header of version 2 than PROXY_HEADER_MAX. Reference: "The PROXY protocol, versions 1 &
 * 2", HAProxy, 2020/03/05.
 */
#ifndef TAYORI_NET_PROXY_H
#define TAYORI_NET_PROXY_H

#include "src/base/err.h"
#include "src/base/str.h"

/* 16 octets, then the addresses and whatever TLVs; more than any proxy sends. */
enum {
	PROXY_HEADER_MAX = 4096
};

enum proxy_got {
	PROXY_GOT,  /* a whole header */
	PROXY_MORE, /* the beginning of one */
	PROXY_BAD   /* no header */
};

struct proxy_header {
	size_t size;   /* octets of the header, to be consumed */
	bool is_local; /* LOCAL or UNKNOWN: the proxy speaks for itself; addresses are not set */
	uint8_t source[16]; /* IPv4 mapped */
	uint16_t source_port;
	uint8_t destination[16];
	uint16_t destination_port;
};

/* Look at the first octets of a connection. */
enum proxy_got proxy_header_parse(struct str s, struct proxy_header *header_r);

/* True when the octets can be the beginning of a header of either version: somebody speaks PROXY
 * unasked. */
bool proxy_header_looks(struct str s);

#endif
