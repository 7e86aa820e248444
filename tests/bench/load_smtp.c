/*
 * Mail in: every message over a connection of its own. All senders run in one thread, so that
 * little of the machine goes to them: each waits for the replies to what it has sent, as `wait`
 * says.
 *
 * Either one command at a time, or pipelined as mail servers send (RFC 2920): MAIL, all RCPT and
 * DATA at once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/peer.h"

enum {
	EVENTS_MAX = 64,
	PATIENCE_MS = 60000
};

/* Which reply comes next; the order is that of a message. */
enum wait {
	WAIT_GREETING,
	WAIT_EHLO,
	WAIT_MAIL,
	WAIT_RCPT,
	WAIT_DATA,
	WAIT_FINAL,
	WAIT_QUIT
};

struct sender {
	struct peer peer;
	enum wait wait;
	int message;
	int rcpts_sent, rcpts_taken;
	bool is_data_sent;
	double sent; /* the final dot */
};

/* Take the next message and connect; false when there is none left. */
static bool begin_message(struct plan *plan, struct sender *s, int poll_fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = s };

	for (;;) {
		s->message = atomic_fetch_add(&plan->next, 1);
		if (s->message >= plan->count)
			return false;
		plan->latency[s->message] = -1;
		s->wait = WAIT_GREETING;
		s->rcpts_sent = s->rcpts_taken = 0;
		s->is_data_sent = false;
		if (dial(&s->peer, plan, false) &&
		    epoll_ctl(poll_fd, EPOLL_CTL_ADD, s->peer.fd, &ev) == 0)
			return true;
		hang_up(&s->peer);
		atomic_fetch_add(&plan->failures, 1);
	}
}

static int write_rcpt(const struct plan *plan, struct sender *s, char *text, size_t size)
{
	int user = (s->message * plan->rcpts + s->rcpts_sent++) % plan->users + 1;

	return snprintf(text, size, "RCPT TO:<u%04d@%s>\r\n", user, plan->domain);
}

static bool put_envelope(const struct plan *plan, struct sender *s)
{
	static const char mail[] = "MAIL FROM:<sender@load.test>\r\n";
	char text[PEER_TEXT_BYTES];
	size_t n = sizeof mail - 1;

	memcpy(text, mail, n);
	while (plan->is_pipelined && s->rcpts_sent < plan->rcpts && n < sizeof text - 1024)
		n += (size_t)write_rcpt(plan, s, text + n, sizeof text - n);
	s->is_data_sent = plan->is_pipelined && s->rcpts_sent == plan->rcpts;
	if (s->is_data_sent)
		n += (size_t)snprintf(text + n, sizeof text - n, "DATA\r\n");
	return put(&s->peer, text, n);
}

static bool put_next_rcpt(const struct plan *plan, struct sender *s)
{
	char text[1024];

	return put(&s->peer, text, (size_t)write_rcpt(plan, s, text, sizeof text));
}

/* The message in one piece, the end of it in another: the clock starts with the final dot. */
static bool put_message(struct plan *plan, struct sender *s)
{
	struct iovec pieces[2];
	char header[1024];
	int i = s->message;
	int n = snprintf(header, sizeof header,
	                 "From: Sender Name <sender@load.test>\r\nTo: <u%04d@%s>\r\nSubject: load "
	                 "message %d with a subject\r\n"
	                 "Message-ID: <%d.%d.%ld@load.test>\r\nDate: Sun, 22 Nov 2026 10:00:00 "
	                 "+0000\r\nMIME-Version: 1.0\r\n"
	                 "Content-Type: text/plain; charset=utf-8\r\n\r\n",
	                 i % plan->users + 1, plan->domain, i, i, (int)getpid(), (long)time(NULL));

	if (n >= plan->size)
		n = plan->size - 2;
	pieces[0] = (struct iovec){ header, (size_t)n };
	pieces[1] = (struct iovec){ plan->body, (size_t)(plan->size - n) };
	if (writev(s->peer.fd, pieces, 2) != plan->size)
		return false;
	s->sent = now();
	return put(&s->peer, "\r\n.\r\n", 5);
}

/* MAIL or a recipient has been taken: what comes next, and was it sent already? */
static bool go_on_envelope(const struct plan *plan, struct sender *s)
{
	s->rcpts_taken += s->wait == WAIT_RCPT;
	s->wait = s->rcpts_taken < plan->rcpts ? WAIT_RCPT : WAIT_DATA;
	if (s->wait == WAIT_RCPT)
		return s->rcpts_taken < s->rcpts_sent || put_next_rcpt(plan, s);
	return s->is_data_sent || put(&s->peer, "DATA\r\n", 6);
}

/* A reply with this code has come: send what follows it. False: this is not how it should go. */
static bool go_on(struct plan *plan, struct sender *s, int code)
{
	static const int wanted[] = { 220, 250, 250, 250, 354, 250, 221 };

	if (code != wanted[s->wait])
		return false;
	switch (s->wait) {
	case WAIT_GREETING:
		s->wait = WAIT_EHLO;
		return put(&s->peer, "EHLO load.test\r\n", 16);
	case WAIT_EHLO:
		s->wait = WAIT_MAIL;
		return put_envelope(plan, s);
	case WAIT_MAIL:
	case WAIT_RCPT:
		return go_on_envelope(plan, s);
	case WAIT_DATA:
		s->wait = WAIT_FINAL;
		return put_message(plan, s);
	case WAIT_FINAL:
		plan->latency[s->message] = now() - s->sent;
		s->wait = WAIT_QUIT;
		return put(&s->peer, "QUIT\r\n", 6);
	case WAIT_QUIT:
	default:
		return true;
	}
}

/* Something has come; true when the message is done with, well or not. */
static bool serve(struct plan *plan, struct sender *s)
{
	bool ok = more(&s->peer);
	int code;

	while (ok && (code = whole_reply(&s->peer)) != 0) {
		bool is_last = s->wait == WAIT_QUIT;

		ok = go_on(plan, s, code);
		if (ok && is_last)
			return true;
	}
	if (!ok)
		atomic_fetch_add(&plan->failures, 1);
	return !ok;
}

static void send_all(struct plan *plan)
{
	struct sender *senders = calloc((size_t)plan->workers, sizeof *senders);
	struct epoll_event events[EVENTS_MAX];
	int poll_fd = epoll_create1(0);
	int left = 0;

	for (int i = 0; i < plan->workers; i++)
		left += begin_message(plan, &senders[i], poll_fd);
	while (left > 0) {
		int n = epoll_wait(poll_fd, events, EVENTS_MAX, PATIENCE_MS);

		if (n <= 0) {
			fprintf(stderr, "load: nothing came for %d seconds\n", PATIENCE_MS / 1000);
			exit(1);
		}
		for (int i = 0; i < n; i++) {
			struct sender *s = events[i].data.ptr;

			if (!serve(plan, s))
				continue;
			hang_up(&s->peer);
			left -= !begin_message(plan, s, poll_fd);
		}
	}
	close(poll_fd);
	free(senders);
}

int load_messages(struct plan *plan)
{
	make_body(plan);
	plan->latency = calloc((size_t)plan->count, sizeof *plan->latency);
	run_measured(plan, send_all);
	return plan->failures ? 1 : 0;
}
