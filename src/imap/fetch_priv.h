/*
 * FETCH in its parts: what is wanted (fetch_att.c), octets of messages (fetch_body.c), the command
 * (cmd_fetch.c).
 */
#ifndef TAYORI_IMAP_FETCH_PRIV_H
#define TAYORI_IMAP_FETCH_PRIV_H

#include "src/imap/session_priv.h"
#include "src/mail/decoder.h"
#include "src/mail/message.h"

enum {
	IMAP_FETCH_FLAGS = 1,
	IMAP_FETCH_INTERNALDATE = 2,
	IMAP_FETCH_SIZE = 4,
	IMAP_FETCH_ENVELOPE = 8,
	IMAP_FETCH_BODY = 16,
	IMAP_FETCH_BODYSTRUCTURE = 32,
	IMAP_FETCH_UID = 64,
	IMAP_FETCH_MODSEQ = 128,
	IMAP_FETCH_EMAILID = 256,   /* RFC 8474 */
	IMAP_FETCH_THREADID = 512,  /* RFC 8474 */
	IMAP_FETCH_SAVEDATE = 1024, /* RFC 8514 */
	IMAP_FETCH_PREVIEW = 2048,  /* RFC 8970 */

	IMAP_FETCH_DEPTH_MAX = 100,
	IMAP_FETCH_SECTIONS_MAX = 200,
	IMAP_FETCH_FIELDS_MAX = 1000,
};

enum imap_section {
	IMAP_SECTION_ALL,
	IMAP_SECTION_HEADER,
	IMAP_SECTION_FIELDS,
	IMAP_SECTION_FIELDS_NOT,
	IMAP_SECTION_TEXT,
	IMAP_SECTION_MIME
};

enum imap_fetch_kind {
	IMAP_FETCH_KIND_BODY,
	IMAP_FETCH_KIND_BINARY, /* RFC 3516: decoded */
	IMAP_FETCH_KIND_BINARY_SIZE
};

/* One BODY[...]<...>, RFC822... or BINARY[...]<...>. */
struct imap_fetch_body {
	struct imap_fetch_body *next;
	enum imap_fetch_kind kind;
	enum imap_section section;
	uint32_t *path;
	size_t depth;
	struct str *fields;
	size_t n_fields;
	bool has_partial;
	uint64_t offset, size; /* of <offset.size> */
	struct str label;      /* as the answer names it: "BODY[1.TEXT]<0>" */
};

/* What a FETCH wants. */
struct imap_fetch {
	uint32_t items;
	uint32_t fields; /* of store_fetch */
	bool sets_seen;
	bool wants_header;                     /* some section shows the top header */
	bool has_changedsince, wants_vanished; /* RFC 7162 */
	bool has_partial;
	int64_t first, last; /* RFC 9394: positions within the set */
	uint64_t changedsince;
	struct imap_fetch_body *bodies;
	size_t n_bodies;
};

/* "(FLAGS BODY.PEEK[])", "ALL" ... */
bool imap_fetch_parse(struct imap_parser *p, struct imap_fetch *f);

/* Where an answer stands that waits for its reader: in the literal of a section. */
struct imap_fetch_place {
	const struct imap_fetch_body *body; /* NULL: between two messages */
	uint64_t offset, end;               /* octets of the message still to come */
	struct mail_decoder decoder;        /* BINARY */
	uint64_t at, from, to;              /* BINARY: decoded octets so far; which are wanted */
};

/* One message while it is being answered. */
struct imap_fetch_message {
	struct imap_cmd *c;
	struct arena *a;     /* of this message */
	struct arena *piece; /* of `kept` */
	const struct store_message *m;
	struct imap_fetch_place *place;
	bool is_paused;    /* `place` says where to go on */
	bool is_slow;      /* its reader has had to be waited for: smaller pieces */
	int64_t end_ms;    /* when others should go first */
	struct str header; /* once imap_fetch_header has read it */
	struct str kept;   /* octets [kept_at, kept_at + kept.n) of the message */
	uint64_t kept_at;
	/* With a surrogate (surrogate.c) `m` is a copy that describes it. */
	struct str surrogate;   /* stands in place of the header; empty: none */
	uint64_t stored_header; /* octets that it replaces */
};

/* True when the answer should pause: the client does not take it, or it has taken long. */
bool imap_fetch_must_pause(struct imap_fetch_message *fm);

/* Octets asked of the store at a time. */
uint64_t imap_fetch_piece(const struct imap_fetch_message *fm);

/*
 * When the client takes no UTF-8 and what it wants of the message has some in its header: have all
 * functions here speak of a surrogate with a header in ASCII (RFC 6858). Fails as store_read does.
 */
enum err imap_surrogate_prepare(struct imap_fetch_message *fm, const struct imap_fetch *f,
                                uint32_t items) MUST_USE;

/*
 * Octets [offset, offset + n) with n at most `max` and as many as come in one piece; beyond the end
 * they are empty. Valid until the next call. Fails as store_read does.
 */
enum err imap_fetch_read(struct imap_fetch_message *fm, uint64_t offset, uint64_t max,
                         struct str *octets_r) MUST_USE;

/* All octets of a range, at most `max`, in `a`. Fails as store_read does. */
enum err imap_fetch_range(struct imap_fetch_message *fm, struct arena *a, uint64_t offset,
                          uint64_t size, uint64_t max, struct str *octets_r) MUST_USE;

/*
 * The top header block, all of it up to IMAP_FETCH_HEADER_MAX, from what store_fetch gave or from
 * the store; lives as long as the message. Fails as store_read does.
 */
enum {
	IMAP_FETCH_HEADER_MAX = 4 * 1024 * 1024
};
enum err imap_fetch_header(struct imap_fetch_message *fm, struct str *header_r) MUST_USE;

/*
 * Write label and octets, or go on at fm->place when that is in this body; fm->is_paused: not all
 * of it. On failure part of a literal may be out: imap_reply_broken.
 */
enum err imap_fetch_write_body(struct imap_fetch_message *fm,
                               const struct imap_fetch_body *body) MUST_USE;

/* --- fetch_binary.c (RFC 3516) */

/* The same for BINARY and BINARY.SIZE. */
enum err imap_fetch_write_binary(struct imap_fetch_message *fm,
                                 const struct imap_fetch_body *body) MUST_USE;

/* True when the section has an encoding that we know, or does not exist. */
bool imap_fetch_can_decode(const struct store_message *m, const struct imap_fetch_body *body);

/* --- fetch_run.c */

/* Answer; the items have been parsed and the set resolved. */
enum imap_next imap_fetch_run(struct imap_cmd *c, const struct imap_fetch *f,
                              const struct store_set *set);

#endif
