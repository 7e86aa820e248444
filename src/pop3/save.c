#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/pop3/maildrop_priv.h"
#include "src/pop3/session_priv.h"
#include "src/sasl/exchange.h"
#include "src/sasl/pack.h"

enum {
	SAVE_VERSION = 2,
	LEFT_MAX_MS = 1 << 30
};

/* Deadlines are saved as time left, because another machine counts its monotonic clock otherwise.
 */
static enum err add_left(struct buf *out, int64_t at_ms)
{
	int64_t left = at_ms - clock_mono_ms();

	return sasl_pack_add_u64(out, left > 0 ? (uint64_t)left : 0);
}

static bool take_left(struct str *rest, int64_t *at_ms_r)
{
	uint64_t left;

	if (!sasl_pack_take_u64(rest, &left) || left > LEFT_MAX_MS)
		return false;
	*at_ms_r = clock_mono_ms() + (int64_t)left;
	return true;
}

static bool take_bool(struct str *rest, bool *value_r)
{
	uint64_t value;

	if (!sasl_pack_take_u64(rest, &value) || value > 1)
		return false;
	*value_r = value;
	return true;
}

static bool take_text(struct arena *a, struct str *rest, struct str *s_r)
{
	struct str s;

	if (!sasl_pack_take_str(rest, &s))
		return false;
	*s_r = str_dup(a, s);
	return true;
}

/* ---------------------------------------------------------------- log-in */

static enum err save_login(const struct pop3_login *l, struct buf *out)
{
	if (sasl_pack_add_str(out, l->user) || sasl_pack_add_u64(out, l->exchange != NULL))
		return ERR_LIMIT;
	return l->exchange ? sasl_exchange_save(l->exchange, out) : ERR_OK;
}

static bool restore_login(struct pop3_session *p, struct str *rest)
{
	struct pop3_login *l = pop3_login_get(p);
	bool has_exchange;

	if (!take_text(l->arena, rest, &l->user) || !take_bool(rest, &has_exchange))
		return false;
	return !has_exchange || !sasl_exchange_restore(p->s, "pop3", rest, &l->exchange);
}

/* ---------------------------------------------------------------- maildrop */

static enum err save_mail(const struct pop3_mail *m, struct buf *out)
{
	if (sasl_pack_add_u64(out, m->grant.account_id) ||
	    sasl_pack_add_u64(out, m->grant.expires_ms) || sasl_pack_add_str(out, m->grant.seal) ||
	    sasl_pack_add_str(out, m->address) || sasl_pack_add_u64(out, m->mailbox_id) ||
	    sasl_pack_add_u64(out, m->token) || add_left(out, m->renew_ms) ||
	    sasl_pack_add_u64(out, m->is_lock_lost) || sasl_pack_add_u64(out, m->retrieved) ||
	    sasl_pack_add_u64(out, m->retrieved_bytes))
		return ERR_LIMIT;
	return pop3_maildrop_save(m->drop, out);
}

static bool restore_mail(struct pop3_session *p, struct str *rest)
{
	struct arena *a = arena_new(p->s->arena);
	struct pop3_mail *m = ARENA_NEW(a, struct pop3_mail);

	m->arena = a;
	if (!sasl_pack_take_u64(rest, &m->grant.account_id) ||
	    !sasl_pack_take_u64(rest, &m->grant.expires_ms) ||
	    !take_text(a, rest, &m->grant.seal) || !take_text(a, rest, &m->address) ||
	    !sasl_pack_take_u64(rest, &m->mailbox_id) || !sasl_pack_take_u64(rest, &m->token) ||
	    !take_left(rest, &m->renew_ms) || !take_bool(rest, &m->is_lock_lost) ||
	    !sasl_pack_take_u64(rest, &m->retrieved) ||
	    !sasl_pack_take_u64(rest, &m->retrieved_bytes))
		return false;
	if (pop3_maildrop_restore(a, rest, &m->drop))
		return false;
	p->mail = m;
	return true;
}

/* ---------------------------------------------------------------- session */

enum err pop3_save(const struct session *s, struct buf *out)
{
	const struct pop3_session *p = s->state;
	enum err err = ERR_OK;

	if (sasl_pack_add_u64(out, SAVE_VERSION) || sasl_pack_add_u64(out, p->state) ||
	    sasl_pack_add_u64(out, p->is_utf8) || sasl_pack_add_u64(out, p->language) ||
	    sasl_pack_add_str(out, p->timestamp) || sasl_pack_add_u64(out, p->errors) ||
	    sasl_pack_add_u64(out, p->delayed) || add_left(out, p->answer_ms) ||
	    add_left(out, p->login_by_ms) || add_left(out, p->idle_by_ms) ||
	    sasl_pack_add_u64(out, p->login != NULL) || sasl_pack_add_u64(out, p->mail != NULL))
		return ERR_LIMIT;
	if (p->login)
		err = save_login(p->login, out);
	if (!err && p->mail)
		err = save_mail(p->mail, out);
	return err;
}

/* What each state needs to be there. */
static bool is_consistent(const struct pop3_session *p)
{
	if (p->state == POP3_EXCHANGE)
		return p->login && p->login->exchange && !p->mail;
	if (p->state == POP3_DELAYED)
		return p->delayed && !p->mail;
	return (p->state == POP3_TRANSACTION) == (p->mail != NULL) &&
	       !(p->login && p->login->exchange);
}

static bool restore_session(struct pop3_session *p, struct str *rest)
{
	uint64_t version, state, language, errors, delayed;
	bool has_login, has_mail;

	if (!sasl_pack_take_u64(rest, &version) || version != SAVE_VERSION ||
	    !sasl_pack_take_u64(rest, &state) || state >= POP3_STATE_COUNT ||
	    !take_bool(rest, &p->is_utf8) || !sasl_pack_take_u64(rest, &language) ||
	    language >= POP3_LANGUAGE_COUNT || !take_text(p->s->arena, rest, &p->timestamp) ||
	    !sasl_pack_take_u64(rest, &errors) || errors > UINT32_MAX ||
	    !sasl_pack_take_u64(rest, &delayed) || delayed >= ERR_COUNT ||
	    !take_left(rest, &p->answer_ms) || !take_left(rest, &p->login_by_ms) ||
	    !take_left(rest, &p->idle_by_ms) || !take_bool(rest, &has_login) ||
	    !take_bool(rest, &has_mail))
		return false;
	p->state = (enum pop3_state)state;
	p->language = (enum pop3_language)language;
	p->errors = (uint32_t)errors;
	p->delayed = (enum err)delayed;
	if (has_login && !restore_login(p, rest))
		return false;
	if (has_mail && !restore_mail(p, rest))
		return false;
	return !rest->n && is_consistent(p);
}

enum err pop3_restore(struct session *s, struct str saved)
{
	struct pop3_session *p = ARENA_NEW(s->arena, struct pop3_session);

	p->s = s;
	if (!restore_session(p, &saved))
		return ERR_CORRUPT;
	s->state = p;
	return ERR_OK;
}
