# RFC 5321 section 4.5.3.2: silence ends the connection
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
clock +299s
none
C: NOOP
S: 250 2.0.0 *
clock +299s
none
clock +1s
S: 421 4.4.2 mx.example.org *
closed
