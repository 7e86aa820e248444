/*
 * Trees of messages (RFC 5256 section 3). A node is a message or a Message-ID that was only
 * referred to. All walks go along links, never by recursion, because a thread may be as deep as the
 * mailbox is large.
 */
#include <stdlib.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/imap/order_priv.h"

enum {
	NONE = 0, /* no node; the root has no number of its own */
	DEPTH_LOOKED_AT = 1000,
	NODES_FACTOR = 4 /* nodes for each message at most */
};

struct node {
	uint32_t parent, first, next, prev;
	uint32_t message; /* its number + 1; 0 for a dummy */
	uint32_t row;     /* for a sort: the message by whose date it is sorted */
};

struct imap_thread {
	struct arena *a;
	size_t n_messages;
	struct node *nodes; /* from 1 */
	uint32_t n, max;
	uint32_t first; /* of the root's children, once they have been gathered */
	/* Message-IDs, by hash */
	uint64_t key;
	uint64_t *hashes;
	uint32_t *owners; /* node of the same slot */
	size_t slots;
	uint32_t *node_of; /* by message */
	/* what is compared, by message */
	int64_t *dates;
	uint32_t *subjects;
	bool *is_reply;
};

struct imap_thread *imap_thread_new(struct arena *a, size_t n)
{
	struct imap_thread *t = ARENA_NEW(a, struct imap_thread);

	t->a = a;
	t->n_messages = n;
	/* Message-IDs end at `max`; then each message may need a node of its own, and another one
	 * when threads are joined. */
	t->max = (uint32_t)(n * NODES_FACTOR + 16);
	t->nodes = arena_array(a, t->max + 2 * n + 1, sizeof *t->nodes);
	for (t->slots = 64; t->slots < 2 * (size_t)t->max;)
		t->slots *= 2;
	t->hashes = arena_array(a, t->slots, sizeof *t->hashes);
	t->owners = arena_array(a, t->slots, sizeof *t->owners);
	t->node_of = arena_array(a, n + 1, sizeof *t->node_of);
	t->dates = arena_array(a, n + 1, sizeof *t->dates);
	t->subjects = arena_array(a, n + 1, sizeof *t->subjects);
	t->is_reply = arena_array(a, n + 1, sizeof *t->is_reply);
	t->key = imap_words_key();
	return t;
}

void imap_thread_set(struct imap_thread *t, size_t message, int64_t date_ms, uint32_t subject,
                     bool is_reply)
{
	t->dates[message] = date_ms;
	t->subjects[message] = subject;
	t->is_reply[message] = is_reply;
}

/* ---------------------------------------------------------------- links */

static uint32_t *children_of(struct imap_thread *t, uint32_t parent)
{
	return parent ? &t->nodes[parent].first : &t->first;
}

/* Put a node that has no place before the other children. */
static void link_node(struct imap_thread *t, uint32_t parent, uint32_t node)
{
	uint32_t *first = children_of(t, parent);

	t->nodes[node].parent = parent;
	t->nodes[node].prev = NONE;
	t->nodes[node].next = *first;
	if (*first)
		t->nodes[*first].prev = node;
	*first = node;
}

static void unlink_node(struct imap_thread *t, uint32_t node)
{
	struct node *x = &t->nodes[node];

	if (x->prev)
		t->nodes[x->prev].next = x->next;
	else
		*children_of(t, x->parent) = x->next;
	if (x->next)
		t->nodes[x->next].prev = x->prev;
	x->parent = x->next = x->prev = NONE;
}

/* Move all children of a node. */
static void move_children(struct imap_thread *t, uint32_t from, uint32_t to)
{
	while (t->nodes[from].first) {
		uint32_t child = t->nodes[from].first;

		unlink_node(t, child);
		link_node(t, to, child);
	}
}

static bool is_dummy(const struct imap_thread *t, uint32_t node)
{
	return t->nodes[node].message == 0;
}

/* ---------------------------------------------------------------- step 1: references */

static uint32_t new_node(struct imap_thread *t)
{
	must(t->n < t->max + 2 * t->n_messages);
	return ++t->n;
}

/* The node of a Message-ID, made when it is new; NONE when there are too many. */
static uint32_t find_id(struct imap_thread *t, struct str id)
{
	uint64_t hash = imap_words_hash(t->key, id);
	size_t i = hash & (t->slots - 1);

	while (t->owners[i] && t->hashes[i] != hash)
		i = (i + 1) & (t->slots - 1);
	if (t->owners[i])
		return t->owners[i];
	if (t->n >= t->max)
		return NONE;
	t->hashes[i] = hash;
	t->owners[i] = new_node(t);
	return t->owners[i];
}

