#include "src/config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/config/parse_priv.h"
#include "src/config/value_priv.h"

enum {
	FILE_MAX = 1 << 20
};

/* What stands around a snapshot; `config` is first, so that one pointer is the other. */
struct snapshot {
	struct config config;
	struct arena *arena;
	atomic_int refs;
};

static struct snapshot *snapshot_of(const struct config *c)
{
	return (struct snapshot *)(uintptr_t)c;
}

static struct snapshot *snapshot_new(void)
{
	struct arena *a = arena_new(NULL);
	struct snapshot *s = ARENA_NEW(a, struct snapshot);
	char why[OPTION_WHY_MAX];
	enum err e;

	s->arena = a;
	atomic_init(&s->refs, 1);
	s->config.path = "";
	for (const struct option *o = option_first(); o; o = option_next(o)) {
		e = option_value_parse(o, &s->config, a, o->default_value, why);
		must(e == ERR_OK && "a default value does not fit its option");
	}
	return s;
}

const struct config *config_ref(const struct config *c)
{
	int before = atomic_fetch_add_explicit(&snapshot_of(c)->refs, 1, memory_order_relaxed);

	must(before > 0);
	return c;
}

void config_unref(const struct config **c)
{
	struct snapshot *s;
	struct arena *a;
	int before;

	if (!*c)
		return;
	s = snapshot_of(*c);
	*c = NULL;
	before = atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel);
	must(before > 0);
	if (before > 1)
		return;
	a = s->arena;
	arena_free(&a);
}

/* An empty host name means the machine's. */
static void fill_hostname(struct snapshot *s)
{
	char name[256];

	if (s->config.server.hostname[0])
		return;
	if (gethostname(name, sizeof name) != 0)
		name[0] = 0;
	name[sizeof name - 1] = 0;
	s->config.server.hostname = name[0] ? str_dup_c(s->arena, str_c(name)) : "localhost";
}

const struct config *config_defaults(void)
{
	struct snapshot *s = snapshot_new();

	fill_hostname(s);
	return &s->config;
}

static void take_listeners(struct config_parse *p)
{
	struct config_listener *list = arena_array(p->arena, p->n_drafts + 1, sizeof *list);

	for (size_t i = 0; i < p->n_drafts; i++)
		list[i] = p->drafts[i].listener;
	p->config->listeners = list;
	p->config->n_listeners = p->n_drafts;
}

static enum err parse(struct config_parse *p, const char *path, const char *text, bool has_files,
                      const struct config **config_r)
{
	struct snapshot *s = snapshot_new();
	struct arena *scratch = arena_new(NULL);
	const struct config *c = &s->config;

	p->arena = s->arena;
	p->config = &s->config;
	p->drafts = arena_array(scratch, CONFIG_LISTENERS_MAX, sizeof *p->drafts);
	if (config_parse_read(p, text) == ERR_OK && config_check_values(p) == ERR_OK && has_files)
		(void)!config_check_files(p);
	if (p->error) {
		config_unref(&c);
	} else {
		take_listeners(p);
		fill_hostname(s);
		s->config.path = str_dup_c(s->arena, str_c(path));
		*config_r = c;
	}
	arena_free(&scratch);
	return p->error;
}

/* The part before the last slash, in `a`; NULL without one. */
static const char *directory_of(struct arena *a, const char *path)
{
	struct str s = str_c(path);
	ptrdiff_t slash = str_rfind(s, '/');

	if (slash < 0)
		return NULL;
	return str_dup_c(a, str_first(s, (size_t)slash));
}

enum err config_parse(const char *name, const char *text, const struct config **config_r,
                      struct errinfo *info)
{
	struct arena *a = arena_new(NULL);
	struct config_parse p = { .name = name, .info = info, .directory = directory_of(a, name) };
	enum err e;

	if (strnlen(text, FILE_MAX + 1) > FILE_MAX)
		e = config_parse_fail(&p, 0, "the file is larger than 1M; write a shorter one");
	else
		e = parse(&p, name, text, false, config_r);
	arena_free(&a);
	return e;
}

static enum err read_whole(struct config_parse *p, int fd, char *text)
{
	size_t n = 0;
	ssize_t got;

	while (n <= FILE_MAX) {
		got = read(fd, text + n, FILE_MAX + 1 - n);
		if (got == 0)
			break;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return p->error = err_set_errno(p->info, ERR_INVALID, "%s: cannot be read",
			                                p->name);
		n += (size_t)got;
	}
	if (n > FILE_MAX)
		return config_parse_fail(p, 0, "the file is larger than 1M; write a shorter one");
	text[n] = 0;
	if (strlen(text) != n)
		return config_parse_fail(p, 0,
		                         "the file contains an octet of zero; is it a text file?");
	return ERR_OK;
}

enum err config_load(const char *path, const struct config **config_r, struct errinfo *info)
{
	struct config_parse p = { .name = path, .info = info };
	struct arena *a;
	char *text, *full;
	enum err e;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_set_errno(info, errno == ENOENT ? ERR_NOTFOUND : ERR_INVALID,
		                     "%s: cannot be opened", path);
	a = arena_new(NULL);
	text = arena_alloc(a, FILE_MAX + 2);
	full = arena_alloc(a, PATH_MAX);
	if (!realpath(path, full))
		full = str_dup_c(a, str_c(path));
	p.directory = directory_of(a, full);
	e = read_whole(&p, fd, text);
	if (e == ERR_OK)
		e = parse(&p, full, text, true, config_r);
	close(fd);
	arena_free(&a);
	return e;
}

const char *config_protocol_name(enum config_protocol p)
{
	static const char *const names[CONFIG_PROTOCOL_COUNT] = {
		[CONFIG_PROTOCOL_SMTP] = "smtp", [CONFIG_PROTOCOL_SUBMISSION] = "submission",
		[CONFIG_PROTOCOL_LMTP] = "lmtp", [CONFIG_PROTOCOL_IMAP] = "imap",
		[CONFIG_PROTOCOL_POP3] = "pop3", [CONFIG_PROTOCOL_HTTP] = "http",
	};

	must(p < CONFIG_PROTOCOL_COUNT);
	return names[p];
}
