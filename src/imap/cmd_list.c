/*
 * LIST with its extensions (RFC 3501 section 6.3.8, RFC 5258, RFC 5819, RFC 6154), LSUB and
 * NAMESPACE.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/imap/list_priv.h"
#include "src/imap/pattern_priv.h"

enum {
	PATTERNS_MAX = 50,
	PATTERNS_MAX_BYTES = 8000, /* all together */
	PAGE = 10000
};

struct list {
	struct imap_pattern *patterns[PATTERNS_MAX];
	size_t n_patterns, patterns_bytes;
	bool is_lsub;
	bool is_root; /* LIST "" "": only the separator is wanted */
	bool is_extended;
	bool selects_subscribed, selects_special, selects_recursive;
	bool returns_subscribed;
	uint32_t status; /* items, 0: none */

	struct store_mailbox **mailboxes; /* sorted by name */
	size_t n_mailboxes;
	struct str *names; /* subscribed, sorted */
	size_t n_names;

	/* Names that the selection options choose, sorted; RECURSIVEMATCH looks for what is below.
	 */
	struct str *chosen;
	size_t n_chosen;
	size_t *unwanted_before; /* [i]: how many of the first i match no pattern */
};

/* --- what the client wants */

/* RFC 5258 section 3: selection options, in parentheses before the reference. */
static bool parse_selection(struct imap_parser *p, struct list *l)
{
	l->is_extended = true;
	if (imap_parser_try(p, ')'))
		return true;
	do {
		struct str name;

		if (!imap_parser_atom(p, &name))
			return imap_parser_fail(p, "a selection option");
		if (str_ieq(name, STR("SUBSCRIBED")))
			l->selects_subscribed = true;
		else if (str_ieq(name, STR("SPECIAL-USE")))
			l->selects_special = true;
		else if (str_ieq(name, STR("RECURSIVEMATCH")))
			l->selects_recursive = true;
		else if (!str_ieq(name, STR("REMOTE")))
			return imap_parser_fail(
				p, "SUBSCRIBED, SPECIAL-USE, RECURSIVEMATCH or REMOTE");
	} while (imap_parser_try(p, ' '));
	if (l->selects_recursive && !l->selects_subscribed && !l->selects_special)
		return imap_parser_fail(p, "another selection option beside RECURSIVEMATCH");
	return imap_parser_byte(p, ')', "the end of the selection options");
}

static bool parse_return(struct imap_parser *p, struct list *l)
{
	l->is_extended = true;
	if (!imap_parser_try_word(p, "RETURN") || !imap_parser_space(p) ||
	    !imap_parser_byte(p, '(', "return options in parentheses"))
		return imap_parser_fail(p, "RETURN (...)");
	if (imap_parser_try(p, ')'))
		return true;
	do {
		if (imap_parser_try_word(p, "SUBSCRIBED"))
			l->returns_subscribed = true;
		else if (imap_parser_try_word(p, "STATUS")) {
			if (!imap_parser_space(p) || !imap_status_parse(p, &l->status))
				return false;
		} else if (!imap_parser_try_word(p, "CHILDREN") &&
		           !imap_parser_try_word(p, "SPECIAL-USE"))
			return imap_parser_fail(
				p, "SUBSCRIBED, CHILDREN, SPECIAL-USE or STATUS (...)");
	} while (imap_parser_try(p, ' '));
	return imap_parser_byte(p, ')', "the end of the return options");
}

/* The pattern is simply what stands behind the reference. One that no name can match is left out.
 */
static bool add_pattern(struct imap_cmd *c, struct list *l, struct str reference, struct str raw)
{
	struct str pattern = str_printf(c->a, "%.*s%.*s", STR_ARG(reference), STR_ARG(raw));

	if (l->n_patterns == PATTERNS_MAX)
		return imap_parser_fail(&c->in, "at most 50 patterns");
	if (pattern.n == 0 || imap_name_from_client(c, pattern, &pattern) ||
	    pattern.n > IMAP_PATTERN_MAX)
		return true;
	l->patterns_bytes += pattern.n;
	if (l->patterns_bytes > PATTERNS_MAX_BYTES)
		return imap_parser_fail(&c->in, "patterns of 8000 octets together");
	l->patterns[l->n_patterns++] = imap_pattern_new(c->a, pattern);
	return true;
}

