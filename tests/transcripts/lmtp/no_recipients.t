# RFC 2033 section 4.2: DATA without recipients is 503
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org LMTP *
C: LHLO front.example.org
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<x@example.net>
S: 250 2.1.0 *
C: RCPT TO:<nobody@example.org>
S: 550 5.1.1 *
C: DATA
S: 503 5.5.1 *
C: BDAT 3 LAST
C> abc
S: 503 5.5.1 *
C: QUIT
S: 221 2.0.0 *
closed
