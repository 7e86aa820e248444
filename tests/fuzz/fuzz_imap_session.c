/*
 * An IMAP session on a memory stream, with a mailbox store that stands in this file.
 *
 * The first octet of the input says how it is played: bit 0 octet by octet, bit 1 with the session
 * saved and restored after each step, bit 2 under TLS, bit 3 with answers to failed log-ins held
 * back, bit 4 with "." between levels, bit 5 with little spool. In the rest some control octets
 * make something else happen (see `control`), everything else comes from the client. What must
 * hold: the session ends; what EXISTS and EXPUNGE told the client adds up to what the session
 * believes; nothing is expunged behind the back of commands that use sequence numbers; literals are
 * as long as they say; the spool is given back; and ASan and UBSan are content.
 */
#include <string.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/config/config.h"
#include "src/imap/imap.h"
#include "src/mail/message.h"
#include "src/net/session.h"
#include "src/store/store.h"
#include "tests/fuzz/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Besides the bits of session.h. */
enum {
	DOTS = 16,
	SMALL_SPOOL = 32,
	SLOW = 64
};
enum {
	LONG = 300000,
	SAVED_MAX_BYTES = 20000,
	ENTRIES_MAX = 64,
	BOX_ID = 5,
	OTHER_ID = 6
};

/* ---- the store: one mailbox that matters */

struct entry {
	struct str body;
	struct str prefix;
	struct mail_message *parsed;
	uint64_t uid, modseq, expunged; /* `expunged`: MODSEQ of that, 0 while it is there */
	uint32_t flags;
	struct store_keyword keyword;
	size_t n_keywords;
};

static struct {
	struct arena *arena;
	struct entry entries[ENTRIES_MAX];
	size_t n;
	uint64_t modseq, uidnext, recent_from;
	enum err trouble;
	unsigned calls;
} box;

static char long_message[LONG];

static const char nested[] =
	"Subject: =?UTF-8?B?5Lya6K2w?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; "
	"boundary=x\r\n\r\n"
	"--x\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B2q5D\x1b(B\r\n"
	"--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninside\r\n"
	"--x\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n"
	"--x\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAA==AP8=\r\n"
	"--x\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=00=\r\nb =\r\n"
	"--x\r\nContent-Transfer-Encoding: x-new\r\n\r\n?\r\n--x--\r\n";

static void add_entry(const char *text, uint32_t flags)
{
	struct entry *e = &box.entries[box.n];

	if (box.n == ENTRIES_MAX)
		return;
	box.n++;
	*e = (struct entry){
		.body = str_c(text),
		.uid = box.uidnext,
		.modseq = ++box.modseq,
		.flags = flags,
		.parsed = ARENA_NEW(box.arena, struct mail_message),
	};
	if (box.n % 2)
		e->prefix = STR("Return-Path: <a@x>\r\n");
	box.uidnext += box.n % 3 + 1;
	mail_message_parse(box.arena, e->body, NULL, e->parsed);
}

static void fill_box(void)
{
	memset(&box, 0, sizeof(box));
	box.arena = arena_new(NULL);
	box.modseq = 10;
	box.uidnext = 3;
	add_entry("Subject: one\r\nDate: Mon, 23 Nov 2026 12:34:56 +0900\r\n\r\nfirst\r\n", 0);
	add_entry("Subject: \xc3\xa9\r\nFrom: \xc3\xa9 <\xc3\xa9@x>\nTo: a\n b\n\nbody\n",
	          STORE_FLAG_SEEN);
	add_entry("", STORE_FLAG_DELETED);
	add_entry(nested, STORE_FLAG_FLAGGED);
	add_entry(long_message, 0);
	box.recent_from = box.entries[3].uid;
}

static bool is_in_view(const struct entry *e, const struct store_view *view)
{
	return e->uid < view->uidnext && (!e->expunged || e->expunged > view->expunged);
}

