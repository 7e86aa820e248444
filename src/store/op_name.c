/*
 * Mailbox names: levels of UTF-8 text separated by "/".
 */
#include <string.h>

#include "src/base/arena.h"
#include "src/mail/charset.h"
#include "src/store/op_mail_priv.h"

/* C0, DEL and C1 controls, and the line and paragraph separators, which no client can show in a
 * list. */
static bool has_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
		if (s.p[i] == 0xc2 && i + 1 < s.n && s.p[i + 1] < 0xa0)
			return true;
		if (s.p[i] == 0xe2 && i + 2 < s.n && s.p[i + 1] == 0x80 &&
		    (s.p[i + 2] == 0xa8 || s.p[i + 2] == 0xa9))
			return true;
	}
	return false;
}

enum err op_name_normal(struct op *op, struct str name, struct str *normal_r)
{
	size_t levels = 1;

	if (name.n <= OP_NAME_MAX_BYTES && (!str_is_utf8(name) || has_control(name)))
		return err_set(op->info, ERR_INVALID, "a mailbox name is UTF-8 without controls");
	/* Letters with marks have two spellings that look the same; one of them is kept (RFC 5198).
	 */
	if (name.n <= OP_NAME_MAX_BYTES && !str_is_ascii(name))
		name = mail_charset_nfc(op->scratch, name);
	if (!name.n || name.n > OP_NAME_MAX_BYTES)
		return err_set(op->info, ERR_INVALID, "a mailbox name has 1 to %d octets",
		               OP_NAME_MAX_BYTES);
	if (name.p[0] == '/' || name.p[name.n - 1] == '/' || str_search(name, STR("//")) >= 0)
		return err_set(op->info, ERR_INVALID, "a mailbox name has an empty level");
	for (size_t i = 0; i < name.n; i++)
		levels += name.p[i] == '/';
	if (levels > OP_NAME_MAX_LEVELS)
		return err_set(op->info, ERR_INVALID, "a mailbox name has at most %d levels",
		               OP_NAME_MAX_LEVELS);
	/* INBOX is the same in any case (RFC 3501 section 5.1), so below it, too. */
	if (str_ieq(name, STR("INBOX"))) {
		*normal_r = STR("INBOX");
	} else if (str_istarts(name, STR("INBOX/"))) {
		struct str below = str_from(name, strlen("INBOX"));

		*normal_r = str_printf(op->scratch, "INBOX%.*s", STR_ARG(below));
	} else {
		*normal_r = name;
	}
	return ERR_OK;
}

enum err op_name_new(struct op *op, struct str name, struct str *normal_r)
{
	uint32_t max = op_limit_get(op, OP_LIMIT_NAME_BYTES);

	OP_TRY(op_name_normal(op, name, normal_r));
	if (name.n > max)
		return err_set(op->info, ERR_LIMIT, "a mailbox name has at most %u octets", max);
	return ERR_OK;
}
