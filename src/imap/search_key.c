/*
 * The keys of SEARCH (RFC 3501 and RFC 9051 section 6.4.4, RFC 5032, RFC 5182, RFC 7162 section
 * 3.1.5, RFC 8474, RFC 8514) as a tree. Within AND and OR cheap keys come first, so that a body is
 * read only when nothing else decides.
 */
#include <string.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/imap/search_priv.h"
#include "src/mail/charset.h"
#include "src/mail/date.h"
#include "src/mail/envelope.h"

enum {
	STRING_MAX = 65536,
	NO_ID = 0 /* never the id of a message */
};

struct parse {
	struct imap_cmd *c;
	struct imap_parser *p;
	struct imap_search *search;
	struct str charset;
	uint64_t largest_uid;
	unsigned depth;
};

/* What follows the name of a key. */
enum argument {
	NOTHING,
	DAY,      /* a date: messages of that day */
	BEFORE,   /* a date: days before it */
	SINCE,    /* a date: that day and later ones */
	ABOVE,    /* a size */
	BELOW,    /* a size */
	OLDER,    /* seconds (RFC 5032) */
	YOUNGER,  /* seconds */
	STRING,   /* text to look for */
	ATOM,     /* a keyword */
	OBJECTID, /* of RFC 8474 */
};

static const struct key_form {
	const char *name;
	enum imap_search_kind kind;
	enum argument argument;
	enum imap_search_cost cost;
	uint32_t value; /* flags, or the field of ENVELOPE */
	bool is_not;
} forms[] = {
	{ "ALL", IMAP_SEARCH_ALL },
	{ "ANSWERED", IMAP_SEARCH_FLAG, .value = STORE_FLAG_ANSWERED },
	{ "BCC", IMAP_SEARCH_ENVELOPE, STRING, IMAP_COST_ENVELOPE, MAIL_ENVELOPE_BCC },
	{ "BEFORE", IMAP_SEARCH_DATE, BEFORE },
	{ "BODY", IMAP_SEARCH_BODY, STRING, IMAP_COST_BODY },
	{ "CC", IMAP_SEARCH_ENVELOPE, STRING, IMAP_COST_ENVELOPE, MAIL_ENVELOPE_CC },
	{ "DELETED", IMAP_SEARCH_FLAG, .value = STORE_FLAG_DELETED },
	{ "DRAFT", IMAP_SEARCH_FLAG, .value = STORE_FLAG_DRAFT },
	{ "EMAILID", IMAP_SEARCH_EMAILID, OBJECTID },
	{ "FLAGGED", IMAP_SEARCH_FLAG, .value = STORE_FLAG_FLAGGED },
	{ "FROM", IMAP_SEARCH_ENVELOPE, STRING, IMAP_COST_ENVELOPE, MAIL_ENVELOPE_FROM },
	{ "KEYWORD", IMAP_SEARCH_KEYWORD, ATOM },
	{ "LARGER", IMAP_SEARCH_SIZE, ABOVE },
	{ "OLDER", IMAP_SEARCH_DATE, OLDER },
	{ "ON", IMAP_SEARCH_DATE, DAY },
	{ "SAVEDATESUPPORTED", IMAP_SEARCH_ALL },
	{ "SAVEDBEFORE", IMAP_SEARCH_SAVED, BEFORE },
	{ "SAVEDON", IMAP_SEARCH_SAVED, DAY },
	{ "SAVEDSINCE", IMAP_SEARCH_SAVED, SINCE },
	{ "SEEN", IMAP_SEARCH_FLAG, .value = STORE_FLAG_SEEN },
	{ "SENTBEFORE", IMAP_SEARCH_SENT, BEFORE, IMAP_COST_ENVELOPE },
	{ "SENTON", IMAP_SEARCH_SENT, DAY, IMAP_COST_ENVELOPE },
	{ "SENTSINCE", IMAP_SEARCH_SENT, SINCE, IMAP_COST_ENVELOPE },
	{ "SINCE", IMAP_SEARCH_DATE, SINCE },
	{ "SMALLER", IMAP_SEARCH_SIZE, BELOW },
	{ "SUBJECT", IMAP_SEARCH_ENVELOPE, STRING, IMAP_COST_ENVELOPE, MAIL_ENVELOPE_SUBJECT },
	{ "TEXT", IMAP_SEARCH_TEXT, STRING, IMAP_COST_BODY },
	{ "THREADID", IMAP_SEARCH_THREADID, OBJECTID },
	{ "TO", IMAP_SEARCH_ENVELOPE, STRING, IMAP_COST_ENVELOPE, MAIL_ENVELOPE_TO },
	{ "UNANSWERED", IMAP_SEARCH_FLAG, .value = STORE_FLAG_ANSWERED, .is_not = true },
	{ "UNDELETED", IMAP_SEARCH_FLAG, .value = STORE_FLAG_DELETED, .is_not = true },
	{ "UNDRAFT", IMAP_SEARCH_FLAG, .value = STORE_FLAG_DRAFT, .is_not = true },
	{ "UNFLAGGED", IMAP_SEARCH_FLAG, .value = STORE_FLAG_FLAGGED, .is_not = true },
	{ "UNKEYWORD", IMAP_SEARCH_KEYWORD, ATOM, .is_not = true },
	{ "UNSEEN", IMAP_SEARCH_FLAG, .value = STORE_FLAG_SEEN, .is_not = true },
	{ "YOUNGER", IMAP_SEARCH_DATE, YOUNGER },
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

/* Days as they are counted for this key: days since 1970, or milliseconds. */
static bool parse_days(struct parse *x, const struct key_form *form, struct imap_search_key *key)
{
	int64_t unit = form->kind == IMAP_SEARCH_SENT ? 1 : MAIL_DATE_DAY_MS;
	int64_t day;

	if (!imap_parser_date(x->p, &day))
		return false;
	key->from = form->argument == BEFORE ? INT64_MIN : day * unit;
	key->to = form->argument == SINCE    ? INT64_MAX
	          : form->argument == BEFORE ? day * unit - 1
	                                     : (day + 1) * unit - 1;
	return true;
}

static bool parse_size(struct parse *x, const struct key_form *form, struct imap_search_key *key)
{
	uint64_t size;

	if (!imap_parser_number(x->p, 0, INT64_MAX - 1, &size))
		return false;
	key->from = form->argument == ABOVE ? (int64_t)size + 1 : 0;
	key->to = form->argument == ABOVE ? INT64_MAX : (int64_t)size - 1;
	return true;
}

/* Seconds from now, inclusive (RFC 5032 section 3). */
static bool parse_interval(struct parse *x, const struct key_form *form,
                           struct imap_search_key *key)
{
	uint64_t seconds;
	int64_t then;

	if (!imap_parser_number(x->p, 1, UINT32_MAX, &seconds))
		return false;
	then = clock_wall_ms() - (int64_t)seconds * 1000;
	key->from = form->argument == OLDER ? INT64_MIN : then;
	key->to = form->argument == OLDER ? then : INT64_MAX;
	return true;
}

/* What is no id of ours belongs to no message: that is no error (RFC 8474 section 6). */
static bool parse_objectid(struct parse *x, struct imap_search_key *key)
{
	enum imap_object kind = key->kind == IMAP_SEARCH_EMAILID ? IMAP_OBJECT_EMAIL
	                                                         : IMAP_OBJECT_THREAD;
	struct str id;

	if (!imap_parser_astring(x->p, &id))
		return false;
	if (!imap_objectid_parse(id, kind, &key->number))
		key->number = NO_ID;
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
	case BEFORE:
	case SINCE:
		return parse_days(x, form, key);
	case ABOVE:
	case BELOW:
		return parse_size(x, form, key);
	case OLDER:
	case YOUNGER:
		return parse_interval(x, form, key);
	case STRING:
		return parse_text(x, &key->text);
	case ATOM:
		return imap_parser_atom(x->p, &key->name);
	case OBJECTID:
		return parse_objectid(x, key);
	case NOTHING:
		break;
	}
	return true;
}

