/*
 * What the files of this room share.
 *
 * Three lifetimes: struct smtp_state lives as long as the connection and is what save and restore
 * carry; struct smtp_transaction lives from MAIL to the reply after the message, in an arena of its
 * own; everything else is in s->scratch and gone after the step. A command is a function that reads
 * its arguments, asks the store, replies, and returns SESSION_AGAIN to go on, SESSION_CLOSE or
 * SESSION_STARTTLS.
 */
#ifndef TAYORI_SMTP_SMTP_PRIV_H
#define TAYORI_SMTP_SMTP_PRIV_H

#include "src/base/arena.h"
#include "src/base/err.h"
#include "src/base/str.h"
#include "src/mail/address.h"
#include "src/net/session.h"
#include "src/net/stream.h"
#include "src/smtp/body_priv.h"
#include "src/smtp/scan_priv.h"
#include "src/store/store.h"

enum {
	SMTP_NAME_MAX = 255, /* RFC 5321 section 4.5.3.1.2 */
	SMTP_USER_MAX = 320,
	SMTP_STEP_COMMANDS = 64, /* then others may go first */
	SMTP_WINDOW = 65536,     /* octets of a message looked at together */
	SMTP_ROUTES_MAX = 10000, /* in a saved session; store.deliveries_max is at most this */
	SMTP_ENVID_MAX = 100,    /* RFC 3461 section 4.4 */
	SMTP_ORCPT_MAX = 500,    /* RFC 3461 section 4.2 */
};

/* What the next octets of the client are. */
enum smtp_mode {
	SMTP_MODE_COMMAND, /* a command line */
	SMTP_MODE_AUTH,    /* the answer to a SASL challenge */
	SMTP_MODE_TURN,    /* nothing: a message will be asked for when the store is less busy */
	SMTP_MODE_DATA,    /* a message up to its final dot */
	SMTP_MODE_BDAT,    /* `chunk_left` octets */
	SMTP_MODE_STORE,   /* nothing: the store has been asked to take a message */
	SMTP_MODE_HELD,    /* nothing: the answer to a failed log-in is held back */
};

struct smtp_reply {
	unsigned code;
	const char *enhanced; /* RFC 3463; NULL where RFC 2034 has none (greeting, HELO, 3xx) */
	const char *text;
};

/* What became of one RCPT command. */
struct smtp_rcpt {
	struct str given; /* the address as given, formatted */
	struct str orcpt;
	uint32_t notify; /* as in struct store_rcpt */
	struct store_route *routes;
	size_t n_routes;
};

struct parcel;

struct smtp_transaction {
	struct arena *arena;
	struct str sender; /* formatted, empty for <> */
	struct str envid;
	uint32_t ret; /* as in struct store_accept_req */
	uint32_t body_type;
	bool is_utf8;
	uint64_t size; /* as declared, 0 when not */
	int64_t deadline_ms;
	struct smtp_rcpt *rcpts;
	size_t n_rcpts, room_rcpts, n_routes;

	/* From DATA or the first BDAT on. */
	bool has_body;
	bool is_failed; /* a chunk was refused: BDAT is out of order until RSET */
	uint64_t id;
	uint64_t octets;       /* as the client counts them */
	uint64_t trace_octets; /* our Received field before them */
	struct smtp_scan scan;
	struct smtp_body body;
	enum err body_error;   /* the first: ERR_LIMIT too large, ERR_TEMP spool full, ERR_IO */
	struct parcel *parcel; /* SMTP_MODE_STORE: what the store has been asked to take */
};

struct sasl_exchange;

struct smtp_state {
	enum smtp_mode mode;
	bool has_helo, is_esmtp;
	bool is_xclient_ok; /* the peer that connected may say XCLIENT */
	bool is_draining;
	char helo[SMTP_NAME_MAX + 1];
	char client_name[SMTP_NAME_MAX + 1]; /* XCLIENT NAME, else empty */
	char xclient_login[SMTP_USER_MAX + 1];
	uint32_t errors, messages;
	int64_t deadline_ms;       /* of the line or block that is awaited */
	int64_t turn_ms;           /* SMTP_MODE_TURN: the end of it in any case */
	int64_t login_deadline_ms; /* 0: none */

