# RFC 1047 is opt-in: without smtp.resend_check the same message is delivered as often as it comes
config   server { hostname = "mx.example.org" }
account  ann@example.org
S: 220 mx.example.org ESMTP *
C: EHLO client.example.net
S~ 250 HELP
C: MAIL FROM:<bob@example.net>
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
C: MAIL FROM:<bob@example.net>
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
