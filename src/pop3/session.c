#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/random.h"
#include "src/config/config.h"
#include "src/net/stream.h"
#include "src/pop3/pop3.h"
#include "src/pop3/session_priv.h"
#include "src/sasl/exchange.h"

enum {
	COMMANDS_A_STEP = 64
}; /* then others get the thread */

/* Where a command may be given, and what may follow its name. */
enum {
	IN_AUTHORIZATION = 1 << POP3_AUTHORIZATION,
	IN_TRANSACTION = 1 << POP3_TRANSACTION,
	IN_BOTH = IN_AUTHORIZATION | IN_TRANSACTION
};
enum arity {
	ARG_NONE,
	ARG_MAYBE,
	ARG_ONE
};

static const struct command {
	const char *name;
	unsigned states;
	enum arity arity;
	void (*run)(struct pop3_session *p, struct str arg);
} commands[] = {
	{ "RETR", IN_TRANSACTION, ARG_ONE, pop3_cmd_retr },
	{ "DELE", IN_TRANSACTION, ARG_ONE, pop3_cmd_dele },
	{ "UIDL", IN_TRANSACTION, ARG_MAYBE, pop3_cmd_uidl },
	{ "LIST", IN_TRANSACTION, ARG_MAYBE, pop3_cmd_list },
	{ "STAT", IN_TRANSACTION, ARG_NONE, pop3_cmd_stat },
	{ "TOP", IN_TRANSACTION, ARG_ONE, pop3_cmd_top },
	{ "NOOP", IN_TRANSACTION, ARG_NONE, pop3_cmd_noop },
	{ "RSET", IN_TRANSACTION, ARG_NONE, pop3_cmd_rset },
	{ "QUIT", IN_BOTH, ARG_NONE, pop3_cmd_quit },
	{ "CAPA", IN_BOTH, ARG_MAYBE, pop3_cmd_capa },
	{ "USER", IN_AUTHORIZATION, ARG_ONE, pop3_cmd_user },
	{ "PASS", IN_AUTHORIZATION, ARG_ONE, pop3_cmd_pass },
	{ "AUTH", IN_AUTHORIZATION, ARG_MAYBE, pop3_cmd_auth },
	{ "STLS", IN_AUTHORIZATION, ARG_NONE, pop3_cmd_stls },
	{ "APOP", IN_AUTHORIZATION, ARG_ONE, pop3_cmd_apop },
	{ "UTF8", IN_AUTHORIZATION, ARG_NONE, pop3_cmd_utf8 },
	{ "LANG", IN_BOTH, ARG_MAYBE, pop3_cmd_lang },
};

/* ---------------------------------------------------------------- one command */

static const struct command *find_command(struct str name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (str_ieq(name, str_c(commands[i].name)))
			return &commands[i];
	return NULL;
}

/* command = keyword [SP argument]; the argument of PASS may hold spaces (RFC 1939 section 7). */
static void run_command(struct pop3_session *p, struct str line)
{
	struct str arg = line, name;
	bool has_arg = str_cut(&arg, ' ', &name);
	const struct command *c = find_command(name);

	if (p->mail && p->mail->is_lock_lost) {
		pop3_reply_err(p, POP3_DOING_RENEW, ERR_BUSY);
		p->s->close_reason = "maildrop lock lost";
		p->next = SESSION_CLOSE;
	} else if (!c) {
		pop3_reply_bad(p, POP3_SAY_UNKNOWN_COMMAND);
	} else if (!(c->states & 1U << p->state)) {
		pop3_reply_bad(p, p->state == POP3_TRANSACTION ? POP3_SAY_LOGGED_IN_ALREADY
		                                               : POP3_SAY_LOG_IN_FIRST);
	} else if (c->arity == ARG_ONE && (!has_arg || !arg.n)) {
		pop3_reply_bad(p, POP3_SAY_ARGUMENT_MISSING);
	} else if (c->arity == ARG_NONE && str_trim(arg).n) {
		pop3_reply_bad(p, POP3_SAY_NO_ARGUMENT_WANTED);
	} else {
		c->run(p, arg);
	}
}

static void run_line(struct pop3_session *p, struct str line)
{
	if (p->state == POP3_EXCHANGE)
		pop3_auth_line(p, line);
	else
		run_command(p, line);
}

/* ---------------------------------------------------------------- steps */

static void close_quietly(struct pop3_session *p, const char *reason)
{
	p->s->close_reason = reason;
	p->next = SESSION_CLOSE;
}

