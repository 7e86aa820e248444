/*
 * Inside of a stream. One set of calls over three kinds: socket, TLS over a socket, memory.
 *
 * `transport` moves octets and never waits; stream.c buffers, finds lines and waits.
 */
#ifndef TAYORI_NET_STREAM_PRIV_H
#define TAYORI_NET_STREAM_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"
#include "src/net/stream.h"

struct ssl_st;

enum {
	STREAM_WRITE_TIMEOUT_MS = 60000 /* of a new stream */
};

enum transport {
	TRANSPORT_DONE,       /* *n_r octets were moved, more than none */
	TRANSPORT_WAIT_READ,  /* nothing moved: wait until the socket can be read */
	TRANSPORT_WAIT_WRITE, /* nothing moved: wait until the socket can be written */
	TRANSPORT_END,        /* reading only: the peer has closed its side */
	TRANSPORT_FAILED      /* stream_fail was called */
};

/* Octets in [at, at + n) of a block of `room`; no block when there are none. */
struct stream_space {
	unsigned char *p;
	size_t at, n, room;
};

/* The peer of a memory stream. */
struct stream_memory {
	struct buf in, out;
	size_t at;   /* octets of `in` that have been read */
	size_t room; /* octets that `out` takes without waiting; 0: any number */
	bool is_end;
	bool is_tls;
};

/* How the peer takes what it was told, from the first time that it had to be waited for. */
struct stream_pace {
	int64_t start_ms, last_ms; /* 0: not waited for */
	uint64_t moved;
};

struct stream_zip;

struct stream {
	int fd;
	bool is_eof; /* the peer has closed its side */
	bool is_eof_told;
	uint64_t consumed; /* by the session */
	bool is_drained;   /* the last reader was told to wait and nothing has come since */
	bool is_fresh;     /* there may be buffered octets that no stream_fill has reported */
	bool is_short;     /* the last read got less than asked: the next would say "wait" */
	bool is_skipping;  /* in a line that is too long; its end is still to come */
	bool skipped_cr;   /* the last octet thrown away was CR */
	bool wants_write;
	bool is_tls_up;
	bool is_holding;   /* output is collected beyond OUT_MAX rather than waited for */
	const char *error; /* static text; NULL while all is well */
	enum err write_error;
	size_t scanned; /* buffered octets known to hold no line end */
	struct stream_space in, out;
	struct stream_space raw;  /* TLS that was read before TLS was begun */
	struct stream_space wire; /* compressed output */
	int64_t write_timeout_ms;
	uint32_t write_min_rate;
	struct stream_pace pace;
	struct ssl_st *ssl;
	struct tls_context *tls;
	struct stream_memory *memory;
	struct stream_zip *zip; /* NULL: not compressed */
};

/* Room for `n` octets after what is there, which may move. */
unsigned char *stream_space_reserve(struct stream_space *b, size_t n);

/* Drop the first `n` octets; give all back. */
void stream_space_drop(struct stream_space *b, size_t n);
void stream_space_free(struct stream_space *b);

/* The stream is broken from now on; `text` is static. */
void stream_fail(struct stream *s, enum err e, const char *text);

/* What a system error means for the stream. */
void stream_fail_errno(struct stream *s, int error);

/* One recv or send on the socket, EINTR and SIGPIPE taken care of. */
enum transport stream_socket_read(struct stream *s, unsigned char *p, size_t room, size_t *n_r);
enum transport stream_socket_write(struct stream *s, const unsigned char *p, size_t n, size_t *n_r);

/* The same through TLS; both drive the handshake when it is not over. */
enum transport stream_tls_read(struct stream *s, unsigned char *p, size_t room, size_t *n_r);
enum transport stream_tls_write(struct stream *s, const unsigned char *p, size_t n, size_t *n_r);

/* Go on with the handshake; DONE (with nothing moved) when it is over. */
enum transport stream_tls_handshake(struct stream *s);

/* True when decrypted or received octets wait inside OpenSSL. */
bool stream_tls_has_pending(const struct stream *s);

/* Say goodbye if it can be done at once, and free. */
void stream_tls_free(struct stream *s);

/* One read or write of whatever lies below the compression: memory, TLS or the socket. */
enum transport stream_move_in(struct stream *s, unsigned char *p, size_t room, size_t *n_r);
enum transport stream_move_out(struct stream *s, const unsigned char *p, size_t n, size_t *n_r);

/* Input through the compression. */
enum transport stream_zip_read(struct stream *s, unsigned char *p, size_t room, size_t *n_r);

/* True when what has been read is not all inflated. */
bool stream_zip_has_pending(const struct stream *s);

/* Compress into `wire`; with `is_end` so that the peer can read all of it. */
void stream_zip_write(struct stream *s, const unsigned char *p, size_t n, bool is_end);

/* True when octets have been compressed that the peer cannot read yet. */
bool stream_zip_is_open(const struct stream *s);

size_t stream_zip_bytes(const struct stream *s);
void stream_zip_free(struct stream *s);

enum transport stream_memory_read(struct stream *s, unsigned char *p, size_t room, size_t *n_r);
enum transport stream_memory_write(struct stream *s, const unsigned char *p, size_t n, size_t *n_r);
void stream_memory_free(struct stream *s);

#endif
