/*
 * The table of verbs: what is in each request and result, in the order it goes over the wire. A
 * field of store.h that is missing here is found by wire_test.c.
 */
#include "src/store/store.h"
#include "src/store/wire.h"

/* clang-format off: one line of the table is one field */

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* 0, or an error of the compiler when a field is not of the type that the table says. */
#define IS(s, f, type)                                                                      \
	(0 *                                                                                \
	 sizeof(char[__builtin_types_compatible_p(__typeof__(((struct s *)0)->f), type) ? 1 \
	                                                                                : -1]))
#define AT(s, f, type) (offsetof(struct s, f) + IS(s, f, type))

#define BOOL(s, f)                                                      \
	{                                                               \
		.name = #f, .type = WIRE_BOOL, .offset = AT(s, f, bool) \
	}
#define U32(s, f)                                                          \
	{                                                                  \
		.name = #f, .type = WIRE_U32, .offset = AT(s, f, uint32_t) \
	}
#define U64(s, f)                                                          \
	{                                                                  \
		.name = #f, .type = WIRE_U64, .offset = AT(s, f, uint64_t) \
	}
#define I64(s, f)                                                         \
	{                                                                 \
		.name = #f, .type = WIRE_I64, .offset = AT(s, f, int64_t) \
	}
#define TEXT(s, f, limit)                                                                     \
	{                                                                                     \
		.name = #f, .type = WIRE_TEXT, .max = (limit), .offset = AT(s, f, struct str) \
	}
/* Secrets and people's mail: never in a log. */
#define PRIVATE(s, f, limit)                                                                   \
	{                                                                                      \
		.name = #f, .type = WIRE_TEXT, .max = (limit), .offset = AT(s, f, struct str), \
		.is_private = true                                                             \
	}
#define SUB(s, f, table)                                                           \
	{                                                                          \
		.name = #f, .type = WIRE_STRUCT, .offset = AT(s, f, struct table), \
		.sub = &table##_wire                                               \
	}
