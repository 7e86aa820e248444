# A line that comes drop by drop does not hold the connection
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
clock +200s
C> EHL
clock +99s
C> O
none
clock +1s
S: 421 4.4.2 *
closed
