/*
 * Random sequences of operations against a simple model in memory.
 *
 * The model knows, for each mailbox, the messages with their flags and MODSEQs and when each
 * expunged one went. Every answer of the store must be the one that the model gives: numbers, UIDs,
 * flags, MODSEQs, counters, and what sessions with views of different age are told. The same
 * sequences run on both engines, so these give the same answers, too.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/must.h"
#include "tests/store/fixture.h"

enum {
	BOXES = 4,
	SESSIONS = 5,
	MSGS_MAX = 6000,
	KEYWORDS = 5,
	STEPS = 900
};

struct msg {
	uint64_t uid, modseq, gone; /* gone: MODSEQ of its expunge, 0 while it is there */
	uint64_t size;
	uint32_t flags;
	unsigned kw;
};

struct box {
	char name[20];
	uint64_t id, uidvalidity, uidnext, modseq;
	size_t n;
	struct msg msgs[MSGS_MAX];
};

struct session {
	struct box *box;
	struct store_view view;
	uint64_t flags_modseq;
	/* what its client believes: UIDs by sequence number */
	uint64_t uids[MSGS_MAX];
	size_t n;
};

struct model {
	struct fixture *f;
	struct store_grant grant;
	struct box boxes[BOXES];
	struct session sessions[SESSIONS];
	uint64_t modseq, used_bytes, used_msgs, random;
	struct str bodies[8];
	unsigned step;
};

static uint64_t draw(struct model *m, uint64_t below)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return (m->random * 0x2545f4914f6cdd1du >> 20) % below;
}

static const char *const keyword_names[KEYWORDS] = { "alpha", "$Forwarded", "gamma", "$Junk",
	                                             "epsilon" };

static struct store_keyword *keywords_of(struct model *m, unsigned kw, size_t *n_r)
{
	struct store_keyword *list = arena_array(m->f->a, KEYWORDS, sizeof(*list));

	*n_r = 0;
	for (unsigned i = 0; i < KEYWORDS; i++) {
		if (kw >> i & 1)
			list[(*n_r)++].name = str_c(keyword_names[i]);
	}
	return list;
}

static unsigned bits_of(const struct store_keyword *list, size_t n)
{
	unsigned kw = 0;

	for (size_t k = 0; k < n; k++) {
		for (unsigned i = 0; i < KEYWORDS; i++) {
			if (str_ieq(list[k].name, str_c(keyword_names[i])))
				kw |= 1u << i;
		}
	}
	return kw;
}

/* ---------------------------------------------------------------- the model's own operations */

static struct msg *find_msg(struct box *box, uint64_t uid)
{
	for (size_t i = 0; i < box->n; i++) {
		if (box->msgs[i].uid == uid)
			return &box->msgs[i];
	}
	return NULL;
}

static void add_msg(struct model *m, struct box *box, uint32_t flags, unsigned kw, uint64_t size)
{
	must(box->n < MSGS_MAX);
	box->msgs[box->n++] = (struct msg){
		.uid = box->uidnext++, .modseq = m->modseq, .size = size, .flags = flags, .kw = kw
	};
	box->modseq = m->modseq;
}

static bool is_in_view(const struct msg *msg, const struct store_view *view)
{
	return msg->uid < view->uidnext && (!msg->gone || msg->gone > view->expunged);
}

/* What the client of a session must believe. */
static void check_session(struct model *m, struct session *s)
{
	size_t n = 0;

	(void)m;
	for (size_t i = 0; i < s->box->n; i++) {
		if (!is_in_view(&s->box->msgs[i], &s->view))
			continue;
		assert_true(n < s->n);
		assert_int_equal(s->uids[n], s->box->msgs[i].uid);
		n++;
	}
	assert_int_equal(n, s->n);
}

static uint64_t seq_of(const struct session *s, uint64_t uid)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->uids[i] == uid)
			return i + 1;
	}
	return 0;
}

/* ---------------------------------------------------------------- sets */

struct drawn {
	struct store_set set;
	uint64_t uids[MSGS_MAX]; /* of the view, ascending; gone ones among them */
	size_t n;
	bool has_gone;
};

