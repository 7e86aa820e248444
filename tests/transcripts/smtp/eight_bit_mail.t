# RFC 6152: BODY=8BITMIME; 8-bit octets are taken without it, too
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
C: DATA
S: 354 *
C> Subject: x\r\n\r\n\xe3\x81\x82\xff\r\n.\r\n
S: 250 2.0.0 *
C: MAIL FROM:<bob@example.net> BODY=7BIT
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C> Subject: x\r\n\r\n\x80\r\n.\r\n
S: 250 2.0.0 *
C: MAIL FROM:<bob@example.net> BODY=9BIT
S: 501 5.5.4 *
C: QUIT
S: 221 2.0.0 *
closed
