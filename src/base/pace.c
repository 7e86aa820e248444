#include "src/base/pace.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/base/clock.h"

enum {
	LOOK_MS = 100,
	/* Per mille of all processors, in the last LOOK_MS or more. */
	BUSY_FROM = 200,
	BUSY_UNTIL = 120,
	/* Microseconds that a piece of work takes on the average. */
	SMALL_FROM = 150,
	SMALL_UNTIL = 250
};

static struct {
	bool is_started;
	int64_t processors;
	_Atomic int64_t look_ms;               /* the next look */
	_Atomic int64_t seen_ms, seen_used_ms; /* of the last one */
	_Atomic int64_t pieces;                /* since then */
	_Atomic bool is_busy;
} pace;

static _Thread_local bool is_batch;

/* CPU of the whole process. */
static int64_t used_ms(void)
{
	struct rusage u = { 0 };

	(void)getrusage(RUSAGE_SELF, &u);
	return (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

void pace_start(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	pace.processors = processors > 0 ? processors : 1;
	pace.seen_ms = clock_mono_ms();
	pace.seen_used_ms = used_ms();
	pace.is_started = sched_getscheduler(0) == SCHED_OTHER;
}

static void look(int64_t now)
{
	int64_t used = used_ms();
	int64_t all = (now - atomic_exchange(&pace.seen_ms, now)) * pace.processors;
	int64_t mine = used - atomic_exchange(&pace.seen_used_ms, used);
	int64_t pieces = atomic_exchange(&pace.pieces, 0);
	int64_t share = all > 0 ? mine * 1000 / all : 0;
	int64_t piece = pieces > 0 ? mine * 1000 / pieces : SMALL_UNTIL;

	if (share >= BUSY_FROM && piece <= SMALL_FROM)
		atomic_store(&pace.is_busy, true);
	else if (share < BUSY_UNTIL || piece >= SMALL_UNTIL)
		atomic_store(&pace.is_busy, false);
}

void pace_thread(void)
{
	int64_t now, due;

	if (!pace.is_started)
		return;
	atomic_fetch_add_explicit(&pace.pieces, 1, memory_order_relaxed);
	now = clock_mono_ms();
	due = atomic_load_explicit(&pace.look_ms, memory_order_relaxed);
	if (now >= due && atomic_compare_exchange_strong(&pace.look_ms, &due, now + LOOK_MS))
		look(now);
	if (atomic_load_explicit(&pace.is_busy, memory_order_relaxed) == is_batch)
		return;
	is_batch = !is_batch;
	(void)sched_setscheduler(0, is_batch ? SCHED_BATCH : SCHED_OTHER,
	                         &(struct sched_param){ 0 });
}
