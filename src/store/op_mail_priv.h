/*
 * What the operations share: account and mailbox rows, the change log, views, message octets, the
 * ledger.
 *
 * The rule that holds everything together: a writing operation locks the account row, takes its
 * MODSEQ with op_account_modseq, changes mailboxes and entries, writes one row of the change log
 * per mailbox, then saves both rows. All of it is in one transaction, so no reader ever sees a
 * MODSEQ without what it stands for.
 */
#ifndef TAYORI_STORE_OP_MAIL_PRIV_H
#define TAYORI_STORE_OP_MAIL_PRIV_H

#include "src/store/op_priv.h"
#include "src/store/ranges.h"

struct flag_run;
struct flag_runs;
struct map;
struct map_range;

/* After a change of the epoch the first write skips this much, so that nothing a client may have
 * seen comes again. */
enum {
	OP_EPOCH_GAP_UIDS = 1024,
	OP_EPOCH_GAP_MODSEQS = 1 << 20
};

/* Caps of what a client can make. */
enum {
	OP_KEYWORDS_MAX = 16384, /* in an account, whatever the options say: bits of entry.kw */
	OP_KEYWORD_MAX_BYTES = 100,
	OP_NAME_MAX_BYTES = 2000, /* a mailbox name, whatever the options say: it is a key */
	OP_NAME_MAX_LEVELS = 100,
	OP_UIDL_MAX_BYTES = 70,   /* RFC 1939 section 7 */
	OP_TEXT_MAX_BYTES = 2000, /* any other short text */
	OP_LIST_MAX = 1000,       /* rows of one list answer */
	OP_NAMES_MAX = 10000,     /* the same of mailboxes and subscriptions */
};

/* Caps that the operator sets (store_options); op_limit.c has what is usual. */
enum op_limit {
	OP_LIMIT_MAILBOXES,     /* in an account */
	OP_LIMIT_SUBSCRIPTIONS, /* in an account */
	OP_LIMIT_KEYWORDS,      /* in an account */
	OP_LIMIT_NAME_BYTES,    /* of a mailbox */
	OP_LIMIT_DELIVERIES,    /* of one message */
	OP_LIMIT_COUNT
};
uint32_t op_limit_get(const struct op *op, enum op_limit limit);

/* Values of change.kind. */
enum op_change {
	OP_CHANGE_NEW = 1,
	OP_CHANGE_FLAGS = 2,
	OP_CHANGE_EXPUNGED = 3,
	OP_CHANGE_MAILBOX = 4
};

/* Return from the calling operation with the first failure. */
#define OP_TRY(call)                       \
	do {                               \
		enum err try_err = (call); \
		if (try_err)               \
			return try_err;    \
	} while (0)

/* --- statements (op_sql.c) */

/* The next row of a statement that may have none: ERR_NOTFOUND without one. Call db_done after
 * reading it. */
enum err op_row(struct op *op, struct db_stmt *s) MUST_USE;

/* The next row or the end; a failure gets the database's text. */
enum err op_step(struct op *op, struct db_stmt *s, bool *has_row_r) MUST_USE;

/* Run to the end; a failure gets the database's text. */
enum err op_run(struct op *op, struct db_stmt *s) MUST_USE;
enum err op_run_count(struct op *op, struct db_stmt *s, uint64_t *changed_r) MUST_USE;

/* The number in the first column of the only row; 0 without a row. */
enum err op_number(struct op *op, struct db_stmt *s, uint64_t *number_r) MUST_USE;

/* Bind a number that may come from a caller: what does not fit 63 bits is bound as the largest that
 * does. */
void op_bind_u64(struct db_stmt *s, int n, uint64_t value);

/* Bind octets that may be empty but are never NULL. */
void op_bind_blob(struct db_stmt *s, int n, struct str blob);

/* Bind octets, NULL when empty. */
void op_bind_blob_or_null(struct db_stmt *s, int n, struct str blob);

/* A column's text, copied. */
struct str op_col_dup(struct arena *a, struct db_stmt *s, int n);

