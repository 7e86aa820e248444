/*
 * The keys of SEARCH (RFC 3501 section 6.4.4, RFC 7162 section 3.1.5) as a tree. Within a
 * conjunction cheap keys come first, so that a body is read only for messages that nothing else
 * rules out.
 */
#include <string.h>

#include "src/base/arena.h"
#include "src/imap/search_priv.h"
#include "src/mail/charset.h"

enum {
	STRING_MAX = 65536
};

struct parse {
	struct imap_cmd *c;
	struct imap_parser *p;
	struct imap_search *search;
	struct str charset;
	unsigned depth;
};

/* What follows the name of a key. */
enum argument {
	NOTHING,
	DAY,
	NUMBER,
	STRING,
	ATOM
};

static const struct key_form {
	const char *name;
	enum imap_search_kind kind;
	enum argument argument;
	enum imap_search_cost cost;
	uint32_t fields;
	uint32_t flags;
	const char *field; /* HEADER: its name */
	bool is_not;
} forms[] = {
	{ "ALL", IMAP_SEARCH_ALL },
	{ "ANSWERED", IMAP_SEARCH_FLAG, NOTHING, IMAP_COST_ROW, STORE_FETCH_FLAGS,
	  STORE_FLAG_ANSWERED },
	{ "BCC", IMAP_SEARCH_HEADER, STRING, IMAP_COST_HEADER, STORE_FETCH_HEADER, 0, "Bcc" },
	{ "BEFORE", IMAP_SEARCH_BEFORE, DAY, IMAP_COST_ROW, STORE_FETCH_DATES },
	{ "BODY", IMAP_SEARCH_BODY, STRING, IMAP_COST_BODY, STORE_FETCH_PARTS | STORE_FETCH_SIZE },
	{ "CC", IMAP_SEARCH_HEADER, STRING, IMAP_COST_HEADER, STORE_FETCH_HEADER, 0, "Cc" },
	{ "DELETED", IMAP_SEARCH_FLAG, NOTHING, IMAP_COST_ROW, STORE_FETCH_FLAGS,
	  STORE_FLAG_DELETED },
	{ "DRAFT", IMAP_SEARCH_FLAG, NOTHING, IMAP_COST_ROW, STORE_FETCH_FLAGS, STORE_FLAG_DRAFT },
	{ "FLAGGED", IMAP_SEARCH_FLAG, NOTHING, IMAP_COST_ROW, STORE_FETCH_FLAGS,
	  STORE_FLAG_FLAGGED },
	{ "FROM", IMAP_SEARCH_HEADER, STRING, IMAP_COST_HEADER, STORE_FETCH_HEADER, 0, "From" },
	{ "KEYWORD", IMAP_SEARCH_KEYWORD, ATOM, IMAP_COST_ROW, STORE_FETCH_FLAGS },
	{ "LARGER", IMAP_SEARCH_LARGER, NUMBER, IMAP_COST_ROW, STORE_FETCH_SIZE },
	{ "OLD", IMAP_SEARCH_RECENT, .is_not = true },
	{ "ON", IMAP_SEARCH_ON, DAY, IMAP_COST_ROW, STORE_FETCH_DATES },
	{ "RECENT", IMAP_SEARCH_RECENT },
	{ "SEEN", IMAP_SEARCH_FLAG, NOTHING, IMAP_COST_ROW, STORE_FETCH_FLAGS, STORE_FLAG_SEEN },
	{ "SENTBEFORE", IMAP_SEARCH_SENTBEFORE, DAY, IMAP_COST_ROW, STORE_FETCH_ENVELOPE },
	{ "SENTON", IMAP_SEARCH_SENTON, DAY, IMAP_COST_ROW, STORE_FETCH_ENVELOPE },
	{ "SENTSINCE", IMAP_SEARCH_SENTSINCE, DAY, IMAP_COST_ROW, STORE_FETCH_ENVELOPE },
	{ "SINCE", IMAP_SEARCH_SINCE, DAY, IMAP_COST_ROW, STORE_FETCH_DATES },
	{ "SMALLER", IMAP_SEARCH_SMALLER, NUMBER, IMAP_COST_ROW, STORE_FETCH_SIZE },
	{ "SUBJECT", IMAP_SEARCH_HEADER, STRING, IMAP_COST_HEADER, STORE_FETCH_HEADER, 0,
	  "Subject" },
	{ "TEXT", IMAP_SEARCH_TEXT, STRING, IMAP_COST_BODY,
	  STORE_FETCH_PARTS | STORE_FETCH_SIZE | STORE_FETCH_HEADER },
	{ "TO", IMAP_SEARCH_HEADER, STRING, IMAP_COST_HEADER, STORE_FETCH_HEADER, 0, "To" },
	{ "UNANSWERED", IMAP_SEARCH_FLAG, NOTHING, IMAP_COST_ROW, STORE_FETCH_FLAGS,
	  STORE_FLAG_ANSWERED, .is_not = true },
	{ "UNDELETED", IMAP_SEARCH_FLAG, NOTHING, IMAP_COST_ROW, STORE_FETCH_FLAGS,
	  STORE_FLAG_DELETED, .is_not = true },
	{ "UNDRAFT", IMAP_SEARCH_FLAG, NOTHING, IMAP_COST_ROW, STORE_FETCH_FLAGS, STORE_FLAG_DRAFT,
	  .is_not = true },
	{ "UNFLAGGED", IMAP_SEARCH_FLAG, NOTHING, IMAP_COST_ROW, STORE_FETCH_FLAGS,
	  STORE_FLAG_FLAGGED, .is_not = true },
	{ "UNKEYWORD", IMAP_SEARCH_KEYWORD, ATOM, IMAP_COST_ROW, STORE_FETCH_FLAGS,
	  .is_not = true },
	{ "UNSEEN", IMAP_SEARCH_FLAG, NOTHING, IMAP_COST_ROW, STORE_FETCH_FLAGS, STORE_FLAG_SEEN,
	  .is_not = true },
};

