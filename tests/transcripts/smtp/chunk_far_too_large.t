# Nobody can make the server read for ever
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
C: BDAT 9223372036854775807
S: 552 5.3.4 *
closed
