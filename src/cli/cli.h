/*
 * The command line: nouns, then verbs.
 *
 * One table (commands.c) says of every command its words, arguments, options and prose; dispatch,
 * help, usage errors and shell completion come from it. Each noun has a file cmd_NOUN.c. Commands
 * speak to the running store role through its administrator socket, and open the store themselves
 * when no server runs.
 */
#ifndef TAYORI_CLI_CLI_H
#define TAYORI_CLI_CLI_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;
struct config;
struct store;
struct store_engine;

/* Exit codes; the manual page lists them. */
enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED =
		1, /* it was done and found a problem, or failed for a reason below none of these */
	CLI_USAGE = 2, /* wrong words or arguments */
	CLI_NOTFOUND = 3,
	CLI_EXISTS = 4,
	CLI_TRYLATER =
		5, /* busy, unreachable, out of something: the same command may succeed later */
	CLI_CONFIG = 6, /* the configuration file has errors */
};

struct cli_option {
	const char *name;     /* "--quota" */
	const char *argument; /* "SIZE", or NULL for a switch */
	const char *prose;
};

enum {
	CLI_OPTIONS_MAX = 8,
	CLI_ARGS_MAX = 64
};

struct cli;

struct cli_command {
	const char *noun, *verb; /* verb NULL: the noun alone */
	const char *arguments;   /* "ADDRESS [DOMAIN]" */
	int min_args, max_args;
	struct cli_option options[CLI_OPTIONS_MAX];
	const char *prose;
	enum cli_exit (*run)(struct cli *c);
};

struct cli {
	struct arena *arena;
	const struct cli_command *command;
	const char *config_path;
	bool is_json;
	const char *args[CLI_ARGS_MAX];
	int n_args;
	const char
		*option_values[CLI_OPTIONS_MAX]; /* "" for a switch that is given, NULL when not */

	/* Opened on demand by context.c. */
	const struct config *config;
	struct store *store;
	struct store_engine *engine;
};

/* Run the program's arguments (without "serve"); the exit code. */
int cli_main(int argc, char **argv);

/* The table; ends with a NULL noun. */
extern const struct cli_command cli_commands[];

/* Value of an option of this command, NULL when it was not given. */
const char *cli_option(const struct cli *c, const char *name);

/* --- context.c */

/* Read the configuration file. On failure the error has been printed. */
enum cli_exit cli_open_config(struct cli *c) MUST_USE;

/* The same, then connect to the store or open it. */
enum cli_exit cli_open_store(struct cli *c) MUST_USE;

/* After a restore by root: give the embedded store to the user that the server runs as. */
enum cli_exit cli_own_store(struct cli *c) MUST_USE;

/* Give back what was opened. */
void cli_close(struct cli *c);

/* Print why a verb failed ("tayori: cannot add ann@example.org: ...") with what to do; the exit
 * code for it. */
enum cli_exit cli_fail(struct cli *c, enum err e, const char *doing, const char *what);

/* The exit code for a kind of error. */
enum cli_exit cli_exit_of(enum err e);

/* Print an error of the command's own. */
enum cli_exit cli_error(enum cli_exit code, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * A password as octets in c->arena: from the standard input up to its end, less one line end
 * (`from_stdin`), or asked for twice on the terminal without echo.
 */
enum cli_exit cli_read_password(struct cli *c, bool from_stdin, struct str *password_r) MUST_USE;

/* "20M", "0", "none" as octets; false when malformed. */
bool cli_parse_size(const char *text, uint64_t *bytes_r);

/* --- output.c */

/* A value of one cell. */
struct cli_value {
	enum {
		CLI_VALUE_TEXT,
		CLI_VALUE_NUMBER,
		CLI_VALUE_SIZE,
		CLI_VALUE_TIME,
		CLI_VALUE_BOOL
	} kind;
	struct str text;
	uint64_t number;
	int64_t time_ms;
};

#define CLI_TEXT(s) ((struct cli_value){ .kind = CLI_VALUE_TEXT, .text = (s) })
#define CLI_NUMBER(n) ((struct cli_value){ .kind = CLI_VALUE_NUMBER, .number = (n) })
#define CLI_SIZE(n) ((struct cli_value){ .kind = CLI_VALUE_SIZE, .number = (n) })
#define CLI_TIME(ms) ((struct cli_value){ .kind = CLI_VALUE_TIME, .time_ms = (ms) })
#define CLI_BOOL(b) ((struct cli_value){ .kind = CLI_VALUE_BOOL, .number = (b) })

/*
 * A list: rows of the same columns, as aligned text with a heading or as a JSON array of objects.
 * Rows are printed as they come in slices, so lists of any length need bounded memory.
 */
struct cli_table;
struct cli_table *cli_table_new(struct cli *c, const char *const *columns, size_t n_columns);
void cli_table_row(struct cli_table *t, const struct cli_value *values);
void cli_table_end(struct cli_table *t);

/*
 * A list that the store gives in slices. `slice` asks for one (with `after` or `after_id` from the
 * last row of the one before), writes its rows, notes the last one and whether more follow; what it
 * allocates in `arena` is gone with the slice.
 */
enum {
	CLI_SLICE_ROWS = 500
};
struct cli_list {
	struct cli *cli;
	struct arena *arena;
	struct cli_table *table;
	struct str after;
	uint64_t after_id;
	bool has_more;
};

/* Open the store and print the whole list; `what` names it in an error ("domains"). */
enum cli_exit cli_list_print(struct cli *c, const char *what, const char *const *columns,
                             size_t n_columns, enum err (*slice)(struct cli_list *l));

/* One record: "name: value" lines or one JSON object. */
void cli_record(struct cli *c, const char *const *names, const struct cli_value *values, size_t n);

/* Say on the terminal how far something is, at most twice a second and only after two seconds. */
struct cli_progress {
	int64_t started_ms, shown_ms;
	const char *doing;
};
void cli_progress_show(struct cli_progress *p, uint64_t done, uint64_t total);
void cli_progress_end(struct cli_progress *p);

/* --- completion.c */

/* Print a completion script for bash, made from the table. */
enum cli_exit cli_completion(struct cli *c);

#endif
