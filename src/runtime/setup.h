/*
 * What new sessions start with: a configuration snapshot and the TLS contexts of its listeners.
 *
 * Immutable and counted by reference. A reload makes a new one; sessions that run keep theirs until
 * they end.
 */
#ifndef TAYORI_RUNTIME_SETUP_H
#define TAYORI_RUNTIME_SETUP_H

#include <stdatomic.h>

#include "src/base/err.h"

struct config;
struct tls_context;

struct runtime_setup {
	_Atomic int refs;
	const struct config *config;
	struct tls_context **tls; /* by listener; NULL where it speaks no TLS */
};

/* Takes a reference to `config`; no TLS contexts yet. Returns owned: runtime_setup_unref. */
struct runtime_setup *runtime_setup_new(const struct config *config);

/* One more holder / one less; the last frees. Any thread. */
struct runtime_setup *runtime_setup_ref(struct runtime_setup *s);
void runtime_setup_unref(struct runtime_setup **s);

/*
 * How many processes serve sessions. By default one for two cores: a process uses all cores by its
 * threads, the store needs its share, and messages that come through one process need fewer
 * switches between processes (a tenth of the CPU on two cores).
 */
uint64_t runtime_setup_session_processes(const struct config *c);

#endif
