#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/cli/cli.h"

enum {
	COLUMNS_MAX = 12,
	SLICE_ROWS = 200,
	NAME_WIDTH_MIN = 14
};

/*
 * Text rows wait in `cells` until a slice is full; the widths of the first slice serve all later
 * ones, so that a long list stays aligned without being held whole.
 */
struct cli_table {
	struct cli *cli;
	struct arena *arena; /* of the slice */
	const char *columns[COLUMNS_MAX];
	size_t n_columns;
	size_t widths[COLUMNS_MAX];
	struct str *cells;
	size_t n_rows;
	bool has_heading, has_json_row;
};

static struct str format_time(struct arena *a, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	char text[32];
	struct tm tm;

	if (ms == 0)
		return STR("-");
	gmtime_r(&seconds, &tm);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return str_dup(a, str_c(text));
}

static struct str format_size(struct arena *a, uint64_t bytes)
{
	static const char units[] = "KMGTPE";
	double value = (double)bytes;
	int unit = -1;

	if (bytes == UINT64_MAX)
		return STR("none");
	while (value >= 1024 && unit < 5) {
		value /= 1024;
		unit++;
	}
	if (unit < 0)
		return str_printf(a, "%llu", (unsigned long long)bytes);
	return str_printf(a, "%.1f%c", value, units[unit]);
}

/* Control characters must not reach the terminal. */
static struct str printable(struct arena *a, struct str s)
{
	struct str copy = str_dup(a, s);
	unsigned char *p = arena_alloc(a, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		p[i] = copy.p[i] < 0x20 || copy.p[i] == 0x7f ? '?' : copy.p[i];
	return str_make(p, s.n);
}

static struct str format_value(struct arena *a, const struct cli_value *v)
{
	switch (v->kind) {
	case CLI_VALUE_TEXT:
		return v->text.n ? printable(a, v->text) : STR("-");
	case CLI_VALUE_NUMBER:
		return str_printf(a, "%llu", (unsigned long long)v->number);
	case CLI_VALUE_SIZE:
		return format_size(a, v->number);
	case CLI_VALUE_TIME:
		return format_time(a, v->time_ms);
	case CLI_VALUE_BOOL:
		return v->number ? STR("yes") : STR("no");
	}
	return STR("");
}

static json_t *json_value(struct arena *a, const struct cli_value *v)
{
	json_t *text;

	switch (v->kind) {
	case CLI_VALUE_TEXT:
		/* Octets that are not UTF-8 cannot be JSON; they are shown as '?'. */
		text = json_stringn((const char *)v->text.p, v->text.n);
		if (!text) {
			struct str safe = printable(a, v->text);
			unsigned char *p = arena_alloc(a, safe.n + 1);

			for (size_t i = 0; i < safe.n; i++)
				p[i] = safe.p[i] < 0x80 ? safe.p[i] : '?';
			text = json_stringn((const char *)p, safe.n);
		}
		return text;
	case CLI_VALUE_NUMBER:
		return json_integer((json_int_t)v->number);
	case CLI_VALUE_SIZE:
		return v->number == UINT64_MAX ? json_null() : json_integer((json_int_t)v->number);
	case CLI_VALUE_TIME:
		return v->time_ms ? json_integer((json_int_t)v->time_ms) : json_null();
	case CLI_VALUE_BOOL:
		return json_boolean(v->number != 0);
	}
	return json_null();
}

static void print_json(struct arena *a, const char *const *names, const struct cli_value *values,
                       size_t n)
{
	json_t *object = json_object();

	for (size_t i = 0; i < n; i++)
		json_object_set_new(object, names[i], json_value(a, &values[i]));
	json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(object);
}

void cli_record(struct cli *c, const char *const *names, const struct cli_value *values, size_t n)
{
	size_t width = NAME_WIDTH_MIN;

	if (c->is_json) {
		print_json(c->arena, names, values, n);
		putchar('\n');
		return;
	}
	for (size_t i = 0; i < n; i++)
		width = strlen(names[i]) > width ? strlen(names[i]) : width;
	for (size_t i = 0; i < n; i++) {
		struct str s = format_value(c->arena, &values[i]);

		printf("%-*s %.*s\n", (int)width, names[i], STR_ARG(s));
	}
}

struct cli_table *cli_table_new(struct cli *c, const char *const *columns, size_t n_columns)
{
	struct cli_table *t = ARENA_NEW(c->arena, struct cli_table);

