# Lines far over 998 octets are taken, as real mail has them
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
C: Subject: long
C:
C* 2000000 x
C> \r\n.\r\n
S: 250 2.0.0 *
exists ann@example.org INBOX 1
C: QUIT
S: 221 2.0.0 *
closed
