# A message that is refused is refused once for each recipient
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
account  bob@example.org
S: 220 mx.example.org LMTP *
C: LHLO front.example.org
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<bob@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C> a\nb\r\n.\r\n
S: 554 5.6.0 *
S: 554 5.6.0 *
none
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<bob@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Subject: x
store down
C: .
S: 451 4.3.0 *
S: 451 4.3.0 *
store up
C: QUIT
S: 221 2.0.0 *
closed
