# RFC 3030 section 3: BINARYMIME is octets, only by BDAT
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<bob@example.net> BODY=BINARYMIME
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 503 5.5.1 *
C: BDAT 43 LAST
C> Content-Transfer-Encoding: binary\r\n\r\na\0\n\rb\n
S: 250 2.0.0 *
exists ann@example.org INBOX 1
C: QUIT
S: 221 2.0.0 *
closed