/* The largest UID in the view; 0 when it is empty, or the store is in trouble. */
static uint64_t find_largest(struct parse *x)
{
	static const struct store_range star = { STORE_STAR, STORE_STAR };
	struct store_numbers_req q = {
		.grant = x->c->state->grant,
		.mailbox_id = x->c->state->mailbox.id,
		.view = x->c->state->mailbox.view,
		.set = { .is_uid = true, .ranges = &star, .n_ranges = 1 },
	};
	struct store_numbers_res r = { 0 };

	if (!x->largest_uid && x->c->state->mailbox.exists > 0 && !x->search->err)
		x->search->err = store_numbers(x->c->store, x->c->a, &q, &r);
	if (r.n_uids > 0)
		x->largest_uid = r.uids[0].first;
	return x->largest_uid;
}

/* Put the last message in the place of "*", and leave out what is beyond it when `is_cut`. */
static void resolve_set(struct imap_set *set, uint64_t largest, bool is_cut)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++) {
		struct store_range r = set->ranges[i];

		if (r.last == STORE_STAR) {
			uint64_t end = r.first == STORE_STAR ? largest : r.first;

			r.first = end < largest ? end : largest;
			r.last = end < largest ? largest : end;
		}
		if (is_cut && r.last > largest)
			r.last = largest;
		if (r.first > 0 && r.first <= r.last)
			set->ranges[n++] = r;
	}
	set->n = n;
	imap_set_normalise(set->ranges, &set->n);
}

