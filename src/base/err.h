/*
 * The closed list of ways in which an operation can end.
 *
 * A function that can fail returns `enum err`; its results come back through arguments named `*_r`,
 * which stay untouched on failure. The kind decides what a client is told (each protocol has one
 * table from kind to reply); `struct errinfo` carries the text for the operator and is never shown
 * to a client.
 */
#ifndef TAYORI_BASE_ERR_H
#define TAYORI_BASE_ERR_H

#include "src/base/str.h"

#define MUST_USE __attribute__((warn_unused_result))
#define NONNULL __attribute__((nonnull))

enum err {
	ERR_OK = 0,
	ERR_TEMP,      /* our own trouble; the same request may succeed later */
	ERR_PERM,      /* will never succeed, for a reason that is none of the others */
	ERR_LIMIT,     /* a configured cap was reached */
	ERR_QUOTA,     /* the account's quota is used up */
	ERR_NOTFOUND,  /* the thing named does not exist */
	ERR_EXISTS,    /* the thing to be made exists already */
	ERR_DENIED,    /* the caller may not do this */
	ERR_AUTH,      /* wrong name or secret */
	ERR_BUSY,      /* somebody else holds it (a POP3 lock, a moving account) */
	ERR_PROTO,     /* the peer broke the protocol */
	ERR_INVALID,   /* an argument is malformed */
	ERR_IO,        /* the operating system or the network failed */
	ERR_CORRUPT,   /* stored data contradicts itself */
	ERR_TIMEOUT,   /* a deadline passed */
	ERR_CANCELLED, /* given up because the caller or the process is going away */
	ERR_COUNT
};

/* What failed, where and what to do: for logs and for the command line, never for a mail client. */
struct errinfo {
	enum err kind;
	int sys_errno;
	char text[500];
};

/* Stable lower-case name of a kind ("temp", "notfound"), for logs and JSON. */
const char *err_name(enum err kind);

/*
 * Fill `info` (may be NULL) and return `kind`, so that a failing function can end with
 * `return err_set(info, ERR_INVALID, "...")`. Keeps errno. Text over the limit is cut.
 */
enum err err_set(struct errinfo *info, enum err kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same, with ": <strerror(errno)>" at the end and errno kept in `sys_errno`. */
enum err err_set_errno(struct errinfo *info, enum err kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
