/*
 * The store: all state of the mail system, behind verbs that speak mail.
 *
 * A `struct store` is one caller's handle. It is either in-process (tests, tools, the store role
 *itself) or a connection to the store role over a Unix socket; the verbs mean the same. A handle
 *serves one thread at a time. Every verb has the shape
 *
 *	enum err store_VERB(struct store *st, struct arena *a,
 *			    const struct store_VERB_req *q, struct store_VERB_res *r);
 *
 * The request is borrowed; the result's memory comes from `a`; on failure the result is untouched
 *and store_errinfo says what happened, for the log. A verb may wait, at most store_set_timeout
 * milliseconds (ERR_TIMEOUT). After ERR_TIMEOUT or ERR_IO of a verb that writes, whether it
 *happened is unknown: repeat it with the same accept_key (store_accept, store_append) or look.
 * Every verb may fail with ERR_TEMP, ERR_IO, ERR_TIMEOUT, ERR_CORRUPT, ERR_LIMIT (request too
 *large) and ERR_INVALID (a field breaks its limits); only further kinds are named beside each verb.
 *
 * Grants. `grant` is what the store issued at log-in. It names an account and is bound to the
 *process that logged in; the store checks it again on every verb. ERR_DENIED: no, or a wrong grant.
 *Administrator verbs need a handle that was opened as administrator.
 *
 * Invariants. 250 after store_accept means committed and flushed. UIDs and MODSEQs only grow. Every
 * accepted recipient has exactly one final row in the ledger, or is still in the queue.
 */
#ifndef TAYORI_STORE_STORE_H
#define TAYORI_STORE_STORE_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;
struct store;

/* ---------------------------------------------------------------- common types */

/* System flags of a message (RFC 3501 section 2.3.2), as bits. */
enum {
	STORE_FLAG_SEEN = 1,
	STORE_FLAG_ANSWERED = 2,
	STORE_FLAG_FLAGGED = 4,
	STORE_FLAG_DELETED = 8,
	STORE_FLAG_DRAFT = 16,
	STORE_FLAG_SYSTEM = 31,
	STORE_FLAG_RECENT = 32, /* only in results: not announced to any session before this one */
};

/* Special uses of a mailbox (RFC 6154), as bits. */
enum {
	STORE_SPECIAL_ALL = 1,
	STORE_SPECIAL_ARCHIVE = 2,
	STORE_SPECIAL_DRAFTS = 4,
	STORE_SPECIAL_FLAGGED = 8,
	STORE_SPECIAL_JUNK = 16,
	STORE_SPECIAL_SENT = 32,
	STORE_SPECIAL_TRASH = 64,
	STORE_SPECIAL_IMPORTANT = 128,
};

/* Inclusive range of UIDs or sequence numbers; STORE_STAR as either end is "*", the largest there
 * is. */
#define STORE_STAR UINT64_MAX
struct store_range {
	uint64_t first;
	uint64_t last;
};

/*
 * What an IMAP session has been told about a mailbox. Sequence numbers are a function of it:
 * the view holds every UID below `uidnext` that exists, or whose expunge has a MODSEQ above
 * `expunged`.
 */
struct store_view {
	uint64_t uidnext;  /* messages below this have been announced */
	uint64_t expunged; /* expunges up to this MODSEQ have been announced */
};

/* Which messages: UIDs, or sequence numbers within `view`. Order and overlaps do not matter. */
struct store_set {
	bool is_uid;
	const struct store_range *ranges;
	size_t n_ranges;
};

struct store_keyword {
	struct str name;
};

/* A value of one word, where a list of texts is wanted. */
struct store_text {
	struct str text;
};

/* ---------------------------------------------------------------- handles */

/* Who a handle acts for; the store role takes it from the socket a caller came in by. */
enum store_caller {
	STORE_CALLER_SESSION,
	STORE_CALLER_DELIVERY,
	STORE_CALLER_ADMIN
};

struct store_options {
	struct str engine;      /* "sqlite" or "postgres" */
	struct str path;        /* sqlite: the data directory */
	struct str conninfo;    /* postgres: libpq connection string */
	uint32_t lanes;         /* writing lanes; 1 for sqlite */
	uint32_t readers;       /* reading connections */
	uint64_t undelete_ms;   /* how long expunged mail can be brought back */
	uint64_t accept_log_ms; /* how long accept keys are remembered */
	uint32_t zstd_level;    /* 0 stores bodies raw */
	uint64_t message_max_bytes;
	uint64_t quota_default_bytes, quota_default_msgs; /* 0: no limit */
	/* What one account, name or message may have of them; 0: the usual. */
	uint32_t mailboxes_max, subscriptions_max, keywords_max, mailbox_name_max_bytes,
		deliveries_max;
	uint32_t argon2_memory_kib, argon2_passes;
	uint32_t auth_threads;    /* password hashing never runs on a session's path */
	bool unsafe_no_sync;      /* tests only: commits are not flushed */
	bool unsafe_early_answer; /* tests only: answers before the commit, so that the crash
	                             checker finds losses */
};

/* An engine with its lanes, shared by all handles of this process. */
struct store_engine;

