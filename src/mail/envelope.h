/*
 * Reading an ENVELOPE that mail_message_parse has made: for searches, sorting and threading, which
 * need its fields without the message.
 *
 *	struct mail_envelope e;
 *	if (mail_envelope_split(text, &e))
 *		subject = mail_envelope_text(a, e.field[MAIL_ENVELOPE_SUBJECT]);
 */
#ifndef TAYORI_MAIL_ENVELOPE_H
#define TAYORI_MAIL_ENVELOPE_H

#include "src/base/str.h"

struct arena;

/* In the order of RFC 3501 section 7.4.2. */
enum mail_envelope_field {
	MAIL_ENVELOPE_DATE,
	MAIL_ENVELOPE_SUBJECT,
	MAIL_ENVELOPE_FROM,
	MAIL_ENVELOPE_SENDER,
	MAIL_ENVELOPE_REPLY_TO,
	MAIL_ENVELOPE_TO,
	MAIL_ENVELOPE_CC,
	MAIL_ENVELOPE_BCC,
	MAIL_ENVELOPE_IN_REPLY_TO,
	MAIL_ENVELOPE_MESSAGE_ID,
	MAIL_ENVELOPE_FIELDS
};

/* The fields as they stand there, quotes and parentheses included; views of the text. */
struct mail_envelope {
	struct str field[MAIL_ENVELOPE_FIELDS];
};

/* One address; a NIL is empty. A group has a mailbox and no host, its end has neither. */
struct mail_envelope_address {
	struct str name, route, mailbox, host;
	bool has_mailbox, has_host;
};

/*
 * True when a header is longer than what ENVELOPE was made of: a field that it says NIL of may
 * stand further down.
 */
bool mail_envelope_is_cut(uint64_t hdr_size);

/* Split; false (result untouched) when the text is no envelope. */
bool mail_envelope_split(struct str text, struct mail_envelope *e_r);

/* True for a field that says NIL: the message has none, or no address in it. */
bool mail_envelope_is_nil(struct str field);

/* The name of a field in a header. */
const char *mail_envelope_name(enum mail_envelope_field field);

/* True for the fields that are lists of addresses. */
bool mail_envelope_is_list(enum mail_envelope_field field);

/* The text of a string field, still with its encoded-words; empty for NIL. Points into it when
 * nothing is escaped. */
struct str mail_envelope_text(struct arena *a, struct str field);

/* The next address of a list; begin with `*rest` = the field. False at its end. */
bool mail_envelope_next(struct arena *a, struct str *rest, struct mail_envelope_address *address_r);

/*
 * A list as people write it, "Name <mailbox@host>, mailbox@host", names decoded (RFC 2047), at most
 * `max` octets.
 */
struct str mail_envelope_people(struct arena *a, struct str field, size_t max);

#endif
