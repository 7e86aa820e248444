#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/config/config.h"
#include "src/mail/message.h"
#include "src/store/store.h"
#include "tests/transcripts/runner.h"

enum {
	MESSAGE_MAX_BYTES = 64 << 20,
	USUAL_DATE_S = 1795402645 /* 400 s before a story begins */
};

/* What stories need to look into an account: its password. */
struct known_account {
	struct known_account *next;
	struct str address, password;
};

struct world {
	struct arena *arena;
	char directory[64];
	const struct config *config;
	struct store_engine *engine;
	struct store *admin, *session, *dead;
	struct known_account *accounts;

	/* A message being written (mail ... M:) or compared (stored ... M:). */
	enum {
		WORLD_IDLE,
		WORLD_WRITING,
		WORLD_READING
	} mode;
	struct store_append_req append;
	struct buf text;
	struct str rest;
};

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

struct world *world_open(void)
{
	struct arena *a = arena_new(NULL);
	struct world *w = ARENA_NEW(a, struct world);
	struct store_options options;
	struct errinfo info = { 0 };

	w->arena = a;
	snprintf(w->directory, sizeof w->directory, "%s/tayori-story-XXXXXX",
	         access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(w->directory)) {
		arena_free(&a);
		return NULL;
	}
	w->config = config_defaults();
	options = (struct store_options){
		.engine = STR("sqlite"),
		.path = str_c(w->directory),
		.lanes = 1,
		.readers = 1,
		.undelete_ms = w->config->store.undelete_ms,
		.accept_log_ms = w->config->store.accept_log_ms,
		.zstd_level = w->config->store.zstd_level,
		.message_max_bytes = w->config->limits.message_max_bytes,
		.quota_default_bytes = w->config->store.quota_default_bytes,
		.argon2_memory_kib = 64,
		.argon2_passes = 1,
		.auth_threads = 1,
		.unsafe_no_sync = true,
	};
	if (store_engine_open(&options, &w->engine, &info)) {
		fprintf(stderr, "cannot open a store: %s\n", info.text);
		world_close(&w);
		return NULL;
	}
	w->admin = store_open_local(w->engine, STORE_CALLER_ADMIN);
	w->session = store_open_local(w->engine, STORE_CALLER_SESSION);
	return w;
}

