#include "src/imap/session_priv.h"

/* A letter for each kind keeps ids of different things apart (RFC 8474 section 7). */
static const unsigned char letters[] = {
	[IMAP_OBJECT_MAILBOX] = 'F',
	[IMAP_OBJECT_EMAIL] = 'M',
	[IMAP_OBJECT_THREAD] = 'T',
};

void imap_objectid_write(struct imap_cmd *c, enum imap_object kind, uint64_t id)
{
	imap_out_byte(&c->out, letters[kind]);
	imap_out_u64(&c->out, id);
}

bool imap_objectid_parse(struct str text, enum imap_object kind, uint64_t *id_r)
{
	/* Ids are compared as they are written: no other spelling of the number. */
	if (text.n < 2 || text.p[0] != letters[kind] || (text.p[1] == '0' && text.n > 2))
		return false;
	return str_to_u64(str_from(text, 1), INT64_MAX, id_r);
}