/*
 * Open (creating or migrating the schema) the store in this process. Returns owned:
 * store_engine_close. Fails with: ERR_CORRUPT (damaged or too new a schema; the text names it),
 * ERR_BUSY (another process has it).
 */
enum err store_engine_open(const struct store_options *o, struct store_engine **engine_r,
                           struct errinfo *info) MUST_USE;
void store_engine_close(struct store_engine **engine);

/*
 * A consistent copy of an embedded store in a directory that has none, made by reading its files
 * while the server works. Call store_copy_step until it is done; closing earlier removes what was
 * made. store_copy_open fails with: ERR_EXISTS (there is a copy already), ERR_PERM (PostgreSQL: it
 * has its own tools), ERR_IO.
 */
struct store_copy;
struct store_copy_state {
	uint64_t done_bytes, total_bytes;
	bool is_done;
};
enum err store_copy_open(const struct store_options *o, const char *directory,
                         struct store_copy **copy_r, struct errinfo *info) MUST_USE;
enum err store_copy_step(struct store_copy *c, struct store_copy_state *state_r,
                         struct errinfo *info) MUST_USE;
void store_copy_close(struct store_copy **c);

/*
 * Put a copy made by store_copy_step in place of an absent or empty store, with a new epoch, so
 * that no UID or MODSEQ that a client may have seen is used again. Fails with: ERR_EXISTS (the
 * store is not empty), ERR_CORRUPT.
 */
enum err store_engine_restore(const struct store_options *o, const char *directory,
                              struct errinfo *info) MUST_USE;

/* A handle of this process on an engine. Returns owned: store_close. */
struct store *store_open_local(struct store_engine *engine, enum store_caller caller);

/* A handle on the store role that listens at `socket_path`. Connects at the first verb, and again
 * after a loss; a store that is restarting is waited for within the time-out. Returns owned:
 * store_close. */
struct store *store_open_socket(const char *socket_path);

/* Give back the handle and its connection; sets the pointer to NULL. */
void store_close(struct store **st);

/*
 * Have `call` told when a verb begins to wait for the store, and when it goes on; NULL: nobody.
 * Not everything that waits is told: a store in-process never is.
 */
void store_on_wait(struct store *st, void (*call)(void *context, bool is_waiting), void *context);

/* Milliseconds a verb may wait; 30,000 at birth. */
void store_set_timeout(struct store *st, int64_t timeout_ms);

/*
 * Ask now for what will be asked of store_fetch with just this request soon, so that the store
 * works while the caller does; NULL: it will not be. Between them other verbs may be called.
 */
struct store_fetch_req;
void store_fetch_ahead(struct store *st, const struct store_fetch_req *q);

/*
 * A verb in two halves, so that nobody's thread waits for the disk: `begin` sends the request,
 * `end` takes the answer, as the verb itself would have given it (after a lost connection it asks
 * again). Between them nothing else may be called with this handle, and a `body_fd` stays open;
 * `end` does not wait once store_answer_fd is readable, or store_answer_due_ms (clock_mono_ms) has
 * passed.
 *
 * `begin` is false when nothing was sent (in-process, or the store is not there now): call the
 * verb.
 */
struct store_accept_req;
struct store_accept_res;
struct store_append_req;
struct store_append_res;
bool store_accept_begin(struct store *st, const struct store_accept_req *q) MUST_USE;
enum err store_accept_end(struct store *st, struct arena *a, struct store_accept_res *r) MUST_USE;
bool store_append_begin(struct store *st, const struct store_append_req *q) MUST_USE;
enum err store_append_end(struct store *st, struct arena *a, struct store_append_res *r) MUST_USE;
bool store_has_begun(const struct store *st);
int store_answer_fd(const struct store *st);
int64_t store_answer_due_ms(const struct store *st);

/* Why the last verb on this handle failed; valid until the next verb. */
const struct errinfo *store_errinfo(const struct store *st);

/*
 * Events. A watcher is told which accounts have changed. The set of watched accounts belongs to the
 * watcher; after a lost connection it is announced again and every watched account is reported
 * once, because something may have been missed. An event carries no truth: read the store.
 */
struct store_watcher;
struct store_event {
	uint64_t account_id; /* 0: everything may have changed */
	uint64_t modseq;     /* newest MODSEQ of the account that the store had then */
};

/* Returns owned: store_watcher_close. `socket_path` NULL: in-process on `engine`. */
struct store_watcher *store_watcher_open(const char *socket_path, struct store_engine *engine);
void store_watcher_close(struct store_watcher **w);

/* Begin / stop watching; counted, so two sessions may watch one account. Any thread. */
void store_watcher_add(struct store_watcher *w, uint64_t grant_account_id);
void store_watcher_remove(struct store_watcher *w, uint64_t grant_account_id);

/* Readable when store_watcher_read has something. */
int store_watcher_fd(const struct store_watcher *w);

/* Up to `max` events without waiting; the number of them. One thread. */
size_t store_watcher_read(struct store_watcher *w, struct store_event *events, size_t max);

/*
 * Proof of a log-in, sealed by the store; opaque to its holder. It holds no secret and can be
 * saved with a session. Bound to the process (socket peer) that logged in.
 */
struct store_grant {
	uint64_t account_id;
	uint64_t expires_ms;
	struct str seal;
};

