#include "tests/fuzz/session.h"

#include <string.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/must.h"
#include "src/base/random.h"
#include "src/config/config.h"
#include "src/directory/scram.h"
#include "src/net/stream.h"
#include "src/store/store.h"

enum {
	STEPS_MAX = 100000,
	SAVED_MAX_BYTES = 1 << 20,
	HALF_A_MINUTE_MS = 30000,
	SLOW_ROOM = 20000,
	LINE = 78
};

/* ---- the log-in of the store: names stand for what happens to them */

const struct errinfo *store_errinfo(const struct store *st)
{
	static const struct errinfo info = { .text = "made up" };

	(void)st;
	return &info;
}

static const struct store_grant grant_of_a = { .account_id = 1, .seal = { (const void *)"x", 1 } };

enum err store_login(struct store *st, struct arena *a, const struct store_login_req *q,
                     struct store_login_res *r)
{
	(void)st;
	(void)a;
	if (str_eq(q->user, STR("locked")))
		return ERR_DENIED;
	if (str_eq(q->user, STR("broken")))
		return ERR_IO;
	if (!str_eq(q->user, STR("a")) || !str_eq(q->password, STR("b")))
		return ERR_AUTH;
	*r = (struct store_login_res){ .grant = grant_of_a, .address = STR("a@x") };
	return ERR_OK;
}

/* The right digest is the one of 32 zeros. */
enum err store_apop(struct store *st, struct arena *a, const struct store_apop_req *q,
                    struct store_apop_res *r)
{
	(void)st;
	(void)a;
	if (!str_eq(q->user, STR("a")) ||
	    !str_eq(q->digest, STR("00000000000000000000000000000000")))
		return ERR_AUTH;
	*r = (struct store_apop_res){ .grant = grant_of_a, .address = STR("a@x") };
	return ERR_OK;
}

enum err store_scram_begin(struct store *st, struct arena *a, const struct store_scram_begin_req *q,
                           struct store_scram_begin_res *r)
{
	struct directory_scram_first first;
	struct directory_scram_keys keys;

	(void)st;
	if (directory_scram_first_parse(a, q->client_first, &first))
		return ERR_PROTO;
	directory_scram_fake(STR("key"), first.user, &keys);
	r->server_first = directory_scram_first_answer(a, &first, &keys);
	r->state = str_printf(a, "%.*s\n%.*s", STR_ARG(q->client_first), STR_ARG(r->server_first));
	return ERR_OK;
}

enum err store_scram_finish(struct store *st, struct arena *a,
                            const struct store_scram_finish_req *q,
                            struct store_scram_finish_res *r)
{
	struct str server_first = q->state, client_first;
	struct directory_scram_first first;
	struct directory_scram_keys keys;
	enum err err;

	(void)st;
	str_cut(&server_first, '\n', &client_first);
	must(!directory_scram_first_parse(a, client_first, &first));
	directory_scram_fake(STR("key"), first.user, &keys);
	err = directory_scram_final_check(a, &first, server_first, q->client_final,
	                                  q->channel_binding, &keys, &r->server_final);
	/* So that the last step is met as well: one well-formed answer is believed. */
	if (err == ERR_AUTH && str_eq(first.user, STR("a"))) {
		*r = (struct store_scram_finish_res){ .server_final = STR("v=AAAA"),
			                              .grant = grant_of_a,
			                              .address = STR("a@x") };
		return ERR_OK;
	}
	return err;
}

/* ---- the process */

/* One session at a time; its host and the steps below know it from here. */
static struct {
	const struct fuzz_protocol *protocol;
	unsigned how;
	int users;
	uint64_t spool_left;
	unsigned rate_used;
	bool is_turn_due;
} now;

static bool user_enter(void *context, uint64_t account_id)
{
	(void)context;
	must(account_id == 1);
	now.users++;
	return true;
}

static void user_leave(void *context, uint64_t account_id)
{
	(void)context;
	must(account_id == 1);
	now.users--;
}

static uint32_t login_failed(void *context, const struct session_peer *peer)
{
	(void)context;
	(void)peer;
	return now.how & FUZZ_HELD ? 2000 : 0;
}

static bool spool_reserve(void *context, uint64_t bytes)
{
	(void)context;
	if (bytes > now.spool_left)
		return false;
	now.spool_left -= bytes;
	return true;
}

static void spool_release(void *context, uint64_t bytes)
{
	(void)context;
	now.spool_left += bytes;
}

static bool rate_take(void *context, const char *kind, struct str key, uint32_t n,
                      uint32_t per_minute)
{
	(void)context;
	(void)kind;
	must(key.n > 0);
	now.rate_used += n;
	return now.rate_used <= per_minute;
}

static void watch(void *context, struct session *s, uint64_t account_id)
{
	(void)context;
	(void)s;
	must(account_id <= 1);
}

static struct str peer_name(void *context, const struct session *s)
{
	(void)context;
	(void)s;
	return STR("peer.name");
}

/* Its turn comes at once, but not in the same step. */
static bool must_wait(void *context, struct session *s)
{
	(void)context;
	(void)s;
	now.is_turn_due = now.how & FUZZ_SLOW;
	return now.is_turn_due;
}

