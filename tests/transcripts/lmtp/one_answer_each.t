# RFC 2033 section 4.2: one answer for each accepted recipient
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
account  bob@example.org
S: 220 mx.example.org LMTP *
C: LHLO front.example.org
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<x@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<nobody@example.org>
S: 550 5.1.1 *
C: RCPT TO:<bob@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Subject: x
C: .
S: 250 2.1.5 <ann@example.org> delivered as *
S: 250 2.1.5 <bob@example.org> delivered as *
S: 250 2.1.5 <ann@example.org> delivered as *
none
exists ann@example.org INBOX 1
exists bob@example.org INBOX 1
stored ann@example.org
M~ *with LMTP id *
C: QUIT
S: 221 2.0.0 *
closed