/* Numbers beyond the mailbox match nothing; "*" is the last message, "$" the last result. */
static bool parse_set(struct parse *x, bool is_uid, struct imap_search_key **key_r)
{
	struct imap_search_key *key = new_key(x, IMAP_SEARCH_SET);
	struct imap_set set;

	if (!imap_parser_set(x->p, &set))
		return false;
	*key_r = key;
	if (set.is_saved) {
		is_uid = true;
		set.n = imap_saved_get(x->c, &set.ranges);
	} else if (!is_uid) {
		resolve_set(&set, x->c->state->mailbox.exists, true);
	} else {
		resolve_set(&set, set.has_star ? find_largest(x) : 0, false);
	}
	key->set = (struct store_set){ .is_uid = is_uid, .ranges = set.ranges, .n_ranges = set.n };
	return true;
}

static bool parse_key(struct parse *x, struct imap_search_key **key_r);

/* Keys with spaces between, up to something else. */
static bool parse_keys(struct parse *x, struct imap_search_key *parent)
{
	do {
		struct imap_search_key *key = NULL;

		if (!parse_key(x, &key) || !key)
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

/*
 * HEADER. Fields that stand in ENVELOPE as they are, and that a message may have once only (RFC
 * 5322 section 3.6), are looked for there: Message-ID, above all, which many clients search for.
 */
static bool parse_header(struct parse *x, struct imap_search_key **key_r)
{
	static const struct {
		const char *name;
		enum mail_envelope_field field;
	} kept[] = {
		{ "Message-ID", MAIL_ENVELOPE_MESSAGE_ID },
		{ "Subject", MAIL_ENVELOPE_SUBJECT },
		{ "In-Reply-To", MAIL_ENVELOPE_IN_REPLY_TO },
		{ "Date", MAIL_ENVELOPE_DATE },
	};
	struct imap_search_key *key = new_key(x, IMAP_SEARCH_HEADER);

	key->cost = IMAP_COST_HEADER;
	*key_r = key;
	if (!imap_parser_space(x->p) || !imap_parser_astring(x->p, &key->name) ||
	    !imap_parser_space(x->p) || !parse_text(x, &key->text))
		return false;
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
		if (!str_ieq(key->name, str_c(kept[i].name)))
			continue;
		key->kind = IMAP_SEARCH_ENVELOPE;
		key->cost = IMAP_COST_ENVELOPE;
		key->number = kept[i].field;
	}
	return true;
}

/* MODSEQ [entry-name SP entry-type] SP number: we keep one MODSEQ for all flags (RFC 7162
 * section 3.1.5). */
static bool parse_modseq(struct parse *x, struct imap_search_key **key_r)
{
	struct imap_search_key *key = new_key(x, IMAP_SEARCH_MODSEQ);
	struct str ignored;

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

/* RECENT: the UIDs that this session was the first to be told. */
static struct imap_search_key *make_recent(struct parse *x)
{
	struct imap_search_key *key = new_key(x, IMAP_SEARCH_SET);
	struct store_range *uids = ARENA_NEW(x->c->a, struct store_range);

	*uids = (struct store_range){ x->c->state->mailbox.recent_from, UINT32_MAX };
	key->set = (struct store_set){ .is_uid = true, .ranges = uids, .n_ranges = 1 };
	return key;
}

/* NEW is RECENT UNSEEN. */
static struct imap_search_key *make_new(struct parse *x)
{
	struct imap_search_key *seen = new_key(x, IMAP_SEARCH_FLAG);
	struct imap_search_key *both = new_key(x, IMAP_SEARCH_AND);

	seen->flags = STORE_FLAG_SEEN;
	add_inside(both, make_recent(x));
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
		key->flags = form->value;
		key->number = form->value;
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
	if (p->rest.n > 0 && strchr("0123456789*$", p->rest.p[0]) && p->rest.p[0])
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
	if (str_ieq(name, STR("NEW")) || str_ieq(name, STR("RECENT"))) {
		*key_r = name.n == 3 ? make_new(x) : make_recent(x);
		return true;
	}
	if (str_ieq(name, STR("OLD"))) {
		*key_r = negate(x, make_recent(x));
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

/* Without CHARSET it is US-ASCII (UTF-8 for IMAP4rev2); what is sent beyond that is guessed. */
static bool parse_charset(struct parse *x)
{
	if (!imap_parser_try_word(x->p, "CHARSET"))
		return true;
	/* RFC 6855 section 3. */
	if (x->c->state->enabled & IMAP_ENABLED_UTF8)
		return imap_parser_fail(x->p, "no CHARSET, because UTF8=ACCEPT is enabled");
	return imap_parser_space(x->p) && imap_parser_astring(x->p, &x->charset) &&
	       imap_parser_space(x->p);
}

bool imap_search_parse(struct imap_cmd *c, struct str charset, struct imap_search *s)
{
	struct parse x = { .c = c, .p = &c->in, .search = s, .charset = charset };

	if (charset.n == 0 && !parse_charset(&x))
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
