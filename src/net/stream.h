/*
 * A stream of bytes with a peer: a socket, TLS over a socket, or memory (tests and fuzzers).
 *
 * Input is pulled and never waits: a reader takes what has arrived, and STREAM_MORE means that the
 * session should park until more comes. Results are the same however the bytes were split. Output
 * is collected and written by stream_flush, which may wait (bounded by the write time-out and the
 * minimum rate). A stream whose peer is gone or misbehaves stays failed: every later call says so
 * at once. An idle stream holds no buffers. One thread at a time.
 */
#ifndef TAYORI_NET_STREAM_H
#define TAYORI_NET_STREAM_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;
struct stream;
struct tls_context;

enum stream_got {
	STREAM_GOT,      /* the result is there */
	STREAM_MORE,     /* not yet: park */
	STREAM_TOO_LONG, /* a line longer than the cap: it was thrown away up to its end */
	STREAM_BAD_LINE, /* a line with a bare CR, bare LF or NUL where that is refused; thrown away
	                    as well */
	STREAM_EOF,      /* the peer has closed its side (and nothing is buffered) */
	STREAM_FAILED    /* broken; stream_error says how */
};

/* How strict stream_line is about line ends. */
enum stream_eol {
	STREAM_CRLF_ONLY, /* SMTP: bare CR or LF is refused, so that no smuggling is possible */
	STREAM_LF_TOO     /* POP3, tests */
};

/* A stream on a connected socket. Takes `fd`. Returns owned: stream_close. */
struct stream *stream_open_socket(int fd);

/* A stream on memory: input by stream_memory_feed, output by stream_memory_take. Returns owned:
 * stream_close. */
struct stream *stream_open_memory(void);

/* Flush nothing, close, free; sets the pointer to NULL. */
void stream_close(struct stream **s);

/* --- input */

/*
 * Take from the peer what has arrived, without waiting, up to `want` buffered octets. GOT:
 * something is there that no stream_fill has told of yet, or `want` octets are. MORE: nothing new;
 * park. EOF or FAILED: nothing more will come, and what was left is dropped. Ask for more than
 * stream_buffered holds, or for what you need. Wait with poll or level-triggered epoll: a read that
 * emptied the socket is followed by a MORE without asking.
 */
enum stream_got stream_fill(struct stream *s, size_t want);

/* What is buffered; valid until the next call. */
struct str stream_buffered(const struct stream *s);

/* Drop the first `n` buffered octets. */
void stream_consume(struct stream *s, size_t n);

/* Octets that have been dropped so far: whether somebody has taken anything. */
uint64_t stream_consumed(const struct stream *s);

/*
 * The next line without its line end, at most `max` octets without it; valid until the next call.
 * Fills as needed. A line end is CRLF; with STREAM_LF_TOO also bare LF.
 */
enum stream_got stream_line(struct stream *s, size_t max, enum stream_eol eol, struct str *line_r);

/* True when a whole line, or `n` octets, could be taken now without reading from the peer
 * (pipelining). */
bool stream_has_line(const struct stream *s);

/* Throw away all buffered input: at STARTTLS, against command injection (RFC 3207 section 5). */
void stream_discard_input(struct stream *s);

/* --- output */

/* Collect output; large amounts are written through, which may wait. Errors show in stream_flush.
 */
