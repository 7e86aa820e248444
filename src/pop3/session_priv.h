/*
 * One POP3 session as it stands between two commands, and what its commands share.
 *
 * States of a session (RFC 1939 section 3; DELAYED and EXCHANGE are ours):
 *
 *	AUTHORIZATION  -> EXCHANGE, DELAYED, TRANSACTION
 *	EXCHANGE       the next line belongs to a SASL exchange; -> AUTHORIZATION, DELAYED,
 *TRANSACTION DELAYED        the answer to a failed log-in is held back; -> AUTHORIZATION
 *	TRANSACTION    the maildrop is ours
 *
 * There is no UPDATE state here: QUIT deletes in one call of the store, and every other end deletes
 *nothing.
 */
#ifndef TAYORI_POP3_SESSION_PRIV_H
#define TAYORI_POP3_SESSION_PRIV_H

#include "src/base/err.h"
#include "src/base/str.h"
#include "src/net/session.h"
#include "src/pop3/reply_priv.h"
#include "src/pop3/say_priv.h"
#include "src/store/store.h"

struct pop3_maildrop;
struct sasl_exchange;
struct sasl_result;

enum pop3_state {
	POP3_AUTHORIZATION,
	POP3_EXCHANGE,
	POP3_DELAYED,
	POP3_TRANSACTION,
	POP3_STATE_COUNT
};

/* Life of one log-in: dropped as a whole when it fails. */
struct pop3_login {
	struct arena *arena;
	struct str user;                /* of USER, waiting for PASS */
	struct sasl_exchange *exchange; /* POP3_EXCHANGE */
};

/* Life of one maildrop. */
struct pop3_mail {
	struct arena *arena;
	struct store_grant grant;
	struct str address;
	uint64_t mailbox_id, token;
	struct pop3_maildrop *drop;
	int64_t renew_ms; /* when the lock is to be renewed next */
	bool is_lock_lost;
	uint64_t retrieved, retrieved_bytes;
};

struct pop3_session {
	struct session *s;
	enum pop3_state state;
	bool is_utf8; /* RFC 6856 */
	enum pop3_language language;
	struct str timestamp; /* of the greeting, for APOP; empty: APOP is not offered */
	uint32_t errors;
	enum err delayed;                /* POP3_DELAYED: what will be answered */
	int64_t answer_ms;               /* POP3_DELAYED: when */
	int64_t login_by_ms, idle_by_ms; /* monotonic deadlines */
	struct pop3_login *login;        /* NULL: none begun */
	struct pop3_mail *mail;          /* NULL: not logged in */
	enum session_next next;          /* for one step: what the command wants */
};

/* Answer +OK; with up to two numbers where the words have a "#". */
void pop3_reply_ok(struct pop3_session *p, enum pop3_say say);
void pop3_reply_numbers(struct pop3_session *p, enum pop3_say say, uint64_t first, uint64_t second);

/* Answer -ERR, with a response code (RFC 2449 section 8) or NULL. */
void pop3_reply_no(struct pop3_session *p, const char *code, enum pop3_say say);

/* Answer a mistake of the client, which counts towards errors_max. */
void pop3_reply_bad(struct pop3_session *p, enum pop3_say say);

/* Answer a failure from the table, and log what the client may not know. */
void pop3_reply_err(struct pop3_session *p, enum pop3_doing doing, enum err err);

/* The commands; `arg` is what follows the name and one space. */
void pop3_cmd_user(struct pop3_session *p, struct str arg);
void pop3_cmd_pass(struct pop3_session *p, struct str arg);
void pop3_cmd_auth(struct pop3_session *p, struct str arg);
void pop3_cmd_stls(struct pop3_session *p, struct str arg);
void pop3_cmd_apop(struct pop3_session *p, struct str arg);
void pop3_cmd_utf8(struct pop3_session *p, struct str arg);
void pop3_cmd_lang(struct pop3_session *p, struct str arg);
void pop3_cmd_capa(struct pop3_session *p, struct str arg);
void pop3_cmd_stat(struct pop3_session *p, struct str arg);
void pop3_cmd_list(struct pop3_session *p, struct str arg);
void pop3_cmd_uidl(struct pop3_session *p, struct str arg);
void pop3_cmd_retr(struct pop3_session *p, struct str arg);
void pop3_cmd_top(struct pop3_session *p, struct str arg);
void pop3_cmd_dele(struct pop3_session *p, struct str arg);
void pop3_cmd_rset(struct pop3_session *p, struct str arg);
void pop3_cmd_noop(struct pop3_session *p, struct str arg);
void pop3_cmd_quit(struct pop3_session *p, struct str arg);

/* A line of a SASL exchange (cmd_auth.c), and the answer that was held back. */
void pop3_auth_line(struct pop3_session *p, struct str line);
void pop3_auth_answer(struct pop3_session *p);

/* The begun log-in, made when there is none; and its end. */
struct pop3_login *pop3_login_get(struct pop3_session *p);
void pop3_login_drop(struct pop3_session *p);

/* Take the maildrop of the account that has logged in. */
enum err pop3_mail_open(struct pop3_session *p, const struct sasl_result *login) MUST_USE;

/* Renew the lock when it is time. */
void pop3_mail_renew(struct pop3_session *p);

/* Unlock without deleting anything, if there is a maildrop; the user is no longer counted. */
void pop3_mail_drop(struct pop3_session *p);

/* Save and restore (save.c), as session_class says. */
enum err pop3_save(const struct session *s, struct buf *out) MUST_USE;
enum err pop3_restore(struct session *s, struct str saved) MUST_USE;

#endif
