#include <confuse.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/config/parse_priv.h"
#include "src/config/value_priv.h"

enum {
	SECTIONS_MAX = 16
};

/*
 * The scanner of libconfuse keeps its state in global variables and its callbacks have no argument
 * of the caller's, so there is one parse at a time and it is found here.
 */
static pthread_mutex_t libconfuse_lock = PTHREAD_MUTEX_INITIALIZER;
static struct config_parse *running;

enum err config_parse_fail(struct config_parse *p, uint32_t line, const char *format, ...)
{
	char text[sizeof p->info->text];
	va_list args;

	if (p->error)
		return p->error;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (line)
		p->error = err_set(p->info, ERR_INVALID, "%s:%u: %s", p->name, line, text);
	else
		p->error = err_set(p->info, ERR_INVALID, "%s: %s", p->name, text);
	return p->error;
}

/* ---------------------------------------------------------------- looking up names */

static const struct option *find_option(const struct option *o, const char *section,
                                        const char *name, size_t *number_r)
{
	size_t number = 0;

	for (; o; o = option_next(o), number++) {
		if (strcmp(o->section, section) != 0 || strcmp(o->name, name) != 0)
			continue;
		*number_r = number;
		return o;
	}
	return NULL;
}

uint32_t config_parse_line(const struct config_parse *p, const char *section, const char *name)
{
	size_t number = 0;
	const struct option *o = find_option(option_first(), section, name, &number);

	must(o);
	return p->lines[number];
}

uint32_t config_parse_draft_line(const struct config_draft *d, const char *name)
{
	size_t number = 0;
	const struct option *o = find_option(option_listener_first(), "listener", name, &number);

	must(o);
	return d->lines[number] ? d->lines[number] : d->line;
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein distance of two names; anything long is far away. */
static size_t distance(const char *a, const char *b)
{
	size_t row[64], n = strlen(a), m = strlen(b), corner, above;

	if (n >= 64 || m >= 64)
		return SIZE_MAX;
	for (size_t j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		corner = row[0];
		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			above = row[j];
			row[j] = min3(above + 1, row[j - 1] + 1, corner + (a[i - 1] != b[j - 1]));
			corner = above;
		}
	}
	return row[m];
}

struct guess {
	const char *name;
	size_t distance;
	char full[100];
};

static void consider(struct guess *best, const char *written, const char *name, const char *section,
                     const char *here)
{
	bool is_here = strcmp(section, here) == 0;
	size_t d = distance(written, name);

	/* The same word in another section is a better guess than a far one in this. */
	if (d == SIZE_MAX || d * 3 > strlen(name) + 2 || (!is_here && d > 0))
		return;
	if (best->name && best->distance <= d)
		return;
	best->name = name;
	best->distance = d;
	if (is_here)
		snprintf(best->full, sizeof best->full, "%s", name);
	else
		snprintf(best->full, sizeof best->full, "%s in section %s", name, section);
}

static void fail_unknown(struct config_parse *p, uint32_t line, const char *section,
                         const char *written)
{
	struct guess best = { 0 };
	bool is_root = strcmp(section, "root") == 0;
	const char *last = "";

	for (const struct option *o = option_first(); o; o = option_next(o)) {
		if (is_root && strcmp(o->section, last) != 0)
			consider(&best, written, o->section, "root", section);
		consider(&best, written, o->name, o->section, section);
		last = o->section;
	}
	if (is_root)
		consider(&best, written, "listener", "root", section);
	for (const struct option *o = option_listener_first(); o; o = option_next(o))
		consider(&best, written, o->name, o->section, section);
	config_parse_fail(p, line, "%s%s%.60s is unknown%s%s%s", is_root ? "" : section,
	                  is_root ? "" : ".", written, best.name ? "; did you mean " : "",
	                  best.full, best.name ? "?" : "; see tayori.conf(5) for the options");
}

/* ---------------------------------------------------------------- values */

static struct config_draft *find_draft(struct config_parse *p, const char *title, uint32_t line)
{
	struct config_draft *d;
	const struct config_listener zero = { 0 };

	for (d = p->drafts; d < p->drafts + p->n_drafts; d++)
		if (strcmp(d->listener.name, title) == 0)
			return d;
	if (p->n_drafts == CONFIG_LISTENERS_MAX) {
		config_parse_fail(p, line, "there are more than %d listeners; write fewer",
		                  CONFIG_LISTENERS_MAX);
		return NULL;
	}
	d = &p->drafts[p->n_drafts++];
	*d = (struct config_draft){ .listener = zero, .line = line };
	d->listener.name = str_dup_c(p->arena, str_c(title));
	for (const struct option *o = option_listener_first(); o; o = option_next(o)) {
		char why[OPTION_WHY_MAX];
		enum err e;

		if (o->type == OPTION_NETS || !o->default_value)
			continue;
		e = option_value_parse(o, &d->listener, p->arena, o->default_value, why);
		must(e == ERR_OK && "a default value does not fit its option");
	}
	return d;
}

