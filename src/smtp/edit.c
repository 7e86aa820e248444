#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/base/idtext.h"
#include "src/config/config.h"
#include "src/mail/address.h"
#include "src/mail/date.h"
#include "src/mail/header.h"
#include "src/smtp/smtp_priv.h"

enum {
	FROM_MAX = 16
}; /* addresses of From that are looked at */

/* The "From " line of an mbox file that was sent along with the message. */
static bool is_mbox_line(struct str text)
{
	return str_starts(text, STR("From ")) || str_starts(text, STR(">From "));
}

static struct str skip_mbox_lines(struct str text)
{
	while (is_mbox_line(text)) {
		ptrdiff_t end = str_find(text, '\n');

		text = str_from(text, end < 0 ? text.n : (size_t)end + 1);
	}
	return text;
}

/* Fields that the author's program left in and no recipient may see, or that only a delivery may
 * add. */
static bool is_hidden(struct str name)
{
	return str_ieq(name, STR("Bcc")) || str_ieq(name, STR("Resent-Bcc")) ||
	       str_ieq(name, STR("Return-Path"));
}

/* Does the one who logged in own this address of From? Asked of the store once an address. */
static enum err check_author(struct session *s, const struct mail_address_item *item,
                             bool *is_owner_r)
{
	struct smtp_state *st = smtp_state(s);
	struct mail_address address = { .local = item->local, .domain = item->domain };
	struct store_owns_req q = { .grant = st->grant,
		                    .address = mail_address_format(s->scratch, &address) };
	struct store_owns_res r = { 0 };
	enum err e;

	*is_owner_r = true;
	if (str_eq(q.address, st->txn->sender) || str_eq(q.address, st->user))
		return ERR_OK;
	e = store_owns(s->store, s->scratch, &q, &r);
	if (e == ERR_INVALID)
		e = ERR_OK; /* not even an address: nobody's */
	*is_owner_r = r.is_owner;
	return e;
}

static enum err check_from(struct session *s, struct str value, struct smtp_edit *edit)
{
	struct mail_address_item *item;

	if (!s->config->smtp.submission_owned_senders_only)
		return ERR_OK;
	mail_address_list_parse(s->scratch, value, FROM_MAX, &item);
	for (; item && !edit->not_owned.p; item = item->next) {
		bool is_owner = true;
		enum err e = item->kind == MAIL_ADDRESS_KIND_BOX ? check_author(s, item, &is_owner)
		                                                 : ERR_OK;

		if (e)
			return e;
		if (!is_owner)
			edit->not_owned = str_printf(s->scratch, "%.*s@%.*s", STR_ARG(item->local),
			                             STR_ARG(item->domain));
	}
	return ERR_OK;
}

static enum err examine_field(struct session *s, const struct mail_header_field *field,
                              struct smtp_edit *edit)
{
	if (str_ieq(field->name, STR("Date")))
		edit->has_date = true;
	else if (str_ieq(field->name, STR("Message-ID")))
		edit->has_message_id = true;
	else if (is_hidden(field->name))
		edit->has_hidden = true;
	if (!str_ieq(field->name, STR("From")))
		return ERR_OK;
	edit->has_from = true;
	return check_from(s, field->value, edit);
}

enum err smtp_edit_examine(struct session *s, struct str message, struct smtp_edit *edit_r)
{
	bool is_submission = s->listener->protocol == CONFIG_PROTOCOL_SUBMISSION;
	struct smtp_edit edit = { .has_mbox_line = is_mbox_line(message) };
	struct str content = skip_mbox_lines(message);
	struct mail_header_iter it = { .rest = content };
	struct mail_header_field field;

	while (mail_header_next(&it, &field)) {
		enum err e;

		/* A line that begins with a blank would continue our own field. */
		if (!edit.has_fields && !field.name.n)
			break;
		e = is_submission ? examine_field(s, &field, &edit) : ERR_OK;
		if (e)
			return e;
		edit.has_fields = true;
		if (!is_submission)
			break;
	}
	edit.wants_blank = !edit.has_fields && content.n && !str_starts(content, STR("\r\n"));
	edit.needs_rebuild = edit.wants_blank || edit.has_mbox_line ||
	                     (is_submission && (edit.has_hidden || !edit.has_date ||
	                                        !edit.has_message_id || !edit.has_from));
	*edit_r = edit;
	return ERR_OK;
}

/* What a submission server adds when the author's program did not (RFC 6409 section 8). */
static struct str missing_fields(struct session *s, const struct smtp_edit *edit)
{
	const struct smtp_state *st = smtp_state(s);
	struct buf b = buf_in(s->scratch, 4096);
	int64_t now = clock_wall_ms();
	char id[IDTEXT_SIZE];

	idtext_format(st->txn->id, id);
	if (!edit->has_date)
		(void)!buf_printf(&b, "Date: %.*s\r\n",
		                  STR_ARG(mail_date_format(s->scratch, now, 0)));
	if (!edit->has_message_id)
		(void)!buf_printf(&b, "Message-ID: <%s.%llx@%s>\r\n", id, (unsigned long long)now,
		                  s->config->server.hostname);
	if (!edit->has_from)
		(void)!buf_printf(&b, "From: <%.*s>\r\n",
		                  STR_ARG(st->txn->sender.n ? st->txn->sender : st->user));
	return buf_str(&b);
}

enum err smtp_edit_rebuild(struct session *s, struct str message, const struct smtp_edit *edit,
                           struct smtp_body *out)
{
	bool is_submission = s->listener->protocol == CONFIG_PROTOCOL_SUBMISSION;
	struct str content = skip_mbox_lines(message);
	struct mail_header_iter it = { .rest = content };
	struct mail_header_field field;
	size_t used = 0;
	enum err e = ERR_OK;

	if (is_submission)
		e = smtp_body_add(out, missing_fields(s, edit));
	if (!e && edit->wants_blank)
		e = smtp_body_add(out, STR("\r\n"));
	while (is_submission && !edit->wants_blank && !e && mail_header_next(&it, &field)) {
		used += field.raw.n;
		if (!is_hidden(field.name))
			e = smtp_body_add(out, field.raw);
	}
	return e ? e : smtp_body_add(out, str_from(content, used));
}
