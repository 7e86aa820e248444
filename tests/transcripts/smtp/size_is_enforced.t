# A message that is too large is read to its end and refused there
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
config   limits { message_max = 10000 }
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
C* 1000 0123456789\r\n
C: .
S: 552 5.3.4 *
exists ann@example.org INBOX 0
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Subject: as large as it may be
C:
C* 780 0123456789\r\n
C: .
S: 250 2.0.0 *
C: QUIT
S: 221 2.0.0 *
closed