static uint64_t count_view(const struct store_view *view)
{
	uint64_t n = 0;

	for (size_t i = 0; i < box.n; i++)
		n += is_in_view(&box.entries[i], view);
	return n;
}

static uint64_t last_uid(const struct store_view *view)
{
	uint64_t uid = 0;

	for (size_t i = 0; i < box.n; i++) {
		if (is_in_view(&box.entries[i], view))
			uid = box.entries[i].uid;
	}
	return uid;
}

static bool is_in_set(const struct store_set *set, uint64_t seq, uint64_t uid,
                      const struct store_view *view)
{
	uint64_t number = set->is_uid ? uid : seq;
	uint64_t last = set->is_uid ? last_uid(view) : count_view(view);

	for (size_t i = 0; i < set->n_ranges; i++) {
		uint64_t a = set->ranges[i].first == STORE_STAR ? last : set->ranges[i].first;
		uint64_t b = set->ranges[i].last == STORE_STAR ? last : set->ranges[i].last;

		must(set->is_uid || (a >= 1 && b <= last));
		if ((a <= number && number <= b) || (b <= number && number <= a))
			return true;
	}
	return false;
}

/* Walks the messages of a set within a view, expunged ones included. */
struct walk {
	const struct store_view *view;
	const struct store_set *set;
	size_t i;
	uint64_t seq;
	struct entry *e;
};

static bool walk_next(struct walk *w)
{
	while (w->i < box.n) {
		w->e = &box.entries[w->i++];
		if (!is_in_view(w->e, w->view))
			continue;
		w->seq++;
		if (!w->set || is_in_set(w->set, w->seq, w->e->uid, w->view))
			return true;
	}
	return false;
}

/* Trouble when the input ordered it, and now and then by itself. */
static enum err enter(void)
{
	box.calls++;
	if (box.trouble && box.calls % 3 == 0)
		return box.trouble;
	return ERR_OK;
}

static struct store_mailbox tell_mailbox(struct str name)
{
	struct store_view view = { .uidnext = box.uidnext, .expunged = box.modseq };

	return (struct store_mailbox){
		.id = BOX_ID,
		.uidvalidity = 77,
		.uidnext = box.uidnext,
		.modseq = box.modseq,
		.name = name,
		.msgs = count_view(&view),
		.is_subscribed = true,
	};
}

static enum err find_mailbox(struct str name, struct store_mailbox *m)
{
	must(str_is_utf8(name));
	if (str_ieq(name, STR("INBOX")))
		*m = tell_mailbox(STR("INBOX"));
	else if (str_eq(name, STR("a/b.c")))
		*m = (struct store_mailbox){ .id = OTHER_ID,
			                     .uidvalidity = 8,
			                     .uidnext = 1,
			                     .name = STR("a/b.c"),
			                     .special = STORE_SPECIAL_SENT };
	else
		return ERR_NOTFOUND;
	return ERR_OK;
}

enum err store_mailbox_get(struct store *st, struct arena *a, const struct store_mailbox_get_req *q,
                           struct store_mailbox_get_res *r)
{
	(void)st;
	(void)a;
	return find_mailbox(q->mailbox_id ? STR("INBOX") : q->name, &r->mailbox);
}

enum err store_mailbox_list(struct store *st, struct arena *a,
                            const struct store_mailbox_list_req *q,
                            struct store_mailbox_list_res *r)
{
	enum err e = enter();

	(void)st;
	if (e)
		return e;
	/* In two pages. */
	*r = (struct store_mailbox_list_res){ .mailboxes = arena_array(a, 2,
		                                                       sizeof(*r->mailboxes)) };
	if (q->after.n == 0) {
		r->mailboxes[0] = tell_mailbox(STR("INBOX"));
		r->n_mailboxes = 1;
		r->has_more = true;
		return ERR_OK;
	}
	r->mailboxes[0] = (struct store_mailbox){
		.id = 9, .name = STR("a"), .is_noselect = true, .has_children = true
	};
	r->n_mailboxes = 2;
	return find_mailbox(STR("a/b.c"), &r->mailboxes[1]);
}