static bool is_drawn(const struct session *s, const struct store_set *set, size_t index)
{
	uint64_t largest = set->is_uid ? s->uids[s->n - 1] : s->n;
	uint64_t number = set->is_uid ? s->uids[index] : index + 1;

	for (size_t i = 0; i < set->n_ranges; i++) {
		uint64_t a = set->ranges[i].first == STORE_STAR ? largest : set->ranges[i].first;
		uint64_t b = set->ranges[i].last == STORE_STAR ? largest : set->ranges[i].last;

		if ((a <= number && number <= b) || (b <= number && number <= a))
			return true;
	}
	return false;
}

/* One to three ranges in any order, by number or UID; false when the view is empty. */
static bool draw_set(struct model *m, const struct session *s, struct drawn *d)
{
	size_t n_ranges = 1 + draw(m, 3);
	struct store_range *ranges = arena_array(m->f->a, n_ranges, sizeof(*ranges));
	bool is_uid = draw(m, 2);
	uint64_t top = is_uid ? s->box->uidnext + 3 : s->n;

	memset(d, 0, sizeof(*d));
	if (!s->n)
		return false;
	for (size_t i = 0; i < n_ranges; i++) {
		uint64_t first = 1 + draw(m, top);
		uint64_t last = draw(m, 8) ? 1 + draw(m, top) : STORE_STAR;

		if (draw(m, 2) && last != STORE_STAR)
			last = first + draw(m, 3) <= top ? first + draw(m, 3) : first;
		if (last != STORE_STAR && last > top)
			last = top;
		ranges[i] = (struct store_range){ first, last };
	}
	d->set = (struct store_set){ .is_uid = is_uid, .ranges = ranges, .n_ranges = n_ranges };
	for (size_t i = 0; i < s->n; i++) {
		if (!is_drawn(s, &d->set, i))
			continue;
		d->uids[d->n++] = s->uids[i];
		d->has_gone |= find_msg(s->box, s->uids[i])->gone != 0;
	}
	return true;
}

/* ---------------------------------------------------------------- steps */

static struct box *draw_box(struct model *m)
{
	return &m->boxes[draw(m, BOXES)];
}

static void step_append(struct model *m)
{
	struct fixture *f = m->f;
	struct box *box = draw_box(m);
	struct str body = m->bodies[draw(m, 8)];
	uint32_t flags = (uint32_t)draw(m, 32);
	unsigned kw = draw(m, 3) ? 0 : (unsigned)draw(m, 1 << KEYWORDS);
	struct store_append_req q = { .grant = m->grant,
		                      .mailbox = str_c(box->name),
		                      .flags = flags,
		                      .meta = fixture_meta(f, body),
		                      .body = body,
		                      .body_fd = -1 };
	struct store_append_res r;

	q.keywords = keywords_of(m, kw, &q.n_keywords);
	assert_ok(store_append(f->admin, f->a, &q, &r));
	assert_int_equal(r.uid, box->uidnext);
	assert_int_equal(r.uidvalidity, box->uidvalidity);
	m->modseq++;
	add_msg(m, box, flags, kw, body.n);
	m->used_bytes += body.n;
	m->used_msgs++;
}

static void step_deliver(struct model *m)
{
	struct str body = m->bodies[draw(m, 8)];
	struct store_accept_res r = fixture_deliver(m->f, m->grant, body);

	assert_int_equal(r.results[0].fate, STORE_FATE_DELIVERED);
	assert_int_equal(r.results[0].uid, m->boxes[0].uidnext);
	m->modseq++;
	add_msg(m, &m->boxes[0], 0, 0, body.n + 32);
	m->used_bytes += body.n + 32;
	m->used_msgs++;
}

