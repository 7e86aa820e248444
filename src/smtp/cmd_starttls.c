#include "src/config/config.h"
#include "src/smtp/smtp_priv.h"

bool smtp_starttls_is_offered(const struct session *s)
{
	return s->listener->tls == CONFIG_TLS_STARTTLS && s->tls &&
	       !stream_tls_info(s->stream).is_tls;
}

/* RFC 3207: what was said before is forgotten, and what was sent along with the command is thrown
 * away. */
enum session_next smtp_cmd_starttls(struct session *s, struct str args)
{
	(void)args;
	if (stream_tls_info(s->stream).is_tls)
		return smtp_reply_error(s, 503, "5.5.1", "TLS is already active");
	if (s->listener->tls != CONFIG_TLS_STARTTLS)
		return smtp_reply_error(s, 502, "5.5.1", "Command not implemented");
	if (!s->tls) {
		smtp_reply_format(s, 454, "4.7.0", "TLS is not available now");
		return SESSION_AGAIN;
	}
	smtp_session_reset(s);
	smtp_reply_format(s, 220, "2.0.0", "Ready to start TLS");
	stream_discard_input(s->stream);
	return SESSION_STARTTLS;
}
