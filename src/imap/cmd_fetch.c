/*
 * FETCH (RFC 3501 section 6.4.5), with CHANGEDSINCE (RFC 7162 section 3.1.4). Messages come from
 * the store in slices and go straight out; what was computed when the message was accepted is
 * copied as it is.
 */
#include <stdlib.h>

#include "src/base/arena.h"
#include "src/imap/fetch_priv.h"
#include "src/mail/date.h"
#include "src/net/stream.h"

static void separate(struct imap_cmd *c, bool *is_first)
{
	if (!*is_first)
		imap_out_byte(&c->out, ' ');
	*is_first = false;
}

static void write_text(struct imap_cmd *c, bool *is_first, struct str name, struct str text)
{
	separate(c, is_first);
	imap_out_str(&c->out, name);
	imap_out_str(&c->out, text);
}

/* "INTERNALDATE "23-Nov-2026 03:04:05 +0000"": the store keeps the instant, UTC is as good a zone
 * as any. */
static void write_date(struct imap_cmd *c, bool *is_first, struct str name, struct arena *a,
                       int64_t ms)
{
	separate(c, is_first);
	imap_out_str(&c->out, name);
	imap_out_str(&c->out, STR(" \""));
	imap_out_str(&c->out, mail_date_format_imap(a, ms, 0));
	imap_out_byte(&c->out, '"');
}

static void write_id(struct imap_cmd *c, bool *is_first, struct str name, enum imap_object kind,
                     uint64_t id)
{
	separate(c, is_first);
	imap_out_str(&c->out, name);
	imap_out_str(&c->out, STR(" ("));
	imap_objectid_write(c, kind, id);
	imap_out_byte(&c->out, ')');
}

/* What was added to IMAP4rev1 later. */
static void write_extensions(struct imap_cmd *c, bool *is_first, const struct store_message *m,
                             uint32_t items)
{
	if (items & IMAP_FETCH_EMAILID)
		write_id(c, is_first, STR("EMAILID"), IMAP_OBJECT_EMAIL, m->msg_id);
	if (items & IMAP_FETCH_THREADID)
		write_id(c, is_first, STR("THREADID"), IMAP_OBJECT_THREAD, m->thread_id);
	if (items & IMAP_FETCH_PREVIEW) {
		write_text(c, is_first, STR("PREVIEW "), STR(""));
		imap_out_string(&c->out, m->preview);
	}
}

static enum err write_message(struct imap_cmd *c, const struct imap_fetch *f, uint32_t items,
                              struct imap_fetch_message *fm, struct arena *a)
{
	const struct store_message *m;
	bool is_first = true;
	enum err e;

	imap_out_mark(&c->out);
	e = imap_surrogate_prepare(fm, f, items);
	if (e)
		return e;
	m = fm->m;
	imap_out_str(&c->out, STR("* "));
	imap_out_u64(&c->out, m->seq);
	imap_out_str(&c->out, STR(" FETCH ("));
	if (items & IMAP_FETCH_UID) {
		write_text(c, &is_first, STR("UID "), STR(""));
		imap_out_u64(&c->out, m->uid);
	}
	if (items & IMAP_FETCH_FLAGS) {
		write_text(c, &is_first, STR("FLAGS "), STR(""));
		imap_sync_write_flags(c, m->uid, m->flags, m->keywords, m->n_keywords);
	}
	if (items & IMAP_FETCH_MODSEQ) {
		write_text(c, &is_first, STR("MODSEQ ("), STR(""));
		imap_out_u64(&c->out, m->modseq);
		imap_out_byte(&c->out, ')');
	}
	if (items & IMAP_FETCH_INTERNALDATE)
		write_date(c, &is_first, STR("INTERNALDATE"), a, m->internaldate_ms);
	if (items & IMAP_FETCH_SAVEDATE)
		write_date(c, &is_first, STR("SAVEDATE"), a, m->saved_ms);
	if (items & IMAP_FETCH_SIZE) {
		write_text(c, &is_first, STR("RFC822.SIZE "), STR(""));
		imap_out_u64(&c->out, m->size);
	}
	if (items & IMAP_FETCH_ENVELOPE)
		write_text(c, &is_first, STR("ENVELOPE "), m->envelope);
	if (items & IMAP_FETCH_BODY)
		write_text(c, &is_first, STR("BODY "), m->body);
	if (items & IMAP_FETCH_BODYSTRUCTURE)
		write_text(c, &is_first, STR("BODYSTRUCTURE "), m->bodystructure);
	write_extensions(c, &is_first, m, items);
	for (const struct imap_fetch_body *body = f->bodies; body; body = body->next) {
		separate(c, &is_first);
		e = imap_fetch_write_body(fm, body);
		if (e)
			return e;
	}
	imap_out_str(&c->out, STR(")\r\n"));
	return ERR_OK;
}

