/* The protocols: sections smtp, imap, pop3 and auth. */
#include <stdint.h>

#include "src/config/config.h"
#include "src/config/tables_priv.h"

#define AT(field) offsetof(struct config, field)

static const char *const separators[] = { "/", ".", NULL };

const struct option config_options_protocols[] = {
	/* RFC 5321 section 4.5.3.2 asks a server to wait five minutes for a command and three for
	   data. */
	{ "smtp", "command_timeout", OPTION_DURATION, AT(smtp.command_timeout_ms), "5m",
	  CONFIG_SECOND, CONFIG_HOUR,
	  .prose = "Time until the next command (RFC 5321 section 4.5.3.2.7)." },
	{ "smtp", "data_timeout", OPTION_DURATION, AT(smtp.data_timeout_ms), "5m", CONFIG_SECOND,
	  CONFIG_HOUR,
	  .prose = "Time until the next piece of a message (RFC 5321 section 4.5.3.2.5)." },
	{ "smtp", "transaction_timeout", OPTION_DURATION, AT(smtp.transaction_timeout_ms), "1h",
	  CONFIG_SECOND, CONFIG_DAY,
	  .prose = "Time for a whole message, from MAIL to its last octet, so that nobody can hold "
	           "memory for ever." },
	{ "smtp", "line_max", OPTION_SIZE32, AT(smtp.line_max_bytes), "16K", 2 * CONFIG_KIB,
	  CONFIG_MIB,
	  .prose = "Longest command line. RFC 5321 asks for 512 octets, RFC 4954 for 12288 while "
	           "logging in." },
	{ "smtp", "recipients_max", OPTION_NUMBER, AT(smtp.recipients_max), "1000", 100, 100000,
	  .prose = "Recipients of one message. RFC 5321 asks for at least 100." },
	{ "smtp", "hops_max", OPTION_NUMBER, AT(smtp.hops_max), "100", 10, 1000,
	  .prose = "Received fields above which a message is taken for looping." },
	{ "smtp", "errors_max", OPTION_NUMBER, AT(smtp.errors_max), "20", 1, 100000,
	  .prose = "Faulty commands before the connection is closed." },
	{ "smtp", "messages_max", OPTION_NUMBER, AT(smtp.messages_max), "10000", 1, UINT32_MAX,
	  .prose = "Messages over one connection; then the client is asked to connect again." },
	{ "smtp", "recipient_cache_time", OPTION_DURATION, AT(smtp.recipient_cache_ms), "5s", 0,
	  5 * CONFIG_MINUTE,
	  .prose = "How long a session process may remember to which mailbox an address leads. New "
	           "users "
	           "and aliases count at once, removed ones after this time. 0s: ask every time." },
	{ "smtp", "messages_rate_per_address", OPTION_NUMBER, AT(smtp.messages_rate_per_address),
	  "0", 0, 10000000,
	  .prose = "Messages a minute from one address to one session process, where no log-in is "
	           "needed. 0: no limit." },
	{ "smtp", "rcpts_rate_per_user", OPTION_NUMBER, AT(smtp.rcpts_rate_per_user), "0", 0,
	  10000000,
	  .prose = "Recipients a minute that a logged-in user may write to through one session "
	           "process. 0: no limit." },
	{ "smtp", "submission_owned_senders_only", OPTION_BOOL,
	  AT(smtp.submission_owned_senders_only), "true",
	  .prose = "Users send only with addresses that belong to them." },
	{ "smtp", "resend_check", OPTION_BOOL, AT(smtp.resend_check), "false",
	  .prose =
	          "Recognise a message that a server delivers a second time within a day because "
	          "our answer was lost on the way (RFC 1047): the same sender, Message-ID, content "
	          "and recipient. It is acknowledged and recorded as a duplicate, not delivered "
	          "again. Off, because two copies are better than none where a program sends the "
	          "same message twice on purpose." },
	{ "smtp", "recipient_delimiter", OPTION_TEXT, AT(smtp.recipient_delimiter), "+", 0, 1,
	  .prose =
	          "What parts a user from a detail: mail to ann+lists@example.org is ann's. Empty: "
	          "nothing does." },

	{ "imap", "hierarchy_separator", OPTION_CHOICE, AT(imap.hierarchy_separator), "/",
	  .choices = separators, .is_text = true,
	  .prose = "Separator of folder names as clients see them." },
	{ "imap", "idle_timeout", OPTION_DURATION, AT(imap.idle_timeout_ms), "30m",
	  30 * CONFIG_MINUTE, CONFIG_DAY,
	  .prose = "Silence after which a client is logged out; RFC 3501 section 5.4 asks for at "
	           "least 30 minutes." },
	{ "imap", "keepalive", OPTION_DURATION, AT(imap.keepalive_ms), "2m", CONFIG_SECOND,
	  CONFIG_DAY,
	  .prose = "Pause after which a client in IDLE is told that the server is still there, so "
	           "that no firewall forgets the connection." },
	{ "imap", "line_max", OPTION_SIZE32, AT(imap.line_max_bytes), "64K", 8 * CONFIG_KIB,
	  16 * CONFIG_MIB, .prose = "Longest command, literals not counted." },
	{ "imap", "literal_max", OPTION_SIZE32, AT(imap.literal_max_bytes), "64K", CONFIG_KIB,
	  16 * CONFIG_MIB, .prose = "Longest literal that is no message." },
	{ "imap", "errors_max", OPTION_NUMBER, AT(imap.errors_max), "20", 1, 100000,
	  .prose = "Faulty commands before the connection is closed." },
	{ "imap", "id_version", OPTION_BOOL, AT(imap.id_version), "true",
	  .prose = "Tell the version of the program in answers to ID." },
	{ "imap", "compress_level", OPTION_NUMBER, AT(imap.compress_level), "4", 0, 9,
	  .prose =
	          "How hard to compress for clients that ask for it (COMPRESS=DEFLATE, RFC 4978): "
	          "1 is fastest, 9 is smallest. 0: not offered. A compressed session takes 300 KiB "
	          "while it is being answered, and at most 33 KiB more than others while it "
	          "waits." },
	{ "imap", "literal_plus", OPTION_BOOL, AT(imap.literal_plus), "true",
	  .prose = "Offer LITERAL+: clients may send literals of any size without being asked to "
	           "go on. With false LITERAL- is offered, which allows that up to 4096 octets "
	           "(RFC 7888); larger ones are refused before they are sent." },

	{ "pop3", "idle_timeout", OPTION_DURATION, AT(pop3.idle_timeout_ms), "10m",
	  10 * CONFIG_MINUTE, CONFIG_DAY,
	  .prose =
	          "Silence after which a client is cut off, its deletions undone; RFC 1939 section "
	          "3 asks for at least 10 minutes." },
	{ "pop3", "line_max", OPTION_SIZE32, AT(pop3.line_max_bytes), "16K", CONFIG_KIB, CONFIG_MIB,
	  .prose = "Longest command line." },
	{ "pop3", "errors_max", OPTION_NUMBER, AT(pop3.errors_max), "20", 1, 100000,
	  .prose = "Faulty commands before the connection is closed." },
	{ "pop3", "login_delay", OPTION_DURATION, AT(pop3.login_delay_ms), "0s", 0, CONFIG_DAY,
	  .prose = "Time that a user has to wait between two log-ins (RFC 2449 section 6.5), for "
	           "clients that look for mail every few seconds. 0s: none." },
	{ "pop3", "apop", OPTION_BOOL, AT(pop3.apop), "false",
	  .prose = "Offer APOP to users for whom \"tayori user set --apop\" has stored a secret. "
	           "It uses MD5 and a secret that the server can read: for old programs only." },

	{ "web", "mail_host", OPTION_TEXT, AT(web.mail_host), "", 0, CONFIG_NAME_MAX,
	  .prose = "Host name of IMAP, POP3 and submission that clients are told. Empty: "
	           "server.hostname." },
	{ "web", "idle_timeout", OPTION_DURATION, AT(web.idle_timeout_ms), "15s", CONFIG_SECOND,
	  CONFIG_HOUR,
	  .prose = "Silence between two requests after which a connection is closed." },
	{ "web", "request_timeout", OPTION_DURATION, AT(web.request_timeout_ms), "10s",
	  CONFIG_SECOND, CONFIG_HOUR, .prose = "Time for a whole request, from its first octet." },
	{ "web", "head_max", OPTION_SIZE32, AT(web.head_max_bytes), "16K", CONFIG_KIB, CONFIG_MIB,
	  .prose = "Longest request line and header fields together." },
	{ "web", "body_max", OPTION_SIZE32, AT(web.body_max_bytes), "16K", CONFIG_KIB, CONFIG_MIB,
	  .prose = "Longest content of a request." },
	{ "web", "requests_max", OPTION_NUMBER, AT(web.requests_max), "100", 1, 1000000,
	  .prose = "Requests over one connection." },

	{ "auth", "mechanisms", OPTION_TEXT, AT(auth.mechanisms), "PLAIN LOGIN SCRAM-SHA-256", 1,
	  200,
	  .prose =
	          "SASL mechanisms that are offered, with blanks between. PLAIN and LOGIN show the "
	          "password to the server and are offered only under TLS, unless a listener "
	          "allows otherwise." },
	{ "auth", "argon2_memory", OPTION_NUMBER, AT(auth.argon2_memory_kib), "19456", 8, 4194304,
	  .prose = "Memory, in KiB, to hash a password with argon2id; more makes stolen hashes "
	           "harder "
	           "to break and log-ins dearer." },
	{ "auth", "argon2_passes", OPTION_NUMBER, AT(auth.argon2_passes), "2", 1, 100,
	  .prose = "Passes of argon2id over that memory." },
	{ "auth", "threads", OPTION_NUMBER, AT(auth.threads), "2", 1, 256, .needs_restart = true,
	  .prose = "Passwords that are hashed at the same time; the others wait in line." },
	{ "auth", "failure_delay", OPTION_DURATION, AT(auth.failure_delay_ms), "2s", 0,
	  CONFIG_MINUTE, .prose = "Time for which the answer to a wrong password is held back." },
	{ 0 },
};
