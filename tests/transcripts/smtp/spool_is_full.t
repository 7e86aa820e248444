# Many large messages at once: 452 when the spool is used up
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
spool    16000
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
C* 4000 0123456789\r\n
C: .
S: 452 4.3.1 *
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Subject: hello
C: 
C: Hello Ann.
C: .
S: 250 2.0.0 Ok: delivered as *
exists ann@example.org INBOX 1
C: QUIT
S: 221 2.0.0 *
closed
