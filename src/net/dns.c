#include "src/net/dns.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unbound.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/must.h"
#include "src/net/address.h"
#include "src/net/dns_priv.h"

enum {
	QUESTIONS_MAX = 4096, /* at the same time */
	SILENT_MAX = 3, /* unanswered questions in a row, then the resolver counts as absent */
	SILENT_PAUSE_MS = 10000,
	PEER_NAMES_MAX = 4, /* PTR records that are looked at */
	ANCHOR_MAX = 8192,
};

/* One question to libunbound. Owned by the resolver's thread once it is in a
 * list. */
struct question {
	struct dns *dns;
	struct question *next, *prev;
	char name[DNS_NAME_MAX + 2];
	enum dns_type type;
	int64_t deadline_ms;
	int id; /* at libunbound */
	/* Called once; `r` is NULL unless e is ERR_OK. */
	void (*done)(void *user, enum err e, const struct ub_result *r);
	void *user;
};

struct dns {
	struct ub_ctx *ub;
	int64_t timeout_ms;
	bool has_private_names;
	int wake_fd;

	pthread_mutex_t lock; /* of the rest down to the next blank line */
	pthread_t thread;
	bool is_started, is_stopping;
	struct question *asked; /* not yet seen by the thread; newest first */
	size_t n_questions;

	/* The thread's own. */
	struct question *running;
	uint32_t n_silent;
	int64_t answered_ms; /* when the last answer came */
	int64_t silent_until_ms;
};

/* ---------------------------------------------------------------- the thread
 */

static void finish(struct question *q, enum err e, const struct ub_result *r)
{
	struct dns *d = q->dns;

	pthread_mutex_lock(&d->lock);
	d->n_questions--;
	pthread_mutex_unlock(&d->lock);
	q->done(q->user, e, e ? NULL : r);
	free(q);
}

static void unlink_running(struct question *q)
{
	if (q->prev)
		q->prev->next = q->next;
	else
		q->dns->running = q->next;
	if (q->next)
		q->next->prev = q->prev;
}

/* libunbound has an answer; called inside ub_process. */
static void take_answer(void *user, int error, struct ub_result *r)
{
	struct question *q = user;

	unlink_running(q);
	q->dns->n_silent = 0;
	q->dns->answered_ms = clock_mono_ms();
	finish(q, error ? ERR_TEMP : dns_result_judge(r), r);
	ub_resolve_free(r);
}

static void begin(struct question *q)
{
	struct dns *d = q->dns;
	int error;

	if (clock_mono_ms() < d->silent_until_ms) {
		finish(q, ERR_TIMEOUT, NULL);
		return;
	}
	q->prev = NULL;
	q->next = d->running;
	if (q->next)
		q->next->prev = q;
	d->running = q;
	error = ub_resolve_async(d->ub, q->name, (int)q->type, 1, q, take_answer, &q->id);
	if (error) {
		unlink_running(q);
		finish(q, ERR_TEMP, NULL);
	}
}

/* In the order in which they were asked. */
static void begin_asked(struct dns *d)
{
	struct question *list, *q, *reversed = NULL;

	pthread_mutex_lock(&d->lock);
	list = d->asked;
	d->asked = NULL;
	pthread_mutex_unlock(&d->lock);
	while ((q = list)) {
		list = q->next;
		q->next = reversed;
		reversed = q;
	}
	while ((q = reversed)) {
		reversed = q->next;
		begin(q);
	}
}

static void give_up(struct question *q, enum err e)
{
	unlink_running(q);
	/* The callback will not be called after this; only this thread calls
	 * ub_process. */
	(void)ub_cancel(q->dns->ub, q->id);
	finish(q, e, NULL);
}

/* End what has waited too long; milliseconds until the next deadline, -1 for
 * none. */
static int end_late(struct dns *d)
{
	int64_t now = clock_mono_ms(), nearest = INT64_MAX;
	struct question *q, *next;

	for (q = d->running; q; q = next) {
		next = q->next;
		if (q->deadline_ms > now) {
			nearest = q->deadline_ms < nearest ? q->deadline_ms : nearest;
			continue;
		}
		/* One slow zone is not a silent resolver: has it answered nothing in all that time?
		 */
		if (d->answered_ms < q->deadline_ms - d->timeout_ms && ++d->n_silent >= SILENT_MAX)
			d->silent_until_ms = now + SILENT_PAUSE_MS;
		give_up(q, ERR_TIMEOUT);
	}
	return nearest == INT64_MAX ? -1 : (int)(nearest - now < 60000 ? nearest - now : 60000);
}

