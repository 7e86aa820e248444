# Wrong passwords, unknown mechanisms, broken base64
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
protocol submission
listener tls=implicit
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwB3cm9uZw==
S: 535 5.7.8 *
C: AUTH PLAIN AG5vYm9keUBleGFtcGxlLm9yZwBzZWNyZXQ=
S: 535 5.7.8 *
C: AUTH FROB
S: 504 5.5.4 *
C: AUTH PLAIN !!!
S: 501 5.5.2 *
C: AUTH PLAIN YQ==
S: 501 5.5.2 *
C: AUTH
S: 501 5.5.4 *
C: AUTH LOGIN
S: 334 *
C: !!!
S: 501 5.5.2 *
C: MAIL FROM:<ann@example.org>
S: 530 5.7.0 *
C: QUIT
S: 221 2.0.0 *
closed
