/*
 * The language between the store and its callers on a Unix socket.
 *
 * One table (wire_table.c) describes every verb: its request, its result, who may use it. Encoder,
 * decoder, dispatcher, tracer and fuzzer are made from it. A frame is a header of 24 octets and a
 * body of fields in the order of the table, integers little-endian:
 *	bool 1 octet, u32 4, u64 and i64 8; text: u32 length, octets; list: u32 count, elements;
 *	sparse struct: u32 mask of the fields that are not zero or empty, then these: integers and
 *	lengths of texts and lists as LEB128, a bool as nothing
 *	message body: octet 0 and a text, or octet 1 and u64 size, and the file comes with the
 *	frame (SCM_RIGHTS)
 * Decoding accepts exactly what encoding makes, nothing else, and trusts no length. Its memory is
 * bounded by the size of the frame times a small factor.
 */
#ifndef TAYORI_STORE_WIRE_H
#define TAYORI_STORE_WIRE_H

#include "src/base/buf.h"
#include "src/base/err.h"
#include "src/base/str.h"

struct arena;

enum wire_type {
	WIRE_BOOL,
	WIRE_U32,
	WIRE_U64,
	WIRE_I64,
	WIRE_TEXT,
	WIRE_STRUCT,
	WIRE_LIST,
	WIRE_BODY, /* the three fields body, body_fd, body_size */
};

struct wire_struct;

struct wire_field {
	const char *name;
	enum wire_type type;
	bool is_private; /* the tracer shows its length only */
	uint32_t max;    /* octets of a text, elements of a list */
	size_t offset;
	size_t count_offset; /* list: its size_t; body: body_fd */
	size_t size_offset;  /* body: body_size */
	const struct wire_struct *sub;
};

struct wire_struct {
	const char *name;
	size_t size;
	const struct wire_field *fields;
	size_t n_fields;
	bool is_sparse; /* of what is sent by the thousand: at most 32 fields of one number or text
	                 */
};

/* How a verb is run. */
enum wire_kind {
	WIRE_READ,       /* in a snapshot */
	WIRE_WRITE,      /* in a lane */
	WIRE_READ_FIRST, /* in a snapshot; in a lane when it finds that it must write */
	WIRE_SIDE,       /* on the side pool: what hashes passwords */
	WIRE_LOCAL,      /* without a transaction */
};

enum wire_grant {
	WIRE_NO_GRANT,
	WIRE_GRANT,
	WIRE_GRANT_OPTIONAL
};

/* Callers as a set. */
enum {
	WIRE_FOR_SESSION = 1,
	WIRE_FOR_DELIVERY = 2,
	WIRE_FOR_ADMIN = 4,
	WIRE_FOR_ALL = 7,
};

/* clang-format off */

/*
 * All verbs: X(verb, kind, callers, grant); XV for those without a result. The order is the
 * numbering on the wire.
 */