static void step_select(struct model *m, struct session *s)
{
	struct box *box = draw_box(m);
	struct store_select_res r = fixture_select(m->f, m->grant, box->name);
	size_t n = 0, unseen = 0;

	s->box = box;
	s->view = r.view;
	s->flags_modseq = r.mailbox.modseq;
	for (size_t i = 0; i < box->n; i++) {
		if (box->msgs[i].gone)
			continue;
		s->uids[n++] = box->msgs[i].uid;
		if (!unseen && !(box->msgs[i].flags & STORE_FLAG_SEEN))
			unseen = n;
	}
	s->n = n;
	assert_int_equal(r.exists, n);
	assert_int_equal(r.first_unseen_seq, unseen);
	assert_int_equal(r.view.uidnext, box->uidnext);
	assert_int_equal(r.mailbox.modseq, box->modseq);
	check_session(m, s);
}

/* Apply what a client is told, in the order it is told. */
static void apply_sync(struct model *m, struct session *s, const struct store_sync_res *r,
                       bool is_expunge)
{
	uint64_t old_uidnext = s->view.uidnext;

	for (size_t i = 0; i < r->n_expunged_seqs; i++) {
		for (uint64_t seq = r->expunged_seqs[i].last; seq >= r->expunged_seqs[i].first;
		     seq--) {
			assert_true(seq >= 1 && seq <= s->n);
			memmove(&s->uids[seq - 1], &s->uids[seq],
			        (s->n - seq) * sizeof(s->uids[0]));
			s->n--;
		}
	}
	assert_true(is_expunge || !r->n_expunged_seqs);
	assert_true(r->view.expunged >= s->view.expunged && r->view.uidnext >= s->view.uidnext);
	s->view = r->view;
	for (size_t i = 0; i < s->box->n; i++) {
		const struct msg *msg = &s->box->msgs[i];

		if (msg->uid >= old_uidnext && is_in_view(msg, &s->view))
			s->uids[s->n++] = msg->uid;
	}
	assert_int_equal(r->exists, s->n);
	check_session(m, s);
}

static void check_flags(struct model *m, struct session *s, const struct store_flags_change *c)
{
	const struct msg *msg = find_msg(s->box, c->uid);

	(void)m;
	assert_non_null(msg);
	assert_int_equal(msg->gone, 0);
	assert_int_equal(c->seq, seq_of(s, c->uid));
	assert_int_equal(c->flags, msg->flags);
	assert_int_equal(c->modseq, msg->modseq);
	assert_int_equal(bits_of(c->keywords, c->n_keywords), msg->kw);
}

static void step_sync(struct model *m, struct session *s)
{
	struct fixture *f = m->f;
	struct store_sync_req q = { .grant = m->grant,
		                    .mailbox_id = s->box->id,
		                    .wants_expunges = draw(m, 3) > 0,
		                    .max_flags = 1 + (uint32_t)draw(m, 40) };
	struct store_sync_res r;
	size_t told = 0, expected = 0;
	uint64_t since = s->flags_modseq;

	do {
		q.view = s->view;
		q.flags_modseq = s->flags_modseq;
		assert_ok(store_sync(f->admin, f->a, &q, &r));
		apply_sync(m, s, &r, q.wants_expunges);
		for (size_t i = 0; i < r.n_flags; i++)
			check_flags(m, s, &r.flags[i]);
		told += r.n_flags;
		s->flags_modseq = r.flags_modseq;
	} while (r.has_more);
	for (size_t i = 0; i < s->box->n; i++)
		expected += !s->box->msgs[i].gone && s->box->msgs[i].modseq > since;
	assert_int_equal(told, expected);
	assert_int_equal(s->flags_modseq, s->box->modseq);
}

