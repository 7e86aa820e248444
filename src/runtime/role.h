/*
 * The process of a role, from its start by the supervisor to its end.
 *
 * A role gets everything over its control socket: configuration, certificates, listening sockets.
 * It prepares, enters its sandbox, says that it serves, and then obeys: a new setup, or draining.
 * When the supervisor is gone it ends.
 */
#ifndef TAYORI_RUNTIME_ROLE_H
#define TAYORI_RUNTIME_ROLE_H

/* First argument of a role's process; the second is its name. */
#define RUNTIME_ROLE_VERB "role"

/* Where the role finds its control socket. */
enum {
	RUNTIME_ROLE_CONTROL_FD = 3
};

/* How a role ends. */
enum {
	RUNTIME_ROLE_EXIT_OK = 0,
	RUNTIME_ROLE_EXIT_FAILED = 1, /* it could not begin to serve; the reason has been logged */
	RUNTIME_ROLE_EXIT_ORPHAN = 2  /* the supervisor is gone */
};

/* Run the role named by the arguments and end the process; returns an exit code only when they are
 * wrong. */
int runtime_role_main(int argc, char **argv);

#endif
