# A locked or moving account is 450, not "no such user"
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
account  eve@example.org state=locked
account  max@example.org state=moving
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<eve@example.org>
S: 450 4.2.1 *
C: RCPT TO:<max@example.org>
S: 450 4.2.1 *
C: QUIT
S: 221 2.0.0 *
closed
