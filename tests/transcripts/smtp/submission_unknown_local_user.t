# One of ours that does not exist is refused, not queued
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
C: MAIL FROM:<ann@example.org>
S: 250 2.1.0 *
C: RCPT TO:<nobody@example.org>
S: 550 5.1.1 *
queued 0
C: QUIT
S: 221 2.0.0 *
closed
