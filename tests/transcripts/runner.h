/*
 * Plays stories (`*.t`, one conversation each) against a protocol on a memory stream, with a store
 * of its own in a temporary directory. See README.md beside this file for the form of a story.
 *
 * Each story is played in three ways that must look the same to the client: as it is, with the
 * input cut into single octets, and with the session saved, freed and restored whenever it says
 * that it can be.
 */
#ifndef TAYORI_TESTS_TRANSCRIPTS_RUNNER_H
#define TAYORI_TESTS_TRANSCRIPTS_RUNNER_H

#include "src/base/err.h"
#include "src/base/str.h"
#include "src/net/session.h"

struct arena;
struct config;
struct config_listener;
struct session_class;
struct store;
struct store_engine;

/* ---- stories */

/* One line of a story. */
struct story_line {
	struct story_line *next;
	unsigned number;
	struct str verb; /* "C:", "S:", "account", ... */
	struct str rest; /* what follows the verb and one blank */
};

/*
 * The lines of the file at `path`, without comments and empty lines, and with the lines of its
 * parts ("with NAME") in their places, in `a`. Fails with: ERR_IO (the story or a part cannot be
 * read), ERR_LIMIT.
 */
enum err story_read(struct arena *a, const char *path, struct story_line **first_r) MUST_USE;

/* True when `line` is what `pattern` says: "*" stands for anything, "\*" for itself. */
bool story_match(struct str pattern, struct str line);

/* `text` with \r \n \t \0 \\ and \xHH made octets. */
struct str story_unescape(struct arena *a, struct str text);

/* The next blank-separated word of `*rest`; empty at the end. */
struct str story_word(struct str *rest);

/* When `word` is "name=value": true, and the value. */
bool story_value(struct str word, const char *name, struct str *value_r);

/* ---- the world a story happens in: one store, its accounts and mail */

struct world;

/* A fresh, empty store in a new temporary directory. Returns owned: world_close. NULL when it
 * cannot be made. */
struct world *world_open(void);
void world_close(struct world **w);

/* A handle as sessions have it, and one that is connected to nothing ("store down"). */
struct store *world_session_store(struct world *w);
struct store *world_dead_store(struct world *w);

/*
 * Do what a line says when it sets up or checks the world (account, domain, alias, mail, stored,
 * exists, queued, M:).
 * `*is_known_r` tells whether it was one of these. False, with `error`, when it fails or is not so.
 */
bool world_line(struct world *w, const struct story_line *line, bool *is_known_r,
                struct buf *error);

/* ---- playing */

enum play_way {
	PLAY_PLAIN,
	PLAY_BYTEWISE,
	PLAY_SAVED,
	PLAY_WAYS
};

/* Play a story in one way; false, with a reason that names the line, when it goes otherwise. */
bool play_story(const char *path, const struct session_class *class, const char *protocol,
                enum play_way way, struct buf *error);

/* The program: `PROTOCOL FILE-OR-DIRECTORY...`. Returns an exit status. */
int runner_main(int argc, char **argv, const struct session_class *class);

#endif
