/*
 * The store role's side of the Unix sockets.
 *
 * A fixed number of threads serve all connections; a connection makes one request at a time and
 * costs no thread while it waits. What reads is answered by the thread that read the request; what
 * writes is answered by the thread that leads the lane; what hashes passwords goes to threads of
 * its own. One more thread pushes events, one keeps the store up (garbage, scrub, checkpoints).
 */
#ifndef TAYORI_STORE_SERVER_H
#define TAYORI_STORE_SERVER_H

#include "src/store/store.h"

struct store_server;

/* A listening stream socket (keeps: until the server is freed) and who comes in by it. */
struct store_listener {
	int fd;
	enum store_caller caller;
};

/* `threads` 0: as many as suit the engine. Returns owned: store_server_free. */
struct store_server *store_server_new(struct store_engine *engine,
                                      const struct store_listener *listeners, size_t n_listeners,
                                      uint32_t threads);

/*
 * Serve until store_server_stop; then take no new connection, answer what has been asked, and
 * return. Connections that wait in the backlog stay there for the next process. May wait, for the
 * longest deadline of a request.
 */
void store_server_run(struct store_server *server);

/* From any thread or signal handler. */
void store_server_stop(struct store_server *server);

/* What the store has done since it was opened, and how many writing operations wait now. */
struct store_load {
	uint64_t waiting, writes, batches, failed;
};
struct store_load store_server_load(struct store_server *server);

/* After store_server_run has returned, or was never called. The engine stays. */
void store_server_free(struct store_server **server);

#endif
