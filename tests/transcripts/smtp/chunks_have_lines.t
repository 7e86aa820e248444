# Without BINARYMIME a chunk is text: bare LF, CR and NUL are refused
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<bob@example.net> BODY=8BITMIME
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: BDAT 4 LAST
C> a\nb\n
S: 554 5.6.0 *
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: BDAT 2 LAST
C> a\r
S: 554 5.6.0 *
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: BDAT 4 LAST
C> a\0\r\n
S: 554 5.6.0 *
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: BDAT 2
C> a\r
S: 250 2.0.0 *
C: BDAT 1 LAST
C> \n
S: 250 2.0.0 *
C: QUIT
S: 221 2.0.0 *
closed
