/*
 * SMTP in: the MX (RFC 5321), submission (RFC 6409) and LMTP (RFC 2033), one class for the three.
 *
 * listener->protocol says which one is spoken. `tls` decides about STARTTLS (RFC 3207) and log-in;
 * implicit TLS needs nothing from here. What a session promises with 250 after the message is the
 * store's promise: committed, flushed, and visible in the mailbox, or a row in the queue.
 *
 * Policies that the RFCs leave open:
 *  - Line ends are CRLF, nothing else. A message ends at CRLF "." CRLF only; one with a bare CR or
 * LF is read to that end and refused (554 5.6.0), so no two servers can disagree about where it
 * ends (SMTP smuggling). BDAT with BODY=BINARYMIME may hold any octet.
 *  - NUL: refused in commands (500 5.5.2) and in messages (554 5.6.0) except under BODY=BINARYMIME.
 * RFC 5322 forbids it and IMAP cannot carry it; Cyrus answers the same.
 *  - Lines of a message may be longer than 998 octets; the message size is the limit.
 *  - 8-bit content is taken without BODY=8BITMIME, and recorded as such.
 *  - A path may come with a blank before "<" and without its brackets, as printers and scanners
 * send it.
 *  - Whoever speaks before the greeting of the MX is refused (554 5.5.0), as postscreen does.
 *  - Recipients refused do not count as errors: one dead address must not end a list's connection.
 *  - XCLIENT LOGIN is shown in the trace and in logs, but grants nothing: only the store grants.
 */
#ifndef TAYORI_SMTP_SMTP_H
#define TAYORI_SMTP_SMTP_H

#include "src/net/session.h"

extern const struct session_class smtp_session_class;

#endif