/* The message of a slice with this UID, or NULL. Slices ascend. */
static struct store_message *find_message(const struct store_fetch_res *r, uint64_t uid)
{
	size_t lo = 0, hi = r->n_messages;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (r->messages[mid].uid < uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < r->n_messages && r->messages[lo].uid == uid ? &r->messages[lo] : NULL;
}

/*
 * Set \Seen on those of a slice that do not have it, in one step, before they are sent: RFC 3501
 * wants the new flags in the answer. `is_changed` marks them, in the order of the slice.
 */
static enum err set_seen(struct imap_cmd *c, struct arena *a, struct store_fetch_res *r,
                         bool *is_changed)
{
	struct store_range *uids = arena_array(a, r->n_messages, sizeof *uids);
	struct store_store_flags_req q = {
		.grant = c->state->grant,
		.mailbox_id = c->state->mailbox.id,
		.view = c->state->mailbox.view,
		.set = { .is_uid = true, .ranges = uids },
		.op = STORE_FLAGS_ADD,
		.flags = STORE_FLAG_SEEN,
	};
	struct store_store_flags_res done;
	size_t n = 0;
	enum err e;

	for (size_t i = 0; i < r->n_messages; i++) {
		if (!(r->messages[i].flags & STORE_FLAG_SEEN))
			imap_set_add(uids, &n, r->messages[i].uid);
	}
	if (n == 0)
		return ERR_OK;
	q.set.n_ranges = n;
	e = store_store_flags(c->store, a, &q, &done);
	if (e)
		return e;
	imap_sync_own(c, done.modseq);
	for (size_t i = 0; i < done.n_changed; i++) {
		struct store_message *m = find_message(r, done.changed[i].uid);

		if (!m)
			continue;
		m->flags = done.changed[i].flags;
		m->keywords = done.changed[i].keywords;
		m->n_keywords = done.changed[i].n_keywords;
		m->modseq = done.changed[i].modseq;
		is_changed[m - r->messages] = true;
	}
	return ERR_OK;
}

static uint32_t items_for(const struct imap_cmd *c, const struct imap_fetch *f, bool is_changed)
{
	uint32_t items = f->items;

	if (is_changed)
		items |= IMAP_FETCH_FLAGS;
	if (is_changed && (c->state->enabled & IMAP_ENABLED_CONDSTORE))
		items |= IMAP_FETCH_MODSEQ | IMAP_FETCH_UID;
	return items;
}

static enum err write_slice(struct imap_cmd *c, const struct imap_fetch *f, struct arena *slice,
                            struct store_fetch_res *r)
{
	struct arena *message = arena_new(slice);
	bool *is_changed = arena_array(slice, r->n_messages + 1, sizeof *is_changed);
	enum err e = ERR_OK;

