#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/log.h"
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
	{ "UTF8", IN_AUTHORIZATION, ARG_NONE, pop3_cmd_utf8 },
};

/* ---------------------------------------------------------------- answers */

void pop3_reply_line(struct pop3_session *p, const char *line)
{
	stream_printf(p->s->stream, "%s\r\n", line);
}

void pop3_reply_ok(struct pop3_session *p, const char *text)
{
	stream_printf(p->s->stream, "+OK %s\r\n", text);
}

static void count_error(struct pop3_session *p)
{
	if (++p->errors < p->s->config->pop3.errors_max)
		return;
	p->s->close_reason = "too many errors";
	p->next = SESSION_CLOSE;
}

void pop3_reply_bad(struct pop3_session *p, const char *text)
{
	stream_printf(p->s->stream, "-ERR %s\r\n", text);
	count_error(p);
}

void pop3_reply_err(struct pop3_session *p, enum pop3_doing doing, enum err err)
{
	static const char *const names[POP3_DOING_COUNT] = {
		[POP3_DOING_LOGIN] = "pop3.login.trouble", [POP3_DOING_OPEN] = "pop3.open.trouble",
		[POP3_DOING_READ] = "pop3.read.trouble",   [POP3_DOING_RENEW] = "pop3.lock.lost",
		[POP3_DOING_QUIT] = "pop3.quit.trouble",
	};
	bool is_trouble = err == ERR_TEMP || err == ERR_IO || err == ERR_TIMEOUT ||
	                  err == ERR_CORRUPT || doing == POP3_DOING_RENEW ||
	                  doing == POP3_DOING_QUIT;

	if (is_trouble)
		log_event(LOG_LEVEL_WARN, names[doing], LOG_U("sid", p->s->id),
		          LOG_S("user", p->mail ? p->mail->address : STR("")),
		          LOG_C("error", err_name(err)),
		          LOG_C("reason", store_errinfo(p->s->store)->text));
	pop3_reply_line(p, pop3_reply_text(doing, err));
	if (err == ERR_AUTH || err == ERR_PROTO)
		count_error(p);
}

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
		pop3_reply_bad(p, "unknown command");
	} else if (!(c->states & 1U << p->state)) {
		pop3_reply_bad(p,
		               p->state == POP3_TRANSACTION ? "already logged in" : "log in first");
	} else if (c->arity == ARG_ONE && (!has_arg || !arg.n)) {
		pop3_reply_bad(p, "an argument is missing");
	} else if (c->arity == ARG_NONE && str_trim(arg).n) {
		pop3_reply_bad(p, "this command takes no argument");
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
		pop3_reply_bad(p, "line too long");
		return p->next == SESSION_PARK;
	case STREAM_BAD_LINE:
		pop3_reply_bad(p, "malformed line");
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

static void greet(struct pop3_session *p)
{
	const struct config *config = p->s->config;
	int64_t now = clock_mono_ms();

	p->login_by_ms = now + (int64_t)config->limits.login_timeout_ms;
	p->idle_by_ms = now + (int64_t)config->pop3.idle_timeout_ms;
	stream_printf(p->s->stream, "+OK %s POP3 ready\r\n", config->server.hostname);
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
	pop3_reply_line(p, "-ERR [SYS/TEMP] the server is shutting down, come back in a moment");
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
