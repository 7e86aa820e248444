/*
 * The configuration: one file, every option typed, with a default and a reload rule.
 *
 * A `struct config` is an immutable snapshot, counted by reference; a session keeps the one it
 * started with and a reload makes a new one. All text in it is owned by the snapshot. Options are
 * described once, in the tables of options_*.c (name, type, default, limits, prose); the parser,
 * `tayori config` and the manual section come from them. Protocols see this header and never the
 * file.
 */
#ifndef TAYORI_CONFIG_CONFIG_H
#define TAYORI_CONFIG_CONFIG_H

#include "src/base/err.h"
#include "src/base/log.h"
#include "src/base/str.h"

struct buf;

enum config_protocol {
	CONFIG_PROTOCOL_SMTP,       /* MX: mail from anywhere to our addresses */
	CONFIG_PROTOCOL_SUBMISSION, /* logged-in users send */
	CONFIG_PROTOCOL_LMTP,       /* a front mail server hands over */
	CONFIG_PROTOCOL_IMAP,
	CONFIG_PROTOCOL_POP3,
	CONFIG_PROTOCOL_HTTP, /* the web role: how clients are to be set up */
	CONFIG_PROTOCOL_COUNT
};

enum config_tls {
	CONFIG_TLS_NONE,
	CONFIG_TLS_STARTTLS,
	CONFIG_TLS_IMPLICIT
};

/* An address block such as 192.0.2.0/24 or 2001:db8::/32. */
struct config_net {
	uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
	uint8_t bits;        /* 0 to 128 */
};

struct config_listener {
	const char *name;
	enum config_protocol protocol;
	const char *address; /* "127.0.0.1", "::", "*" */
	uint16_t port;       /* 0: any free one, for tests; printed at start */
	enum config_tls tls;
	const char *tls_certificate, *tls_key; /* empty: those of the server */
	const struct config_net
		*proxy_from; /* PROXY protocol v1/v2 is required from these, refused from others */
	size_t n_proxy_from;
	const struct config_net *xclient_from; /* SMTP XCLIENT is offered to these */
	size_t n_xclient_from;
	bool allow_plaintext_login; /* log-in without TLS */
	uint16_t public_port;       /* what clients connect to; 0: `port` */
	bool is_advertised;         /* clients are told about it */
};

struct config_server {
	const char *hostname;
	const char *data_directory, *run_directory;
	const char *user;            /* unprivileged user of the roles; empty: stay who we are */
	uint32_t session_processes;  /* 0: one for two cores */
	uint32_t worker_threads;     /* per session process: at work at once, while they get on */
	uint32_t worker_max_threads; /* per session process */
	uint64_t session_save_every_step; /* tests: save, free and restore each session between
	                                     commands (0 or 1) */
	uint64_t drain_ms;
	uint64_t restart_backoff_max_ms;
	uint64_t role_memory_max_bytes; /* 0: no limit */
	const char *default_domain;
	const char *dns_address; /* resolver, empty: the system's */
	uint16_t dns_port;
	uint64_t dns_timeout_ms;
};

struct config_log {
	enum log_level level;
	enum log_target target;
	bool is_json;
};

struct config_tls_options {
	const char *certificate, *key;
	const char *min_version; /* "1.2" or "1.3" */
	const char *ciphers;     /* for TLS 1.2, empty: the library's */
};

struct config_limits {
	uint64_t message_max_bytes; /* the one message size limit of every protocol */
	uint32_t connections_max;   /* per session process */
	uint32_t connections_per_address_max;
	uint32_t connections_per_user_max;
	uint32_t connection_rate_per_address; /* new ones a minute; 0: none */
	uint32_t login_failures_per_address;  /* a minute, before log-ins are delayed */
	uint64_t spool_max_bytes;  /* message bytes being received, per session process */
	uint64_t login_timeout_ms; /* until logged in */
	uint64_t write_timeout_ms; /* one blocked write */
	uint32_t write_min_rate;   /* octets a second a client must take */
};

struct config_smtp {
	uint64_t command_timeout_ms, data_timeout_ms, transaction_timeout_ms;
	uint32_t line_max_bytes; /* a command line; a text line of a message is limited by
	                            message_max_bytes */
	uint32_t recipients_max;
	uint32_t hops_max;           /* Received fields, then 5.4.6 */
	uint32_t errors_max;         /* bad commands, then 421 */
	uint32_t messages_max;       /* per connection */
	uint64_t recipient_cache_ms; /* how long a process may remember where an address leads; 0:
	                                not */
	uint32_t messages_rate_per_address; /* MX: per minute and process; 0: none */
	uint32_t rcpts_rate_per_user; /* submission: recipients a minute and process; 0: none */
	bool submission_owned_senders_only;
	bool resend_check;               /* RFC 1047 */
	const char *recipient_delimiter; /* "+" ; shown for completeness, the store splits */
};

