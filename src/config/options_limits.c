/* What a peer may use up: section limits. */
#include <stdint.h>

#include "src/config/config.h"
#include "src/config/tables_priv.h"

#define AT(field) offsetof(struct config, limits.field)

const struct option config_options_limits[] = {
	{ "limits", "message_max", OPTION_SIZE, AT(message_max_bytes), "20M", CONFIG_KIB,
	  CONFIG_GIB, .prose = "Largest message, the same in every protocol." },
	{ "limits", "connections_max", OPTION_NUMBER, AT(connections_max), "10000", 1, 1000000,
	  .prose = "Connections of one session process. Further ones are told to come back." },
	{ "limits", "connections_per_address_max", OPTION_NUMBER, AT(connections_per_address_max),
	  "1000", 1, 1000000,
	  .prose = "Connections from one address to one session process. Many people can share an "
	           "address." },
	{ "limits", "connections_per_user_max", OPTION_NUMBER, AT(connections_per_user_max), "50",
	  1, 1000000, .prose = "Logged-in connections of one user to one session process." },
	{ "limits", "connection_rate_per_address", OPTION_NUMBER, AT(connection_rate_per_address),
	  "0", 0, 10000000,
	  .prose = "New connections a minute from one address to one session process. 0: no "
	           "limit." },
	{ "limits", "login_failures_per_address", OPTION_NUMBER, AT(login_failures_per_address),
	  "10", 1, 1000000,
	  .prose = "Failed log-ins a minute from one address before its further answers are held "
	           "back for longer and longer." },
	{ "limits", "spool_max", OPTION_SIZE, AT(spool_max_bytes), "512M", CONFIG_MIB,
	  1024 * CONFIG_GIB,
	  .prose = "Memory of one session process for messages that are being received. When it is "
	           "used up, senders are asked to try again." },
	{ "limits", "login_timeout", OPTION_DURATION, AT(login_timeout_ms), "2m", CONFIG_SECOND,
	  CONFIG_HOUR, .prose = "Time a client of IMAP or POP3 has to log in." },
	{ "limits", "write_timeout", OPTION_DURATION, AT(write_timeout_ms), "1m", CONFIG_SECOND,
	  CONFIG_HOUR, .prose = "Time for which a client may take nothing of what is sent to it." },
	{ "limits", "write_min_rate", OPTION_NUMBER, AT(write_min_rate), "512", 0, 1000000,
	  .prose = "Octets a second that a client must take on average of a long answer. 0: any "
	           "rate." },
	{ 0 },
};