static void step_fetch(struct model *m, struct session *s)
{
	struct fixture *f = m->f;
	struct drawn d;
	struct store_fetch_req q = { .grant = m->grant,
		                     .mailbox_id = s->box->id,
		                     .view = s->view,
		                     .max = 1 + (uint32_t)draw(m, 20) };
	struct store_fetch_res r;
	size_t i = 0;

	if (!draw_set(m, s, &d))
		return;
	q.set = d.set;
	q.fields = (uint32_t[]){ 0, STORE_FETCH_FLAGS, STORE_FETCH_FLAGS | STORE_FETCH_SIZE,
		                 STORE_FETCH_FLAGS | STORE_FETCH_DATES }[draw(m, 4)];
	q.fields |= draw(m, 2) ? STORE_FETCH_MODSEQ : 0;
	q.changedsince = draw(m, 2) ? 0 : draw(m, s->box->modseq + 1);
	q.can_join = draw(m, 2);
	do {
		uint64_t alike = 0, total = 0;

		assert_ok(store_fetch(f->admin, f->a, &q, &r));
		for (size_t k = 0; k < r.n_messages; k += alike == 0) {
			struct store_message one = r.messages[k];
			const struct store_message *got = &one;
			const struct msg *msg;

			while (i < d.n && (find_msg(s->box, d.uids[i])->gone ||
			                   find_msg(s->box, d.uids[i])->modseq <= q.changedsince))
				i++;
			assert_true(i < d.n);
			msg = find_msg(s->box, d.uids[i++]);
			assert_true(q.can_join || !one.n_alike);
			one.uid += alike;
			one.seq += alike;
			alike = alike < one.n_alike ? alike + 1 : 0;
			assert_true(++total <= q.max);
			assert_int_equal(got->uid, msg->uid);
			assert_int_equal(got->seq, seq_of(s, msg->uid));
			q.after_uid = got->uid;
			if (q.fields & STORE_FETCH_SIZE)
				assert_int_equal(got->size, msg->size);
			if (!(q.fields & STORE_FETCH_FLAGS))
				continue;
			if (q.fields & STORE_FETCH_MODSEQ)
				assert_int_equal(got->modseq, msg->modseq);
			assert_int_equal(got->flags & STORE_FLAG_SYSTEM, msg->flags);
			assert_int_equal(bits_of(got->keywords, got->n_keywords), msg->kw);
		}
	} while (r.has_more);
	while (i < d.n) {
		const struct msg *msg = find_msg(s->box, d.uids[i++]);

		assert_true(msg->gone || msg->modseq <= q.changedsince);
	}
}

static void step_numbers(struct model *m, struct session *s)
{
	struct fixture *f = m->f;
	struct drawn d;
	struct store_numbers_req q = { .grant = m->grant,
		                       .mailbox_id = s->box->id,
		                       .view = s->view };
	struct store_numbers_res r;
	size_t n = 0;

	if (!draw_set(m, s, &d))
		return;
	q.set = d.set;
	assert_ok(store_numbers(f->admin, f->a, &q, &r));
	assert_int_equal(r.n_uids, r.n_seqs);
	for (size_t i = 0; i < r.n_uids; i++) {
		for (uint64_t k = 0; k <= r.uids[i].last - r.uids[i].first; k++) {
			assert_true(n < d.n);
			assert_int_equal(r.uids[i].first + k, d.uids[n]);
			assert_int_equal(r.seqs[i].first + k, seq_of(s, d.uids[n]));
			n++;
		}
	}
	assert_int_equal(n, d.n);
	q.set = fixture_set(f, false, 1, s->n + 1);
	assert_err(store_numbers(f->admin, f->a, &q, &r), ERR_INVALID);
}

static void change_msg(struct msg *msg, uint32_t op, uint32_t flags, unsigned kw)
{
	if (op == STORE_FLAGS_ADD) {
		msg->flags |= flags;
		msg->kw |= kw;
	} else if (op == STORE_FLAGS_REMOVE) {
		msg->flags &= ~flags;
		msg->kw &= ~kw;
	} else {
		msg->flags = flags;
		msg->kw = kw;
	}
}

