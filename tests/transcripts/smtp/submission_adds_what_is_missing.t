# RFC 6409 section 8: Date, Message-ID and From are added, Bcc goes
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
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Subject: bare
C: Bcc: secret@example.net,
C:  more@example.net
C: Return-Path: <forged@example.net>
C: To: ann@example.org
C: 
C: x
C: .
S: 250 2.0.0 Ok: delivered as *
stored ann@example.org
M~ Date: Mon, 23 Nov 2026 03:04:05 +0000
M: Message-ID: <*@mx.example.org>
M: From: <ann@example.org>
M: Subject: bare
M: To: ann@example.org
M:
M: x
M.
C: MAIL FROM:<ann@example.org>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Date: Sun, 22 Nov 2026 00:00:00 +0900
C: Message-ID: <mine@example.org>
C: From: Ann <ann@example.org>
C: 
C: x
C: .
S: 250 2.0.0 Ok: delivered as *
stored ann@example.org INBOX 2
M! Date: Mon,*
M! *@mx.example.org>
M~ Message-ID: <mine@example.org>
C: QUIT
S: 221 2.0.0 *
closed
