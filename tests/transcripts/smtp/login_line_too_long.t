# RFC 4954 section 4: a line of a log-in has its limit; the next command is heard
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
config   smtp { line_max = 2K }
protocol submission
listener tls=implicit
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: AUTH PLAIN
S: 334 
C* 13000 a
C> \r\n
S: 500 5.5.6 *
C: NOOP
S: 250 2.0.0 *
C: QUIT
S: 221 2.0.0 *
closed
