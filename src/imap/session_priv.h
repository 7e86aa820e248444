/*
 * What the commands of an IMAP session share.
 *
 * `struct imap_state` survives between two commands and is all that save writes; `struct
 * imap_session` adds what exists only while a command is being collected; `struct imap_cmd` lives
 * for one step and is what each command gets. A command parses its arguments, calls the store,
 * writes untagged data to `out` and ends with one of the imap_reply functions, which also tell what
 * has happened in the mailbox meanwhile.
 */
#ifndef TAYORI_IMAP_SESSION_PRIV_H
#define TAYORI_IMAP_SESSION_PRIV_H

#include "src/imap/out_priv.h"
#include "src/imap/parser_priv.h"
#include "src/imap/reader_priv.h"
#include "src/net/session.h"
#include "src/store/store.h"

struct imap_fetch_run;
struct imap_append_run;
struct sasl_exchange;
struct sasl_result;

enum {
	IMAP_TAG_MAX = 100,
	IMAP_FETCH_SLICE = 500,          /* messages asked of the store at a time */
	IMAP_FETCH_LIGHT_SLICE = 1000,   /* the same, when little is asked of each */
	IMAP_FETCH_JOINED_SLICE = 10000, /* the same, when neighbours may be joined */
	IMAP_SAVED_MAX_BYTES = 64 * 1024 /* of the last search result, packed */
};

enum imap_phase {
	IMAP_PHASE_NEW = 1,
	IMAP_PHASE_USER = 2,
	IMAP_PHASE_MAILBOX = 4
};

/* What the next line of the client is. */
enum imap_wait {
	IMAP_WAIT_COMMAND,
	IMAP_WAIT_IDLE,  /* DONE, with `tag` unanswered */
	IMAP_WAIT_DELAY, /* nothing is read until the failed log-in `tag` has been answered */
	IMAP_WAIT_SASL   /* a response to our challenge */
};

/* What ENABLE has switched on, as bits; CONDSTORE by any command that asks for MODSEQ values, too.
 */
enum {
	IMAP_ENABLED_CONDSTORE = 1,
	IMAP_ENABLED_QRESYNC = 2,
	IMAP_ENABLED_REV2 = 4, /* IMAP4rev2 */
	IMAP_ENABLED_UTF8 = 8, /* UTF8=ACCEPT */
	IMAP_ENABLED_ALL = 15
};

struct imap_mailbox {
	uint64_t id, uidvalidity;
	bool is_readonly;
	struct store_view view;
	uint64_t flags_modseq;  /* flag changes up to this MODSEQ have been told */
	uint64_t exists;        /* messages in the view */
	uint64_t recent;        /* \Recent ones among them */
	uint64_t recent_from;   /* messages from this UID on are \Recent here */
	uint64_t keywords_told; /* which keywords FLAGS has named; see store_sync */
	struct str saved;       /* the last search result, "$": see saved.c */
};

struct imap_state {
	enum imap_phase phase;
	enum imap_wait wait;
	uint32_t enabled;
	uint32_t errors;
	bool is_counted;                 /* by host->user_enter */
	unsigned char tag[IMAP_TAG_MAX]; /* of the command that waits */
	size_t tag_n;
	int64_t login_end_ms; /* monotonic; 0 once logged in */
	int64_t wait_end_ms;  /* monotonic: end of the delay, autologout of IDLE */
	struct store_grant grant;
	struct str user;
	struct imap_mailbox mailbox;
};

struct imap_session {
	struct imap_state state;
	struct arena *arena; /* of the command being collected or run; NULL between them */
	struct imap_reader reader;
	struct arena *saved;            /* of state.mailbox.saved; NULL without */
	struct sasl_exchange *exchange; /* of an AUTHENTICATE in progress */
	struct imap_fetch_run *fetch;   /* of a FETCH whose reader is slow; in `arena` */
	struct imap_append_run *append; /* of an APPEND the store works at; in `arena` */
	bool is_draining;
};

/* What the session does after a command. */
enum imap_next {
	IMAP_NEXT_DONE,     /* answered */
	IMAP_NEXT_WAIT,     /* not answered yet: state.wait says what for */
	IMAP_NEXT_PAUSE,    /* to be gone on with when the client has taken what is written */
	IMAP_NEXT_ASK,      /* to be gone on with when the store has answered */
	IMAP_NEXT_STARTTLS, /* answered; TLS begins */
	IMAP_NEXT_CLOSE
};

