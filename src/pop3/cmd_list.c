/* What is known of messages: STAT, LIST, UIDL (RFC 1939). */
#include "src/base/arena.h"
#include "src/net/stream.h"
#include "src/pop3/maildrop_priv.h"
#include "src/pop3/number_priv.h"
#include "src/pop3/session_priv.h"

enum {
	UIDL_PAGE = 1000
};

void pop3_cmd_stat(struct pop3_session *p, struct str arg)
{
	struct pop3_totals t = pop3_maildrop_totals(p->mail->drop);

	(void)arg;
	stream_printf(p->s->stream, "+OK %llu %llu\r\n", (unsigned long long)t.messages,
	              (unsigned long long)t.bytes);
}

static void write_size(struct stream *out, const struct pop3_entry *e)
{
	stream_printf(out, "%llu %llu\r\n", (unsigned long long)e->number,
	              (unsigned long long)e->size);
}

void pop3_cmd_list(struct pop3_session *p, struct str arg)
{
	struct pop3_totals t = pop3_maildrop_totals(p->mail->drop);
	struct stream *out = p->s->stream;
	struct pop3_iter it;
	struct pop3_entry e;

	if (str_trim(arg).n) {
		if (!pop3_number_take(p, str_trim(arg), &e))
			return;
		stream_write_c(out, "+OK ");
		write_size(out, &e);
		return;
	}
	pop3_reply_numbers(p, POP3_SAY_MESSAGES, t.messages, t.bytes);
	pop3_maildrop_iter_init(&it, p->mail->drop);
	while (pop3_maildrop_iter_next(&it, &e))
		if (!e.is_deleted)
			write_size(out, &e);
	stream_write_c(out, ".\r\n");
}

/* ---------------------------------------------------------------- UIDL */

/* UIDLs that were kept from another server, a page at a time, from `uid` on. */
struct uidl_page {
	struct arena *arena;
	struct store_message *messages;
	size_t n, at;
};

static enum err read_page(struct pop3_session *p, uint64_t uid, uint64_t last,
                          struct uidl_page *page)
{
	struct store_range range = { uid, last };
	struct store_fetch_req q = {
		.grant = p->mail->grant,
		.mailbox_id = p->mail->mailbox_id,
		/* Every message that exists, whatever has been announced to anybody. */
		.view = { .uidnext = INT64_MAX, .expunged = INT64_MAX },
		.set = { .is_uid = true, .ranges = &range, .n_ranges = 1 },
		.fields = STORE_FETCH_UIDL,
		.max = UIDL_PAGE,
	};
	struct store_fetch_res res;
	enum err err;

	arena_reset(page->arena);
	page->n = page->at = 0;
	err = store_fetch(p->s->store, page->arena, &q, &res);
	if (err)
		return err;
	page->messages = res.messages;
	page->n = res.n_messages;
	return ERR_OK;
}

/* The message's own UIDL. Fails with: ERR_NOTFOUND (removed meanwhile) and what the store says. */
static enum err find_uidl(struct pop3_session *p, const struct pop3_entry *e, uint64_t last,
                          struct uidl_page *page, struct str *uidl_r)
{
	while (page->at < page->n && page->messages[page->at].uid < e->uid)
		page->at++;
	if (page->at == page->n) {
		enum err err = read_page(p, e->uid, last, page);

		if (err)
			return err;
	}
	if (page->at == page->n || page->messages[page->at].uid != e->uid)
		return ERR_NOTFOUND;
	*uidl_r = page->messages[page->at].uidl;
	return ERR_OK;
}

static enum err write_uidl(struct pop3_session *p, const struct pop3_entry *e, uint64_t last,
                           struct uidl_page *page, const char *before)
{
	struct str prefix = pop3_maildrop_uidl_prefix(p->mail->drop), uidl = { 0 };

	if (e->has_own_uidl) {
		enum err err = find_uidl(p, e, last, page, &uidl);

		if (err)
			return err;
		stream_printf(p->s->stream, "%s%llu %.*s\r\n", before,
		              (unsigned long long)e->number, STR_ARG(uidl));
		return ERR_OK;
	}
	stream_printf(p->s->stream, "%s%llu %.*s%llu\r\n", before, (unsigned long long)e->number,
	              STR_ARG(prefix), (unsigned long long)e->uid);
	return ERR_OK;
}

/*
 * All of them. A message whose own UIDL can no longer be asked for has been removed by another
 * session and is left out; other trouble in the middle of the list can only be shown by breaking
 * off.
 */
static void list_uidls(struct pop3_session *p, struct uidl_page *page)
{
	uint64_t count = pop3_maildrop_count(p->mail->drop);
	struct pop3_entry e, last = { 0 };
	struct pop3_iter it;

	pop3_reply_ok(p, POP3_SAY_UIDLS);
	if (count)
		(void)pop3_maildrop_get(p->mail->drop, count, &last);
	pop3_maildrop_iter_init(&it, p->mail->drop);
	while (pop3_maildrop_iter_next(&it, &e)) {
		enum err err = e.is_deleted ? ERR_OK : write_uidl(p, &e, last.uid, page, "");

		if (err && err != ERR_NOTFOUND) {
			p->s->close_reason = "store failed within UIDL";
			p->next = SESSION_CLOSE;
			return;
		}
	}
	stream_write_c(p->s->stream, ".\r\n");
}

void pop3_cmd_uidl(struct pop3_session *p, struct str arg)
{
	struct uidl_page page = { .arena = arena_new(p->s->scratch) };
	struct pop3_entry e;
	enum err err;

	if (!str_trim(arg).n) {
		list_uidls(p, &page);
	} else if (pop3_number_take(p, str_trim(arg), &e)) {
		err = write_uidl(p, &e, e.uid, &page, "+OK ");
		if (err)
			pop3_reply_err(p, POP3_DOING_READ, err);
	}
	arena_free(&page.arena);
}
