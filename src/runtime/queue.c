/*
 * Who gets a thread next. Clients that have not logged in yet wait apart from everybody else,
 * because a log-in holds its thread until the password has been hashed: after a restart thousands
 * come at once. Half of the threads that work serve them at most, so whoever is logged in, and mail
 * from outside, never waits for them. Among them addresses take turns, so that one that fires
 * passwords delays the others by one turn only.
 *
 * Before all others come sessions in the middle of a message: the shorter the time between its last
 * octet and our answer, the less is sent twice because a connection was lost in between (RFC 1047).
 */
#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/runtime/pool_priv.h"

/* Urgent ones that are taken in a row before one that is not. */
#define URGENT_IN_A_ROW 8

_Static_assert(POOL_TURNS == 64, "a bit each");

void queue_init(struct runtime_pool *p)
{
	struct pool_queue *q = &p->queue;

	q->urgent.end = &q->urgent.first;
	q->members.end = &q->members.first;
	for (size_t i = 0; i < POOL_TURNS; i++)
		q->newcomers[i].end = &q->newcomers[i].first;
}

static void add(struct pool_line *line, struct conn *c)
{
	c->queue_next = NULL;
	*line->end = c;
	line->end = &c->queue_next;
}

static struct conn *take(struct pool_line *line)
{
	struct conn *c = line->first;

	line->first = c->queue_next;
	if (!line->first)
		line->end = &line->first;
	return c;
}

static bool is_newcomer(const struct conn *c)
{
	enum config_protocol protocol = c->session.listener->protocol;

	return !c->session.is_user &&
	       (protocol == CONFIG_PROTOCOL_IMAP || protocol == CONFIG_PROTOCOL_POP3 ||
	        protocol == CONFIG_PROTOCOL_SUBMISSION);
}

static uint32_t newcomers_max(const struct runtime_pool *p)
{
	uint32_t may_run = p->may_run + p->extra;

	return may_run >= 4 ? may_run / 2 : 1;
}

void queue_add(struct runtime_pool *p, struct conn *c)
{
	struct pool_queue *q = &p->queue;
	size_t turn;

	c->ready_since_ms = clock_mono_ms();
	c->is_newcomer = is_newcomer(c);
	if (!c->is_newcomer) {
		add(c->session.is_urgent ? &q->urgent : &q->members, c);
		return;
	}
	turn = runtime_hash(&p->hash_key, accept_address(&c->session.peer)) % POOL_TURNS;
	add(&q->newcomers[turn], c);
	q->waiting |= UINT64_C(1) << turn;
}

static bool may_take_newcomer(const struct runtime_pool *p)
{
	return p->queue.waiting && p->queue.running < newcomers_max(p);
}

bool queue_has_work(const struct runtime_pool *p)
{
	return p->queue.urgent.first || p->queue.members.first || may_take_newcomer(p);
}

static void note_first(const struct pool_line *line, int64_t *since)
{
	if (line->first && (!*since || line->first->ready_since_ms < *since))
		*since = line->first->ready_since_ms;
}

int64_t queue_since(const struct runtime_pool *p)
{
	const struct pool_queue *q = &p->queue;
	int64_t since = 0;

	note_first(&q->urgent, &since);
	note_first(&q->members, &since);
	if (may_take_newcomer(p))
		note_first(&q->newcomers[__builtin_ctzll(q->waiting)], &since);
	return since;
}

/* The next turn that somebody waits for. */
static struct conn *take_newcomer(struct pool_queue *q)
{
	uint64_t behind = q->waiting >> q->turn << q->turn;
	unsigned turn = (unsigned)__builtin_ctzll(behind ? behind : q->waiting);
	struct conn *c = take(&q->newcomers[turn]);

	if (!q->newcomers[turn].first)
		q->waiting &= ~(UINT64_C(1) << turn);
	q->turn = (turn + 1) % POOL_TURNS;
	q->running++;
	return c;
}

struct conn *queue_take(struct runtime_pool *p)
{
	struct pool_queue *q = &p->queue;
	bool is_turn = may_take_newcomer(p) && (!q->members.first || q->was_member);
	bool has_other = is_turn || q->members.first;

	if (q->urgent.first && (!has_other || q->urgent_in_a_row < URGENT_IN_A_ROW)) {
		q->urgent_in_a_row++;
		return take(&q->urgent);
	}
	q->urgent_in_a_row = 0;
	if (!has_other)
		return NULL;
	q->was_member = !is_turn;
	return is_turn ? take_newcomer(q) : take(&q->members);
}

void queue_done(struct runtime_pool *p)
{
	must(p->queue.running > 0);
	p->queue.running--;
}
