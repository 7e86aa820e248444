# Passwords are octets
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
account  odd@example.org password=p&s\x22w\\rd\xe3\x81\x82
protocol submission
listener tls=implicit
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: AUTH PLAIN AG9kZEBleGFtcGxlLm9yZwBwJnMid1xyZOOBgg==
S: 235 2.7.0 *
C: QUIT
S: 221 2.0.0 *
closed
