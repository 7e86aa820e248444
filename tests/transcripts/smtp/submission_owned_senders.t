# RFC 6409 section 6.1: users send as themselves, in MAIL FROM and in From:
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
account  eve@example.org
alias    info@example.org ann@example.org
protocol submission
listener tls=implicit
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: AUTH PLAIN AGFubkBleGFtcGxlLm9yZwBzZWNyZXQ=
S: 235 2.7.0 *
C: MAIL FROM:<eve@example.org>
S: 553 5.7.1 *
C: MAIL FROM:<bob@example.net>
S: 553 5.7.1 *
C: MAIL FROM:<ann@example.org>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: From: Eve <eve@example.org>
C: 
C: x
C: .
S: 550 5.7.1 *
C: MAIL FROM:<ann@example.org>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: From: ann@example.org, Boss <boss@example.net>
C: 
C: x
C: .
S: 550 5.7.1 *
C: MAIL FROM:<info@example.org>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: From: Info <info@example.org>
C: 
C: x
C: .
S: 250 2.0.0 Ok: delivered as *
C: MAIL FROM:<ann+x@example.org>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: From: ann+y@example.org
C: 
C: x
C: .
S: 250 2.0.0 Ok: delivered as *
C: MAIL FROM:<>
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
exists ann@example.org INBOX 3
C: QUIT
S: 221 2.0.0 *
closed