static void step_flags(struct model *m, struct session *s)
{
	struct fixture *f = m->f;
	struct drawn d;
	unsigned kw = draw(m, 2) ? 0 : (unsigned)draw(m, 1 << KEYWORDS);
	struct store_store_flags_req q = { .grant = m->grant,
		                           .mailbox_id = s->box->id,
		                           .view = s->view,
		                           .op = (uint32_t)draw(m, 3),
		                           .flags = (uint32_t)draw(m, 32),
		                           .has_unchangedsince = !draw(m, 4),
		                           .is_silent = !draw(m, 3) };
	struct store_store_flags_res r;
	size_t n = 0, n_modified = 0;
	bool is_changed = false;

	if (!draw_set(m, s, &d))
		return;
	q.set = d.set;
	q.keywords = keywords_of(m, kw, &q.n_keywords);
	q.unchangedsince = s->box->modseq > 6 ? s->box->modseq - draw(m, 6) : 1;
	r = fixture_store_flags(f, &q);
	for (size_t i = 0; i < d.n; i++) {
		struct msg *msg = find_msg(s->box, d.uids[i]);
		struct msg old = *msg;

		if (msg->gone)
			continue;
		if (q.has_unchangedsince && msg->modseq > q.unchangedsince) {
			n_modified++;
			continue;
		}
		change_msg(msg, q.op, q.flags, kw);
		if (msg->flags != old.flags || msg->kw != old.kw) {
			msg->modseq = m->modseq + 1;
			is_changed = true;
		}
		if (q.is_silent && !r.n_changed)
			continue;
		assert_true(n < r.n_changed);
		check_flags(m, s, &r.changed[n++]);
	}
	assert_int_equal(n, r.n_changed);
	assert_int_equal(r.has_expunged, d.has_gone);
	for (size_t i = 0; i < r.n_modified; i++)
		n_modified -= r.modified[i].last - r.modified[i].first + 1;
	assert_int_equal(n_modified, 0);
	if (is_changed)
		s->box->modseq = ++m->modseq;
	assert_int_equal(r.modseq, is_changed ? m->modseq : 0);
}

static void step_copy(struct model *m, struct session *s)
{
	struct fixture *f = m->f;
	struct drawn d;
	struct box *to = draw_box(m);
	struct store_copy_req q = { .grant = m->grant,
		                    .mailbox_id = s->box->id,
		                    .view = s->view,
		                    .target = str_c(to->name),
		                    .is_move = draw(m, 2) };
	struct store_copy_res r;
	size_t n = 0, old_n = s->box->n;
	uint64_t first = to->uidnext;

	if (!draw_set(m, s, &d))
		return;
	q.set = d.set;
	if (d.has_gone && !d.set.is_uid) {
		assert_err(store_copy(f->admin, f->a, &q, &r), ERR_CANCELLED);
		return;
	}
	assert_ok(store_copy(f->admin, f->a, &q, &r));
	assert_int_equal(r.target_id, to->id);
	for (size_t i = 0; i < d.n && i < old_n; i++)
		n += !find_msg(s->box, d.uids[i])->gone;
	assert_int_equal(r.n_to_uids, n > 0);
	if (!n)
		return;
	m->modseq++;
	n = 0;
	for (size_t i = 0; i < d.n; i++) {
		struct msg *msg = find_msg(s->box, d.uids[i]);
		uint64_t size = msg->size;

		if (msg->gone)
			continue;
		n++;
		add_msg(m, to, msg->flags, msg->kw, size);
		/* add_msg may be into the same mailbox: the pointer stays good, the array does not
		 * move. */
		if (q.is_move) {
			msg->gone = m->modseq;
			s->box->modseq = m->modseq;
		} else {
			m->used_bytes += size;
			m->used_msgs++;
		}
	}
	assert_int_equal(r.to_uids[0].first, first);
	assert_int_equal(r.to_uids[0].last, first + n - 1);
	n = 0;
	for (size_t i = 0; i < r.n_from_uids; i++)
		n += r.from_uids[i].last - r.from_uids[i].first + 1;
	assert_int_equal(n, r.to_uids[0].last - r.to_uids[0].first + 1);
	assert_int_equal(r.modseq, q.is_move ? m->modseq : 0);
}

