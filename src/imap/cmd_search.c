/*
 * SEARCH and UID SEARCH (RFC 3501 and RFC 9051 section 6.4.4), with the results of RFC 4731, RFC
 * 5182 and RFC 9394.
 */
#include "src/imap/search_priv.h"

enum imap_next imap_cmd_search(struct imap_cmd *c)
{
	struct imap_search s = { 0 };
	struct imap_return wanted;
	struct imap_found found;
	bool wants_first;
	enum err e;

	if (!imap_return_parse(c, &wanted) || !imap_search_parse(c, STR(""), &s))
		return imap_reply_bad(c);
	if (s.is_charset_unknown)
		return imap_search_no_charset(c, &wanted);
	if (s.has_modseq)
		imap_sync_enable_modseq(c);
	wants_first = wanted.is_extended &&
	              (wanted.options & ~(uint32_t)IMAP_RETURN_SAVE) == IMAP_RETURN_MIN;
	e = s.err;
	if (!e)
		e = imap_search_run(c, &s, wants_first, &found);
	return e ? imap_search_fail(c, &wanted, e) : imap_search_answer(c, &s, &wanted, &found);
}
