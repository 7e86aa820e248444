/*
 * What a server is made of; only for server*.c and upkeep.c.
 */
#ifndef TAYORI_STORE_SERVER_PRIV_H
#define TAYORI_STORE_SERVER_PRIV_H

#include <pthread.h>
#include <stdatomic.h>

#include "src/base/buf.h"
#include "src/store/event_priv.h"
#include "src/store/server.h"
#include "src/store/verb_priv.h"
#include "src/store/watch_priv.h"

#define SERVER_CONNS_MAX 8192
#define SERVER_SIDE_QUEUE_MAX 1024
#define SERVER_LISTENERS_MAX 16

/* What an epoll event points to; the first member of each. */
enum server_source {
	SOURCE_LISTENER,
	SOURCE_CONN,
	SOURCE_STOP
};

struct listener {
	enum server_source source;
	struct store_listener l;
	struct store_server *server;
};

/*
 * One connection. It belongs to one thread at a time: whoever got its epoll event (which disarms
 * it), then the lane or the side pool while it runs, then whoever arms it again.
 */
struct conn {
	enum server_source source;
	struct store_server *server;
	struct conn *next, *prev; /* of the server */
	pthread_mutex_t handover; /* held while arming: who gets the event waits for who arms */
	int fd;
	enum store_caller caller;
	uint64_t process;
	/* reading */
	struct buf in;
	int file; /* that came with the request, or -1 */
	/* running */
	struct wire_header head;
	struct arena *a;
	struct verb_call call;
	struct conn *side_next;
	/* writing */
	struct buf out;
	size_t sent;
};

struct event_conn {
	struct event_conn *next;
	struct store_server *server;
	int fd;
	uint64_t process;
	struct event_link link;
	struct watch_set set;
};

struct store_server {
	struct store_engine *engine;
	struct listener listeners[SERVER_LISTENERS_MAX];
	size_t n_listeners;
	uint32_t n_threads;
	int epoll, stop_fd, quit_fd;
	enum server_source stop_source;

	pthread_mutex_t lock;
	pthread_cond_t changed; /* conns became fewer */
	struct conn *conns;
	size_t n_conns;

	pthread_mutex_t side_lock;
	pthread_cond_t side_ready;
	struct conn *side_first, *side_last;
	size_t side_queued;
	bool is_side_closing;

	pthread_mutex_t event_lock;
	struct event_conn *event_new; /* given to the event thread */
	int event_wake;
	bool is_event_closing;

	pthread_mutex_t upkeep_lock;
	pthread_cond_t upkeep_wake;
	bool is_upkeep_closing;
};

/* --- server_conn.c */

/* A connection that was accepted (takes the fd); it is armed. */
void server_conn_new(struct store_server *server, int fd, enum store_caller caller,
                     uint64_t process);

/* Its epoll event. */
void server_conn_ready(struct conn *c);

/* Run a request of the side pool. */
void server_conn_side(struct conn *c);

/* Close and free. */
void server_conn_free(struct conn *c);

/* --- server_event.c */

/* The thread; ends when is_event_closing. */
void *server_event_run(void *server);

/* Give it a connection (takes the fd) whose first frame is `head` and `body`. */
void server_event_adopt(struct store_server *server, int fd, uint64_t process,
                        const struct wire_header *head, struct str body);
void server_event_stop(struct store_server *server);

/* --- upkeep.c */

void *server_upkeep_run(void *server);
void server_upkeep_stop(struct store_server *server);

#endif
