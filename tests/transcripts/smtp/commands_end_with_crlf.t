# A command with a bare LF, a bare CR or NUL is refused whole
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C> EHLO x\nMAIL FROM:<a@b.c>\r\n
S: 500 5.5.2 *
C> EHLO x\rMAIL FROM:<a@b.c>\r\n
S: 500 5.5.2 *
C> EHLO a\0b\r\n
S: 500 5.5.2 *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: QUIT
S: 221 2.0.0 *
closed