static bool parse_patterns(struct imap_cmd *c, struct list *l, struct str reference)
{
	struct imap_parser *p = &c->in;
	struct str raw;

	if (!l->is_lsub && imap_parser_try(p, '(')) {
		l->is_extended = true;
		do {
			if (!imap_parser_pattern(p, &raw) || !add_pattern(c, l, reference, raw))
				return false;
		} while (imap_parser_try(p, ' '));
		return imap_parser_byte(p, ')', "the end of the patterns");
	}
	if (!imap_parser_pattern(p, &raw))
		return false;
	l->is_root = raw.n == 0;
	return add_pattern(c, l, reference, raw);
}

static bool parse_list(struct imap_cmd *c, struct list *l)
{
	struct imap_parser *p = &c->in;
	struct str reference;

	if (!imap_parser_space(p))
		return false;
	if (!l->is_lsub && imap_parser_try(p, '(') &&
	    (!parse_selection(p, l) || !imap_parser_space(p)))
		return false;
	if (!imap_parser_astring(p, &reference) || !imap_parser_space(p) ||
	    !parse_patterns(c, l, reference))
		return false;
	if (!l->is_lsub && imap_parser_try(p, ' ') && p->rest.n > 0 && !parse_return(p, l))
		return false;
	return imap_parser_end(p);
}

/* --- what the store has */

static enum err load_mailboxes(struct imap_cmd *c, struct list *l)
{
	struct store_mailbox_list_req q = {
		.grant = c->state->grant,
		.max = PAGE,
		.wants_deleted_bytes = imap_status_wants_deleted_bytes(l->status),
		.is_short = !imap_status_wants_recent(l->status),
	};
	struct store_mailbox_list_res r = { .has_more = true };
	size_t room = 0;

	while (r.has_more) {
		enum err e = store_mailbox_list(c->store, c->a, &q, &r);

		if (e)
			return e;
		l->mailboxes = arena_grow(c->a, l->mailboxes, room * sizeof *l->mailboxes,
		                          (room + r.n_mailboxes) * sizeof *l->mailboxes);
		room += r.n_mailboxes;
		for (size_t i = 0; i < r.n_mailboxes; i++)
			l->mailboxes[l->n_mailboxes++] = &r.mailboxes[i];
		if (r.n_mailboxes == 0)
			break;
		q.after = r.mailboxes[r.n_mailboxes - 1].name;
	}
	return ERR_OK;
}

static enum err load_names(struct imap_cmd *c, struct list *l)
{
	struct store_subscriptions_req q = { .grant = c->state->grant, .max = PAGE };
	struct store_subscriptions_res r = { .has_more = true };
	size_t room = 0;

	while (r.has_more) {
		enum err e = store_subscriptions(c->store, c->a, &q, &r);

		if (e)
			return e;
		l->names = arena_grow(c->a, l->names, room * sizeof *l->names,
		                      (room + r.n_names) * sizeof *l->names);
		room += r.n_names;
		for (size_t i = 0; i < r.n_names; i++)
			l->names[l->n_names++] = r.names[i].text;
		if (r.n_names == 0)
			break;
		q.after = r.names[r.n_names - 1].text;
	}
	return ERR_OK;
}

static int compare_mailboxes(const void *a, const void *b)
{
	const struct store_mailbox *const *x = a;
	const struct store_mailbox *const *y = b;

	return str_cmp((*x)->name, (*y)->name);
}

static int compare_names(const void *a, const void *b)
{
	const struct str *x = a;
	const struct str *y = b;

	return str_cmp(*x, *y);
}

static enum err load(struct imap_cmd *c, struct list *l)
{
	enum err e = load_mailboxes(c, l);

	if (!e && (l->is_lsub || l->selects_subscribed || l->returns_subscribed))
		e = load_names(c, l);
	/* The order of octets, whatever collation the engine sorts by: everything below relies on
	 * it. */
	if (l->n_mailboxes > 0)
		qsort(l->mailboxes, l->n_mailboxes, sizeof *l->mailboxes, compare_mailboxes);
	if (l->n_names > 0)
		qsort(l->names, l->n_names, sizeof *l->names, compare_names);
	return e;
}

static struct store_mailbox *find_mailbox(const struct list *l, struct str name)
{
	const struct store_mailbox key = { .name = name };
	const struct store_mailbox *const key_p = &key;
	struct store_mailbox **found = NULL;

	if (l->n_mailboxes > 0)
		found = bsearch(&key_p, l->mailboxes, l->n_mailboxes, sizeof *l->mailboxes,
		                compare_mailboxes);
	return found ? *found : NULL;
}

