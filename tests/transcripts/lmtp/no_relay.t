# LMTP hands over to our mailboxes only
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org LMTP *
C: LHLO front.example.org
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<x@example.net>
S: 250 2.1.0 *
C: RCPT TO:<bob@example.net>
S: 550 5.7.1 *
C: QUIT
S: 221 2.0.0 *
closed