/* Read and write a row of `meta`; an absent one is empty. */
enum err op_meta_get(struct op *op, struct str key, struct str *value_r) MUST_USE;
enum err op_meta_set(struct op *op, struct str key, struct str value) MUST_USE;

/* True for well-formed UTF-8 without NUL of at most `max` octets: what a ctext column takes. */
bool op_is_text(struct str s, size_t max);

/* --- accounts (op_account.c) */

enum op_lock {
	OP_LOCK_NONE,
	OP_LOCK_WAIT,
	OP_LOCK_SKIP
};

struct op_account {
	uint64_t id, modseq, epoch, used_bytes, used_msgs, inbox_id, uidvalidity;
	int64_t quota, quota_msgs; /* as stored: 0 default, -1 none */
	uint32_t state;
};

/* Fails with: ERR_NOTFOUND (no such account; or it is locked by another transaction and
 * OP_LOCK_SKIP). */
enum err op_account_load(struct op *op, uint64_t id, enum op_lock lock,
                         struct op_account *account_r) MUST_USE;

/* The account of a grant, to be read or written. Fails with: ERR_DENIED (grant, locked), ERR_TEMP
 * (moving). */
enum err op_account_enter(struct op *op, const struct store_grant *grant, enum op_lock lock,
                          struct op_account *account_r) MUST_USE;

/* Take the next MODSEQ. */
uint64_t op_account_modseq(struct op *op, struct op_account *account);

/* Write the row back and tell watchers. */
enum err op_account_save(struct op *op, const struct op_account *account) MUST_USE;

/* Most octets the account may hold; UINT64_MAX without a limit. */
uint64_t op_account_limit(const struct op *op, const struct op_account *account);

/* Most messages the account may hold; UINT64_MAX without a limit. */
uint64_t op_account_limit_msgs(const struct op *op, const struct op_account *account);

/* True when `msgs` more messages of `size` octets in all do not fit. */
bool op_account_is_full(const struct op *op, const struct op_account *account, uint64_t msgs,
                        uint64_t size);

/* The next UIDVALIDITY of the account (the row must be saved). */
uint64_t op_account_uidvalidity(struct op *op, struct op_account *account);

/* Split and normalise: local part in lower case, domain in A-labels. Fails with: ERR_INVALID. */
struct op_address {
	struct str local, domain;
};
enum err op_address_parse(struct op *op, struct str text, struct op_address *address_r) MUST_USE;

/* local@domain, quoted where needed. */
struct str op_address_text(struct arena *a, struct str local, struct str domain);

/* A domain's name in its form for comparison. Fails with: ERR_INVALID. */
enum err op_domain_normal(struct op *op, struct str name, struct str *normal_r) MUST_USE;

/* A domain row by normal name, following one alias. Fails with: ERR_NOTFOUND. */
struct op_domain {
	uint64_t id, alias_of;
	struct str name;
};
enum err op_domain_find(struct op *op, struct str normal, struct op_domain *domain_r) MUST_USE;

/* Where mail to a normal address goes (op_route.c). */
enum err op_route_find(struct op *op, const struct op_address *address, uint64_t size,
                       struct store_resolve_res *r) MUST_USE;

/* --- mailboxes (op_mailbox.c, op_name.c) */

struct op_mailbox {
	uint64_t id, account_id, uidvalidity, uidnext, modseq, change_floor, epoch;
	uint64_t msgs, unseen, deleted, bytes, recent_uid;
	uint32_t special;
	bool is_noselect;
	struct str name; /* in scratch */
};

/* By id. Fails with: ERR_NOTFOUND (none, another account's, deleted). */
enum err op_mailbox_load(struct op *op, uint64_t account_id, uint64_t mailbox_id,
                         struct op_mailbox *mailbox_r) MUST_USE;

/* By name, INBOX in any case. Fails with: ERR_NOTFOUND. */
enum err op_mailbox_find(struct op *op, uint64_t account_id, struct str name,
                         struct op_mailbox *mailbox_r) MUST_USE;

/* Take `count` UIDs in a row, the first of them. Fails with: ERR_LIMIT (32 bits are used up). */
enum err op_mailbox_take_uids(struct op *op, struct op_mailbox *mailbox, uint64_t count,
                              uint64_t *first_r) MUST_USE;

