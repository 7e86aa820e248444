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
#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/config/config.h"
#include "src/net/session.h"
#include "src/pop3/pop3.h"
#include "src/store/store.h"
#include "tests/fuzz/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	LONG = 300000
};

/* ---- the store */

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

/* ---- playing */

static bool is_control(unsigned char c)
{
	return c == 0;
}

static bool control(struct session *s, unsigned char c)
{
	(void)c;
	return fuzz_session_pass_time(s);
}

static const struct fuzz_protocol protocol = {
	.class = &pop3_session_class,
	.is_control = is_control,
	.control = control,
};

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

	if (!size)
		return 0;
	if (!config) {
		struct errinfo info = { 0 };

		if (config_parse("fuzz", "pop3 {\n apop = true\n login_delay = 1s\n}\n", &config,
		                 &info))
			abort();
		fuzz_long_text(long_message, LONG);
	}
	fuzz_session_prepare();
	is_quit_said = has_quit(str_make(data, size));
	fuzz_session_play(&protocol, config, &listener, data[0], 0, str_make(data + 1, size - 1));
	return 0;
}