struct imap_cmd;

/* When a command may tell of what others did (RFC 3501 section 7.4.1). */
enum imap_tell {
	IMAP_TELL_NOTHING,
	IMAP_TELL_NO_EXPUNGE,
	IMAP_TELL_ALL
};

struct imap_command {
	const char *name;
	enum imap_next (*run)(struct imap_cmd *c);
	unsigned phases; /* in which it is allowed */
	enum imap_tell tell;
	enum imap_tell tell_uid; /* when given as UID command */
	bool has_uid;
};

struct imap_cmd {
	struct session *session;
	struct imap_session *im;
	struct imap_state *state;
	const struct config *config;
	struct stream *stream;
	struct store *store;
	struct arena *a; /* life of the command */
	const struct imap_command *command;
	struct str tag;
	bool is_uid;
	bool is_closing; /* BYE has been said, or nothing more can be */
	bool is_broken;  /* in the middle of an answer: no tagged line follows */
	struct imap_parser in;
	uint64_t *own_modseqs; /* of changes that the client knows already */
	size_t n_own_modseqs;
	struct imap_out out;
};

/* --- command.c: the table */

/* The command called `name` in any letter case, or NULL. */
const struct imap_command *imap_command_find(struct str name, bool is_uid);

/* --- capability.c */

/* "CAPABILITY IMAP4rev1 ..." as it is true for this connection now. */
void imap_capability_write(struct imap_cmd *c);

/* --- reply.c: the end of a command */

/* Tagged OK, NO and BAD; `code` may be NULL (NO: give one). Text is one sentence. */
enum imap_next imap_reply_ok(struct imap_cmd *c, const char *code, const char *text);
enum imap_next imap_reply_no(struct imap_cmd *c, const char *code, const char *text);

/* Tagged BAD made of the command's name and what its parser expected. */
enum imap_next imap_reply_bad(struct imap_cmd *c);
enum imap_next imap_reply_bad_text(struct imap_cmd *c, const char *text);

/* Tagged NO or BAD for a failure of the store, from the table in resp_map.c; logs what only an
 * operator can mend. */
enum imap_next imap_reply_err(struct imap_cmd *c, enum err e);

/* The beginning of a tagged OK with a response code that the caller writes: untagged news, tag, "OK
 * [". */
void imap_reply_begin_ok(struct imap_cmd *c);

/* Tagged OK of a command that takes messages out of the mailbox; when it did and the client keeps
 * MODSEQ values, with HIGHESTMODSEQ (RFC 7162 section 3.2.7). */
enum imap_next imap_reply_expunged(struct imap_cmd *c, bool is_changed, const char *text);

/* Untagged BYE; the session closes after this step. */
enum imap_next imap_reply_bye(struct imap_cmd *c, const char *code, const char *text,
                              const char *reason);

/* Trouble in the middle of an answer: a clean NO when the line can still be taken back, else close.
 */
enum imap_next imap_reply_broken(struct imap_cmd *c, enum err e);

/* --- resp_map.c */

struct imap_resp {
	const char *code;
	const char *text;
	bool is_bad;
	bool is_logged; /* the operator should know */
};

/* What a client is told about a kind of failure. */
const struct imap_resp *imap_resp_map_find(enum err e);

/* The UID of the last message of a slice that has any (fetch_run.c). */
uint64_t imap_fetch_last_uid(const struct store_fetch_res *r);

/* --- sync.c */

/* Tell what happened in the selected mailbox, up to expunges when they are wanted. May close the
 * session. */
void imap_sync_run(struct imap_cmd *c, bool wants_expunges);

/* Changes of this MODSEQ were made by this command and need not be told. */
void imap_sync_own(struct imap_cmd *c, uint64_t modseq);

/* "* 5 FETCH (UID 7 FLAGS (...) MODSEQ (9))"; with MODSEQ there is always a UID (RFC 7162
 * section 3.2.4). */
void imap_sync_flags_line(struct imap_cmd *c, const struct store_flags_change *f, bool has_uid);

/* The same for all that `f` stands for, each line by `write`. */
void imap_sync_flags_lines(struct imap_cmd *c, const struct store_flags_change *f, bool has_uid,
                           void (*write)(struct imap_cmd *c, const struct store_flags_change *f,
                                         bool has_uid));