	must(n_columns <= COLUMNS_MAX);
	t->cli = c;
	t->arena = arena_new(c->arena);
	t->n_columns = n_columns;
	for (size_t i = 0; i < n_columns; i++) {
		t->columns[i] = columns[i];
		t->widths[i] = strlen(columns[i]);
	}
	if (c->is_json)
		putchar('[');
	return t;
}

static void print_row(const struct cli_table *t, const struct str *cells)
{
	for (size_t i = 0; i < t->n_columns; i++) {
		int pad = i + 1 < t->n_columns ? (int)(t->widths[i] - cells[i].n) : 0;

		if (cells[i].n >= t->widths[i])
			pad = 0;
		printf("%.*s%*s", STR_ARG(cells[i]), pad, "");
		if (i + 1 < t->n_columns)
			fputs("  ", stdout);
	}
	putchar('\n');
}

static void print_slice(struct cli_table *t)
{
	struct str heading[COLUMNS_MAX];

	if (!t->has_heading) {
		for (size_t r = 0; r < t->n_rows; r++)
			for (size_t i = 0; i < t->n_columns; i++)
				if (t->cells[r * t->n_columns + i].n > t->widths[i])
					t->widths[i] = t->cells[r * t->n_columns + i].n;
		for (size_t i = 0; i < t->n_columns; i++)
			heading[i] = str_c(t->columns[i]);
		print_row(t, heading);
		t->has_heading = true;
	}
	for (size_t r = 0; r < t->n_rows; r++)
		print_row(t, t->cells + r * t->n_columns);
	t->n_rows = 0;
	t->cells = NULL;
	arena_reset(t->arena);
}

void cli_table_row(struct cli_table *t, const struct cli_value *values)
{
	if (t->cli->is_json) {
		fputs(t->has_json_row ? ",\n" : "\n", stdout);
		t->has_json_row = true;
		print_json(t->arena, t->columns, values, t->n_columns);
		arena_reset(t->arena);
		return;
	}
	if (!t->cells)
		t->cells = arena_array(t->arena, (size_t)SLICE_ROWS * t->n_columns,
		                       sizeof *t->cells);
	for (size_t i = 0; i < t->n_columns; i++)
		t->cells[t->n_rows * t->n_columns + i] = format_value(t->arena, &values[i]);
	if (++t->n_rows == SLICE_ROWS)
		print_slice(t);
}

void cli_table_end(struct cli_table *t)
{
	if (t->cli->is_json)
		puts(t->has_json_row ? "\n]" : "]");
	else if (t->n_rows || !t->has_heading)
		print_slice(t);
	arena_free(&t->arena);
}

enum cli_exit cli_list_print(struct cli *c, const char *what, const char *const *columns,
                             size_t n_columns, enum err (*slice)(struct cli_list *l))
{
	enum cli_exit code = cli_open_store(c);
	struct cli_list l = { .cli = c };
	enum err e = ERR_OK;

	if (code != CLI_OK)
		return code;
	l.arena = arena_new(c->arena);
	l.table = cli_table_new(c, columns, n_columns);
	do {
		l.has_more = false;
		e = slice(&l);
		arena_reset(l.arena);
	} while (!e && l.has_more);
	cli_table_end(l.table);
	return e ? cli_fail(c, e, "list", what) : CLI_OK;
}

void cli_progress_show(struct cli_progress *p, uint64_t done, uint64_t total)
{
	int64_t now = clock_mono_ms();

	if (!p->started_ms)
		p->started_ms = now;
	if (now - p->started_ms < 2000 || now - p->shown_ms < 500 || !isatty(STDERR_FILENO))
		return;
	p->shown_ms = now;
	if (total)
		fprintf(stderr, "\r%s: %llu of %llu (%llu %%)   ", p->doing,
		        (unsigned long long)done, (unsigned long long)total,
		        (unsigned long long)(done * 100 / total));
	else
		fprintf(stderr, "\r%s: %llu   ", p->doing, (unsigned long long)done);
}

void cli_progress_end(struct cli_progress *p)
{
	if (p->shown_ms)
		fputc('\n', stderr);
}
