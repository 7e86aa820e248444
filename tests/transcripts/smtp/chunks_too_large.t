# A chunk over the limit is refused once, the rest of them are out of order
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
config   limits { message_max = 10000 }
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: BDAT 11000
C* 1000 0123456789\n
S: 552 5.3.4 *
C: BDAT 4
C> more
S: 503 5.5.1 *
C: BDAT 4 LAST
C> more
S: 503 5.5.1 *
C: RSET
S: 250 2.0.0 *
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: BDAT 8800
C* 800 0123456789\n
S: 250 2.0.0 *
C: BDAT 8800
C* 800 0123456789\n
S: 552 5.3.4 *
C: BDAT 4 LAST
C> more
S: 503 5.5.1 *
C: RSET
S: 250 2.0.0 *
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
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
