/*
 * FETCH (RFC 3501 section 6.4.5), with CHANGEDSINCE (RFC 7162 section 3.1.4) and PARTIAL (RFC
 * 9394): what is asked for.
 */
#include "src/base/arena.h"
#include "src/imap/search_priv.h"

static bool parse_modifier(struct imap_cmd *c, struct imap_fetch *f)
{
	struct imap_parser *p = &c->in;

	if (imap_parser_try_word(p, "CHANGEDSINCE")) {
		f->items |= IMAP_FETCH_MODSEQ;
		f->fields |= STORE_FETCH_FLAGS | STORE_FETCH_MODSEQ;
		f->has_changedsince = true;
		return imap_parser_space(p) &&
		       imap_parser_number(p, 0, INT64_MAX, &f->changedsince);
	}
	/* RFC 9394 section 3.3. */
	if (imap_parser_try_word(p, "PARTIAL")) {
		if (!c->is_uid)
			return imap_parser_fail(p, "PARTIAL with UID FETCH only");
		f->has_partial = true;
		return imap_parser_space(p) && imap_partial_parse(p, &f->first, &f->last);
	}
	/* RFC 7162 section 3.2.6. */
	if (!imap_parser_try_word(p, "VANISHED"))
		return imap_parser_fail(p, "CHANGEDSINCE modseq, PARTIAL first:last or VANISHED");
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

/* The part of a set that PARTIAL means; other conditions come after it. */
static enum err cut_set(struct imap_cmd *c, const struct imap_fetch *f, struct store_set *set)
{
	struct store_numbers_req q = {
		.grant = c->state->grant,
		.mailbox_id = c->state->mailbox.id,
		.view = c->state->mailbox.view,
		.set = *set,
	};
	struct store_numbers_res r;
	struct imap_found all;
	struct imap_numbers part;
	uint64_t from, to;
	enum err e = store_numbers(c->store, c->a, &q, &r);

	if (e)
		return e;
	all = (struct imap_found){ .uids = r.uids, .n = r.n_uids };
	imap_partial_find(f->first, f->last, imap_found_count(&all), &from, &to);
	part = imap_numbers_cut(c->a, r.uids, r.n_uids, from, to);
	*set = (struct store_set){ .is_uid = true, .ranges = part.ranges, .n_ranges = part.n };
	return ERR_OK;
}

enum imap_next imap_cmd_fetch(struct imap_cmd *c)
{
	struct imap_parser *p = &c->in;
	struct imap_fetch f = { 0 };
	struct store_set resolved;
	struct imap_set set;
	enum err e = ERR_OK;

	if (!imap_parser_space(p) || !imap_parser_set(p, &set) || !imap_parser_space(p) ||
	    !imap_fetch_parse(p, &f) || !parse_modifiers(c, &f) || !imap_parser_end(p) ||
	    !imap_set_resolve(c, &set, c->is_uid, &resolved))
		return imap_reply_bad(c);
	if (c->is_uid)
		f.items |= IMAP_FETCH_UID;
	if (f.items & IMAP_FETCH_MODSEQ)
		imap_sync_enable_modseq(c);
	if (f.has_partial)
		e = cut_set(c, &f, &resolved);
	if (!e && f.wants_vanished)
		e = imap_resync_vanished(c, &resolved, f.changedsince, NULL, &f.changedsince);
	if (e)
		return imap_reply_err(c, e);
	return imap_fetch_run(c, &f, &resolved);
}
