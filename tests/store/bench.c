/*
 * What the store's verbs cost in one process, without sockets: store_bench [MESSAGES [THREADS]].
 *
 * SQLite in a directory of its own with fsync (TAYORI_BENCH_NO_SYNC unset), or PostgreSQL when
 * with_postgres runs it.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/base/random.h"
#include "tests/store/fixture.h"

struct times {
	int64_t wall_ms;
	double cpu_s;
};

static struct times now(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (struct times){
		.wall_ms = clock_mono_ms(),
		.cpu_s = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
	};
}

static void report(const char *what, struct times start, uint64_t n)
{
	struct times end = now();
	double wall_s = (double)(end.wall_ms - start.wall_ms) / 1000.0;

	printf("%-44s %8llu  %10.1f/s  %8.1f us CPU each  %8.3f s\n", what, (unsigned long long)n,
	       (double)n / (wall_s > 0 ? wall_s : 0.001),
	       (end.cpu_s - start.cpu_s) * 1e6 / (double)n, wall_s);
}

struct sender {
	struct fixture *f;
	const struct store_grant *grants;
	struct str body;
	struct store_meta meta;
	unsigned n, n_rcpts;
	pthread_t thread;
};

static void *send_all(void *arg)
{
	struct sender *s = arg;
	struct store *st = store_open_local(s->f->engine, STORE_CALLER_SESSION);
	struct arena *a = arena_new(NULL);
	struct store_rcpt rcpts[50];

	for (unsigned i = 0; i < s->n; i++) {
		unsigned char key[16];
		struct store_ids_res ids;
		struct store_accept_req q;
		struct store_accept_res r;

		for (unsigned k = 0; k < s->n_rcpts; k++)
			rcpts[k] = (struct store_rcpt){
				.rcpt = STR("someone@example.org"),
				.kind = STORE_ROUTE_LOCAL,
				.account_id = s->grants[(i + k) % 50].account_id,
				.address = STR("someone@example.org"),
				.prefix = STR("Return-Path: <bob@example.net>\r\nDelivered-To: "
				              "someone@example.org\r\n"),
			};
		random_fill(key, sizeof(key));
		must(!store_ids(st, a, &(struct store_ids_req){ .count = 1 }, &ids));
		q = (struct store_accept_req){
			.accept_key = str_make(key, 16),
			.msg_id = ids.first,
			.sender = STR("bob@example.net"),
			.source = STR("[192.0.2.1] client.example.net"),
			.wants_duplicate_check = true,
			.meta = s->meta,
			.body = s->body,
			.body_fd = -1,
			.rcpts = rcpts,
			.n_rcpts = s->n_rcpts,
		};
		q.meta.message_id = str_printf(a, "<%llx@example.net>",
		                               (unsigned long long)random_u64());
		must(!store_accept(st, a, &q, &r));
		must(r.results[0].fate == STORE_FATE_DELIVERED || store_testing_is_postgres());
		arena_reset(a);
	}
	arena_free(&a);
	store_close(&st);
	return NULL;
}

static void bench_accept(struct fixture *f, const struct store_grant *grants, const char *what,
                         size_t size, unsigned n, unsigned threads, unsigned n_rcpts)
{
	struct sender *senders = calloc(threads, sizeof(*senders));
	struct str body = fixture_message(f, 1, size);
	struct times start;

	must(senders);
	start = now();
	for (unsigned i = 0; i < threads; i++) {
		senders[i] = (struct sender){ .f = f,
			                      .grants = grants,
			                      .body = body,
			                      .meta = fixture_meta(f, body),
			                      .n = n / threads,
			                      .n_rcpts = n_rcpts };
		senders[i].meta.envelope = str_printf(f->a, "%0*d", 400, 1);
		senders[i].meta.bodystructure = str_printf(f->a, "%0*d", 200, 1);
		must(!pthread_create(&senders[i].thread, NULL, send_all, &senders[i]));
	}
	for (unsigned i = 0; i < threads; i++)
		pthread_join(senders[i].thread, NULL);
	report(what, start, n / threads * threads);
	free(senders);
}

static void bench_mailbox(struct fixture *f, unsigned n)
{
	struct store_grant ann = fixture_account(f, "large");
	struct str body = fixture_message(f, 1, 300);
	struct store_fetch_req fetch = { .grant = ann, .fields = STORE_FETCH_FLAGS, .max = 10000 };
	struct store_fetch_res got;
	struct store_select_res s;
	struct store_store_flags_res flagged;
	struct times start;
	uint64_t fetched = 0;

	fixture_append(f, ann, "INBOX", body, 0);
	start = now();
	for (uint64_t have = 1; have < n; have *= 2) {
		struct store_copy_req q = { .grant = ann,
			                    .target = STR("INBOX"),
			                    .set = fixture_set(f, true, 1, have) };
		struct store_copy_res r;

		s = fixture_select(f, ann, "INBOX");
		q.mailbox_id = s.mailbox.id;
		q.view = s.view;
		assert_ok(store_copy(f->admin, f->a, &q, &r));
	}
	s = fixture_select(f, ann, "INBOX");
	report("COPY, messages", start, s.exists);
	start = now();
	for (unsigned i = 0; i < 100; i++)
		s = fixture_select(f, ann, "INBOX");
	report("SELECT of that mailbox", start, 100);
	fetch.mailbox_id = s.mailbox.id;
	fetch.view = s.view;
	fetch.set = fixture_set(f, false, 1, STORE_STAR);
	start = now();
	do {
		assert_ok(store_fetch(f->admin, f->a, &fetch, &got));
		fetched += got.n_messages;
		fetch.after_uid = got.messages[got.n_messages - 1].uid;
	} while (got.has_more);
	report("FETCH 1:* (FLAGS), messages", start, fetched);
	fetch.fields = STORE_FETCH_ENVELOPE | STORE_FETCH_SIZE;
	fetch.after_uid = fetched = 0;
	start = now();
	do {
		assert_ok(store_fetch(f->admin, f->a, &fetch, &got));
		fetched += got.n_messages;
		fetch.after_uid = got.messages[got.n_messages - 1].uid;
	} while (got.has_more && fetched < 20000);
	report("FETCH (ENVELOPE RFC822.SIZE), messages", start, fetched);
	start = now();
	assert_ok(store_store_flags(
		f->admin, f->a,
		&(struct store_store_flags_req){ .grant = ann,
	                                         .mailbox_id = s.mailbox.id,
	                                         .view = s.view,
	                                         .set = fixture_set(f, false, 1, STORE_STAR),
	                                         .op = STORE_FLAGS_ADD,
	                                         .flags = STORE_FLAG_SEEN | STORE_FLAG_DELETED },
		&flagged));
	report("STORE 1:* +FLAGS, messages", start, flagged.n_changed);
	start = now();
	for (unsigned i = 0; i < 100; i++)
		s = fixture_select(f, ann, "INBOX");
	report("SELECT, all seen", start, 100);
	fixture_append(f, ann, "INBOX", body, 0);
	start = now();
	for (unsigned i = 0; i < 100; i++) {
		fixture_append(f, ann, "INBOX", body, 0);
		s = fixture_select(f, ann, "INBOX");
	}
	report("APPEND and SELECT, all older ones seen", start, 100);
	start = now();
	assert_ok(store_expunge(
		f->admin, f->a,
		&(struct store_expunge_req){ .grant = ann, .mailbox_id = s.mailbox.id },
		&(struct store_expunge_res){ 0 }));
	report("EXPUNGE, messages", start, s.exists);
}

int main(int argc, char **argv)
{
	static struct fixture f;
	struct store_grant grants[50];
	uint64_t n = 20000, threads = 20;
	struct errinfo info = { 0 };
	struct times start;

	if (argc > 1)
		must(str_to_u64(str_c(argv[1]), 10000000, &n));
	if (argc > 2)
		must(str_to_u64(str_c(argv[2]), 1000, &threads));
	store_testing_init(&f.testing);
	f.testing.options.unsafe_no_sync = getenv("TAYORI_BENCH_NO_SYNC") != NULL;
	f.a = arena_new(NULL);
	must(!store_engine_open(&f.testing.options, &f.engine, &info));
	f.admin = store_open_local(f.engine, STORE_CALLER_ADMIN);
	f.session = store_open_local(f.engine, STORE_CALLER_SESSION);
	must(!store_domain_add(f.admin, f.a,
	                       &(struct store_domain_add_req){ .name = STR("example.org") },
	                       &(struct store_domain_add_res){ 0 }));
	start = now();
	for (unsigned i = 0; i < 50; i++)
		grants[i] = fixture_account(&f, (const char *)str_printf(f.a, "user%u", i).p);
	report("account made", start, 50);
	bench_accept(&f, grants, "accept, 4 KiB, 1 sender", 4096, (unsigned)n / 10, 1, 1);
	bench_accept(&f, grants, "accept, 4 KiB, all senders", 4096, (unsigned)n, (unsigned)threads,
	             1);
	bench_accept(&f, grants, "accept, 50 KiB, all senders", 50 * 1024, (unsigned)n / 10,
	             (unsigned)threads, 1);
	bench_accept(&f, grants, "accept, 4 KiB, 50 recipients", 4096, (unsigned)n / 20,
	             (unsigned)threads, 50);
	bench_mailbox(&f, 100000);
	store_close(&f.admin);
	store_close(&f.session);
	store_engine_close(&f.engine);
	store_testing_clear(&f.testing);
	arena_free(&f.a);
	return 0;
}