enum err store_subscriptions(struct store *st, struct arena *a,
                             const struct store_subscriptions_req *q,
                             struct store_subscriptions_res *r)
{
	(void)st;
	(void)q;
	*r = (struct store_subscriptions_res){ .names = arena_array(a, 3, sizeof(*r->names)),
		                               .n_names = 3 };
	r->names[0].text = STR("INBOX");
	r->names[1].text = STR("a/b.c");
	r->names[2].text = STR("gone/far/\xe4\xbc\x9a");
	return ERR_OK;
}

enum err store_mailbox_create(struct store *st, struct arena *a,
                              const struct store_mailbox_create_req *q,
                              struct store_mailbox_create_res *r)
{
	(void)st;
	must(str_is_utf8(q->name) && q->name.n > 0);
	if (!find_mailbox(q->name, &r->mailbox))
		return ERR_EXISTS;
	r->mailbox = tell_mailbox(str_dup(a, q->name));
	return ERR_OK;
}

enum err store_mailbox_delete(struct store *st, const struct store_mailbox_delete_req *q)
{
	struct store_mailbox m;

	(void)st;
	return str_ieq(q->name, STR("INBOX")) ? ERR_DENIED : find_mailbox(q->name, &m);
}

enum err store_mailbox_rename(struct store *st, const struct store_mailbox_rename_req *q)
{
	struct store_mailbox m;

	(void)st;
	return find_mailbox(q->from, &m);
}

enum err store_mailbox_subscribe(struct store *st, const struct store_mailbox_subscribe_req *q)
{
	(void)st;
	(void)q;
	return enter();
}

enum err store_quota(struct store *st, struct arena *a, const struct store_quota_req *q,
                     struct store_quota_res *r)
{
	(void)st;
	(void)a;
	(void)q;
	*r = (struct store_quota_res){ .limit_bytes = box.n % 2 ? STORE_QUOTA_NONE : 1000,
		                       .used_bytes = 100 };
	return ERR_OK;
}

enum err store_select(struct store *st, struct arena *a, const struct store_select_req *q,
                      struct store_select_res *r)
{
	struct store_select_res told = { 0 };
	enum err e = enter();

	(void)st;
	if (e)
		return e;
	if (!str_eq(q->name, STR("INBOX")))
		return ERR_NOTFOUND;
	told.mailbox = tell_mailbox(STR("INBOX"));
	told.view = (struct store_view){ .uidnext = box.uidnext, .expunged = box.modseq };
	told.exists = count_view(&told.view);
	told.recent_from = box.recent_from;
	told.keywords = ARENA_NEW(a, struct store_keyword);
	told.keywords->name = STR("work");
	told.n_keywords = 1;
	told.keywords_told = 1;
	*r = told;
	return ERR_OK;
}

static struct store_flags_change tell_flags(const struct walk *w)
{
	return (struct store_flags_change){
		.seq = w->seq,
		.uid = w->e->uid,
		.modseq = w->e->modseq,
		.flags = w->e->flags,
		.keywords = &w->e->keyword,
		.n_keywords = w->e->n_keywords,
	};
}

enum err store_sync(struct store *st, struct arena *a, const struct store_sync_req *q,
                    struct store_sync_res *r)
{
	struct store_sync_res told = { .view = { .uidnext = box.uidnext,
		                                 .expunged = q->view.expunged } };
	struct walk w = { .view = &q->view };
	enum err e = enter();