/* The map of a large mailbox in its row (op_keep.c); NULL without one that can be used. Owned:
 * map_unref. Messages below `*seen_uid_r` were seen at the map's MODSEQ. */
enum err op_keep_load(struct op *op, const struct op_mailbox *mailbox, struct map **map_r,
                      uint64_t *seen_uid_r) MUST_USE;
/* Should it be written? `map` is that of the mailbox now. */
enum err op_keep_is_due(struct op *op, const struct op_mailbox *mailbox, const struct map *map,
                        bool *is_due_r) MUST_USE;
enum err op_keep_save(struct op *op, const struct op_mailbox *mailbox, const struct map *map,
                      uint64_t seen_uid) MUST_USE;

/* Write uidnext, modseq, epoch and counters back. */
enum err op_mailbox_save(struct op *op, const struct op_mailbox *mailbox) MUST_USE;

/* Make a row; takes UIDVALIDITY and MODSEQ from the account (to be saved by the caller). */
enum err op_mailbox_insert(struct op *op, struct op_account *account, uint64_t id, struct str name,
                           uint32_t special, bool is_noselect, uint64_t modseq) MUST_USE;

/* Take the mailbox out of sight: its name is free, its octets no longer count, upkeep removes the
 * messages. */
enum err op_mailbox_remove(struct op *op, struct op_account *account,
                           struct op_mailbox *mailbox) MUST_USE;

/* A mailbox as clients are told; `deleted_bytes` costs a look at its entries. */
enum err op_mailbox_told(struct op *op, uint64_t mailbox_id, bool wants_deleted_bytes,
                         struct store_mailbox *told_r) MUST_USE;

/* The levels above a name that are not there, as \Noselect, when there is room for them and
 * `wanted` mailboxes more. Fails with: ERR_LIMIT. */
enum err op_mailbox_make_levels(struct op *op, struct op_account *account, struct str name,
                                uint64_t wanted, uint64_t modseq) MUST_USE;

/* Subscribe; a name that is subscribed already stays so. */
enum err op_subscription_add(struct op *op, uint64_t account_id, struct str name) MUST_USE;

/* A mailbox name as kept: in normal form C, INBOX in capitals; checks every limit. Fails with:
 * ERR_INVALID. */
enum err op_name_normal(struct op *op, struct str name, struct str *normal_r) MUST_USE;

/* The same for a name that is to be made: not longer than the operator allows. Fails also with:
 * ERR_LIMIT. */
enum err op_name_new(struct op *op, struct str name, struct str *normal_r) MUST_USE;

/* One row of the change log. */
enum err op_change_add(struct op *op, uint64_t mailbox_id, uint64_t modseq, enum op_change kind,
                       struct str uids) MUST_USE;

/* Counters of messages that come or go. */
struct op_count {
	uint64_t msgs, unseen, deleted, bytes;
};
void op_count_message(struct op_count *count, uint32_t flags, uint64_t size);
void op_mailbox_count_in(struct op_mailbox *mailbox, const struct op_count *count);
void op_mailbox_count_out(struct op_mailbox *mailbox, const struct op_count *count);
void op_account_count_in(struct op_account *account, const struct op_count *count);
void op_account_count_out(struct op_account *account, const struct op_count *count);

/* --- what flags messages have now (op_flag_block.c) */

/*
 * A message comes with flags, keywords and a MODSEQ in its entry; what has become of them since is
 * in flag blocks (flag_block.h), so that a change of many is few rows. A block that is there says
 * what all messages have up to a UID; entries count behind that, and where there is no block. So
 * nobody but this file reads entry.flags, entry.kw and entry.modseq.
 */
struct op_flags;

enum op_flags_kind {
	OP_FLAGS_ALL,
	OP_FLAGS_BY_BLOCK, /* no run goes over the end of a block */
	/* Messages with the same flags and keywords are joined whatever their MODSEQ, and over UIDs
	   without a message. */
	OP_FLAGS_ALIKE
};

