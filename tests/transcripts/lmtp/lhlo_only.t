# RFC 2033 section 4.1: neither HELO nor EHLO
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org LMTP *
C: HELO x
S: 500 5.5.2 *
C: EHLO x
S: 500 5.5.2 *
C: MAIL FROM:<x@example.net>
S: 503 5.5.1 Send LHLO first
C: LHLO
S: 501 5.5.4 *
C: LHLO front.example.org
S: 250-mx.example.org
S~ 250 HELP
C: QUIT
S: 221 2.0.0 *
closed