	(void)st;
	if (e)
		return e;
	told.expunged_seqs = arena_array(a, ENTRIES_MAX, sizeof(*told.expunged_seqs));
	told.expunged_uids = arena_array(a, ENTRIES_MAX, sizeof(*told.expunged_uids));
	told.flags = arena_array(a, ENTRIES_MAX, sizeof(*told.flags));
	while (q->wants_expunges && walk_next(&w)) {
		if (!w.e->expunged)
			continue;
		memmove(told.expunged_seqs + 1, told.expunged_seqs,
		        told.n_expunged_seqs * sizeof(*told.expunged_seqs));
		told.expunged_seqs[0] = (struct store_range){ w.seq, w.seq };
		told.n_expunged_seqs++;
		told.expunged_uids[told.n_expunged_uids++] = (struct store_range){ w.e->uid,
			                                                           w.e->uid };
	}
	if (q->wants_expunges)
		told.view.expunged = box.modseq;
	told.exists = count_view(&told.view);
	for (size_t i = 0; i < box.n; i++)
		told.recent += is_in_view(&box.entries[i], &told.view) &&
		               box.entries[i].uid >= q->view.uidnext;
	w = (struct walk){ .view = &told.view };
	while (walk_next(&w)) {
		if (!w.e->expunged && w.e->modseq > q->flags_modseq)
			told.flags[told.n_flags++] = tell_flags(&w);
	}
	told.flags_modseq = box.modseq;
	*r = told;
	return ERR_OK;
}

enum err store_fetch(struct store *st, struct arena *a, const struct store_fetch_req *q,
                     struct store_fetch_res *r)
{
	struct walk w = { .view = &q->view, .set = &q->set };
	size_t max = box.calls % 2 ? q->max : 2;
	enum err e = enter();

	(void)st;
	if (e)
		return e;
	*r = (struct store_fetch_res){ .messages = arena_array(a, ENTRIES_MAX,
		                                               sizeof(*r->messages)) };
	while (walk_next(&w)) {
		const struct entry *x = w.e;

		if (x->expunged || x->uid <= q->after_uid || x->modseq <= q->changedsince)
			continue;
		/* As if it were like the one before. */
		if (q->can_join && r->n_messages > 0 && box.calls % 3 == 0 &&
		    r->messages[r->n_messages - 1].uid + r->messages[r->n_messages - 1].n_alike +
		                    1 ==
		            x->uid) {
			r->messages[r->n_messages - 1].n_alike++;
			continue;
		}
		if (r->n_messages == max) {
			r->has_more = true;
			return ERR_OK;
		}
		r->messages[r->n_messages++] = (struct store_message){
			.seq = w.seq,
			.uid = x->uid,
			.msg_id = x->uid,
			.modseq = x->modseq,
			.flags = x->flags,
			.keywords = &w.e->keyword,
			.n_keywords = x->n_keywords,
			.hdr_size = x->parsed->hdr_size,
			.prefix_size = (uint32_t)x->prefix.n,
			.lines = x->parsed->lines,
			.internaldate_ms = 1795402645000,
			.size = x->prefix.n + x->body.n,
			.envelope = x->parsed->envelope,
			.bodystructure = x->parsed->bodystructure,
			.body = x->parsed->body,
			.parts = x->parsed->parts,
			.preview = x->parsed->preview,
			.header = q->fields & STORE_FETCH_HEADER && box.calls % 5
			                  ? str_printf(a, "%.*s%.*s", STR_ARG(x->prefix),
			                               STR_ARG(str_first(x->body,
			                                                 x->parsed->hdr_size)))
			                  : STR(""),
		};
	}
	return ERR_OK;
}

void store_fetch_ahead(struct store *st, const struct store_fetch_req *q)
{
	(void)st;
	must(!q || q->max > 0);
}

enum err store_read(struct store *st, struct arena *a, const struct store_read_req *q,
                    struct store_read_res *r)
{
	enum err e = enter();