/* Of `n` messages behind that of `uid` with the same flags, so many have the same for this session:
 * \Recent is not. */
uint64_t imap_sync_alike(const struct imap_cmd *c, uint64_t uid, uint64_t n);

/* "(\Seen work)" with \Recent as it is true for this session. */
void imap_sync_write_flags(struct imap_cmd *c, uint64_t uid, uint32_t flags,
                           const struct store_keyword *keywords, size_t n_keywords);

/* From now on answers hold MODSEQ (RFC 7162 section 3.1); tells HIGHESTMODSEQ the first time. */
void imap_sync_enable_modseq(struct imap_cmd *c);

/* --- resync.c: clients that come back (RFC 7162 section 3.2) */

/* What a client says that it knows of a mailbox. */
struct imap_resync {
	uint64_t uidvalidity, modseq;
	bool has_known;
	struct imap_set known;                  /* UIDs */
	struct imap_set match_seqs, match_uids; /* n is 0 without */
};

/* "(uidvalidity modseq [known-uids] [(known-seqs known-uids)])" */
bool imap_resync_parse(struct imap_parser *p, struct imap_resync *resync);

/*
 * "* VANISHED (EARLIER) ..." for UIDs of `known` that went after `since`; `*changedsince_r` is what
 * store_fetch needs to find the other changes. `match` may be NULL. Fails as store_vanished does.
 */
enum err imap_resync_vanished(struct imap_cmd *c, const struct store_set *known, uint64_t since,
                              const struct imap_resync *match, uint64_t *changedsince_r) MUST_USE;

/* Tell everything that has changed in the mailbox just selected. Fails as the store does. */
enum err imap_resync_run(struct imap_cmd *c, const struct imap_resync *resync) MUST_USE;

/* --- flags.c */

/* "* FLAGS" and PERMANENTFLAGS, with these keywords and the usual ones. */
void imap_flags_tell(struct imap_cmd *c, const struct store_keyword *keywords, size_t n);

/* The same, once the store has told of younger keywords than the client knows. */
void imap_flags_tell_younger(struct imap_cmd *c, const struct store_keyword *keywords, size_t n,
                             uint64_t told);

/* --- objectid.c: ids that stay (RFC 8474) */

enum imap_object {
	IMAP_OBJECT_MAILBOX,
	IMAP_OBJECT_EMAIL,
	IMAP_OBJECT_THREAD
};

/* "M1234" */
void imap_objectid_write(struct imap_cmd *c, enum imap_object kind, uint64_t id);

/* False when `text` is no id of this kind: then nothing has it. */
bool imap_objectid_parse(struct str text, enum imap_object kind, uint64_t *id_r);

/* --- name.c */

/* Names and strings go in UTF-8 both ways (RFC 9051 section 5.1, RFC 9755 section 3). */
bool imap_name_is_utf8(const struct imap_cmd *c);

/* A mailbox name of the client as the store knows it. Fails with: ERR_INVALID. */
enum err imap_name_from_client(struct imap_cmd *c, struct str raw, struct str *name_r) MUST_USE;

/* The tagged NO for a name that imap_name_from_client refuses. */
enum imap_next imap_name_refuse(struct imap_cmd *c);

/* A name of the store as clients see it, in modified UTF-7. */
struct str imap_name_to_client(struct imap_cmd *c, struct str name);

/* The separator of levels that clients see. */
unsigned char imap_name_separator(const struct imap_cmd *c);

/* --- set.c */

/* A set for the store, sorted and merged, sequence numbers checked. False: `in.expected` is set. */
bool imap_set_resolve(struct imap_cmd *c, const struct imap_set *set, bool is_uid,
                      struct store_set *set_r);

/* Sort ranges, and join what overlaps or touches. */
void imap_set_normalise(struct store_range *ranges, size_t *n);

/* How many numbers a resolved set of sequence numbers holds. */
uint64_t imap_set_count(const struct store_set *set);

/* Add one number, in ascending order, to ranges that have room. */
void imap_set_add(struct store_range *ranges, size_t *n, uint64_t value);

/* Cuts a set into sets of at most `max` messages each. */
struct imap_set_slices {
	struct store_set all;
	size_t i;
	uint64_t done; /* numbers of range `i` that have been given out */
};
enum err imap_set_slices_init(struct imap_cmd *c, const struct store_set *set,
                              struct imap_set_slices *slices_r) MUST_USE;
