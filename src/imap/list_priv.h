/*
 * Parts that LIST, LSUB, STATUS and CREATE share: special uses and status items.
 */
#ifndef TAYORI_IMAP_LIST_PRIV_H
#define TAYORI_IMAP_LIST_PRIV_H

#include "src/imap/session_priv.h"

/* The bit of a special use without its backslash, in any letter case; 0: not known. */
uint32_t imap_list_find_special(struct str name);

/* The name of one bit, without backslash. */
const char *imap_list_special_name(uint32_t bit);

/*
 * "* LIST" of one mailbox that a command has opened or made (RFC 9051 section 6.3.2); with OLDNAME
 * when the client has spelled it another way (section 6.3.9.7).
 */
void imap_list_one(struct imap_cmd *c, const struct store_mailbox *m, struct str raw);

/* "(MESSAGES UNSEEN ...)" as bits. */
bool imap_status_parse(struct imap_parser *p, uint32_t *items_r);

/* "* STATUS name (...)" */
void imap_status_write(struct imap_cmd *c, const struct store_mailbox *m, uint32_t items);

/* MODSEQ values are wanted by these items (RFC 7162 section 3.1). */
bool imap_status_wants_modseq(uint32_t items);

/* The number of recent messages is wanted, which the store has to count. */
bool imap_status_wants_recent(uint32_t items);

/* The octets of deleted messages are wanted, which the store has to add up. */
bool imap_status_wants_deleted_bytes(uint32_t items);

#endif