void stream_write(struct stream *s, struct str bytes);
void stream_write_c(struct stream *s, const char *text);
void stream_printf(struct stream *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Write everything out; may wait, see the head. Fails with: ERR_TIMEOUT (slow reader), ERR_IO. */
enum err stream_flush(struct stream *s) MUST_USE;

/* Octets written but not flushed. */
size_t stream_pending(const struct stream *s);

/*
 * Write out what the peer takes without being waited for. WAIT: more is left; wait until the socket
 * can be written (or read, when stream_wants_write says no), at most until stream_push_due_ms, and
 * push again. FAILED: as stream_flush.
 */
enum stream_push {
	STREAM_PUSH_DONE,
	STREAM_PUSH_WAIT,
	STREAM_PUSH_FAILED
};
enum stream_push stream_push(struct stream *s);

/* When a peer that takes nothing has used up its time; 0: nothing is waited for. */
int64_t stream_push_due_ms(const struct stream *s);

/*
 * From now on stream_write waits for a peer that takes nothing only for a moment, then collects: up
 * to STREAM_HOLD_MAX octets, beyond which it waits as always. The writer looks at stream_pending,
 * stops when the peer does not keep up, and goes on when stream_push has brought everything out.
 */
enum {
	STREAM_HOLD_MAX = 1 << 20
};
void stream_hold_output(struct stream *s, bool is_holding);

/* Write time-out and minimum rate (octets a second) for this stream. */
void stream_set_write_limits(struct stream *s, int64_t timeout_ms, uint32_t min_rate);

/* --- TLS */

/* Begin TLS as server: the handshake goes on in stream_fill while parked. Unread plain input is a
 * failure. */
enum err stream_start_tls(struct stream *s, struct tls_context *context) MUST_USE;

/*
 * The same for TLS from the first octet on: what is buffered, as it can be behind a PROXY header,
 * is the beginning of the client's handshake.
 */
enum err stream_start_implicit_tls(struct stream *s, struct tls_context *context) MUST_USE;

struct stream_tls_info {
	bool is_tls;
	const char *version; /* "TLSv1.3" */
	const char *cipher;
	int bits;
};
/* What is known of TLS; is_tls is false before the handshake is over. */
struct stream_tls_info stream_tls_info(const struct stream *s);

/* Channel binding data: "tls-exporter" (RFC 9266), "tls-unique" (TLS 1.2) or "tls-server-end-point"
 * (RFC 5929). Fails with: ERR_NOTFOUND. */
enum err stream_channel_binding(const struct stream *s, struct arena *a, const char *type,
                                struct str *data_r) MUST_USE;

/* --- compression (RFC 4978), laid over whatever the stream is */

/*
 * From now on everything is compressed, both ways: what is buffered is the beginning of the peer's
 * compressed octets. Output collected so far goes out as it is. `level` is 1 (fast) to 9 (small).
 * Fails with: ERR_EXISTS (it is compressed already), and as stream_flush.
 */
enum err stream_start_compression(struct stream *s, int level) MUST_USE;

/* Since stream_start_compression. */
bool stream_is_compressed(const struct stream *s);

/*
 * The stream will rest: give back what compression holds, but for the peer's last 32 KiB, to which
 * its next octets may refer; with `is_long` these are packed. Nothing happens while output is
 * pending or the peer stands in the middle of a block. Costs nothing without compression.
 */
void stream_rest(struct stream *s, bool is_long);

/* --- state */

/* Socket to wait for, -1 for memory. */
int stream_fd(const struct stream *s);

/* True when input is waiting inside the stream (buffered or decrypted): do not park, read. */
bool stream_has_input(const struct stream *s);

/* True when nothing more can come: the peer has closed, or the stream has failed. */
bool stream_is_over(const struct stream *s);

/* True when the stream needs the socket to become writable before it can go on: in a handshake, or
 * after STREAM_PUSH_WAIT. */
bool stream_wants_write(const struct stream *s);

/* Why the stream failed. */
const char *stream_error(const struct stream *s);

/* Heap held by the stream's buffers, for tests of the idle size. */
size_t stream_bytes(const struct stream *s);

/* --- memory streams */

/* Append to the input; with `is_end` the peer has closed. */
void stream_memory_feed(struct stream *s, struct str bytes, bool is_end);

/* Take all output so far into `a`. */
struct str stream_memory_take(struct stream *s, struct arena *a);

/* The peer takes only `room` octets until stream_memory_take; 0: any number. */
void stream_memory_set_room(struct stream *s, size_t room);

/* Pretend that TLS is up (transcripts of commands that need it). */
void stream_memory_set_tls(struct stream *s, bool is_tls);

#endif
