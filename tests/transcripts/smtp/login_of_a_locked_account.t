# The right password of a locked account is told so
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
account  eve@example.org state=locked
account  max@example.org state=moving
protocol submission
listener tls=implicit
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: AUTH PLAIN AGV2ZUBleGFtcGxlLm9yZwBzZWNyZXQ=
S: 535 5.7.13 *
C: AUTH PLAIN AG1heEBleGFtcGxlLm9yZwBzZWNyZXQ=
S: 454 4.7.0 *
C: QUIT
S: 221 2.0.0 *
closed