	/* After log-in. */
	bool is_logged_in;
	struct store_grant grant;
	struct str user; /* the account's address */

	struct smtp_transaction *txn; /* NULL outside */

	struct sasl_exchange *exchange; /* SMTP_MODE_AUTH */
	enum err held_err;              /* SMTP_MODE_HELD: what the log-in failed with */

	/* SMTP_MODE_BDAT; never saved. */
	uint64_t chunk_left, chunk_size;
	bool is_chunk_last;
	const struct smtp_reply
		*chunk_refusal; /* said once the chunk has been read and thrown away */
};

static inline struct smtp_state *smtp_state(const struct session *s)
{
	return (struct smtp_state *)s->state;
}

/* ---- command.c */

/* Find and run the command on this line. */
enum session_next smtp_command_run(struct session *s, struct str line);

/* ---- reply.c */

/* Write one reply line. */
void smtp_reply_send(struct session *s, const struct smtp_reply *reply);
void smtp_reply_format(struct session *s, unsigned code, const char *enhanced, const char *format,
                       ...) __attribute__((format(printf, 4, 5)));

/*
 * A reply to a command that was wrong: counts as an error. SESSION_AGAIN, or after errors_max 421
 * and SESSION_CLOSE.
 */
enum session_next smtp_reply_error(struct session *s, unsigned code, const char *enhanced,
                                   const char *text);

/* 421 with the server's name, as RFC 5321 section 4.2.3 wants it, and SESSION_CLOSE. `reason` is
 * for the log. */
enum session_next smtp_reply_goodbye(struct session *s, const char *enhanced, const char *text,
                                     const char *reason);

/* A refusal that the log should know: replies and writes smtp.reject. `rcpt` may be empty. */
void smtp_reply_reject(struct session *s, const char *stage, struct str rcpt,
                       const struct smtp_reply *reply);

/* The store failed with `e`: logs why and gives what to say. */
const struct smtp_reply *smtp_reply_trouble(struct session *s, const char *stage, enum err e);

/* ---- reply_map.c */

/* What a mail client is told about a failed operation; `is_auth` while logging in. Own trouble is
 * always 4xx. */
const struct smtp_reply *smtp_reply_map(enum err e, bool is_auth);

/* What a command says about its path, and which of them fits `e` of the parser and the arguments.
 */
struct smtp_bad_path {
	struct smtp_reply syntax, address, too_long;
};
const struct smtp_reply *smtp_bad_path_reply(const struct smtp_bad_path *bad, enum err e,
                                             struct str args);

/* ---- param.c */

/* An ESMTP parameter (RFC 5321 section 4.1.2). */
struct smtp_param {
	struct str name, value;
	bool has_value;
};

/* The next one of `*rest`; ERR_NOTFOUND at the end, ERR_INVALID when it is malformed. */
enum err smtp_param_next(struct str *rest, bool is_utf8, struct smtp_param *param_r) MUST_USE;

/* Decode xtext (RFC 3461 section 4), at most `max` octets. Fails with: ERR_INVALID, ERR_LIMIT. */
enum err smtp_param_xtext(struct arena *a, struct str xtext, size_t max,
                          struct str *text_r) MUST_USE;

/*
 * The path after "FROM:" or "TO:" (`keyword` with its colon) and what follows it. Tolerates a blank
 * before the path and missing brackets. Fails with: ERR_PROTO (no such keyword), ERR_INVALID,
 * ERR_LIMIT.
 */
enum err smtp_param_path(struct arena *a, struct str args, struct str keyword, unsigned flags,
                         struct mail_address *address_r, struct str *rest_r) MUST_USE;

/* ---- transaction.c */

/* Begin a mail transaction: s->state->txn with an arena of its own. */
struct smtp_transaction *smtp_transaction_begin(struct session *s);

/* End it, whatever its state; everything of it is gone. */
void smtp_transaction_end(struct session *s);

/* One more recipient, zeroed. */
struct smtp_rcpt *smtp_transaction_add_rcpt(struct smtp_transaction *txn);

/* The message begins: takes its id and writes our Received field. Fails with: as store_ids,
 * ERR_TEMP, ERR_IO. */
