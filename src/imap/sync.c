#include "src/base/arena.h"
#include "src/base/log.h"
#include "src/imap/session_priv.h"

enum {
	FLAGS_AT_A_TIME = 500
};

void imap_sync_write_flags(struct imap_cmd *c, uint64_t uid, uint32_t flags,
                           const struct store_keyword *keywords, size_t n_keywords)
{
	static const struct {
		uint32_t bit;
		struct str name;
	} names[] = {
		{ STORE_FLAG_ANSWERED, { (const unsigned char *)"\\Answered ", 10 } },
		{ STORE_FLAG_FLAGGED, { (const unsigned char *)"\\Flagged ", 9 } },
		{ STORE_FLAG_DELETED, { (const unsigned char *)"\\Deleted ", 9 } },
		{ STORE_FLAG_SEEN, { (const unsigned char *)"\\Seen ", 6 } },
		{ STORE_FLAG_DRAFT, { (const unsigned char *)"\\Draft ", 7 } },
		{ STORE_FLAG_RECENT, { (const unsigned char *)"\\Recent ", 8 } },
	};
	bool is_last;

	flags &= STORE_FLAG_SYSTEM;
	/* RFC 9051 appendix E: there is no \Recent any more. */
	if (uid >= c->state->mailbox.recent_from && !(c->state->enabled & IMAP_ENABLED_REV2))
		flags |= STORE_FLAG_RECENT;
	imap_out_byte(&c->out, '(');
	for (size_t i = 0; flags != 0 && i < sizeof names / sizeof names[0]; i++) {
		if (!(flags & names[i].bit))
			continue;
		flags &= ~names[i].bit;
		is_last = flags == 0 && n_keywords == 0;
		imap_out_str(&c->out, is_last ? str_first(names[i].name, names[i].name.n - 1)
		                              : names[i].name);
	}
	for (size_t i = 0; i < n_keywords; i++) {
		if (i > 0)
			imap_out_byte(&c->out, ' ');
		imap_out_str(&c->out, keywords[i].name);
	}
	imap_out_byte(&c->out, ')');
}

void imap_sync_flags_line(struct imap_cmd *c, const struct store_flags_change *f, bool has_uid)
{
	imap_out_str(&c->out, STR("* "));
	imap_out_u64(&c->out, f->seq);
	imap_out_str(&c->out, STR(" FETCH ("));
	if (has_uid || (c->state->enabled & IMAP_ENABLED_CONDSTORE)) {
		imap_out_str(&c->out, STR("UID "));
		imap_out_u64(&c->out, f->uid);
		imap_out_byte(&c->out, ' ');
	}
	imap_out_str(&c->out, STR("FLAGS "));
	imap_sync_write_flags(c, f->uid, f->flags, f->keywords, f->n_keywords);
	if (c->state->enabled & IMAP_ENABLED_CONDSTORE) {
		imap_out_str(&c->out, STR(" MODSEQ ("));
		imap_out_u64(&c->out, f->modseq);
		imap_out_byte(&c->out, ')');
	}
	imap_out_str(&c->out, STR(")\r\n"));
}

uint64_t imap_sync_alike(const struct imap_cmd *c, uint64_t uid, uint64_t n)
{
	uint64_t recent = c->state->mailbox.recent_from;

	return uid < recent && recent - uid - 1 < n ? recent - uid - 1 : n;
}

void imap_sync_flags_lines(struct imap_cmd *c, const struct store_flags_change *f, bool has_uid,
                           void (*write)(struct imap_cmd *c, const struct store_flags_change *f,
                                         bool has_uid))
{
	struct store_flags_change one = *f;
	uint64_t left = f->n_alike + 1;

	while (left > 0) {
		uint64_t n = imap_sync_alike(c, one.uid, left - 1);
		struct imap_line line;

		imap_out_mark(&c->out);
		write(c, &one, has_uid);
		if (n > 0 && imap_out_line(&c->out, &line))
			imap_out_lines(&c->out, &line, n);
		else
			n = 0;
		one.seq += n + 1;
		one.uid += n + 1;
		left -= n + 1;
	}
}

void imap_sync_own(struct imap_cmd *c, uint64_t modseq)
{
	enum {
		FEW = 4
	};
	size_t n = c->n_own_modseqs;

	if (modseq == 0)
		return;
	/* The array doubles at each power of two. */
	if (n == 0)
		c->own_modseqs = arena_array(c->a, FEW, sizeof *c->own_modseqs);
	else if (n >= FEW && (n & (n - 1)) == 0)
		c->own_modseqs = arena_grow(c->a, c->own_modseqs, n * sizeof *c->own_modseqs,
		                            2 * n * sizeof *c->own_modseqs);
	c->own_modseqs[c->n_own_modseqs++] = modseq;
}

static bool is_own(const struct imap_cmd *c, uint64_t modseq)
{
	for (size_t i = c->n_own_modseqs; i > 0; i--) {
		if (c->own_modseqs[i - 1] == modseq)
			return true;
	}
	return false;
}

/* By UIDs when the client has asked for them (RFC 7162 section 3.2.10), otherwise number by number.
 */
