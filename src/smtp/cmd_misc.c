#include "src/smtp/smtp_priv.h"

static const struct smtp_reply ok = { 250, "2.0.0", "Ok" };

enum session_next smtp_cmd_rset(struct session *s, struct str args)
{
	(void)args;
	smtp_transaction_end(s);
	smtp_reply_send(s, &ok);
	return SESSION_AGAIN;
}

enum session_next smtp_cmd_noop(struct session *s, struct str args)
{
	(void)args;
	smtp_reply_send(s, &ok);
	return SESSION_AGAIN;
}

enum session_next smtp_cmd_help(struct session *s, struct str args)
{
	(void)args;
	stream_write_c(s->stream, "214-2.0.0 EHLO HELO LHLO MAIL RCPT DATA BDAT RSET NOOP QUIT\r\n"
	                          "214 2.0.0 AUTH STARTTLS VRFY HELP\r\n");
	return SESSION_AGAIN;
}

/* Whether a user exists is told at RCPT only, where it is counted (RFC 5321 section 7.3). */
enum session_next smtp_cmd_vrfy(struct session *s, struct str args)
{
	if (!args.n)
		return smtp_reply_error(s, 501, "5.5.4", "Syntax: VRFY address");
	smtp_reply_send(
		s, &(struct smtp_reply){
			   252, "2.5.0",
			   "Cannot verify it, but will take a message and try to deliver it" });
	return SESSION_AGAIN;
}

enum session_next smtp_cmd_expn(struct session *s, struct str args)
{
	(void)args;
	return smtp_reply_error(s, 502, "5.7.0", "Lists are not expanded");
}

enum session_next smtp_cmd_quit(struct session *s, struct str args)
{
	(void)args;
	smtp_reply_send(s, &(struct smtp_reply){ 221, "2.0.0", "Bye" });
	s->close_reason = "quit";
	s->is_leaving = true;
	return SESSION_CLOSE;
}

/* RFC 821's TURN and SEND family, ETRN (RFC 1985): known, and not for us. */
enum session_next smtp_cmd_obsolete(struct session *s, struct str args)
{
	(void)args;
	return smtp_reply_error(s, 502, "5.5.1", "Command not implemented");
}

/*
 * Words of HTTP: a browser or proxy was made to speak to a mail port. What follows must not be read
 * as commands.
 */
enum session_next smtp_cmd_foreign(struct session *s, struct str args)
{
	(void)args;
	return smtp_reply_goodbye(s, "4.7.0", "This is a mail server", "spoke HTTP");
}
