/* USER and PASS (RFC 1939), AUTH (RFC 5034), STLS (RFC 2595). */
#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/config/config.h"
#include "src/net/stream.h"
#include "src/pop3/maildrop_priv.h"
#include "src/pop3/session_priv.h"
#include "src/sasl/exchange.h"
#include "src/sasl/mechanism.h"

#define SERVICE "pop3"

enum {
	APOP_DIGEST_CHARS = 32
};

struct pop3_login *pop3_login_get(struct pop3_session *p)
{
	struct arena *a;

	if (!p->login) {
		a = arena_new(p->s->arena);
		p->login = ARENA_NEW(a, struct pop3_login);
		p->login->arena = a;
	}
	return p->login;
}

void pop3_login_drop(struct pop3_session *p)
{
	struct arena *a;

	if (!p->login)
		return;
	sasl_exchange_end(&p->login->exchange);
	a = p->login->arena;
	p->login = NULL;
	arena_free(&a);
}

/* ---------------------------------------------------------------- how a log-in ends */

static void fail(struct pop3_session *p, const struct sasl_result *r)
{
	log_event(LOG_LEVEL_INFO, "pop3.login.failed", LOG_U("sid", p->s->id),
	          LOG_S("user", r->user), LOG_C("peer", p->s->peer.text),
	          LOG_C("error", err_name(r->err)));
	p->state = POP3_AUTHORIZATION;
	if (!r->delay_ms) {
		pop3_reply_err(p, POP3_DOING_LOGIN, r->err);
		return;
	}
	p->state = POP3_DELAYED;
	p->delayed = r->err;
	p->answer_ms = clock_mono_ms() + r->delay_ms;
}

void pop3_auth_answer(struct pop3_session *p)
{
	p->state = POP3_AUTHORIZATION;
	pop3_reply_err(p, POP3_DOING_LOGIN, p->delayed);
}

static void enter(struct pop3_session *p, const struct sasl_result *r)
{
	struct pop3_totals totals;
	enum err err = pop3_mail_open(p, r);

	if (err) {
		p->state = POP3_AUTHORIZATION;
		pop3_reply_err(p, POP3_DOING_OPEN, err);
		return;
	}
	totals = pop3_maildrop_totals(p->mail->drop);
	log_event(LOG_LEVEL_INFO, "pop3.login", LOG_U("sid", p->s->id), LOG_S("user", r->address),
	          LOG_C("peer", p->s->peer.text),
	          LOG_I("tls", stream_tls_info(p->s->stream).is_tls),
	          LOG_U("messages", totals.messages));
	pop3_reply_numbers(p, POP3_SAY_MAILDROP_HAS, totals.messages, totals.bytes);
}

static void take_result(struct pop3_session *p, const struct sasl_result *r)
{
	if (r->status == SASL_CHALLENGE) {
		p->state = POP3_EXCHANGE;
		stream_printf(p->s->stream, "+ %.*s\r\n", STR_ARG(r->challenge));
		return;
	}
	pop3_login_drop(p);
	if (r->status == SASL_DONE)
		enter(p, r);
	else
		fail(p, r);
}

/* ---------------------------------------------------------------- commands */

void pop3_cmd_user(struct pop3_session *p, struct str arg)
{
	struct pop3_login *login;

	if (!sasl_login_allows_plaintext(p->s)) {
		pop3_reply_err(p, POP3_DOING_LOGIN, ERR_PERM);
		return;
	}
	pop3_login_drop(p);
	login = pop3_login_get(p);
	login->user = str_dup(login->arena, str_trim(arg));
	pop3_reply_ok(p, POP3_SAY_SEND_PASS);
}

void pop3_cmd_pass(struct pop3_session *p, struct str arg)
{
	struct sasl_result r;

	if (!p->login || !p->login->user.n) {
		pop3_reply_bad(p, POP3_SAY_SEND_USER);
		return;
	}
	sasl_login_check(p->s, SERVICE, p->login->user, arg, &r);
	r.user = str_dup(p->s->scratch, r.user);
	take_result(p, &r);
}

/* APOP name digest (RFC 1939 section 7). */
void pop3_cmd_apop(struct pop3_session *p, struct str arg)
{
	ptrdiff_t at = str_rfind(str_trim(arg), ' ');
	struct sasl_result r;
	struct str user, digest;

	if (!p->timestamp.n) {
		pop3_reply_bad(p, POP3_SAY_NO_APOP);
		return;
	}
	user = str_trim(str_first(str_trim(arg), at < 0 ? 0 : (size_t)at));
	digest = str_from(str_trim(arg), at < 0 ? 0 : (size_t)at + 1);
	if (!user.n || digest.n != APOP_DIGEST_CHARS) {
		pop3_reply_bad(p, POP3_SAY_APOP_MALFORMED);
		return;
	}
	sasl_login_apop(p->s, SERVICE, user, p->timestamp, digest, &r);
	r.user = str_dup(p->s->scratch, r.user);
	take_result(p, &r);
}

/* RFC 2449 section 6.3 lists mechanisms in CAPA; "AUTH" alone is how older clients ask. */
static void list_mechanisms(struct pop3_session *p)
{
	struct str list = sasl_mechanism_list(p->s, p->s->scratch, "\r\n");

	pop3_reply_ok(p, POP3_SAY_MECHANISMS);
	if (list.n)
		stream_printf(p->s->stream, "%.*s\r\n", STR_ARG(str_from(list, 2)));
	stream_write_c(p->s->stream, ".\r\n");
}

/* AUTH mechanism [initial-response] */
void pop3_cmd_auth(struct pop3_session *p, struct str arg)
{
	struct str initial = str_trim(arg), mechanism;
	bool has_initial = str_cut(&initial, ' ', &mechanism);
	struct sasl_exchange *x;
	struct sasl_result r;

	if (!mechanism.n) {
		list_mechanisms(p);
		return;
	}
	pop3_login_drop(p);
	sasl_exchange_begin(p->s, SERVICE, mechanism, has_initial, str_trim(initial), &x, &r);
	if (x)
		pop3_login_get(p)->exchange = x;
	take_result(p, &r);
}

void pop3_auth_line(struct pop3_session *p, struct str line)
{
	struct sasl_result r;

	sasl_exchange_step(p->s, &p->login->exchange, line, &r);
	take_result(p, &r);
}

/* RFC 2595 section 4: only before log-in; what came before TLS is forgotten, and what follows in
 * the clear thrown away. */
void pop3_cmd_stls(struct pop3_session *p, struct str arg)
{
	(void)arg;
	if (stream_tls_info(p->s->stream).is_tls) {
		pop3_reply_bad(p, POP3_SAY_TLS_ACTIVE);
	} else if (!p->s->tls || p->s->listener->tls != CONFIG_TLS_STARTTLS) {
		pop3_reply_bad(p, POP3_SAY_NO_TLS);
	} else if (p->is_utf8) {
		pop3_reply_bad(p, POP3_SAY_STLS_TOO_LATE); /* RFC 6856 section 2.1 */
	} else {
		pop3_login_drop(p);
		pop3_reply_ok(p, POP3_SAY_BEGIN_TLS);
		stream_discard_input(p->s->stream);
		/* Whoever stands in the middle could have chosen it (RFC 6856 section 8). */
		p->language = POP3_ENGLISH;
		p->next = SESSION_STARTTLS;
	}
}

/* RFC 6856 section 2.1. */
void pop3_cmd_utf8(struct pop3_session *p, struct str arg)
{
	(void)arg;
	p->is_utf8 = true;
	pop3_reply_ok(p, POP3_SAY_UTF8_ON);
}