	(void)st;
	if (e)
		return e;
	for (size_t i = 0; i < box.n; i++) {
		const struct entry *x = &box.entries[i];
		struct str all;

		if (x->uid != q->uid || x->expunged)
			continue;
		all = str_printf(a, "%.*s%.*s", STR_ARG(x->prefix), STR_ARG(x->body));
		r->message_size = all.n;
		r->octets = str_dup(a, str_first(str_from(all, (size_t)q->offset), q->size));
		return ERR_OK;
	}
	return ERR_NOTFOUND;
}

enum err store_append(struct store *st, struct arena *a, const struct store_append_req *q,
                      struct store_append_res *r)
{
	struct store_mailbox m;
	enum err e = enter();
	uint64_t size = 0;

	(void)st;
	(void)a;
	if (e || find_mailbox(q->mailbox, &m))
		return e ? e : ERR_NOTFOUND;
	must(q->body_size > 0 && (q->body_fd >= 0 || q->body.n == q->body_size));
	must(q->body_fd >= 0 || !memchr(q->body.p, 0, q->body.n));
	for (size_t i = 0; i < q->n_more; i++) {
		must(q->more[i].size > 0 && q->more[i].meta.hdr_size <= q->more[i].size);
		size += q->more[i].size;
	}
	must(size < q->body_size && q->meta.hdr_size <= q->body_size - size);
	*r = (struct store_append_res){ .mailbox_id = m.id,
		                        .uidvalidity = m.uidvalidity,
		                        .uid = box.uidnext };
	for (size_t i = 0; m.id == BOX_ID && i <= q->n_more; i++)
		add_entry("Subject: appended\r\n\r\n", q->flags);
	return ERR_OK;
}

/* Asked and not answered yet; what it names lives as long as the command. */
static struct store_append_req begun;

bool store_append_begin(struct store *st, const struct store_append_req *q)
{
	(void)st;
	begun = *q;
	return box.calls % 4;
}

enum err store_append_end(struct store *st, struct arena *a, struct store_append_res *r)
{
	return store_append(st, a, &begun, r);
}

enum err store_store_flags(struct store *st, struct arena *a, const struct store_store_flags_req *q,
                           struct store_store_flags_res *r)
{
	struct store_store_flags_res done = { .changed = arena_array(a, ENTRIES_MAX,
		                                                     sizeof(*done.changed)) };
	struct walk w = { .view = &q->view, .set = &q->set };
	uint64_t modseq = box.modseq + 1;
	enum err e = enter();

	done.modseq_before = box.modseq;

	(void)st;
	if (e)
		return e;
	done.modified = arena_array(a, ENTRIES_MAX, sizeof(*done.modified));
	while (walk_next(&w)) {
		uint32_t flags = q->op == STORE_FLAGS_ADD      ? w.e->flags | q->flags
		                 : q->op == STORE_FLAGS_REMOVE ? w.e->flags & ~q->flags
		                                               : q->flags;

		done.has_expunged |= w.e->expunged != 0;
		if (w.e->expunged)
			continue;
		if (q->has_unchangedsince && w.e->modseq > q->unchangedsince) {
			uint64_t n = q->set.is_uid ? w.e->uid : w.seq;

			done.modified[done.n_modified++] = (struct store_range){ n, n };
			continue;
		}
		if (flags != w.e->flags || q->n_keywords > 0)
			done.modseq = box.modseq = w.e->modseq = modseq;
		w.e->flags = flags;
		if (q->n_keywords > 0) {
			w.e->keyword.name = str_dup(box.arena, q->keywords[0].name);
			w.e->n_keywords = q->op != STORE_FLAGS_REMOVE;
		}
		if (done.n_changed > 0 && box.calls % 3 == 0 &&
		    done.changed[done.n_changed - 1].uid +
		                    done.changed[done.n_changed - 1].n_alike + 1 ==
		            w.e->uid)
			done.changed[done.n_changed - 1].n_alike++;
		else
			done.changed[done.n_changed++] = tell_flags(&w);
	}
	*r = done;
	return ERR_OK;
}

