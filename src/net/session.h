/*
 * The contract between a protocol and whatever drives it (the worker pool, a test, a fuzzer).
 *
 * A protocol gives one `struct session_class`. The driver makes a session for each connection,
 *calls `step` with SESSION_WAKE_START and then whenever something has happened, and obeys what it
 *returns. `step` runs straight through one or more commands: it reads from the stream what has
 *arrived, may wait for the store (long waits are better asked for) and for output, never for input.
 *Between two calls the session is parked: no thread, no lock, nothing borrowed.
 *
 * A session is a value: `save` writes what must survive between two commands, `restore` makes it
 *again, in another thread or process. `can_save` says whether the session stands between two
 *commands now (not inside DATA or a literal). The driver may save, free and restore at any such
 *moment; in one mode of the tests it does so every time.
 *
 *	START -> step -> PARK -> (INPUT | EVENT | TIMEOUT | DRAIN) -> step -> ... -> CLOSE
 *	                  ASK -> ANSWER -> step
 */
#ifndef TAYORI_NET_SESSION_H
#define TAYORI_NET_SESSION_H

#include "src/base/buf.h"
#include "src/base/err.h"
#include "src/base/str.h"

struct arena;
struct config;
struct config_listener;
struct session;
struct store;
struct stream;
struct tls_context;

enum session_wake {
	SESSION_WAKE_START,   /* once, at first: send the greeting */
	SESSION_WAKE_INPUT,   /* bytes have arrived, or the peer has closed */
	SESSION_WAKE_EVENT,   /* the watched account has changed */
	SESSION_WAKE_ANSWER,  /* the store has answered, or does not: after SESSION_ASK */
	SESSION_WAKE_TURN,    /* after `must_wait`: go on */
	SESSION_WAKE_TIMEOUT, /* `deadline_ms` has passed */
	SESSION_WAKE_DRAIN /* the process is going away: say goodbye at the next command boundary */
};

enum session_next {
	SESSION_PARK, /* wait for input, event or deadline; output has been flushed by the driver */
	SESSION_AGAIN, /* call step again at once (with SESSION_WAKE_INPUT), others may go first */
	SESSION_PUSH,  /* the same when all output has gone out, which holds no thread meanwhile */
	SESSION_ASK,   /* the store has been asked (store_*_begin): wait for its answer, no thread
	                  does; nothing but SESSION_WAKE_ANSWER is told meanwhile */
	SESSION_STARTTLS, /* flush, then the driver starts TLS and calls again when it is up */
	SESSION_CLOSE     /* flush and close */
};

/* The peer, after PROXY protocol and XCLIENT. */
struct session_peer {
	uint8_t address[16]; /* IPv4 mapped */
	uint16_t port;
	char text[48]; /* "192.0.2.1", "2001:db8::1" */
	uint8_t local_address[16];
	uint16_t local_port;
};

/* What a session may ask of the process it runs in. All thread-safe. */
struct session_host {
	void *context;
	/* Reserve / give back bytes of the process's message spool. False: full, answer 4xx. */
	bool (*spool_reserve)(void *context, uint64_t bytes);
	void (*spool_release)(void *context, uint64_t bytes);
	/* Count a log-in of a user: false when it would exceed connections_per_user_max. */
	bool (*user_enter)(void *context, uint64_t account_id);
	void (*user_leave)(void *context, uint64_t account_id);
	/* Note a failed log-in from a peer; milliseconds by which the answer should be held back.
	 */
	uint32_t (*login_failed)(void *context, const struct session_peer *peer);
	/* Take `n` from a per-minute budget named by kind and key; false when used up. */
	bool (*rate_take)(void *context, const char *kind, struct str key, uint32_t n,
	                  uint32_t per_minute);
	/* Have SESSION_WAKE_EVENT delivered for this account from now on; 0 stops it. */
	void (*watch)(void *context, struct session *s, uint64_t account_id);
	/*
	 * Should a message not be asked for now? True when as many are with the store as it takes
	 * at once: park, and go on after SESSION_WAKE_TURN, or your own deadline. NULL: never.
	 */
	bool (*must_wait)(void *context, struct session *s);
	/* Name of an address from the resolver, already looked up or empty. */
	struct str (*peer_name)(void *context, const struct session *s);
};

/* The classes that exist; the listener's protocol chooses. Defined by the protocols. */
struct session_class {
	const char *name; /* "smtp" */
	/* Make `s->state` in `s->arena`. */
	void (*init)(struct session *s);
	enum session_next (*step)(struct session *s, enum session_wake why);
	bool (*can_save)(const struct session *s);
	enum err (*save)(const struct session *s, struct buf *out);
	/* Make `s->state` from what save wrote. Fails with: ERR_CORRUPT. */
	enum err (*restore)(struct session *s, struct str saved);
	/* The session ends, for whatever reason: give back what the process counts. May be NULL. */
	void (*end)(struct session *s);
};

struct session {
	/* Set by the driver, constant for the session's life. */
	const struct session_class *class;
	uint64_t id;
	const struct config *config; /* snapshot taken at the start */
	const struct config_listener *listener;
	const struct session_host *host;
	struct tls_context *tls;  /* NULL: STARTTLS is not possible */
	struct session_peer peer; /* XCLIENT may change it */
	struct arena *arena;      /* life of the session (or until the next restore) */

	/* Set by the driver for each step. */
	struct stream *stream;
	struct store *store;   /* this thread's handle, or the one with which it has asked */
	bool may_ask;          /* SESSION_ASK may be returned */
	struct arena *scratch; /* emptied after each step */

	/* Set by the protocol. */
	void *state;
	int64_t deadline_ms;      /* clock_mono_ms of the next TIMEOUT; 0: none */
	bool is_long_wait;        /* parks for minutes, not for the next command */
	const char *close_reason; /* for the log */
	bool is_leaving;          /* the client has said that it ends here (QUIT, LOGOUT) */
	bool is_user;             /* somebody has logged in */
	bool is_urgent;           /* served before others that are ready: the client is about to be
	                             told that a message is accepted */
};

#endif