bool imap_set_slices_next(struct imap_set_slices *slices, struct arena *a, uint64_t max,
                          struct store_set *set_r);

/* --- saved.c: the last search result, "$" (RFC 5182) */

/* Keep UIDs, ascending; false, and nothing is kept, when they need too much room. */
bool imap_saved_put(struct imap_cmd *c, const struct store_range *uids, size_t n);

/* The UIDs that are kept. */
size_t imap_saved_get(struct imap_cmd *c, struct store_range **uids_r);

void imap_saved_clear(struct imap_cmd *c);

/* --- login.c: what LOGIN and AUTHENTICATE share */

/* Answer a log-in that is over: `r` is SASL_DONE or SASL_FAILED. */
enum imap_next imap_login_end(struct imap_cmd *c, const struct sasl_result *r,
                              const char *mechanism);

/* The delay of a failed log-in is over. */
void imap_login_answer(struct imap_cmd *c);

/* --- parts of commands that the session calls */

enum imap_next imap_authenticate_line(struct imap_cmd *c, struct str line);
enum imap_next imap_idle_line(struct imap_cmd *c, struct str line);
void imap_idle_tell(struct imap_cmd *c, bool is_keepalive);
void imap_select_leave(struct imap_cmd *c);
enum imap_next imap_fetch_go_on(struct imap_cmd *c);
enum imap_next imap_append_go_on(struct imap_cmd *c);
enum imap_literal imap_append_announce(struct session *s, struct imap_reader *r, uint64_t size,
                                       bool is_sync);

/* --- save.c */

enum err imap_save_write(const struct imap_state *state, struct buf *out) MUST_USE;
enum err imap_save_read(struct arena *a, struct str *rest, struct imap_state *state_r) MUST_USE;

/* --- the commands */

enum imap_next imap_cmd_append(struct imap_cmd *c);
enum imap_next imap_cmd_authenticate(struct imap_cmd *c);
enum imap_next imap_cmd_capability(struct imap_cmd *c);
enum imap_next imap_cmd_check(struct imap_cmd *c);
enum imap_next imap_cmd_close(struct imap_cmd *c);
enum imap_next imap_cmd_compress(struct imap_cmd *c);
enum imap_next imap_cmd_copy(struct imap_cmd *c);
enum imap_next imap_cmd_create(struct imap_cmd *c);
enum imap_next imap_cmd_delete(struct imap_cmd *c);
enum imap_next imap_cmd_enable(struct imap_cmd *c);
enum imap_next imap_cmd_examine(struct imap_cmd *c);
enum imap_next imap_cmd_expunge(struct imap_cmd *c);
enum imap_next imap_cmd_fetch(struct imap_cmd *c);
enum imap_next imap_cmd_getquota(struct imap_cmd *c);
enum imap_next imap_cmd_getquotaroot(struct imap_cmd *c);
enum imap_next imap_cmd_id(struct imap_cmd *c);
enum imap_next imap_cmd_idle(struct imap_cmd *c);
enum imap_next imap_cmd_list(struct imap_cmd *c);
enum imap_next imap_cmd_login(struct imap_cmd *c);
enum imap_next imap_cmd_logout(struct imap_cmd *c);
enum imap_next imap_cmd_lsub(struct imap_cmd *c);
enum imap_next imap_cmd_move(struct imap_cmd *c);
enum imap_next imap_cmd_namespace(struct imap_cmd *c);
enum imap_next imap_cmd_noop(struct imap_cmd *c);
enum imap_next imap_cmd_rename(struct imap_cmd *c);
enum imap_next imap_cmd_search(struct imap_cmd *c);
enum imap_next imap_cmd_select(struct imap_cmd *c);
enum imap_next imap_cmd_setquota(struct imap_cmd *c);
enum imap_next imap_cmd_sort(struct imap_cmd *c);
enum imap_next imap_cmd_starttls(struct imap_cmd *c);
enum imap_next imap_cmd_status(struct imap_cmd *c);
enum imap_next imap_cmd_store(struct imap_cmd *c);
enum imap_next imap_cmd_subscribe(struct imap_cmd *c);
enum imap_next imap_cmd_thread(struct imap_cmd *c);
enum imap_next imap_cmd_unselect(struct imap_cmd *c);
enum imap_next imap_cmd_unsubscribe(struct imap_cmd *c);

#endif