/* The store need not look below each name: all names are here. */
static void mark_parents(struct list *l)
{
	for (size_t i = 0; i < l->n_mailboxes; i++) {
		struct store_mailbox *above = NULL;
		struct str name = l->mailboxes[i]->name;
		ptrdiff_t at;

		while (!above && (at = str_rfind(name, '/')) > 0) {
			name = str_first(name, (size_t)at);
			above = find_mailbox(l, name);
		}
		if (above)
			above->has_children = true;
	}
}

static bool is_subscribed(const struct list *l, struct str name)
{
	return l->n_names > 0 &&
	       bsearch(&name, l->names, l->n_names, sizeof *l->names, compare_names);
}

/* Is `name` a level above `below`? */
static bool is_above(struct str name, struct str below)
{
	return below.n > name.n && below.p[name.n] == '/' && str_starts(below, name);
}

static bool is_wanted(const struct list *l, struct str name)
{
	for (size_t i = 0; i < l->n_patterns; i++) {
		if (imap_pattern_match(l->patterns[i], name))
			return true;
	}
	return false;
}

/* --- what the selection options choose */

/* Whatever of the mailbox they look at; `m` is NULL for one that does not exist. */
static bool is_chosen(const struct list *l, struct str name, const struct store_mailbox *m)
{
	return (!l->selects_subscribed || is_subscribed(l, name)) &&
	       (!l->selects_special || (m && m->special));
}

/* Subscribed names may be of mailboxes that do not exist; everything else is one that does. */
static void choose(struct imap_cmd *c, struct list *l)
{
	size_t n = l->selects_subscribed || l->is_lsub ? l->n_names : l->n_mailboxes;

	l->chosen = arena_array(c->a, n + 1, sizeof *l->chosen);
	l->unwanted_before = arena_array(c->a, n + 1, sizeof *l->unwanted_before);
	for (size_t i = 0; i < n; i++) {
		bool is_name = l->selects_subscribed || l->is_lsub;
		struct str name = is_name ? l->names[i] : l->mailboxes[i]->name;
		const struct store_mailbox *m = is_name ? find_mailbox(l, name) : l->mailboxes[i];
		size_t at = l->n_chosen;

		if (!is_chosen(l, name, m))
			continue;
		l->chosen[at] = name;
		l->unwanted_before[at + 1] = l->unwanted_before[at] + !is_wanted(l, name);
		l->n_chosen++;
	}
}

