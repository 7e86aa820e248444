# An alias that leads elsewhere takes mail from strangers into the queue; relaying is refused all the same
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
alias    away@example.org ann@example.net
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<away@example.org>
S: 250 2.1.5 *
C: RCPT TO:<ann@example.net>
S: 550 5.7.1 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Subject: hello
C: 
C: Hello Ann.
C: .
S: 250 2.0.0 Ok: queued as *
queued 1
exists ann@example.org INBOX 1
C: QUIT
S: 221 2.0.0 *
closed
