/*
 * What the pieces of the message parser share.
 *
 * message.c walks the lines and builds a tree of parts; fields.c turns a header block into the IMAP
 * text of its part; structure.c writes BODY, BODYSTRUCTURE and the index from the tree; preview.c
 * makes the preview. Texts of all parts stand in one buffer and are known by their place in it.
 */
#ifndef TAYORI_MAIL_MESSAGE_PRIV_H
#define TAYORI_MAIL_MESSAGE_PRIV_H

#include "src/base/buf.h"
#include "src/base/str.h"
#include "src/mail/message.h"

enum part_kind {
	PART_LEAF,
	PART_MULTIPART,
	PART_MESSAGE
};

/* A stretch of parser.text. */
struct slice {
	size_t at;
	size_t n;
};

struct part {
	struct part *parent, *next, *first_child, *last_child;
	uint32_t depth;

	/* Octets of the message: header [hdr_off, body_off), body [body_off, end). */
	size_t hdr_off, body_off, end;
	size_t body_line; /* line ends before body_off */
	size_t lines;     /* line ends in the body */

	enum part_kind kind;
	char encoding;      /* as in struct mail_part_range */
	bool is_text;       /* type text: BODYSTRUCTURE tells its lines */
	bool is_plain;      /* text/plain */
	bool is_html;       /* text/html */
	bool is_digest;     /* children without a type are messages (RFC 2046 section 5.1.5) */
	bool is_attachment; /* Content-Disposition says so */
	bool is_message;  /* has the header of a message: the root, and what a message/rfc822 holds
	                   */
	bool is_enclosed; /* somewhere inside a message/rfc822 */
	struct str boundary;
	struct str charset;

	struct slice head;     /* type and subtype .. encoding, or the subtype of a multipart */
	struct slice tail;     /* extension data, with a space before it */
	struct slice envelope; /* only with is_message */
};

/* Header fields that matter here. */
enum field {
	FIELD_NONE,
	FIELD_DATE,
	FIELD_SUBJECT,
	FIELD_FROM,
	FIELD_SENDER,
	FIELD_REPLY_TO,
	FIELD_TO,
	FIELD_CC,
	FIELD_BCC,
	FIELD_IN_REPLY_TO,
	FIELD_MESSAGE_ID,
	FIELD_RECEIVED,
	FIELD_TYPE,
	FIELD_ENCODING,
	FIELD_ID,
	FIELD_DESCRIPTION,
	FIELD_MD5,
	FIELD_DISPOSITION,
	FIELD_LANGUAGE,
	FIELD_LOCATION,
	FIELD_COUNT
};

/* A further To, Cc or Bcc field: their lists are one list (RFC 5322 section 4.5.3). */
struct field_more {
	struct field_more *next;
	enum field field;
	struct str value;
};

/* Values of one header block as they stand, the first of each; p == NULL is an absent field. */
struct fields {
	struct str value[FIELD_COUNT];
	struct field_more *more, **more_last;
	uint32_t received;
};

/* A boundary that can end parts now. */
struct open_boundary {
	struct part *part;
	struct str text;
	uint64_t hash;
};

struct parser {
	struct arena *tmp;     /* the tree; gone when the message is parsed */
	struct arena *scratch; /* gone with each header block */
	const struct mail_limits *limits;
	struct str bytes;
	size_t pos;  /* next octet to look at */
	size_t line; /* line ends before it */

	struct part *root;
	struct part *last; /* innermost open part */
	uint32_t count;
	struct part *plain, *html; /* first ones fit for a preview */

	struct open_boundary *open; /* outermost first */
	size_t open_count, open_room;
	uint8_t hash_count[256]; /* open boundaries by the low octet of their hash */

	struct buf text;
	size_t text_soft_max; /* address lists end here */
};

/* fields.c */

/* Which field `name` names. */
enum field fields_find(struct str name);

/* Note a field of the block. */
void fields_add(struct parser *p, struct fields *f, enum field field, struct str value);

/* Describe `part` from its header: kind, flags, head, tail, envelope. */
void fields_describe(struct parser *p, struct part *part, const struct fields *f);

/* Describe `part` as `text`, "type" "subtype" ..., without any extension data. */
void fields_describe_as(struct parser *p, struct part *part, struct str text);

/* "<...>" of a Message-ID field, or empty. */
struct str fields_message_id(struct arena *a, struct str value);

/* envelope.c */

/* Append `s` as an IMAP string: quoted when it can be, otherwise a literal. */
void envelope_put_string(struct buf *b, struct str s);

/* The same, NIL when it is absent. */
void envelope_put_nstring(struct parser *p, struct str value);

/* Write the ENVELOPE of a header block to the parser's text. */
struct slice envelope_write(struct parser *p, const struct fields *f);

/* structure.c */

/* BODY or BODYSTRUCTURE of the tree, in `a`. */
struct str structure_write(struct arena *a, const struct parser *p, bool has_extension);

/* The index of parts, in `a`. */
struct str structure_index(struct arena *a, const struct parser *p);

/* preview.c */
struct str preview_make(struct arena *a, const struct parser *p);

#endif