/* ---------------------------------------------------------------- the verbs, by noun */

/* --- directory (administrator) */

/* Make a domain. `alias_of` non-empty: every address in it stands for the same local part there.
 * ERR_EXISTS; ERR_NOTFOUND (alias_of). Names are given in UTF-8 or A-label form, kept as lower-case
 * A-label. */
struct store_domain_add_req {
	struct str name, alias_of;
};
struct store_domain_add_res {
	uint64_t domain_id;
};

/* Remove an empty domain. ERR_NOTFOUND; ERR_EXISTS: accounts or aliases remain. */
struct store_domain_del_req {
	struct str name;
};

struct store_domain {
	uint64_t id;
	struct str name, alias_of;
	uint64_t accounts, aliases;
	int64_t created_ms;
};
struct store_domain_list_req {
	struct str after;
	uint32_t max;
};
struct store_domain_list_res {
	struct store_domain *domains;
	size_t n_domains;
	bool has_more;
};

/*
 * Make an account with its special-use folders. `password` are octets (1 to 1024), empty with
 * `is_hashed` false means no log-in; `is_hashed`: `password` is a crypt(3), argon2 or {SCHEME}
 * string to be taken as it is. `quota_bytes` 0 means the default, STORE_QUOTA_NONE none.
 * ERR_EXISTS; ERR_NOTFOUND: no such domain.
 */
#define STORE_QUOTA_NONE UINT64_MAX
struct store_account_add_req {
	struct str address, password, name, language; /* language: "en" or "ja" */
	bool is_hashed;
	uint64_t quota_bytes;
};
struct store_account_add_res {
	uint64_t account_id;
};

/*
 * Change what `set` names. `apop_secret`: what the account and its POP3 client share for APOP, kept
 * sealed but readable by the store; empty takes it away. ERR_NOTFOUND; ERR_INVALID.
 */
enum {
	STORE_ACCOUNT_PASSWORD = 1,
	STORE_ACCOUNT_QUOTA = 2,
	STORE_ACCOUNT_STATE = 4,
	STORE_ACCOUNT_NAME = 8,
	STORE_ACCOUNT_QUOTA_MSGS = 16,
	STORE_ACCOUNT_APOP = 32
};
enum {
	STORE_ACCOUNT_ACTIVE,
	STORE_ACCOUNT_LOCKED,
	STORE_ACCOUNT_MOVING,
	STORE_ACCOUNT_MOVED,
	STORE_ACCOUNT_DELETED
};
struct store_account_set_req {
	struct str address, password, name;
	bool is_hashed;
	uint32_t set, state;
	uint64_t quota_bytes, quota_msgs; /* messages: as octets, 0 and STORE_QUOTA_NONE */
	struct str apop_secret;           /* 1 to 255 octets, no controls */
};

/* Delete an account: unreachable at once, its mail goes in the background. ERR_NOTFOUND. */
struct store_account_del_req {
	struct str address;
};

struct store_account {
	uint64_t id;
	struct str address, name, scheme; /* scheme of the stored password, "" when there is none */
	uint32_t state;
	uint64_t quota_bytes, quota_msgs, used_bytes, used_msgs, mailboxes;
	bool has_apop;
	int64_t created_ms, last_login_ms;
};
struct store_account_list_req {
	struct str domain, address, after;
	uint32_t max;
	bool is_apop_only; /* only accounts that have an APOP secret */
};                         /* address: just this one */
struct store_account_list_res {
	struct store_account *accounts;
	size_t n_accounts;
	bool has_more;
};

/* Add a target to an alias; local part empty ("@domain") is the domain's catch-all. ERR_EXISTS;
 * ERR_NOTFOUND. */
struct store_alias_add_req {
	struct str address, target;
};
struct store_alias_del_req {
	struct str address, target;
}; /* target empty: all */
struct store_alias {
	struct str address, target;
};
struct store_alias_list_req {
	struct str domain, after;
	uint32_t max;
};
struct store_alias_list_res {
	struct store_alias *aliases;
	size_t n_aliases;
	bool has_more;
};

/* --- addresses */

/*
 * What becomes of mail to an address: follows domain aliases, aliases (several targets, at most 10
 * deep, loops cut), user+detail and catch-all. No grant needed.
 */
enum store_route_kind {
	STORE_ROUTE_LOCAL,
	STORE_ROUTE_REMOTE
};
struct store_route {
	uint32_t kind;
	uint64_t account_id; /* local */
	struct str address;  /* the final address */
	struct str detail;   /* what stood behind "+" */
	bool is_over_quota;  /* local: a message of `size` would not fit */
	bool is_unavailable; /* local: locked or moving, say 4xx */
};
enum store_resolve_status {
	STORE_RESOLVE_OK,        /* `routes` says where */
	STORE_RESOLVE_NO_DOMAIN, /* not one of our domains: a relay question */
	STORE_RESOLVE_NO_USER,   /* our domain, nobody there */
};
struct store_resolve_req {
	struct str address;
	uint64_t size;
};
struct store_resolve_res {
	uint32_t status;
	struct store_route *routes;
	size_t n_routes;
};