void world_close(struct world **pointer)
{
	struct world *w = *pointer;

	*pointer = NULL;
	if (!w)
		return;
	if (w->dead)
		store_close(&w->dead);
	if (w->session)
		store_close(&w->session);
	if (w->admin)
		store_close(&w->admin);
	if (w->engine)
		store_engine_close(&w->engine);
	config_unref(&w->config);
	nftw(w->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_free(&w->arena);
}

struct store *world_session_store(struct world *w)
{
	return w->session;
}

struct store *world_dead_store(struct world *w)
{
	if (!w->dead) {
		w->dead = store_open_socket("/nonexistent/store.sock");
		store_set_timeout(w->dead, 0); /* the clock of a story stands still */
	}
	return w->dead;
}

static bool fail(struct world *w, struct buf *error, const char *what, enum err e)
{
	const struct errinfo *info = store_errinfo(w->admin);

	(void)!buf_printf(error, "%s: %s %s", what, err_name(e), info ? info->text : "");
	return false;
}

static bool add_domain(struct world *w, struct str name, struct str alias_of, struct buf *error)
{
	struct store_domain_add_req q = { .name = name, .alias_of = alias_of };
	struct store_domain_add_res r;
	enum err e = store_domain_add(w->admin, w->arena, &q, &r);

	return !e || e == ERR_EXISTS || fail(w, error, "domain", e);
}

static struct str domain_of(struct str address)
{
	ptrdiff_t at = str_rfind(address, '@');

	return at < 0 ? str_make(NULL, 0) : str_from(address, (size_t)at + 1);
}

/* account ADDRESS [password=TEXT] [quota=OCTETS] [messages=COUNT] [apop=TEXT] [state=locked|moving]
 */
static bool do_account(struct world *w, struct str rest, struct buf *error)
{
	struct store_account_add_req q = { .address = story_word(&rest),
		                           .password = STR("secret"),
		                           .language = STR("en") };
	struct store_account_set_req set = { .address = q.address };
	struct store_account_add_res r;
	struct known_account *known;
	struct str word, value;
	enum err e;

	while ((word = story_word(&rest)).n) {
		if (story_value(word, "password", &value))
			q.password = story_unescape(w->arena, value);
		else if (story_value(word, "quota", &value)) {
			if (!str_to_u64(value, UINT64_MAX, &q.quota_bytes))
				return fail(w, error, "quota", ERR_INVALID);
		} else if (story_value(word, "messages", &value)) {
			set.set |= STORE_ACCOUNT_QUOTA_MSGS;
			if (!str_to_u64(value, UINT64_MAX, &set.quota_msgs))
				return fail(w, error, "messages", ERR_INVALID);
		} else if (story_value(word, "apop", &value)) {
			set.set |= STORE_ACCOUNT_APOP;
			set.apop_secret = story_unescape(w->arena, value);
		} else if (story_value(word, "state", &value)) {
			set.set |= STORE_ACCOUNT_STATE;
			set.state = str_eq(value, STR("moving")) ? STORE_ACCOUNT_MOVING
			                                         : STORE_ACCOUNT_LOCKED;
		} else {
			return fail(w, error, "account: unknown word", ERR_INVALID);
		}
	}
	if (!add_domain(w, domain_of(q.address), str_make(NULL, 0), error))
		return false;
	e = store_account_add(w->admin, w->arena, &q, &r);
	if (!e && set.set)
		e = store_account_set(w->admin, &set);
	if (e)
		return fail(w, error, "account", e);
	known = ARENA_NEW(w->arena, struct known_account);
	*known = (struct known_account){ w->accounts, str_dup(w->arena, q.address), q.password };
	w->accounts = known;
	return true;
}

/* alias ADDRESS TARGET... */
static bool do_alias(struct world *w, struct str rest, struct buf *error)
{
	struct store_alias_add_req q = { .address = story_word(&rest) };

	if (!add_domain(w, domain_of(q.address), str_make(NULL, 0), error))
		return false;
	while ((q.target = story_word(&rest)).n) {
		enum err e = store_alias_add(w->admin, &q);

		if (e)
			return fail(w, error, "alias", e);
	}
	return true;
}

static bool log_in(struct world *w, struct str address, struct store_grant *grant_r,
                   struct buf *error)
{
	struct store_login_req q = { .user = address,
		                     .service = STR("test"),
		                     .peer = STR("127.0.0.1") };
	struct store_login_res r;
	enum err e;

	for (struct known_account *k = w->accounts; k; k = k->next)
		if (str_eq(k->address, address))
			q.password = k->password;
	e = store_login(w->admin, w->arena, &q, &r);
	if (e)
		return fail(w, error, "log in", e);
	*grant_r = r.grant;
	return true;
}

static uint32_t flag_of(struct str word)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} flags[] = {
		{ "\\Seen", STORE_FLAG_SEEN },       { "\\Answered", STORE_FLAG_ANSWERED },
		{ "\\Flagged", STORE_FLAG_FLAGGED }, { "\\Deleted", STORE_FLAG_DELETED },
		{ "\\Draft", STORE_FLAG_DRAFT },
	};

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (str_ieq(word, str_c(flags[i].name)))
			return flags[i].flag;
	return 0;
}

/* The header that most stories can do with, so that they need to say no more than a subject. */
static bool add_usual_header(struct world *w, struct str to, struct str subject)
{
	return !buf_printf(&w->text,
	                   "From: Bob <bob@example.net>\r\nTo: %.*s\r\nSubject: %.*s\r\n"
	                   "Date: Mon, 23 Nov 2026 12:34:56 +0900\r\n"
	                   "Message-ID: <%.*s@example.net>\r\n\r\n",
	                   STR_ARG(to), STR_ARG(subject), STR_ARG(subject));
}

/*
 * mail ADDRESS [MAILBOX] [\Flag...] [date=MILLISECONDS] [uidl=TEXT] [subject=WORD], then M: lines;
 * with a subject they are the body, below the usual header
 */