#define LIST(s, f, table, limit)                                                                \
	{                                                                                       \
		.name = #f, .type = WIRE_LIST, .max = (limit), .offset = offsetof(struct s, f), \
		.count_offset = AT(s, n_##f, size_t), .sub = &table##_wire                      \
	}
#define BODY(s)                                                                         \
	{                                                                               \
		.name = "body", .type = WIRE_BODY, .max = WIRE_INLINE_MAX,              \
		.offset = AT(s, body, struct str), .count_offset = AT(s, body_fd, int), \
		.size_offset = AT(s, body_size, uint64_t), .is_private = true           \
	}

#define TABLE(s, ...)                                                                  \
	static const struct wire_field s##_fields[] = { __VA_ARGS__ };                 \
	static const struct wire_struct s##_wire = { #s, sizeof(struct s), s##_fields, \
		                                     LEN(s##_fields), false };
#define TABLE_SPARSE(s, ...)                                                           \
	static const struct wire_field s##_fields[] = { __VA_ARGS__ };                 \
	_Static_assert(LEN(s##_fields) <= 32, #s);                                     \
	static const struct wire_struct s##_wire = { #s, sizeof(struct s), s##_fields, \
		                                     LEN(s##_fields), true };

enum {
	NAME = 1024,    /* names of people, services, hosts */
	ADDRESS = 4096, /* addresses as peers gave them */
	MAILBOX = 4096,
	KEYWORD = 1024,
	PASSWORD = 4096,
	SCRAM = 16384,
	SEAL = 64,
	STATE = 128 << 10,
	PATH = 4096,
	REPLY = 4096,
	META = 4 << 20, /* ENVELOPE, BODYSTRUCTURE and their like */
	PREFIX = 64 << 10,
	OCTETS = 2 << 20,
	RANGES = 1 << 18, /* in a request */
	RCPTS = 10000,
	KEYWORDS = 16384,
	ROWS = 1 << 21, /* in a result */
};

/* --- parts */

TABLE(store_grant, U64(store_grant, account_id), U64(store_grant, expires_ms),
      PRIVATE(store_grant, seal, SEAL))
TABLE(store_range, U64(store_range, first), U64(store_range, last))
TABLE(store_view, U64(store_view, uidnext), U64(store_view, expunged))
TABLE(store_set, BOOL(store_set, is_uid), LIST(store_set, ranges, store_range, RANGES))
TABLE(store_keyword, TEXT(store_keyword, name, KEYWORD))
TABLE(store_text, TEXT(store_text, text, ADDRESS))
TABLE(store_domain, U64(store_domain, id), TEXT(store_domain, name, NAME),
      TEXT(store_domain, alias_of, NAME), U64(store_domain, accounts), U64(store_domain, aliases),
      I64(store_domain, created_ms))
TABLE(store_account, U64(store_account, id), TEXT(store_account, address, ADDRESS),
      TEXT(store_account, name, NAME), TEXT(store_account, scheme, NAME), U32(store_account, state),
      U64(store_account, quota_bytes), U64(store_account, quota_msgs),
      U64(store_account, used_bytes), U64(store_account, used_msgs), U64(store_account, mailboxes),
      BOOL(store_account, has_apop), I64(store_account, created_ms),
      I64(store_account, last_login_ms))
TABLE(store_alias, TEXT(store_alias, address, ADDRESS), TEXT(store_alias, target, ADDRESS))
TABLE(store_route, U32(store_route, kind), U64(store_route, account_id),
      TEXT(store_route, address, ADDRESS), TEXT(store_route, detail, ADDRESS),
      BOOL(store_route, is_over_quota), BOOL(store_route, is_unavailable))
TABLE(store_meta, U32(store_meta, hdr_size), U32(store_meta, lines),
      PRIVATE(store_meta, envelope, META), PRIVATE(store_meta, bodystructure, META),
      PRIVATE(store_meta, body, META), PRIVATE(store_meta, parts, META),
      PRIVATE(store_meta, preview, META), TEXT(store_meta, message_id, ADDRESS))
TABLE(store_rcpt, TEXT(store_rcpt, rcpt, ADDRESS), TEXT(store_rcpt, orcpt, ADDRESS),
      U32(store_rcpt, notify), U32(store_rcpt, kind), U64(store_rcpt, account_id),
      TEXT(store_rcpt, address, ADDRESS), U64(store_rcpt, mailbox_id), U32(store_rcpt, flags),
      PRIVATE(store_rcpt, prefix, PREFIX))
TABLE(store_rcpt_result, U32(store_rcpt_result, fate), U64(store_rcpt_result, mailbox_id),
      U64(store_rcpt_result, uid))
TABLE(store_mailbox, U64(store_mailbox, id), U64(store_mailbox, uidvalidity),
      U64(store_mailbox, uidnext), U64(store_mailbox, modseq), TEXT(store_mailbox, name, MAILBOX),
      U32(store_mailbox, special), BOOL(store_mailbox, is_subscribed),
      BOOL(store_mailbox, is_noselect), BOOL(store_mailbox, has_children), U64(store_mailbox, msgs),
      U64(store_mailbox, unseen), U64(store_mailbox, deleted), U64(store_mailbox, bytes),
      U64(store_mailbox, recent), U64(store_mailbox, deleted_bytes),
      U64(store_mailbox, first_unseen_uid))
TABLE_SPARSE(store_flags_change, U64(store_flags_change, seq), U64(store_flags_change, uid),
             U64(store_flags_change, modseq), U64(store_flags_change, n_alike),
             U32(store_flags_change, flags),
             LIST(store_flags_change, keywords, store_keyword, KEYWORDS))
TABLE_SPARSE(store_message, U64(store_message, seq), U64(store_message, uid),
             U64(store_message, msg_id), U64(store_message, modseq), U64(store_message, thread_id),
             U64(store_message, n_alike), U32(store_message, flags), U32(store_message, hdr_size),
             U32(store_message, prefix_size), U32(store_message, lines),
             LIST(store_message, keywords, store_keyword, KEYWORDS),
             I64(store_message, internaldate_ms), I64(store_message, saved_ms),
             U64(store_message, size), PRIVATE(store_message, envelope, META),
             PRIVATE(store_message, bodystructure, META), PRIVATE(store_message, body, META),
             PRIVATE(store_message, parts, META), PRIVATE(store_message, preview, META),
             PRIVATE(store_message, header, META), TEXT(store_message, uidl, NAME),
             PRIVATE(store_message, octets, OCTETS))
TABLE_SPARSE(store_pop_message, U64(store_pop_message, uid), U64(store_pop_message, size),
             TEXT(store_pop_message, uidl, NAME))
TABLE(store_queue_item, U64(store_queue_item, rcpt_id), U64(store_queue_item, msg_id),
      TEXT(store_queue_item, sender, ADDRESS), TEXT(store_queue_item, rcpt, ADDRESS),
      TEXT(store_queue_item, dest, ADDRESS), TEXT(store_queue_item, last_reply, REPLY),
      U32(store_queue_item, kind), U32(store_queue_item, attempts), U64(store_queue_item, size),
      I64(store_queue_item, created_ms), I64(store_queue_item, next_ms),
      I64(store_queue_item, expires_ms), BOOL(store_queue_item, is_leased))
TABLE(store_trace_event, U64(store_trace_event, msg_id), I64(store_trace_event, at_ms),
      TEXT(store_trace_event, event, NAME), TEXT(store_trace_event, rcpt, ADDRESS),
      TEXT(store_trace_event, detail, REPLY))

/* --- directory */

TABLE(store_domain_add_req, TEXT(store_domain_add_req, name, NAME),
      TEXT(store_domain_add_req, alias_of, NAME))
TABLE(store_domain_add_res, U64(store_domain_add_res, domain_id))
TABLE(store_domain_del_req, TEXT(store_domain_del_req, name, NAME))
TABLE(store_domain_list_req, TEXT(store_domain_list_req, after, NAME),
      U32(store_domain_list_req, max))
TABLE(store_domain_list_res, LIST(store_domain_list_res, domains, store_domain, ROWS),
      BOOL(store_domain_list_res, has_more))
TABLE(store_account_add_req, TEXT(store_account_add_req, address, ADDRESS),
      PRIVATE(store_account_add_req, password, PASSWORD), TEXT(store_account_add_req, name, NAME),
      TEXT(store_account_add_req, language, NAME), BOOL(store_account_add_req, is_hashed),
      U64(store_account_add_req, quota_bytes))
TABLE(store_account_add_res, U64(store_account_add_res, account_id))
TABLE(store_account_set_req, TEXT(store_account_set_req, address, ADDRESS),
      PRIVATE(store_account_set_req, password, PASSWORD), TEXT(store_account_set_req, name, NAME),
      BOOL(store_account_set_req, is_hashed), U32(store_account_set_req, set),
      U32(store_account_set_req, state), U64(store_account_set_req, quota_bytes),
      U64(store_account_set_req, quota_msgs), PRIVATE(store_account_set_req, apop_secret, PASSWORD))
TABLE(store_account_del_req, TEXT(store_account_del_req, address, ADDRESS))
TABLE(store_account_list_req, TEXT(store_account_list_req, domain, NAME),
      TEXT(store_account_list_req, address, ADDRESS), TEXT(store_account_list_req, after, ADDRESS),
      U32(store_account_list_req, max), BOOL(store_account_list_req, is_apop_only))
TABLE(store_account_list_res, LIST(store_account_list_res, accounts, store_account, ROWS),
      BOOL(store_account_list_res, has_more))
TABLE(store_alias_add_req, TEXT(store_alias_add_req, address, ADDRESS),
      TEXT(store_alias_add_req, target, ADDRESS))
TABLE(store_alias_del_req, TEXT(store_alias_del_req, address, ADDRESS),
      TEXT(store_alias_del_req, target, ADDRESS))
TABLE(store_alias_list_req, TEXT(store_alias_list_req, domain, NAME),
      TEXT(store_alias_list_req, after, ADDRESS), U32(store_alias_list_req, max))
TABLE(store_alias_list_res, LIST(store_alias_list_res, aliases, store_alias, ROWS),
      BOOL(store_alias_list_res, has_more))

/* --- addresses and log-in */

TABLE(store_resolve_req, TEXT(store_resolve_req, address, ADDRESS), U64(store_resolve_req, size))
TABLE(store_resolve_res, U32(store_resolve_res, status),
      LIST(store_resolve_res, routes, store_route, ROWS))
TABLE(store_owns_req, SUB(store_owns_req, grant, store_grant),
      TEXT(store_owns_req, address, ADDRESS))
TABLE(store_owns_res, BOOL(store_owns_res, is_owner))
TABLE(store_login_req, TEXT(store_login_req, user, ADDRESS),
      PRIVATE(store_login_req, password, PASSWORD), TEXT(store_login_req, default_domain, NAME),
      TEXT(store_login_req, service, NAME), TEXT(store_login_req, peer, NAME))
TABLE(store_login_res, SUB(store_login_res, grant, store_grant),
      TEXT(store_login_res, address, ADDRESS))
TABLE(store_scram_begin_req, PRIVATE(store_scram_begin_req, client_first, SCRAM),
      TEXT(store_scram_begin_req, default_domain, NAME), TEXT(store_scram_begin_req, service, NAME),
      TEXT(store_scram_begin_req, peer, NAME))
TABLE(store_scram_begin_res, PRIVATE(store_scram_begin_res, server_first, SCRAM),
      PRIVATE(store_scram_begin_res, state, STATE))
TABLE(store_scram_finish_req, PRIVATE(store_scram_finish_req, state, STATE),
      PRIVATE(store_scram_finish_req, client_final, SCRAM),
      PRIVATE(store_scram_finish_req, channel_binding, SCRAM))
TABLE(store_scram_finish_res, PRIVATE(store_scram_finish_res, server_final, SCRAM),
      SUB(store_scram_finish_res, grant, store_grant),
      TEXT(store_scram_finish_res, address, ADDRESS))

TABLE(store_apop_req, TEXT(store_apop_req, user, ADDRESS), TEXT(store_apop_req, timestamp, NAME),
      PRIVATE(store_apop_req, digest, SEAL), TEXT(store_apop_req, default_domain, NAME),
      TEXT(store_apop_req, service, NAME), TEXT(store_apop_req, peer, NAME))
TABLE(store_apop_res, SUB(store_apop_res, grant, store_grant),
      TEXT(store_apop_res, address, ADDRESS))

/* --- mail in */

TABLE(store_ids_req, U32(store_ids_req, count))
TABLE(store_ids_res, U64(store_ids_res, first))
TABLE(store_accept_req, SUB(store_accept_req, grant, store_grant),
      PRIVATE(store_accept_req, accept_key, SEAL), U64(store_accept_req, msg_id),
      TEXT(store_accept_req, sender, ADDRESS), TEXT(store_accept_req, envid, NAME),
      U32(store_accept_req, ret), BOOL(store_accept_req, is_utf8), U32(store_accept_req, body_type),
      TEXT(store_accept_req, source, ADDRESS), BOOL(store_accept_req, wants_duplicate_check),
      SUB(store_accept_req, meta, store_meta), BODY(store_accept_req),
      LIST(store_accept_req, rcpts, store_rcpt, RCPTS))
TABLE(store_accept_res, U64(store_accept_res, msg_id),
      LIST(store_accept_res, results, store_rcpt_result, RCPTS))

/* --- mailboxes */

TABLE(store_mailbox_list_req, SUB(store_mailbox_list_req, grant, store_grant),
      TEXT(store_mailbox_list_req, after, MAILBOX), U32(store_mailbox_list_req, max),
      BOOL(store_mailbox_list_req, wants_deleted_bytes), BOOL(store_mailbox_list_req, is_short))
TABLE(store_mailbox_list_res, LIST(store_mailbox_list_res, mailboxes, store_mailbox, ROWS),
      BOOL(store_mailbox_list_res, has_more))
TABLE(store_mailbox_get_req, SUB(store_mailbox_get_req, grant, store_grant),
      TEXT(store_mailbox_get_req, name, MAILBOX), U64(store_mailbox_get_req, mailbox_id),
      BOOL(store_mailbox_get_req, wants_deleted_bytes))
TABLE(store_mailbox_get_res, SUB(store_mailbox_get_res, mailbox, store_mailbox))
TABLE(store_mailbox_create_req, SUB(store_mailbox_create_req, grant, store_grant),
      TEXT(store_mailbox_create_req, name, MAILBOX), U32(store_mailbox_create_req, special))
TABLE(store_mailbox_create_res, SUB(store_mailbox_create_res, mailbox, store_mailbox))
TABLE(store_mailbox_delete_req, SUB(store_mailbox_delete_req, grant, store_grant),
      TEXT(store_mailbox_delete_req, name, MAILBOX))
TABLE(store_mailbox_rename_req, SUB(store_mailbox_rename_req, grant, store_grant),
      TEXT(store_mailbox_rename_req, from, MAILBOX), TEXT(store_mailbox_rename_req, to, MAILBOX))
TABLE(store_mailbox_subscribe_req, SUB(store_mailbox_subscribe_req, grant, store_grant),
      TEXT(store_mailbox_subscribe_req, name, MAILBOX), BOOL(store_mailbox_subscribe_req, is_on))
TABLE(store_subscriptions_req, SUB(store_subscriptions_req, grant, store_grant),
      TEXT(store_subscriptions_req, after, MAILBOX), U32(store_subscriptions_req, max))
TABLE(store_subscriptions_res, LIST(store_subscriptions_res, names, store_text, ROWS),
      BOOL(store_subscriptions_res, has_more))

/* --- messages */

TABLE(store_select_req, SUB(store_select_req, grant, store_grant),
      TEXT(store_select_req, name, MAILBOX), BOOL(store_select_req, is_examine))
TABLE(store_select_res, SUB(store_select_res, mailbox, store_mailbox),
      SUB(store_select_res, view, store_view), U64(store_select_res, exists),
      U64(store_select_res, recent_from), U64(store_select_res, first_unseen_seq),
      LIST(store_select_res, keywords, store_keyword, KEYWORDS),
      U64(store_select_res, keywords_told))
TABLE(store_sync_req, SUB(store_sync_req, grant, store_grant), U64(store_sync_req, mailbox_id),
      SUB(store_sync_req, view, store_view), U64(store_sync_req, flags_modseq),
      BOOL(store_sync_req, wants_expunges), U32(store_sync_req, max_flags),
      U64(store_sync_req, keywords_told), LIST(store_sync_req, own, store_range, RANGES))
TABLE(store_sync_res, SUB(store_sync_res, view, store_view), U64(store_sync_res, exists),
      U64(store_sync_res, recent), U64(store_sync_res, flags_modseq),
      LIST(store_sync_res, expunged_seqs, store_range, ROWS),
      LIST(store_sync_res, expunged_uids, store_range, ROWS),
      LIST(store_sync_res, flags, store_flags_change, ROWS), BOOL(store_sync_res, has_more),
      U64(store_sync_res, keywords_told), LIST(store_sync_res, keywords, store_keyword, KEYWORDS))
TABLE(store_fetch_req, SUB(store_fetch_req, grant, store_grant), U64(store_fetch_req, mailbox_id),
      SUB(store_fetch_req, view, store_view), SUB(store_fetch_req, set, store_set),
      U32(store_fetch_req, fields), U32(store_fetch_req, max), U64(store_fetch_req, after_uid),
      U64(store_fetch_req, changedsince), BOOL(store_fetch_req, can_join))
TABLE(store_fetch_res, LIST(store_fetch_res, messages, store_message, ROWS),
      BOOL(store_fetch_res, has_more))
TABLE(store_read_req, SUB(store_read_req, grant, store_grant), U64(store_read_req, mailbox_id),
      U64(store_read_req, uid), U64(store_read_req, offset), U32(store_read_req, size))
TABLE(store_read_res, PRIVATE(store_read_res, octets, OCTETS), U64(store_read_res, message_size))
TABLE(store_append_part, U64(store_append_part, size), U32(store_append_part, flags),
      LIST(store_append_part, keywords, store_keyword, KEYWORDS),
      I64(store_append_part, internaldate_ms), SUB(store_append_part, meta, store_meta))
TABLE(store_append_req, SUB(store_append_req, grant, store_grant),
      TEXT(store_append_req, mailbox, MAILBOX), PRIVATE(store_append_req, accept_key, SEAL),
      U32(store_append_req, flags), LIST(store_append_req, keywords, store_keyword, KEYWORDS),
      I64(store_append_req, internaldate_ms), TEXT(store_append_req, uidl, NAME),
      SUB(store_append_req, meta, store_meta), BODY(store_append_req),
      LIST(store_append_req, more, store_append_part, STORE_APPEND_MORE_MAX))
TABLE(store_append_res, U64(store_append_res, mailbox_id), U64(store_append_res, uidvalidity),
      U64(store_append_res, uid))
TABLE(store_store_flags_req, SUB(store_store_flags_req, grant, store_grant),
      U64(store_store_flags_req, mailbox_id), SUB(store_store_flags_req, view, store_view),
      SUB(store_store_flags_req, set, store_set), U32(store_store_flags_req, op),
      U32(store_store_flags_req, flags),
      LIST(store_store_flags_req, keywords, store_keyword, KEYWORDS),
      BOOL(store_store_flags_req, has_unchangedsince), U64(store_store_flags_req, unchangedsince),
      U64(store_store_flags_req, keywords_told), BOOL(store_store_flags_req, is_silent))
TABLE(store_store_flags_res, U64(store_store_flags_res, modseq),
      U64(store_store_flags_res, modseq_before),
      LIST(store_store_flags_res, changed, store_flags_change, ROWS),
      LIST(store_store_flags_res, modified, store_range, ROWS),
      BOOL(store_store_flags_res, has_expunged), U64(store_store_flags_res, keywords_told),
      LIST(store_store_flags_res, keywords, store_keyword, KEYWORDS))
TABLE(store_copy_req, SUB(store_copy_req, grant, store_grant), U64(store_copy_req, mailbox_id),
      SUB(store_copy_req, view, store_view), SUB(store_copy_req, set, store_set),
      TEXT(store_copy_req, target, MAILBOX), BOOL(store_copy_req, is_move))
TABLE(store_copy_res, U64(store_copy_res, target_id), U64(store_copy_res, target_uidvalidity),
      LIST(store_copy_res, from_uids, store_range, ROWS),
      LIST(store_copy_res, to_uids, store_range, ROWS), U64(store_copy_res, modseq))
TABLE(store_expunge_req, SUB(store_expunge_req, grant, store_grant),
      U64(store_expunge_req, mailbox_id), SUB(store_expunge_req, view, store_view),
      BOOL(store_expunge_req, has_set), SUB(store_expunge_req, set, store_set))
TABLE(store_expunge_res, U64(store_expunge_res, count), U64(store_expunge_res, modseq),
      BOOL(store_expunge_res, has_more))
TABLE(store_numbers_req, SUB(store_numbers_req, grant, store_grant),
      U64(store_numbers_req, mailbox_id), SUB(store_numbers_req, view, store_view),
      SUB(store_numbers_req, set, store_set))
TABLE(store_numbers_res, LIST(store_numbers_res, uids, store_range, ROWS),
      LIST(store_numbers_res, seqs, store_range, ROWS))
TABLE(store_vanished_req, SUB(store_vanished_req, grant, store_grant),
      U64(store_vanished_req, mailbox_id), SUB(store_vanished_req, view, store_view),
      SUB(store_vanished_req, known, store_set), U64(store_vanished_req, since),
      LIST(store_vanished_req, match_seqs, store_range, RANGES),
      LIST(store_vanished_req, match_uids, store_range, RANGES))
TABLE(store_vanished_res, U64(store_vanished_res, changedsince),
      LIST(store_vanished_res, uids, store_range, ROWS))
TABLE(store_filter, U32(store_filter, op), U64(store_filter, n), I64(store_filter, from),
      I64(store_filter, to), PRIVATE(store_filter, text, META), SUB(store_filter, set, store_set))
TABLE(store_search_req, SUB(store_search_req, grant, store_grant),
      U64(store_search_req, mailbox_id), SUB(store_search_req, view, store_view),
      SUB(store_search_req, set, store_set), LIST(store_search_req, filter, store_filter, KEYWORDS),
      U64(store_search_req, after_uid))
TABLE(store_search_res, LIST(store_search_res, yes, store_range, ROWS),
      LIST(store_search_res, maybe, store_range, ROWS), BOOL(store_search_res, has_modseq),
      U64(store_search_res, max_modseq), BOOL(store_search_res, has_more),
      U64(store_search_res, after_uid))
TABLE(store_quota_req, SUB(store_quota_req, grant, store_grant))
TABLE(store_quota_res, U64(store_quota_res, limit_bytes), U64(store_quota_res, used_bytes),
      U64(store_quota_res, limit_msgs), U64(store_quota_res, used_msgs),
      U64(store_quota_res, limit_mailboxes), U64(store_quota_res, used_mailboxes))

/* --- POP3 */

TABLE(store_pop_open_req, SUB(store_pop_open_req, grant, store_grant),
      U64(store_pop_open_req, login_delay_ms))
TABLE(store_pop_open_res, U64(store_pop_open_res, mailbox_id), U64(store_pop_open_res, token),
      LIST(store_pop_open_res, messages, store_pop_message, ROWS))
TABLE(store_pop_renew_req, SUB(store_pop_renew_req, grant, store_grant),
      U64(store_pop_renew_req, token))
TABLE(store_pop_close_req, SUB(store_pop_close_req, grant, store_grant),
      U64(store_pop_close_req, token), LIST(store_pop_close_req, uids, store_range, RANGES))

/* --- queue, ledger, upkeep */

TABLE(store_queue_list_req, TEXT(store_queue_list_req, dest, ADDRESS),
      U64(store_queue_list_req, after), U32(store_queue_list_req, max))
TABLE(store_queue_list_res, LIST(store_queue_list_res, items, store_queue_item, ROWS),
      BOOL(store_queue_list_res, has_more))
TABLE(store_trace_req, TEXT(store_trace_req, what, ADDRESS), U32(store_trace_req, max))
TABLE(store_trace_res, LIST(store_trace_res, events, store_trace_event, ROWS))
TABLE(store_status_req, U64(store_status_req, unused))
TABLE(store_status_res, TEXT(store_status_res, engine, NAME), TEXT(store_status_res, version, NAME),
      TEXT(store_status_res, path, PATH), U32(store_status_res, schema_version),
      U64(store_status_res, store_id), U64(store_status_res, epoch), U64(store_status_res, domains),
      U64(store_status_res, accounts), U64(store_status_res, mailboxes),
      U64(store_status_res, messages), U64(store_status_res, bytes), U64(store_status_res, queued),
      U64(store_status_res, accepted_total))
TABLE(store_check_req, U64(store_check_req, cursor), BOOL(store_check_req, wants_repair))
TABLE(store_check_res, U64(store_check_res, cursor), U64(store_check_res, checked),
      U64(store_check_res, total), BOOL(store_check_res, is_done),
      LIST(store_check_res, problems, store_text, ROWS))
TABLE(store_upkeep_req, U64(store_upkeep_req, unused))
TABLE(store_upkeep_res, U64(store_upkeep_res, removed_messages),
      U64(store_upkeep_res, removed_bytes), U64(store_upkeep_res, folded_changes),
      U64(store_upkeep_res, scrubbed_bytes), U64(store_upkeep_res, damaged),
      U64(store_upkeep_res, delivered), U64(store_upkeep_res, purged_rows))

#define ROW(verb, kind, callers, grant)                                                         \
	[WIRE_VERB_##verb] = {                                                                  \
		#verb, kind, callers, grant, &store_##verb##_req_wire, &store_##verb##_res_wire \
	},
#define ROW_VOID(verb, kind, callers, grant) \
	[WIRE_VERB_##verb] = { #verb, kind, callers, grant, &store_##verb##_req_wire, NULL },

const struct wire_verb_info wire_verbs[WIRE_VERB_COUNT] = { WIRE_VERBS(ROW, ROW_VOID) };

/* clang-format on */
