#include "src/config/config.h"
#include "src/smtp/smtp_priv.h"

static const struct smtp_reply no_order = { 503, "5.5.1",
	                                    "BDAT is out of order: MAIL and RCPT come first" };
static const struct smtp_reply no_rcpts = { 554, "5.5.1", "No valid recipients" };
static const struct smtp_reply has_failed = { 503, "5.5.1",
	                                      "A chunk before was refused: RSET comes first" };
static const struct smtp_reply too_large = { 552, "5.3.4",
	                                     "Message size exceeds the limit of this server" };

/* BDAT 1000 [LAST] (RFC 3030 section 2) */
static bool read_args(struct str args, uint64_t *size_r, bool *is_last_r)
{
	struct str number;

	str_cut(&args, ' ', &number);
	args = str_trim(args);
	*is_last_r = str_ieq(args, STR("LAST"));
	return str_to_u64(number, INT64_MAX, size_r) && (!args.n || *is_last_r);
}

/* Why this chunk cannot be taken, or NULL. Its octets must be read all the same. */
static const struct smtp_reply *check_order(struct session *s)
{
	struct smtp_transaction *txn = smtp_state(s)->txn;
	enum err e;

	if (!txn)
		return &no_order;
	if (!txn->n_rcpts)
		return s->listener->protocol == CONFIG_PROTOCOL_LMTP ? &no_order : &no_rcpts;
	if (txn->is_failed)
		return &has_failed;
	if (smtp_state(s)->chunk_size > s->config->limits.message_max_bytes)
		return &too_large;
	if (txn->has_body)
		return NULL;
	e = smtp_transaction_start_body(s);
	if (!e)
		return NULL;
	return e == ERR_TEMP ? smtp_reply_map(ERR_LIMIT, false) : smtp_reply_trouble(s, "bdat", e);
}

enum session_next smtp_cmd_bdat(struct session *s, struct str args)
{
	struct smtp_state *st = smtp_state(s);

	if (!read_args(args, &st->chunk_size, &st->is_chunk_last)) {
		/* Where the chunk ends cannot be known: whatever follows must not be read as
		 * commands. */
		smtp_reply_format(s, 501, "5.5.4",
		                  "Syntax: BDAT octets [LAST]; closing the connection");
		s->close_reason = "malformed BDAT";
		return SESSION_CLOSE;
	}
	/* A chunk that is too large is read and thrown away, but not for ever. */
	if (st->chunk_size / 4 > s->config->limits.message_max_bytes) {
		smtp_reply_send(s, &too_large);
		s->close_reason = "far too large a chunk";
		return SESSION_CLOSE;
	}
	st->chunk_left = st->chunk_size;
	st->chunk_refusal = check_order(s);
	if (st->chunk_refusal && st->txn)
		st->txn->is_failed = true;
	st->mode = SMTP_MODE_BDAT;
	return SESSION_AGAIN;
}

/* What a chunk that is not the last has brought so far may already be too much. */
static const struct smtp_reply *check_body(const struct smtp_transaction *txn)
{
	if (!txn->body_error)
		return NULL;
	if (txn->body_error == ERR_LIMIT)
		return &too_large;
	return smtp_reply_map(txn->body_error == ERR_TEMP ? ERR_LIMIT : txn->body_error, false);
}

static enum session_next finish_chunk(struct session *s)
{
	struct smtp_state *st = smtp_state(s);
	const struct smtp_reply *refusal = st->chunk_refusal;

	st->mode = SMTP_MODE_COMMAND;
	st->chunk_refusal = NULL;
	if (refusal && st->txn && refusal != &no_order && refusal != &has_failed &&
	    refusal != &no_rcpts) {
		smtp_reply_reject(s, "bdat", str_c(""), refusal);
		return SESSION_AGAIN;
	}
	if (refusal)
		return smtp_reply_error(s, refusal->code, refusal->enhanced, refusal->text);
	if (st->is_chunk_last) {
		smtp_scan_finish(&st->txn->scan);
		return smtp_accept_message(s);
	}
	refusal = check_body(st->txn);
	if (refusal) {
		st->txn->is_failed = true;
		smtp_reply_reject(s, "bdat", str_c(""), refusal);
		return SESSION_AGAIN;
	}
	smtp_reply_format(s, 250, "2.0.0", "%llu octets received",
	                  (unsigned long long)st->chunk_size);
	return SESSION_AGAIN;
}

enum session_next smtp_bdat_collect(struct session *s)
{
	struct smtp_state *st = smtp_state(s);
	struct str window;

	if (!st->chunk_left)
		return finish_chunk(s);
	window = stream_buffered(s->stream);
	if (!window.n) {
		size_t want = st->chunk_left < SMTP_WINDOW ? (size_t)st->chunk_left
		                                           : (size_t)SMTP_WINDOW;
		enum stream_got got = stream_fill(s->stream, want);

		window = stream_buffered(s->stream);
		if (!window.n && got == STREAM_MORE)
			return SESSION_PARK;
		if (!window.n) {
			s->close_reason = "closed inside a chunk";
			return SESSION_CLOSE;
		}
	}
	if (window.n > st->chunk_left)
		window = str_first(window, (size_t)st->chunk_left);
	if (!st->chunk_refusal)
		smtp_transaction_add_body(s, window, NULL);
	st->chunk_left -= window.n;
	stream_consume(s->stream, window.n);
	return SESSION_AGAIN;
}