static bool do_mail(struct world *w, struct str rest, struct buf *error)
{
	struct str address = story_word(&rest), subject = STR(""), word, value;
	uint64_t date;

	w->append = (struct store_append_req){ .mailbox = STR("INBOX"), .body_fd = -1 };
	if (!log_in(w, address, &w->append.grant, error))
		return false;
	while ((word = story_word(&rest)).n) {
		if (word.p[0] == '\\')
			w->append.flags |= flag_of(word);
		else if (story_value(word, "date", &value) && str_to_u64(value, INT64_MAX, &date))
			w->append.internaldate_ms = (int64_t)date;
		else if (story_value(word, "uidl", &value))
			w->append.uidl = value;
		else if (story_value(word, "subject", &value))
			subject = value;
		else
			w->append.mailbox = word;
	}
	w->mode = WORLD_WRITING;
	w->text = buf_in(w->arena, MESSAGE_MAX_BYTES);
	if (!subject.n)
		return true;
	if (!w->append.internaldate_ms)
		w->append.internaldate_ms = USUAL_DATE_S * INT64_C(1000);
	return add_usual_header(w, address, subject);
}

static bool finish_mail(struct world *w, struct buf *error)
{
	struct mail_message m;
	struct store_append_res r;
	enum err e;

	w->append.body = buf_str(&w->text);
	w->append.body_size = w->text.n;
	mail_message_parse(w->arena, w->append.body, NULL, &m);
	w->append.meta = (struct store_meta){
		.hdr_size = m.hdr_size,
		.lines = m.lines,
		.envelope = m.envelope,
		.body = m.body,
		.bodystructure = m.bodystructure,
		.parts = m.parts,
		.preview = m.preview,
		.message_id = m.message_id,
	};
	e = store_append(w->admin, w->arena, &w->append, &r);
	return !e || fail(w, error, "mail", e);
}

/* Read the `index`th message of a mailbox whole. */
static bool read_message(struct world *w, struct str address, struct str name, uint64_t index,
                         struct buf *error)
{
	struct store_select_req sq = { .name = name, .is_examine = true };
	struct store_select_res sr;
	struct store_range range = { index, index };
	struct store_fetch_req fq = { .fields = STORE_FETCH_SIZE, .max = 1 };
	struct store_fetch_res fr;
	struct store_read_req rq = { .size = 1 << 20 };
	struct store_read_res rr;
	enum err e;

	if (!log_in(w, address, &sq.grant, error))
		return false;
	e = store_select(w->admin, w->arena, &sq, &sr);
	if (e)
		return fail(w, error, "select", e);
	fq.grant = rq.grant = sq.grant;
	fq.mailbox_id = rq.mailbox_id = sr.mailbox.id;
	fq.view = sr.view;
	fq.set = (struct store_set){ .ranges = &range, .n_ranges = 1 };
	e = store_fetch(w->admin, w->arena, &fq, &fr);
	if (e || fr.n_messages != 1)
		return fail(w, error, "no such message", e);
	w->text = buf_in(w->arena, MESSAGE_MAX_BYTES);
	for (rq.uid = fr.messages[0].uid; rq.offset < fr.messages[0].size;
	     rq.offset += rr.octets.n) {
		e = store_read(w->admin, w->arena, &rq, &rr);
		if (e || !rr.octets.n || buf_add(&w->text, rr.octets))
			return fail(w, error, "read", e);
	}
	w->mode = WORLD_READING;
	w->rest = buf_str(&w->text);
	return true;
}

/* stored ADDRESS [MAILBOX] [INDEX], then M: lines */
static bool do_stored(struct world *w, struct str rest, struct buf *error)
{
	struct str address = story_word(&rest), name = story_word(&rest),
		   number = story_word(&rest);
	uint64_t index = 1;

	if (number.n && !str_to_u64(number, UINT32_MAX, &index))
		return fail(w, error, "stored: not a number", ERR_INVALID);
	return read_message(w, address, name.n ? name : STR("INBOX"), index, error);
}

/* exists ADDRESS MAILBOX COUNT [bytes=COUNT] */
static bool do_exists(struct world *w, struct str rest, struct buf *error)
{
	struct store_mailbox_get_req q = { 0 };
	struct store_mailbox_get_res r;
	struct str address = story_word(&rest), value;
	uint64_t count, bytes = 0;
	bool has_bytes;
	enum err e;

	q.name = story_word(&rest);
	if (!str_to_u64(story_word(&rest), UINT64_MAX, &count) ||
	    !log_in(w, address, &q.grant, error))
		return fail(w, error, "exists: ADDRESS MAILBOX COUNT is wanted", ERR_INVALID);
	e = store_mailbox_get(w->admin, w->arena, &q, &r);
	if (e)
		return fail(w, error, "exists", e);
	has_bytes = story_value(story_word(&rest), "bytes", &value) &&
	            str_to_u64(value, UINT64_MAX, &bytes);
	if (r.mailbox.msgs == count && (!has_bytes || r.mailbox.bytes == bytes))
		return true;
	(void)!buf_printf(error, "%llu messages of %llu octets in all",
	                  (unsigned long long)r.mailbox.msgs, (unsigned long long)r.mailbox.bytes);
	return false;
}

