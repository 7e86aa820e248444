/*
 * Collects one command with its literals from the stream, however its octets are split.
 *
 * The reader never waits: IMAP_READ_MORE means park. It asks its owner what to do with each literal
 * that is announced, and tells the client to go on. What it refuses it reads to its end all the
 * same, literals included, so that no octet of refused data can be taken for a command (RFC 7888
 * section 4).
 */
#ifndef TAYORI_IMAP_READER_PRIV_H
#define TAYORI_IMAP_READER_PRIV_H

#include "src/base/buf.h"

struct arena;
struct imap_reader;
struct imap_spool;
struct stream;

enum imap_read {
	IMAP_READ_COMMAND, /* reader->text holds a whole command (or raw line) */
	IMAP_READ_REFUSED, /* thrown away; `refusal` says why, `text` holds at least its beginning
	                    */
	IMAP_READ_MORE,    /* park */
	IMAP_READ_EOF,
	IMAP_READ_FAILED,
	IMAP_READ_BYE /* what the client announced cannot be thrown away: say BYE with `refusal` */
};

enum imap_literal {
	IMAP_LITERAL_TAKE,    /* into the text */
	IMAP_LITERAL_MESSAGE, /* into reader->spool, which the owner has opened */
	IMAP_LITERAL_REFUSE,  /* refuse the command; the owner has set `refusal` */
	IMAP_LITERAL_BYE      /* refuse it and close */
};

/* An answer: NO with a response code, or BAD when `code` is NULL. */
struct imap_refusal {
	const char *code;
	const char *text;
};

struct imap_reader {
	/* Set by the owner. */
	struct arena *arena;  /* life of one command */
	size_t line_max;      /* octets of a command without its literals */
	uint64_t literal_max; /* octets of its literals, messages aside */
	uint64_t skip_max;    /* most octets of a literal that are worth throwing away */
	bool is_raw;          /* lines without literals: answers to AUTHENTICATE, DONE */
	enum imap_literal (*announce)(void *context, struct imap_reader *r, uint64_t size,
	                              bool is_sync);
	void *context;

	/* The command so far, without its last line end; literals as "{n}" CRLF octets. */
	struct buf text;
	struct imap_spool *spool;
	struct imap_refusal refusal;

	/* How far it is. */
	enum {
		IMAP_READER_LINE,
		IMAP_READER_LITERAL,
		IMAP_READER_MESSAGE,
		IMAP_READER_SKIP_LINE,
		IMAP_READER_SKIP_LITERAL
	} mode;
	uint64_t left;          /* octets of the literal still to come */
	uint64_t literal_bytes; /* in `text` */
	size_t line_from;       /* where in `text` the present line begins */
	unsigned char tail[32]; /* last octets of a line that is thrown away */
	size_t tail_n;
};

/* Forget the command; the arena has been (or will be) reset by the owner. Settings stay. */
void imap_reader_reset(struct imap_reader *r);

/* True between two commands: nothing has been collected. */
bool imap_reader_is_idle(const struct imap_reader *r);

/* Go on with what has arrived. */
enum imap_read imap_reader_next(struct imap_reader *r, struct stream *stream);

#endif
