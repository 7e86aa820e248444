/*
 * A POP3 session on a memory stream, with a store of five messages that stands in this file.
 *
 * The first octet of the input says how it is played: bit 0 octet by octet, bit 1 with the session
 * saved and restored after each step, bit 2 under TLS, bit 3 with answers to failed log-ins held
 * back. In the rest a NUL lets half a minute pass, everything else comes from the client. What must
 * hold: the session ends, it deletes nothing without QUIT, and ASan and UBSan are content.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/must.h"
#include "src/base/random.h"
#include "src/config/config.h"
#include "src/directory/scram.h"
#include "src/net/session.h"
#include "src/net/stream.h"
#include "src/pop3/pop3.h"
#include "src/store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	BYTEWISE = 1,
	SAVED = 2,
	WITH_TLS = 4,
	HELD = 8,
	STEPS_MAX = 100000,
	LONG = 300000
};

/* ---------------------------------------------------------------- the store */

static char long_message[LONG];
static const struct {
	uint64_t uid;
	const char *text, *uidl;
	enum err err; /* reading it behind the first 100 octets fails so */
} messages[] = {
	{ 3, "Subject: one\r\n\r\nfirst\r\n", "9.3", ERR_OK },
	{ 4, "Subject: \xc3\xa9\r\nFrom: \xc3\xa9 <\xc3\xa9@x>\nTo: a\n b\n\n.dots\n..\n.", "9.4",
	  ERR_OK },
	{ 9, "", "own", ERR_OK },
	{ 10, long_message, "9.10", ERR_IO },
	{ 700, long_message, "9.700", ERR_OK },
};
enum {
	N_MESSAGES = sizeof(messages) / sizeof(*messages)
};

static bool is_quit_said;

const struct errinfo *store_errinfo(const struct store *st)
{
	static const struct errinfo info = { .text = "made up" };

	(void)st;
	return &info;
}

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
	*r = (struct store_login_res){ .grant = { .account_id = 1, .seal = STR("x") },
		                       .address = STR("a@x") };
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
		r->server_final = STR("v=AAAA");
		r->grant = (struct store_grant){ .account_id = 1, .seal = STR("x") };
		r->address = STR("a@x");
		return ERR_OK;
	}
	return err;
}

enum err store_pop_open(struct store *st, struct arena *a, const struct store_pop_open_req *q,
                        struct store_pop_open_res *r)
{
	(void)st;
	(void)q;
	r->mailbox_id = 5;
	r->token = 6;
	r->n_messages = N_MESSAGES;
	r->messages = arena_array(a, N_MESSAGES, sizeof(*r->messages));
	for (size_t i = 0; i < N_MESSAGES; i++)
		r->messages[i] = (struct store_pop_message){ messages[i].uid,
			                                     strlen(messages[i].text),
			                                     str_c(messages[i].uidl) };
	return ERR_OK;
}

enum err store_pop_renew(struct store *st, const struct store_pop_renew_req *q)
{
	(void)st;
	(void)q;
	/* Every tenth half minute the lock is lost. */
	return clock_mono_ms() / 30000 % 10 == 9 ? ERR_BUSY : ERR_OK;
}

enum err store_pop_close(struct store *st, const struct store_pop_close_req *q)
{
	(void)st;
	must(!q->n_uids || is_quit_said);
	for (size_t i = 0; i < q->n_uids; i++)
		must(q->uids[i].first <= q->uids[i].last && q->uids[i].last <= 700);
	return ERR_OK;
}

enum err store_read(struct store *st, struct arena *a, const struct store_read_req *q,
                    struct store_read_res *r)
{
	(void)st;
	for (size_t i = 0; i < N_MESSAGES; i++) {
		struct str text = str_c(messages[i].text);

		if (messages[i].uid != q->uid)
			continue;
		if (q->offset > 100 && messages[i].err)
			return messages[i].err;
		r->message_size = text.n;
		r->octets = str_dup(a, str_first(str_from(text, (size_t)q->offset), q->size));
		return ERR_OK;
	}
	return ERR_NOTFOUND;
}

enum err store_fetch(struct store *st, struct arena *a, const struct store_fetch_req *q,
                     struct store_fetch_res *r)
{
	(void)st;
	*r = (struct store_fetch_res){ .messages = arena_array(a, N_MESSAGES,
		                                               sizeof(*r->messages)) };
	for (size_t i = 0; i < N_MESSAGES; i++)
		if (messages[i].uid >= q->set.ranges[0].first &&
		    messages[i].uid <= q->set.ranges[0].last)
			r->messages[r->n_messages++] = (struct store_message){
				.uid = messages[i].uid, .uidl = str_c(messages[i].uidl)
			};
	return ERR_OK;
}

