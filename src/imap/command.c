#include "src/imap/session_priv.h"

enum {
	ANY = IMAP_PHASE_NEW | IMAP_PHASE_USER | IMAP_PHASE_MAILBOX,
	NEW = IMAP_PHASE_NEW,
	USER = IMAP_PHASE_USER | IMAP_PHASE_MAILBOX,
	MAILBOX = IMAP_PHASE_MAILBOX,
};

/* Sorted as a reader looks for them: by the phases of RFC 3501 section 6. */
static const struct imap_command commands[] = {
	{ "CAPABILITY", imap_cmd_capability, ANY, IMAP_TELL_NOTHING },
	{ "NOOP", imap_cmd_noop, ANY, IMAP_TELL_ALL },
	{ "LOGOUT", imap_cmd_logout, ANY, IMAP_TELL_NOTHING },
	{ "ID", imap_cmd_id, ANY, IMAP_TELL_NOTHING },

	{ "STARTTLS", imap_cmd_starttls, NEW, IMAP_TELL_NOTHING },
	{ "AUTHENTICATE", imap_cmd_authenticate, NEW, IMAP_TELL_NOTHING },
	{ "LOGIN", imap_cmd_login, NEW, IMAP_TELL_NOTHING },

	{ "COMPRESS", imap_cmd_compress, USER, IMAP_TELL_ALL },
	{ "ENABLE", imap_cmd_enable, USER, IMAP_TELL_NOTHING },
	{ "NAMESPACE", imap_cmd_namespace, USER, IMAP_TELL_NOTHING },
	{ "SELECT", imap_cmd_select, USER, IMAP_TELL_NOTHING },
	{ "EXAMINE", imap_cmd_examine, USER, IMAP_TELL_NOTHING },
	{ "CREATE", imap_cmd_create, USER, IMAP_TELL_ALL },
	{ "DELETE", imap_cmd_delete, USER, IMAP_TELL_ALL },
	{ "RENAME", imap_cmd_rename, USER, IMAP_TELL_ALL },
	{ "SUBSCRIBE", imap_cmd_subscribe, USER, IMAP_TELL_ALL },
	{ "UNSUBSCRIBE", imap_cmd_unsubscribe, USER, IMAP_TELL_ALL },
	{ "LIST", imap_cmd_list, USER, IMAP_TELL_ALL },
	{ "LSUB", imap_cmd_lsub, USER, IMAP_TELL_ALL },
	{ "STATUS", imap_cmd_status, USER, IMAP_TELL_ALL },
	{ "APPEND", imap_cmd_append, USER, IMAP_TELL_ALL },
	{ "IDLE", imap_cmd_idle, USER, IMAP_TELL_ALL },
	{ "GETQUOTA", imap_cmd_getquota, USER, IMAP_TELL_ALL },
	{ "GETQUOTAROOT", imap_cmd_getquotaroot, USER, IMAP_TELL_ALL },
	{ "SETQUOTA", imap_cmd_setquota, USER, IMAP_TELL_ALL },

	{ "CHECK", imap_cmd_check, MAILBOX, IMAP_TELL_ALL },
	{ "CLOSE", imap_cmd_close, MAILBOX, IMAP_TELL_NOTHING },
	{ "UNSELECT", imap_cmd_unselect, MAILBOX, IMAP_TELL_NOTHING },
	{ "EXPUNGE", imap_cmd_expunge, MAILBOX, IMAP_TELL_ALL, IMAP_TELL_ALL, true },
	{ "SEARCH", imap_cmd_search, MAILBOX, IMAP_TELL_NO_EXPUNGE, IMAP_TELL_ALL, true },
	{ "SORT", imap_cmd_sort, MAILBOX, IMAP_TELL_NO_EXPUNGE, IMAP_TELL_ALL, true },
	{ "THREAD", imap_cmd_thread, MAILBOX, IMAP_TELL_NO_EXPUNGE, IMAP_TELL_ALL, true },
	{ "FETCH", imap_cmd_fetch, MAILBOX, IMAP_TELL_NO_EXPUNGE, IMAP_TELL_ALL, true },
	{ "STORE", imap_cmd_store, MAILBOX, IMAP_TELL_NO_EXPUNGE, IMAP_TELL_ALL, true },
	{ "COPY", imap_cmd_copy, MAILBOX, IMAP_TELL_ALL, IMAP_TELL_ALL, true },
	{ "MOVE", imap_cmd_move, MAILBOX, IMAP_TELL_ALL, IMAP_TELL_ALL, true },
};

const struct imap_command *imap_command_find(struct str name, bool is_uid)
{
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (str_ieq(name, str_c(commands[i].name)))
			return is_uid && !commands[i].has_uid ? NULL : &commands[i];
	}
	return NULL;
}
