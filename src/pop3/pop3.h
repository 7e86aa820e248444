/*
 * POP3, the server's side: RFC 1939 with CAPA and response codes (RFC 2449, RFC 3206), STLS (RFC
 * 2595), SASL (RFC 5034), UTF8 and LANG (RFC 6856); APOP where it is switched on. A session_class
 * for whatever drives sessions; see net/session.h.
 */
#ifndef TAYORI_POP3_POP3_H
#define TAYORI_POP3_POP3_H

struct session_class;

extern const struct session_class pop3_session_class;

#endif
