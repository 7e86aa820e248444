#include "src/config/config.h"
#include "src/imap/list_priv.h"

enum {
	ITEM_MESSAGES = 1,
	ITEM_RECENT = 2,
	ITEM_UIDNEXT = 4,
	ITEM_UIDVALIDITY = 8,
	ITEM_UNSEEN = 16,
	ITEM_HIGHESTMODSEQ = 32,     /* RFC 7162 section 3.1.7 */
	ITEM_SIZE = 64,              /* RFC 8438 */
	ITEM_DELETED = 128,          /* RFC 9051 section 6.3.11 */
	ITEM_APPENDLIMIT = 256,      /* RFC 7889 */
	ITEM_MAILBOXID = 512,        /* RFC 8474 */
	ITEM_DELETED_STORAGE = 1024, /* RFC 9208 section 4.1.4 */
};

static const struct {
	const char *name;
	uint32_t bit;
} items[] = {
	{ "MESSAGES", ITEM_MESSAGES },
	{ "RECENT", ITEM_RECENT },
	{ "UIDNEXT", ITEM_UIDNEXT },
	{ "UIDVALIDITY", ITEM_UIDVALIDITY },
	{ "UNSEEN", ITEM_UNSEEN },
	{ "HIGHESTMODSEQ", ITEM_HIGHESTMODSEQ },
	{ "SIZE", ITEM_SIZE },
	{ "DELETED", ITEM_DELETED },
	{ "APPENDLIMIT", ITEM_APPENDLIMIT },
	{ "MAILBOXID", ITEM_MAILBOXID },
	{ "DELETED-STORAGE", ITEM_DELETED_STORAGE },
};

enum {
	N_ITEMS = sizeof items / sizeof items[0]
};

bool imap_status_parse(struct imap_parser *p, uint32_t *items_r)
{
	uint32_t bits = 0;

	if (!imap_parser_byte(p, '(', "status items in parentheses"))
		return false;
	do {
		struct str name;
		size_t i = 0;

		if (!imap_parser_atom(p, &name))
			return imap_parser_fail(p, "a status item");
		while (i < N_ITEMS && !str_ieq(name, str_c(items[i].name)))
			i++;
		if (i == N_ITEMS) {
			p->expected = "status items such as MESSAGES, UNSEEN, UIDNEXT";
			return false;
		}
		bits |= items[i].bit;
	} while (imap_parser_try(p, ' '));
	*items_r = bits;
	return imap_parser_byte(p, ')', "the end of the status items");
}

static uint64_t find_value(const struct imap_cmd *c, const struct store_mailbox *m, uint32_t bit)
{
	switch (bit) {
	case ITEM_MESSAGES:
		return m->msgs;
	case ITEM_RECENT:
		return m->recent;
	case ITEM_UIDNEXT:
		return m->uidnext;
	case ITEM_UIDVALIDITY:
		return m->uidvalidity;
	case ITEM_UNSEEN:
		return m->unseen;
	case ITEM_HIGHESTMODSEQ:
		return m->modseq > 0 ? m->modseq : 1;
	case ITEM_SIZE:
		return m->bytes;
	case ITEM_DELETED:
		return m->deleted;
	case ITEM_DELETED_STORAGE:
		return m->deleted_bytes;
	default:
		return c->config->limits.message_max_bytes;
	}
}

void imap_status_write(struct imap_cmd *c, const struct store_mailbox *m, uint32_t bits)
{
	bool is_first = true;

	imap_out_c(&c->out, "* STATUS ");
	imap_out_astring(&c->out, imap_name_to_client(c, m->name));
	imap_out_c(&c->out, " (");
	for (size_t i = 0; i < N_ITEMS; i++) {
		if (!(bits & items[i].bit))
			continue;
		if (!is_first)
			imap_out_byte(&c->out, ' ');
		is_first = false;
		imap_out_c(&c->out, items[i].name);
		imap_out_byte(&c->out, ' ');
		if (items[i].bit != ITEM_MAILBOXID) {
			imap_out_u64(&c->out, find_value(c, m, items[i].bit));
			continue;
		}
		imap_out_byte(&c->out, '(');
		imap_objectid_write(c, IMAP_OBJECT_MAILBOX, m->id);
		imap_out_byte(&c->out, ')');
	}
	imap_out_c(&c->out, ")\r\n");
}

bool imap_status_wants_modseq(uint32_t bits)
{
	return bits & ITEM_HIGHESTMODSEQ;
}

bool imap_status_wants_recent(uint32_t bits)
{
	return bits & ITEM_RECENT;
}

bool imap_status_wants_deleted_bytes(uint32_t bits)
{
	return bits & ITEM_DELETED_STORAGE;
}

/* STATUS (RFC 3501 section 6.3.10). */
enum imap_next imap_cmd_status(struct imap_cmd *c)
{
	struct imap_parser *p = &c->in;
	struct store_mailbox_get_req q = { .grant = c->state->grant };
	struct store_mailbox_get_res r;
	struct str raw;
	uint32_t bits = 0;
	enum err e;

	if (!imap_parser_space(p) || !imap_parser_astring(p, &raw) || !imap_parser_space(p) ||
	    !imap_status_parse(p, &bits) || !imap_parser_end(p))
		return imap_reply_bad(c);
	if (imap_name_from_client(c, raw, &q.name))
		return imap_name_refuse(c);
	q.wants_deleted_bytes = imap_status_wants_deleted_bytes(bits);
	e = store_mailbox_get(c->store, c->a, &q, &r);
	if (e)
		return imap_reply_err(c, e);
	if (r.mailbox.is_noselect)
		return imap_reply_no(c, "NONEXISTENT", "This is only a level of the hierarchy.");
	if (imap_status_wants_modseq(bits))
		imap_sync_enable_modseq(c);
	r.mailbox.name = q.name;
	imap_status_write(c, &r.mailbox, bits);
	return imap_reply_ok(c, NULL, "STATUS done.");
}
