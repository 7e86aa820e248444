/*
 * The tables that describe every option, and their readers.
 *
 * A fact about an option is said once, in options_*.c; parser, `tayori config show`, `tayori config
 * check`, shell completion and the manual section are made from it.
 */
#ifndef TAYORI_CONFIG_OPTION_H
#define TAYORI_CONFIG_OPTION_H

#include <stddef.h>

#include "src/base/err.h"

struct buf;
struct config;

enum option_type {
	OPTION_BOOL,     /* true | false */
	OPTION_NUMBER,   /* uint32_t */
	OPTION_PORT,     /* uint16_t */
	OPTION_SIZE,     /* uint64_t octets: 512, 64K, 20M, 1G */
	OPTION_SIZE32,   /* uint32_t octets */
	OPTION_DURATION, /* uint64_t milliseconds: 500ms, 30s, 5m, 2h, 7d */
	OPTION_TEXT,     /* const char * */
	OPTION_PATH,     /* const char *; a relative one is taken from the directory of the file */
	OPTION_NETS,   /* address blocks: const struct config_net *, then size_t (listeners only) */
	OPTION_CHOICE, /* one of `choices`: an enum, or text where `is_text` */
};

struct option {
	const char *section; /* "server", "limits", ... */
	const char *name;    /* as in the file, within its section */
	enum option_type type;
	size_t offset; /* in struct config; of a listener option: in struct config_listener */
	const char *default_value;  /* NULL: must be given */
	uint64_t min, max;          /* numbers, sizes, durations (ms); length of texts */
	const char *const *choices; /* NULL-terminated */
	bool is_text;               /* CHOICE kept as text */
	bool needs_restart;         /* else a reload is enough for new sessions */
	const char *prose;          /* one paragraph for the manual */
};

/* All options outside listeners, section by section; option_next gives NULL after the last. */
const struct option *option_first(void);
const struct option *option_next(const struct option *o);

/* The options of a listener section; option_next goes on here as well. */
const struct option *option_listener_first(void);

/* What values of a type look like, for messages and the manual ("a number of octets ..."). */
const char *option_type_help(enum option_type type);

/* One paragraph about a section, for the manual; empty for none. */
const char *option_section_prose(const char *section);

/* The value in `c`, as it would be written in the file. Fails with: ERR_LIMIT. */
enum err option_format(const struct option *o, const struct config *c, struct buf *out) MUST_USE;

#endif
