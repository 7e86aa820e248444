# BDAT with everything pipelined behind it
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C> MAIL FROM:<bob@example.net> BODY=8BITMIME\r\nRCPT TO:<ann@example.org>\r\nBDAT 15 LAST\r\nSubject: a\r\n\r\nbQUIT\r\n
S: 250 2.1.0 *
S: 250 2.1.5 *
S: 250 2.0.0 *
S: 221 2.0.0 *
closed
exists ann@example.org INBOX 1
