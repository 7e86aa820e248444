# RFC 6409 section 4.3: nothing is taken before the log-in
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
protocol submission
listener tls=implicit
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<ann@example.org>
S: 530 5.7.0 Authentication required
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: 235 2.7.0 *
C: MAIL FROM:<ann@example.org>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: From: <ann@example.org>
C: Subject: a
C: 
C: x
C: .
S: 250 2.0.0 Ok: delivered as *
stored ann@example.org
M~ *with ESMTPSA id *
C: QUIT
S: 221 2.0.0 *
closed
