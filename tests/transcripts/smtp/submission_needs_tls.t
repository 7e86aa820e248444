# Passwords cross the wire under TLS only
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
protocol submission
listener tls=starttls
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S~ 250-STARTTLS
S~ 250 HELP
C: MAIL FROM:<ann@example.org>
S: 530 5.7.0 Issue STARTTLS first
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: 538 5.7.11 *
C: STARTTLS
S: 220 2.0.0 *
starttls
C: EHLO client.example.net
S~ 250-AUTH *PLAIN*
S~ 250 HELP
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: 235 2.7.0 *
C: MAIL FROM:<ann@example.org>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: From: ann@example.org
C: 
C: x
C: .
S: 250 2.0.0 Ok: delivered as *
C: QUIT
S: 221 2.0.0 *
closed