#define WIRE_VERBS(X, XV) \
	X(domain_add, WIRE_WRITE, WIRE_FOR_ADMIN, WIRE_NO_GRANT) \
	XV(domain_del, WIRE_WRITE, WIRE_FOR_ADMIN, WIRE_NO_GRANT) \
	X(domain_list, WIRE_READ, WIRE_FOR_ADMIN, WIRE_NO_GRANT) \
	X(account_add, WIRE_SIDE, WIRE_FOR_ADMIN, WIRE_NO_GRANT) \
	XV(account_set, WIRE_SIDE, WIRE_FOR_ADMIN, WIRE_NO_GRANT) \
	XV(account_del, WIRE_WRITE, WIRE_FOR_ADMIN, WIRE_NO_GRANT) \
	X(account_list, WIRE_READ, WIRE_FOR_ADMIN, WIRE_NO_GRANT) \
	XV(alias_add, WIRE_WRITE, WIRE_FOR_ADMIN, WIRE_NO_GRANT) \
	XV(alias_del, WIRE_WRITE, WIRE_FOR_ADMIN, WIRE_NO_GRANT) \
	X(alias_list, WIRE_READ, WIRE_FOR_ADMIN, WIRE_NO_GRANT) \
	X(resolve, WIRE_READ, WIRE_FOR_ALL, WIRE_NO_GRANT) \
	X(owns, WIRE_READ, WIRE_FOR_ALL, WIRE_GRANT) \
	X(login, WIRE_SIDE, WIRE_FOR_SESSION | WIRE_FOR_ADMIN, WIRE_NO_GRANT) \
	X(scram_begin, WIRE_SIDE, WIRE_FOR_SESSION | WIRE_FOR_ADMIN, WIRE_NO_GRANT) \
	X(scram_finish, WIRE_SIDE, WIRE_FOR_SESSION | WIRE_FOR_ADMIN, WIRE_NO_GRANT) \
	X(apop, WIRE_SIDE, WIRE_FOR_SESSION | WIRE_FOR_ADMIN, WIRE_NO_GRANT) \
	X(ids, WIRE_LOCAL, WIRE_FOR_ALL, WIRE_NO_GRANT) \
	X(accept, WIRE_WRITE, WIRE_FOR_ALL, WIRE_GRANT_OPTIONAL) \
	X(mailbox_list, WIRE_READ, WIRE_FOR_ALL, WIRE_GRANT) \
	X(mailbox_get, WIRE_READ, WIRE_FOR_ALL, WIRE_GRANT) \
	X(mailbox_create, WIRE_WRITE, WIRE_FOR_ALL, WIRE_GRANT) \
	XV(mailbox_delete, WIRE_WRITE, WIRE_FOR_ALL, WIRE_GRANT) \
	XV(mailbox_rename, WIRE_WRITE, WIRE_FOR_ALL, WIRE_GRANT) \
	XV(mailbox_subscribe, WIRE_WRITE, WIRE_FOR_ALL, WIRE_GRANT) \
	X(subscriptions, WIRE_READ, WIRE_FOR_ALL, WIRE_GRANT) \
	X(select, WIRE_READ_FIRST, WIRE_FOR_ALL, WIRE_GRANT) \
	X(sync, WIRE_READ, WIRE_FOR_ALL, WIRE_GRANT) \
	X(fetch, WIRE_READ, WIRE_FOR_ALL, WIRE_GRANT) \
	X(read, WIRE_READ, WIRE_FOR_ALL, WIRE_GRANT) \
	X(append, WIRE_WRITE, WIRE_FOR_ALL, WIRE_GRANT) \
	X(store_flags, WIRE_WRITE, WIRE_FOR_ALL, WIRE_GRANT) \
	X(copy, WIRE_WRITE, WIRE_FOR_ALL, WIRE_GRANT) \
	X(expunge, WIRE_WRITE, WIRE_FOR_ALL, WIRE_GRANT) \
	X(numbers, WIRE_READ, WIRE_FOR_ALL, WIRE_GRANT) \
	X(vanished, WIRE_READ, WIRE_FOR_ALL, WIRE_GRANT) \
	X(search, WIRE_READ, WIRE_FOR_ALL, WIRE_GRANT) \
	X(quota, WIRE_READ, WIRE_FOR_ALL, WIRE_GRANT) \
	X(pop_open, WIRE_WRITE, WIRE_FOR_ALL, WIRE_GRANT) \
	XV(pop_renew, WIRE_WRITE, WIRE_FOR_ALL, WIRE_GRANT) \
	XV(pop_close, WIRE_WRITE, WIRE_FOR_ALL, WIRE_GRANT) \
	X(queue_list, WIRE_READ, WIRE_FOR_ADMIN, WIRE_NO_GRANT) \
	X(trace, WIRE_READ, WIRE_FOR_ADMIN, WIRE_NO_GRANT) \
	X(status, WIRE_READ, WIRE_FOR_ADMIN, WIRE_NO_GRANT) \
	X(check, WIRE_READ, WIRE_FOR_ADMIN, WIRE_NO_GRANT) \
	X(upkeep, WIRE_WRITE, WIRE_FOR_ADMIN, WIRE_NO_GRANT)