/*
 * Walk over what messages of some UIDs have (ascending ranges below 2^63, borrowed): runs in
 * ascending order, each within a range. UIDs without a message may be in a run or in none. Other
 * statements may run meanwhile, also such that write what has been told. Lives in scratch.
 */
struct op_flags *op_flags_walk(struct op *op, uint64_t mailbox_id, const struct ranges *uids,
                               enum op_flags_kind kind);

/* The next run; its keywords stay in scratch. Fails with: ERR_CORRUPT (a block that is none). */
enum err op_flags_next(struct op_flags *w, struct flag_run *run_r, bool *has_run_r) MUST_USE;

/* The run that a message is in; messages in ascending order. */
enum err op_flags_at(struct op_flags *w, uint64_t uid, const struct flag_run **run_r) MUST_USE;

/* Add those of `uids` with all of `flags` and a MODSEQ above `since`, and perhaps UIDs without a
 * message. */
enum err op_flags_find(struct op *op, uint64_t mailbox_id, const struct ranges *uids,
                       uint32_t flags, uint64_t since, struct ranges *found) MUST_USE;

/* Write the block that begins with the UID `first`: runs, of which there are some, of all of its
 * messages up to `upto`. */
enum err op_flags_save(struct op *op, uint64_t mailbox_id, uint64_t first, uint64_t upto,
                       struct flag_runs *runs) MUST_USE;

/* After messages from UID `from` on have come: write the blocks in which no more can come, so that
 * whoever asks for the flags of all need not read all entries. */
enum err op_flags_close(struct op *op, uint64_t mailbox_id, uint64_t from,
                        uint64_t uidnext) MUST_USE;

/* After entries of these UIDs have been deleted: blocks without any go, too. */
enum err op_flags_drop(struct op *op, uint64_t mailbox_id, const struct ranges *gone) MUST_USE;

/* Add the UIDs of blocks that are none. */
enum err op_flags_check(struct op *op, const struct op_mailbox *mailbox,
                        struct ranges *bad) MUST_USE;

/* --- entries (op_entry.c) */

struct op_entry {
	uint64_t msg_id;
	uint32_t flags;
	struct str kw;
	int64_t internaldate_ms, saved_ms;
	uint64_t size; /* with the prefix */
	struct str prefix;
	struct str uidl; /* empty: made of UIDVALIDITY and UID */
};

/* Remember what is needed to bring messages of ascending spans back, and when they may go for good.
 */
enum err op_entry_remember(struct op *op, uint64_t mailbox_id, const struct ranges *spans) MUST_USE;

/* Delete the entries of ascending spans; how many there were. */
enum err op_entry_delete(struct op *op, uint64_t mailbox_id, const struct ranges *spans,
                         uint64_t *gone_r) MUST_USE;

/* Put one message into a mailbox: UID, entry, change, counters; saves both rows. */
enum err op_entry_add(struct op *op, struct op_account *account, struct op_mailbox *mailbox,
                      const struct op_entry *entry, uint64_t *uid_r) MUST_USE;

/*
 * Expunge messages of ascending spans, at most `max`; the UIDs that went. `*has_more_r`: there may
 * be more. The rows must be saved.
 */
enum err op_entry_expunge(struct op *op, struct op_account *account, struct op_mailbox *mailbox,
                          const struct ranges *spans, bool is_deleted_only, uint64_t max,
                          struct ranges *gone_r, bool *has_more_r) MUST_USE;

/*
 * Copy what lies within `spans` of `from` to `to` (which may be the same row, given twice), moving
 * when `is_move`. Writes entries and changes, counts both; the caller saves. Without a message in
 * `spans` nothing is written and `copied` left alone.
 */
struct op_copied {
	struct ranges from_uids; /* in the caller's arena */
	uint64_t first;          /* UID of the first one in `to`; the others follow it */
	uint64_t modseq;
};
enum err op_entry_copy(struct op *op, struct op_account *account, struct op_mailbox *from,
                       struct op_mailbox *to, const struct ranges *spans, bool is_move,
                       struct op_copied *copied) MUST_USE;

/* --- keywords (op_keyword.c) */

