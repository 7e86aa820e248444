#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/config/config.h"
#include "src/pop3/maildrop_priv.h"
#include "src/pop3/session_priv.h"
#include "src/sasl/login.h"

enum {
	RENEW_MS = 60 * 1000,      /* the lock lives three minutes */
	RENEW_AGAIN_MS = 10 * 1000 /* after trouble, there is time for several tries */
};

static struct pop3_mail *new_mail(struct pop3_session *p, const struct sasl_result *login)
{
	struct arena *a = arena_new(p->s->arena);
	struct pop3_mail *m = ARENA_NEW(a, struct pop3_mail);

	m->arena = a;
	m->grant = login->grant;
	m->grant.seal = str_dup(a, login->grant.seal);
	m->address = str_dup(a, login->address);
	m->renew_ms = clock_mono_ms() + RENEW_MS;
	return m;
}

enum err pop3_mail_open(struct pop3_session *p, const struct sasl_result *login)
{
	struct pop3_mail *m = new_mail(p, login);
	struct store_pop_open_req q = {
		.grant = m->grant,
		.login_delay_ms = p->s->config->pop3.login_delay_ms,
	};
	struct store_pop_open_res res;
	enum err err = store_pop_open(p->s->store, p->s->scratch, &q, &res);

	if (err) {
		p->s->host->user_leave(p->s->host->context, m->grant.account_id);
		arena_free(&m->arena);
		return err;
	}
	m->mailbox_id = res.mailbox_id;
	m->token = res.token;
	m->drop = pop3_maildrop_new(m->arena, res.messages, res.n_messages);
	p->mail = m;
	p->state = POP3_TRANSACTION;
	return ERR_OK;
}

void pop3_mail_renew(struct pop3_session *p)
{
	struct pop3_mail *m = p->mail;
	int64_t now;
	enum err err;

	if (!m || m->is_lock_lost)
		return;
	now = clock_mono_ms();
	if (now < m->renew_ms)
		return;
	err = store_pop_renew(
		p->s->store, &(struct store_pop_renew_req){ .grant = m->grant, .token = m->token });
	/* The next command learns of it; there is no way to tell a waiting client. */
	m->is_lock_lost = err == ERR_BUSY || err == ERR_DENIED;
	m->renew_ms = now + (err ? RENEW_AGAIN_MS : RENEW_MS);
}

void pop3_mail_drop(struct pop3_session *p)
{
	struct pop3_mail *m = p->mail;
	struct arena *a;

	if (!m)
		return;
	/* Without a handle (the driver is going away) the lock ends by itself. */
	if (p->s->store && m->token && !m->is_lock_lost &&
	    store_pop_close(p->s->store,
	                    &(struct store_pop_close_req){ .grant = m->grant, .token = m->token }))
		log_event(LOG_LEVEL_WARN, "pop3.unlock.trouble", LOG_U("sid", p->s->id),
		          LOG_S("user", m->address),
		          LOG_C("reason", store_errinfo(p->s->store)->text));
	p->s->host->user_leave(p->s->host->context, m->grant.account_id);
	log_event(LOG_LEVEL_INFO, "pop3.end", LOG_U("sid", p->s->id), LOG_S("user", m->address),
	          LOG_U("retrieved", m->retrieved), LOG_U("bytes", m->retrieved_bytes),
	          LOG_C("reason", p->s->close_reason));
	a = m->arena;
	p->mail = NULL;
	arena_free(&a);
}
