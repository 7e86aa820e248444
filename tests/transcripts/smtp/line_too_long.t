# A command line beyond the limit is refused, the next one is heard
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
config   smtp { line_max = 2K }
S: 220 mx.example.org ESMTP *
C* 3000 x
C>  end\r\n
S: 500 5.5.2 *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: QUIT
S: 221 2.0.0 *
closed