static const struct session_host host = {
	.spool_reserve = spool_reserve,
	.spool_release = spool_release,
	.user_enter = user_enter,
	.user_leave = user_leave,
	.login_failed = login_failed,
	.rate_take = rate_take,
	.watch = watch,
	.must_wait = must_wait,
	.peer_name = peer_name,
};

/* ---- playing */

static void save_and_restore(struct session *s)
{
	struct buf saved = buf_in(NULL, SAVED_MAX_BYTES);

	if (!s->class->can_save(s))
		return;
	must(!s->class->save(s, &saved));
	must(!now.protocol->saved_max || saved.n < now.protocol->saved_max);
	arena_free(&s->arena);
	s->arena = arena_new(NULL);
	must(!s->class->restore(s, buf_str(&saved)));
	buf_clear(&saved);
}

static void take_output(struct session *s)
{
	enum stream_push pushed;
	struct str said;

	arena_reset(s->scratch);
	do {
		/* Octets that are no deflate stream break a compressed one. */
		if (!(now.how & FUZZ_SLOW))
			must(!stream_flush(s->stream) || stream_is_compressed(s->stream));
		pushed = stream_push(s->stream);
		must(pushed != STREAM_PUSH_FAILED || stream_is_compressed(s->stream));
		said = stream_memory_take(s->stream, s->scratch);
		if (now.protocol->hear && !stream_is_compressed(s->stream))
			now.protocol->hear(said);
		arena_reset(s->scratch);
	} while (pushed == STREAM_PUSH_WAIT);
}

bool fuzz_session_wake(struct session *s, enum session_wake why)
{
	for (int i = 0; i < STEPS_MAX; i++) {
		enum session_next next;

		s->may_ask = now.how & FUZZ_SLOW;
		next = s->class->step(s, why);
		take_output(s);
		if (next == SESSION_CLOSE)
			return false;
		if (next == SESSION_STARTTLS)
			stream_memory_set_tls(s->stream, true);
		if (now.how & FUZZ_SAVED)
			save_and_restore(s);
		if (next == SESSION_PARK && now.is_turn_due) {
			now.is_turn_due = false;
			why = SESSION_WAKE_TURN;
			continue;
		}
		if (next == SESSION_PARK)
			return true;
		why = next == SESSION_ASK ? SESSION_WAKE_ANSWER : SESSION_WAKE_INPUT;
	}
	must(false && "the session never parks");
}

bool fuzz_session_pass_time(struct session *s)
{
	clock_test_advance(HALF_A_MINUTE_MS);
	now.rate_used = 0;
	if (!s->deadline_ms || s->deadline_ms > clock_mono_ms())
		return true;
	return fuzz_session_wake(s, SESSION_WAKE_TIMEOUT);
}

static bool talk(struct session *s, struct str input)
{
	const struct fuzz_protocol *p = now.protocol;

	if (!fuzz_session_wake(s, SESSION_WAKE_START))
		return false;
	while (input.n) {
		size_t n = 0;

		if (p->is_control(input.p[0])) {
			if (!p->control(s, input.p[0]))
				return false;
			input = str_from(input, 1);
			continue;
		}
		while (n < input.n && !p->is_control(input.p[n]) && !(now.how & FUZZ_BYTEWISE && n))
			n++;
		stream_memory_feed(s->stream, str_first(input, n), false);
		input = str_from(input, n);
		if (!fuzz_session_wake(s, SESSION_WAKE_INPUT))
			return false;
	}
	stream_memory_feed(s->stream, STR(""), true);
	return fuzz_session_wake(s, SESSION_WAKE_INPUT);
}

void fuzz_session_prepare(void)
{
	log_setup("fuzz", LOG_LEVEL_ERROR, LOG_TARGET_STDERR, false);
	clock_test_set(1795403045000, 1000000);
	random_test_seed(1);
}

void fuzz_session_play(const struct fuzz_protocol *protocol, const struct config *config,
                       const struct config_listener *listener, unsigned how, uint64_t spool,
                       struct str input)
{
	struct session s = { .class = protocol->class,
		             .config = config,
		             .listener = listener,
		             .host = &host,
		             .peer = { .text = "192.0.2.1" },
		             /* Never touched on a memory stream. */
		             .tls = (struct tls_context *)(void *)&now };

	now.protocol = protocol;
	now.how = how;
	now.users = 0;
	now.spool_left = spool;
	now.rate_used = 0;
	s.arena = arena_new(NULL);
	s.scratch = arena_new(NULL);
	s.stream = stream_open_memory();
	stream_memory_set_tls(s.stream, how & FUZZ_TLS);
	if (how & FUZZ_SLOW)
		stream_memory_set_room(s.stream, SLOW_ROOM);
	s.class->init(&s);
	(void)talk(&s, input);
	if (s.class->end)
		s.class->end(&s);
	must(now.users == 0);
	stream_close(&s.stream);
	arena_free(&s.arena);
	must(now.spool_left == spool);
	arena_free(&s.scratch);
	clock_test_clear();
	random_test_seed(0);
}

void fuzz_long_text(char *text, size_t n)
{
	memset(text, 'x', n - 1);
	for (size_t i = LINE - 1; i < n - 1; i += LINE)
		text[i] = '\n';
	text[n - 1] = '\0';
}
