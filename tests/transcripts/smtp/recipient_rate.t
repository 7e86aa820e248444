# rcpts_rate_per_user slows one user down, for a minute
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
config   smtp { rcpts_rate_per_user = 2 }
protocol submission
listener tls=implicit
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: 235 2.7.0 *
C: MAIL FROM:<ann@example.org>
S: 250 2.1.0 *
C: RCPT TO:<a@example.net>
S: 250 2.1.5 *
C: RCPT TO:<b@example.net>
S: 250 2.1.5 *
C: RCPT TO:<c@example.net>
S: 450 4.7.1 *
clock +60s
C: RCPT TO:<c@example.net>
S: 250 2.1.5 *
C: QUIT
S: 221 2.0.0 *
closed