/* queued COUNT [RCPT [SENDER]]: so many rows in the queue, one of which is for RCPT (a pattern). */
static bool do_queued(struct world *w, struct str rest, struct buf *error)
{
	struct store_queue_list_req q = { .max = 100 };
	struct store_queue_list_res r;
	struct str rcpt, sender;
	uint64_t count;
	enum err e;

	if (!str_to_u64(story_word(&rest), UINT32_MAX, &count))
		return fail(w, error, "queued: a number is wanted", ERR_INVALID);
	rcpt = story_word(&rest);
	sender = story_word(&rest);
	e = store_queue_list(w->admin, w->arena, &q, &r);
	if (e)
		return fail(w, error, "queued", e);
	if (r.n_items != count) {
		(void)!buf_printf(error, "%zu rows in the queue", r.n_items);
		return false;
	}
	for (size_t i = 0; i < r.n_items; i++)
		if (story_match(rcpt, r.items[i].rcpt) &&
		    (!sender.n || story_match(sender, r.items[i].sender)))
			return true;
	return !rcpt.n || fail(w, error, "no such row in the queue", ERR_NOTFOUND);
}

static void next_message_line(struct world *w, struct str *line_r)
{
	str_cut(&w->rest, '\n', line_r);
	if (line_r->n && line_r->p[line_r->n - 1] == '\r')
		line_r->n--;
}

/* M: the next line; M~ skip to a line; M! no line from here on; M. the end. */
static bool do_message_line(struct world *w, const struct story_line *l, struct buf *error)
{
	unsigned char what = l->verb.p[1];
	struct str line = { 0 };

	if (w->mode == WORLD_WRITING && what == ':')
		return !buf_add(&w->text, l->rest) && !buf_add_c(&w->text, "\r\n");
	if (w->mode == WORLD_WRITING && what == '>')
		return !buf_add(&w->text, story_unescape(w->arena, l->rest));
	if (w->mode != WORLD_READING)
		return fail(w, error, "M: without mail or stored", ERR_INVALID);
	if (what == '.') {
		if (!w->rest.n)
			return true;
		(void)!buf_printf(error, "more follows: \"%.*s\"",
		                  STR_ARG(str_first(w->rest, 200)));
		return false;
	}
	if (what == '!') {
		struct str all = w->rest;

		while (w->rest.n) {
			next_message_line(w, &line);
			if (story_match(l->rest, line)) {
				(void)!buf_printf(error, "there is such a line: \"%.*s\"",
				                  STR_ARG(line));
				return false;
			}
		}
		w->rest = all;
		return true;
	}
	while (w->rest.n) {
		next_message_line(w, &line);
		if (story_match(l->rest, line))
			return true;
		if (what != '~')
			break;
	}
	(void)!buf_printf(error, "the message has \"%.*s\"", STR_ARG(str_first(line, 200)));
	return false;
}

bool world_line(struct world *w, const struct story_line *l, bool *is_known_r, struct buf *error)
{
	static const struct {
		const char *verb;
		bool (*fn)(struct world *w, struct str rest, struct buf *error);
	} verbs[] = {
		{ "account", do_account }, { "alias", do_alias },   { "mail", do_mail },
		{ "stored", do_stored },   { "exists", do_exists }, { "queued", do_queued },
	};

	*is_known_r = true;
	if (l->verb.n == 2 && l->verb.p[0] == 'M')
		return do_message_line(w, l, error);
	if (w->mode == WORLD_WRITING && !finish_mail(w, error))
		return false;
	w->mode = WORLD_IDLE;
	if (str_eq(l->verb, STR("domain"))) {
		struct str rest = l->rest, name = story_word(&rest), alias_of = { 0 };

		story_value(story_word(&rest), "alias_of", &alias_of);
		return add_domain(w, name, alias_of, error);
	}
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (str_eq(l->verb, str_c(verbs[i].verb)))
			return verbs[i].fn(w, l->rest, error);
	*is_known_r = false;
	return true;
}