static bool must_stop(struct dns *d)
{
	bool stop;

	pthread_mutex_lock(&d->lock);
	stop = d->is_stopping;
	pthread_mutex_unlock(&d->lock);
	return stop;
}

static void end_all(struct dns *d)
{
	struct question *q;

	/* Those that were asked and never begun, then those that run; `done` may have
	 * asked more.
	 */
	for (;;) {
		pthread_mutex_lock(&d->lock);
		q = d->asked;
		if (q)
			d->asked = q->next;
		pthread_mutex_unlock(&d->lock);
		if (q)
			finish(q, ERR_CANCELLED, NULL);
		else if (d->running)
			give_up(d->running, ERR_CANCELLED);
		else
			return;
	}
}

static void *serve(void *arg)
{
	struct dns *d = arg;
	struct pollfd fds[2] = { { .fd = d->wake_fd, .events = POLLIN },
		                 { .fd = -1, .events = POLLIN } };
	uint64_t count;

	while (!must_stop(d)) {
		begin_asked(d);
		/* libunbound has its descriptor only after the first question. */
		fds[1].fd = d->running ? ub_fd(d->ub) : -1;
		if (poll(fds, 2, end_late(d)) < 0 && errno != EINTR)
			break;
		if (fds[0].revents)
			(void)!read(d->wake_fd, &count, sizeof count);
		if (fds[1].fd >= 0 && fds[1].revents)
			ub_process(d->ub);
		fds[0].revents = fds[1].revents = 0;
	}
	end_all(d);
	return NULL;
}

/* With all signals blocked: they are for others. Called with the lock held. */
static bool start_thread(struct dns *d)
{
	sigset_t all, before;

	if (d->is_started)
		return true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	d->is_started = pthread_create(&d->thread, NULL, serve, d) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return d->is_started;
}

/* ---------------------------------------------------------------- asking */

/* Takes `q`; on failure it is gone and `done` is not called. */
static enum err submit(struct dns *d, struct question *q)
{
	uint64_t one = 1;
	enum err e = ERR_OK;

	pthread_mutex_lock(&d->lock);
	if (d->is_stopping)
		e = ERR_CANCELLED;
	else if (d->n_questions >= QUESTIONS_MAX || !start_thread(d))
		e = ERR_LIMIT;
	if (!e) {
		d->n_questions++;
		q->next = d->asked;
		d->asked = q;
	}
	pthread_mutex_unlock(&d->lock);
	if (e)
		free(q);
	else
		(void)!write(d->wake_fd, &one, sizeof one);
	return e;
}

static enum err ask(struct dns *d, struct str name, enum dns_type type, int64_t deadline_ms,
                    void (*done)(void *user, enum err e, const struct ub_result *r), void *user)
{
	struct question *q;

	if (!dns_name_is_valid(name))
		return ERR_INVALID;
	q = calloc(1, sizeof *q);
	must(q && "out of memory");
	q->dns = d;
	q->type = type;
	q->deadline_ms = deadline_ms;
	q->done = done;
	q->user = user;
	/* With its last dot, for it is never relative to a search domain. */
	snprintf(q->name, sizeof q->name, "%.*s%s", STR_ARG(name),
	         str_ends(name, STR(".")) ? "" : ".");
	return submit(d, q);
}

/* Somebody who waits. */
struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_done;
	enum err error;
	struct arena *arena;
	struct dns_answer *answer;
	struct str name;
};

#define WAITER_INIT(a)                                                                  \
	{                                                                               \
		.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, \
		.arena = (a)                                                            \
	}

