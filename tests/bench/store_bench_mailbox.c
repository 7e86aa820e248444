/*
 * The verbs of a client on one large mailbox, in one process.
 */
#include <stdio.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "tests/bench/store_bench.h"

enum {
	MESSAGES = 100000,
	MESSAGE = 2048,
	SELECTS = 100
};

struct large {
	struct store *st;
	struct arena *a;
	struct store_grant grant;
	struct store_select_res box;
	double started;
};

static void start(struct large *l)
{
	l->started = seconds_now(CLOCK_MONOTONIC);
}

static void report(const struct large *l, const char *what, uint64_t n)
{
	double took = seconds_now(CLOCK_MONOTONIC) - l->started;

	printf("%-40s %7llu in %8.1f ms: %7.2f us each\n", what, (unsigned long long)n, took * 1e3,
	       took * 1e6 / (double)n);
	fflush(stdout);
}

static void log_in(struct large *l)
{
	struct store_account_add_res made;
	struct store_login_res in;

	bench_check(l->st, store_account_add(l->st, l->a,
	                                     &(struct store_account_add_req){
						     .address = STR("large@example.org"),
						     .password = STR("{PLAIN}pass"),
						     .is_hashed = true,
						     .quota_bytes = STORE_QUOTA_NONE,
						     .language = STR("en"),
					     },
	                                     &made));
	bench_check(l->st, store_login(l->st, l->a,
	                               &(struct store_login_req){
					       .user = STR("large@example.org"),
					       .password = STR("pass"),
				       },
	                               &in));
	l->grant = in.grant;
}

static void select_box(struct large *l)
{
	bench_check(l->st, store_select(l->st, l->a,
	                                &(struct store_select_req){ .grant = l->grant,
	                                                            .name = STR("INBOX") },
	                                &l->box));
}

static void append(struct large *l)
{
	static unsigned char text[MESSAGE];
	struct store_append_res r;

	make_message(text, sizeof(text), 1);
	bench_check(l->st, store_append(l->st, l->a,
	                                &(struct store_append_req){
						.grant = l->grant,
						.mailbox = STR("INBOX"),
						.meta = make_meta(str_make(text, sizeof(text))),
						.body = str_make(text, sizeof(text)),
						.body_fd = -1,
						.body_size = sizeof(text),
					},
	                                &r));
}

static struct store_set up_to(struct large *l, uint64_t last)
{
	struct store_range *range = ARENA_NEW(l->a, struct store_range);

	*range = (struct store_range){ 1, last };
	return (struct store_set){ .is_uid = true, .ranges = range, .n_ranges = 1 };
}

/* Each message is a copy of the first. */
static void fill(struct large *l)
{
	append(l);
	select_box(l);
	start(l);
	while (l->box.exists < MESSAGES) {
		uint64_t left = MESSAGES - l->box.exists;
		struct store_copy_req q = {
			.grant = l->grant,
			.mailbox_id = l->box.mailbox.id,
			.view = l->box.view,
			.target = STR("INBOX"),
			.set = up_to(l, left < l->box.exists ? left : l->box.exists),
		};
		struct store_copy_res r;

		bench_check(l->st, store_copy(l->st, l->a, &q, &r));
		select_box(l);
	}
	report(l, "COPY upon itself", MESSAGES);
}

static void fetch(struct large *l, const char *what, uint32_t fields)
{
	struct store_fetch_req q = { .grant = l->grant,
		                     .mailbox_id = l->box.mailbox.id,
		                     .view = l->box.view,
		                     .set = up_to(l, STORE_STAR),
		                     .fields = fields };
	struct store_fetch_res r = { .has_more = true };
	struct arena *a = arena_new(NULL);
	uint64_t n = 0;

	start(l);
	while (r.has_more) {
		arena_reset(a);
		bench_check(l->st, store_fetch(l->st, a, &q, &r));
		n += r.n_messages;
		q.after_uid = r.n_messages ? r.messages[r.n_messages - 1].uid : 0;
	}
	report(l, what, n);
	arena_free(&a);
}

static void change_flags(struct large *l, const char *what, uint32_t flags, bool is_silent)
{
	struct store_store_flags_req q = { .grant = l->grant,
		                           .mailbox_id = l->box.mailbox.id,
		                           .view = l->box.view,
		                           .set = up_to(l, STORE_STAR),
		                           .op = STORE_FLAGS_ADD,
		                           .flags = flags,
		                           .is_silent = is_silent };
	struct store_store_flags_res r;

	start(l);
	bench_check(l->st, store_store_flags(l->st, l->a, &q, &r));
	report(l, what, l->box.exists);
}

static void expunge(struct large *l)
{
	struct store_expunge_req q = { .grant = l->grant,
		                       .mailbox_id = l->box.mailbox.id,
		                       .view = l->box.view };
	struct store_expunge_res r = { .has_more = true };
	uint64_t n = 0;

	start(l);
	while (r.has_more) {
		bench_check(l->st, store_expunge(l->st, l->a, &q, &r));
		n += r.count;
	}
	report(l, "EXPUNGE", n);
}

static void select_often(struct large *l, const char *what, bool has_news)
{
	start(l);
	for (unsigned i = 0; i < SELECTS; i++) {
		if (has_news)
			append(l);
		select_box(l);
	}
	report(l, what, SELECTS);
}

void bench_mailbox(struct store_engine *engine)
{
	struct large l = { .st = store_open_local(engine, STORE_CALLER_ADMIN),
		           .a = arena_new(NULL) };

	log_in(&l);
	fill(&l);
	select_often(&l, "SELECT", false);
	fetch(&l, "FETCH (UID)", 0);
	fetch(&l, "FETCH (FLAGS)", STORE_FETCH_FLAGS);
	fetch(&l, "FETCH (ENVELOPE RFC822.SIZE)", STORE_FETCH_ENVELOPE | STORE_FETCH_SIZE);
	fetch(&l, "FETCH (BODY[])", STORE_FETCH_OCTETS);
	change_flags(&l, "STORE +FLAGS", STORE_FLAG_SEEN, false);
	change_flags(&l, "STORE +FLAGS.SILENT", STORE_FLAG_DELETED, true);
	select_often(&l, "SELECT, all seen", false);
	select_often(&l, "APPEND and SELECT, all older ones seen", true);
	expunge(&l);
	arena_free(&l.a);
	store_close(&l.st);
}
