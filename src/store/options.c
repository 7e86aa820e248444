#include "src/store/options.h"

#include "src/config/config.h"
#include "src/store/store.h"

void store_options_from_config(struct store_options *o, const struct config *c)
{
	*o = (struct store_options){
		.engine = str_c(c->store.engine),
		.path = str_c(c->server.data_directory),
		.conninfo = str_c(c->store.conninfo),
		.lanes = c->store.lanes,
		.readers = c->store.readers,
		.undelete_ms = c->store.undelete_ms,
		.accept_log_ms = c->store.accept_log_ms,
		.zstd_level = c->store.zstd_level,
		.message_max_bytes = c->limits.message_max_bytes,
		.quota_default_bytes = c->store.quota_default_bytes,
		.quota_default_msgs = c->store.quota_messages_default,
		.mailboxes_max = c->store.mailboxes_max,
		.subscriptions_max = c->store.subscriptions_max,
		.keywords_max = c->store.keywords_max,
		.mailbox_name_max_bytes = c->store.mailbox_name_max_bytes,
		.deliveries_max = c->store.deliveries_max,
		.argon2_memory_kib = c->auth.argon2_memory_kib,
		.argon2_passes = c->auth.argon2_passes,
		.auth_threads = c->auth.threads,
		.unsafe_no_sync = c->store.unsafe_no_sync != 0,
		.unsafe_early_answer = c->store.unsafe_early_answer != 0,
	};
}
