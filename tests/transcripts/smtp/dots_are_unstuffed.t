# RFC 5321 section 4.5.2: dot-stuffing
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Subject: dots
C:
C: ..
C: ..a
C: ...
C: .b
C: c.
C: .
S: 250 2.0.0 *
stored ann@example.org
M~ Subject: dots
M:
M: .
M: .a
M: ..
M: b
M: c.
M.
C: QUIT
S: 221 2.0.0 *
closed
