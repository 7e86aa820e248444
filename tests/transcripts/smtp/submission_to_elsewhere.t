# After log-in mail to other domains becomes a row of the queue
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
account  carl@example.org
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
C: RCPT TO:<bob@example.net>
S: 250 2.1.5 *
C: RCPT TO:<carl@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: From: ann@example.org
C: Subject: a
C: 
C: x
C: .
S: 250 2.0.0 Ok: queued as *
queued 1 bob@example.net ann@example.org
exists carl@example.org INBOX 1
C: QUIT
S: 221 2.0.0 *
closed