enum err store_copy(struct store *st, struct arena *a, const struct store_copy_req *q,
                    struct store_copy_res *r)
{
	struct walk w = { .view = &q->view, .set = &q->set };
	struct store_mailbox m;
	enum err e = enter();

	(void)st;
	if (e || find_mailbox(q->target, &m))
		return e ? e : ERR_NOTFOUND;
	while (walk_next(&w)) {
		if (w.e->expunged && !q->set.is_uid)
			return ERR_CANCELLED;
	}
	*r = (struct store_copy_res){ .target_id = m.id, .target_uidvalidity = m.uidvalidity };
	r->from_uids = arena_array(a, ENTRIES_MAX, sizeof(*r->from_uids));
	r->to_uids = arena_array(a, ENTRIES_MAX, sizeof(*r->to_uids));
	w = (struct walk){ .view = &q->view, .set = &q->set };
	while (walk_next(&w)) {
		if (w.e->expunged)
			continue;
		r->from_uids[r->n_from_uids++] = (struct store_range){ w.e->uid, w.e->uid };
		r->to_uids[r->n_to_uids++] = (struct store_range){ 1, 1 };
		if (q->is_move)
			w.e->expunged = box.modseq + 1;
	}
	if (q->is_move && r->n_from_uids > 0)
		r->modseq = ++box.modseq;
	return ERR_OK;
}

static uint64_t expunge(const struct store_view *view, const struct store_set *set, uint32_t flag)
{
	struct walk w = { .view = view, .set = set };
	uint64_t count = 0;

	while (walk_next(&w)) {
		if (w.e->expunged || (w.e->flags & flag) != flag)
			continue;
		w.e->expunged = box.modseq + 1;
		count++;
	}
	box.modseq += count > 0;
	return count;
}

enum err store_expunge(struct store *st, struct arena *a, const struct store_expunge_req *q,
                       struct store_expunge_res *r)
{
	enum err e = enter();

	(void)st;
	(void)a;
	if (e)
		return e;
	*r = (struct store_expunge_res){ 0 };
	r->count = expunge(&q->view, q->has_set ? &q->set : NULL, STORE_FLAG_DELETED);
	r->modseq = box.modseq;
	return ERR_OK;
}

enum err store_numbers(struct store *st, struct arena *a, const struct store_numbers_req *q,
                       struct store_numbers_res *r)
{
	struct walk w = { .view = &q->view, .set = &q->set };
	enum err e = enter();

	(void)st;
	if (e)
		return e;
	*r = (struct store_numbers_res){ .uids = arena_array(a, ENTRIES_MAX, sizeof(*r->uids)),
		                         .seqs = arena_array(a, ENTRIES_MAX, sizeof(*r->seqs)) };
	while (walk_next(&w)) {
		r->uids[r->n_uids++] = (struct store_range){ w.e->uid, w.e->uid };
		r->seqs[r->n_seqs++] = (struct store_range){ w.seq, w.seq };
	}
	return ERR_OK;
}

/* 0 no, 1 maybe, 2 yes; a filter must be well-formed whatever the client sent. */
static int match_filter(const struct store_search_req *q, const struct walk *w, size_t *i)
{
	const struct store_filter *f = &q->filter[*i];
	int all = f->op == STORE_FILTER_AND ? 2 : 0;

	must(*i < q->n_filter);
	must(f->op <= STORE_FILTER_ENVELOPE && f->text.n < 2000000);
	++*i;
	switch ((int)f->op) {
	case STORE_FILTER_ALL:
		return 2;
	case STORE_FILTER_AND:
	case STORE_FILTER_OR:
		must(f->n > 0);
		for (uint64_t k = 0; k < f->n; k++) {
			int one = match_filter(q, w, i);

			if (f->op == STORE_FILTER_AND ? one < all : one > all)
				all = one;
		}
		return all;
	case STORE_FILTER_NOT:
		return 2 - match_filter(q, w, i);
	case STORE_FILTER_SET:
		return f->set.n_ranges && is_in_set(&f->set, w->seq, w->e->uid, w->view) ? 2 : 0;
	case STORE_FILTER_FLAGS:
		return (w->e->flags & f->n) == f->n ? 2 : 0;
	default:
		return 1;
	}
}

