/*
 * What SORT and THREAD keep of messages while they put them in order: numbers, and texts as ranks
 * among all texts. A few dozen octets a message, whatever its header holds.
 */
#ifndef TAYORI_IMAP_ORDER_PRIV_H
#define TAYORI_IMAP_ORDER_PRIV_H

#include "src/imap/search_priv.h"
#include "src/mail/envelope.h"

enum {
	IMAP_WORD_MAX = 1000,            /* octets of a text that are compared */
	IMAP_WORDS_MAX_BYTES = 64 << 20, /* of different texts in all; then they are compared by */
	IMAP_WORD_SHORT = 32,            /* so many octets */
};

/* --- words.c: different texts, by number and then by rank */

struct imap_words {
	struct arena *a;
	struct str *texts;
	uint32_t *table; /* by hash: number + 1 */
	uint32_t *ranks; /* by number, once imap_words_rank has been called */
	size_t n, room, slots, bytes;
	uint64_t key;
};

struct imap_words imap_words_in(struct arena *a);

/* The number of a text, the same for equal ones. The empty text is number 0. */
uint32_t imap_words_add(struct imap_words *words, struct str text);

/* Fill `ranks`: the order of the texts by their octets. */
void imap_words_rank(struct imap_words *words);

/*
 * A hash that nobody can find collisions of who does not know the key: the text as a polynomial
 * over the prime 2^61 - 1, at a random point.
 */
uint64_t imap_words_hash(uint64_t key, struct str text);
uint64_t imap_words_key(void);

/* --- order.c: what is compared of a message */

/* When it was sent, otherwise when it came (RFC 5256 section 2.2). */
int64_t imap_order_date(struct arena *a, const struct store_message *m,
                        const struct mail_envelope *e);

/* Base subject, as i;unicode-casemap compares it. */
struct str imap_order_subject(struct arena *a, const struct mail_envelope *e, bool *is_reply_r);

/* addr-mailbox of the first address of a list, or how it is shown (RFC 5957), to be compared. */
struct str imap_order_address(struct arena *a, struct str list, bool is_display);

/* The ENVELOPE; that of an empty message when there is none. */
struct mail_envelope imap_order_envelope(const struct store_message *m);

/* --- thread.c: trees of messages (RFC 5256 section 3, THREAD) */

enum {
	IMAP_THREAD_REFERENCES_MAX = 100 /* Message-IDs looked at in one message */
};

struct imap_thread;

/* Trees of `n` messages, numbered from 0 in mailbox order. */
struct imap_thread *imap_thread_new(struct arena *a, size_t n);

/* A message: in order of numbers. `ids`: its own Message-ID (empty: none), then its references. */
void imap_thread_add(struct imap_thread *t, size_t message, struct str id,
                     const struct str *references, size_t n_references);

/* Its date, the number of its subject (0: empty) and whether that is of a reply or forward. */
void imap_thread_set(struct imap_thread *t, size_t message, int64_t date_ms, uint32_t subject,
                     bool is_reply);

/* Build the trees, by ORDEREDSUBJECT or REFERENCES. */
void imap_thread_by_subject(struct imap_thread *t);
void imap_thread_by_references(struct imap_thread *t);

/* Give the trees to `put`: parentheses and messages as they are written. */
enum imap_thread_token {
	IMAP_THREAD_OPEN,
	IMAP_THREAD_CLOSE,
	IMAP_THREAD_MESSAGE
};
void imap_thread_write(const struct imap_thread *t,
                       void (*put)(void *context, enum imap_thread_token token, size_t message),
                       void *context);

#endif