	if (f->sets_seen && !c->state->mailbox.is_readonly)
		e = set_seen(c, slice, r, is_changed);
	for (size_t i = 0; i < r->n_messages && !e; i++) {
		struct imap_fetch_message fm = {
			.c = c,
			.a = message,
			.m = &r->messages[i],
			.kept = r->messages[i].octets,
		};

		if (f->n_bodies > 0)
			fm.piece = arena_new(message);
		e = write_message(c, f, items_for(c, f, is_changed[i]), &fm, slice);
		if (f->n_bodies > 0 || fm.surrogate.n > 0)
			arena_reset(message);
	}
	return e;
}

static bool parse_modifier(struct imap_cmd *c, struct imap_fetch *f)
{
	struct imap_parser *p = &c->in;

	if (imap_parser_try_word(p, "CHANGEDSINCE")) {
		f->items |= IMAP_FETCH_MODSEQ;
		f->fields |= STORE_FETCH_FLAGS;
		f->has_changedsince = true;
		return imap_parser_space(p) &&
		       imap_parser_number(p, 0, INT64_MAX, &f->changedsince);
	}
	/* RFC 7162 section 3.2.6. */
	if (!imap_parser_try_word(p, "VANISHED"))
		return imap_parser_fail(p, "CHANGEDSINCE modseq or VANISHED");
	if (!c->is_uid)
		return imap_parser_fail(p, "VANISHED with UID FETCH only");
	if (!(c->state->enabled & IMAP_ENABLED_QRESYNC))
		return imap_parser_fail(p, "ENABLE QRESYNC before VANISHED");
	f->wants_vanished = true;
	return true;
}

/* "(CHANGEDSINCE n VANISHED)" behind the items (RFC 4466 section 2.4). */
static bool parse_modifiers(struct imap_cmd *c, struct imap_fetch *f)
{
	struct imap_parser *p = &c->in;

	if (!imap_parser_try(p, ' ') || p->rest.n == 0)
		return true;
	if (!imap_parser_byte(p, '(', "modifiers in parentheses"))
		return false;
	do {
		if (!parse_modifier(c, f))
			return false;
	} while (imap_parser_try(p, ' '));
	if (f->wants_vanished && !f->has_changedsince)
		return imap_parser_fail(p, "CHANGEDSINCE beside VANISHED");
	return imap_parser_byte(p, ')', "a space or the end of the modifiers");
}

/* A message that this session has not been told to be gone, but is (RFC 5530, EXPUNGEISSUED). */
static enum imap_next reply_done(struct imap_cmd *c, const struct imap_fetch *f,
                                 const struct store_set *set, uint64_t count)
{
	bool is_short = !set->is_uid && f->changedsince == 0 && count < imap_set_count(set);

	if (is_short)
		return imap_reply_ok(c, "EXPUNGEISSUED",
		                     "FETCH done; some messages are gone already.");
	return imap_reply_ok(c, NULL, "FETCH done.");
}

static bool is_client_there(struct imap_cmd *c)
{
	imap_out_flush(&c->out);
	if (!stream_flush(c->stream))
		return true;
	c->session->close_reason = stream_error(c->stream);
	return false;
}

static enum imap_next run_fetch(struct imap_cmd *c, const struct imap_fetch *f,
                                const struct store_set *set)
{
	struct store_fetch_req q = {
		.grant = c->state->grant,
		.mailbox_id = c->state->mailbox.id,
		.view = c->state->mailbox.view,
		.set = *set,
		.fields = f->fields | (f->sets_seen ? STORE_FETCH_FLAGS : 0),
		.max = f->fields & ~(uint32_t)(STORE_FETCH_FLAGS | STORE_FETCH_DATES)
		               ? IMAP_FETCH_SLICE
		               : IMAP_FETCH_LIGHT_SLICE,
		.changedsince = f->changedsince,
	};
	struct store_fetch_res r = { .has_more = true };
	struct arena *slice = arena_new(c->a);
	uint64_t count = 0;

	while (r.has_more) {
		enum err e;

		arena_reset(slice);
		e = store_fetch(c->store, slice, &q, &r);
		imap_out_mark(&c->out);
		if (!e && r.n_messages == 0)
			break;
		/* The store reads the next slice while this one is written. */
		if (!e) {
			q.after_uid = r.messages[r.n_messages - 1].uid;
			store_fetch_ahead(c->store, r.has_more ? &q : NULL);
			e = write_slice(c, f, slice, &r);
		}
		/* A client that is gone should not cost more work. */
		if (e || (f->n_bodies > 0 && !is_client_there(c))) {
			store_fetch_ahead(c->store, NULL);
			return e ? imap_reply_broken(c, e) : IMAP_NEXT_CLOSE;
		}
		count += r.n_messages;
	}
	return reply_done(c, f, set, count);
}

enum imap_next imap_cmd_fetch(struct imap_cmd *c)
{
	struct imap_parser *p = &c->in;
	struct imap_fetch f = { 0 };
	struct store_set resolved;
	struct imap_set set;

	if (!imap_parser_space(p) || !imap_parser_set(p, &set) || !imap_parser_space(p) ||
	    !imap_fetch_parse(p, &f) || !parse_modifiers(c, &f) || !imap_parser_end(p) ||
	    !imap_set_resolve(c, &set, c->is_uid, &resolved))
		return imap_reply_bad(c);
	if (c->is_uid)
		f.items |= IMAP_FETCH_UID;
	if (f.items & IMAP_FETCH_MODSEQ)
		imap_sync_enable_modseq(c);
	if (f.wants_vanished) {
		enum err e = imap_resync_vanished(c, &resolved, f.changedsince, NULL,
		                                  &f.changedsince);

		if (e)
			return imap_reply_err(c, e);
	}
	return run_fetch(c, &f, &resolved);
}