/* One line from the peer, if there is one; false when the session has to park or end. */
static bool take_line(struct pop3_session *p)
{
	const struct config *config = p->s->config;
	size_t max = p->state == POP3_EXCHANGE ? SASL_EXCHANGE_LINE_MAX
	                                       : config->pop3.line_max_bytes;
	struct str line;

	switch (stream_line(p->s->stream, max, STREAM_LF_TOO, &line)) {
	case STREAM_GOT:
		run_line(p, line);
		p->idle_by_ms = clock_mono_ms() + (int64_t)config->pop3.idle_timeout_ms;
		return p->next == SESSION_PARK;
	case STREAM_TOO_LONG:
		pop3_login_drop(p);
		p->state = p->mail ? POP3_TRANSACTION : POP3_AUTHORIZATION;
		pop3_reply_bad(p, POP3_SAY_LINE_TOO_LONG);
		return p->next == SESSION_PARK;
	case STREAM_BAD_LINE:
		pop3_reply_bad(p, POP3_SAY_LINE_MALFORMED);
		return p->next == SESSION_PARK;
	case STREAM_MORE:
		return false;
	case STREAM_EOF:
		close_quietly(p, "peer closed");
		return false;
	case STREAM_FAILED:
		close_quietly(p, stream_error(p->s->stream));
		return false;
	}
	return false;
}

static void run_input(struct pop3_session *p)
{
	for (int i = 0; i < COMMANDS_A_STEP; i++) {
		/* What comes while an answer is held back waits its turn. */
		if (p->state == POP3_DELAYED)
			return;
		pop3_mail_renew(p);
		if (!take_line(p))
			return;
	}
	p->next = SESSION_AGAIN;
}

/* RFC 1939 section 7: a timestamp in the greeting says that APOP is possible; never the same twice.
 */
static void make_timestamp(struct pop3_session *p)
{
	p->timestamp = str_printf(p->s->arena, "<%016llx.%lld@%s>",
	                          (unsigned long long)random_u64(), (long long)clock_wall_ms(),
	                          p->s->config->server.hostname);
}

static void greet(struct pop3_session *p)
{
	const struct config *config = p->s->config;
	int64_t now = clock_mono_ms();

	p->login_by_ms = now + (int64_t)config->limits.login_timeout_ms;
	p->idle_by_ms = now + (int64_t)config->pop3.idle_timeout_ms;
	if (config->pop3.apop)
		make_timestamp(p);
	stream_printf(p->s->stream, "+OK %s %s%s%.*s\r\n", config->server.hostname,
	              pop3_say_text(POP3_SAY_READY, p->language), p->timestamp.n ? " " : "",
	              STR_ARG(p->timestamp));
}

static bool is_late(const struct pop3_session *p, int64_t now)
{
	return now >= p->idle_by_ms || (p->state != POP3_TRANSACTION && now >= p->login_by_ms);
}

/* RFC 1939 section 3: the autologout timer closes without an answer and without deleting. */
static void run_timers(struct pop3_session *p)
{
	int64_t now = clock_mono_ms();

	if (p->state == POP3_DELAYED && now >= p->answer_ms)
		pop3_auth_answer(p);
	else if (p->state != POP3_DELAYED && is_late(p, now))
		close_quietly(p, p->mail ? "idle" : "no log-in");
	if (p->next == SESSION_PARK)
		pop3_mail_renew(p);
}

static int64_t next_deadline(const struct pop3_session *p)
{
	int64_t at = p->idle_by_ms;

	if (p->state == POP3_DELAYED)
		return p->answer_ms;
	if (p->state != POP3_TRANSACTION)
		return at < p->login_by_ms ? at : p->login_by_ms;
	return at < p->mail->renew_ms || p->mail->is_lock_lost ? at : p->mail->renew_ms;
}

static void drain(struct pop3_session *p)
{
	pop3_reply_no(p, "SYS/TEMP", POP3_SAY_SHUTTING_DOWN);
	close_quietly(p, "drain");
}

static enum session_next step(struct session *s, enum session_wake why)
{
	struct pop3_session *p = s->state;

	p->next = SESSION_PARK;
	if (why == SESSION_WAKE_START)
		greet(p);
	else if (why == SESSION_WAKE_DRAIN)
		drain(p);
	else
		run_timers(p);
	if (p->next == SESSION_PARK)
		run_input(p);
	if (p->next == SESSION_CLOSE)
		pop3_mail_drop(p);
	s->deadline_ms = p->next == SESSION_PARK ? next_deadline(p) : 0;
	return p->next;
}

static void init(struct session *s)
{
	struct pop3_session *p = ARENA_NEW(s->arena, struct pop3_session);

	p->s = s;
	s->state = p;
}

/* A command is finished within one step, so every moment between two steps will do. */
static bool can_save(const struct session *s)
{
	return s->state != NULL;
}

static void end(struct session *s)
{
	if (s->state)
		pop3_mail_drop(s->state);
}

const struct session_class pop3_session_class = {
	.name = "pop3",
	.init = init,
	.step = step,
	.can_save = can_save,
	.save = pop3_save,
	.restore = pop3_restore,
	.end = end,
};
