/* The process as a whole: sections server, log and tls. */
#include <stdint.h>

#include "src/config/config.h"
#include "src/config/tables_priv.h"

#define AT(field) offsetof(struct config, field)

static const char *const levels[] = { "debug", "info", "warn", "error", NULL };
static const char *const targets[] = { "stderr", "syslog", NULL };
static const char *const versions[] = { "1.2", "1.3", NULL };

const struct option config_options_server[] = {
	{ "server", "hostname", OPTION_TEXT, AT(server.hostname), "", 0, CONFIG_NAME_MAX,
	  .prose = "Name of this machine in greetings, Received fields and message ids: the name "
	           "that its address resolves to. Empty: what the machine calls itself." },
	{ "server", "data_directory", OPTION_PATH, AT(server.data_directory), "/var/lib/tayori", 1,
	  CONFIG_TEXT_MAX, .needs_restart = true,
	  .prose =
	          "Directory of the embedded store. It is made when it is missing; its parent must "
	          "exist." },
	{ "server", "run_directory", OPTION_PATH, AT(server.run_directory), "/run/tayori", 1, 90,
	  .needs_restart = true,
	  .prose = "Directory of the sockets between the roles and of the control socket. The path "
	           "is short because the name of a socket is." },
	{ "server", "user", OPTION_TEXT, AT(server.user), "tayori", 0, 32, .needs_restart = true,
	  .prose = "Unprivileged user that the roles run as when the server is started as root. "
	           "Without root, and when empty, they stay who they are." },
	{ "server", "session_processes", OPTION_NUMBER, AT(server.session_processes), "0", 0, 1024,
	  .needs_restart = true,
	  .prose = "Processes that speak with clients. 0: one for every two processor cores." },
	{ "server", "worker_threads", OPTION_NUMBER, AT(server.worker_threads), "0", 0, 4096,
	  .needs_restart = true,
	  .prose = "Threads of one session process that serve commands at once, as long as they "
	           "get on; more are started when these are stuck. Those that do not wait for the "
	           "store are never more than there are processors for the process. Twice as many "
	           "messages may be with the store before senders have to wait to send the next. "
	           "0: 8, and 32 with PostgreSQL, where a commit waits for other machines." },
	{ "server", "worker_max_threads", OPTION_NUMBER, AT(server.worker_max_threads), "128", 1,
	  4096, .needs_restart = true,
	  .prose = "Threads of one session process at most. A thread serves a command, not a "
	           "connection: idle connections need none." },
	{ "server", "session_save_every_step", OPTION_SIZE, AT(server.session_save_every_step), "0",
	  0, 1,
	  .prose =
	          "For tests: 1 saves, frees and restores each session between all its commands." },
	{ "server", "drain_time", OPTION_DURATION, AT(server.drain_ms), "30s", 0, CONFIG_HOUR,
	  .prose = "How long running sessions may take to reach the end of their command when the "
	           "server stops." },
	{ "server", "restart_backoff_max", OPTION_DURATION, AT(server.restart_backoff_max_ms),
	  "30s", 100, CONFIG_HOUR,
	  .prose = "Longest pause before a role that keeps dying is started again. The first "
	           "restart "
	           "is immediate." },
	{ "server", "role_memory_max", OPTION_SIZE, AT(server.role_memory_max_bytes), "0", 0,
	  INT64_MAX, .needs_restart = true,
	  .prose =
	          "Memory that one process of a role may have for its data (RLIMIT_DATA). One that "
	          "asks for more ends and is started again, so that a mistake of ours cannot take "
	          "the machine along. A session process wants 64M and 64K for each connection, the "
	          "store 256M at least. 0: no limit." },
	{ "server", "default_domain", OPTION_TEXT, AT(server.default_domain), "", 0,
	  CONFIG_NAME_MAX,
	  .prose = "Domain added to log-in names without one. Empty: such names are unknown." },
	{ "server", "dns_address", OPTION_TEXT, AT(server.dns_address), "", 0, 45,
	  .prose = "Address of the DNS resolver. Empty: those in /etc/resolv.conf." },
	{ "server", "dns_port", OPTION_PORT, AT(server.dns_port), "53", 1, 65535,
	  .prose = "Port of the resolver in dns_address." },
	{ "server", "dns_timeout", OPTION_DURATION, AT(server.dns_timeout_ms), "2s", 10,
	  5 * CONFIG_MINUTE,
	  .prose = "Time for a DNS answer; after it the answer counts as unknown." },
	{ "log", "level", OPTION_CHOICE, AT(log.level), "info", .choices = levels,
	  .prose = "Least important events that are logged." },
	{ "log", "target", OPTION_CHOICE, AT(log.target), "stderr", .choices = targets,
	  .needs_restart = true,
	  .prose = "Where events go: stderr, which a service manager collects, or syslog with the "
	           "facility mail." },
	{ "log", "json", OPTION_BOOL, AT(log.is_json), "false",
	  .prose = "Write each event as one JSON object instead of text." },
	{ "tls", "certificate", OPTION_PATH, AT(tls.certificate), "", 0, CONFIG_TEXT_MAX,
	  .prose = "PEM file with the certificate and its chain, the server's own first, for all "
	           "listeners without their own. It is read again on reload." },
	{ "tls", "key", OPTION_PATH, AT(tls.key), "", 0, CONFIG_TEXT_MAX,
	  .prose = "PEM file with the private key of the certificate, without a pass phrase." },
	{ "tls", "min_version", OPTION_CHOICE, AT(tls.min_version), "1.2", .choices = versions,
	  .is_text = true, .prose = "Lowest version of TLS that is spoken." },
	{ "tls", "ciphers", OPTION_TEXT, AT(tls.ciphers), "", 0, CONFIG_TEXT_MAX,
	  .prose = "Ciphers of TLS 1.2 as an OpenSSL cipher list. Empty: strong ones with forward "
	           "secrecy. Those of TLS 1.3 are all good and not chosen here." },
	{ 0 },
};