/* clang-format on */

enum wire_verb {
#define WIRE_ENUM(verb, kind, callers, grant) WIRE_VERB_##verb,
	WIRE_VERBS(WIRE_ENUM, WIRE_ENUM)
#undef WIRE_ENUM
	WIRE_VERB_COUNT,
	/* What goes over an event connection: lists of account ids, and of events. */
	WIRE_WATCH = 0x100,
	WIRE_UNWATCH,
	WIRE_EVENTS,
};

struct wire_verb_info {
	const char *name;
	enum wire_kind kind;
	uint32_t callers;
	enum wire_grant grant; /* in the field `grant` at offset 0 */
	const struct wire_struct *req;
	const struct wire_struct *res; /* NULL: none */
};

/* Indexed by enum wire_verb. */
extern const struct wire_verb_info wire_verbs[WIRE_VERB_COUNT];

/* ---------------------------------------------------------------- fields */

/*
 * Append `object`, which is a `s`. A message body of more than WIRE_INLINE_MAX octets goes as a
 * file: `*fd_r` is the caller's own body_fd, or -1; a body in memory must have been made a file
 * before (wire_body_seal). Fails with: ERR_INVALID (a field breaks its limit), ERR_LIMIT (too large
 * for `b`).
 */
enum err wire_encode(struct buf *b, const struct wire_struct *s, const void *object, int *fd_r,
                     struct errinfo *info) MUST_USE;

/*
 * The object in all of `octets`: memory from `a`, texts are views of `octets`. `fd` is the file
 * that came along or -1 (borrows); it must be there exactly when the body says so. Fails with:
 * ERR_PROTO, ERR_INVALID (over a limit).
 */
enum err wire_decode(struct arena *a, const struct wire_struct *s, struct str octets, int fd,
                     void *object, struct errinfo *info) MUST_USE;

/*
 * One line of text for the log: values cut, private ones as their length. Never fails; cut at the
 * buffer's cap.
 */
void wire_trace(struct buf *b, const struct wire_struct *s, const void *object);

/* ---------------------------------------------------------------- message bodies */

/* Larger bodies are handed over as a file. */
#define WIRE_INLINE_MAX (64u << 10)

/* The field that is a message body, or NULL. */
const struct wire_field *wire_body_field(const struct wire_struct *s);

/* A sealed memory file with these octets. Fails with: ERR_TEMP. Returns owned: close. */
enum err wire_body_seal(struct str octets, int *fd_r, struct errinfo *info) MUST_USE;

/*
 * View of a body that came as a file, mapped until `a` is reset. Only a file that nobody can change
 * or shrink any more is taken. Fails with: ERR_INVALID, ERR_TEMP.
 */
enum err wire_body_map(struct arena *a, int fd, uint64_t size, struct str *body_r,
                       struct errinfo *info) MUST_USE;

/* ---------------------------------------------------------------- frames */

#define WIRE_HEADER_BYTES 24
#define WIRE_REQUEST_MAX (8u << 20)
#define WIRE_REPLY_MAX (128u << 20)

struct wire_header {
	uint32_t length;     /* of what follows */
	uint16_t verb;       /* enum wire_verb */
	uint16_t err;        /* reply: enum err; a failure's body is its text */
	uint32_t seq;        /* a reply carries that of its request */
	uint32_t timeout_ms; /* request: how long the caller will wait */
	bool has_fd;
};

/* 24 octets at `p`. */
void wire_header_put(unsigned char *p, const struct wire_header *h);

/* Fails with: ERR_PROTO (not our language or version, or longer than `max`). */
enum err wire_header_get(const unsigned char *p, uint32_t max, struct wire_header *h_r) MUST_USE;

#endif