enum err smtp_transaction_start_body(struct session *s) MUST_USE;

/* Message octets from the client: unstuffed (DATA), checked, kept. Returns how many were used. */
size_t smtp_transaction_add_body(struct session *s, struct str octets, bool *is_end_r);

/* ---- accept.c */

/* The message is complete: hand it to the store, reply (LMTP: for each recipient), end the
 * transaction. ASK, in SMTP_MODE_STORE: smtp_accept_go_on does the rest when the store has
 * answered. */
enum session_next smtp_accept_message(struct session *s);
enum session_next smtp_accept_go_on(struct session *s);

/* Refuse the complete message: reply (LMTP: for each recipient), end the transaction. */
void smtp_accept_refuse(struct session *s, const struct smtp_reply *reply);

/* ---- edit.c: what a header needs before it goes on */

struct smtp_edit {
	bool has_fields;
	bool wants_blank;   /* the first line is no header field: our own fields end the header */
	bool has_mbox_line; /* "From " lines before the header */
	bool has_date, has_message_id, has_from;
	bool has_hidden;      /* Bcc, Resent-Bcc, Return-Path: not for the recipients */
	struct str not_owned; /* submission: the first From address that is not the sender's own */
	bool needs_rebuild;
};

/* Look at the header of `message` (without our own field); on submission also at who it is from.
 * May wait. */
enum err smtp_edit_examine(struct session *s, struct str message,
                           struct smtp_edit *edit_r) MUST_USE;

/* Write `message` with the changes of `edit` to `out`. Fails with: as smtp_body_add. */
enum err smtp_edit_rebuild(struct session *s, struct str message, const struct smtp_edit *edit,
                           struct smtp_body *out) MUST_USE;

/* ---- save.c */

enum err smtp_save(const struct session *s, struct buf *out) MUST_USE;
enum err smtp_restore(struct session *s, struct str saved) MUST_USE;

/* ---- the commands */

enum session_next smtp_cmd_ehlo(struct session *s, struct str args);
enum session_next smtp_cmd_helo(struct session *s, struct str args);
enum session_next smtp_cmd_mail(struct session *s, struct str args);
enum session_next smtp_cmd_rcpt(struct session *s, struct str args);
enum session_next smtp_cmd_data(struct session *s, struct str args);
enum session_next smtp_cmd_bdat(struct session *s, struct str args);
enum session_next smtp_cmd_auth(struct session *s, struct str args);
enum session_next smtp_cmd_starttls(struct session *s, struct str args);
enum session_next smtp_cmd_xclient(struct session *s, struct str args);
enum session_next smtp_cmd_rset(struct session *s, struct str args);
enum session_next smtp_cmd_noop(struct session *s, struct str args);
enum session_next smtp_cmd_help(struct session *s, struct str args);
enum session_next smtp_cmd_vrfy(struct session *s, struct str args);
enum session_next smtp_cmd_expn(struct session *s, struct str args);
enum session_next smtp_cmd_quit(struct session *s, struct str args);
enum session_next smtp_cmd_obsolete(struct session *s, struct str args);
enum session_next smtp_cmd_foreign(struct session *s, struct str args);

/* The end of SMTP_MODE_TURN: ask for the message. */
enum session_next smtp_data_begin(struct session *s);

/* More of a message has arrived (SMTP_MODE_DATA, SMTP_MODE_BDAT). PARK when all of it has been
 * used. */
enum session_next smtp_data_collect(struct session *s);
enum session_next smtp_bdat_collect(struct session *s);

/* A line in SMTP_MODE_AUTH. */
enum session_next smtp_auth_line(struct session *s, struct str line);

/* The time of SMTP_MODE_HELD is over: say what was held back. */
enum session_next smtp_auth_release(struct session *s);

/* Log-in is for submission only: the MX and LMTP never ask for passwords. */
bool smtp_auth_is_service(const struct session *s);

/* STARTTLS is possible and has not happened. */
bool smtp_starttls_is_offered(const struct session *s);

/* Greet: at the start and after XCLIENT. */
void smtp_session_greet(struct session *s);

/* Forget HELO, log-in and transaction: after STARTTLS and XCLIENT. */
void smtp_session_reset(struct session *s);

#endif
