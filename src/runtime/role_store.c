/* The role `store`: all state. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/must.h"
#include "src/config/config.h"
#include "src/runtime/role.h"
#include "src/runtime/role_priv.h"
#include "src/runtime/sandbox.h"
#include "src/store/options.h"
#include "src/store/server.h"
#include "src/store/store.h"

enum {
	FDS_MAX = 16384, /* callers' connections, database files, message bodies under way */
	LOCK_PATIENCE_MS = 5000, /* a command of the administrator may have the store open */
	LOCK_RETRY_MS = 50,
	SOCKETS = 3
};

static int fail(const char *text)
{
	log_event(LOG_LEVEL_ERROR, "role.start_failed", LOG_C("error", text));
	return RUNTIME_ROLE_EXIT_FAILED;
}

static enum err enter(const struct config *c, const char *data_directory, struct errinfo *info)
{
	const struct runtime_sandbox box = {
		.user = c->server.user,
		.data_directory = data_directory,
		.is_network_store = strcmp(c->store.engine, "sqlite") != 0,
		.max_memory = c->server.role_memory_max_bytes,
		.max_fds = FDS_MAX,
	};

	/* SQLite sorts large results in files: the only place it may write is its own. */
	if (setenv("SQLITE_TMPDIR", data_directory, 1) != 0)
		return err_set_errno(info, ERR_IO, "cannot set SQLITE_TMPDIR");
	return runtime_sandbox_enter(RUNTIME_ROLE_STORE, &box, info);
}

static enum err open_engine(const struct config *c, const char *data_directory,
                            struct store_engine **engine_r, struct errinfo *info)
{
	int64_t end = clock_mono_ms() + LOCK_PATIENCE_MS;
	struct store_options o;
	enum err e;

	store_options_from_config(&o, c);
	o.path = str_c(data_directory);
	while ((e = store_engine_open(&o, engine_r, info)) == ERR_BUSY && clock_mono_ms() < end)
		usleep(LOCK_RETRY_MS * 1000);
	return e;
}

static void tell_counts(struct store_server *server)
{
	struct store_load load = store_server_load(server);
	const struct runtime_counts told = {
		.n = {
			[RUNTIME_COUNT_STORE_WAITING] = load.waiting,
			[RUNTIME_COUNT_STORE_WRITES] = load.writes,
			[RUNTIME_COUNT_STORE_BATCHES] = load.batches,
			[RUNTIME_COUNT_STORE_FAILED] = load.failed,
		},
	};

	role_tell_counts(&told);
}

/* The thread that listens to the supervisor while the main thread serves. */
static void *obey(void *arg)
{
	static int fds[RUNTIME_CONTROL_FDS_MAX];
	struct store_server *server = arg;
	struct runtime_control m;

	for (;;) {
		if (!role_receive(-1, &m, fds))
			continue;
		while (m.n_fds)
			close(fds[--m.n_fds]); /* what the store is opened with changes by a restart
			                          only */
		if (m.type == RUNTIME_CONTROL_COUNT)
			tell_counts(server);
		if (m.type == RUNTIME_CONTROL_DRAIN)
			break;
	}
	store_server_stop(server);
	return NULL;
}

static int serve(struct store_engine *engine, const struct role_start *start)
{
	static const enum store_caller callers[SOCKETS] = {
		STORE_CALLER_SESSION,
		STORE_CALLER_DELIVERY,
		STORE_CALLER_ADMIN,
	};
	struct store_listener listeners[SOCKETS];
	struct store_server *server;
	pthread_t thread;

	for (size_t i = 0; i < SOCKETS; i++)
		listeners[i] = (struct store_listener){ start->fds[i], callers[i] };
	server = store_server_new(engine, listeners, SOCKETS, 0);
	if (!server)
		return fail("the store cannot serve");
	if (pthread_create(&thread, NULL, obey, server) != 0)
		return fail("cannot start a thread");
	role_tell(RUNTIME_CONTROL_READY, start->bundle->generation);
	store_server_run(server);
	/* The other thread has stopped the server, and counts nothing any more. */
	pthread_join(thread, NULL);
	store_engine_close(&engine);
	return RUNTIME_ROLE_EXIT_OK;
}

int role_store_run(const struct role_start *start)
{
	struct arena *a = arena_new(NULL);
	const char *data_directory = str_dup_c(a, start->bundle->data_directory);
	const char *name = str_dup_c(a, start->bundle->config_name);
	const char *text = str_dup_c(a, start->bundle->config_text);
	struct store_engine *engine;
	const struct config *config; /* lives as long as the engine, which borrows from it */
	struct errinfo info = { 0 };

	if (start->n_fds != SOCKETS || !data_directory || !name || !text)
		return fail("the supervisor's message is malformed");
	if (config_parse(name, text, &config, &info))
		return fail(info.text);
	role_setup_log("store", config);
	if (enter(config, data_directory, &info) ||
	    open_engine(config, data_directory, &engine, &info))
		return fail(info.text);
	return serve(engine, start);
}
