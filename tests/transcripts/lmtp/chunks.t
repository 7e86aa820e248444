# BDAT over LMTP: only the last chunk is answered for each recipient
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
account  bob@example.org
S: 220 mx.example.org LMTP *
C: LHLO front.example.org
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<bob@example.org>
S: 250 2.1.5 *
C: BDAT 10
C> Subject: x
S: 250 2.0.0 *
C: BDAT 4 LAST
C> \r\n\r\n
S: 250 2.1.5 <ann@example.org> *
S: 250 2.1.5 <bob@example.org> *
none
C: QUIT
S: 221 2.0.0 *
closed