static struct imap_search_key *new_key(struct parse *x, enum imap_search_kind kind)
{
	struct imap_search_key *key = ARENA_NEW(x->c->a, struct imap_search_key);

	key->kind = kind;
	return key;
}

/* Put a key inside another, behind those that cost no more. */
static void add_inside(struct imap_search_key *parent, struct imap_search_key *key)
{
	struct imap_search_key **at = &parent->first;

	while (*at && (*at)->cost <= key->cost)
		at = &(*at)->next;
	key->next = *at;
	*at = key;
	parent->fields |= key->fields;
	if (key->cost > parent->cost)
		parent->cost = key->cost;
}

static struct imap_search_key *negate(struct parse *x, struct imap_search_key *key)
{
	struct imap_search_key *not = new_key(x, IMAP_SEARCH_NOT);

	add_inside(not, key);
	return not ;
}

static bool parse_text(struct parse *x, struct str *text_r)
{
	struct str raw;

	if (!imap_parser_astring(x->p, &raw))
		return false;
	*text_r = mail_charset_fold(x->c->a,
	                            mail_charset_to_utf8(x->c->a, x->charset, raw, STRING_MAX));
	return true;
}

static bool parse_argument(struct parse *x, const struct key_form *form,
                           struct imap_search_key *key)
{
	if (form->argument == NOTHING)
		return true;
	if (!imap_parser_space(x->p))
		return false;
	switch (form->argument) {
	case DAY:
		return imap_parser_date(x->p, &key->day);
	case NUMBER:
		return imap_parser_number(x->p, 0, INT64_MAX, &key->number);
	case STRING:
		return parse_text(x, &key->text);
	case ATOM:
		return imap_parser_atom(x->p, &key->name);
	case NOTHING:
		break;
	}
	return true;
}

