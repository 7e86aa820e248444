/* DELE, RSET, NOOP and QUIT (RFC 1939). */
#include "src/pop3/maildrop_priv.h"
#include "src/pop3/number_priv.h"
#include "src/pop3/session_priv.h"

void pop3_cmd_dele(struct pop3_session *p, struct str arg)
{
	struct pop3_entry e;

	if (!pop3_number_take(p, str_trim(arg), &e))
		return;
	pop3_maildrop_delete(p->mail->drop, &e);
	pop3_reply_numbers(p, POP3_SAY_MESSAGE_DELETED, e.number, 0);
}

void pop3_cmd_rset(struct pop3_session *p, struct str arg)
{
	struct pop3_totals t;

	(void)arg;
	pop3_maildrop_reset(p->mail->drop);
	t = pop3_maildrop_totals(p->mail->drop);
	pop3_reply_numbers(p, POP3_SAY_MAILDROP_HAS, t.messages, t.bytes);
}

void pop3_cmd_noop(struct pop3_session *p, struct str arg)
{
	(void)arg;
	pop3_reply_ok(p, POP3_SAY_NOTHING_DONE);
}

/* The UPDATE state: one transaction of the store deletes the marked messages and unlocks, or does
 * neither. */
static void update(struct pop3_session *p)
{
	struct pop3_mail *m = p->mail;
	struct store_pop_close_req q = { .grant = m->grant, .token = m->token };
	enum err err;

	q.uids = pop3_maildrop_deleted(m->drop, p->s->scratch, &q.n_uids);
	err = store_pop_close(p->s->store, &q);
	if (err) {
		pop3_reply_err(p, POP3_DOING_QUIT, err);
		return;
	}
	m->token = 0; /* unlocked: nothing to give back */
	pop3_reply_ok(p, q.n_uids ? POP3_SAY_DELETED_GOODBYE : POP3_SAY_GOODBYE);
}

void pop3_cmd_quit(struct pop3_session *p, struct str arg)
{
	(void)arg;
	p->s->close_reason = "quit";
	p->s->is_leaving = true;
	p->next = SESSION_CLOSE;
	if (p->mail)
		update(p);
	else
		pop3_reply_ok(p, POP3_SAY_GOODBYE);
}
