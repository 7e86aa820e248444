/*
 * HTTP, the server's side: a small, strict HTTP/1.1 (RFC 9110, RFC 9112) that tells mail clients
 * how to set themselves up. A session_class for whatever drives sessions; see net/session.h.
 *
 * It answers for the hosts and domains of this server only, and the same for every local part: who
 * has an account cannot be learned here.
 */
#ifndef TAYORI_WEB_WEB_H
#define TAYORI_WEB_WEB_H

struct session_class;

extern const struct session_class web_session_class;

#endif