/* May the grant's account send as `address` (its own, an alias that reaches it, with or without
 * +detail)? */
struct store_owns_req {
	struct store_grant grant;
	struct str address;
};
struct store_owns_res {
	bool is_owner;
};

/* --- log-in */

/*
 * Check a password and issue a grant. `user` is a full address, or a bare local part when the
 * server has one domain only or `default_domain` is given. Unknown users cost the same time as
 * wrong passwords. ERR_AUTH (wrong), ERR_BUSY (account moving), ERR_DENIED (account locked: told
 * only after the right password). Passwords are octets.
 */
struct store_login_req {
	struct str user, password, default_domain, service, peer;
};
struct store_login_res {
	struct store_grant grant;
	struct str address;
};

/*
 * SCRAM-SHA-256 (RFC 5802, RFC 7677). `begin` takes client-first and gives server-first and a
 * sealed state; `finish` takes client-final and gives server-final and the grant. `channel_binding`
 * is the data of tls-exporter or tls-server-end-point for -PLUS, empty without. ERR_AUTH, ERR_PROTO
 * (malformed), ERR_BUSY, ERR_DENIED as above.
 */
struct store_scram_begin_req {
	struct str client_first, default_domain, service, peer;
};
struct store_scram_begin_res {
	struct str server_first, state;
};
struct store_scram_finish_req {
	struct str state, client_final, channel_binding;
};
struct store_scram_finish_res {
	struct str server_final;
	struct store_grant grant;
	struct str address;
};

/*
 * APOP (RFC 1939 section 7): `digest` is the hexadecimal MD5 of `timestamp`, the one of our
 * greeting, and the account's secret. Who has none is told what a wrong digest is. ERR_AUTH,
 * ERR_BUSY, ERR_DENIED as above.
 */
struct store_apop_req {
	struct str user, timestamp, digest, default_domain, service, peer;
};
struct store_apop_res {
	struct store_grant grant;
	struct str address;
};

/* --- mail in */

/* `count` fresh ids, the first of them; each names a message in Received, in the reply and in
 * `tayori trace`. */
struct store_ids_req {
	uint32_t count;
};
struct store_ids_res {
	uint64_t first;
};

/* The next id for a message; blocks of store_ids are shared by the threads of this process. Fails
 * with: as store_ids. */
enum err store_next_id(struct store *st, struct arena *a, uint64_t *id_r) MUST_USE;

/*
 * A fresh accept_key: six octets of time, so that new keys lie beside each other in the database,
 * and ten of chance. Make one for each message, and keep it while the same message may have to be
 * offered again.
 */
enum {
	STORE_KEY_BYTES = 16
};
void store_key_new(unsigned char key_r[STORE_KEY_BYTES]);

/* What mail_message_parse found, as the store keeps it. */
struct store_meta {
	uint32_t hdr_size, lines;
	struct str envelope, bodystructure, body, parts, preview, message_id;
};

enum store_fate {
	STORE_FATE_DELIVERED,
	STORE_FATE_QUEUED,
	STORE_FATE_DUPLICATE,
	STORE_FATE_DISCARDED
};
struct store_rcpt {
	struct str rcpt;     /* as given in RCPT TO, for the ledger */
	struct str orcpt;    /* RFC 3461, as given */
	uint32_t notify;     /* RFC 3461: 1 NEVER, 2 SUCCESS, 4 FAILURE, 8 DELAY; 0 not given */
	uint32_t kind;       /* enum store_route_kind */
	uint64_t account_id; /* local: deliver here */
	struct str address;  /* final address; remote: where to send */
	uint64_t mailbox_id; /* local: 0 means INBOX */
	uint32_t flags;      /* local: system flags to set */
	struct str prefix;   /* local: header lines before the body, such as Return-Path and
	                        Delivered-To */
};
struct store_rcpt_result {
	uint32_t fate;
	uint64_t mailbox_id, uid;
};

/*
 * Accept a message for all its recipients in one transaction; see the invariants. The bytes are
 * `body`, or the file `body_fd` from offset 0 to `body_size` when `body_fd` >= 0 (a sealed memfd;
 * borrows). A repeated `accept_key` gives the first answer again and changes nothing. A remote
 * recipient needs a grant, unless `rcpt` is an alias of ours that leads there. A recipient whose
 * account is locked by another transaction is queued (STORE_FATE_QUEUED), never waited for.
 * ERR_DENIED, ERR_QUOTA only if every recipient is over quota.
 */
struct store_accept_req {
	struct store_grant grant; /* account_id 0: none */
	struct str accept_key;    /* from store_key_new */
	uint64_t msg_id;          /* from store_ids */
	struct str sender;        /* reverse-path, empty for <> */
	struct str envid;
	uint32_t ret;       /* RFC 3461: 0 not given, 1 FULL, 2 HDRS */
	bool is_utf8;       /* SMTPUTF8 */
	uint32_t body_type; /* 0 7BIT, 1 8BITMIME, 2 BINARYMIME */
	struct str source;  /* peer and HELO, for the ledger */
	bool wants_duplicate_check;
	struct store_meta meta;
	struct str body;
	int body_fd;
	uint64_t body_size;
	const struct store_rcpt *rcpts;
	size_t n_rcpts;
};
struct store_accept_res {
	uint64_t msg_id;
	struct store_rcpt_result *results;
	size_t n_results;
};

