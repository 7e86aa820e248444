#include <stdlib.h>

#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/store/presence_priv.h"

enum {
	GRACE_MS = 10000 /* after a restart, for those who have not come back yet */
};

void presence_init(struct presence *p)
{
	*p = (struct presence){ 0 };
	must(!pthread_mutex_init(&p->lock, NULL));
}

void presence_clear(struct presence *p)
{
	pthread_mutex_destroy(&p->lock);
	free(p->list);
	*p = (struct presence){ 0 };
}

/* Processes are few: one for two cores, and a command of the administrator now and then. */
static struct presence_process *find(const struct presence *p, uint64_t process)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->list[i].process == process)
			return &p->list[i];
	return NULL;
}

static struct presence_process *add(struct presence *p, uint64_t process)
{
	if (p->n == p->room) {
		p->room = p->room ? p->room * 2 : 8;
		p->list = realloc(p->list, p->room * sizeof(*p->list));
		must(p->list && "out of memory");
	}
	p->list[p->n] = (struct presence_process){ .process = process };
	return &p->list[p->n++];
}

static bool is_settled(const struct presence *p)
{
	return p->since_mono_ms && clock_mono_ms() - p->since_mono_ms >= GRACE_MS;
}

void presence_enter(struct presence *p, uint64_t process)
{
	struct presence_process *e;

	pthread_mutex_lock(&p->lock);
	if (!p->since_mono_ms)
		p->since_mono_ms = clock_mono_ms();
	e = find(p, process);
	if (!e)
		e = add(p, process);
	e->connections++;
	pthread_mutex_unlock(&p->lock);
}

void presence_leave(struct presence *p, uint64_t process)
{
	struct presence_process *e;

	pthread_mutex_lock(&p->lock);
	e = find(p, process);
	must(e && e->connections);
	/* Later on, not to be in the list says the same. */
	if (--e->connections == 0 && is_settled(p))
		*e = p->list[--p->n];
	pthread_mutex_unlock(&p->lock);
}

bool presence_is_gone(struct presence *p, uint64_t process)
{
	const struct presence_process *e;
	bool is_gone;

	pthread_mutex_lock(&p->lock);
	e = find(p, process);
	is_gone = e ? e->connections == 0 : is_settled(p);
	pthread_mutex_unlock(&p->lock);
	return is_gone;
}
