# XCLIENT from anywhere else is refused and not offered
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
listener xclient=198.51.100.0/24
S: 220 mx.example.org ESMTP *
C: EHLO x
S: 250-mx.example.org
S: 250-PIPELINING
S: 250-SIZE *
S: 250-ENHANCEDSTATUSCODES
S~ 250 HELP
C: XCLIENT ADDR=198.51.100.1
S: 550 5.7.0 *
C: QUIT
S: 221 2.0.0 *
closed