/* --- mailboxes (grant) */

struct store_mailbox {
	uint64_t id, uidvalidity, uidnext, modseq; /* modseq: HIGHESTMODSEQ */
	struct str name; /* UTF-8, levels separated by "/" whatever clients see */
	uint32_t special;
	bool is_subscribed, is_noselect, has_children;
	uint64_t msgs, unseen, deleted, bytes, recent;
	uint64_t deleted_bytes;    /* octets of those with \Deleted, when asked for */
	uint64_t first_unseen_uid; /* only from store_select: 0 when all are seen */
};

/*
 * All mailboxes of the account, sorted by name, subscribed names that do not exist left out.
 * `is_short`: without has_children, is_subscribed and recent, which cost more than all the rest.
 */
struct store_mailbox_list_req {
	struct store_grant grant;
	struct str after;
	uint32_t max;
	bool wants_deleted_bytes, is_short;
};
struct store_mailbox_list_res {
	struct store_mailbox *mailboxes;
	size_t n_mailboxes;
	bool has_more;
};

/* One mailbox by name (INBOX in any case) or id. ERR_NOTFOUND. */
struct store_mailbox_get_req {
	struct store_grant grant;
	struct str name;
	uint64_t mailbox_id;
	bool wants_deleted_bytes;
};
struct store_mailbox_get_res {
	struct store_mailbox mailbox;
};

/* Make a mailbox and the levels above it. ERR_EXISTS, ERR_INVALID (name), ERR_LIMIT (too many). */
struct store_mailbox_create_req {
	struct store_grant grant;
	struct str name;
	uint32_t special;
};
struct store_mailbox_create_res {
	struct store_mailbox mailbox;
};

/* Delete; one with children stays as a \Noselect level. ERR_NOTFOUND; ERR_DENIED: INBOX;
 * ERR_EXISTS: already \Noselect with children. */
struct store_mailbox_delete_req {
	struct store_grant grant;
	struct str name;
};

/* Rename with all children; INBOX moves its messages and stays (RFC 3501 6.3.5). ERR_NOTFOUND,
 * ERR_EXISTS. */
struct store_mailbox_rename_req {
	struct store_grant grant;
	struct str from, to;
};

/* Subscribe or unsubscribe; names need not exist (kept). */
struct store_mailbox_subscribe_req {
	struct store_grant grant;
	struct str name;
	bool is_on;
};

/* Subscribed names, also of mailboxes that do not exist, sorted. */
struct store_subscriptions_req {
	struct store_grant grant;
	struct str after;
	uint32_t max;
};
struct store_subscriptions_res {
	struct store_text *names;
	size_t n_names;
	bool has_more;
};

/* --- messages (grant) */

/* Open for a session: the mailbox row and the keywords in use from one snapshot; takes \Recent
 * unless `is_examine`. */
struct store_select_req {
	struct store_grant grant;
	struct str name;
	bool is_examine;
};
struct store_select_res {
	struct store_mailbox mailbox;
	struct store_view view; /* what the session has announced after SELECT */
	uint64_t exists;
	uint64_t recent_from; /* UIDs from here on are \Recent in this session; uidnext when none */
	uint64_t first_unseen_seq; /* 0 when all are seen */
	struct store_keyword *keywords;
	size_t n_keywords;
	uint64_t keywords_told; /* for later requests of this session */
};

/*
 * What happened in a mailbox since a session was told last. `wants_expunges` false (during FETCH,
 * STORE, SEARCH) holds expunges back: the view's `expunged` stays. Flags come for messages in the
 * new view whose MODSEQ is above `flags_modseq`, at most `max_flags` at a time (`has_more`: call
 * again with the new numbers). When they hold a keyword that is younger than `keywords_told`, all
 * keywords come along. ERR_NOTFOUND: the mailbox is gone.
 */
struct store_flags_change {
	uint64_t seq, uid, modseq;
	uint64_t n_alike; /* so many behind it have the same; seq and uid of each are one higher */
	uint32_t flags;
	struct store_keyword *keywords;
	size_t n_keywords;
};
struct store_sync_req {
	struct store_grant grant;
	uint64_t mailbox_id;
	struct store_view view;
	uint64_t flags_modseq, keywords_told;
	bool wants_expunges;
	uint32_t max_flags;
	const struct store_range
		*own; /* MODSEQs of flag changes that need not be told, ascending */
	size_t n_own;
};
struct store_sync_res {
	struct store_view view;
	uint64_t exists; /* messages in the new view */
	uint64_t recent; /* messages new in the view */
	uint64_t flags_modseq;
	struct store_range *expunged_seqs; /* highest first, in numbers of the old view: send last
	                                      to first of each */
	size_t n_expunged_seqs;
	struct store_range *expunged_uids; /* ascending */
	size_t n_expunged_uids;
	struct store_flags_change *flags;
	size_t n_flags;
	uint64_t keywords_told;         /* 0: no younger ones */
	struct store_keyword *keywords; /* all, when there are younger ones */
	size_t n_keywords;
	bool has_more;
};