static void step_expunge(struct model *m, struct session *s)
{
	struct fixture *f = m->f;
	struct drawn d;
	struct store_expunge_req q = {
		.grant = m->grant, .mailbox_id = s->box->id, .view = s->view, .has_set = draw(m, 2)
	};
	struct store_expunge_res r;
	uint64_t n = 0;

	if (!draw_set(m, s, &d))
		return;
	q.set = d.set;
	assert_ok(store_expunge(f->admin, f->a, &q, &r));
	for (size_t i = 0; i < s->box->n; i++) {
		struct msg *msg = &s->box->msgs[i];
		bool is_wanted = !q.has_set;

		for (size_t k = 0; k < d.n && !is_wanted; k++)
			is_wanted = d.uids[k] == msg->uid;
		if (!is_wanted || msg->gone || !(msg->flags & STORE_FLAG_DELETED))
			continue;
		msg->gone = m->modseq + 1;
		m->used_bytes -= msg->size;
		m->used_msgs--;
		n++;
	}
	assert_int_equal(r.count, n);
	if (n)
		s->box->modseq = ++m->modseq;
	assert_int_equal(r.modseq, n ? m->modseq : 0);
}

static void step_pop(struct model *m)
{
	struct fixture *f = m->f;
	struct box *box = &m->boxes[0];
	struct store_pop_open_req q = { .grant = m->grant };
	struct store_pop_open_res r;
	struct store_pop_close_req end = { .grant = m->grant };
	struct store_range gone = { 1, 1 };
	size_t n = 0;

	assert_ok(store_pop_open(f->admin, f->a, &q, &r));
	for (size_t i = 0; i < box->n; i++) {
		if (box->msgs[i].gone || box->msgs[i].flags & STORE_FLAG_DELETED)
			continue;
		assert_true(n < r.n_messages);
		assert_int_equal(r.messages[n].uid, box->msgs[i].uid);
		assert_int_equal(r.messages[n].size, box->msgs[i].size);
		n++;
	}
	assert_int_equal(n, r.n_messages);
	end.token = r.token;
	if (n) {
		uint64_t uid = r.messages[draw(m, n)].uid;
		struct msg *msg = find_msg(box, uid);

		gone = (struct store_range){ uid, uid };
		end.uids = &gone;
		end.n_uids = 1;
		msg->gone = box->modseq = ++m->modseq;
		m->used_bytes -= msg->size;
		m->used_msgs--;
	}
	assert_ok(store_pop_close(f->admin, &end));
}

static void check_counters(struct model *m)
{
	struct fixture *f = m->f;
	struct store_quota_res quota;

	for (size_t b = 0; b < BOXES; b++) {
		struct box *box = &m->boxes[b];
		struct store_mailbox_get_req q = { .grant = m->grant, .mailbox_id = box->id };
		struct store_mailbox_get_res r;
		uint64_t msgs = 0, unseen = 0, deleted = 0, bytes = 0;

		assert_ok(store_mailbox_get(f->admin, f->a, &q, &r));
		for (size_t i = 0; i < box->n; i++) {
			if (box->msgs[i].gone)
				continue;
			msgs++;
			unseen += !(box->msgs[i].flags & STORE_FLAG_SEEN);
			deleted += (box->msgs[i].flags & STORE_FLAG_DELETED) != 0;
			bytes += box->msgs[i].size;
		}
		assert_int_equal(r.mailbox.msgs, msgs);
		assert_int_equal(r.mailbox.unseen, unseen);
		assert_int_equal(r.mailbox.deleted, deleted);
		assert_int_equal(r.mailbox.bytes, bytes);
		assert_int_equal(r.mailbox.uidnext, box->uidnext);
		assert_int_equal(r.mailbox.modseq, box->modseq);
	}
	assert_ok(store_quota(f->admin, f->a, &(struct store_quota_req){ .grant = m->grant },
	                      &quota));
	assert_int_equal(quota.used_bytes, m->used_bytes);
	assert_int_equal(quota.used_msgs, m->used_msgs);
}

/* A mailbox with a new name keeps its messages; the views of sessions stay good. */
static void step_rename(struct model *m)
{
	struct fixture *f = m->f;
	struct box *box = &m->boxes[1 + draw(m, BOXES - 1)];
	struct store_mailbox_rename_req q = { .grant = m->grant };
	char name[sizeof(box->name)];

	snprintf(name, sizeof(name), "n%u/x%u", m->step, (unsigned)draw(m, 100));
	q.from = str_c(box->name);
	q.to = str_c(name);
	assert_ok(store_mailbox_rename(f->admin, &q));
	memcpy(box->name, name, sizeof(name));
	box->modseq = ++m->modseq;
}

