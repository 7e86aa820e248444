# RFC 5321 section 6.3: a message in a loop
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
config   smtp { hops_max = 10 }
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S: 250-mx.example.org
S~ 250 HELP
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Subject: ten hops
C: 
C: x
C: .
S: 250 2.0.0 Ok: delivered as *
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Received: from a by b; Mon, 23 Nov 2026 03:04:05 +0000
C: Subject: loop
C: 
C: x
C: .
S: 554 5.4.6 *
exists ann@example.org INBOX 1
C: QUIT
S: 221 2.0.0 *
closed
