#include "src/imap/session_priv.h"

static const struct {
	const char *name;
	uint32_t bit;
	uint32_t bits; /* with what it brings along */
} extensions[] = {
	{ "CONDSTORE", IMAP_ENABLED_CONDSTORE, IMAP_ENABLED_CONDSTORE },
	/* RFC 7162 section 3.2.3: QRESYNC is CONDSTORE and more. */
	{ "QRESYNC", IMAP_ENABLED_QRESYNC, IMAP_ENABLED_QRESYNC | IMAP_ENABLED_CONDSTORE },
	{ "IMAP4rev2", IMAP_ENABLED_REV2, IMAP_ENABLED_REV2 },
	{ "UTF8=ACCEPT", IMAP_ENABLED_UTF8, IMAP_ENABLED_UTF8 },
};

enum {
	N_EXTENSIONS = sizeof extensions / sizeof extensions[0]
};

/* ENABLE (RFC 5161). Names we do not know are ignored, and told by their absence. */
enum imap_next imap_cmd_enable(struct imap_cmd *c)
{
	struct imap_parser *p = &c->in;
	uint32_t wanted = 0, bits = 0;

	do {
		struct str name;

		if (!imap_parser_space(p) || !imap_parser_atom(p, &name))
			return imap_reply_bad(c);
		for (size_t i = 0; i < N_EXTENSIONS; i++) {
			if (!str_ieq(name, str_c(extensions[i].name)))
				continue;
			wanted |= extensions[i].bit;
			bits |= extensions[i].bits;
		}
	} while (imap_parser_peek(p, ' '));
	if (!imap_parser_end(p))
		return imap_reply_bad(c);
	imap_out_c(&c->out, "* ENABLED");
	for (size_t i = 0; i < N_EXTENSIONS; i++) {
		if (!(wanted & extensions[i].bit & ~c->state->enabled))
			continue;
		imap_out_byte(&c->out, ' ');
		imap_out_c(&c->out, extensions[i].name);
	}
	imap_out_c(&c->out, "\r\n");
	if (bits & IMAP_ENABLED_CONDSTORE)
		imap_sync_enable_modseq(c);
	c->state->enabled |= bits;
	c->out.takes_utf8 = imap_name_is_utf8(c);
	return imap_reply_ok(c, NULL, "ENABLE done.");
}
