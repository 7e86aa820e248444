/*
 * `tayori serve`: the process that owns sockets, configuration and keys, and keeps the roles
 * running.
 *
 * It reads nothing that comes from the network. It opens the listeners and the store's Unix sockets
 * once, starts this program again in each role, hands over what the role needs, and starts a role
 * again when it dies, while clients queue at the sockets that stay open. SIGHUP reads configuration
 * and certificates again, SIGTERM and SIGINT let the sessions come to an end, then the store; a
 * second one hurries.
 */
#ifndef TAYORI_RUNTIME_SUPERVISOR_H
#define TAYORI_RUNTIME_SUPERVISOR_H

/* Serve with this configuration file until told to stop. The exit code, as of the command line. */
int runtime_serve(const char *config_path);

#endif