/* ---------------------------------------------------------------- the process */

static uint32_t hold_ms;
static int users;

static bool user_enter(void *context, uint64_t account_id)
{
	(void)context;
	(void)account_id;
	users++;
	return true;
}

static void user_leave(void *context, uint64_t account_id)
{
	(void)context;
	(void)account_id;
	users--;
}

static uint32_t login_failed(void *context, const struct session_peer *peer)
{
	(void)context;
	(void)peer;
	return hold_ms;
}

static const struct session_host host = { .user_enter = user_enter,
	                                  .user_leave = user_leave,
	                                  .login_failed = login_failed };

static void save_and_restore(struct session *s)
{
	struct buf saved = buf_in(NULL, 1 << 20);

	if (!s->class->can_save(s))
		return;
	must(!s->class->save(s, &saved));
	arena_free(&s->arena);
	s->arena = arena_new(NULL);
	must(!s->class->restore(s, buf_str(&saved)));
	buf_clear(&saved);
}

/* One wake; false when the session has ended. */
static bool wake(struct session *s, enum session_wake why, unsigned how)
{
	for (int i = 0; i < STEPS_MAX; i++) {
		enum session_next next = s->class->step(s, why);

		must(!stream_flush(s->stream));
		(void)stream_memory_take(s->stream, s->scratch);
		arena_reset(s->scratch);
		if (next == SESSION_CLOSE)
			return false;
		if (next == SESSION_STARTTLS)
			stream_memory_set_tls(s->stream, true);
		if (how & SAVED)
			save_and_restore(s);
		if (next == SESSION_PARK)
			return true;
		why = SESSION_WAKE_INPUT;
	}
	must(false && "the session never parks");
}

static bool pass_time(struct session *s, unsigned how)
{
	clock_test_advance(30000);
	if (!s->deadline_ms || s->deadline_ms > clock_mono_ms())
		return true;
	return wake(s, SESSION_WAKE_TIMEOUT, how);
}

static bool play(struct session *s, struct str input, unsigned how)
{
	if (!wake(s, SESSION_WAKE_START, how))
		return false;
	while (input.n) {
		size_t n = 0;

		if (!input.p[0]) {
			if (!pass_time(s, how))
				return false;
			input = str_from(input, 1);
			continue;
		}
		while (n < input.n && input.p[n] && !(how & BYTEWISE && n))
			n++;
		stream_memory_feed(s->stream, str_first(input, n), false);
		input = str_from(input, n);
		if (!wake(s, SESSION_WAKE_INPUT, how))
			return false;
	}
	stream_memory_feed(s->stream, STR(""), true);
	return wake(s, SESSION_WAKE_INPUT, how);
}

/* Does the client say QUIT anywhere? NULs are no part of what it says. */
static bool has_quit(struct str s)
{
	static const char quit[] = "QUITquit";
	size_t matched = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!s.p[i])
			continue;
		if (s.p[i] == quit[matched] || s.p[i] == quit[matched + 4])
			matched++;
		else
			matched = s.p[i] == 'Q' || s.p[i] == 'q';
		if (matched == 4)
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct config *config;
	struct config_listener listener = { .allow_plaintext_login = true,
		                            .tls = CONFIG_TLS_STARTTLS };
	struct session s = { .class = &pop3_session_class, .listener = &listener, .host = &host };
	unsigned how = size ? data[0] : 0;

	if (!size)
		return 0;
	if (!config) {
		config = config_defaults();
		memset(long_message, 'x', LONG - 1);
		for (size_t i = 77; i < LONG - 1; i += 78)
			long_message[i] = '\n';
	}
	log_setup("fuzz", LOG_LEVEL_ERROR, LOG_TARGET_STDERR, false);
	clock_test_set(1795403045000, 1000000);
	random_test_seed(1);
	hold_ms = how & HELD ? 2000 : 0;
	users = 0;
	is_quit_said = has_quit(str_make(data, size));
	s.config = config;
	s.tls = (struct tls_context *)(void *)&listener; /* never touched on a memory stream */
	s.arena = arena_new(NULL);
	s.scratch = arena_new(NULL);
	s.stream = stream_open_memory();
	stream_memory_set_tls(s.stream, how & WITH_TLS);
	s.class->init(&s);
	(void)play(&s, str_make(data + 1, size - 1), how);
	s.class->end(&s);
	must(users == 0);
	stream_close(&s.stream);
	arena_free(&s.arena);
	arena_free(&s.scratch);
	clock_test_clear();
	random_test_seed(0);
	return 0;
}