enum err store_search(struct store *st, struct arena *a, const struct store_search_req *q,
                      struct store_search_res *r)
{
	struct walk w = { .view = &q->view, .set = &q->set };
	size_t max = box.calls % 2 ? ENTRIES_MAX : 2, n = 0;
	enum err e = enter();

	(void)st;
	if (e)
		return e;
	*r = (struct store_search_res){ .yes = arena_array(a, ENTRIES_MAX, sizeof(*r->yes)),
		                        .maybe = arena_array(a, ENTRIES_MAX, sizeof(*r->maybe)) };
	while (walk_next(&w)) {
		struct store_range uid = { w.e->uid, w.e->uid };
		size_t i = 0;
		int verdict;

		if (w.e->expunged || w.e->uid <= q->after_uid)
			continue;
		r->has_more = n++ == max;
		if (r->has_more)
			return ERR_OK;
		verdict = match_filter(q, &w, &i);
		must(i == q->n_filter);
		if (verdict == 2)
			r->yes[r->n_yes++] = uid;
		else if (verdict == 1)
			r->maybe[r->n_maybe++] = uid;
		r->after_uid = w.e->uid;
	}
	return ERR_OK;
}

enum err store_vanished(struct store *st, struct arena *a, const struct store_vanished_req *q,
                        struct store_vanished_res *r)
{
	enum err e = enter();

	(void)st;
	if (e)
		return e;
	must(q->known.is_uid);
	*r = (struct store_vanished_res){
		.changedsince = q->since,
		.uids = arena_array(a, ENTRIES_MAX, sizeof(*r->uids)),
	};
	for (size_t i = 0; i < box.n; i++) {
		const struct entry *entry = &box.entries[i];

		if (entry->expunged > q->since && entry->expunged <= q->view.expunged &&
		    is_in_set(&q->known, 0, entry->uid, &q->view))
			r->uids[r->n_uids++] = (struct store_range){ entry->uid, entry->uid };
	}
	return ERR_OK;
}

/* ---- the client */

/* What the client has been told: lines with their literals left out. */
static struct {
	uint64_t exists;
	uint64_t literal_left;
	bool is_binary;          /* the literal: it may hold NUL */
	unsigned char line[400]; /* its beginning */
	size_t n, all;
} client;

/* "3,5:7": all of them were there. */
static void hear_vanished(struct str set)
{
	struct str range, from;

	while (set.n > 0) {
		uint64_t first, last;

		str_cut(&set, ',', &range);
		str_cut(&range, ':', &from);
		must(str_to_u64(from, UINT32_MAX, &first));
		last = first;
		must(range.n == 0 || str_to_u64(range, UINT32_MAX, &last));
		must(last >= first && last - first < client.exists);
		client.exists -= last - first + 1;
	}
}

static void hear_line(void)
{
	struct str line = str_make(client.line, client.n), word;
	uint64_t number;

	must(client.n > 0);
	if (!str_starts(line, STR("* ")))
		return;
	line = str_from(line, 2);
	str_cut(&line, ' ', &word);
	if (str_eq(word, STR("VANISHED")) && !str_starts(line, STR("(EARLIER) ")))
		hear_vanished(line);
	if (!str_to_u64(word, UINT32_MAX, &number))
		return;
	if (str_eq(line, STR("EXISTS")))
		client.exists = number;
	if (str_eq(line, STR("EXPUNGE"))) {
		must(number >= 1 && number <= client.exists);
		client.exists--;
	}
	if (str_starts(line, STR("FETCH ")))
		must(number >= 1 && number <= client.exists);
}

