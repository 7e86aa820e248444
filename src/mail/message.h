/*
 * One message, parsed once.
 *
 * mail_message_parse looks at the bytes of a message (RFC 5322, MIME) exactly once, at acceptance,
 * and makes everything that protocols later send without looking again: ENVELOPE, BODYSTRUCTURE,
 * BODY, a preview, and a compact index of where each part lies. It never fails on content: any
 * octets are a message. What is broken is described as well as it can be (RFC 3501 section 7.4.2,
 * RFC 9051 section 7.5.2). It never executes, fetches or guesses beyond the bytes it was given.
 *
 * Lines may end in CRLF or in bare LF; offsets always count the octets as they stand.
 */
#ifndef TAYORI_MAIL_MESSAGE_H
#define TAYORI_MAIL_MESSAGE_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;
struct buf;

/* Caps on work; content beyond them stays reachable as part of the enclosing part. */
struct mail_limits {
	uint32_t max_parts;        /* MIME parts in all, 10,000 by default */
	uint32_t max_depth;        /* nesting of containers, 100 by default, below 255 */
	uint32_t max_header_bytes; /* looked at in one header block, 1 MiB by default */
	uint32_t max_addresses;    /* listed in ENVELOPE for one field, 10,000 by default */
};

extern const struct mail_limits mail_limits_default;

/* Everything is in the arena given to mail_message_parse, or points into the message. */
struct mail_message {
	uint32_t hdr_size;        /* octets up to and including the blank line */
	uint32_t lines;           /* line ends in the body */
	struct str envelope;      /* "(...)", ready to send after "ENVELOPE " */
	struct str bodystructure; /* "(...)", with extension data */
	struct str body;          /* "(...)", without extension data */
	struct str parts;   /* for mail_part_find; opaque, versioned, at most a few octets a part */
	struct str preview; /* UTF-8, at most 256 characters (RFC 8970), may be empty */
	struct str message_id;   /* "<...>" of the first Message-ID field, or empty */
	uint32_t received_count; /* Received fields at the top level: hops */
	bool has_8bit;           /* an octet above 0x7f anywhere */
	bool has_8bit_header;    /* above 0x7f in the top-level header */
	bool has_nul;
};

/* Parse. `limits` NULL means mail_limits_default. Borrows `bytes`; results point into `a` or
 * `bytes`. */
void mail_message_parse(struct arena *a, struct str bytes, const struct mail_limits *limits,
                        struct mail_message *message_r);

/* What of a part is wanted: BODY[n], BODY[n.MIME], BODY[n.HEADER], BODY[n.TEXT] (RFC 3501 6.4.5).
 */
enum mail_part_what {
	MAIL_PART_BODY,
	MAIL_PART_MIME,
	MAIL_PART_HEADER,
	MAIL_PART_TEXT
};

/* Where that lies in the message: octets [offset, offset + size). */
struct mail_part_range {
	uint64_t offset;
	uint64_t size;
	char encoding; /* content-transfer-encoding: '7' 7bit/8bit/binary/none, 'q', 'b', 'u'
	                  unknown */
};

/*
 * Find a part in the index made by mail_message_parse. `path` holds part numbers, outermost first;
 * `depth` 0 is the whole message (BODY[], BODY[HEADER], BODY[TEXT]). A single-part message
 * has a part 1, which is its body. Fails with: ERR_NOTFOUND (no such part, or HEADER/TEXT of a part
 * that is no message/rfc822), ERR_CORRUPT (the index is damaged).
 */
enum err mail_part_find(struct str parts, const uint32_t *path, size_t depth,
                        enum mail_part_what what, struct mail_part_range *range_r) MUST_USE;

#endif
