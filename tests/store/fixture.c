#include "tests/store/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/base/random.h"
#include "src/store/db.h"

void fixture_assert_err(struct fixture *f, enum err got, enum err want, const char *call,
                        const char *file, int line)
{
	if (got == want)
		return;
	print_error("%s: %s, not %s: admin \"%s\", session \"%s\"\n", call, err_name(got),
	            err_name(want), store_errinfo(f->admin)->text, store_errinfo(f->session)->text);
	_fail(file, line);
}

static void open_engine(struct fixture *f)
{
	struct errinfo info = { 0 };

	if (store_engine_open(&f->testing.options, &f->engine, &info)) {
		fprintf(stderr, "%s\n", info.text);
		exit(1);
	}
	f->admin = store_open_local(f->engine, STORE_CALLER_ADMIN);
	f->session = store_open_local(f->engine, STORE_CALLER_SESSION);
}

static void close_engine(struct fixture *f)
{
	store_close(&f->admin);
	store_close(&f->session);
	store_engine_close(&f->engine);
}

void fixture_reopen(struct fixture *f)
{
	close_engine(f);
	open_engine(f);
}

int fixture_set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct store_domain_add_res r;

	must(f);
	clock_test_clear();
	store_testing_init(&f->testing);
	f->a = arena_new(NULL);
	open_engine(f);
	assert_ok(store_domain_add(
		f->admin, f->a, &(struct store_domain_add_req){ .name = STR("example.org") }, &r));
	*state = f;
	return 0;
}

int fixture_tear_down(void **state)
{
	struct fixture *f = *state;

	assert_str(fixture_check(f, false), "");
	close_engine(f);
	store_testing_clear(&f->testing);
	arena_free(&f->a);
	free(f);
	clock_test_clear();
	return 0;
}

struct store_grant fixture_account(struct fixture *f, const char *local)
{
	struct store_account_add_req q = {
		.address = str_printf(f->a, "%s@example.org", local),
		.language = STR("en"),
	};
	struct store_account_add_res r;

	assert_ok(store_account_add(f->admin, f->a, &q, &r));
	return (struct store_grant){ .account_id = r.account_id };
}

struct store_meta fixture_meta(struct fixture *f, struct str body)
{
	ptrdiff_t end = str_search(body, STR("\r\n\r\n"));
	ptrdiff_t id = str_search(body, STR("Message-ID: "));
	struct store_meta meta = {
		.hdr_size = end < 0 ? (uint32_t)body.n : (uint32_t)end + 4,
		.envelope = STR("(envelope)"),
		.bodystructure = STR("(bodystructure)"),
		.body = STR("(body)"),
		.parts = STR("parts"),
		.preview = STR("preview"),
	};

	for (size_t i = meta.hdr_size; i < body.n; i++)
		meta.lines += body.p[i] == '\n';
	if (id >= 0) {
		struct str rest = str_from(body, (size_t)id + 12);

		str_cut(&rest, '\r', &meta.message_id);
		meta.message_id = str_dup(f->a, meta.message_id);
	}
	return meta;
}

struct str fixture_message(struct fixture *f, unsigned seed, size_t size)
{
	struct buf b = buf_in(f->a, size + 1000);
	uint64_t x = seed * 0x9e3779b97f4a7c15u + 1;

	must(!buf_printf(&b,
	                 "From: ann@example.org\r\nSubject: message %u\r\n"
	                 "Message-ID: <%u@example.org>\r\n\r\n",
	                 seed, seed));
	while (b.n < size) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		must(!buf_printf(&b, "%016llx%08llx\r\n", (unsigned long long)x,
		                 (unsigned long long)(x >> 40)));
	}
	return buf_str(&b);
}

uint64_t fixture_append(struct fixture *f, struct store_grant grant, const char *mailbox,
                        struct str body, uint32_t flags)
{
	struct store_append_req q = {
		.grant = grant,
		.mailbox = str_c(mailbox),
		.flags = flags,
		.meta = fixture_meta(f, body),
		.body = body,
		.body_fd = -1,
	};
	struct store_append_res r;

	assert_ok(store_append(f->admin, f->a, &q, &r));
	return r.uid;
}

struct store_select_res fixture_select(struct fixture *f, struct store_grant grant,
                                       const char *mailbox)
{
	struct store_select_req q = { .grant = grant, .name = str_c(mailbox) };
	struct store_select_res r;

	assert_ok(store_select(f->admin, f->a, &q, &r));
	return r;
}

struct store_set fixture_set(struct fixture *f, bool is_uid, uint64_t first, uint64_t last)
{
	struct store_range *range = ARENA_NEW(f->a, struct store_range);

	*range = (struct store_range){ first, last };
	return (struct store_set){ .is_uid = is_uid, .ranges = range, .n_ranges = 1 };
}

struct str fixture_ranges(struct fixture *f, const struct store_range *v, size_t n)
{
	struct buf b = buf_in(f->a, 1 << 20);