/* Numbers beyond the mailbox match nothing; "*" is the last message. */
static bool parse_set(struct parse *x, bool is_uid, struct imap_search_key **key_r)
{
	struct imap_search_key *key = new_key(x, IMAP_SEARCH_SET);
	struct imap_mailbox *mailbox = &x->c->state->mailbox;
	struct imap_set set;
	uint64_t last = mailbox->exists;

	if (!imap_parser_set(x->p, &set))
		return false;
	if (is_uid && set.has_star && mailbox->exists > 0) {
		struct store_range all = { mailbox->exists, mailbox->exists };
		struct store_numbers_req q = {
			.grant = x->c->state->grant,
			.mailbox_id = mailbox->id,
			.view = mailbox->view,
			.set = { .ranges = &all, .n_ranges = 1 },
		};
		struct store_numbers_res r;

		last = mailbox->view.uidnext > 0 ? mailbox->view.uidnext - 1 : 0;
		if (!store_numbers(x->c->store, x->c->a, &q, &r) && r.n_uids > 0)
			last = r.uids[r.n_uids - 1].last;
	}
	for (size_t i = 0; i < set.n; i++) {
		struct store_range *r = &set.ranges[i];

		if (r->last != STORE_STAR)
			continue;
		r->last = r->first == STORE_STAR || r->first < last ? last : r->first;
		r->first = r->first == STORE_STAR || r->first > last ? last : r->first;
	}
	key->set = (struct store_set){ .is_uid = is_uid, .ranges = set.ranges, .n_ranges = set.n };
	*key_r = key;
	return true;
}

static bool parse_key(struct parse *x, struct imap_search_key **key_r);

/* Keys with spaces between, up to something else. */
static bool parse_keys(struct parse *x, struct imap_search_key *parent)
{
	do {
		struct imap_search_key *key;

		if (!parse_key(x, &key))
			return false;
		add_inside(parent, key);
	} while (imap_parser_try(x->p, ' '));
	return true;
}

static bool parse_parentheses(struct parse *x, struct imap_search_key **key_r)
{
	*key_r = new_key(x, IMAP_SEARCH_AND);
	return parse_keys(x, *key_r) &&
	       imap_parser_byte(x->p, ')', "a space or the end of the search keys");
}

static bool parse_not(struct parse *x, struct imap_search_key **key_r)
{
	struct imap_search_key *key;

	if (!imap_parser_space(x->p) || !parse_key(x, &key))
		return false;
	*key_r = negate(x, key);
	return true;
}

static bool parse_or(struct parse *x, struct imap_search_key **key_r)
{
	struct imap_search_key *one, *two;

	if (!imap_parser_space(x->p) || !parse_key(x, &one) || !imap_parser_space(x->p) ||
	    !parse_key(x, &two))
		return false;
	*key_r = new_key(x, IMAP_SEARCH_OR);
	add_inside(*key_r, one);
	add_inside(*key_r, two);
	return true;
}

static bool parse_header(struct parse *x, struct imap_search_key **key_r)
{
	struct imap_search_key *key = new_key(x, IMAP_SEARCH_HEADER);

	key->cost = IMAP_COST_HEADER;
	key->fields = STORE_FETCH_HEADER | STORE_FETCH_SIZE;
	*key_r = key;
	return imap_parser_space(x->p) && imap_parser_astring(x->p, &key->name) &&
	       imap_parser_space(x->p) && parse_text(x, &key->text);
}

/* MODSEQ [entry-name SP entry-type] SP number: we keep one MODSEQ for all flags (RFC 7162
 * section 3.1.5). */
static bool parse_modseq(struct parse *x, struct imap_search_key **key_r)
{
	struct imap_search_key *key = new_key(x, IMAP_SEARCH_MODSEQ);
	struct str ignored;

	key->cost = IMAP_COST_ROW;
	key->fields = STORE_FETCH_FLAGS;
	x->search->has_modseq = true;
	*key_r = key;
	if (!imap_parser_space(x->p))
		return false;
	if (imap_parser_peek(x->p, '"') &&
	    (!imap_parser_string(x->p, &ignored) || !imap_parser_space(x->p) ||
	     !imap_parser_atom(x->p, &ignored) || !imap_parser_space(x->p)))
		return false;
	return imap_parser_number(x->p, 0, INT64_MAX, &key->number);
}

