/*
 * Answering a FETCH. Messages come from the store in slices and go straight out; what was computed
 * when the message was accepted is copied as it is. When the client does not take its answer, or
 * after some time, the answer pauses: between two messages or within a literal, with nothing in
 * memory but what was asked for and where it stands.
 */
#include <sched.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/imap/fetch_priv.h"
#include "src/mail/date.h"
#include "src/net/stream.h"

enum {
	PIECE = 256 * 1024,
	PIECE_SLOW = 64 * 1024, /* for a client that does not keep up */
	PAUSE_FROM = 64 * 1024, /* octets that wait for the client */
	LINES = 1000,           /* written between two looks at the client */
	STEP_MAX_MS = 500       /* then others may go first */
};

struct imap_fetch_run {
	/* Of the command, whose struct imap_cmd does not outlive a step. */
	struct str tag;
	const struct imap_command *command;
	bool is_uid;
	uint64_t *own_modseqs;
	size_t n_own_modseqs;

	struct imap_fetch f;
	struct store_set set;
	struct store_fetch_req q; /* q.after_uid: messages up to that are done with */
	struct imap_fetch_place place;
	uint64_t place_uid; /* of the message that `place` is in */
	uint64_t count;     /* messages */
	bool has_paused, has_unknown_encoding;
	int64_t end_ms; /* of this step */
};

bool imap_fetch_must_pause(struct imap_fetch_message *fm)
{
	return stream_pending(fm->c->stream) >= PAUSE_FROM || clock_mono_ms() >= fm->end_ms;
}

uint64_t imap_fetch_piece(const struct imap_fetch_message *fm)
{
	return fm->is_slow ? PIECE_SLOW : PIECE;
}

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

/* What stands before the sections. */
static void write_items(struct imap_cmd *c, uint32_t items, const struct store_message *m,
                        struct arena *a, bool *is_first_r)
{
	bool is_first = true;

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
	*is_first_r = is_first;
}

/* All of a message, or what is left of it when it has been begun. */
static enum err write_message(struct imap_cmd *c, const struct imap_fetch *f, uint32_t items,
                              struct imap_fetch_message *fm, struct arena *a)
{
	const struct imap_fetch_body *body = fm->place->body;
	bool is_first = true;
	enum err e;

