/* Where the mail is: section store. */
#include <stdint.h>

#include "src/config/config.h"
#include "src/config/tables_priv.h"

#define AT(field) offsetof(struct config, store.field)

static const char *const engines[] = { "sqlite", "postgres", NULL };

const struct option config_options_store[] = {
	{ "store", "engine", OPTION_CHOICE, AT(engine), "sqlite", .choices = engines,
	  .is_text = true, .needs_restart = true,
	  .prose = "sqlite: embedded, in the data directory, nothing else needed. postgres: a "
	           "PostgreSQL server." },
	{ "store", "conninfo", OPTION_TEXT, AT(conninfo), "", 0, CONFIG_TEXT_MAX,
	  .needs_restart = true,
	  .prose = "How to reach PostgreSQL: keywords or an address as in libpq." },
	{ "store", "lanes", OPTION_NUMBER, AT(lanes), "4", 1, 64, .needs_restart = true,
	  .prose = "Transactions that write at the same time in PostgreSQL. SQLite always has "
	           "one." },
	{ "store", "readers", OPTION_NUMBER, AT(readers), "4", 1, 256, .needs_restart = true,
	  .prose = "Connections to the database that only read." },
	{ "store", "zstd_level", OPTION_NUMBER, AT(zstd_level), "1", 0, 19,
	  .prose = "How hard message bodies are compressed. 0: not at all." },
	{ "store", "undelete_time", OPTION_DURATION, AT(undelete_ms), "7d", 0, 3650 * CONFIG_DAY,
	  .prose = "How long an expunged message can be brought back." },
	{ "store", "accept_log_time", OPTION_DURATION, AT(accept_log_ms), "7d", CONFIG_HOUR,
	  365 * CONFIG_DAY,
	  .prose =
	          "How long a delivery that is repeated after a broken connection is recognised." },
	{ "store", "quota_default", OPTION_SIZE, AT(quota_default_bytes), "0", 0,
	  UINT64_C(1048576) * CONFIG_GIB,
	  .prose = "Octets that an account without its own quota may hold. 0: no limit." },
	{ "store", "quota_messages_default", OPTION_NUMBER, AT(quota_messages_default), "0", 0,
	  UINT32_MAX,
	  .prose = "Messages that an account without its own quota of them may hold. 0: no "
	           "limit." },
	{ "store", "mailboxes_max", OPTION_NUMBER, AT(mailboxes_max), "10000", 20, 1000000,
	  .prose = "Mailboxes of one account, levels without messages included. Further ones are "
	           "refused with NO [LIMIT]." },
	{ "store", "subscriptions_max", OPTION_NUMBER, AT(subscriptions_max), "20000", 20, 1000000,
	  .prose = "Subscribed names of one account." },
	{ "store", "keywords_max", OPTION_NUMBER, AT(keywords_max), "4096", 16, 16384,
	  .prose = "Different keywords (labels) that one account can have at all." },
	{ "store", "mailbox_name_max", OPTION_SIZE32, AT(mailbox_name_max_bytes), "1000", 255, 2000,
	  .prose = "Octets of a mailbox name with all its levels, in UTF-8." },
	{ "store", "deliveries_max", OPTION_NUMBER, AT(deliveries_max), "5000", 100, 10000,
	  .prose = "Mailboxes and remote addresses that one message may go to when all aliases "
	           "have been followed. A recipient beyond is told to come with another message "
	           "(452)." },
	{ "store", "unsafe_no_sync", OPTION_SIZE, AT(unsafe_no_sync), "0", 0, 1,
	  .needs_restart = true,
	  .prose = "For tests: 1 does not flush commits to disk. Mail will be lost with the "
	           "power." },
	{ "store", "unsafe_early_answer", OPTION_SIZE, AT(unsafe_early_answer), "0", 0, 1,
	  .needs_restart = true,
	  .prose = "For tests: 1 answers before the commit. Mail will be lost with the process." },
	{ 0 },
};
