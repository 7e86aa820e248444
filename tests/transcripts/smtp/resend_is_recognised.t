# RFC 1047: what comes again because our 250 was lost is acknowledged, not delivered twice; other mail is
config   server { hostname = "mx.example.org" } smtp { resend_check = true }
account  ann@example.org
account  cho@example.org
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S~ 250 HELP
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Received: from a by b; Mon, 23 Nov 2026 12:34:56 +0900
C: Message-ID: <one@example.net>
C:
C: Hello.
C: .
S: 250 2.0.0 *
exists ann@example.org INBOX 1
# Again, by another way and to one recipient more.
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: RCPT TO:<cho@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Received: from a by c; Mon, 23 Nov 2026 12:40:00 +0900
C: Message-ID: <one@example.net>
C:
C: Hello.
C: .
S: 250 2.0.0 *
exists ann@example.org INBOX 1
exists cho@example.org INBOX 1
# Another sender, another text: other mail.
C: MAIL FROM:<eve@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Message-ID: <one@example.net>
C:
C: Hello.
C: .
S: 250 2.0.0 *
exists ann@example.org INBOX 2
C: MAIL FROM:<bob@example.net>
S: 250 2.1.0 *
C: RCPT TO:<ann@example.org>
S: 250 2.1.5 *
C: DATA
S: 354 *
C: Message-ID: <one@example.net>
C:
C: Hello again.
C: .
S: 250 2.0.0 *
exists ann@example.org INBOX 3