static bool take_literal(void)
{
	struct str line = str_make(client.line, client.n), size;
	ptrdiff_t open = str_rfind(line, '{');

	if (open < 0 || !str_ends(line, STR("}")))
		return false;
	size = str_from(str_first(line, line.n - 1), (size_t)open + 1);
	client.is_binary = open > 0 && line.p[open - 1] == '~';
	return str_to_u64(size, UINT32_MAX, &client.literal_left);
}

static void hear(struct str said)
{
	for (size_t i = 0; i < said.n; i++) {
		unsigned char c = said.p[i];

		must(c != 0 || (client.literal_left > 0 && client.is_binary));
		if (client.literal_left > 0) {
			client.literal_left--;
			continue;
		}
		if (c == '\r')
			continue;
		if (c != '\n') {
			/* Of a long line its first octets and its end are of interest. */
			if (client.n == sizeof(client.line)) {
				memmove(client.line + 200, client.line + 201, 199);
				client.n--;
			}
			client.line[client.n++] = c;
			continue;
		}
		if (take_literal())
			continue;
		hear_line();
		client.n = 0;
	}
}

/* ---- playing */

/* What another session does: each time something else. */
static void meddle(void)
{
	static const struct store_view everything = { UINT64_MAX, UINT64_MAX };
	struct store_range first = { 1, 1 };
	struct store_set set = { .ranges = &first, .n_ranges = 1 };

	if (box.modseq % 3 == 0)
		add_entry("Subject: new\r\n\r\nnew\r\n", 0);
	else if (box.modseq % 3 == 1 && count_view(&everything) > 0)
		expunge(&everything, &set, 0);
	else if (box.n > 0 && !box.entries[box.n - 1].expunged) {
		box.entries[box.n - 1].flags ^= STORE_FLAG_ANSWERED;
		box.entries[box.n - 1].modseq = ++box.modseq;
	} else {
		box.modseq++;
	}
}

/* \0 time passes, \1 another session acts, \2 an event, \3 trouble begins or ends, \4 the process
 * goes away. */
static bool control(struct session *s, unsigned char c)
{
	switch (c) {
	case 0:
		return fuzz_session_pass_time(s);
	case 1:
		meddle();
		return true;
	case 2:
		return fuzz_session_wake(s, SESSION_WAKE_EVENT);
	case 3:
		box.trouble = box.trouble == ERR_OK     ? ERR_TEMP
		              : box.trouble == ERR_TEMP ? ERR_NOTFOUND
		                                        : ERR_OK;
		return true;
	default:
		return fuzz_session_wake(s, SESSION_WAKE_DRAIN);
	}
}

static bool is_control(unsigned char c)
{
	return c <= 4;
}

static const struct fuzz_protocol protocol = {
	.class = &imap_session_class,
	.saved_max = SAVED_MAX_BYTES,
	.is_control = is_control,
	.control = control,
	.hear = hear,
};

static const struct config *configs[2];

static void prepare(void)
{
	struct errinfo info = { 0 };

	if (configs[0])
		return;
	configs[0] = config_defaults();
	must(!config_parse("fuzz",
	                   "imap {\n hierarchy_separator = \".\"\n line_max = 8K\n"
	                   "literal_plus = false\n}\n",
	                   &configs[1], &info));
	fuzz_long_text(long_message, LONG);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_listener listener = { .allow_plaintext_login = true,
		                            .tls = CONFIG_TLS_STARTTLS };

	if (!size)
		return 0;
	prepare();
	fuzz_session_prepare();
	fill_box();
	memset(&client, 0, sizeof(client));
	fuzz_session_play(&protocol, configs[data[0] & DOTS ? 1 : 0], &listener,
	                  data[0] | (data[0] & SLOW ? FUZZ_SLOW : 0U),
	                  data[0] & SMALL_SPOOL ? 100 : 10000000, str_make(data + 1, size - 1));
	arena_free(&box.arena);
	return 0;
}