/* Which fields store_fetch fills; others may be zero. Numbers and UIDs are always there. */
enum {
	STORE_FETCH_FLAGS = 1, /* flags, keywords */
	STORE_FETCH_DATES = 2, /* internaldate, saved */
	STORE_FETCH_SIZE = 4,  /* size, prefix_size, hdr_size, lines */
	STORE_FETCH_ENVELOPE = 8,
	STORE_FETCH_BODYSTRUCTURE = 16,
	STORE_FETCH_BODY = 32,
	STORE_FETCH_PARTS = 64,
	STORE_FETCH_PREVIEW = 128,
	STORE_FETCH_HEADER = 256, /* prefix and header octets, unless `octets` has them */
	STORE_FETCH_UIDL = 512,
	STORE_FETCH_OCTETS = 1024, /* all octets of messages up to STORE_FETCH_OCTETS_MAX */
	STORE_FETCH_IDS = 2048,    /* msg_id, thread_id */
	STORE_FETCH_MODSEQ = 4096,
};

struct store_message {
	uint64_t seq, uid, msg_id, modseq, thread_id;
	uint64_t n_alike; /* with `can_join`: so many behind it have the same of what was asked for,
	                     and a seq and uid that are one higher each */
	uint32_t flags, hdr_size, prefix_size, lines;
	struct store_keyword *keywords;
	size_t n_keywords;
	int64_t internaldate_ms, saved_ms;
	uint64_t size; /* prefix and body: RFC822.SIZE */
	struct str envelope, bodystructure, body, parts, preview, header, uidl, octets;
};

/* Larger messages are read with store_read, a part at a time. */
enum {
	STORE_FETCH_OCTETS_MAX = 64 * 1024
};

/*
 * Messages of a set in ascending order, at most `max` (and about 160 KiB) at a time: when
 * `has_more`, call again with `after_uid` = the last one's. Messages that were expunged but not
 * announced are left out. `changedsince` 0: no condition (RFC 7162). ERR_NOTFOUND: the mailbox is
 * gone; ERR_INVALID: a sequence number beyond the view.
 */
struct store_fetch_req {
	struct store_grant grant;
	uint64_t mailbox_id;
	struct store_view view;
	struct store_set set;
	uint32_t fields, max;
	uint64_t after_uid, changedsince;
	bool can_join; /* n_alike is understood */
};
struct store_fetch_res {
	struct store_message *messages;
	size_t n_messages;
	bool has_more;
};

/* Octets [offset, offset + size) of one message, prefix first, at most 1 MiB a call. ERR_NOTFOUND.
 */
struct store_read_req {
	struct store_grant grant;
	uint64_t mailbox_id, uid, offset;
	uint32_t size;
};
struct store_read_res {
	struct str octets;
	uint64_t message_size;
};

/*
 * Append one message (RFC 3501 6.3.11), or several, all or none (RFC 3502): then those of `more`
 * stand behind it in `body`, `uid` is the first's, and theirs follow it without a gap. Same rules
 * for bytes and `accept_key` (may be empty) as store_accept. ERR_NOTFOUND (TRYCREATE), ERR_QUOTA.
 */
struct store_append_part {
	uint64_t size;
	uint32_t flags;
	struct store_keyword *keywords;
	size_t n_keywords;
	int64_t internaldate_ms; /* 0: now */
	struct store_meta meta;
};
enum {
	STORE_APPEND_MORE_MAX = 999
};
struct store_append_req {
	struct store_grant grant;
	struct str mailbox, accept_key;
	uint32_t flags;
	struct store_keyword *keywords;
	size_t n_keywords;
	int64_t internaldate_ms; /* 0: now */
	struct str uidl; /* POP3 unique-id to keep: 1 to 70 octets of 0x21 to 0x7e; empty: none */
	struct store_meta meta;
	struct str body;
	int body_fd;
	uint64_t body_size;
	const struct store_append_part *more;
	size_t n_more;
};
struct store_append_res {
	uint64_t mailbox_id, uidvalidity, uid;
};

enum store_flags_op {
	STORE_FLAGS_SET,
	STORE_FLAGS_ADD,
	STORE_FLAGS_REMOVE
};
/* Change flags (RFC 3501 6.4.6, RFC 7162 UNCHANGEDSINCE). Only real changes bump MODSEQ. Results
 * list each message of the set that exists, joined where neighbours have the same. */
struct store_store_flags_req {
	struct store_grant grant;
	uint64_t mailbox_id;
	struct store_view view;
	struct store_set set;
	uint32_t op, flags;
	struct store_keyword *keywords;
	size_t n_keywords;
	bool has_unchangedsince;
	uint64_t unchangedsince;
	uint64_t keywords_told; /* as in store_sync */
	bool is_silent;         /* nobody wants `changed`: it may stay empty */
};
struct store_store_flags_res {
	uint64_t modseq;        /* of this change, 0 when nothing changed */
	uint64_t modseq_before; /* of the mailbox, before this change */
	struct store_flags_change
		*changed; /* every message of the set that was not refused, with its flags now */
	size_t n_changed;
	struct store_range
		*modified; /* refused by UNCHANGEDSINCE: UIDs or sequence numbers, as the set was */
	size_t n_modified;
	bool has_expunged;      /* some of the set are gone, not yet announced */
	uint64_t keywords_told; /* as in store_sync */
	struct store_keyword *keywords;
	size_t n_keywords;
};