static void wake(struct waiter *w)
{
	w->is_done = true;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

static enum err wait_done(struct waiter *w)
{
	pthread_mutex_lock(&w->lock);
	while (!w->is_done)
		pthread_cond_wait(&w->changed, &w->lock);
	pthread_mutex_unlock(&w->lock);
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	return w->error;
}

/* The caller stands still, so its arena can be used here. */
static void take_lookup(void *user, enum err e, const struct ub_result *r)
{
	struct waiter *w = user;

	pthread_mutex_lock(&w->lock);
	w->error = e ? e : dns_result_read(r, w->arena, w->answer);
	wake(w);
}

enum err dns_lookup(struct dns *d, struct arena *a, struct str name, enum dns_type type,
                    struct dns_answer *answer_r)
{
	struct waiter w = WAITER_INIT(a);
	enum err e;

	w.answer = answer_r;
	e = ask(d, name, type, clock_mono_ms() + d->timeout_ms, take_lookup, &w);
	return e ? e : wait_done(&w);
}

/* ---------------------------------------------------------------- names of
 * peers */

struct peer_question {
	struct dns *dns;
	struct arena *arena;
	uint8_t address[16];
	int64_t deadline_ms;
	struct str names[PEER_NAMES_MAX];
	size_t n_names, at;
	void (*done)(void *user, enum err e, struct str name);
	void *user;
};

static void end_peer(struct peer_question *p, enum err e, struct str name)
{
	p->done(p->user, e, name);
	arena_free(&p->arena);
}

static void take_forward(void *user, enum err e, const struct ub_result *r);

/* Ask for the addresses of the next name. */
static void ask_forward(struct peer_question *p)
{
	enum dns_type type = net_address_is_v4(p->address) ? DNS_A : DNS_AAAA;
	enum err e = ERR_NOTFOUND;

	while (p->at < p->n_names) {
		e = ask(p->dns, p->names[p->at], type, p->deadline_ms, take_forward, p);
		if (e == ERR_OK)
			return;
		p->at++;
	}
	end_peer(p, e, STR(""));
}

static void take_forward(void *user, enum err e, const struct ub_result *r)
{
	struct peer_question *p = user;
	struct dns_answer answer = { 0 };

	if (!e && dns_result_read(r, p->arena, &answer))
		answer.n = 0;
	for (size_t i = 0; i < answer.n; i++) {
		if (memcmp(answer.records[i].address, p->address, sizeof p->address) == 0) {
			end_peer(p, ERR_OK, p->names[p->at]);
			return;
		}
	}
	p->at++;
	if (e == ERR_TIMEOUT || e == ERR_CANCELLED || p->at == p->n_names)
		end_peer(p, e ? e : ERR_NOTFOUND, STR(""));
	else
		ask_forward(p);
}

static void take_reverse(void *user, enum err e, const struct ub_result *r)
{
	struct peer_question *p = user;
	struct dns_answer answer = { 0 };

	if (!e)
		e = dns_result_read(r, p->arena, &answer);
	if (e) {
		end_peer(p, e, STR(""));
		return;
	}
	for (size_t i = 0; i < answer.n && p->n_names < PEER_NAMES_MAX; i++)
		p->names[p->n_names++] = answer.records[i].name;
	ask_forward(p);
}

void dns_peer_name_start(struct dns *d, const uint8_t address[16],
                         void (*done)(void *user, enum err e, struct str name), void *user)
{
	struct arena *a;
	struct peer_question *p;
	char name[80];
	enum err e;

	if (net_address_is_private(address) && !d->has_private_names) {
		done(user, ERR_NOTFOUND, STR(""));
		return;
	}
	a = arena_new(NULL);
	p = ARENA_NEW(a, struct peer_question);
	p->dns = d;
	p->arena = a;
	p->deadline_ms = clock_mono_ms() + d->timeout_ms;
	p->done = done;
	p->user = user;
	memcpy(p->address, address, sizeof p->address);
	dns_reverse_name(address, name);
	e = ask(d, str_c(name), DNS_PTR, p->deadline_ms, take_reverse, p);
	if (e)
		end_peer(p, e, STR(""));
}

static void take_peer_name(void *user, enum err e, struct str name)
{
	struct waiter *w = user;

	pthread_mutex_lock(&w->lock);
	w->error = e;
	if (!e)
		w->name = str_dup(w->arena, name);
	wake(w);
}

enum err dns_peer_name(struct dns *d, struct arena *a, const uint8_t address[16],
                       struct str *name_r)
{
	struct waiter w = WAITER_INIT(a);
	enum err e;

	dns_peer_name_start(d, address, take_peer_name, &w);
	e = wait_done(&w);
	if (!e)
		*name_r = w.name;
	return e;
}

/* ---------------------------------------------------------------- life */

static enum err set_option(struct dns *d, const char *name, const char *value, struct errinfo *info)
{
	int error = ub_ctx_set_option(d->ub, name, value);

	if (error)
		return err_set(info, ERR_IO, "libunbound refuses %s %s: %s", name, value,
		               ub_strerror(error));
	return ERR_OK;
}

/* Read here, for the file may be out of reach when libunbound would look for
 * it. */
static enum err add_anchor(struct dns *d, const char *path, struct errinfo *info)
{
	FILE *f = fopen(path, "re");
	char line[ANCHOR_MAX];
	int error = 0;

	if (!f)
		return err_set_errno(info, ERR_INVALID, "%s: the trust anchor cannot be opened",
		                     path);
	while (!error && fgets(line, sizeof line, f)) {
		if (line[0] == ';' || line[strspn(line, " \t\r\n")] == 0)
			continue;
		line[strcspn(line, "\r\n")] = 0;
		error = ub_ctx_add_ta(d->ub, line);
	}
	fclose(f);
	if (error)
		return err_set(info, ERR_INVALID,
		               "%s: no trust anchor (%s); it must hold DS or DNSKEY records of "
		               "the root",
		               path, ub_strerror(error));
	return ERR_OK;
}

static enum err set_servers(struct dns *d, const struct dns_options *options, struct errinfo *info)
{
	char server[NET_ADDRESS_TEXT + 8];
	uint8_t octets[16];
	int error;

	if (!options->address || !options->address[0]) {
		/* Without that file libunbound asks the root servers itself. */
		(void)ub_ctx_resolvconf(d->ub, NULL);
		return ERR_OK;
	}
	if (!net_address_parse(str_c(options->address), octets))
		return err_set(info, ERR_INVALID, "\"%.80s\" is no address of a resolver",
		               options->address);
	snprintf(server, sizeof server, "%s@%u", options->address,
	         options->port ? options->port : 53U);
	error = ub_ctx_set_fwd(d->ub, server);
	if (error)
		return err_set(info, ERR_INVALID, "%s is no resolver for libunbound: %s", server,
		               ub_strerror(error));
	return ERR_OK;
}

static enum err set_up(struct dns *d, const struct dns_options *options, struct errinfo *info)
{
	static const char *const settings[][2] = {
		{ "do-not-query-localhost:",
		  "no" },                        /* a resolver on this machine is the usual one */
		{ "unblock-lan-zones:", "yes" }, /* which addresses are private is decided here */
		{ "msg-cache-size:", "4m" },
		{ "rrset-cache-size:", "8m" },
		{ "cache-max-negative-ttl:", "900" },
		{ "use-syslog:", "no" },
		{ "verbosity:", "0" },
	};
	enum err e = set_servers(d, options, info);

	for (size_t i = 0; i < sizeof settings / sizeof settings[0] && !e; i++)
		e = set_option(d, settings[i][0], settings[i][1], info);
	if (!e && options->trust_anchor && options->trust_anchor[0])
		e = add_anchor(d, options->trust_anchor, info);
	/* Work in a thread, not in another process. */
	if (!e && ub_ctx_async(d->ub, 1) != 0)
		e = err_set(info, ERR_IO, "libunbound cannot work in a thread");
	return e;
}

enum err dns_new(const struct dns_options *options, struct dns **dns_r, struct errinfo *info)
{
	struct dns *d = calloc(1, sizeof *d);
	enum err e;

	must(d && "out of memory");
	d->timeout_ms = options->timeout_ms;
	d->has_private_names = options->has_private_names;
	pthread_mutex_init(&d->lock, NULL);
	d->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	d->ub = ub_ctx_create();
	if (d->wake_fd < 0 || !d->ub)
		e = err_set_errno(info, ERR_IO, "the resolver cannot be set up");
	else
		e = set_up(d, options, info);
	if (e)
		dns_free(&d);
	else
		*dns_r = d;
	return e;
}

void dns_free(struct dns **dns)
{
	struct dns *d = *dns;
	uint64_t one = 1;

	if (!d)
		return;
	*dns = NULL;
	pthread_mutex_lock(&d->lock);
	d->is_stopping = true;
	pthread_mutex_unlock(&d->lock);
	if (d->is_started) {
		(void)!write(d->wake_fd, &one, sizeof one);
		pthread_join(d->thread, NULL);
	}
	if (d->ub)
		ub_ctx_delete(d->ub);
	if (d->wake_fd >= 0)
		close(d->wake_fd);
	pthread_mutex_destroy(&d->lock);
	free(d);
}
