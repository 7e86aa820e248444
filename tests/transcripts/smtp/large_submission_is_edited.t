# A large message that lacks fields gets them, too
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
protocol submission
listener tls=implicit
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: 235 2.7.0 *
C: MAIL FROM:<ann@example.org>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Bcc: secret@example.net
C: Subject: large
C:
C* 20000 0123456789012345678901234567890123456789\r\n
C: .
S: 250 2.0.0 *
stored ann@example.org
M! Bcc:*
M~ Date: *
M: Message-ID: *
M: From: <ann@example.org>
M: Subject: large
M:
M: 0123456789012345678901234567890123456789
C: QUIT
S: 221 2.0.0 *
closed