/* Would this link make a loop? A node without children is above nothing. */
static bool is_loop(const struct imap_thread *t, uint32_t parent, uint32_t child)
{
	if (parent == child)
		return true;
	if (!t->nodes[child].first)
		return false;
	for (size_t depth = 0; parent && parent != child; depth++) {
		if (depth == DEPTH_LOOKED_AT)
			return true;
		parent = t->nodes[parent].parent;
	}
	return parent == child;
}

/* The message's own node. A Message-ID counts for the first message that has it. */
static uint32_t take_node(struct imap_thread *t, size_t message, struct str id)
{
	uint32_t node = id.n ? find_id(t, id) : NONE;

	if (!node || !is_dummy(t, node))
		node = new_node(t);
	t->nodes[node].message = (uint32_t)message + 1;
	t->node_of[message] = node;
	return node;
}

/* While links are made, `parent` NONE means that a node has no place yet, not even at the root. */
void imap_thread_add(struct imap_thread *t, size_t message, struct str id,
                     const struct str *references, size_t n_references)
{
	uint32_t node = take_node(t, message, id);
	uint32_t parent = NONE;

	for (size_t i = 0; i < n_references; i++) {
		uint32_t one = find_id(t, references[i]);

		if (!one)
			continue;
		if (parent && !t->nodes[one].parent && !is_loop(t, parent, one))
			link_node(t, parent, one);
		parent = one;
	}
	if (t->nodes[node].parent)
		unlink_node(t, node);
	if (parent && !is_loop(t, parent, node))
		link_node(t, parent, node);
}

/* ---------------------------------------------------------------- walks */

/* The next node of a walk through all trees, children before their parents. */
static uint32_t walk_down(const struct imap_thread *t, uint32_t node)
{
	while (node && t->nodes[node].first)
		node = t->nodes[node].first;
	return node;
}

static uint32_t walk_next(const struct imap_thread *t, uint32_t node)
{
	if (t->nodes[node].next)
		return walk_down(t, t->nodes[node].next);
	return t->nodes[node].parent;
}

/* Step 2: what has no parent becomes a child of the root. */
static void gather(struct imap_thread *t)
{
	t->first = NONE;
	for (uint32_t node = t->n; node > 0; node--) {
		if (!t->nodes[node].parent)
			link_node(t, NONE, node);
	}
}

/* Step 3: dummies go; their children take their place. */
static void prune(struct imap_thread *t)
{
	uint32_t node = walk_down(t, t->first);

	while (node) {
		uint32_t next = walk_next(t, node);
		uint32_t parent = t->nodes[node].parent;
		uint32_t child = t->nodes[node].first;
		bool is_kept = !is_dummy(t, node) || (child && !parent && t->nodes[child].next);

		if (!is_kept) {
			unlink_node(t, node);
			move_children(t, node, parent);
		}
		node = next;
	}
}

/* ---------------------------------------------------------------- order */

