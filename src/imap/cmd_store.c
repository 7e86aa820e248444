/*
 * STORE (RFC 3501 section 6.4.6), with UNCHANGEDSINCE (RFC 7162 section 3.1.3).
 */
#include "src/base/arena.h"
#include "src/imap/search_priv.h"

enum {
	SLICE = 10000 /* nobody waits long for them */
};

struct change {
	uint32_t op;
	bool is_silent;
	bool is_saved; /* of "$": what is refused comes as UIDs */
	bool has_unchangedsince;
	uint64_t unchangedsince;
	struct imap_flags flags;

	/* what happened */
	bool has_expunged;
	struct buf modified; /* struct store_range one behind the other */
};

/* "(UNCHANGEDSINCE n) " */
static bool parse_modifiers(struct imap_parser *p, struct change *ch)
{
	if (!imap_parser_try(p, '('))
		return true;
	if (!imap_parser_try_word(p, "UNCHANGEDSINCE") || !imap_parser_space(p))
		return imap_parser_fail(p, "(UNCHANGEDSINCE modseq)");
	ch->has_unchangedsince = true;
	return imap_parser_number(p, 0, INT64_MAX, &ch->unchangedsince) &&
	       imap_parser_byte(p, ')', "the end of the modifiers") && imap_parser_space(p);
}

static bool parse_change(struct imap_parser *p, struct change *ch)
{
	ch->op = STORE_FLAGS_SET;
	if (imap_parser_try(p, '+'))
		ch->op = STORE_FLAGS_ADD;
	else if (imap_parser_try(p, '-'))
		ch->op = STORE_FLAGS_REMOVE;
	ch->is_silent = imap_parser_try_word(p, "FLAGS.SILENT");
	if (!ch->is_silent && !imap_parser_try_word(p, "FLAGS"))
		return imap_parser_fail(p, "FLAGS, +FLAGS or -FLAGS, perhaps with .SILENT");
	return imap_parser_space(p) && imap_parser_store_flags(p, &ch->flags);
}

/* With .SILENT a client that asked for MODSEQ values gets just those (RFC 7162 section 3.1.3). */
static void write_modseq_line(struct imap_cmd *c, const struct store_flags_change *f, bool has_uid)
{
	(void)has_uid;
	imap_out_str(&c->out, STR("* "));
	imap_out_u64(&c->out, f->seq);
	imap_out_str(&c->out, STR(" FETCH (UID "));
	imap_out_u64(&c->out, f->uid);
	imap_out_str(&c->out, STR(" MODSEQ ("));
	imap_out_u64(&c->out, f->modseq);
	imap_out_str(&c->out, STR("))\r\n"));
}

static void tell_changes(struct imap_cmd *c, const struct change *ch,
                         const struct store_store_flags_res *r)
{
	bool has_modseq = c->state->enabled & IMAP_ENABLED_CONDSTORE;

	for (size_t i = 0; i < r->n_changed; i++) {
		if (!ch->is_silent)
			imap_sync_flags_lines(c, &r->changed[i], c->is_uid, imap_sync_flags_line);
		else if (has_modseq && r->changed[i].modseq == r->modseq)
			imap_sync_flags_lines(c, &r->changed[i], true, write_modseq_line);
	}
}

/*
 * Our own changes need not be told again. After .SILENT the client knows the flags only when nobody
 * else has changed this mailbox since it was told last.
 */
static void note_own(struct imap_cmd *c, const struct change *ch,
                     const struct store_store_flags_res *r)
{
	uint64_t told = c->n_own_modseqs > 0 ? c->own_modseqs[c->n_own_modseqs - 1]
	                                     : c->state->mailbox.flags_modseq;

	if (!ch->is_silent || r->modseq_before <= told)
		imap_sync_own(c, r->modseq);
}

static enum err store_slice(struct imap_cmd *c, struct change *ch, const struct store_set *set,
                            struct arena *a)
{
	struct store_store_flags_req q = {
		.grant = c->state->grant,
		.mailbox_id = c->state->mailbox.id,
		.view = c->state->mailbox.view,
		.set = *set,
		.op = ch->op,
		.flags = ch->flags.system,
		.keywords = ch->flags.keywords,
		.n_keywords = ch->flags.n_keywords,
		.has_unchangedsince = ch->has_unchangedsince,
		.unchangedsince = ch->unchangedsince,
		.is_silent = ch->is_silent && !(c->state->enabled & IMAP_ENABLED_CONDSTORE),
		.keywords_told = c->state->mailbox.keywords_told,
	};
	struct store_store_flags_res r;
	enum err e = store_store_flags(c->store, a, &q, &r);

	if (e)
		return e;
	note_own(c, ch, &r);
	imap_flags_tell_younger(c, r.keywords, r.n_keywords, r.keywords_told);
	tell_changes(c, ch, &r);
	ch->has_expunged |= r.has_expunged;
	return buf_add(&ch->modified, str_make(r.modified, r.n_modified * sizeof *r.modified));
}

static enum imap_next reply_done(struct imap_cmd *c, const struct change *ch)
{
	struct store_range *ranges = (struct store_range *)(void *)ch->modified.p;
	size_t n = ch->modified.n / sizeof *ranges;
	struct imap_found found = { .uids = ranges, .n = n };
	struct imap_numbers modified = { .ranges = ranges, .n = n };

	if (n > 0) {
		enum err e = ch->is_saved ? imap_search_number(c, &found, &modified) : ERR_OK;

		if (e)
			return imap_reply_err(c, e);
		imap_reply_begin_ok(c);
		if (c->is_broken)
			return IMAP_NEXT_CLOSE;
		imap_out_c(&c->out, "MODIFIED ");
		imap_out_ranges(&c->out, modified.ranges, modified.n);
		imap_out_c(&c->out,
		           "] STORE done, except for messages that changed meanwhile.\r\n");
		return IMAP_NEXT_DONE;
	}
	if (ch->has_expunged && !c->is_uid)
		return imap_reply_no(c, "EXPUNGEISSUED", "Some of the messages no longer exist.");
	return imap_reply_ok(c, NULL, "STORE done.");
}

static enum imap_next run_store(struct imap_cmd *c, struct change *ch, const struct store_set *set)
{
	struct imap_set_slices slices;
	struct arena *slice = arena_new(c->a);
	struct store_set part;
	enum err e = imap_set_slices_init(c, set, &slices);

	while (!e && imap_set_slices_next(&slices, slice, SLICE, &part)) {
		e = store_slice(c, ch, &part, slice);
		arena_reset(slice);
	}
	return e ? imap_reply_err(c, e) : reply_done(c, ch);
}

enum imap_next imap_cmd_store(struct imap_cmd *c)
{
	struct imap_parser *p = &c->in;
	struct change ch = { .modified = buf_in(c->a, 64 << 20) };
	struct store_set resolved;
	struct imap_set set;

	if (!imap_parser_space(p) || !imap_parser_set(p, &set) || !imap_parser_space(p) ||
	    !parse_modifiers(p, &ch) || !parse_change(p, &ch) || !imap_parser_end(p) ||
	    !imap_set_resolve(c, &set, c->is_uid, &resolved))
		return imap_reply_bad(c);
	if (c->state->mailbox.is_readonly)
		return imap_reply_no(c, "READ-ONLY", "The mailbox is open for reading only.");
	ch.is_saved = set.is_saved;
	if (ch.has_unchangedsince)
		imap_sync_enable_modseq(c);
	return run_store(c, &ch, &resolved);
}
