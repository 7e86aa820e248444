/*
 * Quick resynchronization (RFC 7162 section 3.2): what has happened to the messages that a client
 * knows from an earlier session.
 */
#include "src/base/arena.h"
#include "src/imap/session_priv.h"

/* A set without "*", in the order it was written (RFC 7162 section 7, known-sequence-set). */
static bool parse_known(struct imap_parser *p, struct imap_set *set, const char *expected)
{
	if (!imap_parser_set(p, set))
		return false;
	return !set->has_star || imap_parser_fail(p, expected);
}

static uint64_t count(const struct imap_set *set)
{
	uint64_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		n += set->ranges[i].last - set->ranges[i].first + 1;
	return n;
}

static bool parse_match(struct imap_parser *p, struct imap_resync *resync)
{
	if (!parse_known(p, &resync->match_seqs, "message numbers without *") ||
	    !imap_parser_space(p) || !parse_known(p, &resync->match_uids, "UIDs without *"))
		return false;
	if (count(&resync->match_seqs) != count(&resync->match_uids))
		return imap_parser_fail(p, "as many UIDs as message numbers");
	return imap_parser_byte(p, ')', "the end of the known message numbers and UIDs");
}

bool imap_resync_parse(struct imap_parser *p, struct imap_resync *resync)
{
	*resync = (struct imap_resync){ 0 };
	if (!imap_parser_byte(p, '(', "(uidvalidity modseq ...) behind QRESYNC") ||
	    !imap_parser_number(p, 1, UINT32_MAX, &resync->uidvalidity) || !imap_parser_space(p) ||
	    !imap_parser_number(p, 1, INT64_MAX, &resync->modseq))
		return false;
	if (imap_parser_try(p, ' ') && !imap_parser_peek(p, '(')) {
		resync->has_known = true;
		if (!parse_known(p, &resync->known, "known UIDs without *"))
			return false;
		imap_parser_try(p, ' ');
	}
	if (imap_parser_try(p, '(') && !parse_match(p, resync))
		return false;
	return imap_parser_byte(p, ')', "known UIDs, or the end of the QRESYNC parameter");
}

enum err imap_resync_vanished(struct imap_cmd *c, const struct store_set *known, uint64_t since,
                              const struct imap_resync *match, uint64_t *changedsince_r)
{
	struct store_vanished_req q = {
		.grant = c->state->grant,
		.mailbox_id = c->state->mailbox.id,
		.view = c->state->mailbox.view,
		.known = *known,
		.since = since,
	};
	struct store_vanished_res r;
	enum err e;

	if (match) {
		q.match_seqs = match->match_seqs.ranges;
		q.n_match_seqs = match->match_seqs.n;
		q.match_uids = match->match_uids.ranges;
		q.n_match_uids = match->match_uids.n;
	}
	e = store_vanished(c->store, c->a, &q, &r);
	if (e)
		return e;
	if (r.n_uids > 0) {
		imap_out_c(&c->out, "* VANISHED (EARLIER) ");
		imap_out_ranges(&c->out, r.uids, r.n_uids);
		imap_out_c(&c->out, "\r\n");
	}
	*changedsince_r = r.changedsince;
	return ERR_OK;
}

/* Flags of what has changed: of new messages, too, as far as the client counts them as known. */
static enum err tell_flags(struct imap_cmd *c, const struct store_set *known, uint64_t since)
{
	struct store_fetch_req q = {
		.grant = c->state->grant,
		.mailbox_id = c->state->mailbox.id,
		.view = c->state->mailbox.view,
		.set = *known,
		.fields = STORE_FETCH_FLAGS | STORE_FETCH_MODSEQ,
		.max = IMAP_FETCH_LIGHT_SLICE,
		.changedsince = since,
		.can_join = true,
	};
	struct store_fetch_res r = { .has_more = true };
	struct arena *slice = arena_new(c->a);
	enum err e = ERR_OK;

	while (!e && r.has_more) {
		arena_reset(slice);
		e = store_fetch(c->store, slice, &q, &r);
		for (size_t i = 0; !e && i < r.n_messages; i++) {
			const struct store_message *m = &r.messages[i];
			const struct store_flags_change change = {
				.seq = m->seq,
				.uid = m->uid,
				.n_alike = m->n_alike,
				.modseq = m->modseq,
				.flags = m->flags,
				.keywords = m->keywords,
				.n_keywords = m->n_keywords,
			};

			imap_sync_flags_lines(c, &change, true, imap_sync_flags_line);
		}
		if (e || r.n_messages == 0)
			break;
		q.after_uid = imap_fetch_last_uid(&r);
	}
	arena_free(&slice);
	return e;
}

enum err imap_resync_run(struct imap_cmd *c, const struct imap_resync *resync)
{
	const struct imap_mailbox *mailbox = &c->state->mailbox;
	const struct store_range all = { 1, mailbox->view.uidnext - 1 };
	struct store_set known = { .is_uid = true, .ranges = &all, .n_ranges = 1 };
	uint64_t since;
	enum err e;

	/* RFC 7162 section 3.2.5: of another UIDVALIDITY the client knows nothing. */
	if (resync->uidvalidity != mailbox->uidvalidity)
		return ERR_OK;
	if (resync->has_known) {
		known.ranges = resync->known.ranges;
		known.n_ranges = resync->known.n;
	}
	if (known.ranges[0].first > known.ranges[0].last)
		return ERR_OK;
	e = imap_resync_vanished(c, &known, resync->modseq, resync, &since);
	return e ? e : tell_flags(c, &known, since);
}