static int compare_nodes(const void *a, const void *b, void *context)
{
	const struct imap_thread *t = context;
	uint32_t x = t->nodes[*(const uint32_t *)a].row;
	uint32_t y = t->nodes[*(const uint32_t *)b].row;

	if (t->dates[x] != t->dates[y])
		return t->dates[x] < t->dates[y] ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* Sort the children of a node by date; room holds them. */
static void sort_children(struct imap_thread *t, uint32_t parent, uint32_t *room)
{
	size_t n = 0;
	uint32_t node = *children_of(t, parent);

	if (!node || !t->nodes[node].next)
		return;
	for (; node; node = t->nodes[node].next)
		room[n++] = node;
	qsort_r(room, n, sizeof *room, compare_nodes, t);
	*children_of(t, parent) = NONE;
	while (n > 0)
		link_node(t, parent, room[--n]);
}

/* The message that stands for a node: its own, a dummy's first child's. */
static void find_row(struct imap_thread *t, uint32_t node)
{
	struct node *x = &t->nodes[node];

	if (x->message)
		x->row = x->message - 1;
	else if (x->first)
		x->row = t->nodes[x->first].row;
}

/* Steps 4 and 6: children of all nodes, deepest first, then the trees. */
static void sort_all(struct imap_thread *t)
{
	uint32_t *room = arena_array(t->a, t->n + 1, sizeof *room);

	for (uint32_t node = walk_down(t, t->first); node; node = walk_next(t, node)) {
		sort_children(t, node, room);
		find_row(t, node);
	}
	sort_children(t, NONE, room);
}

/* ---------------------------------------------------------------- step 5: subjects */

static bool is_reply(const struct imap_thread *t, uint32_t node)
{
	return !is_dummy(t, node) && t->is_reply[t->nodes[node].row];
}

/* One node for each subject: a dummy if there is one, otherwise one that is no reply. */
static void fill_subjects(struct imap_thread *t, uint32_t *table)
{
	for (uint32_t node = t->first; node; node = t->nodes[node].next) {
		uint32_t *entry = &table[t->subjects[t->nodes[node].row]];

		if (!t->subjects[t->nodes[node].row])
			continue;
		if (!*entry || (!is_dummy(t, *entry) &&
		                (is_dummy(t, node) || (is_reply(t, *entry) && !is_reply(t, node)))))
			*entry = node;
	}
}

static void join(struct imap_thread *t, uint32_t node, uint32_t *entry)
{
	uint32_t dummy;

	if (is_dummy(t, *entry) && is_dummy(t, node)) {
		move_children(t, node, *entry);
		unlink_node(t, node);
		return;
	}
	if (is_dummy(t, *entry) || (is_reply(t, node) && !is_reply(t, *entry))) {
		unlink_node(t, node);
		link_node(t, *entry, node);
		return;
	}
	/* Both are equal: a dummy above them, in the place of the one in the table. */
	dummy = new_node(t);
	t->nodes[dummy].row = t->nodes[*entry].row;
	unlink_node(t, node);
	unlink_node(t, *entry);
	link_node(t, dummy, node);
	link_node(t, dummy, *entry);
	link_node(t, NONE, dummy);
	*entry = dummy;
}

static void join_subjects(struct imap_thread *t)
{
	uint32_t n_subjects = 1;
	uint32_t *table, *nodes;
	size_t n = 0;

	for (size_t i = 0; i < t->n_messages; i++) {
		if (t->subjects[i] >= n_subjects)
			n_subjects = t->subjects[i] + 1;
	}
	table = arena_array(t->a, n_subjects, sizeof *table);
	nodes = arena_array(t->a, t->n + 1, sizeof *nodes);
	fill_subjects(t, table);
	/* The list changes while it is gone through. */
	for (uint32_t node = t->first; node; node = t->nodes[node].next)
		nodes[n++] = node;
	for (size_t i = 0; i < n; i++) {
		uint32_t subject = t->subjects[t->nodes[nodes[i]].row];

		if (subject && table[subject] != nodes[i])
			join(t, nodes[i], &table[subject]);
	}
}

void imap_thread_by_references(struct imap_thread *t)
{
	gather(t);
	prune(t);
	sort_all(t);
	join_subjects(t);
	sort_all(t);
}

/* ---------------------------------------------------------------- ORDEREDSUBJECT */

/* The first message of each subject, and the others as its children. */
void imap_thread_by_subject(struct imap_thread *t)
{
	uint32_t n_subjects = 1;
	uint32_t *order = arena_array(t->a, t->n_messages + 1, sizeof *order);
	uint32_t *heads;

	for (size_t i = 0; i < t->n_messages; i++) {
		uint32_t node = t->node_of[i];

		if (!node)
			node = take_node(t, i, STR(""));
		t->nodes[node].row = (uint32_t)i;
		order[i] = node;
		if (t->subjects[i] >= n_subjects)
			n_subjects = t->subjects[i] + 1;
	}
	heads = arena_array(t->a, n_subjects, sizeof *heads);
	qsort_r(order, t->n_messages, sizeof *order, compare_nodes, t);
	for (size_t i = 0; i < t->n_messages; i++) {
		uint32_t *head = &heads[t->subjects[t->nodes[order[i]].row]];

		link_node(t, *head, order[i]);
		if (!*head)
			*head = order[i];
	}
	sort_all(t);
}

/* ---------------------------------------------------------------- writing */

/*
 * "(1 2 (3)(4 5))": the only child goes on in the same line, several are in parentheses, as are
 * threads (RFC 5256 section 4).
 */
void imap_thread_write(const struct imap_thread *t,
                       void (*put)(void *context, enum imap_thread_token token, size_t message),
                       void *context)
{
	uint32_t node = t->first;
	bool is_up = false;

	while (node) {
		const struct node *x = &t->nodes[node];
		bool is_alone = x->parent && !x->prev && !x->next;

		if (!is_up && !is_alone)
			put(context, IMAP_THREAD_OPEN, 0);
		if (!is_up && x->message)
			put(context, IMAP_THREAD_MESSAGE, x->message - 1);
		if (!is_up && x->first) {
			node = x->first;
			continue;
		}
		if (!is_alone)
			put(context, IMAP_THREAD_CLOSE, 0);
		is_up = !x->next;
		node = x->next ? x->next : x->parent;
	}
}
