/*
 * A client's end of a connection to the server under test.
 */
#ifndef TAYORI_BENCH_PEER_H
#define TAYORI_BENCH_PEER_H

#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	PEER_TEXT_BYTES = 8192,
	PEER_BULK_BYTES = 1 << 20,
	LINE_OCTETS = 76
};

struct peer {
	int fd;
	SSL *ssl;
	size_t n;
	char text[PEER_TEXT_BYTES];
	char *bulk; /* made at the first bulk response; one for each worker */
};

/* What a run does; see the head of load.c for the words that fill it. */
struct plan {
	int port, workers, count, size, rcpts, users, first_user, multi;
	bool is_tls, is_pipelined;
	const char *domain, *password, *mailbox;
	char *body; /* `size` octets of text in lines, then CRLF . CRLF */
	SSL_CTX *tls;
	atomic_int next, failures;
	double *latency; /* of each of `count`; -1: failed */
	void *(*worker)(void *plan);
};

double now(void);

bool dial(struct peer *p, const struct plan *plan, bool is_tls);
void hang_up(struct peer *p);
bool put(struct peer *p, const char *text, size_t n);

/* Wait for more octets in `text`; false when there is no room or the peer is gone. */
bool more(struct peer *p);

/* The code of a whole SMTP reply, which is taken; 0: not all of it is there yet; -1: it is none. */
int whole_reply(struct peer *p);

/* Take one line (without the rest) into `line`; false when the peer is gone. */
bool take_line(struct peer *p, char *line, size_t size);

/*
 * Lines of an IMAP response until one begins with `tag`; true when that is an OK (or a
 * continuation).
 */
bool tagged(struct peer *p, const char *tag);

/*
 * The same for responses of any size, which are not looked at: the octets up to the end of the
 * tagged line, and that line in `line`. False when the peer is gone.
 */
bool drain(struct peer *p, const char *tag, unsigned long long *octets_r, char *line, size_t size);

/* Connect and log in user number `i` of the plan. */
bool log_in(struct peer *p, struct plan *plan, int i);

/* Do `work`, which is to do plan->count, and print rates and times. */
void run_measured(struct plan *plan, void (*work)(struct plan *plan));

/* The same with `worker` in plan->workers threads. */
void run_workers(struct plan *plan, void *(*worker)(void *));

/* Sort what did not fail to the front; its number. */
int sort_latencies(double *latency, int n);

void make_body(struct plan *plan);

/* --- load_smtp.c: prints one JSON object; the exit status */

int load_messages(struct plan *plan);

/* --- load_imap.c: each reads what plan and words say and prints one JSON object; the exit status
 */

int load_append(struct plan *plan);
int load_commands(struct plan *plan, char **commands, int n);
int load_push(struct plan *plan);
int load_ping(struct plan *plan, int milliseconds);
int load_pop3(struct plan *plan);

#endif