static void one_step(struct model *m)
{
	struct session *s = &m->sessions[draw(m, SESSIONS)];
	uint64_t what = draw(m, 100);

	if (what < 18)
		step_append(m);
	else if (what < 26)
		step_deliver(m);
	else if (what < 32)
		step_select(m, s);
	else if (what < 50)
		step_sync(m, s);
	else if (what < 62)
		step_fetch(m, s);
	else if (what < 67)
		step_numbers(m, s);
	else if (what < 82)
		step_flags(m, s);
	else if (what < 89)
		step_copy(m, s);
	else if (what < 95)
		step_expunge(m, s);
	else if (what < 97)
		step_pop(m);
	else if (what < 98)
		step_rename(m);
	else
		check_counters(m);
}

static void begin(struct model *m)
{
	static const char *const names[BOXES] = { "INBOX", "Archive", "Sent", "Trash" };
	struct fixture *f = m->f;

	m->grant = fixture_account(f, "ann");
	m->modseq = 1;
	for (unsigned i = 0; i < 8; i++)
		m->bodies[i] = fixture_message(f, i, 200 + i * 97);
	/* Near the ends of flag blocks. */
	fixture_sql(f, "UPDATE mailbox SET uidnext = 200 + 25 * length(name)");
	for (size_t i = 0; i < BOXES; i++) {
		struct store_mailbox_get_req q = { .grant = m->grant, .name = str_c(names[i]) };
		struct store_mailbox_get_res r;

		assert_ok(store_mailbox_get(f->admin, f->a, &q, &r));
		snprintf(m->boxes[i].name, sizeof(m->boxes[i].name), "%s", names[i]);
		m->boxes[i].id = r.mailbox.id;
		m->boxes[i].uidvalidity = r.mailbox.uidvalidity;
		m->boxes[i].uidnext = r.mailbox.uidnext;
		m->boxes[i].modseq = r.mailbox.modseq;
	}
	for (size_t i = 0; i < SESSIONS; i++)
		step_select(m, &m->sessions[i]);
}

static void run_seed(struct fixture *f, uint64_t seed)
{
	struct model *m = calloc(1, sizeof(*m));
	struct arena *all = f->a;

	must(m);
	m->f = f;
	m->random = seed * 0x9e3779b97f4a7c15u;
	begin(m);
	for (m->step = 0; m->step < STEPS; m->step++) {
		/* What a step answers is not needed after it. */
		f->a = arena_new(all);
		one_step(m);
		arena_free(&f->a);
		f->a = all;
	}
	for (size_t i = 0; i < SESSIONS; i++)
		step_sync(m, &m->sessions[i]);
	check_counters(m);
	free(m);
}

static void test_seed_1(void **state)
{
	run_seed(*state, 1);
}

static void test_seed_2(void **state)
{
	run_seed(*state, 2);
}

static void test_seed_3(void **state)
{
	run_seed(*state, 3);
}

/* More of them, from the environment: TAYORI_MODEL_SEED is where to begin, TAYORI_MODEL_SEEDS how
 * many. */
static void test_seeds_of_the_environment(void **state)
{
	const char *first = getenv("TAYORI_MODEL_SEED");
	const char *count = getenv("TAYORI_MODEL_SEEDS");
	uint64_t seed = 0, n = 1;

	if (!first || !str_to_u64(str_c(first), UINT32_MAX, &seed))
		return;
	if (count)
		must(str_to_u64(str_c(count), UINT32_MAX, &n));
	for (uint64_t i = 0; i < n; i++) {
		struct fixture *f = *state;

		run_seed(f, seed + i);
		if (i + 1 < n) {
			fixture_tear_down(state);
			fixture_set_up(state);
		}
	}
}

/* ---------------------------------------------------------------- many at once */