/* Copy or move. ERR_NOTFOUND (target: TRYCREATE), ERR_QUOTA, ERR_CANCELLED (a message of the set is
 * expunged: EXPUNGEISSUED). Atomic. */
struct store_copy_req {
	struct store_grant grant;
	uint64_t mailbox_id;
	struct store_view view;
	struct store_set set;
	struct str target;
	bool is_move;
};
struct store_copy_res {
	uint64_t target_id, target_uidvalidity;
	struct store_range *from_uids,
		*to_uids; /* RFC 4315 COPYUID: same number of messages in the same order */
	size_t n_from_uids, n_to_uids;
	uint64_t modseq; /* move: of the expunge */
};

/* Remove messages with \Deleted, some thousand at a time (`has_more`: call again); `has_set`: only
 * those of the set (UID EXPUNGE). The session then calls store_sync. */
struct store_expunge_req {
	struct store_grant grant;
	uint64_t mailbox_id;
	struct store_view view;
	bool has_set;
	struct store_set set;
};
struct store_expunge_res {
	uint64_t count, modseq;
	bool has_more;
};

/* The view's numbers of UIDs and back: the messages of a set as ranges of UIDs and of sequence
 * numbers (same order, ascending). */
struct store_numbers_req {
	struct store_grant grant;
	uint64_t mailbox_id;
	struct store_view view;
	struct store_set set;
};
struct store_numbers_res {
	struct store_range *uids, *seqs;
	size_t n_uids, n_seqs;
};

/*
 * UIDs of `known` (UIDs; "*" is the largest) that were expunged after MODSEQ `since`, as far as
 * `view` has been told of them: what VANISHED (EARLIER) says (RFC 7162 section 3.2.10). The match
 * ranges are message numbers and the UIDs that the client believes they have, pair by pair;
 * nothing at or below the highest pair that is right is told. When the mailbox has never been at
 * `since`, all of `known` that is not there is told.
 */
struct store_vanished_req {
	struct store_grant grant;
	uint64_t mailbox_id;
	struct store_view view;
	struct store_set known;
	uint64_t since;
	const struct store_range *match_seqs, *match_uids;
	size_t n_match_seqs, n_match_uids;
};
struct store_vanished_res {
	uint64_t changedsince;    /* for store_fetch: `since`, or 0 when it means nothing here */
	struct store_range *uids; /* ascending */
	size_t n_uids;
};

/*
 * Which messages of a set pass a filter, as far as their rows and ENVELOPEs tell: nothing is handed
 * over, and text that would have to be decoded first is left to the caller. The steps of a filter
 * are in prefix order: AND and OR stand before their `n` operands, NOT before its one. Each step
 * says no, maybe or yes; so does the whole. Ranges of values are inclusive. A call looks at a
 * stretch of the mailbox; when `has_more`, call again with `after_uid` as it came back.
 * ERR_NOTFOUND: the mailbox is gone; ERR_INVALID: a sequence number beyond the view, a filter that
 * is none.
 */
enum store_filter_op {
	STORE_FILTER_ALL,
	STORE_FILTER_MAYBE, /* the caller finds out */
	STORE_FILTER_AND,
	STORE_FILTER_OR,
	STORE_FILTER_NOT,
	STORE_FILTER_SET,     /* `set` */
	STORE_FILTER_FLAGS,   /* all flags of `n` are set */
	STORE_FILTER_KEYWORD, /* `text` is set */
	STORE_FILTER_SIZE,    /* `from` ... `to` octets */
	STORE_FILTER_MODSEQ,  /* `n` or later */
	STORE_FILTER_DATE,    /* internal date, milliseconds */
	STORE_FILTER_SAVED,   /* put into the mailbox, milliseconds */
	STORE_FILTER_SENT,    /* Date field, days since 1970 as its sender wrote it */
	STORE_FILTER_MSG,     /* msg_id is `n` */
	STORE_FILTER_THREAD,  /* thread_id is `n` */
	STORE_FILTER_ENVELOPE /* field `n` (mail/envelope.h) holds `text`, which is folded */
};
struct store_filter {
	uint32_t op;
	uint64_t n;
	int64_t from, to;
	struct str text;
	struct store_set set;
};
struct store_search_req {
	struct store_grant grant;
	uint64_t mailbox_id;
	struct store_view view;
	struct store_set set;
	const struct store_filter *filter;
	size_t n_filter;
	uint64_t after_uid;
};
struct store_search_res {
	struct store_range *yes, *maybe; /* UIDs, ascending */
	size_t n_yes, n_maybe;
	bool has_modseq;
	uint64_t max_modseq; /* of `yes`; unknown (0) unless has_modseq */
	bool has_more;
	uint64_t after_uid;
};

/* Quota of the account. */
struct store_quota_req {
	struct store_grant grant;
};
struct store_quota_res {
	uint64_t limit_bytes, used_bytes; /* limits: STORE_QUOTA_NONE without one */
	uint64_t limit_msgs, used_msgs;
	uint64_t limit_mailboxes, used_mailboxes;
};

