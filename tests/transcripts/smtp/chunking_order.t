# RFC 3030: what may not stand beside BDAT; a refused chunk is read all the same
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: BDAT 6
C> NOOP\r\n
S: 503 5.5.1 *
none
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: BDAT 6 LAST
C> NOOP\r\n
S: 503 5.5.1 *
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<nobody@example.org>
S: 550 5.1.1 *
C: BDAT 6 LAST
C> NOOP\r\n
S: 554 5.5.1 *
C: RSET
S: 250 2.0.0 *
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: BDAT 5
C> hello
S: 250 2.0.0 *
C: RCPT TO:<ann@example.org>
S: 503 5.5.1 *
C: MAIL FROM:<bob@example.net>
S: 503 5.5.1 *
C: DATA
S: 503 5.5.1 *
C: RSET
S: 250 2.0.0 *
C: BDAT 5 LAST
C> hello
S: 503 5.5.1 *
exists ann@example.org INBOX 0
C: QUIT
S: 221 2.0.0 *
closed
