#include "src/runtime/setup.h"

#include <stdlib.h>
#include <unistd.h>

#include "src/base/must.h"
#include "src/config/config.h"
#include "src/net/tls.h"

struct runtime_setup *runtime_setup_new(const struct config *config)
{
	struct runtime_setup *s = calloc(1, sizeof *s);

	must(s);
	s->refs = 1;
	s->config = config_ref(config);
	s->tls = calloc(config->n_listeners + 1, sizeof(struct tls_context *));
	must(s->tls);
	return s;
}

struct runtime_setup *runtime_setup_ref(struct runtime_setup *s)
{
	must(atomic_fetch_add(&s->refs, 1) > 0);
	return s;
}

void runtime_setup_unref(struct runtime_setup **pointer)
{
	struct runtime_setup *s = *pointer;
	int before;

	if (!s)
		return;
	*pointer = NULL;
	before = atomic_fetch_sub(&s->refs, 1);
	must(before > 0);
	if (before > 1)
		return;
	for (size_t i = 0; i < s->config->n_listeners; i++)
		tls_context_unref(&s->tls[i]);
	free(s->tls);
	config_unref(&s->config);
	free(s);
}

uint64_t runtime_setup_session_processes(const struct config *c)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (c->server.session_processes)
		return c->server.session_processes;
	return cores > 2 ? (uint64_t)cores / 2 : 1;
}
