#include "src/base/arena.h"
#include "src/config/config.h"
#include "src/imap/session_priv.h"
#include "src/mail/charset.h"
#include "src/mail/utf7.h"

/*
 * Names inside the store have "/" between levels. With the separator "." clients see "." there, and
 * the two octets simply change places: a "/" that a client puts into a name is kept as "." and the
 * other way round. The mapping is its own inverse, so no name is lost and none has two forms.
 */
static struct str swap_separators(struct imap_cmd *c, struct str name)
{
	unsigned char separator = imap_name_separator(c);
	unsigned char *copy;

	if (separator == '/' || (str_find(name, '/') < 0 && str_find(name, separator) < 0))
		return name;
	copy = arena_alloc(c->a, name.n);
	for (size_t i = 0; i < name.n; i++)
		copy[i] = name.p[i] == '/' ? separator : name.p[i] == separator ? '/' : name.p[i];
	return str_make(copy, name.n);
}

unsigned char imap_name_separator(const struct imap_cmd *c)
{
	return c->config->imap.hierarchy_separator[0] == '.' ? '.' : '/';
}

/* INBOX in any letter case is INBOX, also as the first level (RFC 3501 section 5.1). */
static struct str fold_inbox(struct imap_cmd *c, struct str name)
{
	struct str inbox = STR("INBOX");

	if (!str_istarts(name, inbox) || str_starts(name, inbox))
		return name;
	if (name.n == inbox.n)
		return inbox;
	if (name.p[inbox.n] != '/')
		return name;
	return str_printf(c->a, "INBOX%.*s", STR_ARG(str_from(name, inbox.n)));
}

bool imap_name_is_utf8(const struct imap_cmd *c)
{
	return c->state->enabled & (IMAP_ENABLED_REV2 | IMAP_ENABLED_UTF8);
}

/* RFC 9051 section 5.1: names are Net-Unicode, so there is one form of each, whoever wrote it. */
enum err imap_name_from_client(struct imap_cmd *c, struct str raw, struct str *name_r)
{
	struct str name = raw;

	if (raw.n == 0)
		return ERR_INVALID;
	if (imap_name_is_utf8(c) ? !str_is_utf8(raw) : mail_utf7_decode(c->a, raw, &name) != 0)
		return ERR_INVALID;
	if (!str_is_ascii(name))
		name = mail_charset_nfc(c->a, name);
	*name_r = fold_inbox(c, swap_separators(c, name));
	return ERR_OK;
}

enum imap_next imap_name_refuse(struct imap_cmd *c)
{
	return imap_reply_no(c, "CANNOT",
	                     imap_name_is_utf8(c)
	                             ? "This is no mailbox name in UTF-8 (RFC 9051 5.1)."
	                             : "This is no mailbox name in modified UTF-7 (RFC 3501 "
	                               "5.1.3).");
}

struct str imap_name_to_client(struct imap_cmd *c, struct str name)
{
	struct str utf7;

	if (imap_name_is_utf8(c))
		return swap_separators(c, name);
	/* The store keeps well-formed UTF-8 only; should it ever not, the name as it is is the best
	 * we have. */
	if (mail_utf7_encode(c->a, swap_separators(c, name), &utf7))
		return name;
	return utf7;
}
