#include "src/base/clock.h"
#include "src/config/config.h"
#include "src/smtp/smtp_priv.h"

enum {
	TURN_MAX_MS = 200
};

enum session_next smtp_data_begin(struct session *s)
{
	struct smtp_state *st = smtp_state(s);
	enum err e = smtp_transaction_start_body(s);

	st->mode = SMTP_MODE_COMMAND;
	if (e) {
		smtp_reply_send(s, e == ERR_TEMP ? smtp_reply_map(ERR_LIMIT, false)
		                                 : smtp_reply_trouble(s, "data", e));
		return SESSION_AGAIN;
	}
	st->txn->scan.has_dots = true;
	st->mode = SMTP_MODE_DATA;
	smtp_reply_send(s, &(struct smtp_reply){ 354, NULL, "End data with <CR><LF>.<CR><LF>" });
	return SESSION_AGAIN;
}

enum session_next smtp_cmd_data(struct session *s, struct str args)
{
	struct smtp_state *st = smtp_state(s);
	struct smtp_transaction *txn = st->txn;

	(void)args;
	if (!txn)
		return smtp_reply_error(s, 503, "5.5.1", "Send MAIL and RCPT first");
	if (!txn->n_rcpts) {
		/* RFC 2033 section 4.2 wants 503 here, RFC 5321 section 3.3 allows 554. */
		bool is_lmtp = s->listener->protocol == CONFIG_PROTOCOL_LMTP;

		return smtp_reply_error(s, is_lmtp ? 503 : 554, "5.5.1", "No valid recipients");
	}
	if (txn->has_body)
		return smtp_reply_error(s, 503, "5.5.1", "BDAT has begun, DATA cannot follow");
	if (txn->body_type == 2)
		return smtp_reply_error(s, 503, "5.5.1", "BODY=BINARYMIME needs BDAT");
	if (!s->host->must_wait || !s->host->must_wait(s->host->context, s))
		return smtp_data_begin(s);
	st->mode = SMTP_MODE_TURN;
	st->turn_ms = clock_mono_ms() + TURN_MAX_MS;
	return SESSION_PARK;
}

enum session_next smtp_data_collect(struct session *s)
{
	struct smtp_state *st = smtp_state(s);
	bool is_end = false;
	struct str window;
	enum stream_got got;

	window = stream_buffered(s->stream);
	if (!window.n) {
		got = stream_fill(s->stream, SMTP_WINDOW);
		window = stream_buffered(s->stream);
		if (!window.n && got == STREAM_MORE)
			return SESSION_PARK;
		if (!window.n) {
			s->close_reason = "closed inside the message";
			return SESSION_CLOSE;
		}
	}
	stream_consume(s->stream, smtp_transaction_add_body(s, window, &is_end));
	if (!is_end)
		return SESSION_AGAIN;
	st->mode = SMTP_MODE_COMMAND;
	return smtp_accept_message(s);
}