/* --- POP3 (grant) */

/*
 * Take the maildrop: lock, then all messages of INBOX without \Deleted. The lock of a session whose
 * process is gone counts no longer. ERR_BUSY: another session holds it ([IN-USE]); ERR_LIMIT: it
 * was opened less than `login_delay_ms` ago.
 */
struct store_pop_message {
	uint64_t uid, size;
	struct str uidl;
};
struct store_pop_open_req {
	struct store_grant grant;
	uint64_t login_delay_ms; /* 0: none */
};
struct store_pop_open_res {
	uint64_t mailbox_id, token;
	struct store_pop_message *messages;
	size_t n_messages;
};

/* Keep the lock (it expires three minutes after open or renew). ERR_BUSY: it was lost. */
struct store_pop_renew_req {
	struct store_grant grant;
	uint64_t token;
};

/* End: delete these UIDs (none unless QUIT was given) and unlock. ERR_BUSY: the lock was lost,
 * nothing is deleted. */
struct store_pop_close_req {
	struct store_grant grant;
	uint64_t token;
	const struct store_range *uids;
	size_t n_uids;
};

/* --- queue, ledger, upkeep (administrator) */

struct store_queue_item {
	uint64_t rcpt_id, msg_id;
	struct str sender, rcpt, dest, last_reply;
	uint32_t kind, attempts;
	uint64_t size;
	int64_t created_ms, next_ms, expires_ms;
	bool is_leased;
};
struct store_queue_list_req {
	struct str dest;
	uint64_t after;
	uint32_t max;
};
struct store_queue_list_res {
	struct store_queue_item *items;
	size_t n_items;
	bool has_more;
};

struct store_trace_event {
	uint64_t msg_id;
	int64_t at_ms;
	struct str event, rcpt, detail;
};
/* By message id (decimal or as printed in the reply), by Message-ID or by recipient address; newest
 * first. */
struct store_trace_req {
	struct str what;
	uint32_t max;
};
struct store_trace_res {
	struct store_trace_event *events;
	size_t n_events;
};

struct store_status_req {
	uint64_t unused;
};
struct store_status_res {
	struct str engine, version, path;
	uint32_t schema_version;
	uint64_t store_id, epoch, domains, accounts, mailboxes, messages, bytes, queued,
		accepted_total;
};

/* Integrity, counters recomputed, ledger balance, hashes. Called repeatedly: `cursor` goes back in
 * until `is_done`. */
struct store_check_req {
	uint64_t cursor;
	bool wants_repair;
};
struct store_check_res {
	uint64_t cursor, checked, total;
	bool is_done;
	struct store_text *problems;
	size_t n_problems;
};

/*
 * One round of upkeep now: what waited for its account (`delivered`), garbage, rows of deleted
 * mailboxes (`purged_rows`), expired keys, folded changes, the next slice of the scrub. `damaged`
 * counts bodies, and steps that met damage.
 */
struct store_upkeep_req {
	uint64_t unused;
};
struct store_upkeep_res {
	uint64_t removed_messages, removed_bytes, folded_changes, scrubbed_bytes, damaged;
	uint64_t delivered, purged_rows;
};

/* ---------------------------------------------------------------- the functions */

#define STORE_VERB(verb)                                                                        \
	enum err store_##verb(struct store *st, struct arena *a,                                \
	                      const struct store_##verb##_req *q, struct store_##verb##_res *r) \
		MUST_USE
#define STORE_VERB_VOID(verb) \
	enum err store_##verb(struct store *st, const struct store_##verb##_req *q) MUST_USE

STORE_VERB(domain_add);
STORE_VERB_VOID(domain_del);
STORE_VERB(domain_list);
STORE_VERB(account_add);
STORE_VERB_VOID(account_set);
STORE_VERB_VOID(account_del);
STORE_VERB(account_list);
STORE_VERB_VOID(alias_add);
STORE_VERB_VOID(alias_del);
STORE_VERB(alias_list);
STORE_VERB(resolve);
STORE_VERB(owns);
STORE_VERB(login);
STORE_VERB(scram_begin);
STORE_VERB(scram_finish);
STORE_VERB(apop);
STORE_VERB(ids);
STORE_VERB(accept);
STORE_VERB(mailbox_list);
STORE_VERB(mailbox_get);
STORE_VERB(mailbox_create);
STORE_VERB_VOID(mailbox_delete);
STORE_VERB_VOID(mailbox_rename);
STORE_VERB_VOID(mailbox_subscribe);
STORE_VERB(subscriptions);
STORE_VERB(select);
STORE_VERB(sync);
STORE_VERB(fetch);
STORE_VERB(read);
STORE_VERB(append);
STORE_VERB(store_flags);
STORE_VERB(copy);
STORE_VERB(expunge);
STORE_VERB(numbers);
STORE_VERB(vanished);
STORE_VERB(search);
STORE_VERB(quota);
STORE_VERB(pop_open);
STORE_VERB_VOID(pop_renew);
STORE_VERB_VOID(pop_close);
STORE_VERB(queue_list);
STORE_VERB(trace);
STORE_VERB(status);
STORE_VERB(check);
STORE_VERB(upkeep);

#endif
