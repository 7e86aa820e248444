# RFC 4954 section 5: AUTH= is checked and believed of nobody
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
protocol submission
listener tls=implicit
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: 235 2.7.0 *
C: MAIL FROM:<ann@example.org> AUTH=<>
S: 250 2.1.0 *
C: RSET
S: 250 2.0.0 *
C: MAIL FROM:<ann@example.org> AUTH=ann+40example.org
S: 250 2.1.0 *
C: RSET
S: 250 2.0.0 *
C: MAIL FROM:<ann@example.org> AUTH=a+4
S: 501 5.5.4 *
C: QUIT
S: 221 2.0.0 *
closed