static enum err add_net(struct config_parse *p, const struct option *o, void *base,
                        const char *text, uint32_t line)
{
	char *field = (char *)base + o->offset;
	struct option_nets list;
	struct config_net net, *nets;

	memcpy(&list, field, sizeof list);
	if (!config_net_parse(str_c(text), &net))
		return config_parse_fail(p, line,
		                         "%s.%s: \"%.80s\" is no address block; write one such as "
		                         "\"192.0.2.0/24\" or \"2001:db8::/32\"",
		                         o->section, o->name, text);
	if (list.n == CONFIG_NETS_MAX)
		return config_parse_fail(p, line,
		                         "%s.%s: there are more than %d blocks; write fewer, "
		                         "larger ones",
		                         o->section, o->name, CONFIG_NETS_MAX);
	nets = arena_array(p->arena, list.n + 1, sizeof *nets);
	if (list.n)
		memcpy(nets, list.nets, list.n * sizeof *nets);
	nets[list.n++] = net;
	list.nets = nets;
	memcpy(field, &list, sizeof list);
	return ERR_OK;
}

static void resolve_path(struct config_parse *p, const struct option *o, void *base)
{
	char *field = (char *)base + o->offset;
	const char *path;

	memcpy(&path, field, sizeof path);
	if (!p->directory || path[0] == 0 || path[0] == '/')
		return;
	path = (const char *)str_printf(p->arena, "%s/%s", p->directory, path).p;
	memcpy(field, &path, sizeof path);
}

/* `count`: how many values a list has by now, this one included. */
static enum err set_value(struct config_parse *p, const struct option *o, void *base,
                          uint32_t *seen, const char *text, unsigned int count, uint32_t line)
{
	char why[OPTION_WHY_MAX];

	if (*seen && count <= 1)
		return config_parse_fail(p, line, "%s.%s was set in line %u already; write it once",
		                         o->section, o->name, *seen);
	*seen = line;
	if (o->type == OPTION_NETS)
		return add_net(p, o, base, text, line);
	if (option_value_parse(o, base, p->arena, text, why))
		return config_parse_fail(p, line, "%s.%s: %s", o->section, o->name, why);
	if (o->type == OPTION_PATH)
		resolve_path(p, o, base);
	return ERR_OK;
}

static int take_value(cfg_t *section, cfg_opt_t *opt, const char *text, void *result)
{
	struct config_parse *p = running;
	uint32_t line = (uint32_t)section->line;
	const struct option *o;
	struct config_draft *d;
	size_t number = 0;
	enum err e;

	memcpy(result, &text, sizeof text);
	if (section->title) {
		d = find_draft(p, section->title, line);
		if (!d)
			return -1;
		o = find_option(option_listener_first(), section->name, opt->name, &number);
		must(o);
		e = set_value(p, o, &d->listener, &d->lines[number], text, opt->nvalues, line);
		return e ? -1 : 0;
	}
	o = find_option(option_first(), section->name, opt->name, &number);
	if (!o) {
		/* libconfuse also takes "section|option" outside the section. */
		config_parse_fail(p, line,
		                  "%s stands outside its section; write it between the braces",
		                  opt->name);
		return -1;
	}
	return set_value(p, o, p->config, &p->lines[number], text, 1, line) ? -1 : 0;
}

/* ---------------------------------------------------------------- messages of libconfuse */

static const struct {
	const char *start, *instead;
} explanations[] = {
	{ "premature end of file", "the file ends too early; is a } missing?" },
	{ "unexpected closing brace", "this } closes nothing; remove it" },
	{ "missing equal sign", "a value is missing; write: option = value" },
	{ "missing opening brace", "a { is missing; write: section { option = value }" },
	{ "missing title", "the section has no name; write: listener \"name\" { option = value }" },
	{ "unexpected token", "a value is expected here; put it in quotes when it is a text with "
	                      "blanks or with any of = { } ( ) + ," },
	{ "attempt to append", "this option has one value; write = instead of +=" },
};

__attribute__((format(printf, 2, 0))) static void take_error(cfg_t *cfg, const char *format,
                                                             va_list args)
{
	struct config_parse *p = running;
	uint32_t line = (uint32_t)cfg->line;
	static const char no_such[] = "no such option '", duplicate[] = "found duplicate title '";
	char text[300], *name, *end;

	if (!p || p->error)
		return;
	vsnprintf(text, sizeof text, format, args);
	name = strchr(text, '\'');
	end = strrchr(text, '\'');
	if (name && end > name) {
		name++;
		*end = 0;
	} else {
		name = text;
	}
	if (strncmp(text, no_such, sizeof no_such - 1) == 0) {
		fail_unknown(p, line, cfg->name, name);
		return;
	}
	if (strncmp(text, duplicate, sizeof duplicate - 1) == 0) {
		config_parse_fail(p, line,
		                  "there is a listener \"%s\" already; give this one another name",
		                  name);
		return;
	}
	for (size_t i = 0; i < sizeof explanations / sizeof explanations[0]; i++) {
		if (strncmp(text, explanations[i].start, strlen(explanations[i].start)) == 0) {
			config_parse_fail(p, line, "%s", explanations[i].instead);
			return;
		}
	}
	config_parse_fail(p, line, "%s; see tayori.conf(5) for the form of the file", text);
}

