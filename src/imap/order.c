#include "src/base/arena.h"
#include "src/imap/order_priv.h"
#include "src/mail/charset.h"
#include "src/mail/date.h"
#include "src/mail/header.h"
#include "src/mail/subject.h"

enum {
	TEXT_MAX = 4096 /* octets of a field that are looked at */
};

struct mail_envelope imap_order_envelope(const struct store_message *m)
{
	struct mail_envelope e = { 0 };

	mail_envelope_split(m->envelope, &e);
	return e;
}

int64_t imap_order_date(struct arena *a, const struct store_message *m,
                        const struct mail_envelope *e)
{
	int64_t ms;
	int zone;

	if (mail_date_parse(mail_envelope_text(a, e->field[MAIL_ENVELOPE_DATE]), &ms, &zone))
		return m->internaldate_ms;
	return ms;
}

struct str imap_order_subject(struct arena *a, const struct mail_envelope *e, bool *is_reply_r)
{
	struct str text = mail_envelope_text(a, e->field[MAIL_ENVELOPE_SUBJECT]);

	text = mail_subject_base(a, mail_header_decode(a, text, TEXT_MAX), is_reply_r);
	return mail_charset_casemap(a, text);
}

struct str imap_order_address(struct arena *a, struct str list, bool is_display)
{
	struct mail_envelope_address x;
	struct str text;

	if (!mail_envelope_next(a, &list, &x))
		return STR("");
	text = x.mailbox;
	/* The name; without one, or for a group, what stands in its place (RFC 5957 section 4). */
	if (is_display && x.name.n)
		text = x.name;
	else if (is_display && x.has_host)
		text = str_printf(a, "%.*s@%.*s", STR_ARG(str_first(x.mailbox, TEXT_MAX)),
		                  STR_ARG(str_first(x.host, TEXT_MAX)));
	return mail_charset_casemap(a, mail_header_decode(a, text, TEXT_MAX));
}
