/* Answers of one line, in the language of the session. */
#include "src/base/log.h"
#include "src/config/config.h"
#include "src/net/stream.h"
#include "src/pop3/session_priv.h"

enum {
	NUMBERS_MAX = 2
};

static void write_text(struct pop3_session *p, enum pop3_say say)
{
	stream_write_c(p->s->stream, pop3_say_text(say, p->language));
	stream_write_c(p->s->stream, "\r\n");
}

void pop3_reply_ok(struct pop3_session *p, enum pop3_say say)
{
	stream_write_c(p->s->stream, "+OK ");
	write_text(p, say);
}

void pop3_reply_numbers(struct pop3_session *p, enum pop3_say say, uint64_t first, uint64_t second)
{
	struct str rest = str_c(pop3_say_text(say, p->language)), piece;
	const uint64_t numbers[NUMBERS_MAX] = { first, second };
	struct stream *out = p->s->stream;

	stream_write_c(out, "+OK ");
	for (size_t i = 0; str_cut(&rest, '#', &piece) && i < NUMBERS_MAX; i++)
		stream_printf(out, "%.*s%llu", STR_ARG(piece), (unsigned long long)numbers[i]);
	stream_printf(out, "%.*s\r\n", STR_ARG(piece));
}

void pop3_reply_no(struct pop3_session *p, const char *code, enum pop3_say say)
{
	stream_write_c(p->s->stream, "-ERR ");
	if (code)
		stream_printf(p->s->stream, "[%s] ", code);
	write_text(p, say);
}

static void count_error(struct pop3_session *p)
{
	if (++p->errors < p->s->config->pop3.errors_max)
		return;
	p->s->close_reason = "too many errors";
	p->next = SESSION_CLOSE;
}

void pop3_reply_bad(struct pop3_session *p, enum pop3_say say)
{
	pop3_reply_no(p, NULL, say);
	count_error(p);
}

void pop3_reply_err(struct pop3_session *p, enum pop3_doing doing, enum err err)
{
	static const char *const names[POP3_DOING_COUNT] = {
		[POP3_DOING_LOGIN] = "pop3.login.trouble", [POP3_DOING_OPEN] = "pop3.open.trouble",
		[POP3_DOING_READ] = "pop3.read.trouble",   [POP3_DOING_RENEW] = "pop3.lock.lost",
		[POP3_DOING_QUIT] = "pop3.quit.trouble",
	};
	struct pop3_reply reply = pop3_reply_find(doing, err);
	bool is_trouble = err == ERR_TEMP || err == ERR_IO || err == ERR_TIMEOUT ||
	                  err == ERR_CORRUPT || doing == POP3_DOING_RENEW ||
	                  doing == POP3_DOING_QUIT;

	if (is_trouble)
		log_event(LOG_LEVEL_WARN, names[doing], LOG_U("sid", p->s->id),
		          LOG_S("user", p->mail ? p->mail->address : STR("")),
		          LOG_C("error", err_name(err)),
		          LOG_C("reason", store_errinfo(p->s->store)->text));
	pop3_reply_no(p, reply.code, reply.say);
	if (err == ERR_AUTH || err == ERR_PROTO)
		count_error(p);
}
