/*
 * What the fuzz targets of the three session protocols have in common: a session on a memory
 * stream, the process around it, time, and the log-in of the store. The other verbs of the store
 * stand in each target, for each protocol asks for something else.
 *
 * The first octet of an input says how it is played; its low bits mean the same everywhere.
 */
#ifndef TAYORI_TESTS_FUZZ_SESSION_H
#define TAYORI_TESTS_FUZZ_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/str.h"
#include "src/net/session.h"

struct config;
struct config_listener;

enum {
	FUZZ_BYTEWISE = 1, /* octet by octet */
	FUZZ_SAVED = 2,    /* saved, freed and restored after each step */
	FUZZ_TLS = 4,
	FUZZ_HELD = 8,  /* answers to failed log-ins are held back */
	FUZZ_SLOW = 256 /* output is taken in small pieces */
};

/* How a target differs from the others. */
struct fuzz_protocol {
	const struct session_class *class;
	/* What a saved session may take; 0: no more than a session may ever take. */
	size_t saved_max;
	/* Octets of input that are not from the client but make something happen. */
	bool (*is_control)(unsigned char c);
	/* Have it happen; false when the session has ended. */
	bool (*control)(struct session *s, unsigned char c);
	/* What the server has said since the last time; `must` holds when it makes sense. */
	void (*hear)(struct str said);
};

/*
 * Play `input` to a new session from its greeting to its end. It checks that the session parks or
 * ends, can be saved when it says so, and gives back its user and its octets of the spool.
 */
void fuzz_session_play(const struct fuzz_protocol *protocol, const struct config *config,
                       const struct config_listener *listener, unsigned how, uint64_t spool,
                       struct str input);

/* For `control`: one wake; false when the session has ended. */
bool fuzz_session_wake(struct session *s, enum session_wake why);

/* For `control`: half a minute passes; false when the session has ended. */
bool fuzz_session_pass_time(struct session *s);

/* Stop the clock at a fixed time, seed randomness and keep the log quiet; before the first verb. */
void fuzz_session_prepare(void);

/* Fill the `n` octets of `text` with lines of 77 letters and a NUL at the end. */
void fuzz_long_text(char *text, size_t n);

#endif
