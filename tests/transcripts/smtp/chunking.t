# RFC 3030: BDAT, octets as they are, dots and all
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: BDAT 19
C> Subject: chunk\r\n\r\n.
S: 250 2.0.0 19 octets received
C: BDAT 0
S: 250 2.0.0 0 octets received
C: BDAT 7 LAST
C> \r\n..\r\nz
S: 250 2.0.0 Ok: *
stored ann@example.org
M~ Subject: chunk
M:
M: .
M: ..
M: z
M.
C: QUIT
S: 221 2.0.0 *
closed
