#include "src/base/arena.h"
#include "src/config/config.h"
#include "src/imap/session_priv.h"
#include "src/net/stream.h"
#include "src/sasl/login.h"
#include "src/sasl/mechanism.h"

void imap_capability_write(struct imap_cmd *c)
{
	imap_out_c(&c->out, "CAPABILITY IMAP4rev1 IMAP4rev2 ");
	imap_out_c(&c->out, c->config->imap.literal_plus ? "LITERAL+" : "LITERAL-");
	imap_out_c(&c->out, " SASL-IR ID ENABLE IDLE NAMESPACE");
	if (c->state->phase == IMAP_PHASE_NEW) {
		struct arena *a = arena_new(c->session->scratch);

		if (c->session->tls && !stream_tls_info(c->stream).is_tls)
			imap_out_c(&c->out, " STARTTLS");
		if (!sasl_login_allows_plaintext(c->session))
			imap_out_c(&c->out, " LOGINDISABLED");
		imap_out_str(&c->out, sasl_mechanism_list(c->session, a, " AUTH="));
		arena_free(&a);
		return;
	}
	/* Mailboxes, then messages, then searching, then limits. */
	imap_out_c(&c->out,
	           " CHILDREN LIST-EXTENDED LIST-STATUS SPECIAL-USE CREATE-SPECIAL-USE STATUS=SIZE"
	           " UNSELECT UIDPLUS MULTIAPPEND MOVE BINARY CONDSTORE QRESYNC UTF8=ACCEPT"
	           " OBJECTID SAVEDATE PREVIEW ESEARCH SEARCHRES WITHIN PARTIAL SORT"
	           " SORT=DISPLAY ESORT THREAD=ORDEREDSUBJECT THREAD=REFERENCES"
	           " QUOTA QUOTA=RES-STORAGE QUOTA=RES-MESSAGE QUOTA=RES-MAILBOX APPENDLIMIT=");
	imap_out_u64(&c->out, c->config->limits.message_max_bytes);
	if (c->config->imap.compress_level > 0 && !stream_is_compressed(c->stream))
		imap_out_c(&c->out, " COMPRESS=DEFLATE");
}