	if (!body)
		imap_out_mark(&c->out);
	e = imap_surrogate_prepare(fm, f, items);
	if (e)
		return e;
	if (!body) {
		write_items(c, items, fm->m, a, &is_first);
		body = f->bodies;
	} else {
		e = imap_fetch_write_body(fm, body);
		is_first = false;
		body = body->next;
	}
	for (; body && !e && !fm->is_paused; body = body->next) {
		separate(c, &is_first);
		e = imap_fetch_write_body(fm, body);
	}
	if (!e && !fm->is_paused)
		imap_out_str(&c->out, STR(")\r\n"));
	return e;
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

/* Messages of a slice have new flags. */
static void take_flags(const struct store_fetch_res *r, const struct store_flags_change *change,
                       bool *is_changed)
{
	for (uint64_t i = 0; i <= change->n_alike; i++) {
		struct store_message *m = find_message(r, change->uid + i);

		if (!m)
			continue;
		m->flags = change->flags;
		m->keywords = change->keywords;
		m->n_keywords = change->n_keywords;
		m->modseq = change->modseq;
		is_changed[m - r->messages] = true;
	}
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
	for (size_t i = 0; i < done.n_changed; i++)
		take_flags(r, &done.changed[i], is_changed);
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

/*
 * Messages that were marked as seen before a pause: their flags are still to be told. The others
 * have not changed since, as far as this client knows.
 */
static void find_changed(const struct imap_cmd *c, const struct store_fetch_res *r,
                         bool *is_changed)
{
	for (size_t i = 0; i < r->n_messages; i++) {
		for (size_t k = 0; k < c->n_own_modseqs && !is_changed[i]; k++)
			is_changed[i] = r->messages[i].modseq == c->own_modseqs[k];
	}
}

/* RFC 3516 section 4.3: a section that we cannot decode fails the command. */
static bool can_decode(const struct imap_fetch *f, const struct store_message *m)
{
	for (const struct imap_fetch_body *body = f->bodies; body; body = body->next) {
		if (!imap_fetch_can_decode(m, body))
			return false;
	}
	return true;
}

/* One message. True in *is_paused_r: not all of it, or the next should wait. */
static enum err write_one(struct imap_cmd *c, struct imap_fetch_run *run, struct arena *a,
                          const struct store_message *m, bool is_changed, bool *is_paused_r)
{
	struct imap_fetch_message fm = {
		.c = c,
		.a = a,
		.m = m,
		.place = &run->place,
		.is_slow = run->has_paused,
		.end_ms = run->end_ms,
		.kept = m->octets,
	};
	enum err e;

	if (!run->place.body && !can_decode(&run->f, m)) {
		run->has_unknown_encoding = true;
		return ERR_OK;
	}
	if (run->f.n_bodies > 0)
		fm.piece = arena_new(a);
	e = write_message(c, &run->f, items_for(c, &run->f, is_changed), &fm, a);
	run->place_uid = m->uid;
	/* What is left of the slice would be read again: not for the time alone. */
	*is_paused_r = fm.is_paused ||
	               (run->f.n_bodies > 0 && stream_pending(c->stream) >= PAUSE_FROM);
	run->q.after_uid = fm.is_paused ? m->uid - 1 : m->uid;
	run->count += !fm.is_paused;
	return e;
}

/* A message and those that are like it. As write_one. */
static enum err write_alike(struct imap_cmd *c, struct imap_fetch_run *run, struct arena *a,
                            const struct store_message *m, bool is_changed, bool *is_paused_r)
{
	struct store_message one = *m;
	uint64_t left = m->n_alike + 1;
	enum err e = ERR_OK;

	while (left > 0 && !e && !*is_paused_r) {
		uint64_t n = imap_sync_alike(c, one.uid, left <= LINES ? left - 1 : LINES);
		struct imap_line line;

		e = write_one(c, run, a, &one, is_changed, is_paused_r);
		arena_reset(a);
		if (e || *is_paused_r)
			break;
		if (n > 0 && imap_out_line(&c->out, &line))
			imap_out_lines(&c->out, &line, n);
		else
			n = 0;
		run->q.after_uid += n;
		run->count += n;
		one.seq += n + 1;
		one.uid += n + 1;
		left -= n + 1;
		if (left == 0)
			break;
		imap_out_flush(&c->out);
		*is_paused_r = stream_push(c->stream) == STREAM_PUSH_FAILED ||
		               stream_pending(c->stream) >= PAUSE_FROM;
	}
	return e;
}

static enum err write_slice(struct imap_cmd *c, struct imap_fetch_run *run, struct arena *slice,
                            struct store_fetch_res *r, bool *is_paused_r)
{
	struct arena *message = arena_new(slice);
	bool *is_changed = arena_array(slice, r->n_messages + 1, sizeof *is_changed);
	bool sets_seen = run->f.sets_seen && !c->state->mailbox.is_readonly;
	enum err e = ERR_OK;

	if (sets_seen)
		e = set_seen(c, slice, r, is_changed);
	if (sets_seen && run->has_paused && !e)
		find_changed(c, r, is_changed);
	for (size_t i = 0; i < r->n_messages && !e && !*is_paused_r; i++)
		e = write_alike(c, run, message, &r->messages[i], is_changed[i], is_paused_r);
	return e;
}

/* A message that this session has not been told to be gone, but is (RFC 5530, EXPUNGEISSUED). */
static enum imap_next reply_done(struct imap_cmd *c, const struct imap_fetch_run *run)
{
	bool is_short = !run->set.is_uid && run->f.changedsince == 0 &&
	                run->count < imap_set_count(&run->set);

	if (run->has_unknown_encoding)
		return imap_reply_no(c, "UNKNOWN-CTE",
		                     "A section has an encoding that is not known here.");
	if (is_short)
		return imap_reply_ok(c, "EXPUNGEISSUED",
		                     "FETCH done; some messages are gone already.");
	return imap_reply_ok(c, NULL, "FETCH done.");
}

uint64_t imap_fetch_last_uid(const struct store_fetch_res *r)
{
	const struct store_message *last = &r->messages[r->n_messages - 1];

	return last->uid + last->n_alike;
}

/* After a slice: a client that is gone should not cost more work, one that is slow no thread. */
static bool is_client_there(struct imap_cmd *c, struct imap_fetch_run *run, bool *is_paused_r)
{
	imap_out_flush(&c->out);
	if (stream_push(c->stream) == STREAM_PUSH_FAILED) {
		c->session->close_reason = stream_error(c->stream);
		return false;
	}
	*is_paused_r |= stream_pending(c->stream) >= PAUSE_FROM || clock_mono_ms() >= run->end_ms;
	return true;
}

/* The next slice; what was begun must still be there. */
static enum err fetch_slice(struct imap_cmd *c, struct imap_fetch_run *run, struct arena *slice,
                            struct store_fetch_res *r)
{
	enum err e = store_fetch(c->store, slice, &run->q, r);

	if (!run->place.body) {
		imap_out_mark(&c->out);
		return e;
	}
	if (!e && (r->n_messages == 0 || r->messages[0].uid != run->place_uid))
		return ERR_TEMP;
	return e;
}

static enum imap_next pause(struct imap_cmd *c, struct imap_fetch_run *run)
{
	run->has_paused = true;
	run->own_modseqs = c->own_modseqs;
	run->n_own_modseqs = c->n_own_modseqs;
	c->im->fetch = run;
	return IMAP_NEXT_PAUSE;
}

static enum imap_next go_on(struct imap_cmd *c, struct imap_fetch_run *run)
{
	struct store_fetch_res r = { .has_more = true };
	struct arena *slice = arena_new(c->a);
	bool is_paused = false, is_there = true;
	enum err e = ERR_OK;

	run->end_ms = clock_mono_ms() + STEP_MAX_MS;
	stream_hold_output(c->stream, true);
	while (r.has_more && !e && is_there && !is_paused) {
		struct store_fetch_req next = run->q;

		arena_reset(slice);
		/* Who has a small command goes first. */
		(void)sched_yield();
		e = fetch_slice(c, run, slice, &r);
		if (e || r.n_messages == 0)
			break;
		/* The store reads the next slice while this one is written. */
		next.after_uid = imap_fetch_last_uid(&r);
		store_fetch_ahead(c->store, r.has_more ? &next : NULL);
		e = write_slice(c, run, slice, &r, &is_paused);
		if (!e && !is_paused)
			run->q.after_uid = next.after_uid;
		if (!e && (r.has_more || is_paused))
			is_there = is_client_there(c, run, &is_paused);
	}
	if (e || is_paused || !is_there)
		store_fetch_ahead(c->store, NULL);
	arena_free(&slice);
	if (e)
		return imap_reply_broken(c, e);
	if (!is_there)
		return IMAP_NEXT_CLOSE;
	return is_paused ? pause(c, run) : reply_done(c, run);
}

enum imap_next imap_fetch_go_on(struct imap_cmd *c)
{
	struct imap_fetch_run *run = c->im->fetch;

	c->tag = run->tag;
	c->command = run->command;
	c->is_uid = run->is_uid;
	c->own_modseqs = run->own_modseqs;
	c->n_own_modseqs = run->n_own_modseqs;
	return go_on(c, run);
}

enum imap_next imap_fetch_run(struct imap_cmd *c, const struct imap_fetch *f,
                              const struct store_set *set)
{
	struct imap_fetch_run *run = ARENA_NEW(c->a, struct imap_fetch_run);
	const uint32_t light = STORE_FETCH_FLAGS | STORE_FETCH_MODSEQ;
	bool can_join = !(f->fields & ~light) && !f->sets_seen && !f->bodies;

	*run = (struct imap_fetch_run){
		.tag = c->tag,
		.command = c->command,
		.is_uid = c->is_uid,
		.f = *f,
		.set = *set,
		.q = {
			.grant = c->state->grant,
			.mailbox_id = c->state->mailbox.id,
			.view = c->state->mailbox.view,
			.set = *set,
			.fields = f->fields | (f->sets_seen ? light : 0),
			.max = f->fields & ~(light | STORE_FETCH_DATES)
			               ? IMAP_FETCH_SLICE
			       : can_join ? IMAP_FETCH_JOINED_SLICE
			                  : IMAP_FETCH_LIGHT_SLICE,
			.can_join = can_join,
			.changedsince = f->changedsince,
		},
	};
	return go_on(c, run);
}
