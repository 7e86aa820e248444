# RFC 5321 section 4.1.4: the order of commands
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: MAIL FROM:<bob@example.net>
S: 503 5.5.1 Send EHLO first
C: RCPT TO:<ann@example.org>
S: 503 5.5.1 *
C: DATA
S: 503 5.5.1 *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: RCPT TO:<ann@example.org>
S: 503 5.5.1 Send MAIL first
C: DATA
S: 503 5.5.1 *
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: MAIL FROM:<eve@example.net>
S: 503 5.5.1 *
C: DATA
S: 554 5.5.1 No valid recipients
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: LHLO x
S: 500 5.5.2 *
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