struct config_imap {
	const char *hierarchy_separator; /* "/" or "." */
	uint64_t idle_timeout_ms;        /* autologout, at least 30 minutes (RFC 3501 5.4) */
	uint64_t keepalive_ms;           /* untagged OK in IDLE */
	uint32_t line_max_bytes;         /* a command without its literals */
	uint32_t literal_max_bytes;      /* a literal that is no message */
	uint32_t errors_max;
	bool id_version;         /* tell the version in ID and greetings */
	uint32_t compress_level; /* of COMPRESS=DEFLATE; 0: not offered */
	bool literal_plus;       /* LITERAL+ instead of LITERAL- (RFC 7888) */
};

struct config_pop3 {
	uint64_t idle_timeout_ms; /* at least 10 minutes (RFC 1939 section 3) */
	uint32_t line_max_bytes;
	uint32_t errors_max;
	uint64_t login_delay_ms; /* between two log-ins of a user (RFC 2449); 0: none */
	bool apop;               /* for accounts that have a secret for it */
};

struct config_web {
	const char *mail_host; /* where clients find IMAP, POP3 and submission; empty:
	                          server.hostname */
	uint64_t idle_timeout_ms, request_timeout_ms;
	uint32_t head_max_bytes, body_max_bytes;
	uint32_t requests_max; /* over one connection */
};

struct config_auth {
	const char *mechanisms; /* "PLAIN LOGIN SCRAM-SHA-256" */
	uint32_t argon2_memory_kib, argon2_passes, threads;
	uint64_t failure_delay_ms;
};

struct config_store {
	const char *engine, *conninfo;
	uint32_t lanes, readers, zstd_level;
	uint64_t undelete_ms, accept_log_ms, quota_default_bytes;
	uint32_t quota_messages_default;
	uint32_t mailboxes_max, subscriptions_max, keywords_max; /* of an account */
	uint32_t mailbox_name_max_bytes;
	uint32_t deliveries_max;                      /* of one message, aliases followed */
	uint64_t unsafe_no_sync, unsafe_early_answer; /* tests only (0 or 1) */
};

struct config {
	const char *path; /* the file it was read from; empty for defaults */
	struct config_server server;
	struct config_log log;
	struct config_tls_options tls;
	struct config_limits limits;
	struct config_smtp smtp;
	struct config_imap imap;
	struct config_pop3 pop3;
	struct config_web web;
	struct config_auth auth;
	struct config_store store;
	const struct config_listener *listeners;
	size_t n_listeners;
	const char *const *warnings; /* "file:line: text": allowed, but probably not meant */
	size_t n_warnings;
};

/*
 * Read a file. Returns owned: config_unref. Fails with: ERR_NOTFOUND, ERR_INVALID; the text names
 * file, line, option, what is wrong and what to write instead. Looks also whether the TLS files can
 * be read.
 */
enum err config_load(const char *path, const struct config **config_r,
                     struct errinfo *info) MUST_USE;

/*
 * The same from text, without a look at any other file (a role in its sandbox cannot have one);
 * `name` stands for the file in messages, and its directory is where relative paths start.
 */
enum err config_parse(const char *name, const char *text, const struct config **config_r,
                      struct errinfo *info) MUST_USE;

/* All defaults, no listeners. Returns owned: config_unref. */
const struct config *config_defaults(void);

/* One more holder / one less; the last frees. Any thread. */
const struct config *config_ref(const struct config *c);
void config_unref(const struct config **c);

/* A whole default file with a comment for each option. Fails with: ERR_LIMIT. */
enum err config_print_defaults(struct buf *out) MUST_USE;

/* The manual page tayori.conf(5) in mdoc. Fails with: ERR_LIMIT. */
enum err config_print_manual(struct buf *out) MUST_USE;

/* A block as text ("192.0.2.0/24", a single address for all of its bits). False: malformed. */
bool config_net_parse(struct str s, struct config_net *net_r);

/* The block as config_net_parse reads it, into `text`. */
void config_net_format(const struct config_net *net, char text[64]);

/* True when `address` (16 octets, IPv4 mapped) lies in one of the blocks. */
bool config_net_contains(const struct config_net *nets, size_t n, const uint8_t address[16]);

/* What a person's mail client may be told to use: a listener with TLS, as it is reached from
 * outside.
 */
struct config_service {
	enum config_protocol protocol; /* IMAP, POP3 or SUBMISSION */
	enum config_tls tls;           /* IMPLICIT or STARTTLS */
	uint16_t port;
};
enum {
	CONFIG_SERVICES_MAX = 6
};

/*
 * The services of the advertised listeners, the first of each kind: IMAP, POP3, submission, and of
 * each TLS from the first octet before STARTTLS (RFC 8314 section 3). Their number.
 */
size_t config_services(const struct config *c,
                       struct config_service services_r[CONFIG_SERVICES_MAX]);

/* The port that the first advertised listener of a protocol has for others; 0: there is none. */
uint16_t config_service_port(const struct config *c, enum config_protocol protocol,
                             enum config_tls tls);

/* The host where clients find them. */
const char *config_service_host(const struct config *c);

/* Name of a protocol as the file spells it ("smtp"). */
const char *config_protocol_name(enum config_protocol p);

#endif