	for (size_t i = 0; i < n; i++) {
		must(!buf_printf(&b, "%s%llu", i ? "," : "", (unsigned long long)v[i].first));
		if (v[i].last != v[i].first)
			must(!buf_printf(&b, ":%llu", (unsigned long long)v[i].last));
	}
	return buf_str(&b);
}

struct store_accept_req fixture_accept(struct fixture *f, struct str body,
                                       const struct store_rcpt *rcpts, size_t n)
{
	unsigned char *key = arena_alloc(f->a, 16);
	struct store_ids_res ids;

	random_fill(key, 16);
	assert_ok(store_ids(f->admin, f->a, &(struct store_ids_req){ .count = 1 }, &ids));
	return (struct store_accept_req){
		.accept_key = str_make(key, 16),
		.msg_id = ids.first,
		.sender = STR("bob@example.net"),
		.source = STR("[192.0.2.1] client.example.net"),
		.meta = fixture_meta(f, body),
		.body = body,
		.body_fd = -1,
		.rcpts = rcpts,
		.n_rcpts = n,
	};
}

struct store_store_flags_res fixture_store_flags(struct fixture *f,
                                                 const struct store_store_flags_req *q)
{
	struct store_store_flags_res r;
	struct store_flags_change *all;
	size_t n = 0;

	assert_ok(store_store_flags(f->admin, f->a, q, &r));
	for (size_t i = 0; i < r.n_changed; i++)
		n += 1 + r.changed[i].n_alike;
	all = arena_array(f->a, n ? n : 1, sizeof(*all));
	n = 0;
	for (size_t i = 0; i < r.n_changed; i++) {
		for (uint64_t k = 0; k <= r.changed[i].n_alike; k++) {
			all[n] = r.changed[i];
			all[n].n_alike = 0;
			all[n].seq += k;
			all[n++].uid += k;
		}
	}
	r.changed = all;
	r.n_changed = n;
	return r;
}

struct store_accept_res fixture_deliver(struct fixture *f, struct store_grant grant,
                                        struct str body)
{
	struct store_rcpt rcpt = {
		.rcpt = STR("someone@example.org"),
		.kind = STORE_ROUTE_LOCAL,
		.account_id = grant.account_id,
		.address = STR("someone@example.org"),
		.prefix = STR("Return-Path: <bob@example.net>\r\n"),
	};
	struct store_accept_req q = fixture_accept(f, body, &rcpt, 1);
	struct store_accept_res r;

	assert_ok(store_accept(f->session, f->a, &q, &r));
	return r;
}

struct str fixture_check(struct fixture *f, bool wants_repair)
{
	struct buf b = buf_in(f->a, 1 << 20);
	struct store_check_req q = { .wants_repair = wants_repair };

	for (unsigned rounds = 0; rounds < 10000; rounds++) {
		struct store_check_res r;

		assert_ok(store_check(f->admin, f->a, &q, &r));
		for (size_t i = 0; i < r.n_problems; i++)
			must(!buf_printf(&b, "%.*s\n", STR_ARG(r.problems[i].text)));
		if (r.is_done)
			return buf_str(&b);
		q.cursor = r.cursor;
	}
	return STR("the check does not end");
}

struct store_upkeep_res fixture_upkeep(struct fixture *f, unsigned rounds)
{
	struct store_upkeep_res sum = { 0 };

	for (unsigned i = 0; i < rounds; i++) {
		struct store_upkeep_res r;

		assert_ok(store_upkeep(f->admin, f->a, &(struct store_upkeep_req){ 0 }, &r));
		sum.removed_messages += r.removed_messages;
		sum.removed_bytes += r.removed_bytes;
		sum.folded_changes += r.folded_changes;
		sum.scrubbed_bytes += r.scrubbed_bytes;
		sum.damaged += r.damaged;
		sum.delivered += r.delivered;
		sum.purged_rows += r.purged_rows;
	}
	return sum;
}

enum err fixture_try_sql(struct fixture *f, const char *sql)
{
	struct errinfo info = { 0 };
	struct db *db = NULL;
	enum err e = db_open(&f->testing.options, false, &db, &info);

	if (!e)
		e = db_begin(db, true);
	if (!e)
		e = db_exec(db, sql);
	if (!e)
		e = db_commit(db);
	db_close(&db);
	return e;
}

void fixture_sql(struct fixture *f, const char *sql)
{
	enum err e = fixture_try_sql(f, sql);

	if (e) {
		fprintf(stderr, "%s: %s\n", sql, err_name(e));
		exit(1);
	}
}

uint64_t fixture_number(struct fixture *f, const char *sql)
{
	struct errinfo info = { 0 };
	struct db_stmt *s;
	struct db *db;
	bool has_row = false;
	uint64_t number;

	must(!db_open(&f->testing.options, false, &db, &info));
	must(!db_begin(db, false));
	s = db_prepare(db, sql);
	must(!db_step(s, &has_row) && has_row);
	number = db_col_u64(s, 0);
	db_rollback(db);
	db_close(&db);
	return number;
}
