# Mail to other domains needs a log-in: this is no open relay
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<ann@example.org>
S: 250 2.1.0 *
C: RCPT TO:<bob@example.net>
S: 550 5.7.1 *
C: RCPT TO:<"bob@example.net"@example.org>
S: 550 5.1.1 *
C: RCPT TO:<bob%example.net@example.org>
S: 550 5.1.1 *
C: RCPT TO:<@example.org:bob@example.net>
S: 550 5.7.1 *
C: RCPT TO:<bob@[192.0.2.9]>
S: 550 5.7.1 *
C: RCPT TO:<bob@example.net@example.org>
S: 501 5.1.3 *
C: DATA
S: 554 5.5.1 *
queued 0
C: QUIT
S: 221 2.0.0 *
closed
