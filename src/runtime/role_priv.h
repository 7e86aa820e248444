/* What role.c gives to the roles' own files. */
#ifndef TAYORI_RUNTIME_ROLE_PRIV_H
#define TAYORI_RUNTIME_ROLE_PRIV_H

#include "src/runtime/bundle.h"
#include "src/runtime/control.h"

/* The first setup of a role. */
struct role_start {
	const struct runtime_bundle *bundle;
	const int *fds; /* listening sockets (takes) */
	size_t n_fds;
};

/* Each runs until the end of its process. The exit code. */
int role_session_run(const struct role_start *start);
int role_web_run(const struct role_start *start);
int role_store_run(const struct role_start *start);

/* A message from the supervisor within `timeout_ms` (-1: no limit); false when none came. Ends the
 * process when the supervisor is gone. */
bool role_receive(int timeout_ms, struct runtime_control *m_r, int *fds_r);

/* Tell the supervisor. */
void role_tell(enum runtime_control_type type, uint64_t value);

/* The answer to RUNTIME_CONTROL_COUNT. */
void role_tell_counts(const struct runtime_counts *counts);

/* How this process logs, by its configuration. */
struct config;
void role_setup_log(const char *role, const struct config *config);

#endif
