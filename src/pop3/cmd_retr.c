/* RETR and TOP (RFC 1939): messages in pieces, never whole in memory. */
#include "src/base/arena.h"
#include "src/mail/downgrade.h"
#include "src/net/stream.h"
#include "src/pop3/maildrop_priv.h"
#include "src/pop3/number_priv.h"
#include "src/pop3/session_priv.h"
#include "src/pop3/text_priv.h"

enum {
	PIECE_MAX = 256 * 1024,
	TOP_PIECE = 16 * 1024 /* most headers fit */
};

/* One message on its way out. */
struct transfer {
	struct pop3_session *p;
	struct arena *arena; /* of one piece */
	struct pop3_entry entry;
	uint64_t offset, total;
	struct pop3_text text;
	struct mail_downgrade *downgrade; /* NULL: as it is */
	struct pop3_top *top;             /* NULL: all of it */
};

static enum err read_piece(struct transfer *t, uint32_t want, struct str *octets_r)
{
	struct store_read_req q = {
		.grant = t->p->mail->grant,
		.mailbox_id = t->p->mail->mailbox_id,
		.uid = t->entry.uid,
		.offset = t->offset,
		.size = want,
	};
	struct store_read_res res;
	enum err err;

	arena_reset(t->arena);
	err = store_read(t->p->s->store, t->arena, &q, &res);
	if (err)
		return err;
	t->total = res.message_size;
	t->offset += res.octets.n;
	/* A store that gives nothing before the end would have us ask for ever. */
	if (!res.octets.n && t->offset < t->total)
		return ERR_CORRUPT;
	*octets_r = res.octets;
	return ERR_OK;
}

static void write_text(void *context, struct str octets)
{
	pop3_text_write(context, octets);
}

static void write_piece(struct transfer *t, struct str octets)
{
	if (t->top)
		octets = pop3_text_cut(t->top, octets);
	if (t->downgrade)
		mail_downgrade_write(t->downgrade, octets);
	else
		pop3_text_write(&t->text, octets);
}

static bool is_over(const struct transfer *t)
{
	return t->offset >= t->total || (t->top && t->top->is_done);
}

/* The rest after the first piece. Once +OK has gone out, trouble can only be shown by breaking off.
 */
static void send_rest(struct transfer *t, struct str octets)
{
	struct session *s = t->p->s;
	enum err err = ERR_OK;

	write_piece(t, octets);
	while (!is_over(t)) {
		pop3_mail_renew(t->p);
		err = stream_flush(s->stream);
		if (!err)
			err = read_piece(t, PIECE_MAX, &octets);
		if (err)
			break;
		write_piece(t, octets);
	}
	if (err) {
		s->close_reason = "broken off within a message";
		t->p->next = SESSION_CLOSE;
		return;
	}
	if (t->downgrade)
		mail_downgrade_end(t->downgrade);
	pop3_text_end(&t->text);
	t->p->mail->retrieved++;
	t->p->mail->retrieved_bytes += t->offset;
}

static void transfer(struct pop3_session *p, const struct pop3_entry *e, struct pop3_top *top)
{
	struct transfer t = { .p = p, .entry = *e, .top = top, .text = { .out = p->s->stream } };
	uint32_t first = top ? TOP_PIECE : PIECE_MAX;
	struct str octets;
	enum err err;

	t.arena = arena_new(p->s->scratch);
	if (!p->is_utf8)
		t.downgrade = mail_downgrade_new(p->s->scratch, write_text, &t.text);
	err = read_piece(&t, e->size < first ? (uint32_t)e->size + 1 : first, &octets);
	if (err) {
		pop3_reply_err(p, POP3_DOING_READ, err);
	} else {
		if (top)
			pop3_reply_ok(p, POP3_SAY_TOP_FOLLOWS);
		else
			pop3_reply_numbers(p, POP3_SAY_OCTETS, t.total, 0);
		send_rest(&t, octets);
	}
	arena_free(&t.arena);
}

void pop3_cmd_retr(struct pop3_session *p, struct str arg)
{
	struct pop3_entry e;

	if (pop3_number_take(p, str_trim(arg), &e))
		transfer(p, &e, NULL);
}

/* TOP msg n */
void pop3_cmd_top(struct pop3_session *p, struct str arg)
{
	struct str lines = str_trim(arg), number;
	struct pop3_top top = { 0 };
	struct pop3_entry e;

	str_cut(&lines, ' ', &number);
	if (!str_to_u64(str_trim(lines), UINT64_MAX, &top.lines_left)) {
		pop3_reply_bad(p, POP3_SAY_TOP_NUMBERS_WANTED);
		return;
	}
	if (pop3_number_take(p, number, &e))
		transfer(p, &e, &top);
}
