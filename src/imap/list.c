#include <string.h>

#include "src/imap/list_priv.h"

/* RFC 6154 section 2, RFC 8457. */
static const struct {
	const char *name;
	uint32_t bit;
} specials[] = {
	{ "All", STORE_SPECIAL_ALL },       { "Archive", STORE_SPECIAL_ARCHIVE },
	{ "Drafts", STORE_SPECIAL_DRAFTS }, { "Flagged", STORE_SPECIAL_FLAGGED },
	{ "Junk", STORE_SPECIAL_JUNK },     { "Sent", STORE_SPECIAL_SENT },
	{ "Trash", STORE_SPECIAL_TRASH },   { "Important", STORE_SPECIAL_IMPORTANT },
};

uint32_t imap_list_find_special(struct str name)
{
	for (size_t i = 0; i < sizeof specials / sizeof specials[0]; i++) {
		if (str_ieq(name, str_c(specials[i].name)))
			return specials[i].bit;
	}
	return 0;
}

const char *imap_list_special_name(uint32_t bit)
{
	for (size_t i = 0; i < sizeof specials / sizeof specials[0]; i++) {
		if (bit == specials[i].bit)
			return specials[i].name;
	}
	return "X-Other";
}

void imap_list_one(struct imap_cmd *c, const struct store_mailbox *m, struct str raw)
{
	struct str name = imap_name_to_client(c, m->name);

	imap_out_c(&c->out, m->has_children ? "* LIST (\\HasChildren" : "* LIST (\\HasNoChildren");
	if (m->is_subscribed)
		imap_out_c(&c->out, " \\Subscribed");
	for (uint32_t bit = 1; bit <= m->special; bit <<= 1) {
		if (!(m->special & bit))
			continue;
		imap_out_c(&c->out, " \\");
		imap_out_c(&c->out, imap_list_special_name(bit));
	}
	imap_out_c(&c->out, imap_name_separator(c) == '.' ? ") \".\" " : ") \"/\" ");
	imap_out_astring(&c->out, name);
	if (!str_eq(name, raw)) {
		imap_out_c(&c->out, " (\"OLDNAME\" (");
		imap_out_string(&c->out, raw);
		imap_out_c(&c->out, "))");
	}
	imap_out_c(&c->out, "\r\n");
}