struct op_keywords {
	uint64_t account_id;
	struct store_keyword *names; /* by bit; an empty name is a hole */
	size_t n, room;
	struct arena *a;
	/* the last bit string that was turned into names, because neighbours mostly have the same
	 */
	struct str last;
	struct store_keyword *last_names;
	size_t last_n;
	bool is_loaded;
};

/* Begin; names are read when they are needed first. */
struct op_keywords op_keywords_in(struct arena *a, uint64_t account_id);
enum err op_keywords_load(struct op *op, struct op_keywords *k) MUST_USE;

/*
 * The bit string of some names; unknown ones are made when `can_make`, otherwise left out. Empty
 * without any. Fails with: ERR_INVALID (no atom), ERR_LIMIT (too many in the account).
 */
enum err op_keywords_bits(struct op *op, struct op_keywords *k, const struct store_keyword *names,
                          size_t n, bool can_make, struct str *bits_r) MUST_USE;

/* The names of a bit string (shared by messages with the same one). */
enum err op_keywords_names(struct op *op, struct op_keywords *k, struct str bits,
                           struct store_keyword **names_r, size_t *n_r) MUST_USE;

/* All names; `*told_r` is what a session may give back to learn of younger ones. */
enum err op_keywords_list(struct op *op, struct op_keywords *k, struct store_keyword **names_r,
                          size_t *n_r, uint64_t *told_r) MUST_USE;

/* The same when names were needed and one of them may be younger than `told`; nothing otherwise. */
enum err op_keywords_younger(struct op *op, struct op_keywords *k, uint64_t told,
                             struct store_keyword **names_r, size_t *n_r,
                             uint64_t *told_r) MUST_USE;

/* Bit strings without trailing zero octets; the result may be one of the operands. */
struct str op_keywords_or(struct arena *a, struct str x, struct str y);
struct str op_keywords_without(struct arena *a, struct str x, struct str y);

/* --- views (op_view.c) */

/* A session's numbers, from one snapshot; see store.h struct store_view. */
struct op_view {
	struct map *map;      /* all of the view and possibly more UIDs at or above uidnext */
	struct map *existing; /* what is there now; the same as `map` when nothing is held back */
	uint64_t uidnext, exists;
	uint64_t largest; /* largest UID in the view, 0 when it is empty */
};

/* Fails with: ERR_NOTFOUND (the view is older than the change log reaches back). */
enum err op_view_open(struct op *op, const struct op_mailbox *mailbox,
                      const struct store_view *view, struct op_view *view_r) MUST_USE;

/* The map of what exists, at the mailbox's modseq; freed with scratch. */
enum err op_view_map(struct op *op, const struct op_mailbox *mailbox, struct map **map_r) MUST_USE;

/* Messages of a map within ascending disjoint spans; in scratch. */
struct ranges op_view_within(struct op *op, const struct map *map, const struct ranges *spans);

/* Expunges with a MODSEQ above `since`, sorted. */
enum err op_view_expunged(struct op *op, const struct op_mailbox *mailbox, uint64_t since,
                          struct ranges *uids) MUST_USE;

/*
 * A set as sorted UID spans. Everything that exists within a span and below the view's uidnext
 * belongs to the set. Fails with: ERR_INVALID (a sequence number that the view does not have).
 */
enum err op_view_spans(struct op *op, const struct op_view *view, const struct store_set *set,
                       struct ranges *spans) MUST_USE;

/* Messages with flags, new or changed above `since`, by the change log: sorted; false: the log does
 * not reach back. */
enum err op_view_changed(struct op *op, const struct op_mailbox *mailbox, uint64_t since,
                         bool *is_known_r, struct ranges *uids) MUST_USE;

/* --- message octets (op_body.c) */

enum {
	OP_SLICE_BYTES = 256 * 1024,
	OP_BODY_SINGLE_BYTES = 24 * 1024,
	OP_BODY_PREPARE_BYTES = 8 * 1024 * 1024
};

struct op_slice {
	uint32_t enc;
	struct str data;
};

/* A message hashed and packed, ready to be written. */
struct op_body {
	uint64_t size;
	uint32_t hdr_size;
	unsigned char hash[64];
	uint64_t slice0;
	size_t n_slices;            /* after the first */
	const struct op_body *next; /* of the next message of an append */
	struct op_slice slices[];
};

