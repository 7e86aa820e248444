# Without TLS there is no STARTTLS
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: STARTTLS
S: 502 5.5.1 *
C: QUIT
S: 221 2.0.0 *
closed