static void write_expunges(struct imap_cmd *c, const struct store_sync_res *r)
{
	if (c->state->enabled & IMAP_ENABLED_QRESYNC) {
		if (r->n_expunged_uids == 0)
			return;
		imap_out_str(&c->out, STR("* VANISHED "));
		imap_out_ranges(&c->out, r->expunged_uids, r->n_expunged_uids);
		imap_out_str(&c->out, STR("\r\n"));
		return;
	}
	for (size_t i = 0; i < r->n_expunged_seqs; i++) {
		for (uint64_t seq = r->expunged_seqs[i].last; seq >= r->expunged_seqs[i].first;
		     seq--) {
			imap_out_str(&c->out, STR("* "));
			imap_out_u64(&c->out, seq);
			imap_out_str(&c->out, STR(" EXPUNGE\r\n"));
		}
	}
}

static void tell_expunges(struct imap_cmd *c, const struct store_sync_res *r)
{
	struct imap_mailbox *mailbox = &c->state->mailbox;

	write_expunges(c, r);
	for (size_t i = 0; i < r->n_expunged_uids; i++) {
		uint64_t first = r->expunged_uids[i].first;
		uint64_t last = r->expunged_uids[i].last;

		if (first < mailbox->recent_from)
			first = mailbox->recent_from;
		if (last >= first && mailbox->recent > 0)
			mailbox->recent -= last - first + 1 < mailbox->recent ? last - first + 1
			                                                      : mailbox->recent;
	}
}

static void tell_one_round(struct imap_cmd *c, const struct store_sync_res *r)
{
	struct imap_mailbox *mailbox = &c->state->mailbox;
	uint64_t old_uidnext = mailbox->view.uidnext;

	tell_expunges(c, r);
	mailbox->exists = r->exists;
	if (r->recent > 0) {
		mailbox->recent += r->recent;
		imap_out_str(&c->out, STR("* "));
		imap_out_u64(&c->out, r->exists);
		imap_out_str(&c->out, STR(" EXISTS\r\n"));
	}
	if (r->recent > 0 && !(c->state->enabled & IMAP_ENABLED_REV2)) {
		imap_out_str(&c->out, STR("* "));
		imap_out_u64(&c->out, mailbox->recent);
		imap_out_str(&c->out, STR(" RECENT\r\n"));
	}
	imap_flags_tell_younger(c, r->keywords, r->n_keywords, r->keywords_told);
	for (size_t i = 0; i < r->n_flags; i++) {
		/* The client asks for the flags of new messages itself. */
		if (r->flags[i].uid < old_uidnext && !is_own(c, r->flags[i].modseq))
			imap_sync_flags_line(c, &r->flags[i], true);
	}
	mailbox->view = r->view;
	mailbox->flags_modseq = r->flags_modseq;
}

/* Changes of this command, which the client has been told; a STORE on many is many. */
static struct store_range *own_ranges(struct imap_cmd *c, struct arena *a, size_t *n_r)
{
	struct store_range *ranges = arena_array(a, c->n_own_modseqs + 1, sizeof *ranges);

	*n_r = 0;
	for (size_t i = 0; i < c->n_own_modseqs; i++)
		imap_set_add(ranges, n_r, c->own_modseqs[i]);
	return ranges;
}

void imap_sync_run(struct imap_cmd *c, bool wants_expunges)
{
	struct imap_mailbox *mailbox = &c->state->mailbox;
	struct store_sync_res r = { .has_more = true };
	struct arena *round;
	enum err e = ERR_OK;

	if (c->state->phase != IMAP_PHASE_MAILBOX)
		return;
	round = arena_new(c->a);
	while (!e && r.has_more) {
		struct store_sync_req q = {
			.grant = c->state->grant,
			.mailbox_id = mailbox->id,
			.view = mailbox->view,
			.flags_modseq = mailbox->flags_modseq,
			.keywords_told = mailbox->keywords_told,
			.wants_expunges = wants_expunges,
			.max_flags = FLAGS_AT_A_TIME,
		};

		arena_reset(round);
		q.own = own_ranges(c, round, &q.n_own);
		e = store_sync(c->store, round, &q, &r);
		if (!e)
			tell_one_round(c, &r);
	}
	arena_free(&round);
	/* Other trouble can wait: nothing is lost, the next command tells it. */
	if (e == ERR_NOTFOUND)
		imap_reply_bye(c, NULL, "The selected mailbox was deleted by another session.",
		               "selected mailbox deleted");
}

void imap_sync_enable_modseq(struct imap_cmd *c)
{
	if (c->state->enabled & IMAP_ENABLED_CONDSTORE)
		return;
	c->state->enabled |= IMAP_ENABLED_CONDSTORE;
	if (c->state->phase != IMAP_PHASE_MAILBOX)
		return;
	imap_out_c(&c->out, "* OK [HIGHESTMODSEQ ");
	imap_out_u64(&c->out, c->state->mailbox.flags_modseq);
	imap_out_c(&c->out, "] MODSEQ values follow from now on.\r\n");
}