/* NEW is RECENT UNSEEN. */
static struct imap_search_key *make_new(struct parse *x)
{
	struct imap_search_key *seen = new_key(x, IMAP_SEARCH_FLAG);
	struct imap_search_key *both = new_key(x, IMAP_SEARCH_AND);

	seen->flags = STORE_FLAG_SEEN;
	seen->cost = IMAP_COST_ROW;
	seen->fields = STORE_FETCH_FLAGS;
	add_inside(both, new_key(x, IMAP_SEARCH_RECENT));
	add_inside(both, negate(x, seen));
	return both;
}

static bool parse_named(struct parse *x, struct str name, struct imap_search_key **key_r)
{
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		const struct key_form *form = &forms[i];
		struct imap_search_key *key;

		if (!str_ieq(name, str_c(form->name)))
			continue;
		key = new_key(x, form->kind);
		key->cost = form->cost;
		key->fields = form->fields;
		if (form->cost >= IMAP_COST_HEADER)
			key->fields |= STORE_FETCH_SIZE;
		key->flags = form->flags;
		key->name = str_c(form->field);
		if (!parse_argument(x, form, key))
			return false;
		*key_r = form->is_not ? negate(x, key) : key;
		return true;
	}
	return imap_parser_fail(x->p, "a search key such as UNSEEN, FROM or a sequence set");
}

static bool parse_one(struct parse *x, struct imap_search_key **key_r)
{
	struct imap_parser *p = x->p;
	struct str name;

	if (imap_parser_try(p, '('))
		return parse_parentheses(x, key_r);
	if (p->rest.n > 0 && strchr("0123456789*", p->rest.p[0]) && p->rest.p[0])
		return parse_set(x, false, key_r);
	if (!imap_parser_atom(p, &name))
		return imap_parser_fail(p, "a search key");
	if (str_ieq(name, STR("NOT")))
		return parse_not(x, key_r);
	if (str_ieq(name, STR("OR")))
		return parse_or(x, key_r);
	if (str_ieq(name, STR("UID")))
		return imap_parser_space(p) && parse_set(x, true, key_r);
	if (str_ieq(name, STR("HEADER")))
		return parse_header(x, key_r);
	if (str_ieq(name, STR("MODSEQ")))
		return parse_modseq(x, key_r);
	if (str_ieq(name, STR("NEW"))) {
		*key_r = make_new(x);
		return true;
	}
	return parse_named(x, name, key_r);
}

static bool parse_key(struct parse *x, struct imap_search_key **key_r)
{
	bool is_ok;

	if (x->depth == IMAP_SEARCH_DEPTH_MAX)
		return imap_parser_fail(x->p, "search keys nested at most 50 deep");
	x->depth++;
	is_ok = parse_one(x, key_r);
	x->depth--;
	return is_ok;
}

bool imap_search_parse(struct imap_cmd *c, struct imap_search *s)
{
	struct parse x = { .c = c, .p = &c->in, .search = s, .charset = STR("UTF-8") };

	if (!imap_parser_space(x.p))
		return false;
	/* Without CHARSET it is US-ASCII; what is sent beyond that is guessed. */
	x.charset = STR("");
	if (imap_parser_try_word(x.p, "CHARSET") &&
	    (!imap_parser_space(x.p) || !imap_parser_astring(x.p, &x.charset) ||
	     !imap_parser_space(x.p)))
		return false;
	/* RFC 6855 section 3: all strings are UTF-8 then. */
	if (x.charset.n > 0 && (c->state->enabled & IMAP_ENABLED_UTF8))
		return imap_parser_fail(x.p, "no CHARSET after ENABLE UTF8=ACCEPT");
	if (x.charset.n > 0 && !mail_charset_is_known(x.charset)) {
		s->is_charset_unknown = true;
		return true;
	}
	s->root = new_key(&x, IMAP_SEARCH_AND);
	return parse_keys(&x, s->root) && imap_parser_end(x.p);
}