/* The bytes of a request: in memory, or mapped for as long as scratch lives. Fails with:
 * ERR_INVALID, ERR_LIMIT, ERR_IO. */
enum err op_body_open(struct op *op, struct str body, int body_fd, uint64_t body_size,
                      struct str *bytes_r) MUST_USE;

/* SHA-256 of what follows the header. */
void op_body_content_hash(struct op *op, struct str bytes, uint32_t hdr_size,
                          unsigned char hash_r[32]);

/* Write msg, body and body_slice. */
enum err op_body_put(struct op *op, uint64_t msg_id, struct str bytes,
                     const struct store_meta *meta) MUST_USE;

/* Octets [offset, offset + size) of a stored message, in `a`, from no more slices than needed. */
struct op_body_place {
	uint64_t msg_id, size, slice0;
};
enum err op_body_read(struct op *op, struct arena *a, const struct op_body_place *place,
                      uint64_t offset, uint64_t size, struct str *octets_r) MUST_USE;

/* The same where there is room; all of it must be within the message. */
enum err op_body_read_to(struct op *op, const struct op_body_place *place, uint64_t offset,
                         uint64_t size, unsigned char *octets) MUST_USE;

/* Read everything and compare with its hash: ERR_CORRUPT when it differs or does not unpack. */
enum err op_body_verify(struct op *op, uint64_t msg_id, uint64_t *bytes_r) MUST_USE;

/* Remove a message and its octets. Fails with: ERR_NOTFOUND (something still refers to it). */
enum err op_body_remove(struct op *op, uint64_t msg_id) MUST_USE;

/* 63-bit hash of a Message-ID, for msg.msgid_hash. */
uint64_t op_body_msgid_hash(struct str message_id);

/*
 * The conversation that a message with this header belongs to (op_thread.c); 0: one of its own.
 */
enum err op_thread_find(struct op *op, struct str header, struct str message_id,
                        uint64_t *thread_id_r) MUST_USE;

/* --- ledger (op_ledger.c) */

enum op_event {
	OP_EVENT_ACCEPTED = 1,
	OP_EVENT_DELIVERED,
	OP_EVENT_QUEUED,
	OP_EVENT_RELAYED,
	OP_EVENT_BOUNCED,
	OP_EVENT_DISCARDED,
	OP_EVENT_EXPIRED,
	OP_EVENT_DUPLICATE,
};

/* The name in `tayori trace`. */
const char *op_event_name(enum op_event event);

/* The fate of one recipient at acceptance. */
struct op_fate {
	enum op_event event;
	struct str rcpt;
	uint64_t mailbox_id, uid; /* delivered; duplicate: the first message's id in mailbox_id */
};

/* Fates as octets, and back. */
struct str op_fates_pack(struct arena *a, const struct op_fate *fates, size_t n);
enum err op_fates_unpack(struct arena *a, struct str octets, struct op_fate **fates_r,
                         size_t *n_r) MUST_USE;

/* The accept row of a message. */
enum err op_ledger_accept(struct op *op, uint64_t msg_id, struct str sender, struct str detail,
                          const struct op_fate *fates, size_t n) MUST_USE;

/* The final row of a recipient that waited in the queue. */
enum err op_ledger_final(struct op *op, uint64_t msg_id, uint64_t queue_rcpt_id,
                         enum op_event event, struct str rcpt, struct str detail) MUST_USE;

/* --- mail that comes (op_accept.c, op_pending.c) */

/* Where to deliver: `mailbox_id`, or INBOX when that is 0, gone or a mere level. Fails with:
 * ERR_CORRUPT (no INBOX). */
enum err op_mailbox_target(struct op *op, const struct op_account *account, uint64_t mailbox_id,
                           struct op_mailbox *mailbox_r) MUST_USE;

/* Deliver up to `max` local recipients that are waiting; how many it were. */
enum err op_deliver_pending(struct op *op, uint32_t max, uint64_t *delivered_r) MUST_USE;

#endif