static void drop_error(cfg_t *cfg, const char *format, va_list args)
{
	(void)cfg;
	(void)format;
	(void)args;
}

/* ---------------------------------------------------------------- driving libconfuse */

struct shape {
	cfg_opt_t root[SECTIONS_MAX + 1];
	cfg_opt_t options[CONFIG_OPTIONS_MAX + SECTIONS_MAX];
	cfg_opt_t listener[CONFIG_LISTENER_OPTIONS_MAX + 1];
};

static void shape_init(struct shape *s)
{
	const cfg_opt_t end = CFG_END();
	const char *section = "";
	size_t at = 0, sections = 0, n = 0;

	for (const struct option *o = option_first(); o; o = option_next(o)) {
		const cfg_opt_t one = CFG_STR_CB(o->name, NULL, CFGF_NONE, take_value);

		if (strcmp(o->section, section) != 0) {
			if (at)
				s->options[at++] = end;
			must(sections + 2 < SECTIONS_MAX && at + 2 < CONFIG_OPTIONS_MAX);
			const cfg_opt_t sec = CFG_SEC(o->section, &s->options[at], CFGF_NONE);

			s->root[sections++] = sec;
			section = o->section;
		}
		must(at + 2 < CONFIG_OPTIONS_MAX);
		s->options[at++] = one;
	}
	s->options[at] = end;
	for (const struct option *o = option_listener_first(); o; o = option_next(o)) {
		const cfg_opt_t one = CFG_STR_CB(o->name, NULL, CFGF_NONE, take_value);
		const cfg_opt_t list = CFG_STR_LIST_CB(o->name, NULL, CFGF_NONE, take_value);

		must(n < CONFIG_LISTENER_OPTIONS_MAX);
		s->listener[n++] = o->type == OPTION_NETS ? list : one;
	}
	s->listener[n] = end;
	const cfg_opt_t listener = CFG_SEC("listener", s->listener,
	                                   CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);

	s->root[sections++] = listener;
	s->root[sections] = end;
}

/*
 * A file that ends inside quotes or a comment leaves the global scanner there, and the next file
 * would begin so. Each of these pieces ends one such state and changes nothing in the others.
 */
static void reset_scanner(void)
{
	static const char *const pieces[] = { "\n", "\"\"\n", "''\n", "/**/\n", "\n" };
	cfg_opt_t none[] = { CFG_END() };

	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		cfg_t *cfg = cfg_init(none, CFGF_NONE);

		must(cfg && "out of memory");
		cfg_set_error_function(cfg, drop_error);
		(void)cfg_parse_buf(cfg, pieces[i]);
		cfg_free(cfg);
	}
}

/* A listener section without any option has had no callback. */
static void add_empty_listeners(struct config_parse *p, cfg_t *cfg)
{
	for (unsigned int i = 0; i < cfg_size(cfg, "listener"); i++) {
		cfg_t *section = cfg_getnsec(cfg, "listener", i);

		if (!find_draft(p, cfg_title(section), (uint32_t)section->line))
			return;
	}
}

static void parse_locked(struct config_parse *p, struct shape *shape, const char *text)
{
	cfg_t *cfg = cfg_init(shape->root, CFGF_NONE);

	must(cfg && "out of memory");
	cfg_set_error_function(cfg, take_error);
	running = p;
	if (cfg_parse_buf(cfg, text) != CFG_SUCCESS && !p->error)
		config_parse_fail(p, (uint32_t)cfg->line,
		                  "this cannot be understood; see tayori.conf(5) "
		                  "for the form of the file");
	if (!p->error)
		add_empty_listeners(p, cfg);
	running = NULL;
	cfg_free(cfg);
	reset_scanner();
}

enum err config_parse_read(struct config_parse *p, const char *text)
{
	struct shape *shape = calloc(1, sizeof *shape);
	char *copy = strdup(text);

	must(shape && copy && "out of memory");
	if (config_scan_blank(p, copy) == ERR_OK) {
		shape_init(shape);
		pthread_mutex_lock(&libconfuse_lock);
		parse_locked(p, shape, copy);
		pthread_mutex_unlock(&libconfuse_lock);
	}
	free(copy);
	free(shape);
	return p->error;
}
