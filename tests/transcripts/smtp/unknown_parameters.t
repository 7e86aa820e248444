# RFC 5321 section 4.1.1.11: a parameter that nobody offered
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<bob@example.net> FROB=1
S: 555 5.5.4 *
C: MAIL FROM:<bob@example.net> AUTH=<>
S: 555 5.5.4 *
C: MAIL FROM:<bob@example.net> =1
S: 501 5.5.4 *
C: MAIL FROM:<bob@example.net>SIZE=1
S: 501 5.1.7 *
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.org> SIZE=1
S: 555 5.5.4 *
C: DATA
S: 354 *
C: Subject: hello
C: 
C: Hello Ann.
C: .
S: 250 2.0.0 Ok: delivered as *
C: QUIT
S: 221 2.0.0 *
closed