/* The first chosen name that is not before `name` and `last` together. */
static size_t lower_bound(const struct list *l, struct str name, unsigned char last)
{
	size_t lo = 0, hi = l->n_chosen;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		struct str it = l->chosen[mid];
		int order = str_cmp(str_first(it, name.n), name);

		if (order < 0 || (order == 0 && (it.n == name.n || it.p[name.n] < last)))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Are chosen names below this one, and are any of them not shown for themselves? */
struct below {
	bool has_chosen, has_unwanted;
};

static struct below look_below(const struct list *l, struct str name)
{
	/* "0" is the octet after "/". */
	size_t from = lower_bound(l, name, '/'), to = lower_bound(l, name, '0');

	return (struct below){
		.has_chosen = to > from,
		.has_unwanted = l->unwanted_before[to] > l->unwanted_before[from],
	};
}

/* --- what is answered */

static void write_attribute(struct imap_cmd *c, bool *is_first, const char *name)
{
	if (!*is_first)
		imap_out_byte(&c->out, ' ');
	*is_first = false;
	imap_out_byte(&c->out, '\\');
	imap_out_c(&c->out, name);
}

static void write_attributes(struct imap_cmd *c, const struct list *l, struct str name,
                             const struct store_mailbox *m, bool is_level)
{
	bool is_first = true;

	imap_out_byte(&c->out, '(');
	if (!m)
		write_attribute(c, &is_first, l->is_lsub ? "Noselect" : "NonExistent");
	else if (m->is_noselect || (l->is_lsub && is_level))
		write_attribute(c, &is_first, "Noselect");
	if (m)
		write_attribute(c, &is_first, m->has_children ? "HasChildren" : "HasNoChildren");
	if ((l->selects_subscribed || l->returns_subscribed) && is_subscribed(l, name))
		write_attribute(c, &is_first, "Subscribed");
	for (uint32_t bit = 1; m && bit <= m->special; bit <<= 1) {
		if (m->special & bit)
			write_attribute(c, &is_first, imap_list_special_name(bit));
	}
	imap_out_byte(&c->out, ')');
}

/* RFC 5258 section 3.5: which selection options chose something below. */
static void write_childinfo(struct imap_cmd *c, const struct list *l)
{
	imap_out_c(&c->out, " (\"CHILDINFO\" (");
	imap_out_c(&c->out, l->selects_subscribed ? "\"SUBSCRIBED\"" : "");
	imap_out_c(&c->out, l->selects_subscribed && l->selects_special ? " " : "");
	imap_out_c(&c->out, l->selects_special ? "\"SPECIAL-USE\"" : "");
	imap_out_c(&c->out, "))");
}

/* `is_level`: it is not chosen itself, but something below it is. */
static void write_entry(struct imap_cmd *c, const struct list *l, struct str name,
                        const struct store_mailbox *m, bool is_level)
{
	imap_out_c(&c->out, l->is_lsub ? "* LSUB " : "* LIST ");
	write_attributes(c, l, name, m, is_level);
	imap_out_c(&c->out, imap_name_separator(c) == '.' ? " \".\" " : " \"/\" ");
	imap_out_astring(&c->out, imap_name_to_client(c, name));
	if (l->selects_recursive && look_below(l, name).has_chosen)
		write_childinfo(c, l);
	imap_out_c(&c->out, "\r\n");
	/* RFC 5819 section 2: for what can be selected and meets the selection options. */
	if (l->status && m && !m->is_noselect && !is_level)
		imap_status_write(c, m, l->status);
}

/*
 * Levels above a chosen name that match a pattern although they are not chosen: LSUB shows them as
 * \Noselect when the name itself does not match (RFC 3501 section 6.3.9), RECURSIVEMATCH with
 * CHILDINFO when something below is not shown for itself (RFC 5258 section 3.5). Names sort so that
 * those below one level stand together; `before` has shown the levels that it shares.
 */
static void write_levels(struct imap_cmd *c, const struct list *l, struct str name,
                         struct str before)
{
	for (size_t i = 1; i < name.n; i++) {
		struct str level = str_first(name, i);
		const struct store_mailbox *m;

		if (name.p[i] != '/' || is_above(level, before) || !is_wanted(l, level))
			continue;
		m = find_mailbox(l, level);
		if (l->is_lsub ? !is_subscribed(l, level)
		               : !is_chosen(l, level, m) && look_below(l, level).has_unwanted)
			write_entry(c, l, level, m, true);
	}
}

static void write_chosen(struct imap_cmd *c, const struct list *l)
{
	struct str before = STR("");

	for (size_t i = 0; i < l->n_chosen; i++) {
		struct str name = l->chosen[i];
		bool is_shown = l->unwanted_before[i + 1] == l->unwanted_before[i];

		if (l->selects_recursive || (l->is_lsub && !is_shown)) {
			write_levels(c, l, name, before);
			before = name;
		}
		if (is_shown)
			write_entry(c, l, name, find_mailbox(l, name), false);
	}
}

static enum imap_next run_list(struct imap_cmd *c, bool is_lsub)
{
	struct list *l = ARENA_NEW(c->a, struct list);
	enum err e;

	l->is_lsub = is_lsub;
	if (!parse_list(c, l))
		return imap_reply_bad(c);
	/* LSUB has no such request (RFC 3501 section 6.3.9): nobody subscribes to "". */
	if (l->is_root && !l->is_extended && !is_lsub) {
		imap_out_c(&c->out, "* LIST (\\Noselect) \"");
		imap_out_byte(&c->out, imap_name_separator(c));
		imap_out_c(&c->out, "\" \"\"\r\n");
		return imap_reply_ok(c, NULL, "LIST done.");
	}
	e = load(c, l);
	if (e)
		return imap_reply_err(c, e);
	if (imap_status_wants_modseq(l->status))
		imap_sync_enable_modseq(c);
	mark_parents(l);
	choose(c, l);
	write_chosen(c, l);
	return imap_reply_ok(c, NULL, is_lsub ? "LSUB done." : "LIST done.");
}

enum imap_next imap_cmd_list(struct imap_cmd *c)
{
	return run_list(c, false);
}

enum imap_next imap_cmd_lsub(struct imap_cmd *c)
{
	return run_list(c, true);
}

/* NAMESPACE (RFC 2342): everything is personal. */
enum imap_next imap_cmd_namespace(struct imap_cmd *c)
{
	if (!imap_parser_end(&c->in))
		return imap_reply_bad(c);
	imap_out_c(&c->out, "* NAMESPACE ((\"\" \"");
	imap_out_byte(&c->out, imap_name_separator(c));
	imap_out_c(&c->out, "\")) NIL NIL\r\n");
	return imap_reply_ok(c, NULL, "NAMESPACE done.");
}
