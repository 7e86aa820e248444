#include "src/pop3/maildrop_priv.h"
#include "src/pop3/number_priv.h"
#include "src/pop3/session_priv.h"

bool pop3_number_take(struct pop3_session *p, struct str arg, struct pop3_entry *e_r)
{
	uint64_t number;

	if (!str_to_u64(arg, UINT64_MAX, &number)) {
		pop3_reply_bad(p, POP3_SAY_NUMBER_WANTED);
		return false;
	}
	if (!pop3_maildrop_get(p->mail->drop, number, e_r)) {
		pop3_reply_no(p, NULL, POP3_SAY_NO_MESSAGE);
		return false;
	}
	if (e_r->is_deleted) {
		pop3_reply_no(p, NULL, POP3_SAY_MESSAGE_IS_DELETED);
		return false;
	}
	return true;
}
