# Postfix speaks LMTP like this
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org LMTP *
C: LHLO front.example.org
S: 250-mx.example.org
S~ 250 HELP
C> MAIL FROM:<x@example.net> SIZE=100 BODY=8BITMIME\r\nRCPT TO:<ann@example.org> ORCPT=rfc822;ann@example.org\r\nDATA\r\n
S: 250 2.1.0 *
S: 250 2.1.5 *
S: 354 *
C> Subject: a\r\n\r\nb\r\n.\r\nQUIT\r\n
S: 250 2.1.5 <ann@example.org> *
S: 221 2.0.0 *
closed