enum {
	THREADS = 4,
	ROUNDS = 60
};

struct worker {
	struct fixture *f;
	struct store_grant grant;
	unsigned number;
	uint64_t mailbox_id;
	pthread_t thread;
	unsigned failed;
};

/* Deliver, flag, and expunge what this thread has delivered, over a handle of its own. */
static void *run_worker(void *arg)
{
	struct worker *w = arg;
	struct store *st = store_open_local(w->f->engine, STORE_CALLER_ADMIN);
	struct arena *a = arena_new(NULL);

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct str body = str_printf(a, "Subject: %u/%u\r\n\r\nbody\r\n", w->number, i);
		struct store_append_req q = { .grant = w->grant,
			                      .mailbox = STR("INBOX"),
			                      .body = body,
			                      .body_fd = -1,
			                      .meta = { .hdr_size = 14 } };
		struct store_append_res r;
		struct store_store_flags_res flagged;
		struct store_expunge_res gone;
		struct store_range range;
		struct store_set set = { .is_uid = true, .ranges = &range, .n_ranges = 1 };
		struct store_view view = { UINT32_MAX, INT64_MAX };

		w->failed += store_append(st, a, &q, &r) != ERR_OK;
		range = (struct store_range){ r.uid, r.uid };
		w->failed += store_store_flags(
				     st, a,
				     &(struct store_store_flags_req){ .grant = w->grant,
		                                                      .mailbox_id = w->mailbox_id,
		                                                      .view = view,
		                                                      .set = set,
		                                                      .op = STORE_FLAGS_ADD,
		                                                      .flags = STORE_FLAG_DELETED },
				     &flagged) != ERR_OK;
		if (i % 3 == 0)
			w->failed += store_expunge(st, a,
			                           &(struct store_expunge_req){
							   .grant = w->grant,
							   .mailbox_id = w->mailbox_id,
							   .view = view,
							   .has_set = true,
							   .set = set },
			                           &gone) != ERR_OK ||
			             gone.count != 1;
		arena_reset(a);
	}
	arena_free(&a);
	store_close(&st);
	return NULL;
}

/* A session that follows must at each moment be told what makes its list right, and at the end have
 * all of it. */
static void test_session_follows_many_writers(void **state)
{
	struct fixture *f = *state;
	struct store_grant ann = fixture_account(f, "ann");
	struct worker workers[THREADS];
	struct store_select_res s = fixture_select(f, ann, "INBOX");
	struct store_sync_req q = { .grant = ann,
		                    .mailbox_id = s.mailbox.id,
		                    .view = s.view,
		                    .flags_modseq = s.mailbox.modseq,
		                    .wants_expunges = true,
		                    .max_flags = 50 };
	uint64_t exists = 0, came = 0;
	struct store_sync_res r;

	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){
			.f = f, .grant = ann, .number = i, .mailbox_id = s.mailbox.id
		};
		must(!pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]));
	}
	for (bool is_last = false; !is_last;) {
		if (came >= THREADS * ROUNDS) {
			for (unsigned i = 0; i < THREADS; i++) {
				pthread_join(workers[i].thread, NULL);
				assert_int_equal(workers[i].failed, 0);
			}
			is_last = true;
		}
		assert_ok(store_sync(f->admin, f->a, &q, &r));
		for (size_t i = 0; i < r.n_expunged_seqs; i++)
			exists -= r.expunged_seqs[i].last - r.expunged_seqs[i].first + 1;
		exists += r.recent;
		assert_int_equal(r.exists, exists);
		assert_true(r.view.uidnext >= q.view.uidnext && r.view.expunged >= q.view.expunged);
		came = r.view.uidnext - 1;
		q.view = r.view;
		q.flags_modseq = r.flags_modseq;
	}
	assert_int_equal(exists, THREADS * ROUNDS * 2 / 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(seed_1),
		TEST(seed_2),
		TEST(seed_3),
		TEST(seeds_of_the_environment),
		TEST(session_follows_many_writers),
	};

	return cmocka_run_group_tests_name("store model", tests, NULL, NULL);
}
