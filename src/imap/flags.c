#include "src/imap/session_priv.h"

/* Keywords that clients want to see in FLAGS before anybody has used them. */
static const char *const usual_keywords[] = { "$Forwarded", "$MDNSent", "$Junk", "$NotJunk" };

enum {
	N_USUAL = sizeof usual_keywords / sizeof usual_keywords[0]
};

static bool is_usual(struct str name)
{
	for (size_t i = 0; i < N_USUAL; i++) {
		if (str_ieq(name, str_c(usual_keywords[i])))
			return true;
	}
	return false;
}

static void write_names(struct imap_cmd *c, const struct store_keyword *keywords, size_t n)
{
	imap_out_c(&c->out, "(\\Answered \\Flagged \\Deleted \\Seen \\Draft");
	for (size_t i = 0; i < N_USUAL; i++) {
		imap_out_byte(&c->out, ' ');
		imap_out_c(&c->out, usual_keywords[i]);
	}
	for (size_t i = 0; i < n; i++) {
		if (is_usual(keywords[i].name))
			continue;
		imap_out_byte(&c->out, ' ');
		imap_out_str(&c->out, keywords[i].name);
	}
}

void imap_flags_tell(struct imap_cmd *c, const struct store_keyword *keywords, size_t n)
{
	imap_out_c(&c->out, "* FLAGS ");
	write_names(c, keywords, n);
	imap_out_c(&c->out, ")\r\n* OK [PERMANENTFLAGS ");
	if (c->state->mailbox.is_readonly) {
		imap_out_c(&c->out, "()] No flag can be changed here.\r\n");
		return;
	}
	write_names(c, keywords, n);
	imap_out_c(&c->out, " \\*)] Flags are kept.\r\n");
}

void imap_flags_tell_younger(struct imap_cmd *c, const struct store_keyword *keywords, size_t n,
                             uint64_t told)
{
	uint64_t before = c->state->mailbox.keywords_told;
	bool is_news = false;

	if (told <= before)
		return;
	/* Keywords come in the order of their age. */
	for (size_t i = before < n ? (size_t)before : n; i < n; i++)
		is_news |= !is_usual(keywords[i].name);
	c->state->mailbox.keywords_told = told;
	if (is_news)
		imap_flags_tell(c, keywords, n);
}
