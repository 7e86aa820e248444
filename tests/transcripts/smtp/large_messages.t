# A message far over what stays in memory comes out as it went in
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
C: Subject: large
C:
C* 20000 0123456789012345678901234567890123456789\r\n
C> ..end\r\n.\r\n
S: 250 2.0.0 *
stored ann@example.org
M~ Subject: large
M:
M: 0123456789012345678901234567890123456789
M~ .end
M.
C: QUIT
S: 221 2.0.0 *
closed
