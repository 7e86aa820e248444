/*
 * One parse in progress: what has been read so far, and where each value stood.
 */
#ifndef TAYORI_CONFIG_PARSE_PRIV_H
#define TAYORI_CONFIG_PARSE_PRIV_H

#include "src/base/err.h"
#include "src/config/config.h"
#include "src/config/option.h"

struct arena;

enum {
	CONFIG_OPTIONS_MAX = 128,         /* more than the tables hold; checked */
	CONFIG_LISTENER_OPTIONS_MAX = 16, /* the same for listeners */
	CONFIG_LISTENERS_MAX = 256,
	CONFIG_NETS_MAX = 1024,
	CONFIG_WARNINGS_MAX = 64,
};

struct config_draft {
	struct config_listener listener;
	uint32_t line; /* where it was first seen */
	uint32_t lines[CONFIG_LISTENER_OPTIONS_MAX];
};

struct config_parse {
	const char *name;      /* of the file, for messages */
	const char *directory; /* start of relative paths; NULL: leave them */
	struct errinfo *info;
	enum err error;      /* the first failure */
	struct arena *arena; /* of the snapshot */
	struct config *config;
	uint32_t lines[CONFIG_OPTIONS_MAX]; /* by number of option; 0: not in the file */
	struct config_draft *drafts;
	size_t n_drafts;
};

/* Note the first failure as "file:line: text"; line 0 is left out. Returns ERR_INVALID. */
enum err config_parse_fail(struct config_parse *p, uint32_t line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Read the values of `text` through libconfuse. Fails with: ERR_INVALID. */
enum err config_parse_read(struct config_parse *p, const char *text) MUST_USE;

/* Line of an option of the file, 0 where it is not given. */
uint32_t config_parse_line(const struct config_parse *p, const char *section, const char *name);
uint32_t config_parse_draft_line(const struct config_draft *d, const char *name);

/*
 * What libconfuse does not do well: it loses count of lines in comments, so they become blanks; and
 * it does not tell where a text, comment or section began that never ends. Fails with: ERR_INVALID.
 */
enum err config_scan_blank(struct config_parse *p, char *text) MUST_USE;

/* What single values cannot show: options that need or exclude each other. Fails with: ERR_INVALID.
 */
enum err config_check_values(struct config_parse *p) MUST_USE;

/* That the TLS files are there and readable. Fails with: ERR_INVALID. */
enum err config_check_files(struct config_parse *p) MUST_USE;

#endif
